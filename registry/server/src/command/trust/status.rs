//! `adx-registry trust status`

use std::{fmt::Write as _, path::PathBuf};

use adx_signing::{
    UtcSecond,
    tuf::ceremony::{Approval, Status},
};
use anyhow::Result;
use serde_json::{Value, json};

use super::{
    super::{hint::Hint as _, print},
    hints, now,
};
use crate::trust::{DocumentsError, carried::Carried, people::People, words};

#[derive(clap::Args)]
pub(in super::super) struct Arguments {
    /// The folder of the ceremony
    folder: PathBuf,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let folder = &arguments.folder;
    let carried = Carried::open(folder).hint_by(|error| hints::of(error, folder))?;
    print(&report(&carried, now(), arguments.json)?)
}

/// What `init`, `rotate` and `status` end with.
pub(super) fn report(carried: &Carried, now: UtcSecond, as_json: bool) -> Result<String> {
    if as_json { Ok(format!("{}\n", document(carried, now)?)) } else { text(carried, now) }
}

/// What no signature mends: another log than the one that is signed; and enough signatures under the last root do not say that the
/// chain before it holds.
fn problem(carried: &Carried, statuses: &[Status]) -> Option<DocumentsError> {
    let chain = statuses.iter().all(Status::complete).then(|| carried.documents.check().err()).flatten();
    chain.or_else(|| carried.documents.check_log().err())
}

/// Who signed and who is missing, as one JSON document.
pub(super) fn document(carried: &Carried, now: UtcSecond) -> Result<Value> {
    let statuses = carried.status(now)?;
    let problem = problem(carried, &statuses).map(|error| error.to_string());
    Ok(json!({
        "folder": carried.folder(),
        "complete": statuses.iter().all(Status::complete) && problem.is_none(),
        "problem": problem,
        "documents": statuses.iter().map(of_status).collect::<Vec<_>>(),
        "names": People::of(carried)?.names(),
        "log": carried.documents.log,
    }))
}

/// Who signed, who is missing, and what to do next.
pub(super) fn text(carried: &Carried, now: UtcSecond) -> Result<String> {
    let statuses = carried.status(now)?;
    let people = People::of(carried)?;
    let mut text: String = statuses.iter().map(|status| lines(status, &people)).collect();
    text.push_str(&words::log(&carried.documents.log));
    let folder = carried.folder().display();
    let next = if let Some(error) = problem(carried, &statuses) {
        let words = format!("not usable: {error}");
        match hints::of(&error.into(), carried.folder()) {
            Some(hint) => format!("{words}\nhint: {hint}"),
            None => words,
        }
    } else if statuses.iter().any(|status| status.expired) {
        format!("expired; next: adx-registry trust rotate {folder} --root-expires 365d --targets-expires 365d")
    } else if statuses.iter().all(Status::complete) {
        format!("complete; next, on the server: adx-registry trust install {folder}")
    } else {
        let missing: String = statuses.iter().flat_map(|status| still_missing(status, &people)).collect();
        format!("{missing}next, whoever signs: adx-registry trust sign {folder} --key FILE")
    };
    let _ = writeln!(text, "\n{next}");
    Ok(text)
}

fn of_status(status: &Status) -> Value {
    let approvals: Vec<_> = status
        .approvals
        .iter()
        .map(|approval| {
            json!({
                "by": approval.by,
                "signed": approval.signed,
                "unsigned": approval.unsigned,
                "missing": approval.missing,
            })
        })
        .collect();
    json!({
        "role": status.role,
        "version": status.version,
        "expires": status.expires,
        "expired": status.expired,
        "complete": status.complete(),
        "approvals": approvals,
    })
}

/// For each threshold that is not reached, how many must sign still, and who could.
fn still_missing(status: &Status, people: &People) -> Vec<String> {
    let sentence = |approval: &Approval| {
        let who = approval.unsigned.iter().map(|id| people.name(id).map_or_else(|| id.to_string(), str::to_owned));
        let who = who.collect::<Vec<_>>().join(", ");
        let (version, signatures) =
            (status.version, if approval.missing == 1 { "signature is" } else { "signatures are" });
        format!("{} {signatures} missing for {} version {version}, of: {who}\n", approval.missing, status.role)
    };
    status.approvals.iter().filter(|approval| approval.missing > 0).map(sentence).collect()
}

fn lines(status: &Status, people: &People) -> String {
    let word = if status.expired { "EXPIRED" } else { "believed until" };
    let mut text = format!("{} version {}, {word} {}\n", status.role, status.version, status.expires);
    for approval in &status.approvals {
        let missing = match approval.missing {
            0 => "enough".to_owned(),
            missing => format!("{missing} missing"),
        };
        let _ = writeln!(text, "  {}: {} signed, {missing}", approval.by, approval.signed.len());
        for (word, ids) in [("signed    ", &approval.signed), ("not signed", &approval.unsigned)] {
            for id in ids {
                let _ = writeln!(text, "    {word} {}", people.line(id));
            }
        }
    }
    text
}

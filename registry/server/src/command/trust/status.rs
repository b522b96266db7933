//! `adx-registry trust status`

use std::{collections::BTreeSet, fmt::Write as _, path::PathBuf};

use adx_signing::{
    KeyId, UtcSecond,
    tuf::ceremony::{Approval, Status},
};
use anyhow::Result;
use serde_json::{Value, json};

use super::{
    super::{hint::Hint as _, print},
    hints, now,
};
use crate::trust::{DocumentsError, carried::Carried, people::People, stale::stale, words};

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
    let stale = stale(carried, &statuses);
    Ok(json!({
        "folder": carried.folder(),
        "complete": statuses.iter().all(Status::complete) && problem.is_none(),
        "problem": problem,
        "documents": statuses.iter().zip(&stale).map(|(status, stale)| of_status(status, stale)).collect::<Vec<_>>(),
        "names": People::of(carried)?.names(),
        "log": carried.documents.log,
    }))
}

/// Who signed, who is missing, and what to do next.
pub(super) fn text(carried: &Carried, now: UtcSecond) -> Result<String> {
    let statuses = carried.status(now)?;
    let people = People::of(carried)?;
    let stale = stale(carried, &statuses);
    let mut text = String::new();
    for (status, stale) in statuses.iter().zip(&stale) {
        text.push_str(&lines(status, &people));
        text.push_str(&changed_since(status, stale, &people));
    }
    text.push_str(&words::log(&carried.documents.log, carried.log_before().as_ref()));
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

fn of_status(status: &Status, stale: &BTreeSet<KeyId>) -> Value {
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
        "stale": stale,
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

/// That a document is another one than was signed, if it is: a name for its file, and whose signatures do not hold.
fn changed_since(status: &Status, stale: &BTreeSet<KeyId>, people: &People) -> String {
    if stale.is_empty() {
        return String::new();
    }
    let file = format!("{}.{}.json", status.version, status.role);
    let who = stale.iter().map(|id| people.name(id).map_or_else(|| id.to_string(), str::to_owned));
    format!(
        "  there are signatures of {}, and they are not for this {file}: it was changed after they signed\n",
        who.collect::<Vec<_>>().join(", ")
    )
}

fn lines(status: &Status, people: &People) -> String {
    let word = if status.expired { "EXPIRED" } else { "valid until" };
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

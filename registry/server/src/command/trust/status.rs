//! `adx-registry trust status`

use std::{fmt::Write as _, path::PathBuf};

use adx_signing::{UtcSecond, tuf::ceremony::Status};
use anyhow::Result;
use serde_json::{Value, json};

use super::{
    super::{hint::Hint as _, print},
    hints, now,
};
use crate::trust::{carried::Carried, words};

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

/// Who signed, who is missing, and what to do next: what `init`, `sign` and `rotate` end with too.
pub(super) fn report(carried: &Carried, now: UtcSecond, as_json: bool) -> Result<String> {
    let statuses = carried.status(now)?;
    let complete = statuses.iter().all(Status::complete);
    // Enough signatures under the last root do not say that the chain before it holds.
    let sound = if complete { carried.documents.check().map(drop) } else { Ok(()) };
    let log = &carried.documents.log;
    if as_json {
        let documents: Vec<_> = statuses.iter().map(document).collect();
        let problem = sound.err().map(|error| error.to_string());
        let report = json!({
            "folder": carried.folder(),
            "complete": complete && problem.is_none(),
            "problem": problem,
            "documents": documents,
            "log": log,
        });
        return Ok(format!("{report}\n"));
    }
    let mut text: String = statuses.iter().map(lines).collect();
    text.push_str(&words::log(log));
    let folder = carried.folder().display();
    let next = match sound {
        Err(error) => format!("not usable: {error}"),
        Ok(()) if complete => format!("complete; next, on the server: adx-registry trust install {folder}"),
        Ok(()) if statuses.iter().any(|status| status.expired) => {
            format!("expired; next: adx-registry trust rotate {folder} --root-expires 365d --targets-expires 365d")
        }
        Ok(()) => format!("next, whose key is missing: adx-registry trust sign {folder} --key FILE"),
    };
    let _ = writeln!(text, "\n{next}");
    Ok(text)
}

fn document(status: &Status) -> Value {
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

fn lines(status: &Status) -> String {
    let word = if status.expired { "EXPIRED" } else { "believed until" };
    // What is said about the log has no version of its own.
    let version = if status.role == "log" { "for targets version" } else { "version" };
    let mut text = format!("{} {version} {}, {word} {}\n", status.role, status.version, status.expires);
    for approval in &status.approvals {
        let missing = match approval.missing {
            0 => "enough".to_owned(),
            missing => format!("{missing} missing"),
        };
        let _ = writeln!(text, "  {}: {} signed, {missing}", approval.by, approval.signed.len());
        for (word, ids) in [("signed    ", &approval.signed), ("not signed", &approval.unsigned)] {
            for id in ids {
                let _ = writeln!(text, "    {word} {id}");
            }
        }
    }
    text
}

//! `adx-registry trust sign`

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
};

use adx_signing::tuf::{Role as _, TopRole};
use anyhow::{Result, anyhow};
use serde_json::json;

use super::{
    super::{hint::Hint as _, passphrase, print},
    hints, now,
    status::{document, text},
};
use crate::trust::{
    carried::Carried,
    custody::{Custody, KeyFile},
    documents::check_form,
    people::introduce,
    sign::{SignError, Signable, is_signed, sign, signable},
    words,
};

#[derive(clap::Args)]
pub(in super::super) struct Arguments {
    /// The folder that was carried to you
    folder: PathBuf,
    /// Your secret key; its passphrase is asked for, or taken from `ADX_KEY_PASSPHRASE`
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Sign without being asked, once you have read what it is
    #[arg(long)]
    yes: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let (folder, now) = (&arguments.folder, now());
    let explain = |error: &anyhow::Error| hints::of(error, folder);
    let mut carried = Carried::open(folder).hint_by(explain)?;
    // Before a passphrase is asked for: whoever does not agree need not open a key.
    show(&carried).hint_by(explain)?;
    let custody = KeyFile::open(&arguments.key, passphrase::of).map_err(SignError::from).hint_by(explain)?;
    let custody: &dyn Custody = &custody;
    let (mut open, mut before) = (Vec::new(), Vec::new());
    for document in signable(&carried, custody, now).hint_by(explain)? {
        if is_signed(&carried, document, now).hint_by(explain)? { &mut before } else { &mut open }.push(document);
    }
    if !open.is_empty() {
        consent(&names(&carried, &open)?, arguments)?;
    }
    for document in &open {
        sign(&mut carried, custody, *document).hint_by(explain)?;
        introduce(&carried, &arguments.key, &document.key).hint_by(explain)?;
    }
    if arguments.json {
        let mut report = document(&carried, now)?;
        let roles = |documents: &[Signable]| json!(documents.iter().map(|it| it.role.as_str()).collect::<Vec<_>>());
        report["signed_now"] = roles(&open);
        report["signed_before"] = roles(&before);
        return print(&format!("{report}\n"));
    }
    print(&format!("{}\n{}", done(&carried, &open, &before)?, text(&carried, now)?))
}

/// What documents are called.
fn names(carried: &Carried, documents: &[Signable]) -> Result<String> {
    let root = carried.documents.root()?.document().version();
    let targets = carried.documents.targets.document().version();
    let name = |document: &Signable| match document.role {
        TopRole::Root => format!("root version {root}"),
        _ => format!("targets version {targets} and who watches the log"),
    };
    Ok(documents.iter().map(name).collect::<Vec<_>>().join(", "))
}

/// What this key signed now, and what before.
fn done(carried: &Carried, open: &[Signable], before: &[Signable]) -> Result<String> {
    let mut lines = Vec::new();
    if !before.is_empty() {
        let nothing = if open.is_empty() { "; nothing is to be signed again" } else { "" };
        lines.push(format!("this key had signed before: {}{nothing}\n", names(carried, before)?));
    }
    if !open.is_empty() {
        lines.push(format!("signed: {}\n", names(carried, open)?));
    }
    Ok(lines.concat())
}

/// Shows what there is to sign in the folder, on stderr.
fn show(carried: &Carried) -> Result<()> {
    let root = carried.documents.root()?.document();
    let targets = carried.documents.targets.document();
    let mut text = format!("to be signed in {}\n\n", carried.folder().display());
    text.push_str(&words::root(root, carried.trusted()));
    text.push_str(&words::targets(targets, &check_form(root, targets)?));
    text.push_str(&words::log(&carried.documents.log, carried.log_before().as_ref()));
    text.push('\n');
    Ok(io::stderr().lock().write_all(text.as_bytes())?)
}

/// Asks whether to sign what this key may sign of it.
fn consent(names: &str, arguments: &Arguments) -> Result<()> {
    let mut stderr = io::stderr().lock();
    writeln!(stderr, "with this key: {names}")?;
    if arguments.yes {
        return Ok(());
    }
    let refused = || anyhow!("nothing was signed");
    let again = format!("adx-registry trust sign {} --key {}", arguments.folder.display(), arguments.key.display());
    if !io::stdin().is_terminal() {
        return Err(refused()).hint(format!("read the above, then: {again} --yes"));
    }
    stderr.write_all(b"sign this? [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) {
        Ok(())
    } else {
        Err(refused()).hint(again)
    }
}

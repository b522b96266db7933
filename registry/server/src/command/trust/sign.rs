//! `adx-registry trust sign`

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
};

use adx_signing::tuf::TopRole;
use anyhow::{Result, anyhow};

use super::{
    super::{hint::Hint as _, passphrase, print},
    hints, now,
    status::report,
};
use crate::trust::{
    carried::Carried,
    custody::{Custody, KeyFile},
    documents::check_form,
    sign::{SignError, Signable, sign, signable},
    words,
};

#[derive(clap::Args)]
pub(in super::super) struct Arguments {
    /// The folder that was carried to you
    folder: PathBuf,
    /// Your secret key
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
    let folder = &arguments.folder;
    let explain = |error: &anyhow::Error| hints::of(error, folder);
    let mut carried = Carried::open(folder).hint_by(explain)?;
    let custody = KeyFile::open(&arguments.key, passphrase::of).map_err(SignError::from).hint_by(explain)?;
    let custody: &dyn Custody = &custody;
    let signable = signable(&carried, custody, now()).hint_by(explain)?;
    consent(&carried, &signable, arguments)?;
    for document in signable {
        sign(&mut carried, custody, document).hint_by(explain)?;
    }
    print(&report(&carried, now(), arguments.json)?)
}

/// Shows what would be signed, on stderr, and asks.
fn consent(carried: &Carried, signable: &[Signable], arguments: &Arguments) -> Result<()> {
    let mut text = String::from("you are about to sign\n\n");
    let root = carried.documents.root()?.document();
    let targets = carried.documents.targets.document();
    if signable.iter().any(|document| document.role == TopRole::Root) {
        text.push_str(&words::root(root, carried.trusted()));
    }
    if signable.iter().any(|document| document.role == TopRole::Targets) {
        text.push_str(&words::targets(targets, &check_form(root, targets)?));
        text.push_str(&words::log(&carried.documents.log));
    }
    let mut stderr = io::stderr().lock();
    stderr.write_all(text.as_bytes())?;
    if arguments.yes {
        return Ok(());
    }
    let refused = || anyhow!("nothing was signed");
    let again = format!("adx-registry trust sign {} --key {}", arguments.folder.display(), arguments.key.display());
    if !io::stdin().is_terminal() {
        return Err(refused()).hint(format!("read the above, then: {again} --yes"));
    }
    stderr.write_all(b"\nsign this? [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) {
        Ok(())
    } else {
        Err(refused()).hint(again)
    }
}

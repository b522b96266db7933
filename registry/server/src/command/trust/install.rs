//! `adx-registry trust install`

use std::path::PathBuf;

use anyhow::Result;
use serde_json::json;

use super::{
    super::{Places, hint::Hint as _, print},
    hints, now,
};
use crate::trust::{carried::Carried, install, words};

#[derive(clap::Args)]
pub(in super::super) struct Arguments {
    /// The folder of the ceremony, signed by everyone who must
    folder: PathBuf,
    #[command(flatten)]
    places: Places,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let section = arguments.places.load()?.trust;
    let folder = &arguments.folder;
    let explain = |error: &anyhow::Error| hints::of(error, folder);
    let carried = Carried::open(folder).hint_by(explain)?;
    carried.refuse_secrets().hint_by(explain)?;
    let installation =
        install::install(&carried.documents, &section.dir, section.passphrase.as_ref(), now()).hint_by(explain)?;
    print(&if arguments.json {
        let document = json!({
            "changed": installation.changed,
            "root_version": installation.root,
            "targets_version": installation.targets,
            "root": installation.first_root,
            "retired": installation.retired,
            "log": carried.documents.log,
        });
        format!("{document}\n")
    } else {
        let done = if installation.changed { "installed" } else { "installed already" };
        let retired: String = installation
            .retired
            .iter()
            .map(|id| format!("deleted the online key {id}, which signs no more\n"))
            .collect();
        format!(
            "{done}: root version {}, targets version {}\n{}{retired}\n\
             agents begin with {}\nnext: start the registry, or restart it: it signs by this from then on\n",
            installation.root,
            installation.targets,
            words::log(&carried.documents.log, None),
            installation.first_root.display()
        )
    })
}

//! `adx-registry trust new-key`

use std::{io, path::PathBuf};

use adx_registry_core::ports::EntropyRng;
use adx_signing::SecretKey;
use anyhow::{Context as _, Result, anyhow};
use serde_json::json;

use super::{
    super::{hint::Hint as _, passphrase, print},
    hints,
};
use crate::{
    trust::online::{write_key, write_public},
    world::SystemEntropy,
};

#[derive(clap::Args)]
pub(in super::super) struct Arguments {
    /// Where to keep the secret half, such as alice.pem; the public half goes beside it, to be handed to whoever runs `init`
    ///
    /// By the name of the file people find the key in `status`. A passphrase is asked for, or taken from `ADX_KEY_PASSPHRASE`.
    file: PathBuf,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let file = &arguments.file;
    if file.exists() {
        return Err(anyhow!("`{}` is there already, and a key is never written over", file.display()))
            .hint("name another file");
    }
    let explain = |error: &anyhow::Error| {
        let is_slip =
            error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::InvalidInput);
        let no_terminal = || format!("run it at a terminal, or set {}", passphrase::VARIABLE);
        Some(if is_slip { "type the same passphrase twice".to_owned() } else { no_terminal() })
    };
    let passphrase = passphrase::new_for(&file.display().to_string()).context("no key was made").hint_by(explain)?;
    let mut random = EntropyRng(&SystemEntropy);
    let key = SecretKey::generate(&mut random);
    let public = file.with_extension("pub.pem");
    write_key(file, &key, Some(&passphrase), &mut random)
        .and_then(|()| write_public(&public, &key.public()))
        .hint_by(|error| hints::of(error, file))?;
    let id = key.public().id();
    print(&if arguments.json {
        format!("{}\n", json!({ "key_id": id, "file": file, "public_file": public }))
    } else {
        format!(
            "{}\n  key id {id}\n\nkeep it in a drawer; hand {} to whoever runs `adx-registry trust init` or `rotate`\n",
            file.display(),
            public.display()
        )
    })
}

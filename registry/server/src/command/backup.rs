//! `adx-registry backup`: rows and blobs of one moment into a file. The server may be running.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{
    admin::{Common, rows_and_blobs, show},
    archive_progress::Bar,
    hint::Hint as _,
};
use crate::archive::{ArchiveError, BackupError, KeyFiles, Manifest, backup};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The file to write; it is there once the backup is whole
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// Put the online keys and the key of the accounts into it: whoever has the file can sign as this registry
    #[arg(long)]
    with_keys: bool,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(copy(arguments))
}

async fn copy(arguments: &Arguments) -> Result<()> {
    let config = arguments.common.places.load()?;
    let keys = KeyFiles { trust: config.trust.dir.clone(), accounts: config.accounts.key_file.clone() };
    let ports = rows_and_blobs(config).await?;
    let bar = Bar::new(!arguments.common.json);
    let chosen = arguments.with_keys.then_some(&keys);
    let made = backup(&ports, &arguments.out, chosen, &mut |progress| bar.show(progress)).await;
    bar.clear();
    ports.store.close().await;
    let manifest = made.context("there is no backup").hint_by(hint)?;
    let bytes = std::fs::metadata(&arguments.out)?.len();
    let left_out = if arguments.with_keys { Vec::new() } else { vec![keys.trust.clone(), keys.accounts.clone()] };
    let document = json!({
        "file": arguments.out,
        "size_bytes": bytes,
        "at": manifest.at,
        "migration": manifest.schema.migration,
        "rows": manifest.rows.values().map(|rows| rows.rows).sum::<u64>(),
        "blobs": manifest.blobs,
        "blob_bytes": manifest.blob_bytes,
        "leaves": manifest.leaves,
        "keys": manifest.keys,
        "not_in_it": left_out,
    });
    show(&arguments.common, &document, &words(arguments, &manifest, bytes, &keys))
}

fn words(arguments: &Arguments, manifest: &Manifest, bytes: u64, keys: &KeyFiles) -> String {
    let rows: u64 = manifest.rows.values().map(|rows| rows.rows).sum();
    let (file, at) = (arguments.out.display(), manifest.at);
    let (blobs, leaves) = (manifest.blobs, manifest.leaves);
    let counted =
        format!("{file}: {bytes} bytes, as of {at}: {rows} rows, {blobs} blobs, a log of {leaves} leaves\n\n");
    let (trust, accounts) = (keys.trust.display(), keys.accounts.display());
    let about_keys = if arguments.with_keys {
        "the online keys and the key of the accounts are in it: keep it as you keep those\n".to_owned()
    } else {
        format!(
            "NOT in it, to be kept apart from it: the online keys and the ceremony ({trust}), and the key of the accounts \
             ({accounts}); --with-keys puts them in. Never in it: the configuration, the search index (made anew), letters in \
             a folder\n"
        )
    };
    counted + &about_keys
}

fn hint(error: &anyhow::Error) -> Option<String> {
    Some(match error.downcast_ref()? {
        BackupError::Archive(ArchiveError::Present { .. }) => "name another file".to_owned(),
        BackupError::Archive(ArchiveError::Busy { .. }) => "wait for it, or name another file".to_owned(),
        BackupError::Archive(_) => "see that the folder is there and the disk has space, then again".to_owned(),
        BackupError::Blob { .. } => "`adx-registry verify` says what is wrong and what to do".to_owned(),
        BackupError::Apart { .. } | BackupError::Log(_) => {
            "`adx-registry verify` says more; a registry in this state signs nothing: restore the newest backup"
                .to_owned()
        }
        BackupError::Key { .. } => "run it as the user that the server runs as, or without --with-keys".to_owned(),
        BackupError::Published(_) | BackupError::Store(_) | BackupError::Blobs(_) => return None,
    })
}

//! `adx-registry restore`: a backup into an empty database and an empty storage. No server may be running on them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{
    admin::{Common, show},
    archive_progress::Bar,
    hint::Hint as _,
};
use crate::{
    archive::{ArchiveError, KeyFiles, RestoreError, Target, restore},
    config::Config,
    parts,
    store::LoadError,
    trust,
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// What `adx-registry backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(copy(arguments))
}

async fn copy(arguments: &Arguments) -> Result<()> {
    let config = arguments.common.places.load()?;
    let keys = KeyFiles { trust: config.trust.dir.clone(), accounts: config.accounts.key_file.clone() };
    let made = made_by_opening(&config)?;
    let target = Target { database: config.database.url.clone(), blobs: parts::open_blobs(&config)?, keys };
    let bar = Bar::new(!arguments.common.json);
    let done = restore(&arguments.file, &target, &mut |progress| bar.show(progress)).await;
    bar.clear();
    if done.is_err() {
        // The deepest first. What has something in it stays: begun again, the restore goes on there.
        for folder in &made {
            let _ = fs::remove_dir(folder);
        }
    }
    let restored = done.context("nothing is restored yet").hint_by(hint)?;
    let manifest = &restored.manifest;
    let missing: Vec<_> = [
        (!trust::is_installed(&target.keys.trust)).then_some(&target.keys.trust),
        (!target.keys.accounts.exists()).then_some(&target.keys.accounts),
    ]
    .into_iter()
    .flatten()
    .collect();
    let document = json!({
        "at": manifest.at,
        "rows": restored.rows,
        "blobs": manifest.blobs,
        "blob_bytes": manifest.blob_bytes,
        "leaves": manifest.leaves,
        "keys": manifest.keys,
        "missing": missing,
    });
    let (at, rows, blobs) = (manifest.at, restored.rows, manifest.blobs);
    let mut words = format!("restored, every digest compared, as of {at}: {rows} rows, {blobs} blobs\n\n");
    if !missing.is_empty() {
        let missing: Vec<_> = missing.iter().map(|path| path.display().to_string()).collect();
        words.push_str(&format!("bring back from where you keep keys: {}\n", missing.join(", ")));
    }
    words.push_str(
        "next: adx-registry verify, then start the server. What the registry published after that moment is lost, and clients \
         have seen it: read \"After a restore\" in docs/operations.md first\n",
    );
    show(&arguments.common, &document, &words)
}

/// Folders that are made by looking into a storage that is not there yet, the deepest first.
fn made_by_opening(config: &Config) -> Result<Vec<PathBuf>> {
    let folder = parts::storage_folder(config)?;
    let above = folder.iter().flat_map(|folder| folder.ancestors());
    Ok(above.take_while(|folder| !folder.exists()).map(Path::to_owned).collect())
}

fn hint(error: &anyhow::Error) -> Option<String> {
    Some(match error.downcast_ref()? {
        RestoreError::Archive(ArchiveError::Damaged { .. }) => {
            "take another backup: nothing of this one was used".to_owned()
        }
        RestoreError::Archive(ArchiveError::Foreign { .. }) => {
            "name a file that `adx-registry backup` wrote".to_owned()
        }
        RestoreError::StorageNotEmpty { .. } => "name an empty folder or bucket by `storage.url`".to_owned(),
        RestoreError::Load(LoadError::NotEmpty { .. }) => "name an empty database by `database.url`".to_owned(),
        RestoreError::Load(LoadError::UnknownMigration { .. }) => {
            "restore it with the version of adx-registry that wrote it, or a later one".to_owned()
        }
        RestoreError::OtherKey { file } => {
            format!("move {} away if it is not needed any more, then again", file.display())
        }
        RestoreError::NotKept { .. } | RestoreError::Key { .. } => {
            "see to the disk or the bucket, then again: it goes on".to_owned()
        }
        _ => return None,
    })
}

//! The proof bundle of a release: its leaf, and the way to the checkpoint, for agents without a network.

use adx_signing::log::merkle::{inclusion_tiles, prove_inclusion};
use adx_signing::log::tile::TileError;
use adx_signing::log::{SignedCheckpoint, TlogProof};
use adx_signing::name::ModuleId;
use semver::Version;
use thiserror::Error;

use crate::Ports;
use crate::ports::{BlobError, BlobKey, StoreError, read_whole};

/// Why there is no proof.
#[derive(Debug, Error)]
pub enum ProveError {
    /// The checkpoint that is served does not tell of the release yet.
    #[error("version {version} of `{module}` is released and not under a published checkpoint yet")]
    NotPublished {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
    },
    /// What is served is damaged.
    #[error("the log that is served cannot be read")]
    Tiles(#[from] TileError),
    /// The object storage failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Proves that a release is in the log, under the checkpoint that is served; `None` if there is no such version.
///
/// # Errors
/// [`ProveError`]
#[tracing::instrument(name = "log.prove", level = "debug", skip_all, fields(%module, %version))]
pub async fn prove_release(
    ports: &Ports,
    module: &ModuleId,
    version: &Version,
) -> Result<Option<TlogProof>, ProveError> {
    let not_published = || ProveError::NotPublished { module: module.clone(), version: version.clone() };
    let mut reader = ports.store.read().await?;
    let Some(row) = reader.module(module).await? else { return Ok(None) };
    let Some(release) = reader.release(row.id, version).await? else { return Ok(None) };
    let index = release.leaf.ok_or_else(not_published)?;
    let leaf = reader.leaves_from(index, 1).await?.pop().ok_or_else(not_published)?;
    drop(reader);

    let note = read_whole(&*ports.blobs, &BlobKey::Checkpoint).await?.ok_or_else(not_published)?;
    let checkpoint = SignedCheckpoint::parse(&note).map_err(|_| not_published())?;
    let head = checkpoint.claimed().head;
    if index >= head.size {
        return Err(not_published());
    }
    let mut tiles = std::collections::BTreeMap::new();
    for tile in inclusion_tiles(head.size, index) {
        if let Some(bytes) = read_whole(&*ports.blobs, &BlobKey::Tile(tile)).await? {
            tiles.insert(tile, bytes.to_vec());
        }
    }
    let hashes = prove_inclusion(&head, index, &tiles)?;
    Ok(Some(TlogProof { leaf, index, hashes, checkpoint }))
}

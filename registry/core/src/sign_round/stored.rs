//! What earlier rounds stored, believed only with the digest that what was signed names.

use std::collections::BTreeMap;

use adx_signing::digest::Digest;
use adx_signing::log::TilePath;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};

use super::lease::Lease;
use super::{BETWEEN_LOOKS, IN_FLIGHT, SignRoundError};
use crate::Ports;
use crate::ports::{BlobError, BlobKey, Condemned, read_whole};
use crate::ports::{SystemWrite, Written};

/// A file of this digest and length.
pub(super) async fn pinned(ports: &Ports, key: &BlobKey, sha256: Digest, length: u64) -> Result<Bytes, SignRoundError> {
    let bytes = read_whole(&*ports.blobs, key).await?;
    bytes
        .filter(|bytes| bytes.len() as u64 == length && Digest::of(bytes) == sha256)
        .ok_or_else(|| SignRoundError::Damaged { what: key.to_string() })
}

/// Tiles as they lie in storage; those that are missing are left out, and missed by whoever needs them.
pub(super) async fn tiles(ports: &Ports, paths: Vec<TilePath>) -> Result<BTreeMap<TilePath, Vec<u8>>, BlobError> {
    let read = |path: TilePath| async move {
        let bytes = read_whole(&*ports.blobs, &BlobKey::Tile(path)).await?;
        Ok(bytes.map(|bytes| (path, bytes.to_vec())))
    };
    let found: Vec<_> = stream::iter(paths).map(read).buffer_unordered(IN_FLIGHT).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Stores files, in no order; all of them are durable when this returns. The lease is held meanwhile.
///
/// # Errors
/// [`SignRoundError::LeaseLost`], [`SignRoundError::Blobs`]
pub(super) async fn put_all(
    ports: &Ports,
    lease: &mut Lease,
    files: Vec<(BlobKey, Bytes)>,
) -> Result<(), SignRoundError> {
    let put = |(key, bytes): (BlobKey, Bytes)| async move { ports.blobs.put(&key, bytes).await };
    let mut files = files.into_iter().peekable();
    while files.peek().is_some() {
        lease.hold(ports).await?;
        let some: Vec<_> = files.by_ref().take(BETWEEN_LOOKS).collect();
        stream::iter(some).map(put).buffer_unordered(IN_FLIGHT).try_collect::<()>().await?;
    }
    Ok(())
}

/// The same for files that are named by their digest. One of the same content may have been without use until now, and be about to
/// be swept away: its sentence is lifted first. A sweep passes a sentence long before it carries it out, far longer than a
/// round takes, so none can be both passed and carried out after this look.
///
/// # Errors
/// [`SignRoundError::BeingRemoved`] if it is too late for that; as [`put_all`].
pub(super) async fn put_named(
    ports: &Ports,
    lease: &mut Lease,
    files: Vec<(BlobKey, Bytes)>,
) -> Result<(), SignRoundError> {
    let mut sentenced = Vec::new();
    {
        let mut reader = ports.store.read().await?;
        for (key, _) in &files {
            if let Some(sha256) = key.digest()
                && reader.condemned(&sha256).await?.is_some()
            {
                sentenced.push((key, sha256));
            }
        }
    }
    if !sentenced.is_empty() {
        let mut transaction = ports.store.begin().await?;
        // Against the sweep's moves.
        transaction.lock_feed().await?;
        for (key, sha256) in sentenced {
            match transaction.condemned(&sha256).await? {
                None => {}
                Some(Condemned::Since(_)) => transaction.condemn(&sha256, None).await?,
                Some(Condemned::Removing(_)) => return Err(SignRoundError::BeingRemoved { what: key.to_string() }),
            }
        }
        transaction.commit(Written::System(SystemWrite::Sweep)).await?;
    }
    put_all(ports, lease, files).await
}

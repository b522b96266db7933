//! Taking in a bundle that somebody carried here: from then on its registry is read from it where its own address does not answer.

use crate::{agent::Agent, store::StoreError};
use actix_web::web::Bytes;
use adx_trust::bundle::{LoadError, Loaded};
use std::{
    io::{self, Read},
    sync::Arc,
};
use tokio::sync::mpsc;

/// Pieces of an upload that may wait between the socket and the disk.
const PIECES_WAITING: usize = 8;

/// Why a bundle was not loaded. Everything is as before then.
#[derive(Debug, thiserror::Error)]
pub enum LoadBundleError {
    /// Another one is.
    #[error("another bundle is being loaded")]
    Busy,
    /// It is refused, or could not be kept.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The task that unpacks was cut off.
    #[error("unpacking was cut off")]
    CutOff(#[from] tokio::task::JoinError),
}

/// Where an upload is written to, to be read as [`Upload`].
pub(crate) type Pieces = mpsc::Sender<io::Result<Bytes>>;

/// An upload, read by the thread that unpacks it. The end is an empty piece: a channel that is closed before broke off.
pub(crate) struct Upload {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
    ended: bool,
}

impl Upload {
    pub(crate) fn new() -> (Pieces, Self) {
        let (sender, pieces) = mpsc::channel(PIECES_WAITING);
        (sender, Self { pieces, piece: Bytes::new(), ended: false })
    }
}

impl Read for Upload {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() && !self.ended {
            let broken_off = || io::Error::new(io::ErrorKind::UnexpectedEof, "the upload broke off");
            self.piece = self.pieces.blocking_recv().ok_or_else(broken_off)??;
            self.ended = self.piece.is_empty();
        }
        let length = out.len().min(self.piece.len());
        out[..length].copy_from_slice(&self.piece.split_to(length));
        Ok(length)
    }
}

impl Agent {
    /// Loads a bundle, stops what it calls back, and looks for the updates that are in it.
    pub async fn load_bundle(self: &Arc<Self>, bundle: impl Read + Send + 'static) -> Result<Loaded, LoadBundleError> {
        let agent = Arc::clone(self);
        self.to_the_end(async move {
            let _alone = agent.loading().try_lock().map_err(|_| LoadBundleError::Busy)?;
            let host = Arc::clone(agent.host());
            let registries = Arc::clone(&host.registries);
            let unpacked = tokio::task::spawn_blocking(move || registries.unpack(bundle)).await??;
            let loaded = host.registries.load(unpacked).await?;
            let Loaded { registry, timestamp_version, releases, .. } = &loaded;
            tracing::info!(registry, timestamp_version, releases = releases.len(), "a bundle was loaded");
            host.metrics.refreshed(registry, true, host.clock.now());
            host.honour_revocations().await?;
            host.read_licences().await?;
            agent.look_at_everything().await;
            Ok(loaded)
        })
        .await
    }
}

use std::{sync::Arc, thread};

use adx_registry_core::ports::Blocking;
use async_trait::async_trait;
use tokio::sync::Semaphore;

/// Tokio's blocking threads, with no more pieces of work at once than there are cores: unpacking
/// a package may take `adx_index::limits::MAX_UNPACKED_BYTES` of memory each.
#[derive(Clone, Debug)]
pub struct BoundedBlocking {
    permits: Arc<Semaphore>,
}

impl BoundedBlocking {
    /// With so many pieces of work at once.
    pub fn of(at_once: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(at_once)) }
    }
}

impl Default for BoundedBlocking {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        Self::of(cores)
    }
}

#[async_trait]
impl Blocking for BoundedBlocking {
    async fn run(&self, work: Box<dyn FnOnce() + Send>) {
        // The semaphore is never closed; were it, the work would be dropped and its caller told.
        let Ok(permit) = Arc::clone(&self.permits).acquire_owned().await else { return };
        let ended = tokio::task::spawn_blocking(move || {
            work();
            drop(permit);
        });
        if let Err(panicked) = ended.await {
            tracing::error!(error = %panicked, "work on a blocking thread panicked");
        }
    }
}

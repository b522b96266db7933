use async_trait::async_trait;
use futures::channel::oneshot;
use thiserror::Error;

/// Runs work on a thread where it may take its time. This crate has no runtime, so the server lends one.
///
/// An adapter should also bound how many run at once: unpacking a package takes up to
/// `adx_index::limits::MAX_UNPACKED_BYTES` of memory.
#[async_trait]
pub trait Blocking: Send + Sync {
    /// Runs `work` to its end, and returns then.
    async fn run(&self, work: Box<dyn FnOnce() + Send>);
}

/// The work panicked or was dropped before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("work on a blocking thread stopped before its end")]
pub struct Stopped;

/// What `work` returns, computed off the reactor.
///
/// # Errors
/// [`Stopped`] if it panicked.
pub async fn off_reactor<T, F>(blocking: &dyn Blocking, work: F) -> Result<T, Stopped>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    // The receiver is gone only if the caller is: nobody wants the result then.
    blocking.run(Box::new(move || drop(sender.send(work())))).await;
    receiver.await.map_err(|oneshot::Canceled| Stopped)
}

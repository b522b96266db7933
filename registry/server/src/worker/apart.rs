//! Work in a task of its own: neither that it panics nor that it hangs is the worker's.

use std::time::Duration;

use thiserror::Error;
use tokio::{task::JoinError, time::timeout};
use tokio_util::task::AbortOnDropHandle;

/// How work ends that does not say itself how.
#[derive(Debug, Error)]
pub(super) enum Broken {
    /// It panicked.
    #[error("{0}")]
    Panicked(JoinError),
    /// It took too long, and is given up.
    #[error("it took longer than {} s", .0.as_secs())]
    Late(Duration),
}

/// Does work in a task of its own, until a deadline. What nobody waits for any more is given up.
pub(super) async fn apart<T: Send + 'static>(
    deadline: Duration,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Broken> {
    match timeout(deadline, AbortOnDropHandle::new(tokio::spawn(work))).await {
        Ok(ended) => ended.map_err(Broken::Panicked),
        Err(_) => Err(Broken::Late(deadline)),
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::Arc};

    use super::*;

    #[tokio::test]
    async fn what_panics_or_hangs_is_told_and_given_up() {
        let long = Duration::from_secs(60);
        assert_eq!(apart(long, async { 7 }).await.expect("it ends"), 7);
        let panics = async move { assert_eq!(long.as_secs(), 0, "it was made to") };
        assert!(matches!(apart(long, panics).await, Err(Broken::Panicked(_))));
        let held = Arc::new(());
        let holding = Arc::clone(&held);
        let hangs = async move {
            pending::<()>().await;
            drop(holding);
        };
        let late = apart(Duration::from_millis(1), hangs).await.expect_err("it hangs");
        assert_eq!(late.to_string(), "it took longer than 0 s");
        while Arc::strong_count(&held) > 1 {
            tokio::task::yield_now().await;
        }
    }
}

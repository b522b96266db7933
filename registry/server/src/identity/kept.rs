//! What somebody outside said of itself: believed for an hour, asked for again when a key is not in it.

use std::sync::Arc;

use adx_registry_core::ports::Clock;
use thiserror::Error;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

/// How long documents and keys are believed without being asked for again.
const BELIEVED_FOR: Duration = Duration::hours(1);
/// How soon after another look for keys: whoever makes up names of keys must not make a provider busy through us.
const LOOK_AGAIN_AFTER: Duration = Duration::minutes(1);
/// For how long a failure answers whoever waited for the same.
const FAILED_FOR: Duration = Duration::seconds(1);

/// It failed, and is not asked again so soon.
#[derive(Debug, Error)]
#[error("it could not be reached a moment ago")]
pub(super) struct FailedBefore;

/// What was said, and when it was asked for.
pub(super) struct Kept<T> {
    clock: Arc<dyn Clock>,
    known: Mutex<Known<T>>,
}

struct Known<T> {
    said: Option<(OffsetDateTime, Arc<T>)>,
    failed_at: Option<OffsetDateTime>,
    looked_again_at: Option<OffsetDateTime>,
}

impl<T> Kept<T> {
    /// Nothing yet.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, known: Mutex::new(Known { said: None, failed_at: None, looked_again_at: None }) }
    }

    /// What was said, asked for by `ask` if it is not known or too old.
    pub(super) async fn get<E: From<FailedBefore>>(
        &self,
        ask: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        let mut known = self.known.lock().await;
        match &known.said {
            Some((asked_at, said)) if is_within(*asked_at, self.clock.now(), BELIEVED_FOR) => Ok(Arc::clone(said)),
            _ => self.ask(&mut known, ask).await,
        }
    }

    /// The same after something was not in `before`; None if that was looked for just now.
    pub(super) async fn another<E: From<FailedBefore>>(
        &self,
        before: &Arc<T>,
        ask: impl Future<Output = Result<T, E>>,
    ) -> Result<Option<Arc<T>>, E> {
        let mut known = self.known.lock().await;
        if let Some((_, said)) = &known.said
            && !Arc::ptr_eq(said, before)
        {
            return Ok(Some(Arc::clone(said)));
        }
        let now = self.clock.now();
        if known.looked_again_at.is_some_and(|at| is_within(at, now, LOOK_AGAIN_AFTER)) {
            return Ok(None);
        }
        known.looked_again_at = Some(now);
        self.ask(&mut known, ask).await.map(Some)
    }

    async fn ask<E: From<FailedBefore>>(
        &self,
        known: &mut Known<T>,
        ask: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        if known.failed_at.is_some_and(|at| is_within(at, self.clock.now(), FAILED_FOR)) {
            return Err(FailedBefore.into());
        }
        match ask.await {
            Ok(said) => {
                let said = Arc::new(said);
                known.said = Some((self.clock.now(), Arc::clone(&said)));
                known.failed_at = None;
                Ok(said)
            }
            Err(error) => {
                known.failed_at = Some(self.clock.now());
                Err(error)
            }
        }
    }
}

/// Whether `now` is within `time` after `then`, as far as the clock was not set back.
fn is_within(then: OffsetDateTime, now: OffsetDateTime, time: Duration) -> bool {
    (Duration::ZERO..time).contains(&(now - then))
}

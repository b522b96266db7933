use std::time::{Duration, Instant};

use adx_registry_core::ports::Clock;
use futures::future::BoxFuture;
use time::OffsetDateTime;

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the adapter behind the Clock port")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// Time since the process began, for what must not jump when the clock is set.
#[derive(Clone, Copy, Debug)]
pub struct Ticks(Instant);

impl Ticks {
    /// Begins counting.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago that was.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// The same in milliseconds.
    pub fn millis(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

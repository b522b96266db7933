//! Where the engine takes the time from.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::watch;

/// The time, and waiting for it. Milliseconds since the Unix epoch.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now_ms(&self) -> u64;
    /// Completes at `deadline_ms` or later; at once if that is past.
    fn sleep_until(&self, deadline_ms: u64) -> BoxFuture<'_, ()>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the adapter that reads the clock")]
    fn now_ms(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, crate::port::millis)
    }

    fn sleep_until(&self, deadline_ms: u64) -> BoxFuture<'_, ()> {
        // Tokio caps a sleep at about two years, and the wall clock may be set meanwhile: look again once an hour.
        const LONGEST_MS: u64 = 3_600_000;
        Box::pin(async move {
            loop {
                let left = deadline_ms.saturating_sub(self.now_ms());
                if left == 0 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(left.min(LONGEST_MS))).await;
            }
        })
    }
}

/// A clock that moves only when told, for tests.
#[derive(Debug)]
pub struct ManualClock {
    now: watch::Sender<u64>,
    sleepers: Mutex<BTreeMap<u64, usize>>,
    slept: watch::Sender<()>,
}

impl ManualClock {
    /// A clock standing at `now_ms`.
    pub fn new(now_ms: u64) -> Self {
        Self { now: watch::Sender::new(now_ms), sleepers: Mutex::default(), slept: watch::Sender::new(()) }
    }

    /// Moves the time forward and wakes whoever slept until then.
    pub fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now += crate::port::millis(by));
    }

    /// Waits until somebody sleeps until exactly `deadline_ms`.
    pub async fn wait_for_sleeper(&self, deadline_ms: u64) {
        let mut slept = self.slept.subscribe();
        while !self.sleepers.lock().contains_key(&deadline_ms) {
            if slept.changed().await.is_err() {
                return;
            }
        }
    }
}

struct Sleeping<'a>(&'a ManualClock, u64);

impl Drop for Sleeping<'_> {
    fn drop(&mut self) {
        let mut sleepers = self.0.sleepers.lock();
        if let Some(count) = sleepers.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                sleepers.remove(&self.1);
            }
        }
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> u64 {
        *self.now.borrow()
    }

    fn sleep_until(&self, deadline_ms: u64) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let mut now = self.now.subscribe();
            *self.sleepers.lock().entry(deadline_ms).or_default() += 1;
            let _sleeping = Sleeping(self, deadline_ms);
            self.slept.send_modify(|()| ());
            // The sender is a field of self: the wait cannot fail while self is borrowed.
            let _ = now.wait_for(|now| *now >= deadline_ms).await;
        })
    }
}

//! Processor time and memory of one call.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use wasmtime::ResourceLimiter;

use crate::reviewed::thread_cpu_time;

/// Counts the processor time that a call uses: the time of the thread while it polls the call. While the call waits for
/// the host it is not polled, and while the machine is busy with others the thread's clock stands still.
///
/// Most calls are over with their first poll, and the thread's clock costs as much as a good part of them. So the first poll
/// is measured by the wall clock. It ends at the first tick at the latest: if others take the processor away meanwhile, that
/// is charged to the call, but never more than one tick.
#[derive(Debug)]
pub(crate) struct CpuMeter {
    limit: Duration,
    tick: Duration,
    /// Nanoseconds of the polls that are over, and of work elsewhere.
    spent: AtomicU64,
    polls: AtomicU32,
    /// The thread's clock when the present poll began, in nanoseconds; for the first one, the wall clock since `made`.
    poll_began: AtomicU64,
    made: Instant,
}

impl CpuMeter {
    pub(crate) fn new(limit: Duration, tick: Duration, now: Instant) -> Self {
        Self {
            limit,
            tick,
            spent: AtomicU64::new(0),
            polls: AtomicU32::new(0),
            poll_began: AtomicU64::new(0),
            made: now,
        }
    }

    /// Processor time of the polls that are over.
    pub(crate) fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent.load(Ordering::Relaxed))
    }

    /// Whether the limit is reached. To be asked from inside of a poll.
    pub(crate) fn exhausted(&self) -> bool {
        self.spent() + Duration::from_nanos(self.poll()) >= self.limit
    }

    /// What the limit leaves, the present poll not counted.
    pub(crate) fn left(&self) -> Duration {
        self.limit.saturating_sub(self.spent())
    }

    /// Counts what `work` uses on a thread that does not poll the call: a statement that the database runs for it.
    pub(crate) fn elsewhere<T>(&self, work: impl FnOnce() -> T) -> T {
        let began = thread_cpu_time();
        let result = work();
        self.spent.fetch_add(nanos(thread_cpu_time().saturating_sub(began)), Ordering::Relaxed);
        result
    }

    /// Runs `work` and counts its polls.
    pub(crate) async fn count<F: Future>(&self, mut work: Pin<&mut F>) -> F::Output {
        poll_fn(|context| {
            self.poll_began.store(self.clock(), Ordering::Relaxed);
            let poll = work.as_mut().poll(context);
            self.spent.fetch_add(self.poll(), Ordering::Relaxed);
            self.polls.fetch_add(1, Ordering::Relaxed);
            poll
        })
        .await
    }

    /// Nanoseconds of the present poll.
    fn poll(&self) -> u64 {
        let poll = self.clock().saturating_sub(self.poll_began.load(Ordering::Relaxed));
        if self.is_first() { poll.min(nanos(self.tick)) } else { poll }
    }

    fn clock(&self) -> u64 {
        nanos(if self.is_first() { self.made.elapsed() } else { thread_cpu_time() })
    }

    fn is_first(&self) -> bool {
        self.polls.load(Ordering::Relaxed) == 0
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Growing was refused. Raised as a trap, because a guest that gets -1 from `memory.grow` only aborts in a way that no
/// longer says why.
#[derive(Debug, thiserror::Error)]
#[error("memory limit reached")]
pub(crate) struct MemoryLimitReached;

/// An element of a table is a pointer of the host.
const TABLE_ELEMENT_BYTES: u64 = 8;

/// Counts the memory of all memories and tables of a call, and refuses what is too much.
#[derive(Debug)]
pub(crate) struct MemoryMeter {
    limit_bytes: u64,
    used_bytes: u64,
    peak_bytes: u64,
}

impl MemoryMeter {
    pub(crate) const fn new(limit_bytes: u64) -> Self {
        Self { limit_bytes, used_bytes: 0, peak_bytes: 0 }
    }

    pub(crate) const fn peak_bytes(&self) -> u64 {
        self.peak_bytes
    }

    fn grow(&mut self, by_bytes: u64) -> wasmtime::Result<bool> {
        let used = self.used_bytes.saturating_add(by_bytes);
        if used > self.limit_bytes {
            return Err(wasmtime::Error::new(MemoryLimitReached));
        }
        self.used_bytes = used;
        self.peak_bytes = self.peak_bytes.max(used);
        Ok(true)
    }
}

impl ResourceLimiter for MemoryMeter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        // What the guest's own maximum forbids fails for the guest, and must not be counted: it may try again and again.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.grow(desired.saturating_sub(current) as u64)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.grow((desired.saturating_sub(current) as u64).saturating_mul(TABLE_ELEMENT_BYTES))
    }

    fn instances(&self) -> usize {
        crate::engine::MAX_CORE_INSTANCES as usize
    }

    fn tables(&self) -> usize {
        crate::engine::MAX_TABLES as usize
    }

    fn memories(&self) -> usize {
        crate::engine::MAX_MEMORIES as usize
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[test]
    fn sums_all_memories_and_tables() {
        let mut meter = MemoryMeter::new(1000);
        assert!(meter.memory_growing(0, 600, None).unwrap());
        assert!(meter.table_growing(0, 50, None).unwrap());
        assert_eq!(meter.peak_bytes(), 1000);
        let refused = meter.memory_growing(600, 601, None).unwrap_err();
        assert!(refused.downcast_ref::<MemoryLimitReached>().is_some());
        assert_eq!(meter.peak_bytes(), 1000);
    }

    #[test]
    fn growth_that_the_guests_own_maximum_forbids_is_not_counted() {
        let mut meter = MemoryMeter::new(1000);
        assert!(!meter.memory_growing(0, 600, Some(500)).unwrap());
        assert!(!meter.table_growing(0, 60, Some(50)).unwrap());
        assert_eq!(meter.peak_bytes(), 0);
    }

    fn meter(limit: Duration) -> CpuMeter {
        CpuMeter::new(limit, Duration::from_millis(10), Instant::now())
    }

    /// Uses some processor time.
    fn work() {
        let before = thread_cpu_time();
        while thread_cpu_time() == before {}
    }

    #[test]
    fn work_on_another_thread_is_counted() {
        let meter = meter(Duration::from_secs(1));
        meter.elsewhere(work);
        assert!(meter.spent() > Duration::ZERO);
    }

    #[tokio::test]
    async fn every_poll_is_counted_and_waiting_is_not() {
        let meter = meter(Duration::from_secs(1));
        let mut after = Vec::new();
        meter
            .count(pin!(async {
                for _ in 0..3 {
                    work();
                    // Polls end here: what was counted of those before is fixed.
                    tokio::task::yield_now().await;
                    after.push(meter.spent());
                }
            }))
            .await;
        assert!(Duration::ZERO < after[0] && after[0] < after[1] && after[1] < after[2], "{after:?}");
        assert!(!meter.exhausted());
        let spent = meter.spent();
        work();
        assert_eq!(meter.spent(), spent);
    }

    #[tokio::test]
    async fn the_first_poll_is_charged_one_tick_at_most() {
        let tick = Duration::from_nanos(1);
        let meter = CpuMeter::new(Duration::from_secs(1), tick, Instant::now());
        meter.count(pin!(async { work() })).await;
        assert_eq!(meter.spent(), tick);
    }

    #[tokio::test]
    async fn the_limit_is_noticed_within_a_poll() {
        let meter = meter(Duration::from_nanos(1));
        let exhausted = pin!(async {
            work();
            meter.exhausted()
        });
        assert!(meter.count(exhausted).await);
    }
}

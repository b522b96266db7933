//! The time by which licences are judged: the clock's, and never earlier than the latest time that was seen. Whoever sets the clock
//! back does not get a licence back that has ended.
//!
//! The latest time is kept in the store, and raised by what is signed as well: the metadata of registries, and leases. A clock that
//! jumps ahead by more than [`WITHIN`] is believed for as long as it shows that, and is written down only once it has done so for
//! [`STANDS`]: one that was wrong by years must not end every licence for good.

use adx_signing::UtcSecond;
use parking_lot::Mutex;
use time::{Duration, OffsetDateTime};
use tokio::time::Instant;

/// How far a clock may be set back, or differ from the registry's.
pub(crate) const TOLERANCE: Duration = Duration::minutes(5);
/// How far ahead a clock may be of the latest time that was seen: a machine that was switched off for a month.
const WITHIN: Duration = Duration::days(31);
/// How long a clock that is further ahead must show it before it is written down.
const STANDS: std::time::Duration = std::time::Duration::from_secs(24 * 3_600);

/// The latest time that was seen.
#[derive(Debug, Default)]
pub(crate) struct SeenTime(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    latest: Option<OffsetDateTime>,
    /// Since when the clock is far ahead.
    ahead_since: Option<Instant>,
}

impl SeenTime {
    /// Begins with what was remembered.
    pub(crate) fn begin(&self, remembered: Option<OffsetDateTime>) {
        let mut seen = self.0.lock();
        seen.latest = seen.latest.max(remembered);
    }

    /// The time by which licences are judged when the clock shows `clock`.
    pub(crate) fn now(&self, clock: OffsetDateTime) -> UtcSecond {
        self.0.lock().latest.map_or(clock, |latest| latest.max(clock)).into()
    }

    /// The latest time that was seen, if the clock is behind it by more than clocks differ.
    pub(crate) fn set_back(&self, clock: OffsetDateTime) -> Option<OffsetDateTime> {
        self.0.lock().latest.filter(|latest| clock + TOLERANCE < *latest)
    }

    /// Sees a time of the clock, and one that something signed vouches for; gives the latest, to be remembered.
    pub(crate) fn see(&self, clock: OffsetDateTime, vouched: Option<UtcSecond>, running: Instant) -> OffsetDateTime {
        let mut seen = self.0.lock();
        seen.latest = seen.latest.max(vouched.map(OffsetDateTime::from));
        let latest = seen.latest.unwrap_or(clock);
        if clock - latest <= WITHIN {
            seen.ahead_since = None;
        } else if running.duration_since(*seen.ahead_since.get_or_insert(running)) < STANDS {
            return latest;
        }
        let latest = latest.max(clock);
        seen.latest = Some(latest);
        latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: OffsetDateTime = time::macros::datetime!(2026-11-29 12:00 UTC);

    #[tokio::test]
    async fn a_clock_that_is_set_back_is_not_followed() {
        let (seen, running) = (SeenTime::default(), Instant::now());
        assert_eq!(seen.see(DAY, None, running), DAY);
        let before = DAY - Duration::days(3);
        assert_eq!(seen.now(before), DAY.into());
        assert_eq!(seen.set_back(before), Some(DAY));
        assert_eq!(seen.set_back(DAY - TOLERANCE), None, "clocks are corrected");
        assert_eq!(seen.see(before, None, running), DAY);
        assert_eq!(seen.now(DAY + Duration::days(1)), (DAY + Duration::days(1)).into());
    }

    #[tokio::test]
    async fn what_is_signed_raises_it_too() {
        let (seen, running) = (SeenTime::default(), Instant::now());
        seen.begin(Some(DAY));
        let signed = DAY + Duration::days(400);
        assert_eq!(seen.see(DAY, Some(signed.into()), running), signed);
        assert_eq!(seen.set_back(DAY), Some(signed));
    }

    #[tokio::test]
    async fn a_clock_that_is_years_ahead_leaves_no_trace_unless_it_stays_so() {
        let (seen, running) = (SeenTime::default(), Instant::now());
        seen.begin(Some(DAY));
        let wrong = DAY + Duration::days(3_650);
        assert_eq!(seen.see(wrong, None, running), DAY);
        assert_eq!(seen.now(wrong), wrong.into(), "it is believed as long as it shows that");
        assert_eq!(seen.see(DAY, None, running), DAY);
        assert_eq!(seen.set_back(DAY), None, "and mended without harm");
        assert_eq!(seen.see(wrong, None, running), DAY);
        assert_eq!(seen.see(wrong, None, running + STANDS), wrong);
    }
}

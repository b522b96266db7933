//! The clock, which an attacker may set back to make an old repository look fresh.

use adx_signing::UtcSecond;
use time::Duration;

use crate::state::{StateError, StateFolder};

/// How far clocks may differ: that of this machine from itself after a correction, and from the registry's.
pub const TOLERANCE: Duration = Duration::minutes(5);
/// The file that keeps the latest time.
const FILE: &str = "clock";
/// How much later the time must be to be written down: each writing costs the disk a flush.
const WORTH_WRITING: Duration = Duration::minutes(1);

/// A clock that shows a time which is past already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the clock of this machine shows {now}, but it was {latest} already: it was set back")]
pub struct ClockSetBack {
    /// What it shows.
    pub now: UtcSecond,
    /// The latest time known from metadata that was fresh.
    pub latest: UtcSecond,
}

/// The latest time known.
#[derive(Debug)]
pub struct LatestTime(Option<UtcSecond>);

impl LatestTime {
    /// Reads it.
    ///
    /// # Errors
    /// [`StateError`] for a file that is damaged or cannot be read.
    pub fn read(state: &StateFolder) -> Result<Self, StateError> {
        let Some(bytes) = state.read_sealed(FILE)? else { return Ok(Self(None)) };
        let damaged = |why: String| StateError::damaged(&state.path(FILE), why);
        let text = String::from_utf8(bytes).map_err(|error| damaged(error.to_string()))?;
        Ok(Self(Some(
            text.trim_end().parse().map_err(|error: adx_signing::utc::UtcSecondError| damaged(error.to_string()))?,
        )))
    }

    pub(crate) const fn of(latest: Option<UtcSecond>) -> Self {
        Self(latest)
    }

    /// Checks a time against it.
    ///
    /// # Errors
    /// [`ClockSetBack`].
    pub fn check(&self, now: UtcSecond) -> Result<(), ClockSetBack> {
        match self.0 {
            Some(latest) if now.after(TOLERANCE) < latest => Err(ClockSetBack { now, latest }),
            _ => Ok(()),
        }
    }

    /// Takes a time that fresh metadata vouches for. It lies before that metadata's expiry, so a clock that was wrong by years
    /// leaves no trace here.
    ///
    /// # Errors
    /// [`StateError::Disk`].
    pub fn advance(&mut self, to: UtcSecond, state: &StateFolder) -> Result<(), StateError> {
        if self.0.is_none_or(|latest| latest.after(WORTH_WRITING) <= to) {
            state.write_sealed(FILE, format!("{to}\n").as_bytes())?;
            self.0 = Some(to);
        }
        Ok(())
    }

    /// The time, none before the first.
    pub fn latest(&self) -> Option<UtcSecond> {
        self.0
    }
}

//! The time. Always present; `std`'s own clocks trap in a module.

use std::time::Duration;

use crate::host::bindings::adx::module::clock as host;

/// The time of day, as what has passed since 1970-01-01T00:00:00Z.
///
/// # Panics
/// Outside of a sandbox: there is no host to ask.
pub fn now() -> Duration {
    let now = host::now();
    Duration::new(u64::try_from(now.seconds).unwrap_or(0), now.nanoseconds)
}

/// Milliseconds since 1970-01-01T00:00:00Z, as many tables and APIs want them.
///
/// # Panics
/// Outside of a sandbox: there is no host to ask.
pub fn unix_ms() -> i64 {
    i64::try_from(now().as_millis()).unwrap_or(i64::MAX)
}

/// A clock that never goes back, to measure with: what has passed since some point before this call began.
///
/// # Panics
/// Outside of a sandbox: there is no host to ask.
pub fn monotonic() -> Duration {
    Duration::from_nanos(host::monotonic())
}

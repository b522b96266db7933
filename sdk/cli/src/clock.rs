//! The clock of this machine.

use adx_signing::UtcSecond;

/// What it shows.
#[expect(clippy::disallowed_methods, reason = "the one place where the command reads the clock")]
pub(crate) fn now() -> UtcSecond {
    time::OffsetDateTime::now_utc().into()
}

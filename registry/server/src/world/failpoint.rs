//! Places where a debug build can be made to die, for tests of recovery: `ADX_ABORT_AT=publish.<step>` or `sign.<step>`.

use std::sync::OnceLock;

fn wanted() -> Option<&'static str> {
    static WANTED: OnceLock<Option<String>> = OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "fail points exist in debug builds only and have no other door")]
    let read = || std::env::var("ADX_ABORT_AT").ok();
    WANTED.get_or_init(read).as_deref()
}

/// Dies here if told to, as if by kill -9: no unwinding, no flushing.
pub(super) fn reach(step: &str) {
    if wanted() == Some(step) {
        std::process::abort();
    }
}

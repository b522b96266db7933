//! Places where a debug build can be made to die, for tests of recovery: `ADX_ABORT_AT=publish.<step>`, `sign.<step>`,
//! `exchange.<step>`.

/// Dies here if told to, as if by kill -9: no unwinding, no flushing. A release build knows no such place.
#[cfg(debug_assertions)]
pub fn fail_point(name: &str) {
    use std::sync::OnceLock;

    static WANTED: OnceLock<Option<String>> = OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "fail points exist in debug builds only and have no other door")]
    let read = || std::env::var("ADX_ABORT_AT").ok();
    if WANTED.get_or_init(read).as_deref() == Some(name) {
        std::process::abort();
    }
}

/// Does nothing: fail points exist in debug builds only.
#[cfg(not(debug_assertions))]
pub fn fail_point(_: &str) {}

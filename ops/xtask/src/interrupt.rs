//! Ctrl-C and SIGTERM, noticed between steps: the servers that were started have to be stopped in order.

use anyhow::{Result, bail};
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

extern "C" fn note(_signal: libc::c_int) {
    INTERRUPTED.store(true, Ordering::SeqCst);
}

/// From here on a signal is noted in place of ending the program.
pub(crate) fn listen() {
    // SAFETY: the handler only stores into an atomic, which is async-signal-safe.
    #[expect(unsafe_code, reason = "std has no signal handling, and the servers have to be stopped on Ctrl-C")]
    unsafe {
        libc::signal(libc::SIGINT, note as extern "C" fn(libc::c_int) as libc::sighandler_t);
        libc::signal(libc::SIGTERM, note as extern "C" fn(libc::c_int) as libc::sighandler_t);
    }
}

/// Whether a signal came.
pub(crate) fn came() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// For the middle of the work.
///
/// # Errors
/// Once a signal came.
pub(crate) fn check() -> Result<()> {
    if came() {
        bail!("interrupted");
    }
    Ok(())
}

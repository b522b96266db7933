//! The one place where this command takes randomness from the operating system.

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;

/// The system's random source. It panics where the system has none, which no key may outlive.
pub(crate) fn system() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

//! Cryptographically secure random numbers. Always present.

use crate::Result;
use crate::host::ask;
use crate::host::bindings::adx::module::random as host;

/// `length` random bytes.
///
/// # Errors
/// Kind `limited` when more is asked for than one call may have.
pub fn bytes(length: u32) -> Result<Vec<u8>> {
    ask!(host::bytes(length))
}

/// One random number out of all 64-bit numbers.
///
/// # Panics
/// Outside of a sandbox: there is no host to ask.
pub fn number() -> u64 {
    host::number()
}

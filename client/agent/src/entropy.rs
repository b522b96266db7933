//! Randomness from the operating system: ids, tokens and jitter.

use getrandom::{SysRng, rand_core::UnwrapErr};

/// The operating system's generator. A system that cannot give random bytes is not one to run modules on, so it panics then.
pub(crate) fn system() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// A fresh id: the prefix, `_` and 32 hexadecimal digits.
pub(crate) fn id(prefix: &str) -> String {
    use getrandom::rand_core::Rng as _;
    let mut bytes = [0; 16];
    system().fill_bytes(&mut bytes);
    format!("{prefix}_{}", hex::encode(bytes))
}

/// A fraction in `0.0..1.0`.
pub(crate) fn fraction() -> f64 {
    use getrandom::rand_core::Rng as _;
    f64::from(system().next_u32()) / (f64::from(u32::MAX) + 1.0)
}

//! The only unsafe code of the sandbox. Three calls, each with its reason.
#![expect(unsafe_code, reason = "reviewed: see the SAFETY comments")]

use std::time::Duration;

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::cache::VerifiedCode;

/// Makes a component out of machine code from our own cache.
pub(crate) fn deserialize(engine: &Engine, code: &VerifiedCode) -> wasmtime::Result<Component> {
    // SAFETY: the bytes must be what `Component::serialize` or `Engine::precompile_component` made, unchanged, by this
    // version of wasmtime. `VerifiedCode` exists only for bytes that this process just compiled, or whose HMAC under the
    // key of our cache folder (0700, ours) was right for this component and this engine configuration.
    unsafe { Component::deserialize(engine, code.as_bytes()) }
}

/// Processor time of the calling thread.
pub(crate) fn thread_cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for one timespec. The clock exists on every system we build for; if it did not, the
    // call would leave `time` at zero.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// The user that this process runs as.
pub(crate) fn effective_user() -> u32 {
    // SAFETY: `geteuid` takes nothing, touches no memory and cannot fail.
    unsafe { libc::geteuid() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threads_clock_moves_with_work() {
        let before = thread_cpu_time();
        let mut sum = 0u64;
        while thread_cpu_time() == before {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(thread_cpu_time() > before);
    }
}

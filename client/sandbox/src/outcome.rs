//! Why a guest stopped: wasmtime's error in our words.

use wasmtime::Trap;

use crate::error::CallError;
use crate::host::CallState;
use crate::limits::{MAX_MESSAGE_BYTES, cut};
use crate::meter::MemoryLimitReached;

/// What the guest could not be blamed for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct HostFailure(pub(crate) String);

/// Says why the guest stopped. `memory_bytes` and the limits in `state` are those of the call.
pub(crate) fn classify(error: &wasmtime::Error, state: &CallState, memory_bytes: u64) -> CallError {
    // A refused growth is an error of ours that passes through the guest, not a trap of wasmtime's.
    if error.downcast_ref::<MemoryLimitReached>().is_some() {
        return CallError::OutOfMemory { limit_bytes: memory_bytes };
    }
    if let Some(HostFailure(message)) = error.downcast_ref() {
        return CallError::Host(message.clone());
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => CallError::CpuTime { limit: state.environment.limits.cpu_time },
        Some(Trap::StackOverflow) => CallError::StackOverflow,
        // The hook of the guest library told us the message; then it aborts, which is `unreachable`.
        Some(Trap::UnreachableCodeReached) => match &state.panic {
            Some(panic) => CallError::Panicked { message: panic.message.clone(), location: panic.location.clone() },
            None => CallError::Trap(Trap::UnreachableCodeReached.to_string()),
        },
        Some(trap) => CallError::Trap(trap.to_string()),
        // Rules of the component model that a guest can break: a string out of bounds, too much data for one call, ….
        None => {
            let mut message = error.root_cause().to_string();
            cut(&mut message, MAX_MESSAGE_BYTES);
            CallError::Trap(message)
        }
    }
}

//! The journal through its public doors.

#[path = "all/attempts.rs"]
mod attempts;
#[path = "all/basics.rs"]
mod basics;
#[path = "all/cancellation.rs"]
mod cancellation;
#[path = "all/children.rs"]
mod children;
#[path = "all/continuing.rs"]
mod continuing;
// Fail points exist in debug builds only.
#[cfg(debug_assertions)]
#[path = "all/crash.rs"]
mod crash;
#[path = "all/damage.rs"]
mod damage;
#[path = "all/determinism.rs"]
mod determinism;
#[path = "all/disturbed.rs"]
mod disturbed;
#[path = "all/interleaved.rs"]
mod interleaved;
#[path = "all/parked.rs"]
mod parked;
#[path = "all/saga.rs"]
mod saga;
#[path = "all/shutdown.rs"]
mod shutdown;
#[path = "all/signals.rs"]
mod signals;
#[path = "all/support.rs"]
mod support;
#[path = "all/waiting.rs"]
mod waiting;

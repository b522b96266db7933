#![doc = include_str!("../README.md")]

mod clock;
pub mod journal;
mod port;
mod registry;
mod saga;

pub use clock::{Clock, ManualClock, SystemClock};
pub use journal::{Journal, JournalError, JournalOptions, ListFilter, Run, RunInfo, RunState, StartOptions};
pub use port::{CompensationFailure, Ctx, Failure, LocalFuture, Outcome, Policy, Wf, signal_within};
pub use registry::{ActivityContext, Registry};
pub use saga::{AwaitSignal, Saga, SagaScope, Step, StepCall, run_saga};

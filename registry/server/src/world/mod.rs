//! The edges of the process: time, randomness, threads, and who is told when a publish commits.

mod blocking;
mod clock;
mod entropy;
mod failpoint;
mod origins;
mod progress;
mod vault;

pub use blocking::BoundedBlocking;
pub use clock::{SystemClock, Ticks};
pub use entropy::SystemEntropy;
pub use failpoint::fail_point;
pub use origins::{Behalf, TaskOrigins, is_asked_by};
pub use progress::{Commits, Progress};
pub use vault::{FileVault, VaultError};

#![doc = include_str!("../README.md")]

pub mod address;
pub mod advisories;
pub mod bundle;
pub mod clock;
pub mod control;
pub mod decide;
pub mod demands;
pub mod evidence;
pub mod index;
pub mod log;
pub mod mirror;
pub mod namespaces;
pub mod refusal;
pub mod registries;
pub mod registry;
pub mod repository;
pub mod selection;
pub mod source;
pub mod state;
pub mod step;
pub mod verified;

pub use bundle::Bundle;
pub use decide::{Decision, decide};
pub use demands::{Demands, FastLane};
pub use evidence::Evidence;
pub use mirror::Mirror;
pub use namespaces::{Namespaces, Pattern};
pub use refusal::Refusal;
pub use registries::{Registries, Settings};
pub use registry::Registry;
pub use repository::{Profile, Repository};
pub use selection::{Phase, Progress, Selection};
pub use source::{Limits, Source, SourceError};
pub use step::{Outcome, Proof, Step};
pub use verified::{Release, Verified};

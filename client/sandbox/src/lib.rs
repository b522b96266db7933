#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod address;
mod audit;
mod bindings;
mod cache;
mod check;
mod clock;
mod data;
mod engine;
mod environment;
mod error;
mod gate;
mod grant;
mod host;
mod limits;
mod meter;
mod module;
mod outcome;
mod reviewed;
mod sandbox;
mod settings;
mod signature;

pub use address::not_public;
pub use audit::{Audit, CallReport, Denial, Discard, LogLevel, LogLine, LogSink};
pub use clock::{Clock, SystemClock};
pub use data::{DataError, Migration, ModuleData};
pub use engine::SandboxConfig;
#[doc(hidden)]
pub use engine::wasmtime_config;
pub use environment::{Environment, Invocation};
pub use error::{CallError, LoadError, SandboxError};
pub use grant::{Capability, Grants, UnknownCapability};
pub use limits::Limits;
pub use module::Module;
pub use sandbox::Sandbox;
pub use settings::effective_settings;

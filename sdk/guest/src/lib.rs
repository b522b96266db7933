#![doc = include_str!("../README.md")]

// The attribute writes `::adx_module::…`; this lets the crate's own tests use it too.
#[cfg(test)]
extern crate self as adx_module;

pub mod clock;
pub mod config;
mod error;
mod host;
pub mod kv;
pub mod log;
mod module;
pub mod prelude;
pub mod random;
pub mod sql;

pub use adx_module_macros::module;
pub use error::{Error, Result};

/// What the code written by [`module`](macro@module) needs. Not part of the API.
#[doc(hidden)]
pub mod __private {
    pub use crate::host::bindings;
    pub use crate::module::{Component, Module, decode, decode_nothing, encode, unknown_activity};
}

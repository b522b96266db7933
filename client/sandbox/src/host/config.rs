//! `config`: the tenant's settings.

use crate::bindings::adx::module::config::{self, ConfigError};
use crate::gate::{Operation, Refusal};
use crate::grant::Capability;
use crate::host::CallState;

impl From<Refusal> for ConfigError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotGranted(line) => Self::NotGranted(line),
            Refusal::Limited(cap) => Self::Limited(cap),
        }
    }
}

impl config::Host for CallState {
    fn all(&mut self) -> wasmtime::Result<Result<String, ConfigError>> {
        Ok(self.through(Operation::of(Capability::Config, "all"), |state| Ok(state.environment.config.to_string())))
    }

    fn get(&mut self, pointer: String) -> wasmtime::Result<Result<Option<String>, ConfigError>> {
        Ok(self.through(Operation::of(Capability::Config, "get"), |state| {
            if !pointer.is_empty() && !pointer.starts_with('/') {
                return Err(ConfigError::InvalidPointer("a JSON pointer is empty or begins with a slash".to_owned()));
            }
            Ok(state.environment.config.pointer(&pointer).map(ToString::to_string))
        }))
    }
}

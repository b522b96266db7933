//! What nearly every module uses: `use adx_module::prelude::*;`.

pub use serde::{Deserialize, Serialize};

pub use crate::{Error, Result, clock, config, kv, log, params, random, sql};

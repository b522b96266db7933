//! A small key-value store of this tenant and module, values as JSON. Permission `kv`.
//!
//! ```no_run
//! # fn main() -> adx_module::Result<()> {
//! use adx_module::kv;
//!
//! kv::set("last-greeted", &"Ada")?;
//! let last: Option<String> = kv::get("last-greeted")?;
//! let visits = kv::increment("visits", 1)?;
//! # Ok(()) }
//! ```
//!
//! Every function fails with kind `not-granted` without the permission, `limited` and `quota-exceeded` at a cap, and
//! `busy` (retryable) when another call holds the store for too long.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::host::ask;
use crate::host::bindings::adx::module::kv as host;
use crate::{Error, Result};

const FOREVER: host::SetOptions = host::SetOptions { ttl_ms: None };

/// The value of a key.
pub fn get<T: DeserializeOwned>(key: &str) -> Result<Option<T>> {
    let value: Option<Vec<u8>> = ask!(host::get(key))?;
    value.map(|value| read(key, &value)).transpose()
}

/// Stores a value.
pub fn set<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<()> {
    ask!(host::set(key, &serde_json::to_vec(value)?, FOREVER))
}

/// Stores a value that is forgotten after `keep`.
pub fn set_for<T: Serialize + ?Sized>(key: &str, value: &T, keep: Duration) -> Result<()> {
    let options = host::SetOptions { ttl_ms: Some(u64::try_from(keep.as_millis()).unwrap_or(u64::MAX)) };
    ask!(host::set(key, &serde_json::to_vec(value)?, options))
}

/// Stores `new` only if the value is still `expected` (`None`: only if there is none); says whether it did.
///
/// Values are compared as the JSON that [`set`] writes, so a type with an unordered map inside is not for this.
pub fn compare_and_set<T: Serialize>(key: &str, expected: Option<&T>, new: Option<&T>) -> Result<bool> {
    let expected = expected.map(serde_json::to_vec).transpose()?;
    let new = new.map(serde_json::to_vec).transpose()?;
    ask!(host::compare_and_set(key, expected.as_deref(), new.as_deref(), FOREVER))
}

/// Adds to a counter, atomically, and returns the sum; a missing key counts as 0.
pub fn increment(key: &str, delta: i64) -> Result<i64> {
    ask!(host::increment(key, delta))
}

/// Forgets a key; says whether it was there.
pub fn delete(key: &str) -> Result<bool> {
    ask!(host::delete(key))
}

/// One page of keys that start with `prefix`, in byte order, after the key `after`, and where the next page begins.
pub fn keys(prefix: &str, after: Option<&str>, limit: u32) -> Result<(Vec<String>, Option<String>)> {
    let page: host::KeyPage = ask!(host::keys(prefix, after, limit))?;
    Ok((page.keys, page.next))
}

fn read<T: DeserializeOwned>(key: &str, value: &[u8]) -> Result<T> {
    serde_json::from_slice(value)
        .map_err(|error| Error::new("invalid-value", format!("the value of `{key}` does not fit: {error}")))
}

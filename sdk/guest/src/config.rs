//! The tenant's settings, already validated against the module's `config.schema.json`. Permission `config`.

use serde::de::DeserializeOwned;

use crate::host::ask;
use crate::host::bindings::adx::module::config as host;
use crate::{Error, Result};

/// All settings, as a type of yours.
///
/// ```no_run
/// #[derive(serde::Deserialize)]
/// struct Settings {
///     greeting: String,
/// }
/// # fn main() -> adx_module::Result<()> {
/// let settings: Settings = adx_module::config::all()?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// Kind `not-granted` without the permission; `invalid-config` when the settings do not fit `T`.
pub fn all<T: DeserializeOwned>() -> Result<T> {
    let text: String = ask!(host::all())?;
    read("", &text)
}

/// The value at an RFC 6901 JSON pointer (`"/greeting"`), if there is one.
///
/// # Errors
/// As [`all`]; also kind `invalid-pointer`.
pub fn get<T: DeserializeOwned>(pointer: &str) -> Result<Option<T>> {
    let text: Option<String> = ask!(host::get(pointer))?;
    text.map(|text| read(pointer, &text)).transpose()
}

fn read<T: DeserializeOwned>(pointer: &str, text: &str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| Error::new("invalid-config", format!("the setting `{pointer}` does not fit: {error}")))
}

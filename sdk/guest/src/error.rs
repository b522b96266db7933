//! The one error type of a module.

use std::borrow::Cow;
use std::fmt;

use crate::host::bindings::adx::module::{config, kv, random, sql};

/// What the functions of a module and of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something did not work, in the three parts that callers act on.
///
/// `kind` is for programs, in `kebab-case`; `message` is for people; `retryable` says whether the very same call may
/// succeed later. Any other error becomes one of kind `failed` by `?`.
///
/// ```
/// use adx_module::{Error, Result};
///
/// fn age(text: &str) -> Result<u8> {
///     let age: u8 = text.parse()?;
///     if age < 18 {
///         return Err(Error::new("too-young", format!("{age} is under 18")));
///     }
///     Ok(age)
/// }
///
/// assert_eq!(age("seven").unwrap_err().kind(), "failed");
/// assert_eq!(age("7").unwrap_err().kind(), "too-young");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: Cow<'static, str>,
    message: String,
    retryable: bool,
}

impl Error {
    /// An error that a later call meets again.
    pub fn new(kind: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: message.into(), retryable: false }
    }

    /// An error of kind `failed`.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new("failed", message)
    }

    /// An error of kind `invalid-input`: the caller must ask for something else.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new("invalid-input", message)
    }

    /// The same error, marked as one that may pass.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// The same error, its message led by what was being done.
    #[must_use]
    pub fn context(mut self, doing: impl fmt::Display) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self
    }

    /// The kind, for programs.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The message, for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }

    pub(crate) fn into_parts(self) -> (String, String, bool) {
        (self.kind.into_owned(), self.message, self.retryable)
    }

    fn not_granted(line: &str) -> Self {
        Self::new("not-granted", format!("the tenant has not granted this; module.toml asks for it with: {line}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

// As in `anyhow`: this type is no `std::error::Error`, so that every type that is one converts by `?`.
impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        Self::failed(message)
    }
}

/// Errors of the host, whose kinds are those of the WIT world.
pub(crate) trait HostError {
    fn into_error(self) -> Error;
}

impl HostError for random::RandomError {
    fn into_error(self) -> Error {
        match self {
            Self::Limited(which) => Error::new("limited", which),
        }
    }
}

impl HostError for config::ConfigError {
    fn into_error(self) -> Error {
        match self {
            Self::NotGranted(line) => Error::not_granted(&line),
            Self::Limited(which) => Error::new("limited", which),
            Self::InvalidPointer(why) => Error::new("invalid-pointer", why),
            Self::Unavailable(why) => Error::new("unavailable", why).retryable(),
        }
    }
}

impl HostError for kv::KvError {
    fn into_error(self) -> Error {
        match self {
            Self::NotGranted(line) => Error::not_granted(&line),
            Self::InvalidKey(why) => Error::new("invalid-key", why),
            Self::Limited(which) => Error::new("limited", which),
            Self::QuotaExceeded(which) => Error::new("quota-exceeded", which),
            Self::NotANumber(why) => Error::new("not-a-number", why),
            Self::Busy(why) => Error::new("busy", why).retryable(),
            Self::Unavailable(why) => Error::new("unavailable", why).retryable(),
        }
    }
}

impl HostError for sql::SqlError {
    fn into_error(self) -> Error {
        let database = |kind: &'static str, error: &sql::DatabaseError| {
            Error::new(kind, format!("{} (SQLite {})", error.message, error.code))
        };
        match self {
            Self::NotGranted(line) => Error::not_granted(&line),
            Self::Refused(what) => Error::new("refused", what),
            Self::Invalid(error) => database("invalid-statement", &error),
            Self::Constraint(error) => database("constraint", &error),
            Self::Limited(which) => Error::new("limited", which),
            Self::QuotaExceeded(which) => Error::new("quota-exceeded", which),
            Self::Busy(why) => Error::new("busy", why).retryable(),
            Self::TransactionState(why) => Error::new("transaction-state", why),
            Self::Database(error) => database("database", &error),
            Self::Unavailable(why) => Error::new("unavailable", why).retryable(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_retryable() {
        assert!(kv::KvError::Busy(String::new()).into_error().is_retryable());
        assert!(!kv::KvError::Limited(String::new()).into_error().is_retryable());
    }

    #[test]
    fn not_granted_names_the_line_that_would_allow_it() {
        let error = kv::KvError::NotGranted("required = [\"kv\"]".to_owned()).into_error();
        assert_eq!(error.kind(), "not-granted");
        assert!(error.message().ends_with("required = [\"kv\"]"), "{error}");
    }

    #[test]
    fn context_comes_first() {
        let error = Error::failed("no such row").context("greeting Ada");
        assert_eq!(error.to_string(), "greeting Ada: no such row");
    }
}

//! An error that knows what to type next.

use std::{error::Error, fmt};

/// An error and the words after `hint:`.
#[derive(Debug)]
pub(super) struct Hinted {
    error: anyhow::Error,
    /// What to do about it, with the next command.
    pub(super) hint: String,
}

impl fmt::Display for Hinted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

impl Error for Hinted {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

/// Adds a hint to what went wrong.
pub(super) trait Hint<T> {
    /// Says what to type next.
    fn hint(self, hint: impl Into<String>) -> anyhow::Result<T>
    where
        Self: Sized,
    {
        let hint = hint.into();
        self.hint_by(|_| Some(hint))
    }

    /// Says what to type next, if there is something to say about this error.
    fn hint_by(self, hint: impl FnOnce(&anyhow::Error) -> Option<String>) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> Hint<T> for Result<T, E> {
    fn hint_by(self, hint: impl FnOnce(&anyhow::Error) -> Option<String>) -> anyhow::Result<T> {
        self.map_err(|error| {
            let error = error.into();
            match hint(&error) {
                Some(hint) => Hinted { error, hint }.into(),
                None => error,
            }
        })
    }
}

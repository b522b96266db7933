//! Why a step of an operation did not succeed, in words for the operation and in a form for the journal.

use crate::{shelf::ShelfError, store::StoreError, verify::Refusal};
use adx_sandbox::{CallError, DataError};
use adx_signing::tuf::reason::is_plain;
use adx_workflow::Failure;
use std::{fmt::Display, io};

/// A step that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct StepError {
    /// A stable word for the cause.
    pub(crate) kind: &'static str,
    /// What happened.
    pub(crate) message: String,
    /// Whether another attempt may help.
    pub(crate) passing: bool,
    /// Whether what was served is at fault and not the version: a later operation may succeed with it.
    pub(crate) again: bool,
    /// With `held`: permissions to grant first.
    pub(crate) permissions: Vec<String>,
    /// What to do about it, where there is something to say.
    pub(crate) hint: Option<&'static str>,
}

impl StepError {
    /// Another attempt will not help. The message is made plain: a module, a package or a server may have put in words of its own.
    pub(crate) fn refused(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: plain(&message.into()),
            passing: false,
            again: false,
            permissions: Vec::new(),
            hint: None,
        }
    }

    /// Another attempt may help.
    pub(crate) fn passing(kind: &'static str, message: impl Into<String>) -> Self {
        Self { passing: true, ..Self::refused(kind, message) }
    }

    /// The tenant has to consent first.
    pub(crate) fn held(message: impl Into<String>, permissions: Vec<String>) -> Self {
        Self { permissions, ..Self::refused("held", message) }
    }

    /// The module's own code failed.
    pub(crate) fn module(what: impl Display, error: &CallError) -> Self {
        Self::refused("module", format!("{what} failed: {}", with_causes(error)))
    }
}

impl From<StoreError> for StepError {
    fn from(error: StoreError) -> Self {
        Self::passing("store", with_causes(&error))
    }
}

/// The module's data could not be brought where it should be.
impl From<DataError> for StepError {
    fn from(error: DataError) -> Self {
        let passing = matches!(error, DataError::Io(_) | DataError::Stopped(_));
        Self { passing, ..Self::refused("data", with_causes(&error)) }
    }
}

impl From<io::Error> for StepError {
    fn from(error: io::Error) -> Self {
        Self::passing("disk", error.to_string())
    }
}

impl From<Refusal> for StepError {
    fn from(refusal: Refusal) -> Self {
        let kind = match &refusal {
            Refusal::Release(adx_trust::Refusal::Cooldown { .. }) => "cooldown",
            // Not a proof that failed: nobody was there to ask.
            passing if passing.is_passing() => "registry",
            _ => "refused",
        };
        let hint = match &refusal {
            Refusal::Release(refusal) => Some(refusal.hint()),
            _ => None,
        };
        let (passing, again) = (refusal.is_passing(), refusal.is_of_the_source());
        Self { passing, again, hint, ..Self::refused(kind, format!("refused, {refusal}")) }
    }
}

impl From<adx_trust::Refusal> for StepError {
    fn from(refusal: adx_trust::Refusal) -> Self {
        Refusal::from(refusal).into()
    }
}

impl From<ShelfError> for StepError {
    fn from(error: ShelfError) -> Self {
        match error {
            ShelfError::Refused(refusal) => (*refusal).into(),
            ShelfError::Absent(_) | ShelfError::Damaged(_) => {
                Self { again: true, ..Self::refused("package", error.to_string()) }
            }
            ShelfError::Disk(error) => error.into(),
            ShelfError::Store(error) => error.into(),
            ShelfError::CutOff(error) => Self::passing("cut-off", error.to_string()),
        }
    }
}

impl From<StepError> for Failure {
    fn from(error: StepError) -> Self {
        if error.passing {
            Self::retryable(error.kind, error.message)
        } else {
            Self::permanent(error.kind, error.message)
                .with_details(serde_json::json!({ "permissions": error.permissions, "again": error.again }))
        }
    }
}

/// A text on one line that steers no terminal and turns nothing around, with U+FFFD for what would. Unlike a reason it may have
/// `<` and `>`: requirements of versions do.
fn plain(text: &str) -> String {
    let plain = |character| match character {
        '\n' | '\r' | '\t' => ' ',
        '<' | '>' => character,
        character if is_plain(character) => character,
        _ => char::REPLACEMENT_CHARACTER,
    };
    text.chars().map(plain).collect()
}

/// An error with its causes, on one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_others_are_one_line_that_steers_nothing() {
        let said = "no\u{1b}[2K\rinstalled\nfine\u{202e}txt\u{9b}31m: it needs >=1.0.0, <2.0.0";
        let shown = "no\u{fffd}[2K installed fine\u{fffd}txt\u{fffd}31m: it needs >=1.0.0, <2.0.0";
        let by_module = CallError::Module { kind: "k".to_owned(), message: said.to_owned(), retryable: false };
        let served = adx_trust::Refusal::NotServed { what: said.to_owned(), source_address: String::new() };
        for error in [
            StepError::module("the health probe", &by_module),
            StepError::passing("disk", said),
            StepError::held(said, Vec::new()),
            StepError::from(served),
        ] {
            assert!(error.message.contains(shown), "{error}");
            assert!(!Failure::from(error.clone()).to_string().contains('\u{1b}'), "{error}");
        }
    }
}

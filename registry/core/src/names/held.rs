//! A new name that resembles another, and what was decided of it.

use std::fmt;
use std::str::FromStr;

use adx_signing::name::{ModuleId, NameError, Namespace};
use thiserror::Error;
use time::OffsetDateTime;

use super::Likeness;
use crate::Id;
use crate::publisher::Publisher;

/// A name that somebody wants to be the first to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewName {
    /// Of a namespace.
    Namespace(Namespace),
    /// Of a module.
    Module(ModuleId),
}

impl NewName {
    /// The form that is one for all spellings.
    pub fn canonical(&self) -> String {
        match self {
            Self::Namespace(namespace) => namespace.canonical().to_string(),
            Self::Module(module) => module.canonical().to_string(),
        }
    }
}

impl fmt::Display for NewName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespace(namespace) => namespace.fmt(out),
            Self::Module(module) => module.fmt(out),
        }
    }
}

impl FromStr for NewName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.contains('/') { text.parse().map(Self::Module) } else { text.parse().map(Self::Namespace) }
    }
}

/// A new name that resembles another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldName {
    /// Its identifier.
    pub id: Id<HeldName>,
    /// The name; held once, by canonical form.
    pub name: NewName,
    /// The name that was there before.
    pub resembles: NewName,
    /// How.
    pub likeness: Likeness,
    /// Who wants a module's name. Nobody yet wants a namespace's but the operator who asked.
    pub publisher: Option<Id<Publisher>>,
    /// What was decided.
    pub state: HeldState,
    /// When it was asked for first.
    pub asked_at: OffsetDateTime,
    /// Who decided last, and when.
    pub decided: Option<Decision>,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// Who decided, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Who: `token:` or `account:` with an id, or `machine`. No name of a person.
    pub by: String,
    /// When.
    pub at: OffsetDateTime,
}

/// What was decided of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldState {
    /// It waits for an operator.
    Held,
    /// It may be taken by who asked for it.
    Allowed,
    /// It may not.
    Refused,
}

/// A word that is none of those that are known.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no state of a name: `held`, `allowed` and `refused` are")]
pub struct UnknownHeldState(String);

impl HeldState {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Held, Self::Allowed, Self::Refused];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Allowed => "allowed",
            Self::Refused => "refused",
        }
    }
}

impl FromStr for HeldState {
    type Err = UnknownHeldState;

    fn from_str(text: &str) -> Result<Self, UnknownHeldState> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| UnknownHeldState(text.to_owned()))
    }
}

//! Events: what a module tells and what it listens to.

use std::{fmt, str::FromStr};

use adx_signing::ModuleId;
use serde::{Serialize, Serializer};

/// Longest topic, in bytes.
pub const MAX_TOPIC_BYTES: usize = 100;

/// What an event is about: lowercase words joined by dots, such as `client.created`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(String);

/// An event of another module: `namespace/name:topic`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subscription {
    /// Who publishes it.
    pub module: ModuleId,
    /// What it is about.
    pub topic: Topic,
}

/// Why a text is not a topic or subscription.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// Outside the grammar.
    #[error("`{0}` is not a topic: write lowercase words joined by dots, such as `client.created`")]
    Topic(String),
    /// Too long.
    #[error("the topic has {0} bytes: shorten it to {MAX_TOPIC_BYTES} at most")]
    TooLong(usize),
    /// No `module:topic`.
    #[error("`{0}` is not a subscription: write `namespace/name:topic`")]
    Subscription(String),
    /// The part before the colon is not a module.
    #[error(transparent)]
    Module(#[from] adx_signing::name::NameError),
}

impl Topic {
    /// The topic's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Topic {
    type Err = EventError;

    fn from_str(text: &str) -> Result<Self, EventError> {
        if text.len() > MAX_TOPIC_BYTES {
            return Err(EventError::TooLong(text.len()));
        }
        let word = |word: &str| {
            word.starts_with(|first: char| first.is_ascii_lowercase())
                && !word.ends_with('-')
                && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if !text.split('.').all(word) {
            return Err(EventError::Topic(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Subscription {
    type Err = EventError;

    fn from_str(text: &str) -> Result<Self, EventError> {
        let (module, topic) = text.split_once(':').ok_or_else(|| EventError::Subscription(text.to_owned()))?;
        Ok(Self { module: module.parse()?, topic: topic.parse()? })
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Display for Subscription {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.module, self.topic)
    }
}

impl Serialize for Topic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Serialize for Subscription {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

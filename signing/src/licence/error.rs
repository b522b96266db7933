//! Why a licence is refused.

use super::{MAX_FEATURE_CHARS, MAX_FEATURES, MAX_STRETCH_SECONDS, armour::MAX_FILE_BYTES, jwt::MAX_TOKEN_BYTES};
use crate::{
    key::{KeyError, KeyId},
    log::KeyName,
    utc::UtcSecond,
};

/// Terms that no licence can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// A kind that is none.
    #[error("`{0}` is no kind of licence: trial, subscription, perpetual, metered or offer")]
    Kind(String),
    /// It would never be in force.
    #[error("it ends at {until}, which is not after it begins at {from}")]
    EndsBeforeItBegins {
        /// Since when.
        from: UtcSecond,
        /// Until when.
        until: UtcSecond,
    },
    /// A trial without an end.
    #[error("a trial has an end")]
    EndlessTrial,
    /// For nobody.
    #[error("a licence has one seat at least, or no number of seats")]
    NoSeats,
    /// More than [`MAX_FEATURES`].
    #[error("it names {0} features, {MAX_FEATURES} at most are named")]
    TooManyFeatures(usize),
    /// Not the name of a feature.
    #[error(
        "`{0}` cannot name a feature: use a-z and 0-9 in words parted by one `-`, `_` or `.`, {MAX_FEATURE_CHARS} \
         characters at most"
    )]
    Feature(String),
    /// A requirement that is too long.
    #[error("the versions have {length} bytes of text, {maximum} at most are read")]
    Versions {
        /// Its length in bytes.
        length: usize,
        /// The longest.
        maximum: usize,
    },
    /// More than [`MAX_STRETCH_SECONDS`].
    #[error("`{name}` has {seconds} seconds, {MAX_STRETCH_SECONDS} at most")]
    Stretch {
        /// Which.
        name: &'static str,
        /// How long.
        seconds: u64,
    },
    /// A lease that ends before it was made, or long after.
    #[error("a lease ends after it was made and at most {maximum} seconds later, this one from {issued} to {until}")]
    Lease {
        /// When it was made.
        issued: UtcSecond,
        /// When it ends.
        until: UtcSecond,
        /// The longest, in seconds.
        maximum: i64,
    },
}

/// Why a licence is refused, or cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LicenceError {
    /// More than [`MAX_TOKEN_BYTES`], or of a file [`MAX_FILE_BYTES`].
    #[error("the licence has {length} bytes: a token has {MAX_TOKEN_BYTES} at most, a file {MAX_FILE_BYTES}")]
    TooLarge {
        /// Its length in bytes.
        length: usize,
    },
    /// Neither a token nor what is in one.
    #[error("this is not a licence ({reason})")]
    Malformed {
        /// What the parser said; never a part of the token.
        reason: String,
    },
    /// A header that says something else than a licence's does.
    #[error("the licence's header is not understood: {0}")]
    Header(&'static str),
    /// Signed with a key that the registry does not name.
    #[error("the licence is signed with the key {key}, which its registry does not name")]
    UnknownKey {
        /// The key, as the licence names it.
        key: KeyId,
    },
    /// Not a signature of the key that it names.
    #[error("the licence was changed, or signed by somebody else: the signature does not fit")]
    Signature,
    /// Of another registry.
    #[error("the licence is of the registry `{found}`, and not of `{expected}`")]
    OtherRegistry {
        /// The registry that it names.
        found: KeyName,
        /// The one whose key it was verified with.
        expected: KeyName,
    },
    /// Signed, and of terms that cannot be.
    #[error("the licence is signed, and its terms cannot be: {0}")]
    Terms(#[from] TermsError),
    /// No file of the form.
    #[error("this is not a licence's file: {0}")]
    NotAFile(&'static str),
    /// A readable line that does not say what is signed.
    #[error("line {line} of the file reads `{found}`, and what is signed `{signed}`: a line was changed")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What stands there.
        found: String,
        /// What the signed licence says there.
        signed: String,
    },
    /// A key that cannot sign.
    #[error("the licence cannot be signed: {0}")]
    Key(#[from] KeyError),
}

impl LicenceError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } | Self::Malformed { .. } | Self::NotAFile(_) => {
                "give the whole file as it came, from its first line to its last"
            }
            Self::Header(_) => "it may be of a later version: update, and try again",
            Self::UnknownKey { .. } => {
                "bring the registry's metadata up to date, with a bundle where there is no network; then get the licence again"
            }
            Self::Signature | Self::Line { .. } => "give the file as it came: nothing in it may be changed",
            Self::OtherRegistry { .. } => "give it where its own registry is configured",
            Self::Terms(_) | Self::Key(_) => "tell the registry's operator",
        }
    }
}

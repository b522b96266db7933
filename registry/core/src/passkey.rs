//! Passkeys: keys on people's devices that sign in besides the password (`WebAuthn`, <https://www.w3.org/TR/webauthn-3/>).

use std::fmt;
use std::str::FromStr;

use adx_signing::digest::Digest;
use thiserror::Error;
use time::{Duration, OffsetDateTime};

use crate::Id;
use crate::account::{Account, UnknownWord};
use crate::reason::is_of_one_line;

/// How many passkeys an account has at most.
pub const MAX_PASSKEYS: usize = 10;
/// How long a person may take until the device has signed.
pub const PASSKEY_ROUND_LASTS: Duration = Duration::minutes(5);
/// Rounds of one purpose that an account has at once; one more, and the oldest is void.
pub const MAX_PASSKEY_ROUNDS: u32 = 10;
/// Longest name of a passkey, in characters.
pub const MAX_PASSKEY_NAME_CHARS: usize = 80;

/// A passkey of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its identifier, which may be shown.
    pub id: Id<Passkey>,
    /// Whose it is.
    pub account: Id<Account>,
    /// What the device calls it, in base64url.
    pub credential_id: String,
    /// What its signatures are checked with, as JSON: a public key and a counter, nothing secret.
    pub credential: String,
    /// What the person calls it.
    pub name: PasskeyName,
    /// When it was added.
    pub created_at: OffsetDateTime,
    /// When it was last used.
    pub last_used_at: Option<OffsetDateTime>,
}

/// What a person calls a passkey: 1 to [`MAX_PASSKEY_NAME_CHARS`] characters in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyName(String);

/// The text is no name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "a passkey's name has 1 to {MAX_PASSKEY_NAME_CHARS} characters, all in one line and none of them `<`, `>` or a control \
     character"
)]
pub struct BadPasskeyName;

impl FromStr for PasskeyName {
    type Err = BadPasskeyName;

    fn from_str(text: &str) -> Result<Self, BadPasskeyName> {
        let text = text.trim();
        if !(1..=MAX_PASSKEY_NAME_CHARS).contains(&text.chars().count()) || !is_of_one_line(text) {
            return Err(BadPasskeyName);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for PasskeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a device is asked to sign for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoundPurpose {
    /// To be a passkey of the account.
    Register,
    /// To sign in.
    SignIn,
    /// To change what signing in takes: a second factor, another way in, the password, the address; or to erase the account.
    Change,
}

impl RoundPurpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::Register, Self::SignIn, Self::Change];

    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign-in",
            // The first such change, and the only one when the table was made.
            Self::Change => "remove",
        }
    }
}

impl FromStr for RoundPurpose {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|purpose| purpose.as_str() == text);
        found.ok_or_else(|| UnknownWord::new(text))
    }
}

/// What is kept between asking a device to sign and looking at what it signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyRound {
    /// sha256 of the code that the browser brings again.
    pub hash: Digest,
    /// Whose it is.
    pub account: Id<Account>,
    /// What it is good for.
    pub purpose: RoundPurpose,
    /// What must be the same when the browser comes back, sealed.
    pub sealed_state: String,
    /// From when on it is not.
    pub expires_at: OffsetDateTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(" Blue key ".parse::<PasskeyName>().unwrap().to_string(), "Blue key");
        for text in ["", " ", "a\nb", "<b>", "x".repeat(MAX_PASSKEY_NAME_CHARS + 1).as_str()] {
            assert_eq!(text.parse::<PasskeyName>(), Err(BadPasskeyName), "{text:?}");
        }
    }
}

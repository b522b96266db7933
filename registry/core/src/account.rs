//! People: their accounts, where they are signed in, and how they show that it is them.

use std::fmt;
use std::str::FromStr;

use adx_signing::digest::Digest;
use thiserror::Error;
use time::{Duration, OffsetDateTime};

use crate::Id;
use crate::owner::OwnerName;
use crate::ports::Address;

/// How long a session lasts without being used.
pub const SESSION_IDLE: Duration = Duration::days(14);
/// How long a session lasts at most.
pub const SESSION_LONGEST: Duration = Duration::days(90);

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its identifier, which may be shown.
    pub id: Id<Account>,
    /// Where mail goes: personal. None once the account is erased.
    pub email: Option<Address>,
    /// What others read. None until the address is verified, and once the account is erased.
    pub name: Option<OwnerName>,
    /// What the password hashes to. None until the address is verified, once the account is erased or taken back, and while the person
    /// signs in at a provider of identities only.
    pub password: Option<PasswordHash>,
    /// How far it has come.
    pub state: AccountState,
    /// Whether the person runs the registry.
    pub is_operator: bool,
    /// When it was made, or asked for again before its address was verified.
    pub created_at: OffsetDateTime,
    /// When the address was shown to be the person's.
    pub verified_at: Option<OffsetDateTime>,
}

impl Account {
    /// Whether the person may sign in.
    pub fn is_active(&self) -> bool {
        self.state == AccountState::Active
    }

    /// As whom and where one writes to the person, unless the account is erased or was never finished.
    pub fn contact(self) -> Option<Contact> {
        Some(Contact { name: self.name?, email: self.email? })
    }
}

/// Whom to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// What others read.
    pub name: OwnerName,
    /// Where mail goes: personal.
    pub email: Address,
}

/// How far an account has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// A code was sent to its address.
    Unverified,
    /// The person may sign in.
    Active,
    /// An operator keeps the person out.
    Disabled,
    /// Nothing personal is left of it.
    Erased,
}

impl AccountState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Unverified, Self::Active, Self::Disabled, Self::Erased];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Erased => "erased",
        }
    }
}

/// A word that is none of those that are known.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a word that is known")]
pub struct UnknownWord(pub(crate) String);

impl UnknownWord {
    pub(crate) fn new(word: &str) -> Self {
        Self(word.to_owned())
    }
}

impl FromStr for AccountState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// What is kept of a password: a PHC string, <https://github.com/P-H-C/phc-string-format>.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A PHC string, as the hash function wrote it or as it was kept.
    pub fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string: a secret, since it can be guessed at.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Somewhere a person is signed in. Its secret is in the cookie only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its identifier, which may be shown.
    pub id: Id<Session>,
    /// Whose it is.
    pub account: Id<Account>,
    /// sha256 of what the cookie holds.
    pub hash: Digest,
    /// What kind of browser it is, in a few words.
    pub device: String,
    /// When the person signed in.
    pub created_at: OffsetDateTime,
    /// When it was last used, to the nearest few minutes.
    pub last_used_at: OffsetDateTime,
    /// By what the person came in.
    pub signed_in_by: SignedInBy,
    /// When the person signed in at the provider of identities last, as far as the provider said so.
    pub proven_at: Option<OffsetDateTime>,
}

/// By what a person came into a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedInBy {
    /// A password, the one before or one that was just chosen.
    Password,
    /// A provider of identities.
    Provider,
}

impl SignedInBy {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Password, Self::Provider];

    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Provider => "provider",
        }
    }
}

impl FromStr for SignedInBy {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|by| by.as_str() == text);
        found.ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

impl Session {
    /// When it ends unless it is used.
    pub fn ends_at(&self) -> OffsetDateTime {
        (self.last_used_at + SESSION_IDLE).min(self.created_at + SESSION_LONGEST)
    }
}

/// Somebody's identity at a provider, by which the person signs in to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectedIdentity {
    /// Its identifier, which may be shown.
    pub id: Id<ConnectedIdentity>,
    /// The provider.
    pub issuer: String,
    /// Which of the provider's people.
    pub subject: String,
    /// Whose it is.
    pub account: Id<Account>,
    /// When it was connected.
    pub connected_at: OffsetDateTime,
}

/// What a code of a letter, or of a link, is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePurpose {
    /// Shows that an address is the person's.
    Verify,
    /// Sets another password.
    Reset,
    /// Lets the person sign in although others guessed too often.
    Unlock,
    /// Makes an operator.
    Operator,
}

impl CodePurpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::Verify, Self::Reset, Self::Unlock, Self::Operator];

    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Reset => "reset",
            Self::Unlock => "unlock",
            Self::Operator => "operator",
        }
    }

    /// How long a code is good.
    pub const fn lasts(self) -> Duration {
        match self {
            Self::Verify | Self::Operator => Duration::hours(24),
            Self::Reset | Self::Unlock => Duration::hours(1),
        }
    }
}

impl FromStr for CodePurpose {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|purpose| purpose.as_str() == text);
        found.ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// What is kept of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountCode {
    /// sha256 of its text.
    pub hash: Digest,
    /// Whose it is; nobody's yet if it makes an operator.
    pub account: Option<Id<Account>>,
    /// What it is good for.
    pub purpose: CodePurpose,
    /// From when on it is not.
    pub expires_at: OffsetDateTime,
}

/// The one-time passwords of an account (RFC 6238).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// Whose they are.
    pub account: Id<Account>,
    /// Their seed, sealed.
    pub sealed_seed: String,
    /// When the seed was made.
    pub created_at: OffsetDateTime,
    /// When the person showed that its device has the seed; it is asked for from then on.
    pub confirmed_at: Option<OffsetDateTime>,
    /// The last half minute since 1970 whose password was used.
    pub last_step: u64,
}

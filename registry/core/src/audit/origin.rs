//! On whose behalf something is done.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

use crate::Id;
use crate::account::Account;
use crate::actor::Actor;
use crate::members::Member;
use crate::ports::Vault;
use crate::token::Token;

/// Hex digits of a network's hash: as many as tell networks apart.
const NETWORK_DIGITS: usize = 16;

/// Who does something: an identifier, never a name or an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// Whoever shows a token.
    Token(Id<Token>),
    /// A person who is signed in, or is just signing in.
    Account(Id<Account>),
    /// An owner of a namespace.
    Owner(Id<Member>),
    /// Whoever sits at the machine that holds the database.
    Machine,
    /// The registry itself: a job whose time has come.
    Job,
    /// Somebody who showed nothing.
    Anonymous,
}

impl From<&Actor> for Who {
    fn from(actor: &Actor) -> Self {
        match actor {
            Actor::Anonymous => Self::Anonymous,
            Actor::Publisher { token, .. } | Actor::Operator { token } => Self::Token(token.id),
            Actor::Owner { owner, .. } => Self::Owner(owner.id),
            Actor::Person { account, .. } => Self::Account(account.id),
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(id) => write!(f, "token:{id}"),
            Self::Account(id) => write!(f, "account:{id}"),
            Self::Owner(id) => write!(f, "owner:{id}"),
            Self::Machine => f.write_str("machine"),
            Self::Job => f.write_str("job"),
            Self::Anonymous => f.write_str("anonymous"),
        }
    }
}

impl Serialize for Who {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that names nobody.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` names nobody: `token:`, `account:` and `owner:` with an id do, `machine`, `job` and `anonymous`")]
pub struct UnknownWho(String);

impl FromStr for Who {
    type Err = UnknownWho;

    fn from_str(text: &str) -> Result<Self, UnknownWho> {
        let unknown = || UnknownWho(text.to_owned());
        match text.split_once(':') {
            Some(("token", id)) => id.parse().map(Self::Token).map_err(|_| unknown()),
            Some(("account", id)) => id.parse().map(Self::Account).map_err(|_| unknown()),
            Some(("owner", id)) => id.parse().map(Self::Owner).map_err(|_| unknown()),
            None if text == "machine" => Ok(Self::Machine),
            None if text == "job" => Ok(Self::Job),
            None if text == "anonymous" => Ok(Self::Anonymous),
            _ => Err(unknown()),
        }
    }
}

/// Who asked, from where, in which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Who.
    pub who: Who,
    /// The address, or the network it is in: hashed before it is kept. None for this machine.
    pub network: Option<String>,
    /// The id that the answer to the request bears.
    pub request: Option<String>,
}

impl Origin {
    /// What nobody asked for over the network.
    pub const fn of(who: Who) -> Self {
        Self { who, network: None, request: None }
    }
}

/// What an entry holds of a network: entries of one network can be told, and a network can be looked for by whoever has the key of
/// the accounts; without it, the log tells nobody's address.
pub fn network_hash(vault: &dyn Vault, network: &str) -> String {
    let mut hash = vault.fingerprint(&format!("audit network:{network}")).to_string();
    hash.truncate(NETWORK_DIGITS);
    hash
}

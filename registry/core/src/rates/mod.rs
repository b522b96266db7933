//! How often callers may do what: the kinds of actions that are counted apart, and which callers operators allow more of them than all.

mod allow;

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use adx_signing::name::Namespace;
use thiserror::Error;
use time::OffsetDateTime;

use crate::Id;
use crate::account::{Account, UnknownWord};
use crate::ports::{Address, StoreError};
use crate::publisher::Publisher;
use crate::quotas::QuotaError;

pub use allow::{ToldAllowance, allow_rate_on_the_machine, list_rates_on_the_machine, reset_rate_on_the_machine};

/// What a request does, as it is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Reading of the API.
    Read,
    /// Searching.
    Search,
    /// Changing anything that is none of the others.
    Write,
    /// Sending packages.
    Publish,
    /// Signing in and up, and what leads there.
    SignIn,
    /// Exchanging what a CI system says of a run for a token.
    Exchange,
    /// Reporting tokens that were found.
    Report,
}

impl Action {
    /// Every one.
    pub const ALL: [Self; 7] =
        [Self::Read, Self::Search, Self::Write, Self::Publish, Self::SignIn, Self::Exchange, Self::Report];

    /// The word in headers, commands and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Search => "search",
            Self::Write => "write",
            Self::Publish => "publish",
            Self::SignIn => "sign-in",
            Self::Exchange => "exchange",
            Self::Report => "report",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        Self::ALL.into_iter().find(|action| action.as_str() == text).ok_or_else(|| UnknownAction(text.to_owned()))
    }
}

/// A word that is no kind of action.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no kind of action: {known} are", known = Action::ALL.map(Action::as_str).join(", "))]
pub struct UnknownAction(String);

/// Who is counted by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A publisher, with all its tokens and those of its owners.
    Publisher(Id<Publisher>),
    /// A person who is signed in.
    Account(Id<Account>),
    /// An address, of IPv6 its [network](counted_as): agents, and whoever shows nothing.
    Address(IpAddr),
}

impl Caller {
    /// Reads what [`kind`](Self::kind) and [`id`](Self::id) wrote.
    ///
    /// # Errors
    /// [`UnknownWord`]
    pub fn read(kind: &str, id: &str) -> Result<Self, UnknownWord> {
        let unknown = || UnknownWord::new(id);
        match kind {
            "publisher" => id.parse().map(Self::Publisher).map_err(|_| unknown()),
            "account" => id.parse().map(Self::Account).map_err(|_| unknown()),
            "address" => id.parse().map(Self::Address).map_err(|_| unknown()),
            _ => Err(UnknownWord::new(kind)),
        }
    }

    /// The word for what it is, on the wire and in the database.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Publisher(_) => "publisher",
            Self::Account(_) => "account",
            Self::Address(_) => "address",
        }
    }

    /// Which one it is.
    pub fn id(self) -> String {
        match self {
            Self::Publisher(id) => id.to_string(),
            Self::Account(id) => id.to_string(),
            Self::Address(address) => address.to_string(),
        }
    }
}

/// A caller as operators call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedCaller {
    /// A publisher by its namespace.
    Publisher(Namespace),
    /// A person by the address of the account.
    Account(Address),
    /// An address.
    Address(IpAddr),
}

impl fmt::Display for NamedCaller {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Publisher(namespace) => write!(out, "the publisher {namespace}"),
            Self::Account(address) => write!(out, "the account of {}", address.as_str()),
            Self::Address(address) => write!(out, "the address {address}"),
        }
    }
}

/// What an operator allows a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateAllowance {
    /// Whom.
    pub caller: Caller,
    /// Of what; of everything that has no allowance of its own where there is none.
    pub action: Option<Action>,
    /// How many times as often as the configuration lets all.
    pub factor: u64,
    /// Why, for operators.
    pub reason: String,
    /// Who: `token:` or `account:` with an id, or `machine`.
    pub by: String,
    /// When.
    pub at: OffsetDateTime,
}

/// Why callers may do as much as before.
#[derive(Debug, Error)]
pub enum RateError {
    /// The namespace has no publisher.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// Nobody has an account of this address.
    #[error("there is no account of `{}`", .0.as_str())]
    NoAccount(Address),
    /// Nothing is allowed that could be taken back.
    #[error("{caller} {}", nothing_own(.action.zip(*.holds)))]
    NotAllowed {
        /// To whom.
        caller: NamedCaller,
        /// Of what; of everything where there is none.
        action: Option<Action>,
        /// The factor for everything, which holds of the action as well.
        holds: Option<u64>,
    },
    /// What a publisher may do in everything is a part of its quota, which stays.
    #[error(transparent)]
    Quota(#[from] QuotaError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn nothing_own(held: Option<(Action, u64)>) -> String {
    match held {
        Some((action, factor)) => format!(
            "has no factor of its own for `{action}`: the one for everything holds, {factor} times as often as all"
        ),
        None => "may do no more than all".to_owned(),
    }
}

/// Whom an address is counted with: of IPv6 all of its network (/64), since a caller has as many of those as it likes.
pub fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_callers_read_back() {
        for action in Action::ALL {
            assert_eq!(action.as_str().parse(), Ok(action));
        }
        assert!("all".parse::<Action>().unwrap_err().to_string().contains("read, search, write"));
        let id = "01890000000000000000000000000001";
        for (kind, id) in [("publisher", id), ("account", id), ("address", "192.0.2.1"), ("address", "2001:db8::")] {
            let caller = Caller::read(kind, id).unwrap();
            assert_eq!((caller.kind(), &*caller.id()), (kind, id));
        }
        for (kind, id) in [("token", id), ("publisher", "acme"), ("address", "acme")] {
            assert!(Caller::read(kind, id).is_err(), "{kind} {id}");
        }
    }

    #[test]
    fn addresses_of_one_network_are_one() {
        let of = |text: &str| counted_as(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:ffff::9"), "2001:db8:1:2::");
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
    }
}

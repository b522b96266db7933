//! Somebody with a role in a publisher.

use std::str::FromStr;

use time::OffsetDateTime;

use super::Role;
use crate::Id;
use crate::account::{Account, Session, UnknownWord};
use crate::owner::OwnerName;
use crate::ports::Address;
use crate::publisher::Publisher;
use crate::token::{Scope, Token};

/// One of the people of a publisher. Those whose role is owner decide together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its identifier.
    pub id: Id<Member>,
    /// The publisher.
    pub publisher: Id<Publisher>,
    /// What it is there.
    pub role: Role,
    /// The person's account. None while it is invited, and for an owner that has a token only.
    pub account: Option<Id<Account>>,
    /// What the others read.
    pub name: OwnerName,
    /// Where mail goes: personal, and erased when the member is removed.
    pub email: Option<Address>,
    /// How far it has come.
    pub state: MemberState,
    /// When it was invited first.
    pub created_at: OffsetDateTime,
    /// When it accepted.
    pub accepted_at: Option<OffsetDateTime>,
}

impl Member {
    /// Whether it has accepted.
    pub fn is_accepted(&self) -> bool {
        self.state == MemberState::Accepted
    }

    /// Whether it decides with the other owners.
    pub fn is_owner(&self) -> bool {
        self.is_accepted() && self.role == Role::Owner
    }

    /// Whether mail to `address` reaches it. The part before the `@` is compared without case, as nearly every server does.
    pub fn has_address(&self, address: &Address) -> bool {
        self.email.as_ref().is_some_and(|own| own.as_str().eq_ignore_ascii_case(address.as_str()))
    }
}

/// How far a member has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberState {
    /// A code was sent to its address.
    Invited,
    /// It gave the code back: the address is its own.
    Accepted,
    /// It is there no more.
    Removed,
}

impl MemberState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Invited, Self::Accepted, Self::Removed];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Accepted => "accepted",
            Self::Removed => "removed",
        }
    }
}

impl FromStr for MemberState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// That an account is a member of a publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// As whom.
    pub member: Member,
    /// Of which publisher.
    pub publisher: Publisher,
}

/// By what somebody acts for a publisher.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// A token of the publisher.
    Token(&'a Token),
    /// The session of a member.
    Member(&'a Member, &'a Session),
}

impl By<'_> {
    /// The widest that a token may do which is made by it.
    pub fn scopes(self) -> Vec<Scope> {
        match self {
            By::Token(token) => token.scopes.clone(),
            By::Member(member, _) => member.role.scopes(),
        }
    }

    /// Until when it counts, if that is known.
    pub fn expires_at(self) -> Option<OffsetDateTime> {
        match self {
            By::Token(token) => token.expires_at,
            By::Member(..) => None,
        }
    }
}

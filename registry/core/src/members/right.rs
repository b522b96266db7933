//! What a member's role gives the right to: one closed table.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::account::UnknownWord;
use crate::token::{Action, Scope};

/// What a member is in a publisher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May all, and decides with the other owners.
    Owner,
    /// Publishes.
    Maintainer,
    /// Buys, and sees what is about money.
    Billing,
    /// Sees what is not public.
    Reader,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Maintainer, Self::Billing, Self::Reader];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Maintainer => "maintainer",
            Self::Billing => "billing",
            Self::Reader => "reader",
        }
    }

    /// Whether a member of this role has a right.
    pub const fn has(self, right: Right) -> bool {
        match self {
            Self::Owner => true,
            Self::Maintainer => matches!(
                right,
                Right::Publish
                    | Right::Keys
                    | Right::Tokens
                    | Right::SeeTokens
                    | Right::SeeMembers
                    | Right::SeeSubmissions
                    | Right::AskToBuy
            ),
            Self::Billing => {
                matches!(right, Right::SeeMembers | Right::AskToBuy | Right::Buy | Right::SeeMoney)
            }
            Self::Reader => {
                matches!(right, Right::SeeTokens | Right::SeeMembers | Right::SeeSubmissions | Right::AskToBuy)
            }
        }
    }

    /// The widest that a token of a member of this role may do. A maintainer's makes no tokens: it would outlive its maker.
    pub fn scopes(self) -> Vec<Scope> {
        let mut scopes = Scope::everything();
        scopes.retain(|scope| self.has(Right::Tokens) && self.has(scope.action.into()));
        if self != Self::Owner {
            scopes.retain(|scope| scope.action != Action::Tokens);
        }
        scopes
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// What somebody may do, or see, for a publisher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Publish, yank and unyank. What publishes is a token, whoever made it.
    Publish,
    /// Add and remove keys, as one of the namespace's keys signs for it.
    Keys,
    /// Issue and revoke tokens.
    Tokens,
    /// See the tokens, without their secrets.
    SeeTokens,
    /// See who the members are, and what owners propose.
    SeeMembers,
    /// See the members' addresses besides.
    SeeAddresses,
    /// See what was sent and is not public: names that are held, versions that are looked at.
    SeeSubmissions,
    /// Invite, change and remove members that are no owners; verify domains.
    Members,
    /// Decide with the other owners.
    Decide,
    /// Ask that something is bought.
    AskToBuy,
    /// Buy, and say whether what others ask for is bought.
    Buy,
    /// See invoices and statements.
    SeeMoney,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 12] = [
        Self::Publish,
        Self::Keys,
        Self::Tokens,
        Self::SeeTokens,
        Self::SeeMembers,
        Self::SeeAddresses,
        Self::SeeSubmissions,
        Self::Members,
        Self::Decide,
        Self::AskToBuy,
        Self::Buy,
        Self::SeeMoney,
    ];
}

impl From<Action> for Right {
    fn from(action: Action) -> Self {
        match action {
            Action::Publish => Self::Publish,
            Action::Keys => Self::Keys,
            Action::Tokens => Self::Tokens,
        }
    }
}

impl fmt::Display for Right {
    /// What it allows, after "may not".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Publish => "publish or yank",
            Self::Keys => "change keys",
            Self::Tokens => "issue or revoke tokens",
            Self::SeeTokens => "see tokens",
            Self::SeeMembers => "see who the members are",
            Self::SeeAddresses => "see members' addresses",
            Self::SeeSubmissions => "see what is not public yet",
            Self::Members => "change who is a member",
            Self::Decide => "decide with the owners",
            Self::AskToBuy => "ask that something is bought",
            Self::Buy => "buy",
            Self::SeeMoney => "see invoices and statements",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table as the documentation has it: owner, maintainer, billing, reader.
    #[test]
    fn each_role_has_the_rights_that_are_written_down() {
        let table = [
            (Right::Publish, "om--"),
            (Right::Keys, "om--"),
            (Right::Tokens, "om--"),
            (Right::SeeTokens, "om-r"),
            (Right::SeeMembers, "ombr"),
            (Right::SeeAddresses, "o---"),
            (Right::SeeSubmissions, "om-r"),
            (Right::Members, "o---"),
            (Right::Decide, "o---"),
            (Right::AskToBuy, "ombr"),
            (Right::Buy, "o-b-"),
            (Right::SeeMoney, "o-b-"),
        ];
        assert_eq!(table.map(|(right, _)| right), Right::ALL);
        for (right, wanted) in table {
            let mark = |role: Role| if role.has(right) { role.as_str().chars().next() } else { Some('-') };
            let has: String = Role::ALL.into_iter().filter_map(mark).collect();
            assert_eq!(has, wanted, "{right:?}");
        }
    }

    #[test]
    fn a_token_of_a_member_does_no_more_than_the_member() {
        let scopes = |role: Role| role.scopes().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!(scopes(Role::Owner), "publish:* keys:* tokens:*");
        assert_eq!(scopes(Role::Maintainer), "publish:* keys:*");
        assert_eq!((scopes(Role::Billing), scopes(Role::Reader)), (String::new(), String::new()));
    }

    #[test]
    fn every_role_reads_back() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("admin".parse::<Role>().is_err());
    }
}

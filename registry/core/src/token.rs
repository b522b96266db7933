//! API tokens as stored: hashed, scoped, perhaps expiring.

use std::fmt;
use std::str::FromStr;

use adx_signing::digest::Digest;
use adx_signing::name::Name;
use thiserror::Error;
use time::OffsetDateTime;

use crate::Id;
use crate::members::Member;
use crate::networks::Networks;
use crate::operator_scope::OperatorScopes;
use crate::publisher::Publisher;

/// A token of a publisher, of an owner or of an operator. Its secret is not here, only the secret's sha256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its identifier, which may be shown.
    pub id: Id<Token>,
    /// Whose it is.
    pub owner: TokenOwner,
    /// The token that it was made with, if it was with one.
    pub parent: Option<Id<Token>>,
    /// What its owner calls it.
    pub label: String,
    /// sha256 of the token's text.
    pub hash: Digest,
    /// What it may do, if it is a publisher's.
    pub scopes: Vec<Scope>,
    /// From where.
    pub networks: Networks,
    /// When it was issued.
    pub created_at: OffsetDateTime,
    /// From when on it is refused.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, to the nearest few minutes.
    pub last_used_at: Option<OffsetDateTime>,
    /// When it was revoked.
    pub revoked_at: Option<OffsetDateTime>,
}

/// Whose token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenOwner {
    /// A publisher's: reaches its own namespace only.
    Publisher(Id<Publisher>),
    /// A publisher's, for one run of a workflow that it trusts: publishes what that may.
    Workflow(Id<Publisher>),
    /// An owner's: decides with the other owners of one namespace, and nothing else.
    Owner(Id<Member>),
    /// An operator's: does what its scopes say.
    Operator(OperatorScopes),
}

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Publish versions.
    Publish,
    /// Add and remove keys.
    Keys,
    /// Issue, list and revoke tokens.
    Tokens,
}

impl Action {
    /// Every action.
    pub const ALL: &[Self] = &[Self::Publish, Self::Keys, Self::Tokens];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Keys => "keys",
            Self::Tokens => "tokens",
        }
    }
}

/// An action on the modules a pattern selects; written `publish:hello`, `publish:hel*`, `keys:*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// What may be done.
    pub action: Action,
    /// To which modules of the publisher's namespace.
    pub modules: ModulePattern,
}

impl Scope {
    /// Everything a publisher may do.
    pub fn everything() -> Vec<Self> {
        let any = |action: &Action| Self { action: *action, modules: ModulePattern::any() };
        Action::ALL.iter().map(any).collect()
    }

    /// Whether whoever holds this scope holds `other` too.
    pub fn covers(&self, other: &Self) -> bool {
        self.action == other.action && self.modules.covers(&other.modules)
    }
}

/// A module name, or the beginning of one followed by `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModulePattern {
    canonical: String,
    open: bool,
}

/// A scope or pattern that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScopeError {
    /// The action is not one of ours.
    #[error("`{0}` is not an action: `publish`, `keys` and `tokens` are")]
    UnknownAction(String),
    /// The pattern is neither a name nor the beginning of one with a `*` at its end.
    #[error("`{0}` selects no modules: write a name (`hello`), the beginning of one (`hel*`), or `*`")]
    BadPattern(String),
}

impl ModulePattern {
    /// Every module.
    pub fn any() -> Self {
        Self { canonical: String::new(), open: true }
    }

    /// Whether the pattern selects `name`. `-` and `_` are the same, as they are in names.
    pub fn selects(&self, name: &Name) -> bool {
        let name = name.canonical();
        if self.open { name.as_str().starts_with(&self.canonical) } else { name.as_str() == self.canonical }
    }

    /// Whether every name that `other` selects is selected by this too.
    pub fn covers(&self, other: &Self) -> bool {
        if self.open {
            other.canonical.starts_with(&self.canonical)
        } else {
            !other.open && other.canonical == self.canonical
        }
    }

    /// Whether every module is selected.
    pub fn is_any(&self) -> bool {
        self.open && self.canonical.is_empty()
    }
}

impl FromStr for ModulePattern {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let (stem, open) = text.strip_suffix('*').map_or((text, false), |stem| (stem, true));
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        let readable = if open { stem.len() <= 40 && stem.bytes().all(allowed) } else { stem.parse::<Name>().is_ok() };
        if readable {
            Ok(Self { canonical: stem.replace('_', "-"), open })
        } else {
            Err(ScopeError::BadPattern(text.to_owned()))
        }
    }
}

impl fmt::Display for ModulePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.canonical, if self.open { "*" } else { "" })
    }
}

impl FromStr for Action {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let found = Self::ALL.iter().copied().find(|action| action.as_str() == text);
        found.ok_or_else(|| ScopeError::UnknownAction(text.to_owned()))
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let (action, modules) = text.split_once(':').unwrap_or((text, "*"));
        Ok(Self { action: action.parse()?, modules: modules.parse()? })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.action.as_str(), self.modules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> Scope {
        text.parse().expect("a scope")
    }

    #[test]
    fn patterns_select_by_canonical_name() {
        let name = |text: &str| text.parse::<Name>().expect("a name");
        assert!(scope("publish:my_mod").modules.selects(&name("my-mod")));
        assert!(scope("publish:my*").modules.selects(&name("my_mod")));
        assert!(!scope("publish:my").modules.selects(&name("my-mod")));
        assert!(scope("publish").modules.selects(&name("anything")));
    }

    #[test]
    fn a_scope_covers_only_what_is_narrower() {
        assert!(scope("publish:*").covers(&scope("publish:hel*")));
        assert!(scope("publish:hel*").covers(&scope("publish:hello")));
        assert!(!scope("publish:hello").covers(&scope("publish:hello*")));
        assert!(!scope("publish:hello*").covers(&scope("publish:hel*")));
        assert!(!scope("publish:*").covers(&scope("keys:*")));
    }

    #[test]
    fn what_cannot_be_read_says_what_could() {
        assert_eq!("delete:*".parse::<Scope>(), Err(ScopeError::UnknownAction("delete".to_owned())));
        for pattern in ["*hello", "he*lo", "Hello", "", "a b*"] {
            assert!(pattern.parse::<ModulePattern>().is_err(), "{pattern}");
        }
    }

    #[test]
    fn text_and_back() {
        for text in ["publish:*", "keys:hel*", "tokens:hello"] {
            assert_eq!(scope(text).to_string(), text);
        }
    }
}

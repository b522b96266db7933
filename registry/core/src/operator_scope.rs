//! What operators' tokens may do: all that operators may, or some of it.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A part of what operators do. Whoever may change something of a part may look at it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperatorScope {
    /// Look at everything that operators see, the audit log too.
    Read,
    /// Decide on submissions, ask about them, and hold or trust publishers.
    Review,
    /// Decide on reports and appeals; quarantine, take down and revoke; speak in advisories.
    Moderate,
    /// Decide on names that are held.
    Names,
    /// Create publishers, invite their first owners, and allow them more or less.
    Publishers,
    /// Disable and enable people's accounts.
    Accounts,
    /// Note that orders were paid, decline and refund them.
    Orders,
    /// Run jobs again that were given up, or drop them.
    Jobs,
    /// Set up webhooks that are told of everything.
    Webhooks,
}

impl OperatorScope {
    /// Every scope.
    pub const ALL: [Self; 9] = [
        Self::Read,
        Self::Review,
        Self::Moderate,
        Self::Names,
        Self::Publishers,
        Self::Accounts,
        Self::Orders,
        Self::Jobs,
        Self::Webhooks,
    ];

    /// The word on the wire, in commands and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Review => "review",
            Self::Moderate => "moderate",
            Self::Names => "names",
            Self::Publishers => "publishers",
            Self::Accounts => "accounts",
            Self::Orders => "orders",
            Self::Jobs => "jobs",
            Self::Webhooks => "webhooks",
        }
    }

    /// Its place in a set.
    const fn bit(self) -> u16 {
        match self {
            Self::Read => 1,
            Self::Review => 1 << 1,
            Self::Moderate => 1 << 2,
            Self::Names => 1 << 3,
            Self::Publishers => 1 << 4,
            Self::Accounts => 1 << 5,
            Self::Orders => 1 << 6,
            Self::Jobs => 1 << 7,
            Self::Webhooks => 1 << 8,
        }
    }
}

impl fmt::Display for OperatorScope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A word that is no scope of operators' tokens.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no scope: {known} are", known = OperatorScope::ALL.map(OperatorScope::as_str).join(", "))]
pub struct UnknownOperatorScope(String);

impl FromStr for OperatorScope {
    type Err = UnknownOperatorScope;

    fn from_str(text: &str) -> Result<Self, UnknownOperatorScope> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or_else(|| UnknownOperatorScope(text.to_owned()))
    }
}

/// What one operators' token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperatorScopes(Option<u16>);

impl OperatorScopes {
    /// All that operators may, and what they may one day.
    pub const ALL: Self = Self(None);

    /// These, and nothing else.
    #[must_use]
    pub fn of(scopes: &[OperatorScope]) -> Self {
        Self(Some(scopes.iter().fold(0, |set, scope| set | scope.bit())))
    }

    /// Whether that scope is one of them.
    #[must_use]
    pub fn have(self, scope: OperatorScope) -> bool {
        self.0.is_none_or(|set| set & scope.bit() != 0)
    }

    /// Which they are; none where they are all.
    #[must_use]
    pub fn named(self) -> Option<Vec<OperatorScope>> {
        self.0.map(|_| OperatorScope::ALL.into_iter().filter(|scope| self.have(*scope)).collect())
    }
}

impl fmt::Display for OperatorScopes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.named() {
            Some(scopes) => out.write_str(&scopes.into_iter().map(OperatorScope::as_str).collect::<Vec<_>>().join(" ")),
            None => out.write_str("everything"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_it_was_made_of_and_all_has_everything() {
        for scope in OperatorScope::ALL {
            let one = OperatorScopes::of(&[scope]);
            let held: Vec<_> = OperatorScope::ALL.into_iter().filter(|other| one.have(*other)).collect();
            assert_eq!(held, [scope]);
            assert_eq!(one.named(), Some(vec![scope]));
            assert!(OperatorScopes::ALL.have(scope) && !OperatorScopes::of(&[]).have(scope));
        }
        let two = OperatorScopes::of(&[OperatorScope::Names, OperatorScope::Read]);
        assert_eq!(
            (two.to_string(), OperatorScopes::ALL.to_string()),
            ("read names".to_owned(), "everything".to_owned())
        );
        assert_eq!(OperatorScopes::ALL.named(), None);
    }

    #[test]
    fn text_and_back() {
        for scope in OperatorScope::ALL {
            assert_eq!(scope.to_string().parse(), Ok(scope));
        }
        let unknown = "publish".parse::<OperatorScope>().unwrap_err();
        assert!(unknown.to_string().starts_with("`publish` is no scope: read, review, "), "{unknown}");
    }
}

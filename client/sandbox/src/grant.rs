//! Capabilities, and which of them a tenant granted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// What the host can do for a module once the tenant granted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// The tenant's settings.
    Config,
    /// Secrets as opaque placeholders.
    Secrets,
    /// The database of this tenant and module.
    Sql,
    /// The key-value store of this tenant and module.
    Kv,
    /// Files of this tenant and module.
    Blob,
    /// Outbound requests.
    Http,
    /// Publishing events.
    Events,
    /// Calling other modules.
    Modules,
    /// Starting and steering durable workflows.
    Workflow,
    /// Messages to people.
    Notify,
}

impl Capability {
    /// All of them, in the order of the WIT file.
    pub const ALL: [Self; 10] = [
        Self::Config,
        Self::Secrets,
        Self::Sql,
        Self::Kv,
        Self::Blob,
        Self::Http,
        Self::Events,
        Self::Modules,
        Self::Workflow,
        Self::Notify,
    ];

    /// Its name, as in the manifest and in WIT.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Secrets => "secrets",
            Self::Sql => "sql",
            Self::Kv => "kv",
            Self::Blob => "blob",
            Self::Http => "http",
            Self::Events => "events",
            Self::Modules => "modules",
            Self::Workflow => "workflow",
            Self::Notify => "notify",
        }
    }

    /// The manifest line that asks for this capability, as a refusal shows it.
    pub fn manifest_line(self) -> String {
        let scope = match self {
            Self::Http => ":https://…",
            Self::Events => ":<topic>",
            Self::Modules => ":<namespace>/<name>",
            _ => "",
        };
        format!("[module.permissions] required = [\"{}{scope}\"]", self.as_str())
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A permission names no capability of this host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a capability of this host")]
pub struct UnknownCapability(pub String);

impl FromStr for Capability {
    type Err = UnknownCapability;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|capability| capability.as_str() == text)
            .ok_or_else(|| UnknownCapability(text.to_owned()))
    }
}

/// What a tenant granted to an installation: capabilities, each with the scopes it holds for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    scopes: BTreeMap<Capability, BTreeSet<String>>,
}

impl Grants {
    /// Nothing is granted.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads permission texts such as `kv` and `http:https://api.example.com`.
    ///
    /// # Errors
    /// The first text that names no capability.
    pub fn parse<I>(permissions: I) -> Result<Self, UnknownCapability>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut grants = Self::none();
        for permission in permissions {
            let (capability, scope) = match permission.as_ref().split_once(':') {
                Some((capability, scope)) => (capability, Some(scope)),
                None => (permission.as_ref(), None),
            };
            let scopes = grants.scopes.entry(capability.parse()?).or_default();
            scopes.extend(scope.map(str::to_owned));
        }
        Ok(grants)
    }

    /// Whether the capability was granted, for any scope.
    pub fn allow(&self, capability: Capability) -> bool {
        self.scopes.contains_key(&capability)
    }

    /// The scopes that a capability was granted for; empty for one without scopes, none for one not granted.
    pub fn scopes(&self, capability: Capability) -> Option<&BTreeSet<String>> {
        self.scopes.get(&capability)
    }
}

/// Texts that name no capability of this host grant nothing: a newer agent's permission must not stop an older host.
impl<S: AsRef<str>> FromIterator<S> for Grants {
    fn from_iter<I: IntoIterator<Item = S>>(permissions: I) -> Self {
        let mut grants = Self::none();
        for permission in permissions {
            if let Ok(one) = Self::parse([permission]) {
                for (capability, scopes) in one.scopes {
                    grants.scopes.entry(capability).or_default().extend(scopes);
                }
            }
        }
        grants
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_scopes() {
        let grants = Grants::parse(["kv", "http:https://a.example", "http:https://b.example:8443"]).unwrap();
        assert!(grants.allow(Capability::Kv));
        assert!(!grants.allow(Capability::Sql));
        let scopes: Vec<_> = grants.scopes(Capability::Http).unwrap().iter().map(String::as_str).collect();
        assert_eq!(scopes, ["https://a.example", "https://b.example:8443"]);
        assert_eq!(grants.scopes(Capability::Kv).unwrap().len(), 0);
    }

    #[test]
    fn unknown_permissions_grant_nothing() {
        assert_eq!(Grants::parse(["telepathy"]), Err(UnknownCapability("telepathy".into())));
        assert_eq!(Grants::from_iter(["telepathy", "kv"]), Grants::from_iter(["kv"]));
    }

    #[test]
    fn every_capability_names_its_manifest_line() {
        for capability in Capability::ALL {
            assert_eq!(capability.as_str().parse(), Ok(capability));
            assert!(capability.manifest_line().contains(capability.as_str()));
        }
    }
}

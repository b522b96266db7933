//! Which registry serves which namespace. A module is looked for where its namespace is and nowhere else: a name that somebody
//! takes in another registry is never chosen over it (dependency confusion).

use std::{collections::BTreeMap, fmt, str::FromStr};

use adx_signing::{Namespace, name::NameError};

/// A namespace, or all that no other registry has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// This one, however its separators are spelled.
    Exact(Namespace),
    /// `*`: the rest.
    Rest,
}

impl FromStr for Pattern {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text == "*" { Ok(Self::Rest) } else { text.parse().map(Self::Exact) }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(namespace) => namespace.fmt(formatter),
            Self::Rest => formatter.pad("*"),
        }
    }
}

/// A namespace that two registries would serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the registries `{first}` and `{second}` both have the namespace `{pattern}`: give it to one of them")]
pub struct NamespaceTwice {
    /// The namespace.
    pub pattern: Pattern,
    /// A registry that has it.
    pub first: String,
    /// Another, or the same once more.
    pub second: String,
}

/// The namespaces of all registries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Namespaces {
    exact: BTreeMap<Namespace, String>,
    rest: Option<String>,
}

impl Namespaces {
    /// Gives each registry, by its name, what its patterns say.
    ///
    /// # Errors
    /// [`NamespaceTwice`].
    pub fn new<'r>(registries: impl IntoIterator<Item = (&'r str, &'r [Pattern])>) -> Result<Self, NamespaceTwice> {
        let mut namespaces = Self::default();
        for (registry, patterns) in registries {
            for pattern in patterns {
                let before = match pattern {
                    // `my_shop` and `my-shop` are one namespace to a registry, so they are one here.
                    Pattern::Exact(namespace) => namespaces.exact.insert(namespace.canonical(), registry.to_owned()),
                    Pattern::Rest => namespaces.rest.replace(registry.to_owned()),
                };
                if let Some(first) = before {
                    return Err(NamespaceTwice { pattern: pattern.clone(), first, second: registry.to_owned() });
                }
            }
        }
        Ok(namespaces)
    }

    /// The registry that serves a namespace, if one does.
    pub fn registry_of(&self, namespace: &Namespace) -> Option<&str> {
        self.exact.get(&namespace.canonical()).or(self.rest.as_ref()).map(String::as_str)
    }
}

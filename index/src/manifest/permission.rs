//! Permissions: a capability of the host, with the scope it is asked for.

use std::{fmt, str::FromStr};

use adx_signing::{ModuleId, Name};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{event::Topic, network::HostPattern};

/// What the host can do for a module. `log`, `clock` and `random` are always there and need no
/// permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Read the tenant's settings.
    Config,
    /// Use secrets without seeing them.
    Secrets,
    /// A private SQL database.
    Sql,
    /// A private key-value store.
    Kv,
    /// Private files.
    Blob,
    /// Outbound requests.
    Http,
    /// Publish and receive events.
    Events,
    /// Call other modules.
    Modules,
    /// Start durable workflows.
    Workflow,
    /// Send messages to people.
    Notify,
}

impl Capability {
    /// Every capability.
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

    /// Its name in manifests, grants and WIT.
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
}

impl fmt::Display for Capability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Capability {
    type Err = PermissionError;

    fn from_str(text: &str) -> Result<Self, PermissionError> {
        Self::ALL
            .into_iter()
            .find(|capability| capability.as_str() == text)
            .ok_or_else(|| PermissionError::Capability(text.chars().take(60).collect()))
    }
}

/// Why a text is not a permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PermissionError {
    /// No capability of this name.
    #[error("`{0}` is no capability{advice}", advice = suggestion(.0))]
    Capability(String),
    /// A colon and nothing after it.
    #[error("`{0}:` has an empty scope: write `{0}`, or name the scope")]
    EmptyScope(Capability),
    /// A scope where none is possible.
    #[error("`{0}` takes no scope: write `{0}`")]
    NoScope(Capability),
    /// A scope that is not one.
    #[error("the scope of `{capability}` is wrong: {reason}")]
    Scope {
        /// The capability.
        capability: Capability,
        /// What is wrong with the scope.
        reason: String,
    },
}

fn suggestion(unknown: &str) -> String {
    if matches!(unknown, "log" | "clock" | "random") {
        return ": it is always there and needs no permission, remove the entry".to_owned();
    }
    let known = Capability::ALL
        .iter()
        .map(|capability| capability.as_str())
        .map(|known| (known, strsim::jaro_winkler(unknown, known)))
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
        .filter(|(_, similarity)| *similarity >= 0.7);
    match known {
        Some((known, _)) => format!(": did you mean `{known}`?"),
        None => ": there are config, secrets, sql, kv, blob, http, events, modules, workflow, notify".to_owned(),
    }
}

/// A capability and what of it: `kv`, `http:https://api.example.com`, `modules:adx/mail`.
/// Without a scope, all of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission {
    /// What the host can do.
    pub capability: Capability,
    /// To what it is limited, in its normal form.
    pub scope: Option<String>,
}

impl Permission {
    /// The permission as a sentence that a tenant's administrator understands, without full stop.
    pub fn in_words(&self) -> String {
        let scope = self.scope.as_deref();
        match (self.capability, scope) {
            (Capability::Config, _) => "Read the settings you give it".to_owned(),
            (Capability::Secrets, None) => "Use the secrets you give it, without seeing them".to_owned(),
            (Capability::Secrets, Some(name)) => {
                format!("Use the secret “{name}”, without seeing it")
            }
            (Capability::Sql, _) => "Keep records in a database of your tenant".to_owned(),
            (Capability::Kv, _) => "Store small values for your tenant".to_owned(),
            (Capability::Blob, _) => "Store files for your tenant".to_owned(),
            (Capability::Http, None) => "Send requests over the network to the hosts it lists".to_owned(),
            (Capability::Http, Some(host)) => format!("Send requests over the network to {host}"),
            (Capability::Events, None) => "Publish and receive the events it lists".to_owned(),
            (Capability::Events, Some(topic)) => format!("Publish and receive “{topic}” events"),
            (Capability::Modules, None) => "Call other modules of your tenant".to_owned(),
            (Capability::Modules, Some(module)) => format!("Call the module {module}"),
            (Capability::Workflow, _) => "Run long tasks in the background".to_owned(),
            (Capability::Notify, None) => "Send messages to people of your tenant".to_owned(),
            (Capability::Notify, Some("mail")) => "Send mail to people of your tenant".to_owned(),
            (Capability::Notify, Some(_)) => "Show messages inside the app to people of your tenant".to_owned(),
        }
    }
}

impl FromStr for Permission {
    type Err = PermissionError;

    fn from_str(text: &str) -> Result<Self, PermissionError> {
        let (capability, scope) = match text.split_once(':') {
            Some((capability, scope)) => (capability.parse()?, Some(scope)),
            None => (text.parse()?, None),
        };
        let scope = match scope {
            None => None,
            Some("") => return Err(PermissionError::EmptyScope(capability)),
            Some(scope) => Some(normal_scope(capability, scope)?),
        };
        Ok(Self { capability, scope })
    }
}

fn normal_scope(capability: Capability, scope: &str) -> Result<String, PermissionError> {
    let wrong = |reason: String| PermissionError::Scope { capability, reason };
    match capability {
        Capability::Http => {
            scope.parse::<HostPattern>().map(|pattern| pattern.to_string()).map_err(|error| wrong(error.to_string()))
        }
        Capability::Modules => {
            scope.parse::<ModuleId>().map(|module| module.to_string()).map_err(|error| wrong(error.to_string()))
        }
        Capability::Events => {
            scope.parse::<Topic>().map(|topic| topic.to_string()).map_err(|error| wrong(error.to_string()))
        }
        Capability::Secrets => {
            scope.parse::<Name>().map(|name| name.to_string()).map_err(|error| wrong(error.to_string()))
        }
        Capability::Notify => match scope {
            "mail" | "app" => Ok(scope.to_owned()),
            _ => Err(wrong(format!("`{scope}` is neither `mail` nor `app`"))),
        },
        Capability::Config | Capability::Sql | Capability::Kv | Capability::Blob | Capability::Workflow => {
            Err(PermissionError::NoScope(capability))
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            None => formatter.pad(self.capability.as_str()),
            Some(scope) => write!(formatter, "{}:{scope}", self.capability),
        }
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

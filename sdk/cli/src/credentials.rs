//! Tokens that `adx login`, `adx owner accept` and `adx tenant create` keep, one file, readable by its owner only.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use adx_signing::Namespace;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::private::{keep, refuse_if_shared};

const FILE: &str = "credentials.toml";

/// `credentials.toml`, by server address.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Credentials {
    registries: BTreeMap<String, String>,
    /// By registry, then by namespace.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    owners: BTreeMap<String, BTreeMap<String, String>>,
    agents: BTreeMap<String, AgentTokens>,
    #[serde(skip)]
    path: PathBuf,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct AgentTokens {
    #[serde(skip_serializing_if = "Option::is_none")]
    admin: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tenants: BTreeMap<String, String>,
}

// The tokens themselves must not reach a log or a panic message.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("registries", &self.registries.len())
            .field("owners", &self.owners.len())
            .field("agents", &self.agents.len())
            .finish_non_exhaustive()
    }
}

/// A token that is kept for a server, by whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The publisher's or the operator's.
    Registry,
    /// An owner's of this namespace.
    Owner(String),
    /// The agent's administrator's.
    Administrator,
    /// This tenant's.
    Tenant(String),
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry => f.write_str("the publisher or operator"),
            Self::Owner(namespace) => write!(f, "an owner of {namespace}"),
            Self::Administrator => f.write_str("the administrator"),
            Self::Tenant(tenant) => write!(f, "the tenant {tenant}"),
        }
    }
}

impl Credentials {
    /// Reads the file under `home`; no file is no credentials.
    ///
    /// # Errors
    /// When others may read the file: a token that leaked once must be replaced, not used on.
    pub(crate) fn load(home: &Path) -> Result<Self, Failure> {
        let path = home.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { path, ..Self::default() });
            }
            Err(error) => {
                return Err(Failure::usage(format!("{} cannot be read", path.display())).because(&error));
            }
        };
        refuse_if_shared(&path)?;
        let read: Self = toml_edit::de::from_str(&text).map_err(|_| {
            // The parser's message quotes the line, and the line may be a token.
            Failure::usage(format!("{} is not what this command wrote", path.display()))
                .hint("delete the file and run `adx login` again")
        })?;
        Ok(Self { path, ..read })
    }

    pub(crate) fn registry(&self, registry: &Url) -> Option<SecretString> {
        self.registries.get(&name_of(registry)).map(|token| SecretString::from(token.as_str()))
    }

    /// The token of an owner of a publisher.
    pub(crate) fn owner(&self, registry: &Url, publisher: &Namespace) -> Option<SecretString> {
        let tokens = self.owners.get(&name_of(registry))?;
        tokens.get(publisher.canonical().as_str()).map(|token| SecretString::from(token.as_str()))
    }

    /// The tenant's token, else the administrator's.
    pub(crate) fn agent(&self, agent: &Url, tenant: Option<&str>) -> Option<SecretString> {
        let tokens = self.agents.get(&name_of(agent))?;
        tenant
            .and_then(|tenant| tokens.tenants.get(tenant))
            .or(tokens.admin.as_ref())
            .map(|token| SecretString::from(token.as_str()))
    }

    pub(crate) fn set_registry(&mut self, registry: &Url, token: &str) {
        self.registries.insert(name_of(registry), token.to_owned());
    }

    pub(crate) fn set_owner(&mut self, registry: &Url, publisher: &Namespace, token: &str) {
        self.owners.entry(name_of(registry)).or_default().insert(publisher.canonical().to_string(), token.to_owned());
    }

    pub(crate) fn set_agent(&mut self, agent: &Url, tenant: Option<&str>, token: &str) {
        let tokens = self.agents.entry(name_of(agent)).or_default();
        match tenant {
            Some(tenant) => {
                tokens.tenants.insert(tenant.to_owned(), token.to_owned());
            }
            None => tokens.admin = Some(token.to_owned()),
        }
    }

    /// Whose tokens are kept for a registry.
    pub(crate) fn of_registry(&self, registry: &Url) -> Vec<Kept> {
        let name = name_of(registry);
        let own = self.registries.contains_key(&name).then_some(Kept::Registry);
        let owners = self.owners.get(&name).into_iter().flat_map(|tokens| tokens.keys().cloned().map(Kept::Owner));
        own.into_iter().chain(owners).collect()
    }

    /// Whose tokens are kept for an agent.
    pub(crate) fn of_agent(&self, agent: &Url) -> Vec<Kept> {
        let Some(tokens) = self.agents.get(&name_of(agent)) else { return Vec::new() };
        let admin = tokens.admin.as_ref().map(|_| Kept::Administrator);
        admin.into_iter().chain(tokens.tenants.keys().cloned().map(Kept::Tenant)).collect()
    }

    /// Forgets a token of a server.
    pub(crate) fn forget(&mut self, server: &Url, token: &Kept) {
        let name = name_of(server);
        match token {
            Kept::Registry => drop(self.registries.remove(&name)),
            Kept::Owner(namespace) => drop(self.owners.get_mut(&name).and_then(|tokens| tokens.remove(namespace))),
            Kept::Administrator => drop(self.agents.get_mut(&name).and_then(|tokens| tokens.admin.take())),
            Kept::Tenant(tenant) => drop(self.agents.get_mut(&name).and_then(|tokens| tokens.tenants.remove(tenant))),
        }
    }

    /// Writes the file, mode 0600.
    pub(crate) fn save(&self) -> Result<(), Failure> {
        let text = toml_edit::ser::to_string_pretty(self)
            .map(Zeroizing::new)
            .map_err(|error| Failure::failed("cannot write the credentials").because(&error))?;
        keep(&self.path, text.as_bytes())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// The same server however its address was typed: no path, no trailing slash.
fn name_of(server: &Url) -> String {
    server.as_str().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn a_tenant_token_comes_before_the_administrators() {
        let home = tempfile::tempdir().expect("temporary folder");
        let agent = Url::parse("http://127.0.0.1:9/").expect("url");
        let mut credentials = Credentials::load(home.path()).expect("no file is fine");
        credentials.set_agent(&agent, None, "admin");
        credentials.set_agent(&agent, Some("one"), "one's");
        credentials.save().expect("saved");

        let read = Credentials::load(home.path()).expect("read back");
        let token = |tenant| read.agent(&agent, tenant).expect("kept").expose_secret().to_owned();
        assert_eq!(token(Some("one")), "one's");
        assert_eq!(token(Some("two")), "admin");
        assert!(!format!("{read:?}").contains("admin\""));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_private_and_refused_when_it_is_not() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().expect("temporary folder");
        let registry = Url::parse("https://registry.example").expect("url");
        let mut credentials = Credentials::load(home.path()).expect("no file is fine");
        credentials.set_registry(&registry, "secret");
        credentials.save().expect("saved");
        let path = credentials.path().to_owned();
        let mode = fs::metadata(&path).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("chmod");
        assert!(Credentials::load(home.path()).is_err());
    }
}

//! Tokens that `adx login`, `adx owner accept` and `adx tenant create` keep, one file, readable by its owner only.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use adx_signing::{Namespace, TokenKind};
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
    /// Operators'; and publishers' in files of earlier versions, which kept one of a registry and not whose.
    registries: BTreeMap<String, String>,
    /// Publishers', by registry, then by namespace.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    publishers: BTreeMap<String, BTreeMap<String, String>>,
    /// Which of a registry's publishers was logged in last; none where that is whose token stands in `registries`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    last: BTreeMap<String, String>,
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
            .field("publishers", &self.publishers.len())
            .field("owners", &self.owners.len())
            .field("agents", &self.agents.len())
            .finish_non_exhaustive()
    }
}

/// A token that is kept for a server, by whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The registry's operator's.
    Operator,
    /// This publisher's, by its namespace.
    Publisher(String),
    /// A publisher's of which an earlier version kept no name.
    Nameless,
    /// An owner's of this namespace.
    Owner(String),
    /// The agent's administrator's.
    Administrator,
    /// This tenant's.
    Tenant(String),
}

impl Kept {
    /// Of a token that stands in `registries`.
    fn of_registry(token: &str) -> Self {
        if token.starts_with(TokenKind::Operator.prefix()) { Self::Operator } else { Self::Nameless }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => f.write_str("the operator"),
            Self::Publisher(namespace) => write!(f, "the publisher {namespace}"),
            Self::Nameless => f.write_str("a publisher whose name is not kept"),
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

    /// The token of commands that name no publisher: of whoever logged in last, or of whom alone one is kept.
    pub(crate) fn registry(&self, registry: &Url) -> Option<(Kept, SecretString)> {
        let name = name_of(registry);
        let publishers = self.publishers.get(&name);
        let last = self.last.get(&name).and_then(|last| publishers?.get_key_value(last));
        let alone = || publishers.filter(|publishers| publishers.len() == 1)?.first_key_value();
        let of_publisher = |(namespace, token): (&String, &String)| (Kept::Publisher(namespace.clone()), secret(token));
        last.map(of_publisher).or_else(|| self.nameless(registry)).or_else(|| alone().map(of_publisher))
    }

    /// The token of a publisher; where none is kept, the one that is likeliest to do.
    pub(crate) fn publisher(&self, registry: &Url, publisher: &Namespace) -> Option<(Kept, SecretString)> {
        let name = name_of(registry);
        let own = self.publishers.get(&name).and_then(|tokens| tokens.get_key_value(publisher.canonical().as_str()));
        own.map(|(namespace, token)| (Kept::Publisher(namespace.clone()), secret(token)))
            .or_else(|| self.nameless(registry))
            .or_else(|| self.registry(registry))
    }

    /// The token that stands in `registries`.
    pub(crate) fn nameless(&self, registry: &Url) -> Option<(Kept, SecretString)> {
        self.registries.get(&name_of(registry)).map(|token| (Kept::of_registry(token), secret(token)))
    }

    /// The token of an owner of a publisher.
    pub(crate) fn owner(&self, registry: &Url, publisher: &Namespace) -> Option<(Kept, SecretString)> {
        let (namespace, token) = self.owners.get(&name_of(registry))?.get_key_value(publisher.canonical().as_str())?;
        Some((Kept::Owner(namespace.clone()), secret(token)))
    }

    /// The tenant's token, else the administrator's.
    pub(crate) fn agent(&self, agent: &Url, tenant: Option<&str>) -> Option<SecretString> {
        let tokens = self.agents.get(&name_of(agent))?;
        tenant.and_then(|tenant| tokens.tenants.get(tenant)).or(tokens.admin.as_ref()).map(|token| secret(token))
    }

    /// Keeps the token of whoever logs in at a registry: an operator's, or that of the publisher named, beside those of others.
    pub(crate) fn log_in(&mut self, registry: &Url, publisher: Option<&Namespace>, token: &str) {
        let name = name_of(registry);
        if let Some(publisher) = publisher {
            self.set_publisher(registry, publisher, token);
            self.last.insert(name, publisher.canonical().to_string());
        } else {
            self.last.remove(&name);
            self.registries.insert(name, token.to_owned());
        }
    }

    /// Keeps a publisher's token, whoever logged in last.
    pub(crate) fn set_publisher(&mut self, registry: &Url, publisher: &Namespace, token: &str) {
        let tokens = self.publishers.entry(name_of(registry)).or_default();
        tokens.insert(publisher.canonical().to_string(), token.to_owned());
    }

    /// Puts a token in the place of the one before, wherever that is kept; whether it is.
    pub(crate) fn renew(&mut self, registry: &Url, before: &str, after: &str) -> bool {
        let name = name_of(registry);
        let of_publishers = self.publishers.get_mut(&name).into_iter().flat_map(BTreeMap::values_mut);
        let mut kept =
            self.registries.get_mut(&name).into_iter().chain(of_publishers).filter(|token| token.as_str() == before);
        kept.next().map(|token| after.clone_into(token)).is_some()
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
        let nameless = self.registries.get(&name).map(|token| Kept::of_registry(token));
        let namespaces = |tokens: &BTreeMap<String, BTreeMap<String, String>>| -> Vec<String> {
            tokens.get(&name).into_iter().flat_map(BTreeMap::keys).cloned().collect()
        };
        let publishers = namespaces(&self.publishers).into_iter().map(Kept::Publisher);
        let owners = namespaces(&self.owners).into_iter().map(Kept::Owner);
        nameless.into_iter().chain(publishers).chain(owners).collect()
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
            Kept::Operator | Kept::Nameless => drop(self.registries.remove(&name)),
            Kept::Publisher(namespace) => {
                drop(self.publishers.get_mut(&name).and_then(|tokens| tokens.remove(namespace)));
                self.last.retain(|registry, last| *registry != name || last != namespace);
            }
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

fn secret(token: &str) -> SecretString {
    SecretString::from(token)
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

    #[test]
    fn each_publisher_has_a_token_of_its_own_and_others_take_the_last() {
        let home = tempfile::tempdir().expect("temporary folder");
        let registry = Url::parse("https://registry.example").expect("url");
        let name = |text: &str| text.parse::<Namespace>().expect("a namespace");
        let mut credentials = Credentials::load(home.path()).expect("no file is fine");
        credentials.log_in(&registry, Some(&name("acme-corp")), "of acme");
        credentials.log_in(&registry, Some(&name("globex")), "of globex");
        let token = |kept: &Credentials, publisher: &str| {
            kept.publisher(&registry, &name(publisher)).expect("kept").1.expose_secret().to_owned()
        };
        let last = |kept: &Credentials| kept.registry(&registry).map(|(kept, _)| kept.to_string());
        assert_eq!(
            (token(&credentials, "acme_corp"), token(&credentials, "other")),
            ("of acme".into(), "of globex".into())
        );
        assert_eq!(last(&credentials).as_deref(), Some("the publisher globex"));

        credentials.log_in(&registry, None, "adx_o_");
        assert_eq!(
            (token(&credentials, "globex"), token(&credentials, "other")),
            ("of globex".into(), "adx_o_".into())
        );
        assert_eq!(last(&credentials).as_deref(), Some("the operator"));

        assert!(credentials.renew(&registry, "of globex", "renewed") && !credentials.renew(&registry, "of globex", ""));
        credentials.save().expect("saved");
        let mut read = Credentials::load(home.path()).expect("read back");
        assert_eq!(token(&read, "globex"), "renewed");
        read.forget(&registry, &Kept::Operator);
        assert_eq!(last(&read), None, "of two, nobody knows which was last");
        read.forget(&registry, &Kept::Publisher("globex".to_owned()));
        assert!(last(&read).is_some_and(|last| last.starts_with("the publisher acme")));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_private_and_refused_when_it_is_not() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().expect("temporary folder");
        let registry = Url::parse("https://registry.example").expect("url");
        let mut credentials = Credentials::load(home.path()).expect("no file is fine");
        credentials.log_in(&registry, None, "secret");
        credentials.save().expect("saved");
        let path = credentials.path().to_owned();
        let mode = fs::metadata(&path).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("chmod");
        assert!(Credentials::load(home.path()).is_err());
    }
}

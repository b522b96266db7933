//! Where this command keeps its things, and what the person has chosen once and for all.
//!
//! `$ADX_HOME` (or `~/.config/adx`) holds `config.toml` (addresses and names, nothing secret), `credentials.toml`
//! (tokens, mode 0600) and `keys/`. A flag wins over an `ADX_…` variable, which wins over the file. Apart from what clap
//! reads, this file is where the environment is read.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use adx_signing::Namespace;
use clap::builder::Resettable;
use clap::{Arg, Args, Command};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::credentials::{Credentials, Kept};
use crate::failure::Failure;
use crate::private::keep;

const CONFIG_FILE: &str = "config.toml";

/// Options that every command takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Everywhere {
    /// Print one JSON document on stdout, and errors as JSON on stderr
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print results only
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// The folder with settings, tokens and keys [default: ~/.config/adx]
    #[arg(long, global = true, env = "ADX_HOME", value_name = "FOLDER")]
    pub(crate) home: Option<PathBuf>,
    /// The registry's address
    #[arg(long, global = true, env = "ADX_REGISTRY", value_name = "URL")]
    registry: Option<Url>,
    /// The publisher's or the owner's token; `adx login` and `adx owner accept` keep it for you
    #[arg(long, global = true, env = "ADX_TOKEN", value_name = "TOKEN", hide_env_values = true, value_parser = token)]
    token: Option<SecretString>,
    /// The agent's address
    #[arg(long, global = true, env = "ADX_AGENT", value_name = "URL")]
    agent: Option<Url>,
    /// The tenant's token, or the agent's administrator token
    #[arg(long, global = true, env = "ADX_AGENT_TOKEN", value_name = "TOKEN", hide_env_values = true, value_parser = token)]
    agent_token: Option<SecretString>,
    /// The tenant to act for
    #[arg(long, global = true, env = "ADX_TENANT", value_name = "NAME")]
    tenant: Option<String>,
    /// How often to try again when a server does not answer
    #[arg(long, global = true, env = "ADX_RETRIES", value_name = "N", default_value_t = 3)]
    pub(crate) retries: u32,
}

/// A token as a file or a clipboard has it: with a line break behind it.
#[expect(clippy::unnecessary_wraps, reason = "clap asks for it")]
fn token(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(SecretString::from(text.trim()))
}

/// `config.toml`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Chosen {
    /// The registry of commands that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) registry: Option<Url>,
    /// The agent of commands that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<Url>,
    /// The tenant of commands that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<String>,
    /// The namespace that `adx new` puts into a manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) publisher: Option<String>,
    /// The key of commands that name none: a name, or a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
}

impl Chosen {
    const KEYS: [&str; 5] = ["registry", "agent", "tenant", "publisher", "key"];

    fn parse(text: &str, path: &Path) -> Result<Self, Failure> {
        let wrong = |error: &toml_edit::de::Error| {
            Failure::usage(format!("{} cannot be read", path.display())).cause(error.to_string().trim_end())
        };
        let document: toml_edit::DocumentMut =
            text.parse().map_err(|error: toml_edit::TomlError| wrong(&error.into()))?;
        for (key, _) in document.iter() {
            if !Self::KEYS.contains(&key) {
                let failure = Failure::usage(format!("{} has an unknown key `{key}`", path.display()));
                return Err(match nearest(key, &Self::KEYS) {
                    Some(known) => failure.hint(format!("did you mean `{known}`?")),
                    None => failure.hint(format!("known keys: {}", Self::KEYS.join(", "))),
                });
            }
        }
        toml_edit::de::from_str(text).map_err(|error| wrong(&error))
    }
}

/// The known word closest to `word`, when it is close enough to have been meant.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), *candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

/// A token for a registry.
#[derive(Clone, Debug)]
pub(crate) struct RegistryToken {
    pub(crate) token: SecretString,
    /// Whose it is, if it is one that is kept.
    pub(crate) whose: Option<Kept>,
}

/// Flags, environment and files, brought together.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    home: PathBuf,
    given: Everywhere,
    chosen: Chosen,
}

impl Settings {
    /// Reads `config.toml` under the home folder that applies.
    pub(crate) fn load(given: Everywhere) -> Result<Self, Failure> {
        let home = match &given.home {
            Some(home) => home.clone(),
            None => std::env::home_dir().map(|home| home.join(".config").join("adx")).ok_or_else(|| {
                Failure::usage("there is no home folder to keep settings in")
                    .hint("set ADX_HOME to a folder of your own")
            })?,
        };
        let path = home.join(CONFIG_FILE);
        let chosen = match fs::read_to_string(&path) {
            Ok(text) => Chosen::parse(&text, &path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Chosen::default(),
            Err(error) => {
                return Err(Failure::usage(format!("{} cannot be read", path.display())).because(&error));
            }
        };
        Ok(Self { home, given, chosen })
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    pub(crate) const fn retries(&self) -> u32 {
        self.given.retries
    }

    pub(crate) const fn chosen(&self) -> &Chosen {
        &self.chosen
    }

    /// The registry's address, given or chosen.
    pub(crate) fn registry(&self) -> Result<&Url, Failure> {
        let url = self.given.registry.as_ref().or(self.chosen.registry.as_ref());
        web_address(url.ok_or_else(|| {
            Failure::usage("no registry is set")
                .hint("pass --registry URL, set ADX_REGISTRY, or run `adx login --registry URL` once")
        })?)
    }

    /// The agent's address, given or chosen.
    pub(crate) fn agent(&self) -> Result<&Url, Failure> {
        let url = self.given.agent.as_ref().or(self.chosen.agent.as_ref());
        web_address(url.ok_or_else(|| {
            Failure::usage("no agent is set")
                .hint("pass --agent URL, set ADX_AGENT, or run `adx login agent --agent URL` once")
        })?)
    }

    /// The tenant's name, given or chosen.
    pub(crate) fn tenant(&self) -> Result<&str, Failure> {
        self.tenant_if_set().ok_or_else(|| {
            Failure::usage("no tenant is set")
                .hint("pass --tenant NAME or set ADX_TENANT; `adx tenant create NAME` makes one")
        })
    }

    /// The same of a registry's tenant, for whom modules are bought.
    pub(crate) fn tenant_of_registry(&self) -> Result<&str, Failure> {
        self.tenant().map_err(|failure| {
            failure.hint(
                "pass --tenant NAME or set ADX_TENANT; `adx tenant registered` lists them, and \
                 `adx tenant register NAME --bill-to TEXT` makes one known to the registry",
            )
        })
    }

    pub(crate) fn tenant_if_set(&self) -> Option<&str> {
        self.given.tenant.as_deref().or(self.chosen.tenant.as_deref())
    }

    /// The token given for the registry, else the one that `adx login` kept last.
    pub(crate) fn registry_token(&self, registry: &Url) -> Result<Option<RegistryToken>, Failure> {
        self.given_or(|kept| kept.registry(registry))
    }

    /// The token given for the registry, else the publisher's, else the one that `adx login` kept last.
    pub(crate) fn publisher_token(
        &self,
        registry: &Url,
        publisher: &Namespace,
    ) -> Result<Option<RegistryToken>, Failure> {
        self.given_or(|kept| kept.publisher(registry, publisher))
    }

    /// The token given for the registry, else the one kept for an owner of the publisher, else as for the publisher.
    pub(crate) fn owner_token(&self, registry: &Url, publisher: &Namespace) -> Result<Option<RegistryToken>, Failure> {
        self.given_or(|kept| kept.owner(registry, publisher).or_else(|| kept.publisher(registry, publisher)))
    }

    fn given_or(
        &self,
        keep: impl FnOnce(&Credentials) -> Option<(Kept, SecretString)>,
    ) -> Result<Option<RegistryToken>, Failure> {
        if let Some(token) = &self.given.token {
            return Ok(Some(RegistryToken { token: token.clone(), whose: None }));
        }
        let kept = keep(&Credentials::load(&self.home)?);
        Ok(kept.map(|(whose, token)| RegistryToken { token, whose: Some(whose) }))
    }

    /// The token given for the agent, else the one kept for the tenant, else the administrator's.
    pub(crate) fn agent_token(&self, agent: &Url, tenant: Option<&str>) -> Result<Option<SecretString>, Failure> {
        match &self.given.agent_token {
            Some(token) => Ok(Some(token.clone())),
            None => Ok(Credentials::load(&self.home)?.agent(agent, tenant)),
        }
    }

    pub(crate) fn given_token(&self) -> Option<&SecretString> {
        self.given.token.as_ref()
    }

    pub(crate) fn given_agent_token(&self) -> Option<&SecretString> {
        self.given.agent_token.as_ref()
    }

    /// Changes `config.toml`.
    pub(crate) fn choose(&self, change: impl FnOnce(&mut Chosen)) -> Result<(), Failure> {
        let mut chosen = self.chosen.clone();
        change(&mut chosen);
        if chosen == self.chosen {
            return Ok(());
        }
        let text = toml_edit::ser::to_string_pretty(&chosen)
            .map_err(|error| Failure::failed("cannot write the settings").because(&error))?;
        keep(&self.home.join(CONFIG_FILE), text.as_bytes())
    }
}

fn web_address(url: &Url) -> Result<&Url, Failure> {
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(Failure::usage(format!("`{url}` is not an address on the web"))
            .cause(format!("its scheme is `{other}`"))
            .hint("addresses start with https:// or http://")),
    }
}

/// Takes variables that are set to nothing for not set: that is how one is turned off where it cannot be removed.
pub(crate) fn without_empty_variables(command: Command) -> Command {
    let of_argument = |argument: Arg| {
        let is_empty = argument.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
        if is_empty { argument.env(Resettable::Reset) } else { argument }
    };
    command.mut_args(of_argument).mut_subcommands(without_empty_variables)
}

/// What only the environment carries: secrets that must not stand on a command line, and tools to use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// `ADX_KEY_PASSPHRASE`.
    pub(crate) key_passphrase: Option<SecretString>,
    /// `ADX_WASM_RUSTC`: the compiler that knows the wasm target, where the usual one does not.
    pub(crate) wasm_rustc: Option<OsString>,
    /// `CARGO`: the cargo to run.
    pub(crate) cargo: Option<OsString>,
    /// `ADX_ID_TOKEN`: what the CI system says of this run, where it says it so (GitLab).
    pub(crate) id_token: Option<SecretString>,
    /// `ACTIONS_ID_TOKEN_REQUEST_URL`: where GitHub Actions says it.
    pub(crate) github_id_token_url: Option<String>,
    /// `ACTIONS_ID_TOKEN_REQUEST_TOKEN`: what is shown there.
    pub(crate) github_id_token: Option<SecretString>,
}

impl Environment {
    pub(crate) fn read() -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let text = |name: &str| set(name).map(|value| value.to_string_lossy().into_owned());
        Self {
            key_passphrase: text("ADX_KEY_PASSPHRASE").map(SecretString::from),
            id_token: text("ADX_ID_TOKEN").map(SecretString::from),
            github_id_token_url: text("ACTIONS_ID_TOKEN_REQUEST_URL"),
            github_id_token: text("ACTIONS_ID_TOKEN_REQUEST_TOKEN").map(SecretString::from),
            wasm_rustc: set("ADX_WASM_RUSTC"),
            cargo: set("CARGO"),
        }
    }

    pub(crate) fn passphrase(&self) -> Option<&str> {
        self.key_passphrase.as_ref().map(secrecy::ExposeSecret::expose_secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let failure = Chosen::parse("registri = \"http://x\"", Path::new("config.toml"));
        let shown = format!("{:?}", failure.expect_err("unknown key"));
        assert!(shown.contains("did you mean `registry`?"), "{shown}");
    }

    #[test]
    fn only_web_addresses_are_servers() {
        let url = Url::parse("file:///etc/passwd").expect("url");
        assert!(web_address(&url).is_err());
    }
}

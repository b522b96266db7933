//! Configuration: a TOML file, then the environment, then flags; later wins.
//!
//! Every key stands once, in [`sections`], with its documentation and default.
//! The reference (`adx-agent config reference`), the check for unknown keys and the
//! environment's names all come from that one place.

mod sections;
mod setting;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

pub use sections::{
    Calls, Config, ConfiguredRegistry, Data, Database, FurtherRegistry, Licences, Log, MAIN_REGISTRY, Operations,
    Platform, Registry, Sandbox, Server, Sync,
};
pub use setting::{Block, Namespaces, Size, Span};
use thiserror::Error;
use toml::de::{DeTable, DeValue};

/// The prefix of every setting in the environment: `ADX_AGENT__SECTION__KEY`.
pub const ENVIRONMENT_PREFIX: &str = "ADX_AGENT__";

/// What the tables of further registries begin with.
const FURTHER_REGISTRIES: &str = "registries";

/// Why the configuration was refused.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read the configuration {path}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{path} is not TOML: {message}")]
    NotToml {
        /// The file.
        path: String,
        /// What the parser said, with its line.
        message: String,
    },
    /// A key nobody reads, most often a typing error.
    #[error("{place}: unknown key `{key}`{}", .nearest.as_ref().map(|key| format!("; did you mean `{key}`?")).unwrap_or_default())]
    UnknownKey {
        /// File and line, or the variable.
        place: String,
        /// The key as written, dotted.
        key: String,
        /// The known key closest to it.
        nearest: Option<String>,
    },
    /// A value that does not fit its key.
    #[error("{place}: `{key}` is not valid: expected {expected}")]
    BadValue {
        /// File and line, or the variable.
        place: String,
        /// The key, dotted.
        key: String,
        /// What would have been right.
        expected: String,
    },
    /// A key that has no default.
    #[error("`{key}` is missing: each further registry needs `url`, `root` and `namespaces`")]
    Missing {
        /// The key, dotted.
        key: String,
    },
    /// Values that are right alone and wrong together.
    #[error("`{key}` is not valid: {reason}")]
    Invalid {
        /// The key, dotted.
        key: &'static str,
        /// Why.
        reason: String,
    },
}

/// One configuration key, for the reference and for the nearest-key hint.
#[derive(Debug)]
pub struct KeyReference {
    /// `section.key`.
    pub key: String,
    /// What it does.
    pub documentation: String,
    /// The name of its type.
    pub kind: &'static str,
    /// Its default as a TOML literal.
    pub default: String,
}

/// Where a value came from; names it in an error.
#[derive(Clone, Debug)]
struct Sourced {
    place: String,
    text: String,
}

/// Collects values from all places; the last one set for a key wins.
#[derive(Debug, Default)]
pub struct Loader {
    values: BTreeMap<String, Sourced>,
}

impl Loader {
    /// Starts with defaults only.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a TOML file.
    pub fn file(self, path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.display().to_string(), source })?;
        self.text(&path.display().to_string(), &text)
    }

    /// Adds TOML text; `name` is how errors call it.
    pub fn text(mut self, name: &str, text: &str) -> Result<Self, ConfigError> {
        let root = DeTable::parse(text).map_err(|problem| ConfigError::NotToml {
            path: name.to_owned(),
            message: problem.to_string().trim_end().to_owned(),
        })?;
        let place = |offset: usize| {
            let line = text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1;
            format!("{name}:{line}")
        };
        for (section, value) in root.get_ref() {
            let at = section.span().start;
            let section = section.get_ref().as_ref();
            let DeValue::Table(table) = value.get_ref() else {
                return Err(unknown(place(at), section.to_owned()));
            };
            for (key, value) in table {
                let dotted = format!("{section}.{}", key.get_ref());
                if let (FURTHER_REGISTRIES, DeValue::Table(registry)) = (section, value.get_ref()) {
                    for (key, value) in registry {
                        let dotted = format!("{dotted}.{}", key.get_ref());
                        self.take_value(dotted, place(key.span().start), value.get_ref())?;
                    }
                } else {
                    self.take_value(dotted, place(key.span().start), value.get_ref())?;
                }
            }
        }
        Ok(self)
    }

    fn take_value(&mut self, key: String, place: String, value: &DeValue<'_>) -> Result<(), ConfigError> {
        let Some(text) = scalar(value) else {
            let expected = "a text, a number or true/false".to_owned();
            return Err(ConfigError::BadValue { place, key, expected });
        };
        self.values.insert(key, Sourced { place, text });
        Ok(())
    }

    /// Adds environment variables; those without our prefix are not looked at.
    #[must_use]
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        for (name, text) in variables {
            if let Some(rest) = name.strip_prefix(ENVIRONMENT_PREFIX) {
                let key = rest.to_lowercase().replace("__", ".");
                self.values.insert(key, Sourced { place: name, text });
            }
        }
        self
    }

    /// Adds a command-line flag's value.
    #[must_use]
    pub fn flag(mut self, flag: &str, key: &str, value: impl Into<String>) -> Self {
        self.values.insert(key.to_owned(), Sourced { place: flag.to_owned(), text: value.into() });
        self
    }

    /// Types and checks everything.
    pub fn load(mut self) -> Result<Config, ConfigError> {
        let mut config = Config::default();
        config.take(&mut self)?;
        config.further_registries = self.take_further_registries()?;
        if let Some((key, Sourced { place, .. })) = self.values.into_iter().next() {
            return Err(unknown(place, key));
        }
        config.check()?;
        Ok(config)
    }

    /// The registries of the tables `[registries.NAME]`.
    fn take_further_registries(&mut self) -> Result<BTreeMap<String, FurtherRegistry>, ConfigError> {
        let prefix = format!("{FURTHER_REGISTRIES}.");
        let names: BTreeSet<String> = self
            .values
            .keys()
            .filter_map(|key| Some(key.strip_prefix(&prefix)?.split_once('.')?.0.to_owned()))
            .collect();
        let mut registries = BTreeMap::new();
        for name in names {
            registries.insert(
                name.clone(),
                FurtherRegistry {
                    url: self.required(&format!("{prefix}{name}.url"))?,
                    root: self.required(&format!("{prefix}{name}.root"))?,
                    namespaces: self.required(&format!("{prefix}{name}.namespaces"))?,
                },
            );
        }
        Ok(registries)
    }

    fn required<T: setting::Setting>(&mut self, key: &str) -> Result<T, ConfigError> {
        let Sourced { place, text } =
            self.values.remove(key).ok_or_else(|| ConfigError::Missing { key: key.to_owned() })?;
        T::parse(&text).map_err(|expected| ConfigError::BadValue { place, key: key.to_owned(), expected })
    }

    fn take<T: setting::Setting>(&mut self, key: &str, slot: &mut T) -> Result<(), ConfigError> {
        if let Some(Sourced { place, text }) = self.values.remove(key) {
            *slot =
                T::parse(&text).map_err(|expected| ConfigError::BadValue { place, key: key.to_owned(), expected })?;
        }
        Ok(())
    }
}

fn unknown(place: String, key: String) -> ConfigError {
    let nearest = Config::reference()
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&known.key, &key), known.key))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, key)| key);
    ConfigError::UnknownKey { place, key, nearest }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(value) => Some(value.to_string()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// The reference of all keys as a commented TOML file, every value at its default.
pub fn reference() -> String {
    let mut out = String::from(
        "# Every key of the agent's configuration, at its default.\n\
         # Each can also be set by the environment: section `server`, key `listen` is\n\
         # ADX_AGENT__SERVER__LISTEN. Order: file, environment, flags; the later wins.\n",
    );
    let mut section = String::new();
    for entry in Config::reference() {
        let (own, key) = entry.key.split_once('.').unwrap_or(("", &entry.key));
        if own != section {
            own.clone_into(&mut section);
            let _ = write!(out, "\n[{section}]\n");
        }
        for line in entry.documentation.lines() {
            let _ = writeln!(out, "# {line}");
        }
        let _ = writeln!(out, "# ({})", entry.kind);
        let _ = writeln!(out, "{key} = {}", entry.default);
    }
    out
}

/// The process's environment: the only place where the agent reads it.
pub fn environment() -> Vec<(String, String)> {
    std::env::vars_os().filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn variable(name: &str, text: &str) -> [(String, String); 1] {
        [(name.to_owned(), text.to_owned())]
    }

    #[test]
    fn later_places_win_and_other_variables_are_not_looked_at() {
        let config = Loader::new()
            .text("a.toml", "[server]\nlisten = \"127.0.0.1:1\"\nworkers = 3\n[calls]\nconcurrent = 7")
            .unwrap()
            .environment(variable("ADX_AGENT__SERVER__LISTEN", "127.0.0.1:2"))
            .environment(variable("ADX_AGENT__CALLS__CONCURRENT", "8"))
            // What `adx` reads on the same machine.
            .environment(variable("ADX_AGENT_TOKEN", "adx_t_0"))
            .flag("--listen", "server.listen", "127.0.0.1:3")
            .load()
            .unwrap();
        assert_eq!(config.server.listen.port(), 3);
        assert_eq!(config.server.workers, 3);
        assert_eq!(config.calls.concurrent, 8);
    }

    #[test]
    fn an_unknown_key_names_its_line_and_the_nearest() {
        let refusal = Loader::new().text("a.toml", "[server]\n\nlisen = \"x\"").unwrap().load().unwrap_err();
        assert_eq!(refusal.to_string(), "a.toml:3: unknown key `server.lisen`; did you mean `server.listen`?");
        let refusal =
            Loader::new().environment(variable("ADX_AGENT__SYNC__WAITS", "x")).load().unwrap_err().to_string();
        assert_eq!(refusal, "ADX_AGENT__SYNC__WAITS: unknown key `sync.waits`; did you mean `sync.wait`?");
    }

    /// By `config check` as by `serve`.
    #[test]
    fn a_namespace_that_two_registries_have_is_refused() {
        let text = "[registry]\nnamespaces = \"*\"\n[registries.company]\nurl = \"https://registry.example.com\"\n\
                    root = \"root.json\"\nnamespaces = \"*\"";
        let refusal = Loader::new().text("a.toml", text).unwrap().load().unwrap_err().to_string();
        let words = "the registries `main` and `company` both have the namespace `*`: give it to one of them";
        assert!(refusal.contains(words), "{refusal}");
    }

    #[test]
    fn values_that_make_no_sense_are_refused_by_name() {
        for (name, text, key) in [
            ("ADX_AGENT__SYNC__WAIT", "61s", "sync.wait"),
            ("ADX_AGENT__SYNC__WAIT", "0s", "sync.wait"),
            ("ADX_AGENT__SYNC__BACKOFF_MAX", "1ms", "sync.backoff_max"),
            ("ADX_AGENT__CALLS__QUEUE", "10ms", "calls.queue"),
            ("ADX_AGENT__OPERATIONS__STEP", "10s", "operations.step"),
            ("ADX_AGENT__OPERATIONS__ATTEMPTS", "0", "operations.attempts"),
            ("ADX_AGENT__SANDBOX__TENANT_PERCENT", "0", "sandbox.tenant_percent"),
            ("ADX_AGENT__SANDBOX__TENANT_PERCENT", "101", "sandbox.tenant_percent"),
            ("ADX_AGENT__REGISTRY__URL", "ftp://h/", "registry.url"),
            ("ADX_AGENT__REGISTRY__NAMESPACES", "Acme", "registry.namespaces"),
            ("ADX_AGENT__REGISTRIES__ACME__URL", "https://h/", "registries.acme.root"),
            ("ADX_AGENT__SYNC__REFRESH", "7h", "sync.refresh"),
            ("ADX_AGENT__LICENCES__NOTICE", "59m", "licences.notice"),
            ("ADX_AGENT__PLATFORM__VERSION", "1", "platform.version"),
            ("ADX_AGENT__DATABASE__URL", "mysql://h/d", "database.url"),
        ] {
            let refusal = Loader::new().environment(variable(name, text)).load().unwrap_err().to_string();
            assert!(refusal.contains(&format!("`{key}`")), "{name}={text}: {refusal}");
        }
    }

    #[test]
    fn further_registries_have_tables_of_their_own() {
        let text = "[registry]\nnamespaces = \"*\"\n[registries.acme]\nurl = \"https://modules.acme.example/\"\n\
                    root = \"acme.json\"\nnamespaces = \"acme, acme-labs\"";
        let config = Loader::new().text("a.toml", text).unwrap().load().unwrap();
        let registries: Vec<_> = config
            .registries()
            .map(|registry| (registry.name, registry.namespaces.iter().map(ToString::to_string).collect::<Vec<_>>()))
            .collect();
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(registries, [(MAIN_REGISTRY, texts(&["*"])), ("acme", texts(&["acme", "acme-labs"]))]);
        let text = text.replace("namespaces = \"acme,", "namespace = \"acme,");
        let refusal = Loader::new().text("a.toml", &text).unwrap().load().unwrap_err().to_string();
        assert!(refusal.contains("`registries.acme.namespaces` is missing"), "{refusal}");
    }

    #[test]
    fn the_reference_is_a_valid_configuration_of_defaults() {
        let config = Loader::new().text("reference", &reference()).unwrap().load().unwrap();
        let defaults = Config::default();
        assert_eq!(config.server.listen, defaults.server.listen);
        assert_eq!(config.database.url.expose_secret(), defaults.database.url.expose_secret());
        assert_eq!(config.calls.memory, defaults.calls.memory);
    }

    #[test]
    fn debug_output_keeps_secrets() {
        let text = "[database]\nurl = \"postgres://u:hunter2@h/d\"";
        let config = Loader::new().text("a.toml", text).unwrap().load().unwrap();
        assert!(!format!("{config:?}").contains("hunter"));
    }
}

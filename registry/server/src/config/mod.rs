//! Configuration: a TOML file, then the environment, then flags; later wins.
//!
//! Every key stands once, in [`sections`], with its documentation and default.
//! The reference (`adx-registry config reference`), the check for unknown keys and the
//! environment's names all come from that one place.

mod payments;
mod proxies;
mod rate;
mod review;
mod sections;
mod setting;
mod words;

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

pub use payments::PaymentProvider;
pub use proxies::ProxyNetworks;
pub use rate::Rate;
pub use review::{CheckMode, IdleCheck, SourcedMode};
pub use sections::{
    Accounts, Cache, Checks, Config, Database, Domains, Limits, Log, Mail, Names, Openid, Publishers, Quotas, Rates,
    Review, Search, Server, Storage, Trust, TrustedPublishing, Webhooks, Worker,
};
pub use setting::{Size, Span};
use thiserror::Error;
use toml::de::{DeTable, DeValue};

/// The prefix of every environment variable we read: `ADX_REGISTRY__SECTION__KEY`.
pub const ENVIRONMENT_PREFIX: &str = "ADX_REGISTRY__";

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
    /// Values that are right alone and wrong together.
    #[error("`{key}` is not valid: {reason}")]
    Invalid {
        /// The key, dotted.
        key: &'static str,
        /// Why.
        reason: String,
    },
    /// More than one mistake: who mends one by one starts as often.
    #[error("the configuration has {} mistakes{}", .0.len(), .0.iter().map(on_a_line).collect::<String>())]
    Several(Vec<ConfigError>),
}

fn on_a_line(mistake: &ConfigError) -> String {
    format!("\n  {mistake}")
}

impl ConfigError {
    /// Where it was said: file and line, or the variable or flag.
    pub(crate) fn place(&self) -> Option<&str> {
        match self {
            Self::UnknownKey { place, .. } | Self::BadValue { place, .. } => Some(place),
            Self::Unreadable { path, .. } | Self::NotToml { path, .. } => Some(path),
            Self::Invalid { .. } | Self::Several(_) => None,
        }
    }

    /// The key that it is about, if it is about one.
    pub(crate) fn key(&self) -> Option<&str> {
        match self {
            Self::UnknownKey { key, .. } | Self::BadValue { key, .. } => Some(key),
            Self::Invalid { key, .. } => Some(key),
            Self::Unreadable { .. } | Self::NotToml { .. } | Self::Several(_) => None,
        }
    }
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
    mistakes: Vec<ConfigError>,
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
                self.mistakes.push(unknown(place(at), section.to_owned()));
                continue;
            };
            for (key, value) in table {
                let dotted = format!("{section}.{}", key.get_ref());
                let at = place(key.span().start);
                let Some(text) = scalar(value.get_ref()) else {
                    let expected = "a text, a number or true/false".to_owned();
                    self.mistakes.push(ConfigError::BadValue { place: at, key: dotted, expected });
                    continue;
                };
                self.values.insert(dotted, Sourced { place: at, text });
            }
        }
        Ok(self)
    }

    /// Adds environment variables; those without our prefix are not looked at.
    #[must_use]
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        for (name, text) in variables {
            if let Some(rest) = name.strip_prefix(ENVIRONMENT_PREFIX) {
                let key = rest.to_lowercase().replacen("__", ".", 1);
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

    /// Adds a value only where nothing has been said: a default that depends on a flag.
    #[must_use]
    pub fn fallback(mut self, origin: &str, key: &str, value: impl Into<String>) -> Self {
        self.values.entry(key.to_owned()).or_insert_with(|| Sourced { place: origin.to_owned(), text: value.into() });
        self
    }

    /// Types and checks everything, and tells all mistakes at once.
    pub fn load(mut self) -> Result<Config, ConfigError> {
        let mut config = Config::default();
        config.take(&mut self);
        let Self { values, mut mistakes } = self;
        mistakes.extend(values.into_iter().map(|(key, Sourced { place, .. })| unknown(place, key)));
        // A value that could not be read stands at its default now, about which there is nothing to say.
        let mut wrong_together = config.check();
        wrong_together.retain(|wrong| !mistakes.iter().any(|mistake| mistake.key() == wrong.key()));
        mistakes.extend(wrong_together);
        all_of(mistakes).map(|()| config)
    }

    fn take<T: setting::Setting>(&mut self, key: &str, slot: &mut T) {
        let Some(Sourced { place, text }) = self.values.remove(key) else { return };
        match T::parse(&text) {
            Ok(value) => *slot = value,
            Err(expected) => self.mistakes.push(ConfigError::BadValue { place, key: key.to_owned(), expected }),
        }
    }
}

/// All mistakes as one error.
pub(crate) fn all_of(mut mistakes: Vec<ConfigError>) -> Result<(), ConfigError> {
    match mistakes.len() {
        0 => Ok(()),
        1 => Err(mistakes.remove(0)),
        _ => Err(ConfigError::Several(mistakes)),
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
        "# Every key of the registry's configuration, at its default.\n\
         # Each can also be set by the environment: section `server`, key `listen` is\n\
         # ADX_REGISTRY__SERVER__LISTEN. Order: file, environment, flags; the later wins.\n",
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

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn later_places_win() {
        let config = Loader::new()
            .text("a.toml", "[server]\nlisten = \"127.0.0.1:1\"\nworkers = 3\n[limits]\nburst = 7")
            .unwrap()
            .environment([
                ("ADX_REGISTRY__SERVER__LISTEN".to_owned(), "127.0.0.1:2".to_owned()),
                ("ADX_REGISTRY__LIMITS__BURST".to_owned(), "8".to_owned()),
                ("HOME".to_owned(), "/".to_owned()),
            ])
            .flag("--listen", "server.listen", "127.0.0.1:3")
            .fallback("--data", "server.workers", "9")
            .load()
            .unwrap();
        assert_eq!(config.server.listen.port(), 3);
        assert_eq!(config.server.workers, 3);
        assert_eq!(config.limits.burst, 8);
    }

    #[test]
    fn an_unknown_key_names_its_line_and_the_nearest() {
        let refusal = Loader::new().text("a.toml", "[server]\n\nlisen = \"x\"").unwrap().load().unwrap_err();
        assert_eq!(refusal.to_string(), "a.toml:3: unknown key `server.lisen`; did you mean `server.listen`?");
        let refusal =
            Loader::new().environment([("ADX_REGISTRY__SEARCH__URI".to_owned(), "x".to_owned())]).load().unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "ADX_REGISTRY__SEARCH__URI: unknown key `search.uri`; did you mean `search.url`?"
        );
    }

    #[test]
    fn a_bad_value_says_what_was_expected() {
        let refusal = Loader::new().text("a.toml", "[server]\nclient_timeout = 5").unwrap().load().unwrap_err();
        assert!(refusal.to_string().starts_with("a.toml:2: `server.client_timeout` is not valid: expected a time"));
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let text = "[server]\nlisen = \"x\"\nworkers = \"many\"\nlisten = []\n[limits]\nconcurrent_publishes = 0\n[worker]\nparallel = 0\n\
                    [openid]\nissuer = \"https://id.example\"\nclient_id = \"adx\"";
        let loader = Loader::new().text("a.toml", text).unwrap();
        let refusal = loader.flag("--public-url", "server.public_url", "nowhere").load().unwrap_err().to_string();
        let told: Vec<_> = refusal.lines().collect();
        assert_eq!(told.len(), 7, "{refusal}");
        for (line, beginning) in told.iter().zip([
            "the configuration has 6 mistakes",
            "  a.toml:4: `server.listen` is not valid",
            "  --public-url: `server.public_url` is not valid",
            "  a.toml:3: `server.workers` is not valid",
            "  a.toml:2: unknown key `server.lisen`",
            "  `worker.parallel` is not valid",
            "  `limits.concurrent_publishes` is not valid",
        ]) {
            assert!(line.starts_with(beginning), "`{beginning}` is not where it should be: {refusal}");
        }
    }

    #[test]
    fn what_follows_from_a_value_that_cannot_be_read_is_no_mistake_of_its_own() {
        let text = "[server]\nlisten = \"0.0.0.0:80\"\npublic_url = \"nowhere\"\n\
                    [openid]\nissuer = \"https://id.example\"\nclient_id = \"adx\"";
        let refusal = Loader::new().text("a.toml", text).unwrap().load().unwrap_err();
        assert!(
            refusal.to_string().starts_with("a.toml:3: `server.public_url` is not valid: expected a URL"),
            "{refusal}"
        );
    }

    #[test]
    fn the_reference_is_a_valid_configuration_of_defaults() {
        let config = Loader::new().text("reference", &reference()).unwrap().load().unwrap();
        let defaults = Config::default();
        assert_eq!(config.server.listen, defaults.server.listen);
        assert_eq!(config.database.url.expose_secret(), defaults.database.url.expose_secret());
        assert_eq!(config.cache.package_bytes, defaults.cache.package_bytes);
    }

    #[test]
    fn mail_that_would_go_nowhere_is_refused_without_repeating_the_password() {
        let load = |mail: &str| Loader::new().text("a.toml", &format!("[mail]\n{mail}")).unwrap().load();
        for (mail, key) in [
            ("url = \"smtp://u:hunter2@mail.example?tls=none\"\nfrom = \"a@b.example\"", "`mail.url`"),
            ("url = \"smtps://u:hunter2@mail.example\"", "`mail.from`"),
        ] {
            let refusal = load(mail).unwrap_err().to_string();
            assert!(refusal.starts_with(key) && !refusal.contains("hunter2"), "{refusal}");
        }
        assert!(load("url = \"smtps://u:hunter2@mail.example\"\nfrom = \"a@b.example\"").is_ok());
    }

    #[test]
    fn a_reserved_name_that_nobody_could_take_is_refused() {
        let load =
            |names: &str| Loader::new().text("a.toml", &format!("[names]\nreserved = \"{names}\"")).unwrap().load();
        let config = load("fabrikam, *contoso").unwrap();
        assert!(config.name_rules().unwrap().reserved.has(&"contoso-labs".parse().unwrap()));
        let refusal = load("fabrikam, Contoso").unwrap_err().to_string();
        assert!(refusal.starts_with("`names.reserved`") && refusal.contains("write `c`"), "{refusal}");
    }

    #[test]
    fn a_provider_of_identities_is_named_whole() {
        let load = |openid: &str| Loader::new().text("a.toml", &format!("[openid]\n{openid}")).unwrap().load();
        let whole = "issuer = \"https://id.example\"\nclient_id = \"adx\"\n";
        assert!(load(whole).is_ok());
        assert!(load(&format!("{whole}client_secret = \"hunter2\"\nname = \"Example\"")).is_ok());
        for (openid, key) in [
            ("client_secret = \"hunter2\"", "`openid.issuer`"),
            ("client_id = \"adx\"", "`openid.issuer`"),
            ("issuer = \"https://id.example\"", "`openid.client_id`"),
            ("issuer = \"http://id.example\"\nclient_id = \"adx\"", "`openid.issuer`"),
            ("issuer = \"https://id.example?x\"\nclient_id = \"adx\"", "`openid.issuer`"),
            ("issuer = \"id.example\"\nclient_id = \"adx\"", "`openid.issuer`"),
            (&format!("{whole}name = \" \""), "`openid.name`"),
            (&format!("{whole}[server]\nlisten = \"0.0.0.0:80\""), "`server.public_url`"),
        ] {
            let refusal = load(openid).unwrap_err().to_string();
            assert!(refusal.starts_with(key) && !refusal.contains("hunter2"), "{openid}: {refusal}");
        }
    }

    #[test]
    fn issuers_of_workflows_are_named_with_their_words() {
        let load = |issuers: &str| {
            Loader::new().text("a.toml", &format!("[trusted_publishing]\nissuers = \"{issuers}\"")).unwrap().load()
        };
        assert_eq!(Config::default().workflow_issuers().unwrap().len(), 2);
        assert!(load("").unwrap().workflow_issuers().unwrap().is_empty());
        let own = load("gitlab=https://lab.example, github=http://127.0.0.1:9").unwrap();
        assert_eq!(own.workflow_issuers().unwrap()[0].1, "https://lab.example");
        for issuers in
            ["https://lab.example", "jenkins=https://ci.example", "github=http://ci.example", "gitlab=https://a?b", ","]
        {
            let refusal = load(issuers).unwrap_err().to_string();
            assert!(refusal.starts_with("`trusted_publishing.issuers`"), "{issuers}: {refusal}");
        }
    }

    #[test]
    fn an_operator_keeps_no_more_than_all() {
        let load = |share: &str| {
            Loader::new().text("a.toml", &format!("[payments]\noperator_share = {share}")).unwrap().load()
        };
        assert!(load("10000").is_ok());
        let refusal = load("10001").unwrap_err().to_string();
        assert!(refusal.starts_with("`payments.operator_share`"), "{refusal}");
    }

    #[test]
    fn a_provider_of_payments_is_named_whole() {
        let load = |text: &str| Loader::new().text("a.toml", text).unwrap().load();
        let whole = "[server]\npublic_url = \"https://registry.example\"\n[payments]\nprovider = \"stripe\"\n[stripe]\n\
                     secret_key = \"sk_test_hunter2\"\nwebhook_secret = \"whsec_hunter2\"\n";
        assert_eq!(load(whole).unwrap().payments.provider, PaymentProvider::Stripe);
        assert!(load(&whole.replace("sk_test", "rk_live")).is_ok());
        assert!(load(&format!("{whole}api_url = \"http://127.0.0.1:8420\"")).is_ok());
        for (text, key) in [
            (whole.replace("sk_test", "pk_test"), "`stripe.secret_key`"),
            (whole.replace("sk_test_hunter2", "sk_test_"), "`stripe.secret_key`"),
            (whole.replace("secret_key = \"sk_test_hunter2\"\n", ""), "`stripe.secret_key`"),
            (whole.replace("whsec_", ""), "`stripe.webhook_secret`"),
            (whole.replace("webhook_secret = \"whsec_hunter2\"\n", ""), "`stripe.webhook_secret`"),
            (whole.replace("provider = \"stripe\"", ""), "`payments.provider`"),
            (whole.replace("public_url = \"https://registry.example\"", ""), "`server.public_url`"),
            (format!("{whole}api_url = \"http://stripe.example\""), "`stripe.api_url`"),
        ] {
            let refusal = load(&text).unwrap_err().to_string();
            assert!(refusal.starts_with(key) && !refusal.contains("hunter2"), "{text}: {refusal}");
        }
    }

    /// A registry that signed for longer would be refused by every agent.
    #[test]
    fn documents_are_signed_for_no_longer_than_agents_believe() {
        let load = |key: &str, time: &str| {
            Loader::new().text("a.toml", &format!("[trust]\n{key} = \"{time}\"")).unwrap().load()
        };
        for (key, longest, longer, hours) in [
            ("timestamp_lifetime", "24h", "86401s", 24),
            ("snapshot_lifetime", "168h", "169h", 168),
            ("roles_lifetime", "2160h", "2161h", 2160),
        ] {
            assert!(load(key, longest).is_ok(), "{key}");
            let refusal = load(key, longer).unwrap_err().to_string();
            assert!(refusal.contains(key), "{refusal}");
            assert!(refusal.contains(&format!("at most {hours} hours: agents believe no more")), "{refusal}");
        }
    }

    #[test]
    fn places_that_are_not_there_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rules.yar");
        std::fs::write(&file, "").unwrap();
        let check = |key: &str, path: &Path| {
            let (section, key) = key.split_once('.').unwrap();
            let text = format!("[{section}]\n{key} = {:?}", path.display().to_string());
            Loader::new()
                .text("a.toml", &text)
                .unwrap()
                .load()
                .unwrap()
                .check_places()
                .map_err(|error| error.to_string())
        };
        assert_eq!(check("checks.rules_dir", folder.path()), Ok(()));
        assert!(check("checks.rules_dir", &file).unwrap_err().contains("rules.yar` is no folder"));
        let nowhere = folder.path().join("nothing");
        assert!(check("checks.rules_dir", &nowhere).unwrap_err().starts_with("`checks.rules_dir` is not valid: "));
        for key in ["checks.osv_database", "search.synonyms", "mail.ca_file"] {
            assert_eq!(check(key, &file), Ok(()), "{key}");
            assert!(check(key, &nowhere).unwrap_err().contains("nothing` is not there"), "{key}");
        }
    }

    #[test]
    fn a_storage_that_is_none_is_refused() {
        let load = |url: &str| Loader::new().text("a.toml", &format!("[storage]\nurl = \"{url}\"")).unwrap().load();
        for url in ["files", "/srv/files", "file:///srv/files", "s3://bucket/prefix", "memory:///"] {
            assert!(load(url).is_ok(), "{url}");
        }
        for url in ["", "gs://bucket", "file://elsewhere/files", "s3://a b"] {
            let refusal = load(url).unwrap_err().to_string();
            assert!(
                refusal.starts_with("`storage.url` is not valid") && refusal.contains("`s3://BUCKET/PREFIX`"),
                "{refusal}"
            );
        }
    }

    #[test]
    fn the_public_address_is_one_that_browsers_open() {
        for url in ["ftp://x/", "https://x.example/?q=1", "https://x.example/#top"] {
            let text = format!("[server]\npublic_url = \"{url}\"\n");
            let refusal = Loader::new().text("a.toml", &text).unwrap().load().unwrap_err().to_string();
            assert!(
                refusal.contains("`server.public_url`") && refusal.contains("https://registry.example.org"),
                "{refusal}"
            );
        }
    }

    #[test]
    fn debug_output_keeps_secrets() {
        let config = Loader::new()
            .text("a.toml", "[database]\nurl = \"postgres://u:hunter2@h/d\"\n[search]\napi_key = \"hunter3\"")
            .unwrap()
            .load()
            .unwrap();
        let shown = format!("{config:?}");
        assert!(!shown.contains("hunter"), "{shown}");
    }
}

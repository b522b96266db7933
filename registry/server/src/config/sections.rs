//! Every key, its documentation and its default.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use adx_registry_core::{
    accounts::{Passwords, SecondFactors, SignUp, WaysIn},
    money::WHOLE,
    names::{NameRules, ReservedNames},
    quotas::Quota,
    review::{Cause, Policy},
    trusted::Provider,
    webhooks::WebhookRules,
};
use adx_signing::{name::NameError, tuf::Lifetimes};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::{blobs, identity::is_safe, mail::Destination};

use super::{
    CheckMode, ConfigError, IdleCheck, KeyReference, Loader, PaymentProvider, ProxyNetworks, Rate, Size, SourcedMode,
    Span, all_of, payments::stripe_api, setting::Setting,
};

/// Declares the sections: struct, defaults, reader and reference from one text.
macro_rules! sections {
    ($(
        $(#[doc = $section_doc:literal])+
        $section:ident: $name:ident {
            $( $(#[doc = $doc:literal])+ $key:ident: $kind:ty = $default:expr, )+
        }
    )+) => {
        $(
            $(#[doc = $section_doc])+
            #[derive(Clone, Debug)]
            pub struct $name {
                $( $(#[doc = $doc])+ pub $key: $kind, )+
            }

            impl Default for $name {
                fn default() -> Self {
                    Self { $( $key: $default, )+ }
                }
            }
        )+

        /// The whole configuration.
        #[derive(Clone, Debug, Default)]
        pub struct Config {
            $( $(#[doc = $section_doc])+ pub $section: $name, )+
        }

        impl Config {
            pub(super) fn take(&mut self, loader: &mut Loader) {
                $( $( loader.take(
                    concat!(stringify!($section), ".", stringify!($key)),
                    &mut self.$section.$key,
                ); )+ )+
            }

            /// Every key with its documentation and default.
            pub fn reference() -> Vec<KeyReference> {
                let defaults = Self::default();
                vec![ $( $( KeyReference {
                    key: concat!(stringify!($section), ".", stringify!($key)).to_owned(),
                    documentation: [$($doc),+].map(str::trim).join("\n"),
                    kind: <$kind as Setting>::KIND,
                    default: defaults.$section.$key.show(),
                }, )+ )+ ]
            }
        }
    };
}

sections! {
    /// The HTTP server.
    server: Server {
        /// Where to listen. Port 0 takes a free one; the ready file says which.
        listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8787)),
        /// The address the world uses, when a proxy stands in front. `https` here turns on HSTS.
        public_url: Option<Url> = None,
        /// Threads that serve requests; 0 = one per core.
        workers: usize = 0,
        /// Connections held open at once, per thread.
        max_connections: usize = 10_000,
        /// Connections that one address holds at once, of IPv6 one /64; more are closed unread. 0 = no limit, and none for
        /// proxies that are believed: limit them there.
        max_connections_per_address: usize = 512,
        /// How long a client may take to send its request head.
        client_timeout: Span = Span::secs(10),
        /// How long an idle connection is kept.
        keep_alive: Span = Span::secs(75),
        /// How long running requests may take to finish after a stop signal.
        shutdown_timeout: Span = Span::secs(30),
        /// Believe whoever connects what `X-Forwarded-For` says last of the caller. Only behind a proxy that sets it, and where
        /// nobody else reaches `listen`.
        behind_proxy: bool = false,
        /// Networks of proxies, separated by commas (`10.0.0.0/8, 192.0.2.7`): what each of them says in `X-Forwarded-For` is believed,
        /// from the last entry back to the first that is none of them. Others who connect are the callers themselves.
        trusted_proxies: ProxyNetworks = ProxyNetworks::default(),
        /// How long a client may leave what was sent to it unread before its connection is closed. Linux only.
        write_timeout: Span = Span::secs(30),
        /// What `/metrics` asks for as `Authorization: Bearer …`; without it, whoever reaches the server reads them.
        metrics_token: Option<SecretString> = None,
    }

    /// The database.
    database: Database {
        /// `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`.
        url: SecretString = SecretString::from("sqlite://data/registry.sqlite".to_owned()),
        /// Connections in the pool.
        max_connections: u32 = 8,
    }

    /// Packages, envelopes, index files, repository metadata and log tiles.
    storage: Storage {
        /// A folder (`file:///var/lib/adx/files`, or a path) or a bucket (`s3://BUCKET/PREFIX`).
        url: String = "data/files".to_owned(),
        /// S3: the endpoint, when it is not Amazon's.
        endpoint: Option<Url> = None,
        /// S3: the region.
        region: Option<String> = None,
        /// S3: the access key's id.
        access_key_id: Option<String> = None,
        /// S3: the access key's secret.
        secret_access_key: Option<SecretString> = None,
    }

    /// What the ceremony installed, and the online keys.
    trust: Trust {
        /// Their folder. `adx-registry trust install` writes it.
        dir: PathBuf = PathBuf::from("data/trust"),
        /// Opens the online keys, if they are encrypted.
        passphrase: Option<SecretString> = None,
        /// How long leaves are gathered while one round of signing follows another. A leaf alone is signed at once.
        window: Span = Span::millis(100),
        /// For how long a timestamp is signed: how long a client can be held in the past.
        timestamp_lifetime: Span = Span::secs(24 * 3_600),
        /// For how long a snapshot is signed.
        snapshot_lifetime: Span = Span::secs(7 * 24 * 3_600),
        /// For how long the lists of packages and control files are signed. Every document is signed again after a
        /// third of its life.
        roles_lifetime: Span = Span::secs(90 * 24 * 3_600),
    }

    /// The accounts of people.
    accounts: Accounts {
        /// The key that seals the seeds of one-time passwords, made at the first start. Servers of one database have the same. Keep
        /// a copy apart from the database's: without it, nobody who has one-time passwords on can sign in.
        key_file: PathBuf = PathBuf::from("data/accounts.key"),
        /// Who makes an account: `open` (everybody with a mail address) or `invited` (whose address a publisher has invited, as long as the
        /// invitation is good). Operators make theirs by the operators' link in any case.
        sign_up: SignUp = SignUp::Open,
        /// Whether people sign in with an address and a password: `on`, or `off` where they sign in at the provider of identities (`openid`) only.
        /// What was begun with a password counts no more then.
        passwords: Passwords = Passwords::On,
        /// Whether whoever signs in with a password needs a second factor: `optional`, or `required`, with which a person who has none can do nothing
        /// but add one. The provider of identities asks for factors by itself.
        second_factor: SecondFactors = SecondFactors::Optional,
    }

    /// Which names may be taken.
    names: Names {
        /// Namespaces that are given away knowingly only, besides those that every registry reserves: words parted by commas, such as
        /// `fabrikam, *contoso`. With a `*` before it, a word is reserved as part of a namespace as well (`contoso-labs`).
        reserved: String = String::new(),
        /// How long nobody else may take a namespace that was deleted. One that had keys nobody else may take at all.
        cool_down: Span = Span::secs(90 * 24 * 3_600),
    }

    /// Who makes publishers.
    publishers: Publishers {
        /// Whether people make publishers, which they own then; or else operators alone, for others.
        open: bool = false,
        /// How many namespaces one person may own at most, and make in 30 days, unless it is an operator.
        most_of_a_person: u32 = adx_registry_core::names::MOST_OF_A_PERSON,
    }

    /// Domains of publishers.
    domains: Domains {
        /// The DNS server that is asked for the records of domains, such as `192.0.2.53:53`. Nothing: those that this machine asks.
        resolver: Option<SocketAddr> = None,
        /// How long an answer may take.
        timeout: Span = Span::secs(10),
    }

    /// Where people sign in besides: a provider of identities that speaks OpenID Connect. The provider sends browsers back to
    /// `{server.public_url}/api/v1/session/openid/callback`.
    openid: Openid {
        /// Who the provider is, as its document (`/.well-known/openid-configuration` below it) says: `https://…`. Nothing: there is none.
        issuer: Option<String> = None,
        /// What the provider calls this registry.
        client_id: Option<String> = None,
        /// The secret that the provider gave for it; nothing for a public client.
        client_secret: Option<SecretString> = None,
        /// What people call the provider: they read `Sign in with …`.
        name: String = "single sign-on".to_owned(),
    }

    /// Trusted publishing: workflows of CI systems publish with what their system says of them.
    trusted_publishing: TrustedPublishing {
        /// Who is believed about runs of workflows: issuers, each with the words it speaks (`github` or `gitlab`) before it, parted by
        /// commas, such as `gitlab=https://gitlab.example.org`. Nothing: nobody is. A token for this registry names `server.public_url`.
        issuers: String = "github=https://token.actions.githubusercontent.com, gitlab=https://gitlab.com".to_owned(),
    }

    /// Selling.
    payments: Payments {
        /// Who takes the money: `invoice` (buyers pay to a bank, and an operator notes what has come by `admin order paid`) or `stripe`
        /// (what it takes is noted by itself; the section `stripe` says how).
        provider: PaymentProvider = PaymentProvider::Invoice,
        /// Who asks for the money, as invoices say it: a name and an address, a few lines.
        seller: String = String::new(),
        /// Where the money goes, for letters and pages: a bank and an account, a few lines.
        instructions: String = String::new(),
        /// The operator's share of what is paid, in hundredths of a percent: 1500 is 15 %, and 10000, all of it, is the most.
        operator_share: u16 = 0,
    }

    /// Payments by Stripe, where `payments.provider` says so. It tells what happens at `{server.public_url}/api/v1/payments/stripe/events`.
    stripe: Stripe {
        /// A secret key, or a restricted one: `sk_live_…` or `rk_live_…`, and with `test` in the place of `live` nobody pays anything.
        secret_key: Option<SecretString> = None,
        /// The secret of the endpoint that is told, as Stripe shows it: `whsec_…`.
        webhook_secret: Option<SecretString> = None,
        /// Where its API is.
        api_url: Url = stripe_api(),
    }

    /// Discovery.
    search: Search {
        /// A folder for the embedded index (Tantivy), or `http(s)://…` for Meilisearch.
        url: String = "data/search".to_owned(),
        /// Meilisearch: the API key.
        api_key: Option<SecretString> = None,
        /// Meilisearch: the name of the index.
        index: String = "modules".to_owned(),
        /// A file of words that mean the same, those of a group on one line. Nothing: a few that everybody gets.
        synonyms: Option<PathBuf> = None,
    }

    /// Letters to people: to owners of publishers, and about accounts.
    mail: Mail {
        /// A folder, into which each is written as a file (`.eml`), or a server: `smtp://USER:PASSWORD@HOST:PORT` (STARTTLS,
        /// port 587) or `smtps://…` (TLS from the first byte, port 465). `smtp://HOST?tls=opportunistic` does without
        /// encryption where the server offers none, and takes no password; `?tls=none` is for this machine only.
        url: SecretString = SecretString::from("data/mail".to_owned()),
        /// The sender, such as `ADX registry <registry@example.org>`. A server needs one.
        from: Option<String> = None,
        /// Certificates (PEM) that are trusted besides the system's, for a server with an authority of its own.
        ca_file: Option<PathBuf> = None,
        /// How long one may take to be handed over.
        timeout: Span = Span::secs(30),
    }

    /// What a caller may ask for.
    limits: Limits {
        /// The largest JSON body accepted.
        json_bytes: Size = Size::kib(64),
        /// How long an upload may stall between two chunks before it is given up.
        upload_idle: Span = Span::secs(30),
        /// How long an upload may take as a whole.
        upload_total: Span = Span::secs(600),
        /// How long any other request may take (a long poll adds its own wait).
        request: Span = Span::secs(30),
        /// Packages sent at once, of which each may have 8 MiB in memory before the rest has come; a quarter of them by one publisher.
        concurrent_uploads: usize = 64,
        /// Packages checked at once, each of them in memory; more wait their turn once their bytes have arrived.
        concurrent_publishes: usize = 16,
        /// API requests each caller may make a second in the long run; 0 = no limit.
        /// Packages and index files are never limited here.
        requests_per_second: u32 = 200,
        /// API requests each caller may make at once on top of that.
        burst: u32 = 1_000,
    }

    /// How often each caller may do what, beside `limits.requests_per_second` of its address: `5/s`, `60/min`, `1000/h` or `off`. A caller
    /// is a publisher with all its tokens or a person who is signed in, and an address otherwise. Each server counts for itself; this machine is not counted.
    rates: Rates {
        /// Reading of the API; packages and index files are not counted.
        read: Rate = Rate::per_minute(6_000),
        /// Searching.
        search: Rate = Rate::per_minute(600),
        /// Changing anything that has no rate of its own.
        write: Rate = Rate::per_minute(600),
        /// Sending packages.
        publish: Rate = Rate::per_minute(300),
        /// Signing in and up, and what leads there.
        sign_in: Rate = Rate::per_minute(60),
        /// Exchanging what a CI system says of a run for a token.
        exchange: Rate = Rate::per_minute(120),
        /// Reporting tokens that were found.
        report: Rate = Rate::per_minute(20),
    }

    /// What is kept in memory of the files served most.
    cache: Cache {
        /// For files that change, those of the index above all; 0 = none.
        index_bytes: Size = Size::mib(32),
        /// For files that do not, packages above all; 0 = none.
        package_bytes: Size = Size::mib(64),
        /// Packages larger than this are streamed from storage.
        largest_package: Size = Size::mib(1),
        /// How old a cached file may be before storage is asked whether it changed. Files this
        /// process writes are seen at once.
        revalidate: Span = Span::secs(1),
        /// `max-age` of index files at clients and proxies.
        index_max_age: Span = Span::secs(10),
    }

    /// The background worker.
    worker: Worker {
        /// How often to look for work that another process left, besides being woken.
        poll: Span = Span::secs(5),
        /// Jobs running at once.
        parallel: u32 = 4,
        /// How often blobs without a release, and metadata that newer took the place of, are swept.
        sweep_every: Span = Span::secs(3_600),
    }

    /// How much every publisher may publish; operators allow one more or less (`admin quota`).
    quotas: Quotas {
        /// Modules of one publisher.
        modules: u64 = Quota::default().modules,
        /// All packages of one publisher together.
        package_bytes: Size = Size(Quota::default().package_bytes),
        /// Versions that one publisher releases on one day (UTC).
        releases_a_day: u64 = Quota::default().releases_a_day,
    }

    /// Telling others over HTTP what happened.
    webhooks: Webhooks {
        /// How long a delivery is tried before its webhook is turned off.
        retry_for: Span = Span::secs(3 * 24 * 3_600),
        /// How long to wait before the second attempt; each next wait is four times as long, up to twelve hours.
        first_retry: Span = Span::secs(5),
        /// Let webhooks be on this machine, by plain http too. For development and tests: whoever may set one up reaches what listens
        /// on this machine only.
        allow_loopback: bool = false,
    }

    /// What packages are looked over with before they are released. Of each check one word says what comes of it: `enforced` (its errors
    /// refuse the package), `strict` (its warnings too), `reported` (its errors are told like warnings) or `off`; with `optional` before
    /// it, what the check cannot look over is released all the same. `if-given` is `enforced` where the check has something to look in, and no check where it has
    /// not; the other words but `off` and `optional …` refuse to start then. docs/checks.md says what each finds.
    checks: Checks {
        /// Permissions that are asked for and not used.
        permissions: CheckMode = CheckMode::ENFORCED,
        /// What the manifest promises and the component does not have.
        exports: CheckMode = CheckMode::ENFORCED,
        /// Size and shape of the WebAssembly.
        complexity: CheckMode = CheckMode::ENFORCED,
        /// Content that is known to be bad, by `rules_dir`.
        content: SourcedMode = SourcedMode::IfGiven,
        /// Keys, tokens and passwords in files.
        secrets: CheckMode = CheckMode::ENFORCED,
        /// The licence.
        licence: CheckMode = CheckMode::ENFORCED,
        /// The bill of materials.
        sbom: CheckMode = CheckMode::ENFORCED,
        /// Known vulnerabilities of what is in the bill of materials, by `osv_database`.
        advisories: SourcedMode = SourcedMode::IfGiven,
        /// The page shown on the listing.
        readme: CheckMode = CheckMode::ENFORCED,
        /// The pictures shown on the listing.
        screenshots: CheckMode = CheckMode::ENFORCED,
        /// What the user interface brings along.
        frontend: CheckMode = CheckMode::ENFORCED,
        /// A trial run in the sandbox.
        trial: CheckMode = CheckMode::ENFORCED,
        /// `content`: the folder with the rules of YARA for known-bad content (`*.yar`, `*.yara`, folders within it as well). Without it,
        /// there is no such check. Changed rules count from the next package on.
        rules_dir: Option<PathBuf> = None,
        /// `advisories`: a database of OSV, as osv.dev exports it: a folder of `*.json` and `*.zip` files, or one such file. Without it,
        /// there is no such check. It is held in memory and read again when it was changed.
        osv_database: Option<PathBuf> = None,
        /// `content` and `trial`: how long one may take for one package.
        deadline: Span = Span::secs(20),
    }

    /// What needs a human before it is released.
    review: Review {
        /// `always`, `never`, or causes parted by commas: `first-release` (of a publisher, or of whom it was given to), `wider-permissions`
        /// (permissions or hosts that the newest release does not ask for), `price` (a new or higher one), `findings` (a check found something to look at).
        when: Policy = Policy::default(),
        /// How long all checks of one package may take together. What is not finished then is not released.
        check_deadline: Span = Span::secs(60),
        /// Checks running at once.
        checks_at_once: usize = 4,
    }

    /// What the process says about itself on stderr.
    log: Log {
        /// A filter such as `info` or `adx_registry=debug,info`.
        filter: String = "info".to_owned(),
        /// One JSON object a line instead of text.
        json: bool = false,
    }
}

/// Of which a third is a second.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(3);

/// A component must be compiled in it.
const SHORTEST_CHECK: Duration = Duration::from_secs(1);

/// Longest name of a provider: it stands on a button.
const MAX_NAME_CHARS: usize = 40;

/// A folder, or an address that begins as one of a storage does.
fn check_storage(text: &str) -> Result<(), String> {
    const EXPECTED: &str = "it must be a folder, `file:///FOLDER` or `s3://BUCKET/PREFIX`";
    if !text.contains("://") {
        return if text.is_empty() { Err(EXPECTED.to_owned()) } else { Ok(()) };
    }
    let url = Url::parse(text).map_err(|error| format!("{EXPECTED} ({error})"))?;
    match url.scheme() {
        "file" if url.to_file_path().is_err() => Err(EXPECTED.to_owned()),
        scheme if blobs::SCHEMES.contains(&scheme) => Ok(()),
        scheme => Err(format!("`{scheme}` is no storage: {EXPECTED}")),
    }
}

impl Config {
    /// What no single value can show: everything that is wrong.
    pub(super) fn check(&self) -> Vec<ConfigError> {
        let mut mistakes = Vec::new();
        let mut invalid = |key, reason: &str| mistakes.push(ConfigError::Invalid { key, reason: reason.to_owned() });
        let database = self.database.url.expose_secret();
        if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| database.starts_with(scheme)) {
            invalid("database.url", "it must start with sqlite:// or postgres://");
        }
        if let Err(reason) = check_storage(&self.storage.url) {
            invalid("storage.url", &reason);
        }
        if self.worker.parallel == 0 {
            invalid("worker.parallel", "it must be at least 1");
        }
        if self.limits.requests_per_second > 0 && self.limits.burst == 0 {
            invalid("limits.burst", "it must be at least 1 while limits.requests_per_second is set");
        }
        if self.limits.concurrent_uploads == 0 {
            invalid("limits.concurrent_uploads", "it must be at least 1");
        }
        if self.limits.concurrent_publishes == 0 {
            invalid("limits.concurrent_publishes", "it must be at least 1");
        }
        if self.payments.operator_share > WHOLE {
            invalid("payments.operator_share", "it must be at most 10000: that is all of it");
        }
        if self.review.checks_at_once == 0 {
            invalid("review.checks_at_once", "it must be at least 1");
        }
        let longest = Lifetimes::LONGEST;
        for (key, lifetime, longest) in [
            ("trust.timestamp_lifetime", self.trust.timestamp_lifetime, longest.timestamp),
            ("trust.snapshot_lifetime", self.trust.snapshot_lifetime, longest.snapshot),
            ("trust.roles_lifetime", self.trust.roles_lifetime, longest.roles),
        ] {
            if lifetime.0 < SHORTEST_LIFETIME {
                invalid(key, "it must be at least 3s: documents tell the time in seconds");
            }
            if lifetime.0 > longest {
                let reason = format!("it must be at most {} hours: agents believe no more", longest.whole_hours());
                invalid(key, &reason);
            }
        }
        match Destination::parse(self.mail.url.expose_secret()) {
            Err(reason) => invalid("mail.url", reason),
            Ok(Destination::Server(_)) if self.mail.from.is_none() => {
                invalid("mail.from", "a mail server needs the sender's address, one that it lets this registry use");
            }
            Ok(_) => {}
        }
        if let Err(error) = self.name_rules() {
            invalid("names.reserved", &error.to_string());
        }
        if self.checks.deadline.0 < SHORTEST_CHECK {
            invalid("checks.deadline", "it must be at least 1s: nothing could be told in less");
        }
        if let Some(IdleCheck { key, needs }) = self.checks.insisted_on_and_idle() {
            invalid(key, &format!("it has nothing to look in: set `{needs}`, or write `if-given` or `off`"));
        }
        if let Some(url) = &self.server.public_url
            && (!matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some())
        {
            invalid(
                "server.public_url",
                "an address such as `https://registry.example.org` is needed, without `?` and `#`",
            );
        }
        if self.database.max_connections == 0 {
            invalid("database.max_connections", "it must be at least 1");
        }
        mistakes.extend(self.check_openid().err());
        mistakes.extend(self.check_passwords().err());
        mistakes.extend(self.check_payments().err());
        mistakes.extend(self.workflow_issuers().err());
        mistakes
    }

    /// What can only be seen on the machine: whether what the configuration names is there.
    ///
    /// # Errors
    /// [`ConfigError`] with all that is not.
    pub fn check_places(&self) -> Result<(), ConfigError> {
        let mut mistakes = Vec::new();
        if let Some(folder) = self.checks.rules_dir.as_ref().filter(|folder| !folder.is_dir()) {
            let reason = format!("`{}` is no folder", folder.display());
            mistakes.push(ConfigError::Invalid { key: "checks.rules_dir", reason });
        }
        for (key, path) in [
            ("checks.osv_database", &self.checks.osv_database),
            ("search.synonyms", &self.search.synonyms),
            ("mail.ca_file", &self.mail.ca_file),
        ] {
            if let Some(path) = path.as_ref().filter(|path| !path.exists()) {
                mistakes.push(ConfigError::Invalid { key, reason: format!("`{}` is not there", path.display()) });
            }
        }
        all_of(mistakes)
    }

    /// Which names may be taken.
    ///
    /// # Errors
    /// [`NameError`] of a reserved word that no namespace can be.
    pub fn name_rules(&self) -> Result<NameRules, NameError> {
        Ok(NameRules {
            reserved: ReservedNames::shipped().and(&self.names.reserved)?,
            cool_down: time::Duration::try_from(self.names.cool_down.0).unwrap_or(time::Duration::MAX),
            open: self.publishers.open,
            most_of_a_person: self.publishers.most_of_a_person,
        })
    }

    /// Whether people whom nobody knows release what nobody has seen: they make publishers, and first releases are not reviewed.
    pub fn lets_strangers_release(&self) -> bool {
        let policy = &self.review.when;
        let is_seen = *policy == Policy::Always || policy.asks_for(Cause::FirstRelease, None);
        self.publishers.open && !is_seen
    }

    /// How much every publisher may publish.
    pub fn quota(&self) -> Quota {
        let Quotas { modules, package_bytes, releases_a_day } = &self.quotas;
        Quota { modules: *modules, package_bytes: package_bytes.0, releases_a_day: *releases_a_day }
    }

    /// How webhooks are told.
    pub fn webhook_rules(&self) -> WebhookRules {
        let Webhooks { retry_for, first_retry, allow_loopback } = &self.webhooks;
        WebhookRules { retry_for: retry_for.0, first_retry: first_retry.0, loopback: *allow_loopback }
    }

    /// Who is believed about runs of workflows.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`]
    pub fn workflow_issuers(&self) -> Result<Vec<(Provider, String)>, ConfigError> {
        let text = self.trusted_publishing.issuers.trim();
        let invalid = |reason: String| ConfigError::Invalid { key: "trusted_publishing.issuers", reason };
        let read = |entry: &str| {
            let entry = entry.trim();
            let (word, issuer) = entry.split_once('=').unwrap_or(("", entry));
            let provider = Provider::ALL.into_iter().find(|provider| provider.as_str() == word.trim());
            let url = Url::parse(issuer.trim()).ok();
            let is_good = url.is_some_and(|url| is_safe(&url) && url.query().or(url.fragment()).is_none());
            // As it is written: issuers are compared as text.
            let named = provider.filter(|_| is_good).map(|provider| (provider, issuer.trim().to_owned()));
            named.ok_or_else(|| {
                invalid(format!(
                    "`{entry}` must be `github=https://…` or `gitlab=https://…` without `?` and `#`; http is for this machine only"
                ))
            })
        };
        if text.is_empty() { Ok(Vec::new()) } else { text.split(',').map(read).collect() }
    }

    /// Of a provider, all is said that it takes.
    fn check_openid(&self) -> Result<(), ConfigError> {
        let invalid = |key, reason: &str| Err(ConfigError::Invalid { key, reason: reason.to_owned() });
        let section = &self.openid;
        let Some(issuer) = &section.issuer else {
            if section.client_id.is_some() || section.client_secret.is_some() {
                return invalid("openid.issuer", "it is missing, and the other keys of the provider are there");
            }
            return Ok(());
        };
        let url = Url::parse(issuer).ok().filter(|url| is_safe(url) && url.query().or(url.fragment()).is_none());
        if url.is_none() {
            return invalid(
                "openid.issuer",
                "it must be `https://…` without `?` and `#`; http is for this machine only",
            );
        }
        if section.client_id.is_none() {
            return invalid(
                "openid.client_id",
                "it is missing: the provider gives it when the registry is registered there",
            );
        }
        if section.name.trim().is_empty() || section.name.chars().count() > MAX_NAME_CHARS {
            return invalid("openid.name", "it must have 1 to 40 characters");
        }
        if self.server.public_url.is_none() && !self.server.listen.ip().is_loopback() {
            return invalid(
                "server.public_url",
                "it is missing: the provider sends browsers back there (openid.issuer)",
            );
        }
        Ok(())
    }

    /// Without passwords there is another way in.
    fn check_passwords(&self) -> Result<(), ConfigError> {
        if self.accounts.passwords == Passwords::On || self.openid.issuer.is_some() {
            return Ok(());
        }
        let reason = "nobody could sign in: set `openid.issuer` and `openid.client_id`, or leave passwords `on`";
        Err(ConfigError::Invalid { key: "accounts.passwords", reason: reason.to_owned() })
    }

    /// By what people come in.
    pub const fn ways_in(&self) -> WaysIn {
        WaysIn { passwords: self.accounts.passwords, second_factor: self.accounts.second_factor }
    }

    /// Whether the world reaches this server by https: the condition for HSTS.
    pub fn is_https(&self) -> bool {
        self.server.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}

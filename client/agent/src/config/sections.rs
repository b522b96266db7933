//! Every key, its documentation and its default.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use adx_index::advisory::Severity;
use adx_trust::Pattern;
use secrecy::{ExposeSecret as _, SecretString};
use semver::Version;
use url::Url;

use super::{Block, ConfigError, KeyReference, Loader, Namespaces, Size, Span, setting::Setting};

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
            /// The registries beside that of `[registry]`, by their names.
            pub further_registries: BTreeMap<String, FurtherRegistry>,
        }

        impl Config {
            pub(super) fn take(&mut self, loader: &mut Loader) -> Result<(), ConfigError> {
                $( $( loader.take(
                    concat!(stringify!($section), ".", stringify!($key)),
                    &mut self.$section.$key,
                )?; )+ )+
                Ok(())
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

/// What the registry of `[registry]` is called.
pub const MAIN_REGISTRY: &str = "main";

/// A registry of a table `[registries.NAME]`.
#[derive(Clone, Debug)]
pub struct FurtherRegistry {
    /// Base address, as `registry.url`.
    pub url: Url,
    /// File with its first root.
    pub root: PathBuf,
    /// Which namespaces come from it.
    pub namespaces: Namespaces,
}

sections! {
    /// The HTTP API.
    server: Server {
        /// Where to listen. Port 0 takes a free one; the ready file says which.
        listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8788)),
        /// Threads that serve HTTP.
        workers: usize = 2,
        /// File with the administrator's token; made with a fresh token when it is not there.
        /// Empty: `admin.token` in `data.dir`.
        admin_token_file: PathBuf = PathBuf::new(),
        /// How long running calls may still take when the agent is asked to stop.
        drain: Span = Span::secs(30),
        /// The largest JSON body accepted: stops a caller from filling the memory.
        body: Size = Size::mib(1),
        /// The largest bundle accepted: stops one from filling the disk.
        bundle: Size = Size::mib(4096),
    }

    /// Where things are kept.
    data: Data {
        /// Folder of everything the agent keeps.
        dir: PathBuf = PathBuf::from("adx-agent-data"),
    }

    /// The agent's own state.
    database: Database {
        /// `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`. Empty: `agent.sqlite` in `data.dir`.
        url: SecretString = SecretString::from(String::new()),
    }

    /// Where modules come from. Further registries stand in tables `[registries.NAME]`, each with `url`, `root` and
    /// `namespaces`: a module is looked for in the registry that its namespace is mapped to, and nowhere else.
    registry: Registry {
        /// Base address of the registry, or of a mirror of it.
        url: Url = Url::parse("http://127.0.0.1:8787").expect("the default address is one"),
        /// File with the registry's first root, `1.root.json`, from whoever runs it: what everything else is verified by.
        root: PathBuf = PathBuf::new(),
        /// Which namespaces come from it; `*` stands for those that no other registry has.
        namespaces: Namespaces = Namespaces::rest(),
        /// Longest time to wait for a connection.
        connect: Span = Span::secs(10),
        /// Longest time that an answer may take as a whole, and a second more for each 8 KiB of it.
        answer: Span = Span::secs(30),
    }

    /// The platform that modules run on.
    platform: Platform {
        /// What `module.compatibility.adx_core_version` is held against.
        version: Version = Version::new(1, 0, 0),
    }

    /// How new releases are noticed.
    sync: Sync {
        /// Whether the change feed is followed.
        enabled: bool = true,
        /// How often each registry's metadata is asked for news, whatever its feed says: by it the agent learns what was
        /// revoked, and of releases on a mirror that has no feed.
        refresh: Span = Span::secs(60),
        /// How long one long poll may stay open; the registry allows 60 seconds.
        wait: Span = Span::secs(50),
        /// Wait after the first failure; doubled after each one, with jitter.
        backoff_min: Span = Span::millis(250),
        /// Longest wait between two attempts.
        backoff_max: Span = Span::secs(60),
    }

    /// What is done about advisories of the registries. They are told of in any case, and never stop what runs.
    advisories: Advisories {
        /// From which severity on an affected version is not installed anew, nor updated to: `low`, `medium`, `high`, `critical`, or
        /// `never`.
        block_install: Block = Block::From(Severity::Critical),
        /// Whether a version that an operator of the registry calls affected is updated also where new versions are not installed as
        /// they appear: within the installation's requirement and grants, and after the cooldown.
        update: bool = true,
        /// Whether a release that mends what an operator of the registry calls critical need not wait for the cooldown. Who has the
        /// registry's online keys and a publisher's could then bring a release past it.
        past_cooldown: bool = false,
    }

    /// Licences of modules that are not free.
    licences: Licences {
        /// How long before it takes effect a step is announced at least that takes something away: whatever a licence says, a module
        /// goes on until then.
        notice: Span = Span::secs(3 * 24 * 3_600),
    }

    /// The most that any module may ask for; a manifest may ask for less.
    calls: Calls {
        /// Wall-clock time of one call. Also the longest that draining for an update takes.
        wall: Span = Span::secs(30),
        /// Processor time of one call.
        cpu: Span = Span::secs(10),
        /// How long a call may queue while the module is updated or all its slots are taken.
        queue: Span = Span::secs(60),
        /// Memory of one call.
        memory: Size = Size::mib(256),
        /// Size of an answer.
        output: Size = Size::mib(1),
        /// Stored data of one module and tenant.
        storage: Size = Size::mib(1024),
        /// Calls of one module and tenant at a time.
        concurrent: u32 = 64,
    }

    /// The sandbox that modules run in.
    sandbox: Sandbox {
        /// Calls running at a time, over all modules and tenants.
        instances: u32 = 100,
        /// How much of `instances` one tenant may have at a time, over all its modules, in percent; further calls of it wait.
        /// Below 100, a tenant that floods its modules does not keep another one's from being served.
        tenant_percent: u32 = 25,
    }

    /// Lifecycle operations.
    operations: Operations {
        /// How often a step is tried when the registry or the disk fails it.
        attempts: u32 = 5,
        /// Longest time one step may take.
        step: Span = Span::secs(300),
    }

    /// What the process says about itself on stderr.
    log: Log {
        /// A filter such as `info` or `adx_agent=debug,info`. The resolver tells each of its steps at `info`.
        filter: String = "info,pubgrub=warn".to_owned(),
        /// One JSON object a line instead of text.
        json: bool = false,
    }
}

impl Sandbox {
    /// Calls that one tenant may have at a time; at least one.
    pub fn places_each(&self) -> usize {
        (self.instances as usize * self.tenant_percent as usize / 100).max(1)
    }
}

/// One registry of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct ConfiguredRegistry<'c> {
    /// What it is called here.
    pub name: &'c str,
    /// Base address.
    pub url: &'c Url,
    /// File with its first root.
    pub root: &'c Path,
    /// Which namespaces come from it.
    pub namespaces: &'c [Pattern],
}

impl Config {
    /// Every registry: the one of `[registry]`, called `main`, then those of `[registries.NAME]`.
    pub fn registries(&self) -> impl Iterator<Item = ConfiguredRegistry<'_>> {
        let Registry { url, root, namespaces, .. } = &self.registry;
        let main = ConfiguredRegistry { name: MAIN_REGISTRY, url, root, namespaces: &namespaces.0 };
        let further = self.further_registries.iter().map(|(name, further)| {
            let FurtherRegistry { url, root, namespaces } = further;
            ConfiguredRegistry { name, url, root, namespaces: &namespaces.0 }
        });
        std::iter::once(main).chain(further)
    }

    /// Address of the agent's database.
    pub fn database_url(&self) -> SecretString {
        if self.database.url.expose_secret().is_empty() {
            SecretString::from(format!("sqlite:{}", self.data.dir.join("agent.sqlite").display()))
        } else {
            self.database.url.clone()
        }
    }

    /// File with the administrator's token.
    pub fn admin_token_file(&self) -> PathBuf {
        if self.server.admin_token_file.as_os_str().is_empty() {
            self.data.dir.join("admin.token")
        } else {
            self.server.admin_token_file.clone()
        }
    }

    /// Checks what no single value can show.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let invalid = |key, reason: &str| Err(ConfigError::Invalid { key, reason: reason.to_owned() });
        let database = self.database.url.expose_secret();
        if !(database.is_empty()
            || ["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| database.starts_with(scheme)))
        {
            return invalid("database.url", "it must be empty or start with sqlite: or postgres://");
        }
        if !matches!(self.registry.url.scheme(), "http" | "https" | "file") {
            return invalid("registry.url", "it must start with https://, http:// or file:///");
        }
        if self.sync.refresh.0 < Duration::from_secs(1) || self.sync.refresh.0 > Duration::from_secs(6 * 3600) {
            return invalid("sync.refresh", "it must be from 1s to 6h: what was revoked runs until then");
        }
        if !(Duration::from_secs(1)..=Duration::from_secs(60)).contains(&self.sync.wait.0) {
            return invalid("sync.wait", "the registry holds a long poll open for 1 to 60 seconds");
        }
        if self.sync.backoff_min.0.is_zero() || self.sync.backoff_max.0 < self.sync.backoff_min.0 {
            return invalid("sync.backoff_max", "it must be at least sync.backoff_min, and that more than 0");
        }
        if !(Duration::from_secs(3_600)..=Duration::from_secs(30 * 24 * 3_600)).contains(&self.licences.notice.0) {
            return invalid("licences.notice", "it must be from 1h to 720h");
        }
        if self.calls.queue.0 <= self.calls.wall.0 {
            // Else a call queued behind an update could give up before the calls that the update waits for have ended.
            return invalid("calls.queue", "it must be more than calls.wall");
        }
        if self.operations.step.0 <= self.calls.wall.0 {
            // Else the step that waits for running calls could give up before they have ended.
            return invalid("operations.step", "it must be more than calls.wall");
        }
        if !(1..=100).contains(&self.sandbox.tenant_percent) {
            return invalid("sandbox.tenant_percent", "it must be from 1 to 100");
        }
        let registries: Vec<_> = self.registries().map(|registry| (registry.name, registry.namespaces)).collect();
        if let Err(error) = adx_trust::Registries::check(&registries) {
            return invalid("registries", &error.to_string());
        }
        if self.operations.attempts == 0 {
            return invalid("operations.attempts", "it must be at least 1");
        }
        Ok(())
    }
}

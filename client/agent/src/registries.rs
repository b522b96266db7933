//! The registries that modules come from: each with what is proven of it, and its change feed.

use crate::{
    clock::Clock,
    config::Config,
    feed_client::{FeedClient, FeedError},
    licences::{LeaseClient, LeaseError},
    step::StepError,
};
use adx_signing::{UtcSecond, name::ModuleId};
use adx_trust::{
    Limits, Refusal, Registry, Settings, Source, SourceError,
    bundle::{LoadError, Loaded, Unpacked},
    registries::RegistriesError,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{sync::Mutex, time::Instant};

/// Why the registries cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A first root that is not configured.
    #[error("the registry `{0}` has no root: everything that comes from it is verified by the root")]
    NoRoot(String),
    /// A root's file.
    #[error("the root of the registry `{registry}`, {}, cannot be read", path.display())]
    Root {
        /// The registry.
        registry: String,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// An address.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Names, namespaces, or what is remembered of one.
    #[error(transparent)]
    Registries(#[from] RegistriesError),
    /// The client for a feed.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The client for leases.
    #[error(transparent)]
    Leases(#[from] LeaseError),
}

/// All registries of the agent.
pub struct Registries {
    proven: adx_trust::Registries,
    feeds: BTreeMap<String, FeedClient>,
    /// Those that can give leases.
    leases: BTreeMap<String, LeaseClient>,
    /// Those that turned out to have none: mirrors.
    without_feed: parking_lot::Mutex<BTreeSet<String>>,
    /// When each was refreshed last; held while it is.
    refreshed: BTreeMap<String, Mutex<Option<Instant>>>,
    clock: Arc<dyn Clock>,
}

impl Registries {
    /// Opens those of the configuration, with what is remembered of them below `folder`.
    pub fn open(config: &Config, folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let limits =
            Limits { connect: config.registry.connect.0, patience: config.registry.answer.0, ..Limits::default() };
        let mut settings = Vec::new();
        let (mut feeds, mut leases) = (BTreeMap::new(), BTreeMap::new());
        for registry in config.registries() {
            let path = registry.root.to_owned();
            if path.as_os_str().is_empty() {
                return Err(OpenError::NoRoot(registry.name.to_owned()));
            }
            let root = std::fs::read(&path).map_err(|source| OpenError::Root {
                registry: registry.name.to_owned(),
                path,
                source,
            })?;
            if matches!(registry.url.scheme(), "http" | "https") {
                feeds.insert(registry.name.to_owned(), FeedClient::new(&config.registry, registry.url)?);
                leases.insert(registry.name.to_owned(), LeaseClient::new(&config.registry, registry.url)?);
            }
            settings.push(Settings {
                name: registry.name.to_owned(),
                source: Source::parse(registry.url.as_str(), &limits)?,
                root,
                namespaces: registry.namespaces.to_vec(),
            });
        }
        let proven = adx_trust::Registries::open(folder, &settings)?;
        let refreshed = settings.into_iter().map(|settings| (settings.name, Mutex::default())).collect();
        Ok(Self { proven, feeds, leases, without_feed: parking_lot::Mutex::default(), refreshed, clock })
    }

    /// The names of all of them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.proven.iter().map(Registry::name)
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Registry> {
        self.proven.iter()
    }

    /// The feed of one, if it can have one.
    pub fn feed(&self, name: &str) -> Option<&FeedClient> {
        self.feeds.get(name)
    }

    /// Who gives leases of a module, if its registry can.
    pub(crate) fn leases(&self, module: &ModuleId) -> Option<&LeaseClient> {
        self.leases.get(self.of(module).ok()?.name())
    }

    /// Notes whether one was found to have a feed.
    pub fn set_feed(&self, name: &str, found: bool) {
        let mut without = self.without_feed.lock();
        if found {
            without.remove(name);
        } else if without.insert(name.to_owned()) {
            tracing::info!(registry = name, "it has no change feed: releases are noticed when its metadata changes");
        }
    }

    /// The registry of this name.
    pub fn named(&self, name: &str) -> Option<&Registry> {
        self.proven.named(name)
    }

    /// The registry that has a module's namespace.
    pub(crate) fn of(&self, module: &ModuleId) -> Result<&Registry, StepError> {
        self.proven.of(module).ok_or_else(|| {
            let namespace = &module.namespace;
            StepError::refused(
                "no-registry",
                format!(
                    "no registry of this agent has the namespace {namespace}: give it to one, `registry.namespaces`"
                ),
            )
        })
    }

    /// Whether a module comes from the registry of this name. A registry has no say about the modules of another.
    pub(crate) fn is_of(&self, module: &ModuleId, name: &str) -> bool {
        self.of(module).is_ok_and(|found| found.name() == name)
    }

    /// Brings one up to date, as of `then` at least: where somebody else did it, who began since, what they found is enough. Returns
    /// the version of its timestamp if this call did it.
    pub async fn refresh(&self, registry: &Registry, then: Instant) -> Result<Option<u64>, Refusal> {
        let Some(last) = self.refreshed.get(registry.name()) else { return Ok(None) };
        let mut last = last.lock().await;
        if last.is_some_and(|began| began >= then) {
            return Ok(None);
        }
        let began = Instant::now();
        let refreshed = registry.refresh(self.now()).await?;
        *last = Some(began);
        if let Some(refusal) = &refreshed.carried {
            tracing::warn!(registry = registry.name(), %refusal, "read from what was carried here, not from its address");
        }
        Ok(Some(refreshed.timestamp_version))
    }

    /// Unpacks a bundle aside. Takes its time, so call it off the reactor.
    pub fn unpack(&self, bundle: impl Read) -> Result<Unpacked, LoadError> {
        self.proven.unpack(bundle)
    }

    /// Takes an unpacked bundle, if what is known of its registry allows it.
    pub async fn load(&self, bundle: Unpacked) -> Result<Loaded, LoadError> {
        self.proven.load(bundle, self.now()).await
    }

    /// The time by which freshness is judged.
    pub fn now(&self) -> UtcSecond {
        self.clock.now().into()
    }
}

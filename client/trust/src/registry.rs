//! One registry: its metadata, its log and its index, under one state folder.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use adx_index::{limits::MAX_PACKAGE_BYTES, line::IndexLine};
use adx_signing::{
    Digest, KeyId, ModuleId, UtcSecond,
    envelope::MAX_ENVELOPE_BYTES,
    log::{TilePath, TreeHead},
    tuf::{
        TargetFile, TargetName,
        control::{IndexFile, shard_of},
    },
};
use semver::Version;
use tokio::sync::Mutex;

use crate::{
    address,
    clock::LatestTime,
    control::{self, ControlFiles},
    decide::registered,
    evidence::Evidence,
    index::{IndexCache, fetch_shard, not_served},
    log::{Included, Log, LogError},
    namespaces::Namespaces,
    refusal::{InclusionRefusal, IndexRefusal, Refusal, TargetRefusal},
    repository::{Profile, Repository, RepositoryError, expected},
    selection::Lines,
    source::Source,
    state::StateFolder,
    step::Proof,
};

/// Most leaves fetched of the history of a namespace's keys. Of a longer one the last are missing, so that it is refused.
const MAX_HISTORY_LEAVES: usize = 256;
/// How long to wait before the index is asked again that did not fit its metadata: a round that is being published ends within.
const INDEX_PAUSES: [Duration; 4] =
    [Duration::from_millis(50), Duration::from_millis(200), Duration::from_millis(500), Duration::from_secs(1)];

/// A registry that is believed as far as its proofs go.
#[derive(Debug)]
pub struct Registry {
    name: String,
    namespaces: Arc<Namespaces>,
    source: Source,
    /// Held over whole operations: what is trusted changes in one order, one refresh after the other.
    trusted: Mutex<Trusted>,
}

#[derive(Debug)]
struct Trusted {
    state: StateFolder,
    repository: Repository,
    log: Log,
    latest: LatestTime,
    control: Option<Arc<ControlFiles>>,
    index: IndexCache,
    /// How the last refresh ended, where asking again would not help.
    refused: Option<Refusal>,
}

/// All that a registry serves but for packages, envelopes and tiles, by address.
pub(crate) struct Inventory {
    /// What never changes under its name: versioned metadata but for roots, control files, shards.
    pub(crate) immutable: Vec<(String, Vec<u8>)>,
    /// Every index file, with what is listed of it.
    pub(crate) index: Vec<(String, IndexFile)>,
    /// The log's checkpoint.
    pub(crate) checkpoint: Vec<u8>,
    /// What points at all else, in the order in which it must be written: roots, timestamp.
    pub(crate) changing: Vec<(String, Vec<u8>)>,
    /// The packages that are listed, by the names of their targets.
    pub(crate) targets: BTreeMap<String, TargetFile>,
    pub(crate) timestamp_version: u64,
}

/// What a refresh found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refreshed {
    /// The version of the timestamp: another one means that something may have changed.
    pub timestamp_version: u64,
    /// The log's tree.
    pub head: TreeHead,
}

impl Lines for (&Registry, UtcSecond) {
    async fn modules(&self) -> Result<Vec<ModuleId>, Refusal> {
        self.0.modules().await
    }

    async fn lines(&self, module: &ModuleId) -> Result<Vec<IndexLine>, Refusal> {
        self.0.lines(module, self.1).await
    }
}

impl Registry {
    /// Opens a registry, with what is remembered of it in `state`. `root` is its first root, handed over out of band.
    ///
    /// # Errors
    /// [`Refusal::Metadata`], [`Refusal::Checkpoint`] or [`Refusal::State`] for a root that is none, a folder in use or a file
    /// that is damaged.
    pub fn open(
        name: &str,
        source: Source,
        root: &[u8],
        state: &Path,
        namespaces: Arc<Namespaces>,
    ) -> Result<Self, Refusal> {
        let state = StateFolder::open(state)?;
        let repository = Repository::open(
            &state.metadata(),
            Some(root),
            source.below(address::TUF),
            source.below(address::TARGETS),
            Profile::Registry,
        )
        .map_err(Refusal::Metadata)?;
        let log = Log::open(source.clone(), &state).map_err(Refusal::Checkpoint)?;
        let latest = LatestTime::read(&state)?;
        // A kill list that is damaged is told now, not when it is needed.
        control::last_revocations(&state)?;
        let index = IndexCache::default();
        let trusted = Trusted { state, repository, log, latest, control: None, index, refused: None };
        Ok(Self { name: name.to_owned(), namespaces, source, trusted: Mutex::new(trusted) })
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its files come from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Brings what is trusted up to date: metadata, control files, the log's checkpoint, in this order, so that the log is never
    /// behind the metadata that points into it.
    ///
    /// # Errors
    /// The [`Refusal`] of the first of them that does not hold.
    pub async fn refresh(&self, now: UtcSecond) -> Result<Refreshed, Refusal> {
        self.trusted.lock().await.refresh(now).await
    }

    /// The released versions of a module, oldest first; none for a module that the registry does not have.
    ///
    /// # Errors
    /// [`Refusal::Namespace`] for a module of another registry, [`Refusal::Index`] for an index that is not the one signed.
    pub async fn lines(&self, module: &ModuleId, now: UtcSecond) -> Result<Vec<IndexLine>, Refusal> {
        self.check_namespace(module)?;
        self.trusted.lock().await.lines(&self.source, module, now).await
    }

    /// Every module that the index has.
    ///
    /// # Errors
    /// [`Refusal::Index`] for an index that is not the one signed.
    pub async fn modules(&self) -> Result<Vec<ModuleId>, Refusal> {
        self.trusted.lock().await.modules(&self.source).await
    }

    /// Gathers what speaks for a release. Refresh before; nothing is decided here.
    pub async fn evidence(&self, module: &ModuleId, version: &Version, now: UtcSecond) -> Evidence {
        let namespace = self.check_namespace(module);
        let mut trusted = self.trusted.lock().await;
        let mut evidence = Evidence {
            registry: self.name.clone(),
            module: module.clone(),
            version: version.clone(),
            latest: trusted.latest.latest(),
            namespace,
            metadata: Err(Refusal::NotAsked { proof: Proof::Metadata }),
            target: Err(Refusal::NotAsked { proof: Proof::Target }),
            checkpoint: Err(Refusal::NotAsked { proof: Proof::Checkpoint }),
            leaf: Err(Refusal::NotAsked { proof: Proof::Inclusion }),
            key_leaves: BTreeMap::new(),
            control: None,
        };
        // Another registry's module is not looked for here, not even to say that it is missing.
        if evidence.namespace.is_ok() {
            trusted.gather(&self.source, &mut evidence, now).await;
        }
        evidence
    }

    /// Streams a package into a new file: the one whose hash and length the metadata lists. What was written of a download that
    /// failed is the caller's to remove.
    ///
    /// # Errors
    /// [`Refusal::NotServed`] where the source has it not, [`Refusal::Target`] for other bytes.
    pub async fn download(&self, target: &TargetFile, to: &Path) -> Result<(), Refusal> {
        let cap = target.length.min(MAX_PACKAGE_BYTES);
        let found = self.source.download(&address::package(&target.sha256), cap, to).await?;
        let (found, length) = found.ok_or_else(|| not_served(format!("package {}", target.sha256), &self.source))?;
        if length != target.length {
            return Err(Refusal::Target(TargetRefusal::Length { listed: target.length, found: length }));
        }
        if found != target.sha256 {
            return Err(Refusal::Target(TargetRefusal::Hash { listed: target.sha256, found }));
        }
        Ok(())
    }

    /// The publisher's signed statement about a package, unverified.
    ///
    /// # Errors
    /// [`Refusal::NotServed`] and [`Refusal::Source`].
    pub async fn envelope(&self, package: &Digest) -> Result<Vec<u8>, Refusal> {
        let bytes = self.source.get(&address::envelope(package), MAX_ENVELOPE_BYTES as u64).await?;
        bytes.ok_or_else(|| not_served(format!("the envelope of package {package}"), &self.source))
    }

    /// Why an installed release must not run any more, if it must not: by the kill list as it was last known, without a network.
    ///
    /// # Errors
    /// [`Refusal::State`] for a kill list that is damaged or cannot be read: then nothing is known, which is no.
    pub async fn revoked(&self, package: &Digest, signed_by: &[KeyId], leaf: u64) -> Result<Option<String>, Refusal> {
        let trusted = self.trusted.lock().await;
        let revocations = control::last_revocations(&trusted.state)?;
        Ok(control::revoked(&revocations, package, signed_by, leaf))
    }

    /// Until when the metadata is fresh that is trusted now.
    pub(crate) async fn fresh_until(&self) -> UtcSecond {
        let expiries = self.trusted.lock().await.repository.expiries(None);
        expiries.into_iter().map(|(_, expires)| expires).min().unwrap_or(time::OffsetDateTime::UNIX_EPOCH.into())
    }

    /// The version of the timestamp that is trusted now.
    pub(crate) async fn timestamp_version(&self) -> u64 {
        self.trusted.lock().await.repository.timestamp_version().unwrap_or(0)
    }

    /// A tile of the log, unverified.
    pub(crate) async fn tile(&self, tile: &TilePath) -> Result<Vec<u8>, Refusal> {
        self.trusted.lock().await.log.tile(tile).await.map_err(Refusal::Checkpoint)
    }

    /// All that the registry serves but for packages, envelopes and tiles, verified.
    pub(crate) async fn inventory(&self, now: UtcSecond) -> Result<Inventory, Refusal> {
        self.trusted.lock().await.inventory(&self.source, now).await
    }

    fn check_namespace(&self, module: &ModuleId) -> Result<(), Refusal> {
        let belongs_to = self.namespaces.registry_of(&module.namespace);
        if belongs_to == Some(self.name.as_str()) {
            return Ok(());
        }
        let belongs_to = belongs_to.map(str::to_owned);
        Err(Refusal::Namespace { module: module.clone(), belongs_to, registry: self.name.clone() })
    }
}

impl Trusted {
    async fn refresh(&mut self, now: UtcSecond) -> Result<Refreshed, Refusal> {
        let refreshed = self.try_refresh(now).await;
        // What is still fresh may be used while the network is down, but not after somebody was caught lying.
        let lied = |refusal: &&Refusal| {
            !refusal.is_passing() || matches!(refusal, Refusal::Checkpoint(LogError::Rewound { .. }))
        };
        self.refused = refreshed.as_ref().err().filter(lied).cloned();
        refreshed
    }

    async fn try_refresh(&mut self, now: UtcSecond) -> Result<Refreshed, Refusal> {
        self.latest.check(now).map_err(Refusal::Clock)?;
        self.repository.refresh(now).await.map_err(Refusal::Metadata)?;
        let control = ControlFiles::fetch(&mut self.repository, &self.state, now).await.map_err(Refusal::Metadata)?;
        let control = self.control.insert(Arc::new(control));
        self.log.advance(&control.policy, &self.state, now).await.map_err(Refusal::Checkpoint)?;
        self.latest.advance(now, &self.state)?;
        let head = self.log.head().ok_or(Refusal::Checkpoint(LogError::NoCheckpoint))?;
        Ok(Refreshed { timestamp_version: self.repository.timestamp_version().unwrap_or(0), head })
    }

    async fn lines(&mut self, source: &Source, module: &ModuleId, now: UtcSecond) -> Result<Vec<IndexLine>, Refusal> {
        let mut pauses = INDEX_PAUSES.iter();
        loop {
            match self.try_lines(source, module).await {
                // The registry publishes index files and then the metadata that lists them: between the two they do not fit.
                Err(refusal @ Refusal::Index(IndexRefusal::NotListed { .. })) => match pauses.next() {
                    Some(pause) => tokio::time::sleep(*pause).await,
                    None => return Err(refusal),
                },
                other => return other,
            }
            self.refresh(now).await?;
        }
    }

    async fn try_lines(&mut self, source: &Source, module: &ModuleId) -> Result<Vec<IndexLine>, Refusal> {
        let control = self.control.as_ref().ok_or(Refusal::Metadata(RepositoryError::NotRefreshed))?;
        let path = adx_index::line::index_path(module);
        match control.index.shards.get(&shard_of(&path)) {
            Some(listed) => self.index.lines(source, listed, &path, module).await,
            None => Ok(Vec::new()),
        }
    }

    async fn modules(&self, source: &Source) -> Result<Vec<ModuleId>, Refusal> {
        let control = self.control.as_ref().ok_or(Refusal::Metadata(RepositoryError::NotRefreshed))?;
        let mut modules = Vec::new();
        for listed in control.index.shards.values() {
            let (shard, file, _) = fetch_shard(source, listed).await?;
            for path in shard.files.keys() {
                modules.push(module_of(path, &file)?);
            }
        }
        Ok(modules)
    }

    async fn inventory(&mut self, source: &Source, now: UtcSecond) -> Result<Inventory, Refusal> {
        let control = self.control.clone().ok_or(Refusal::Metadata(RepositoryError::NotRefreshed))?;
        let metadata = self.repository.everything(now).await.map_err(Refusal::Metadata)?;
        let at = |folder: &str, files: Vec<(String, Vec<u8>)>| {
            files.into_iter().map(|(file, bytes)| (format!("{folder}/{file}"), bytes)).collect::<Vec<_>>()
        };
        let mut immutable = at(address::TUF, metadata.versioned);
        immutable.extend(at(address::TARGETS, control::stored(&self.state)?));
        let mut index = Vec::new();
        for listed in control.index.shards.values() {
            let (shard, file, bytes) = fetch_shard(source, listed).await?;
            for (path, listed) in shard.files {
                // What is no module's would be a path of somebody's choice.
                module_of(&path, &file)?;
                index.push((format!("index/{path}"), listed));
            }
            immutable.push((file, bytes));
        }
        let checkpoint = self.log.checkpoint().ok_or(Refusal::Checkpoint(LogError::NoCheckpoint))?;
        let checkpoint = checkpoint.note().to_string().into_bytes();
        index.sort_by(|(one, _), (other, _): &(String, IndexFile)| one.cmp(other));
        let mut changing = at(address::TUF, metadata.roots);
        changing.extend(at(address::TUF, vec![("timestamp.json".to_owned(), metadata.timestamp)]));
        let timestamp_version = self.repository.timestamp_version().unwrap_or(0);
        Ok(Inventory { immutable, index, checkpoint, changing, targets: metadata.targets, timestamp_version })
    }

    async fn gather(&mut self, source: &Source, evidence: &mut Evidence, now: UtcSecond) {
        if let Some(refusal) = self.refused.clone() {
            match refusal {
                Refusal::Checkpoint(_) => evidence.checkpoint = Err(refusal),
                other => evidence.metadata = Err(other),
            }
        }
        let Some(control) = self.control.clone() else {
            if !matches!(evidence.metadata, Err(Refusal::Metadata(_) | Refusal::Clock(_))) {
                evidence.metadata = Err(Refusal::Metadata(RepositoryError::NotRefreshed));
            }
            return;
        };
        evidence.control = Some(Arc::clone(&control));
        let role;
        (role, evidence.target) = self.target(&evidence.module, &evidence.version, now).await;
        if matches!(evidence.metadata, Err(Refusal::NotAsked { .. })) {
            evidence.metadata = Ok(self.repository.expiries(role.as_deref()));
        }
        if !matches!(evidence.checkpoint, Err(Refusal::Checkpoint(_))) {
            evidence.checkpoint = self.log.head().ok_or(Refusal::Checkpoint(LogError::NoCheckpoint));
        }
        evidence.leaf = self.leaf(source, &evidence.module, &evidence.version, now).await;
        if evidence.leaf.is_ok()
            && let Some((namespace, _)) = registered(&control.keys, &evidence.module.namespace)
        {
            for leaf in control.keys.history_leaves(namespace).into_iter().take(MAX_HISTORY_LEAVES) {
                evidence.key_leaves.insert(leaf, self.log.leaf(leaf).await);
            }
        }
    }

    /// What the metadata lists of a package, and the role that does.
    async fn target(
        &mut self,
        module: &ModuleId,
        version: &Version,
        now: UtcSecond,
    ) -> (Option<String>, Result<TargetFile, Refusal>) {
        let name = match TargetName::of_package(module, version) {
            Ok(name) => name,
            Err(error) => return (None, Err(Refusal::Target(TargetRefusal::Name(error.to_string())))),
        };
        match self.repository.locate(name.as_str(), now).await {
            Ok(Some(found)) => {
                let listed = expected(&name, &found.file).map_err(Refusal::Metadata);
                (Some(found.role), listed)
            }
            Ok(None) => (None, Err(Refusal::Target(TargetRefusal::NotListed { name: name.to_string() }))),
            Err(error) => (None, Err(Refusal::Metadata(error))),
        }
    }

    /// The leaf that the index names for a release.
    async fn leaf(
        &mut self,
        source: &Source,
        module: &ModuleId,
        version: &Version,
        now: UtcSecond,
    ) -> Result<Included, Refusal> {
        let lines = self.lines(source, module, now).await?;
        let line = lines.into_iter().find(|line| line.version == *version);
        let line = line.ok_or_else(|| {
            let (module, version) = (module.clone(), version.clone());
            Refusal::Index(IndexRefusal::NoRelease { module, version, registry: source.to_string() })
        })?;
        let no_leaf = || InclusionRefusal::NoLeaf { module: module.clone(), version: version.clone() };
        let leaf = line.leaf.ok_or_else(|| Refusal::Inclusion(no_leaf()))?;
        self.log.leaf(leaf).await.map_err(|error| Refusal::Inclusion(InclusionRefusal::Log(error)))
    }
}

/// The module whose index file this is.
fn module_of(path: &str, shard: &str) -> Result<ModuleId, Refusal> {
    let module = path.get(6..).and_then(|name| name.parse::<ModuleId>().ok());
    let module = module.filter(|module| adx_index::line::index_path(module) == path);
    let malformed = || IndexRefusal::Malformed { file: shard.to_owned(), why: format!("`{path}` is no module's") };
    module.ok_or_else(|| Refusal::Index(malformed()))
}

//! One registry: its metadata, its log and its index, under one state folder.

mod fetch;
mod gather;
mod hold;
mod inventory;
mod spelling;
mod trusted;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use adx_index::{advisory::AdvisoryList, line::IndexLine};
use adx_signing::{
    Digest, KeyId, ModuleId, UtcSecond,
    licence::Authority,
    log::{TilePath, TreeHead},
};
use semver::Version;
use tokio::sync::Mutex;

pub(crate) use self::inventory::Inventory;
use self::{spelling::other_spellings, trusted::Trusted};
use crate::{
    address, advisories, bundle::Loaded, clock::LatestTime, control, evidence::Evidence, log::Witnessed,
    namespaces::Namespaces, refusal::Refusal, selection::Lines, source::Source, state::StateFolder, step::Proof,
};

/// A registry that is believed as far as its proofs go.
#[derive(Debug)]
pub struct Registry {
    name: String,
    namespaces: Arc<Namespaces>,
    source: Source,
    /// Where the kill list is: read beside `trusted`, for whether something must stop waits for no network.
    state: Arc<StateFolder>,
    /// Held over whole operations: what is trusted changes in one order, one refresh after the other.
    trusted: Mutex<Trusted>,
}

/// What a refresh found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refreshed {
    /// The version of the timestamp: another one means that something may have changed.
    pub timestamp_version: u64,
    /// The log's tree.
    pub head: TreeHead,
    /// Why it was not found at the registry's own address but in the bundles that were carried here.
    pub carried: Option<Refusal>,
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
        let (trusted, source) = Trusted::open(source, root, state)?;
        let (name, state) = (name.to_owned(), Arc::clone(&trusted.state));
        Ok(Self { name, namespaces, source, state, trusted: Mutex::new(trusted) })
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its files come from: its address, or the bundles that were carried here, whichever the last refresh used.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Brings what is trusted up to date: metadata, control files, the log's checkpoint, in this order, so that the log is never
    /// behind the metadata that points into it. Where the registry's address does not answer or is behind, kept bundles are asked.
    ///
    /// # Errors
    /// The [`Refusal`] of the first of them that does not hold.
    pub async fn refresh(&self, now: UtcSecond) -> Result<Refreshed, Refusal> {
        self.trusted.lock().await.refresh(now).await
    }

    /// Whether an unpacked bundle was signed for this registry, fresh or not.
    pub(crate) async fn recognises(&self, unpacked: &Path) -> Result<bool, Refusal> {
        let trusted = self.trusted.lock().await;
        trusted.repository.recognises(&Source::folder(unpacked).below(address::TUF)).await.map_err(Refusal::Metadata)
    }

    /// Takes an unpacked bundle of this registry, and brings what is trusted up to it.
    pub(crate) async fn take(&self, unpacked: &Path, now: UtcSecond) -> Result<Loaded, Refusal> {
        let is_ours = |module: &ModuleId| self.check_namespace(module).is_ok();
        let mut trusted = self.trusted.lock().await;
        let (releases, refreshed) = trusted.take(unpacked, is_ours, now).await?;
        let Refreshed { timestamp_version, head, .. } = refreshed;
        let fresh_until = trusted.fresh_until();
        Ok(Loaded { registry: self.name.clone(), timestamp_version, head, fresh_until, releases })
    }

    /// The released versions of a module, oldest first; none for a module that the registry does not have.
    ///
    /// # Errors
    /// [`Refusal::Namespace`] for a module of another registry, [`Refusal::Index`] for an index that is not the one signed.
    pub async fn lines(&self, module: &ModuleId, now: UtcSecond) -> Result<Vec<IndexLine>, Refusal> {
        self.check_namespace(module)?;
        self.trusted.lock().await.lines(&self.source, module, now).await
    }

    /// How the registry writes a module that it has no lines of, if that differs in `-` and `_` alone.
    ///
    /// # Errors
    /// [`Refusal::Index`] for an index that is not the one signed.
    pub async fn spelled(&self, module: &ModuleId, now: UtcSecond) -> Result<Option<ModuleId>, Refusal> {
        for other in other_spellings(module) {
            if !self.lines(&other, now).await?.is_empty() {
                return Ok(Some(other));
            }
        }
        Ok(None)
    }

    /// Every module that the index has.
    ///
    /// # Errors
    /// [`Refusal::Index`] for an index that is not the one signed.
    pub async fn modules(&self) -> Result<Vec<ModuleId>, Refusal> {
        self.trusted.lock().await.modules(&self.source).await
    }

    /// Who watched the log's last checkpoint; none before a refresh found one.
    pub async fn witnessed(&self) -> Option<Witnessed> {
        self.trusted.lock().await.log.witnessed()
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

    /// Why an installed release must not run any more, if it must not: by the kill list as it was last known, without a network,
    /// and without waiting for a refresh that is under way.
    ///
    /// # Errors
    /// [`Refusal::State`] for a kill list that is damaged or cannot be read: then nothing is known, which is no.
    pub fn revoked(&self, package: &Digest, signed_by: &[KeyId], leaf: u64) -> Result<Option<String>, Refusal> {
        // The file is replaced at once: read meanwhile it is the one before or the one after.
        let revocations = control::last_revocations(&self.state)?;
        Ok(control::revoked(&revocations, package, signed_by, leaf))
    }

    /// Whose signature under a licence counts and what was taken back, as it was last known, without a network, and without waiting
    /// for a refresh that is under way. None of a registry that signs no licences.
    ///
    /// # Errors
    /// [`Refusal::State`] for a kill list that is damaged or cannot be read.
    pub fn licence_authority(&self) -> Result<Option<Authority>, Refusal> {
        Ok(control::last_revocations(&self.state)?.licences)
    }

    /// The latest time that fresh metadata vouched for, as it was last written down; none before the first.
    ///
    /// # Errors
    /// [`Refusal::State`] for a file that is damaged or cannot be read.
    pub fn latest_time(&self) -> Result<Option<UtcSecond>, Refusal> {
        Ok(LatestTime::read(&self.state)?.latest())
    }

    /// Every advisory of the registry, as it was last known, without a network, and without waiting for a refresh that is under way.
    ///
    /// # Errors
    /// [`Refusal::State`] for a list that is damaged or cannot be read.
    pub fn advisories(&self) -> Result<AdvisoryList, Refusal> {
        Ok(advisories::last(&self.state)?)
    }

    /// Why the list of advisories is older than the metadata that are trusted, if it is: a mirror may not have it.
    pub async fn advisories_behind(&self) -> Option<Refusal> {
        self.trusted.lock().await.advisories_behind.clone()
    }

    /// Until when the metadata is fresh that is trusted now.
    pub(crate) async fn fresh_until(&self) -> UtcSecond {
        self.trusted.lock().await.fresh_until()
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

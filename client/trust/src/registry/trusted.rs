//! What is trusted of a registry, and how it changes: one refresh after the other.

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

use adx_index::line::IndexLine;
use adx_signing::{ModuleId, UtcSecond, tuf::control::shard_of};
use semver::Version;

use super::{Refreshed, hold};
use crate::{
    address, advisories,
    bundle::{self, Kept},
    clock::LatestTime,
    control::{self, ControlFiles},
    index::IndexCache,
    log::{FORKED, Log, LogError},
    refusal::{IndexRefusal, Refusal},
    repository::{Profile, Repository, RepositoryError},
    source::{Source, Switch},
    state::StateFolder,
};

/// How long to wait before the index is asked again that did not fit its metadata: a round that is being published ends within.
const INDEX_PAUSES: [Duration; 4] =
    [Duration::from_millis(50), Duration::from_millis(200), Duration::from_millis(500), Duration::from_secs(1)];

#[derive(Debug)]
pub(super) struct Trusted {
    /// The registry's own address.
    origin: Source,
    /// What all of it reads from, as others see it.
    source: Source,
    /// What all of it reads from: the address, or the kept bundles.
    pub(super) switch: Switch,
    pub(super) kept: Kept,
    /// The root that was handed over.
    root: Vec<u8>,
    pub(super) state: Arc<StateFolder>,
    pub(super) repository: Repository,
    pub(super) log: Log,
    pub(super) latest: LatestTime,
    pub(super) control: Option<Arc<ControlFiles>>,
    pub(super) index: IndexCache,
    /// Why the list of advisories is not the one that is named, if it is not.
    pub(super) advisories_behind: Option<Refusal>,
    /// How the last refresh ended, where asking again would not help.
    pub(super) refused: Option<Refusal>,
}

impl Trusted {
    /// Opens it, and gives the source that it reads from.
    pub(super) fn open(origin: Source, root: &[u8], state: &Path) -> Result<(Self, Source), Refusal> {
        let (source, switch) = origin.switched();
        let state = Arc::new(StateFolder::open(state)?);
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
        let (kept, index, root) = (Kept::open(&state)?, IndexCache::default(), root.to_vec());
        let (control, refused, advisories_behind) = (None, None, None);
        let trusted = Self {
            origin,
            source: source.clone(),
            switch,
            kept,
            root,
            state,
            repository,
            log,
            latest,
            control,
            index,
            advisories_behind,
            refused,
        };
        Ok((trusted, source))
    }

    pub(super) fn fresh_until(&self) -> UtcSecond {
        let expiries = self.repository.expiries(None).into_iter().map(|(_, expires)| expires);
        expiries.min().unwrap_or(time::OffsetDateTime::UNIX_EPOCH.into())
    }

    pub(super) async fn refresh(&mut self, now: UtcSecond) -> Result<Refreshed, Refusal> {
        self.switch.to(&self.origin);
        let mut refreshed = self.try_refresh(now).await;
        if let (Err(refusal), Some(kept)) = (&refreshed, self.kept.source())
            && refusal.is_silent_or_behind()
        {
            self.switch.to(&kept);
            refreshed = match self.try_refresh(now).await {
                Ok(found) => Ok(Refreshed { carried: Some(refusal.clone()), ..found }),
                // The address was ahead of them once: what it says now is all there is to tell.
                Err(older) if older.is_rollback() || older.is_before_rotation() => {
                    self.switch.to(&self.origin);
                    refreshed
                }
                Err(other) => Err(other),
            };
        }
        self.conclude(refreshed)
    }

    /// Takes an unpacked bundle if a refresh from it succeeds, and the ones kept before it with it. Gives its releases, those that
    /// `is_ours` says are this registry's.
    pub(super) async fn take(
        &mut self,
        unpacked: &Path,
        is_ours: impl Fn(&ModuleId) -> bool,
        now: UtcSecond,
    ) -> Result<(Vec<(ModuleId, Version)>, Refreshed), Refusal> {
        let source = self.kept.with(unpacked);
        // On a copy of what is remembered: what is refused half-way must not leave what it was half-way.
        let scratch = self.state.scratch()?;
        self.state.copy_to(scratch.path())?;
        let (mut rehearsal, _) = Self::open(source.clone(), &self.root, scratch.path())?;
        match rehearsal.try_refresh(now).await {
            Ok(_) => {}
            // Who signed two histories is to be remembered, whoever carried the second one.
            Err(Refusal::Checkpoint(LogError::Forked { before, after, .. })) => {
                let evidence = self.state.take_evidence(&rehearsal.state, &FORKED)?;
                let forked = Refusal::Checkpoint(LogError::Forked { before, after, evidence });
                self.refused = Some(forked.clone());
                return Err(forked);
            }
            Err(refusal) => return Err(refusal),
        }
        let (mut releases, mut held) = (Vec::new(), BTreeSet::new());
        for module in bundle::modules(unpacked).into_iter().filter(is_ours) {
            for line in rehearsal.try_lines(&source, &module).await? {
                let is_there = |path: String| unpacked.join(path).exists();
                let has_package = is_there(address::package(&line.sha256));
                if has_package || is_there(address::envelope(&line.sha256)) {
                    held.extend(rehearsal.hold(&source, unpacked, &line, now).await?);
                }
                if has_package {
                    releases.push((module.clone(), line.version));
                }
            }
        }
        hold::drop_others(unpacked, &held)?;
        self.kept.keep(unpacked)?;
        self.switch.to(&self.kept.source().unwrap_or(source));
        let refreshed = self.try_refresh(now).await;
        Ok((releases, self.conclude(refreshed)?))
    }

    /// Remembers whether the registry was caught lying.
    fn conclude(&mut self, refreshed: Result<Refreshed, Refusal>) -> Result<Refreshed, Refusal> {
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
        let control = ControlFiles::fetch(&mut self.repository, &self.state, now).await?;
        let control = self.control.insert(Arc::new(control));
        self.log.advance(&control.policy, &self.state, now).await.map_err(Refusal::Checkpoint)?;
        self.latest.advance(now, &self.state)?;
        // Who withholds them keeps nothing else from being brought up to date: that they are missing is told.
        self.advisories_behind = advisories::refresh(&self.source, &self.state, &control.index).await.err();
        let head = self.log.head().ok_or(Refusal::Checkpoint(LogError::NoCheckpoint))?;
        Ok(Refreshed { timestamp_version: self.repository.timestamp_version().unwrap_or(0), head, carried: None })
    }

    pub(super) async fn lines(
        &mut self,
        source: &Source,
        module: &ModuleId,
        now: UtcSecond,
    ) -> Result<Vec<IndexLine>, Refusal> {
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
}

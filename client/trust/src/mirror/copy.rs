//! One pass over everything that the registry serves.

use std::{
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
};

use adx_index::line::{IndexLine, index_path};
use adx_signing::{
    Digest, ModuleId, UtcSecond,
    log::{Event, TreeHead},
    tuf::{TargetName, control::IndexFile},
};
use futures::{StreamExt as _, TryStreamExt as _, future, stream};
use semver::Version;

use super::{IN_FLIGHT, Mirror, MirrorError, Updated, folder::Folder};
use crate::{
    address, advisories,
    index::{fetch_index_file, parse_lines},
    refusal::{Refusal, TargetRefusal},
    registry::Inventory,
    selection::{Lines, Phase, Progress, Selection},
};

impl Mirror {
    pub(super) async fn copy(
        &mut self,
        selection: &Selection,
        now: UtcSecond,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Updated, MirrorError> {
        progress(Progress { phase: Phase::Metadata, done: 0, total: 1 });
        let refreshed = self.registry.refresh(now).await?;
        let inventory = self.registry.inventory(now).await?;
        for (path, bytes) in &inventory.immutable {
            self.folder.write_once(path, bytes)?;
        }
        self.copy_advisories(&inventory).await?;
        self.copy_log(&refreshed.head, progress).await?;
        let staged = self.copy_index(&inventory, progress).await?;
        let lines = selection.lines(&Copied { folder: &self.folder, inventory: &inventory }).await?;
        let unmatched = selection.unmatched(&lines);
        if lines.is_empty() && !unmatched.is_empty() {
            return Err(MirrorError::Nothing);
        }
        let (releases, without_leaf) = self.copy_packages(&inventory, &refreshed.head, lines, progress).await?;

        // Only now, with everything in its place that they point at, the files that change.
        let total = (staged.len() + inventory.changing.len() + 1) as u64;
        progress(Progress { phase: Phase::Publish, done: 0, total });
        self.folder.write_changed(address::CHECKPOINT, &inventory.checkpoint)?;
        for (file, length) in &staged {
            self.folder.place(&self.folder.staged(file), file, *length)?;
        }
        for (path, bytes) in &inventory.changing {
            self.folder.write_changed(path, bytes)?;
        }
        progress(Progress { phase: Phase::Publish, done: total, total });
        let removed = self.prune(&inventory, &refreshed.head, now)?;
        let (written, written_bytes) = self.folder.count();
        let timestamp_version = inventory.timestamp_version;
        Ok(Updated { timestamp_version, releases, written, written_bytes, removed, without_leaf, unmatched })
    }

    /// Fetches the documents of advisories that are not here yet.
    async fn copy_advisories(&self, inventory: &Inventory) -> Result<(), MirrorError> {
        for (file, listed) in inventory.advisories.iter().filter(|(file, _)| !self.folder.has(file)) {
            let bytes = advisories::fetch(self.registry.source(), listed).await?;
            self.folder.write_once(file, &bytes)?;
        }
        Ok(())
    }

    /// Fetches the index files that changed and lays them ready: their names and lengths.
    async fn copy_index(
        &mut self,
        inventory: &Inventory,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Vec<(String, u64)>, MirrorError> {
        let total = inventory.index.len() as u64;
        let (folder, source) = (&self.folder, self.registry.source());
        let copy = |(file, listed): (String, IndexFile)| async move {
            if folder.read(&file)?.is_some_and(|bytes| listed.is_of(&bytes)) {
                return Ok(None);
            }
            let bytes = fetch_index_file(source, &file, &listed).await?;
            folder.stage(&file, &bytes)?;
            Ok::<_, MirrorError>(Some((file, listed.length)))
        };
        let mut copies = stream::iter(inventory.index.clone()).map(copy).buffer_unordered(IN_FLIGHT);
        let mut staged = Vec::new();
        for done in 0..total {
            progress(Progress { phase: Phase::Index, done, total });
            staged.extend(copies.try_next().await?.flatten());
        }
        Ok(staged)
    }

    async fn copy_packages(
        &mut self,
        inventory: &Inventory,
        head: &TreeHead,
        lines: Vec<IndexLine>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(u64, Vec<(ModuleId, Version)>), MirrorError> {
        let (logged, unlogged): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.leaf.is_some());
        let total = logged.len() as u64;
        let mirror = &*self;
        let copy = |line: IndexLine| async move { mirror.copy_release(inventory, head, &line).await };
        // After a failure those under way are ended, so that the next update need not fetch them again.
        let failed = AtomicBool::new(false);
        let wanted = stream::iter(logged).take_while(|_| future::ready(!failed.load(Ordering::Relaxed)));
        let mut copies = pin!(wanted.map(copy).buffer_unordered(IN_FLIGHT));
        let mut outcome = Ok(());
        let mut done = 0;
        progress(Progress { phase: Phase::Packages, done, total });
        while let Some(copied) = copies.next().await {
            done += 1;
            progress(Progress { phase: Phase::Packages, done, total });
            if let Err(error) = copied {
                failed.store(true, Ordering::Relaxed);
                outcome = outcome.and(Err(error));
            }
        }
        outcome?;
        Ok((total, unlogged.into_iter().map(|line| (line.module, line.version)).collect()))
    }

    /// Copies a package that the metadata lists and the envelope that the log has.
    async fn copy_release(&self, inventory: &Inventory, head: &TreeHead, line: &IndexLine) -> Result<(), MirrorError> {
        let Some(leaf) = line.leaf else { return Ok(()) };
        let refused = |refusal| MirrorError::from(Refusal::Target(refusal));
        let name = TargetName::of_package(&line.module, &line.version)
            .map_err(|error| refused(TargetRefusal::Name(error.to_string())))?;
        let listed = inventory.targets.get(name.as_str()).copied();
        let listed = listed.ok_or_else(|| refused(TargetRefusal::NotListed { name: name.to_string() }))?;

        let envelope = address::envelope(&listed.sha256);
        if !self.folder.has(&envelope) {
            let bytes = self.registry.envelope(&listed.sha256).await?;
            let logged = match self.leaf(leaf, head.size)?.event {
                Event::Publish(publication) => {
                    publication.sha256 == listed.sha256 && publication.envelope_sha256 == Digest::of(&bytes)
                }
                _ => false,
            };
            if !logged {
                let (module, version) = (line.module.clone(), line.version.clone());
                return Err(MirrorError::Envelope { module, version });
            }
            self.folder.write_once(&envelope, &bytes)?;
        }
        let package = address::package(&listed.sha256);
        if !self.folder.has(&package) {
            let incoming = self.folder.incoming(&format!("{}.{name}", listed.sha256))?;
            self.registry.download(&listed, &incoming).await?;
            self.folder.place(&incoming, &package, listed.length)?;
        }
        // Clients of TUF look for it under its name as a target.
        Ok(self.folder.link(&package, &name.consistent_path(address::TARGETS, listed.sha256))?)
    }
}

/// The index of the round that is being copied: laid ready, or served already.
struct Copied<'c> {
    folder: &'c Folder,
    inventory: &'c Inventory,
}

impl Lines for Copied<'_> {
    async fn modules(&self) -> Result<Vec<ModuleId>, Refusal> {
        let named = |(file, _): &(String, _)| file.get("index/aa/bb/".len()..).and_then(|name| name.parse().ok());
        Ok(self.inventory.index.iter().filter_map(named).collect())
    }

    async fn lines(&self, module: &ModuleId) -> Result<Vec<IndexLine>, Refusal> {
        let file = format!("index/{}", index_path(module));
        let Ok(place) = self.inventory.index.binary_search_by(|(listed, _)| listed.cmp(&file)) else {
            return Ok(Vec::new());
        };
        let (_, listed) = &self.inventory.index[place];
        let served = self.folder.read(&file)?.filter(|bytes| listed.is_of(bytes));
        let bytes = match served {
            Some(bytes) => Some(bytes),
            None => self.folder.read_staged(&file)?.filter(|bytes| listed.is_of(bytes)),
        };
        let bytes =
            bytes.ok_or_else(|| Refusal::Index(crate::refusal::IndexRefusal::NotListed { file: file.clone() }))?;
        parse_lines(&file, bytes, module)
    }
}

//! Making a bundle: verify, and keep all that was read on the way.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, PoisonError},
};

use adx_signing::{
    ModuleId, UtcSecond,
    log::{RightEdge, TileKind, TilePath, merkle::consistency_tiles},
};
use semver::Version;
use tempfile::TempDir;

use super::archive::{ArchiveError, Content, pack};
use crate::{
    address,
    decide::decide,
    demands::Demands,
    namespaces::{Namespaces, Pattern},
    refusal::Refusal,
    registry::Registry,
    selection::{Phase, Progress, Selection},
    source::{Recording, Source},
};

/// How often a bundle is begun again because the registry published meanwhile.
const ATTEMPTS: usize = 4;

/// What goes into a bundle.
#[derive(Debug, Clone)]
pub struct Contents<'c> {
    /// Where the releases come from.
    pub source: &'c Source,
    /// The registry's first root, handed over out of band.
    pub root: &'c [u8],
    /// Which releases.
    pub selection: &'c Selection,
    /// The size of the log that the machines know which the bundle is for: 0 for new ones. Unknown, the tiles for any size go in,
    /// 32 bytes for each leaf of the log.
    pub known_size: Option<u64>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The releases in it.
    pub releases: Vec<(ModuleId, Version)>,
    /// The length of the bundle in bytes.
    pub length: u64,
    /// Until when it is taken.
    pub fresh_until: UtcSecond,
}

/// Why a bundle cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// The registry, or its log.
    #[error(transparent)]
    Registry(Box<Refusal>),
    /// A release that nobody would take.
    #[error("{module} {version} would be refused: {refusal}")]
    Release {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// It publishes faster than it can be read.
    #[error("the registry published while the bundle was made, {ATTEMPTS} times: make it of a mirror")]
    Busy,
    /// A log that the machine cannot know.
    #[error("the registry's log has {size} leaves, so that no machine knows {known} of them")]
    KnownSize {
        /// The size that was given.
        known: u64,
        /// The size of the log.
        size: u64,
    },
    /// Nothing matches.
    #[error("nothing is selected: no released version matches")]
    Nothing,
    /// The file.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

impl From<Refusal> for BundleError {
    fn from(refusal: Refusal) -> Self {
        Self::Registry(Box::new(refusal))
    }
}

/// Verifies the selected releases as a new machine would, and writes what that took to `out`.
///
/// # Errors
/// [`BundleError`] for a release that would be refused: a bundle holds none.
pub async fn write(
    contents: &Contents<'_>,
    now: UtcSecond,
    out: &Path,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Written, BundleError> {
    for _ in 1..ATTEMPTS {
        if let Some(written) = try_write(contents, now, out, progress).await? {
            return Ok(written);
        }
    }
    try_write(contents, now, out, progress).await?.ok_or(BundleError::Busy)
}

/// None where the registry published meanwhile: what was read would be of two rounds.
async fn try_write(
    contents: &Contents<'_>,
    now: UtcSecond,
    out: &Path,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Option<Written>, BundleError> {
    let recording = Recording::default();
    let work = TempDir::with_prefix("adx-bundle-").map_err(|error| ArchiveError::disk(Path::new("."), &error))?;
    let rest = [Pattern::Rest];
    let namespaces = Namespaces::new([("bundle", rest.as_slice())]).unwrap_or_default();
    let source = contents.source.recorded(&recording);
    let registry = Registry::open("bundle", source, contents.root, &work.path().join("state"), Arc::new(namespaces))?;
    progress(Progress { phase: Phase::Metadata, done: 0, total: 1 });
    let refreshed = registry.refresh(now).await?;
    let size = refreshed.head.size;
    if let Some(known) = contents.known_size.filter(|known| *known > size) {
        return Err(BundleError::KnownSize { known, size });
    }

    let lines = contents.selection.lines(&(&registry, now)).await?;
    if lines.is_empty() {
        return Err(BundleError::Nothing);
    }
    let mut files = BTreeMap::new();
    let mut releases = Vec::new();
    let mut fresh_until = registry.fresh_until().await;
    for (done, line) in (0..).zip(&lines) {
        progress(Progress { phase: Phase::Packages, done, total: lines.len() as u64 });
        let refused = |refusal: Refusal| {
            let (module, version) = (line.module.clone(), line.version.clone());
            BundleError::Release { module, version, refusal: Box::new(refusal) }
        };
        let evidence = registry.evidence(&line.module, &line.version, now).await;
        let target = evidence.target().map_err(refused)?;
        let path = work.path().join(target.sha256.to_string());
        // Two versions may have the same bytes.
        if !path.exists() {
            registry.download(&target, &path).await.map_err(refused)?;
        }
        let package = fs::read(&path).map_err(|error| ArchiveError::disk(&path, &error))?;
        let envelope = registry.envelope(&target.sha256).await.map_err(refused)?;
        let decision = decide(&evidence, &package, &envelope, &Demands::default(), now);
        decision.outcome.map_err(refused)?;
        fresh_until = fresh_until.min(evidence.fresh_until().unwrap_or(fresh_until));
        files.insert(address::package(&target.sha256), Content::File(path));
        releases.push((line.module.clone(), line.version.clone()));
    }

    // Machines that know the log already ask how it grew since.
    let tiles = contents.known_size.map_or_else(|| hash_tiles(size), |known| consistency_tiles(known, size));
    for (done, tile) in (0..).zip(&tiles) {
        progress(Progress { phase: Phase::Log, done, total: tiles.len() as u64 });
        registry.tile(tile).await?;
    }

    if registry.timestamp_version().await != refreshed.timestamp_version {
        return Ok(None);
    }
    progress(Progress { phase: Phase::Publish, done: 0, total: 1 });
    let recorded = std::mem::take(&mut *recording.lock().unwrap_or_else(PoisonError::into_inner));
    files.extend(recorded.into_iter().map(|(path, bytes)| (path, Content::Memory(bytes))));
    let length = pack(&files, out)?;
    Ok(Some(Written { releases, length, fresh_until }))
}

/// Every tile of hashes of a tree of this size.
fn hash_tiles(size: u64) -> Vec<TilePath> {
    let partial = RightEdge::tiles(size).into_iter().filter(|tile| tile.kind != TileKind::Entries);
    partial.chain(full_tiles(size)).collect()
}

/// Every full tile of hashes of a tree of this size.
pub(crate) fn full_tiles(size: u64) -> impl Iterator<Item = TilePath> {
    let levels = (0..7_u8).map(move |level| (level, size >> (8 * u32::from(level) + 8)));
    levels.flat_map(|(level, full)| {
        (0..full).map(move |index| TilePath { kind: TileKind::Hashes(level), index, width: 256 })
    })
}

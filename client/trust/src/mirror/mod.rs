//! A mirror: a folder with what a registry serves, at the same addresses, for any static file host.
//!
//! Everything is verified before it is written: first what nothing points at yet (packages, tiles, shards, versioned metadata), last
//! what points at it (checkpoint, index files, roots, timestamp). What a reader takes is of one round at any moment. Only index files
//! are written over before the timestamp that fits them: in between a reader finds that those which changed are not the ones listed,
//! asks again, and refuses their modules until the update is through. Files are written atomically; one that is there already is not fetched again, so an update that broke off is
//! continued by the next. What the metadata do not name any more is removed a while later: readers may still be at the state before.
//!
//! A mirror needs no trust. It can withhold, and then its readers refuse; it cannot change anything.

mod copy;
mod folder;
mod log;
mod prune;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use adx_signing::{ModuleId, UtcSecond};
use semver::Version;

use self::folder::Folder;
pub use self::prune::GRACE;
use crate::{
    log::LogError,
    namespaces::{Namespaces, Pattern},
    refusal::{IndexRefusal, Refusal},
    registry::Registry,
    selection::{Progress, Selection},
    source::Source,
    state::StateError,
};

/// Where the mirror keeps what it trusts, below its folder; hosts do not serve it, and nothing in it is secret.
const STATE: &str = ".mirror";
/// How often an update begins again because the registry published meanwhile.
const ATTEMPTS: usize = 5;

/// Files fetched at once.
const IN_FLIGHT: usize = 8;

/// A copy of one registry.
#[derive(Debug)]
pub struct Mirror {
    folder: Folder,
    registry: Registry,
}

/// What an update did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// The version of the timestamp that is served now.
    pub timestamp_version: u64,
    /// How many releases are there.
    pub releases: u64,
    /// Files that were written.
    pub written: u64,
    /// Their bytes.
    pub written_bytes: u64,
    /// Files that were removed: nothing has named them for [`GRACE`].
    pub removed: u64,
    /// Releases that have no leaf in the log: nobody would take them, so they are not there.
    pub without_leaf: Vec<(ModuleId, Version)>,
    /// Modules of the selection of which no version matches.
    pub unmatched: Vec<ModuleId>,
}

/// Why a mirror cannot be updated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MirrorError {
    /// The registry, or its log.
    #[error(transparent)]
    Registry(Box<Refusal>),
    /// The folder holds something else. What a mirror writes and removes must not meet it.
    #[error("{} holds other files, and is no mirror", .0.display())]
    NotAMirror(PathBuf),
    /// Nothing matches.
    #[error("no released version matches")]
    Nothing,
    /// A file of the mirror.
    #[error(transparent)]
    Folder(#[from] StateError),
    /// A tile that is not the one in the tree.
    #[error("the tile {0} does not belong to the checkpoint: the registry serves another log than it signs")]
    Tile(String),
    /// An envelope that is not the one in the log.
    #[error("the envelope of {module} {version} is not the one in the log")]
    Envelope {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
    },
}

impl From<Refusal> for MirrorError {
    fn from(refusal: Refusal) -> Self {
        Self::Registry(Box::new(refusal))
    }
}

impl Mirror {
    /// Opens a mirror in a folder, made if it is not there. `root` is the registry's first root, handed over out of band.
    ///
    /// # Errors
    /// [`MirrorError::NotAMirror`], and as [`Registry::open`].
    pub fn open(folder: &Path, origin: Source, root: &[u8]) -> Result<Self, MirrorError> {
        let files = Folder::new(folder);
        if !files.is_free()? {
            return Err(MirrorError::NotAMirror(folder.to_owned()));
        }
        let rest = [Pattern::Rest];
        let namespaces = Namespaces::new([("mirror", rest.as_slice())]).unwrap_or_default();
        let registry = Registry::open("mirror", origin, root, &folder.join(STATE), Arc::new(namespaces))?;
        Ok(Self { folder: files, registry })
    }

    /// Brings it up to the registry's present state. All metadata and the whole log are there in any case, packages as selected.
    ///
    /// # Errors
    /// [`MirrorError`]; what is served stays as it was.
    pub async fn update(
        &mut self,
        selection: &Selection,
        now: UtcSecond,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Updated, MirrorError> {
        let mut attempts = 1..ATTEMPTS;
        loop {
            match self.copy(selection, now, progress).await {
                // The registry published while this was under way: index files are of the next round already.
                Err(MirrorError::Registry(refusal)) if is_passed_by(&refusal) && attempts.next().is_some() => {}
                other => return other,
            }
        }
    }
}

fn is_passed_by(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Index(IndexRefusal::NotListed { .. }) | Refusal::Checkpoint(LogError::Tiles(_)))
}

//! Taking a bundle in: unpacked aside, found to be of one of the registries, judged as its registry would be, kept.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use adx_signing::{ModuleId, UtcSecond, log::TreeHead};
use semver::Version;
use tempfile::TempDir;

use super::{ArchiveError, Bundle};
use crate::{refusal::Refusal, registries::Registries, state::StateError};

/// Where bundles are unpacked, beside the folders of the registries, none of which can be called so.
const INCOMING: &str = ".incoming";

/// A bundle that was unpacked and not yet judged; its files are gone with it.
#[derive(Debug)]
pub struct Unpacked(TempDir);

/// What was taken of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The registry that signed it, by its name in the configuration.
    pub registry: String,
    /// The version of its timestamp.
    pub timestamp_version: u64,
    /// The tree of its log.
    pub head: TreeHead,
    /// Until when it can be installed from.
    pub fresh_until: UtcSecond,
    /// The releases in it that are its registry's to serve.
    pub releases: Vec<(ModuleId, Version)>,
}

/// Why a bundle was not taken. Everything is as before then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// Not a bundle, or one that nobody made.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// One of another registry.
    #[error("the bundle is signed by none of the registries configured here: {}", registries.join(", "))]
    OtherRegistry {
        /// Those there are.
        registries: Vec<String>,
    },
    /// One that its registry would be refused for.
    #[error("the bundle of `{registry}` is refused, {refusal}")]
    Refused {
        /// The registry.
        registry: String,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// It could not be unpacked or kept here.
    #[error(transparent)]
    State(#[from] StateError),
}

impl LoadError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Archive(_) => "carry it over again; if it is refused again, make it again with `adx bundle`",
            Self::OtherRegistry { .. } => {
                "make it with `adx bundle --root` and the root that the agent has, or configure its registry"
            }
            Self::Refused { refusal, .. } => match &**refusal {
                Refusal::Target(_) | Refusal::Inclusion(_) => {
                    "the bundle is damaged or hostile: make it again with `adx bundle`, and carry it over again"
                }
                refusal => refusal.hint(),
            },
            Self::State(_) => "see the file that is named",
        }
    }
}

impl Registries {
    /// Unpacks a bundle aside. Takes its time, so call it off the reactor.
    ///
    /// # Errors
    /// [`LoadError::Archive`], [`LoadError::State`]; nothing is left then.
    pub fn unpack(&self, bytes: impl Read) -> Result<Unpacked, LoadError> {
        let incoming = incoming(self.state());
        crate::state::create_folder(&incoming)?;
        let folder = TempDir::new_in(&incoming).map_err(|error| StateError::disk(&incoming, &error))?;
        Bundle::read_into(bytes, folder.path())?;
        Ok(Unpacked(folder))
    }

    /// Takes an unpacked bundle, if a registry refreshed from it would be believed: then it is kept, and read wherever that
    /// registry's own address does not answer.
    ///
    /// # Errors
    /// [`LoadError`]; everything is as before then, but for the evidence of a forked log.
    pub async fn load(&self, bundle: Unpacked, now: UtcSecond) -> Result<Loaded, LoadError> {
        for registry in self.iter() {
            let refused = |refusal| {
                let (registry, refusal) = (registry.name().to_owned(), Box::new(refusal));
                LoadError::Refused { registry, refusal }
            };
            if registry.recognises(bundle.0.path()).await.map_err(refused)? {
                return registry.take(bundle.0.path(), now).await.map_err(refused);
            }
        }
        Err(LoadError::OtherRegistry { registries: self.iter().map(|registry| registry.name().to_owned()).collect() })
    }
}

/// Removes what an earlier process left half unpacked.
pub(crate) fn sweep(state: &Path) -> Result<(), StateError> {
    let incoming = incoming(state);
    match fs::remove_dir_all(&incoming) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StateError::disk(&incoming, &error)),
        _ => Ok(()),
    }
}

fn incoming(state: &Path) -> PathBuf {
    state.join(INCOMING)
}

/// The modules of which an unpacked bundle has an index file.
pub(crate) fn modules(unpacked: &Path) -> Vec<ModuleId> {
    // index/aa/bb/namespace/name
    let mut folders = vec![unpacked.join("index")];
    for _ in 0..3 {
        folders = folders.iter().flat_map(|folder| entries(folder)).collect();
    }
    let names = folders.iter().flat_map(|folder| entries(folder));
    let mut modules: Vec<ModuleId> = names
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?;
            let namespace = path.parent()?.file_name()?.to_str()?;
            format!("{namespace}/{name}").parse().ok()
        })
        .collect();
    modules.sort();
    modules
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

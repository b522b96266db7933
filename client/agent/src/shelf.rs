//! Verified packages on disk, one file a digest, shared by all tenants.
//!
//! A download lands in `incoming/` under a name nothing reads. Only after [`judge`] has passed it does it move to `packages/`,
//! beside the evidence it was judged by; each time a package is taken from the shelf it is judged again, so a byte that
//! changed on disk is noticed before it runs.

use crate::{
    entropy,
    registry_client::{RegistryClient, RegistryError},
    store::{Pin, Store, StoreError},
    verify::{Demands, Evidence, Refusal, VerifiedPackage, judge},
};
use adx_index::line::IndexLine;
use adx_signing::{digest::Digest, envelope::Envelope, key::PublicKey, name::ModuleId};
use semver::Version;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeSet, HashMap},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
};

/// Why there is no verified package.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The registry did not give it.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A proof failed.
    #[error("refused, {0}")]
    Refused(#[from] Refusal),
    /// It is not on the shelf.
    #[error("package {0} is not here")]
    Absent(Digest),
    /// The evidence beside it cannot be read.
    #[error("the evidence of package {0} is damaged")]
    Damaged(Digest),
    /// The disk failed.
    #[error("the package store failed")]
    Disk(#[from] io::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The judging task was cut off.
    #[error("verification was cut off")]
    CutOff(#[from] tokio::task::JoinError),
}

#[derive(Serialize, Deserialize)]
struct Kept {
    line: IndexLine,
    envelope: String,
    publisher_keys: Vec<String>,
}

/// The shelf.
#[derive(Clone)]
pub struct Shelf {
    incoming: PathBuf,
    packages: PathBuf,
    platform: Version,
    store: Arc<dyn Store>,
    /// Holds "is it there?" and "nobody needs it, remove it" apart.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// One download a digest, however many tenants want it at once.
    fetching: Arc<parking_lot::Mutex<HashMap<Digest, Weak<tokio::sync::Mutex<()>>>>>,
}

impl Shelf {
    /// Opens the shelf under `folder` and removes what an earlier process left half-done.
    pub async fn open(folder: &Path, platform: Version, store: Arc<dyn Store>) -> Result<Self, ShelfError> {
        let (incoming, packages) = (folder.join("incoming"), folder.join("packages"));
        if tokio::fs::try_exists(&incoming).await? {
            tokio::fs::remove_dir_all(&incoming).await?;
        }
        tokio::fs::create_dir_all(&incoming).await?;
        tokio::fs::create_dir_all(&packages).await?;
        Ok(Self { incoming, packages, platform, store, turn: Arc::default(), fetching: Arc::default() })
    }

    /// Downloads and judges the package that `line` names, unless it is here already. Who calls this has recorded the digest
    /// in an operation or installation, so that [`Shelf::sweep`] leaves it alone. `downloaded` is called between the two.
    pub async fn fetch(
        &self,
        registry: &RegistryClient,
        module: &ModuleId,
        line: &IndexLine,
        downloaded: impl FnOnce(),
    ) -> Result<VerifiedPackage, ShelfError> {
        let alone = self.fetching_of(&line.sha256);
        let _alone = alone.lock().await;
        let pin = Pin { version: line.version.clone(), sha256: line.sha256 };
        let here = {
            let _turn = self.turn.lock().await;
            self.take(module, &pin).await
        };
        match here {
            Err(ShelfError::Absent(_) | ShelfError::Damaged(_) | ShelfError::Refused(_)) => {}
            other => return other,
        }
        let incoming = self.incoming.join(entropy::id("in"));
        let result = self.fetch_to(&incoming, registry, module, line, downloaded).await;
        if result.is_err()
            && let Err(error) = tokio::fs::remove_file(&incoming).await
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "a refused download could not be removed; the next start does it");
        }
        result
    }

    async fn fetch_to(
        &self,
        incoming: &Path,
        registry: &RegistryClient,
        module: &ModuleId,
        line: &IndexLine,
        downloaded: impl FnOnce(),
    ) -> Result<VerifiedPackage, ShelfError> {
        let envelope = registry.envelope(&line.sha256).await?;
        let keys = registry.publisher_keys(&line.module.namespace).await?;
        let (found, _) = registry.download(&line.sha256, line.size_bytes, incoming).await?;
        if found != line.sha256 {
            return Err(Refusal::Hash { expected: line.sha256, found }.into());
        }
        downloaded();
        let kept = Kept {
            line: line.clone(),
            envelope: envelope.to_json(),
            publisher_keys: keys.iter().map(PublicKey::to_pem).collect(),
        };
        let verified = self.judge_file(incoming, module, &line.version, kept.line.clone(), envelope, keys).await?;
        let evidence = serde_json::to_vec(&kept).map_err(io::Error::other)?;
        let partial = self.incoming.join(entropy::id("in"));
        tokio::fs::write(&partial, evidence).await?;
        tokio::fs::File::open(&partial).await?.sync_all().await?;
        tokio::fs::rename(&partial, self.evidence(&line.sha256)).await?;
        // The package comes last: where it is, its evidence is whole.
        tokio::fs::rename(incoming, self.package(&line.sha256)).await?;
        tokio::fs::File::open(&self.packages).await?.sync_all().await?;
        Ok(verified)
    }

    /// Takes a package from the shelf, judged again.
    pub async fn take(&self, module: &ModuleId, pin: &Pin) -> Result<VerifiedPackage, ShelfError> {
        let sha256 = pin.sha256;
        let path = self.package(&sha256);
        if !tokio::fs::try_exists(&path).await? {
            return Err(ShelfError::Absent(sha256));
        }
        let damaged = || ShelfError::Damaged(sha256);
        let kept = self.kept(&sha256).await?;
        let envelope = Envelope::from_json(&kept.envelope).map_err(|_| damaged())?;
        let keys = kept
            .publisher_keys
            .iter()
            .map(|pem| PublicKey::from_pem(pem).map_err(|_| damaged()))
            .collect::<Result<Vec<_>, _>>()?;
        self.judge_file(&path, module, &pin.version, kept.line, envelope, keys).await
    }

    /// What the index said of a package when it was taken in.
    pub async fn line(&self, pin: &Pin) -> Result<IndexLine, ShelfError> {
        Ok(self.kept(&pin.sha256).await?.line)
    }

    async fn kept(&self, sha256: &Digest) -> Result<Kept, ShelfError> {
        let damaged = || ShelfError::Damaged(*sha256);
        let kept = tokio::fs::read(self.evidence(sha256)).await.map_err(|_| damaged())?;
        serde_json::from_slice(&kept).map_err(|_| damaged())
    }

    /// Removes every package that no installation and no running operation names. Returns how many.
    pub async fn sweep(&self) -> Result<usize, ShelfError> {
        let _turn = self.turn.lock().await;
        // Operations first: one that ends in between shows in the installations then.
        let mut needed: BTreeSet<Digest> = self
            .store
            .all_running()
            .await?
            .into_iter()
            .filter_map(|operation| operation.to)
            .map(|to| to.sha256)
            .collect();
        for installation in self.store.all_installations().await? {
            needed.extend(installation.current.map(|pin| pin.sha256));
            needed.extend(installation.previous.map(|pin| pin.sha256));
        }
        let mut removed = 0;
        let mut entries = tokio::fs::read_dir(&self.packages).await?;
        while let Some(entry) = entries.next_entry().await? {
            let name = entry.file_name();
            let digest = name.to_str().and_then(|name| name.split('.').next()?.parse::<Digest>().ok());
            if digest.is_none_or(|digest| !needed.contains(&digest)) {
                tokio::fs::remove_file(entry.path()).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    async fn judge_file(
        &self,
        path: &Path,
        module: &ModuleId,
        version: &Version,
        line: IndexLine,
        envelope: Envelope,
        publisher_keys: Vec<PublicKey>,
    ) -> Result<VerifiedPackage, ShelfError> {
        let (path, module, version, platform) =
            (path.to_owned(), module.clone(), version.clone(), self.platform.clone());
        tokio::task::spawn_blocking(move || {
            let package = std::fs::read(path)?;
            let evidence =
                Evidence { package: &package, line: &line, envelope: &envelope, publisher_keys: &publisher_keys };
            let demands = Demands { module: &module, version: &version, platform: &platform };
            Ok(judge(&evidence, &demands)?)
        })
        .await?
    }

    fn fetching_of(&self, sha256: &Digest) -> Arc<tokio::sync::Mutex<()>> {
        let mut fetching = self.fetching.lock();
        fetching.retain(|_, mutex| mutex.strong_count() > 0);
        if let Some(mutex) = fetching.get(sha256).and_then(Weak::upgrade) {
            return mutex;
        }
        let mutex = Arc::default();
        fetching.insert(*sha256, Arc::downgrade(&mutex));
        mutex
    }

    fn package(&self, sha256: &Digest) -> PathBuf {
        self.packages.join(format!("{sha256}.adxm"))
    }

    fn evidence(&self, sha256: &Digest) -> PathBuf {
        self.packages.join(format!("{sha256}.evidence.json"))
    }
}

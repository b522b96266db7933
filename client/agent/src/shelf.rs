//! Verified packages on disk, one file a digest, shared by all tenants.
//!
//! A download lands in `incoming/` under a name nothing reads. Only after [`adx_trust::decide()`] and [`judge`] have passed it
//! does it move to `packages/`, beside what was proven of it. Each time a package is taken from the shelf it is judged again,
//! and held against the registry's kill list as last known: a byte that changed on disk, or a word that changed since, is
//! noticed before it runs.

use crate::{
    entropy,
    registries::Registries,
    store::{Installation, Pin, Store, StoreError},
    verify::{Proven, Refusal, VerifiedPackage, judge},
};
use adx_index::line::IndexLine;
use adx_signing::{digest::Digest, name::ModuleId};
use adx_trust::{Demands, Registry, decide};
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
    /// A proof failed, or could not be had.
    #[error("refused, {0}")]
    Refused(#[source] Box<Refusal>),
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

impl From<Refusal> for ShelfError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<adx_trust::Refusal> for ShelfError {
    fn from(refusal: adx_trust::Refusal) -> Self {
        Refusal::from(refusal).into()
    }
}

#[derive(Serialize, Deserialize)]
struct Kept {
    line: IndexLine,
    /// The publisher's envelope: for whoever asks later what was signed.
    envelope: String,
    proven: Proven,
}

/// The shelf.
#[derive(Clone)]
pub struct Shelf {
    incoming: PathBuf,
    packages: PathBuf,
    platform: Version,
    registries: Arc<Registries>,
    store: Arc<dyn Store>,
    /// Holds "is it there?" and "nobody needs it, remove it" apart.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// One download a digest, however many tenants want it at once.
    fetching: Arc<parking_lot::Mutex<HashMap<Digest, Weak<tokio::sync::Mutex<()>>>>>,
}

impl Shelf {
    /// Opens the shelf under `folder` and removes what an earlier process left half-done.
    pub async fn open(
        folder: &Path,
        platform: Version,
        registries: Arc<Registries>,
        store: Arc<dyn Store>,
    ) -> Result<Self, ShelfError> {
        let (incoming, packages) = (folder.join("incoming"), folder.join("packages"));
        if tokio::fs::try_exists(&incoming).await? {
            tokio::fs::remove_dir_all(&incoming).await?;
        }
        tokio::fs::create_dir_all(&incoming).await?;
        tokio::fs::create_dir_all(&packages).await?;
        let (turn, fetching) = (Arc::default(), Arc::default());
        Ok(Self { incoming, packages, platform, registries, store, turn, fetching })
    }

    /// Downloads and judges the package that `line` names, unless it is here already; what the tenant demands of it is asked
    /// for in either case. Who calls this has recorded the digest in an operation or installation, so that [`Shelf::sweep`]
    /// leaves it alone. `downloaded` is called between downloading and judging.
    pub async fn fetch(
        &self,
        registry: &Registry,
        line: &IndexLine,
        demands: &Demands,
        downloaded: impl FnOnce(),
    ) -> Result<VerifiedPackage, ShelfError> {
        let alone = self.fetching_of(&line.sha256);
        let _alone = alone.lock().await;
        let pin = Pin { version: line.version.clone(), sha256: line.sha256 };
        // Also for one that is here: another tenant's cooldown may have been shorter, and its leaf must still be there.
        let evidence = registry.evidence(&line.module, &line.version, self.registries.now()).await;
        let target = evidence.target()?;
        if target.sha256 != line.sha256 {
            let (listed, found) = (line.sha256.to_string(), target.sha256.to_string());
            return Err(Refusal::Index { what: "sha256", listed, against: "metadata", found }.into());
        }
        let envelope = registry.envelope(&line.sha256).await.map_err(|refusal| naming(line, refusal))?;
        let here = {
            let _turn = self.turn.lock().await;
            self.take(&line.module, &pin).await
        };
        let incoming = match here {
            Ok(_) => self.package(&line.sha256),
            Err(ShelfError::Absent(_) | ShelfError::Damaged(_) | ShelfError::Refused(_)) => {
                let incoming = self.incoming.join(entropy::id("in"));
                if let Err(refused) = registry.download(&target, &incoming).await {
                    discard(&incoming).await;
                    return Err(naming(line, refused).into());
                }
                downloaded();
                incoming
            }
            Err(error) => return Err(error),
        };
        let is_new = incoming != self.package(&line.sha256);
        let (line, demands, now) = (line.clone(), demands.clone(), self.registries.now());
        let (path, platform) = (incoming.clone(), self.platform.clone());
        let judged = tokio::task::spawn_blocking(move || -> Result<_, ShelfError> {
            let package = std::fs::read(path)?;
            let proven = Proven::from(decide(&evidence, &package, &envelope, &demands, now).outcome?);
            let verified = judge(&package, &proven, &line, &platform)?;
            let envelope = String::from_utf8_lossy(&envelope).into_owned();
            Ok((verified, Kept { line, envelope, proven }))
        });
        let kept = async {
            let (verified, kept) = judged.await??;
            if is_new {
                self.keep(&incoming, &kept).await?;
            }
            Ok(verified)
        };
        let kept = kept.await;
        if kept.is_err() && is_new {
            discard(&incoming).await;
        }
        kept
    }

    /// Moves a package that was judged to where it is taken from.
    async fn keep(&self, incoming: &Path, kept: &Kept) -> Result<(), ShelfError> {
        let sha256 = kept.proven.sha256;
        let evidence = serde_json::to_vec(kept).map_err(io::Error::other)?;
        let partial = self.incoming.join(entropy::id("in"));
        tokio::fs::write(&partial, evidence).await?;
        tokio::fs::File::open(&partial).await?.sync_all().await?;
        tokio::fs::rename(&partial, self.evidence(&sha256)).await?;
        // The package comes last: where it is, its evidence is whole.
        tokio::fs::File::open(incoming).await?.sync_all().await?;
        tokio::fs::rename(incoming, self.package(&sha256)).await?;
        tokio::fs::File::open(&self.packages).await?.sync_all().await?;
        Ok(())
    }

    /// Takes a package from the shelf, judged again.
    pub async fn take(&self, module: &ModuleId, pin: &Pin) -> Result<VerifiedPackage, ShelfError> {
        let path = self.package(&pin.sha256);
        if !tokio::fs::try_exists(&path).await? {
            return Err(ShelfError::Absent(pin.sha256));
        }
        let Kept { line, proven, .. } = self.kept(&pin.sha256).await?;
        if line.module != *module || line.version != pin.version || proven.sha256 != pin.sha256 {
            let (asked, found) = (format!("{module} {}", pin.version), format!("{} {}", line.module, line.version));
            return Err(Refusal::Other { asked, found }.into());
        }
        if let Some(reason) = self.revoked(&proven)? {
            return Err(adx_trust::Refusal::Revoked { reason }.into());
        }
        let platform = self.platform.clone();
        tokio::task::spawn_blocking(move || {
            let package = std::fs::read(path)?;
            Ok(judge(&package, &proven, &line, &platform)?)
        })
        .await?
    }

    /// Why the version that an installation is at was called back, by the kill list as last known, if it was.
    pub async fn called_back(&self, installation: &Installation) -> Result<Option<String>, ShelfError> {
        match &installation.current {
            Some(pin) => self.revoked(&self.kept(&pin.sha256).await?.proven),
            None => Ok(None),
        }
    }

    fn revoked(&self, proven: &Proven) -> Result<Option<String>, ShelfError> {
        let registry = self.registries.of(&proven.module).ok().filter(|registry| registry.name() == proven.registry);
        let registry = registry.ok_or_else(|| Refusal::Registry {
            registry: proven.registry.clone(),
            namespace: proven.module.namespace.clone(),
        })?;
        Ok(registry.revoked(&proven.sha256, &proven.signed_by, proven.leaf)?)
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

/// The same refusal with the release in it of which a file is not there: who asked for it knows no digest.
fn naming(line: &IndexLine, refusal: adx_trust::Refusal) -> adx_trust::Refusal {
    match refusal {
        adx_trust::Refusal::NotServed { what, source_address } => {
            let what = format!("{what} ({} {})", line.module, line.version);
            adx_trust::Refusal::NotServed { what, source_address }
        }
        other => other,
    }
}

/// Removes what was refused.
async fn discard(incoming: &Path) {
    if let Err(error) = tokio::fs::remove_file(incoming).await
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "a refused download could not be removed; the next start does it");
    }
}

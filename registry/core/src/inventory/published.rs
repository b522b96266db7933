//! What the metadata name that were recorded last.

use std::collections::BTreeMap;

use adx_signing::tuf::control::IndexFile;
use adx_signing::tuf::{RoleName, TargetFile, TargetName, Targets, TopRole};

use super::Stored;
use crate::Ports;
use crate::ports::{BlobKey, MetadataName};
use crate::sign_round::index::{read_root, read_shard};
use crate::sign_round::{SignRoundError, advisories, present};
use crate::signing::SigningRecord;

/// What is named.
#[derive(Debug, Default)]
pub struct Published {
    /// Documents, control files, shards of the index and advisories. Roots are not among them, nor the timestamp.
    pub stored: Vec<Stored>,
    /// The index files by path.
    pub index: BTreeMap<String, IndexFile>,
    /// The packages, if they were asked for.
    pub packages: BTreeMap<TargetName, TargetFile>,
    /// What was to be read for this and is missing or damaged; what it names is not told here.
    pub damaged: Vec<String>,
}

/// Whether the lists of packages are read as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packages {
    /// They are: a few hundred bytes of memory for each release.
    Listed,
    /// They are not.
    Unread,
}

impl Published {
    /// Reads what a record names; nothing before the first round.
    ///
    /// # Errors
    /// [`SignRoundError::Blobs`], [`SignRoundError::Store`]
    pub async fn read(ports: &Ports, record: &SigningRecord, packages: Packages) -> Result<Self, SignRoundError> {
        let mut published = Self::default();
        let metadata = present::metadata(ports, record).await;
        let Some(metadata) = published.note(metadata)?.flatten() else { return Ok(published) };
        let pin = metadata.timestamp.snapshot();
        let snapshot = BlobKey::Metadata(MetadataName::of_top(TopRole::Snapshot, pin.version));
        published.stored.push(Stored { key: snapshot, sha256: pin.sha256, size_bytes: Some(pin.length) });
        for (file, pin) in metadata.snapshot.meta() {
            let Some(name) = MetadataName::parse(&format!("{}.{file}", pin.version)) else { continue };
            let key = BlobKey::Metadata(name);
            published.stored.push(Stored { key, sha256: pin.sha256, size_bytes: Some(pin.length) });
            let role = file.strip_suffix(".json").and_then(|role| role.parse::<RoleName>().ok());
            if let Some(role) = role.filter(|role| *role != RoleName::control() && packages == Packages::Listed) {
                let list = present::role(ports, &metadata.snapshot, &role).await;
                let list = published.note(list)?.unwrap_or_else(Targets::unpublished);
                published.packages.extend(list.targets().clone());
            }
        }
        let policy = present::top_targets(ports, &metadata.snapshot).await;
        let policy = published.note(policy)?.unwrap_or_else(Targets::unpublished);
        let control = present::role(ports, &metadata.snapshot, &RoleName::control()).await;
        let control = published.note(control)?.unwrap_or_else(Targets::unpublished);
        for (name, file) in policy.targets().iter().chain(control.targets()) {
            let key = BlobKey::Control { sha256: file.sha256, name: name.clone() };
            published.stored.push(Stored { key, sha256: file.sha256, size_bytes: Some(file.length) });
        }
        let root = read_root(ports, &control).await;
        let root = published.note(root)?.unwrap_or_default();
        if let Some(file) = &root.advisories {
            published.advisories(ports, file).await?;
        }
        for shard in root.shards.values() {
            let key = BlobKey::IndexShard(shard.sha256);
            published.stored.push(Stored { key, sha256: shard.sha256, size_bytes: Some(shard.length) });
            let shard = read_shard(ports, shard).await;
            let shard = published.note(shard)?.unwrap_or_default();
            published.index.extend(shard.files);
        }
        Ok(published)
    }

    /// The list of advisories, and the documents that it names.
    async fn advisories(&mut self, ports: &Ports, file: &IndexFile) -> Result<(), SignRoundError> {
        let stored = |file: &IndexFile| {
            let key = BlobKey::Advisory(file.sha256);
            Stored { key, sha256: file.sha256, size_bytes: Some(file.length) }
        };
        self.stored.push(stored(file));
        let list = advisories::read(ports, file).await;
        let list = self.note(list)?.unwrap_or_default();
        self.stored.extend(list.advisories.values().map(|listed| stored(&listed.document)));
        Ok(())
    }

    /// Takes note of what is damaged, and goes on.
    fn note<T>(&mut self, read: Result<T, SignRoundError>) -> Result<Option<T>, SignRoundError> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(SignRoundError::Damaged { what }) => {
                self.damaged.push(what);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }
}

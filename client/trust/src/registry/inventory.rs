//! All that a registry serves, for mirrors.

use std::collections::BTreeMap;

use adx_index::advisory::AdvisoryList;
use adx_signing::{
    ModuleId, UtcSecond,
    tuf::{TargetFile, control::IndexFile},
};

use super::trusted::Trusted;
use crate::{
    address, advisories, control,
    index::fetch_shard,
    log::LogError,
    refusal::{IndexRefusal, Refusal},
    repository::RepositoryError,
    source::Source,
};

/// All that a registry serves but for packages, envelopes and tiles, by address.
pub(crate) struct Inventory {
    /// What never changes under its name: versioned metadata but for roots, control files, shards.
    pub(crate) immutable: Vec<(String, Vec<u8>)>,
    /// The documents of advisories, by address, with what is listed of them.
    pub(crate) advisories: Vec<(String, IndexFile)>,
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

impl Trusted {
    pub(super) async fn modules(&self, source: &Source) -> Result<Vec<ModuleId>, Refusal> {
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

    pub(super) async fn inventory(&mut self, source: &Source, now: UtcSecond) -> Result<Inventory, Refusal> {
        let control = self.control.clone().ok_or(Refusal::Metadata(RepositoryError::NotRefreshed))?;
        let metadata = self.repository.everything(now).await.map_err(Refusal::Metadata)?;
        let at = |folder: &str, files: Vec<(String, Vec<u8>)>| {
            files.into_iter().map(|(file, bytes)| (format!("{folder}/{file}"), bytes)).collect::<Vec<_>>()
        };
        let mut immutable = at(address::TUF, metadata.versioned);
        immutable.extend(at(address::TARGETS, control::stored(&self.state)?));
        let mut advisories = Vec::new();
        if let Some(listed) = &control.index.advisories {
            let bytes = advisories::fetch(source, listed).await?;
            let file = address::advisory(&listed.sha256);
            let list = AdvisoryList::from_json(&bytes).map_err(|error| {
                Refusal::Index(IndexRefusal::Malformed { file: file.clone(), why: error.to_string() })
            })?;
            let documents = list.advisories.values().map(|listed| listed.document);
            advisories.extend(documents.map(|document| (address::advisory(&document.sha256), document)));
            immutable.push((file, bytes));
        }
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
        Ok(Inventory {
            immutable,
            advisories,
            index,
            checkpoint,
            changing,
            targets: metadata.targets,
            timestamp_version,
        })
    }
}

/// The module whose index file this is.
fn module_of(path: &str, shard: &str) -> Result<ModuleId, Refusal> {
    let module = path.get(6..).and_then(|name| name.parse::<ModuleId>().ok());
    let module = module.filter(|module| adx_index::line::index_path(module) == path);
    let malformed = || IndexRefusal::Malformed { file: shard.to_owned(), why: format!("`{path}` is no module's") };
    module.ok_or_else(|| Refusal::Index(malformed()))
}

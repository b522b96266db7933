//! The index as it was last fetched: what is listed with the same digest is not asked for again.

use std::collections::BTreeMap;

use adx_index::line::{IndexLine, parse_file};
use adx_signing::{
    ModuleId,
    tuf::control::{IndexFile, IndexShard, MAX_CONTROL_BYTES},
};

use crate::{
    SourceError, address,
    refusal::{IndexRefusal, Refusal},
    registry::MAX_INDEX_BYTES,
    source::Source,
};

/// Most modules whose lines are kept: stops a search through everything from filling the memory.
const MAX_MODULES: usize = 1_024;
/// Most shards that are kept, of the 256 there are.
const MAX_SHARDS: usize = 64;

/// Shards and index files, each beside what it was listed as.
#[derive(Debug, Default)]
pub(crate) struct IndexCache {
    shards: BTreeMap<String, IndexShard>,
    modules: BTreeMap<String, (IndexFile, Vec<IndexLine>)>,
}

impl IndexCache {
    /// The lines of a module whose index file, at `path`, the shard lists that is itself listed as `shard`. None for a module
    /// that it does not list.
    pub(crate) async fn lines(
        &mut self,
        source: &Source,
        shard: &IndexFile,
        path: &str,
        module: &ModuleId,
    ) -> Result<Vec<IndexLine>, Refusal> {
        let Some(listed) = self.shard(source, shard).await?.files.get(path).copied() else { return Ok(Vec::new()) };
        if let Some((_, lines)) = self.modules.get(path).filter(|(known, _)| *known == listed) {
            return Ok(lines.clone());
        }
        let file = address::index(module);
        // One byte more than listed may come, so that a newer file is found to be another and not to be endless.
        let cap = listed.length.saturating_add(1).min(MAX_INDEX_BYTES);
        let bytes = match source.get(&file, cap).await {
            Err(SourceError::TooLarge { .. }) => None,
            other => other?,
        };
        let bytes = bytes.filter(|bytes| listed.is_of(bytes)).ok_or_else(|| not_listed(&file))?;
        let text = String::from_utf8(bytes).map_err(|error| malformed(&file, error.to_string()))?;
        let lines = parse_file(&text, module).map_err(|error| Refusal::Index(IndexRefusal::Line(error)))?;
        if self.modules.len() >= MAX_MODULES {
            self.modules.clear();
        }
        self.modules.insert(path.to_owned(), (listed, lines.clone()));
        Ok(lines)
    }

    async fn shard(&mut self, source: &Source, listed: &IndexFile) -> Result<&IndexShard, Refusal> {
        let address = address::shard(&listed.sha256);
        if !self.shards.contains_key(&address) {
            let bytes = source.get(&address, listed.length.min(MAX_CONTROL_BYTES as u64)).await?;
            let bytes = bytes.filter(|bytes| listed.is_of(bytes)).ok_or_else(|| not_listed(&address))?;
            let shard = IndexShard::from_json(&bytes).map_err(|error| malformed(&address, error.to_string()))?;
            if self.shards.len() >= MAX_SHARDS {
                self.shards.clear();
            }
            self.shards.insert(address.clone(), shard);
        }
        self.shards.get(&address).ok_or_else(|| not_listed(&address))
    }
}

fn not_listed(file: &str) -> Refusal {
    Refusal::Index(IndexRefusal::NotListed { file: file.to_owned() })
}

fn malformed(file: &str, why: String) -> Refusal {
    Refusal::Index(IndexRefusal::Malformed { file: file.to_owned(), why })
}

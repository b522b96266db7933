//! The index: shards and index files as the metadata list them. What is listed with the same digest is not asked for again.

use std::collections::BTreeMap;

use adx_index::{
    limits::MAX_INDEX_BYTES,
    line::{IndexLine, parse_file},
};
use adx_signing::{
    Digest, ModuleId,
    tuf::control::{IndexFile, IndexShard, MAX_CONTROL_BYTES},
};

use crate::{
    SourceError, address,
    refusal::{IndexRefusal, Refusal},
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
        let address = address::shard(&shard.sha256);
        if !self.shards.contains_key(&address) {
            let (content, _, _) = fetch_shard(source, shard).await?;
            if self.shards.len() >= MAX_SHARDS {
                self.shards.clear();
            }
            self.shards.insert(address.clone(), content);
        }
        let listed = self.shards.get(&address).and_then(|shard| shard.files.get(path)).copied();
        let Some(listed) = listed else { return Ok(Vec::new()) };
        if let Some((_, lines)) = self.modules.get(path).filter(|(known, _)| *known == listed) {
            return Ok(lines.clone());
        }
        let file = address::index(module);
        let lines = parse_lines(&file, fetch_index_file(source, &file, &listed).await?, module)?;
        if self.modules.len() >= MAX_MODULES {
            self.modules.clear();
        }
        self.modules.insert(path.to_owned(), (listed, lines.clone()));
        Ok(lines)
    }

    /// The lines of a package, of those that were read before.
    pub(crate) fn lines_of(&self, package: &Digest) -> impl Iterator<Item = &IndexLine> {
        self.modules.values().flat_map(|(_, lines)| lines).filter(move |line| line.sha256 == *package)
    }
}

/// A shard of the index, its address and its bytes.
pub(crate) async fn fetch_shard(source: &Source, listed: &IndexFile) -> Result<(IndexShard, String, Vec<u8>), Refusal> {
    let file = address::shard(&listed.sha256);
    let held = |bytes: Option<Vec<u8>>| {
        let bytes = bytes.ok_or_else(|| not_served(file.clone(), source))?;
        if listed.is_of(&bytes) { Ok(bytes) } else { Err(not_listed(&file)) }
    };
    let bytes = source.get_held(&file, listed.length.min(MAX_CONTROL_BYTES as u64), held).await?;
    match IndexShard::from_json(&bytes) {
        Ok(shard) => Ok((shard, file, bytes)),
        Err(error) => Err(Refusal::Index(IndexRefusal::Malformed { file, why: error.to_string() })),
    }
}

/// An index file that is the one listed.
pub(crate) async fn fetch_index_file(source: &Source, file: &str, listed: &IndexFile) -> Result<Vec<u8>, Refusal> {
    // One byte more than listed may come, so that a newer file is found to be another and not to be endless.
    let cap = listed.length.saturating_add(1).min(MAX_INDEX_BYTES);
    let held = |bytes: Option<Vec<u8>>| match bytes {
        Some(bytes) if listed.is_of(&bytes) => Ok(bytes),
        Some(_) => Err(not_listed(file)),
        None => Err(not_served(file.to_owned(), source)),
    };
    match source.get_held(file, cap, held).await {
        Err(Refusal::Source(SourceError::TooLarge { .. })) => Err(not_listed(file)),
        other => other,
    }
}

/// The lines of an index file.
pub(crate) fn parse_lines(file: &str, bytes: Vec<u8>, module: &ModuleId) -> Result<Vec<IndexLine>, Refusal> {
    let text = String::from_utf8(bytes)
        .map_err(|error| Refusal::Index(IndexRefusal::Malformed { file: file.to_owned(), why: error.to_string() }))?;
    parse_file(&text, module).map_err(|error| Refusal::Index(IndexRefusal::Line(error)))
}

fn not_listed(file: &str) -> Refusal {
    Refusal::Index(IndexRefusal::NotListed { file: file.to_owned() })
}

/// A file that is listed and not there.
pub(crate) fn not_served(what: String, source: &Source) -> Refusal {
    Refusal::NotServed { what, source_address: source.to_string() }
}

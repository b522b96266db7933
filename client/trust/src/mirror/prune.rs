//! Removing what the metadata do not name any more.

use std::collections::{BTreeMap, BTreeSet};

use adx_index::line::index_path;
use adx_signing::{
    Digest, ModuleId, UtcSecond,
    log::{RightEdge, TreeHead},
};

use super::{Mirror, MirrorError};
use crate::{address, registry::Inventory, state};

/// How long, in seconds, a file stays that nothing names any more. A reader in the midst of an update may ask for it for as long as
/// the timestamp lives that it began with, a day at most.
pub const GRACE: i64 = 48 * 3_600;
/// Since when files have had no use, by path. Without it, or if it is damaged, every file's time begins anew.
const UNNAMED: &str = "unnamed.json";
/// Where files lie that may lose their use.
const FOLDERS: [&str; 4] = [address::TUF, "index", "packages", "log/tile"];

impl Mirror {
    /// Removes what had no use for [`GRACE`], and says how many files. The new state is in place by now.
    pub(super) fn prune(&self, inventory: &Inventory, head: &TreeHead, now: UtcSecond) -> Result<u64, MirrorError> {
        let named = named(inventory, head);
        let path = self.folder.own(UNNAMED);
        let known = state::read(&path)?.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let known: BTreeMap<String, UtcSecond> = known.unwrap_or_default();
        let mut unnamed = BTreeMap::new();
        let mut removed = 0;
        for folder in FOLDERS {
            for file in self.folder.list(folder)? {
                if named.contains(&file) || !self.may_go(&file) {
                    continue;
                }
                // A time to come is of a clock that was wrong.
                let since = known.get(&file).copied().filter(|since| *since <= now).unwrap_or(now);
                if since.after(time::Duration::seconds(GRACE)) <= now {
                    self.folder.remove(&file)?;
                    removed += 1;
                } else {
                    unnamed.insert(file, since);
                }
            }
        }
        if unnamed != known {
            state::write(&path, &serde_json::to_vec(&unnamed).unwrap_or_default())?;
        }
        Ok(removed)
    }

    /// Whether a file is one that a mirror writes and that may lose its use: roots and full tiles never do, and what
    /// others laid here is theirs.
    fn may_go(&self, path: &str) -> bool {
        if path.starts_with("log/tile/") {
            // Readers that miss a partial tile ask for the full one.
            return path
                .split_once(".p/")
                .is_some_and(|(full, width)| width.parse::<u8>().is_ok() && self.folder.has(full));
        }
        if let Some(file) = path.strip_prefix("index/")
            && let Some(module) = file.get("aa/bb/".len()..).and_then(|name| name.parse::<ModuleId>().ok())
        {
            return index_path(&module) == file;
        }
        let Some((first, rest)) = path.rsplit('/').next().and_then(|name| name.split_once('.')) else { return false };
        first.parse::<Digest>().is_ok()
            || (first.parse::<u64>().is_ok() && rest.strip_suffix(".json").is_some_and(|role| role != "root"))
    }
}

/// What the present metadata and the present log name.
fn named(inventory: &Inventory, head: &TreeHead) -> BTreeSet<String> {
    let mut named: BTreeSet<String> =
        inventory.immutable.iter().chain(&inventory.changing).map(|(path, _)| path.clone()).collect();
    named.extend(inventory.index.iter().chain(&inventory.advisories).map(|(path, _)| path.clone()));
    named.extend(RightEdge::tiles(head.size).iter().map(address::tile));
    for (name, target) in &inventory.targets {
        let sha256 = target.sha256;
        named.insert(format!("{}/{sha256}.{name}", address::TARGETS));
        named.extend([address::package(&sha256), address::envelope(&sha256)]);
    }
    named
}

//! Holding what a bundle carries against the metadata and the log that came with it, before it is kept: a damaged copy would stand
//! before a sound one that was carried earlier.

use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use adx_index::{limits::MAX_PACKAGE_BYTES, line::IndexLine};
use adx_signing::{Digest, UtcSecond, envelope::MAX_ENVELOPE_BYTES, tuf::TargetFile};

use super::trusted::Trusted;
use crate::{
    address,
    decide::publication,
    refusal::{Refusal, TargetRefusal},
    source::Source,
    state::StateError,
};

impl Trusted {
    /// That the package and the envelope of a release are, where `unpacked` has them, the ones that metadata and log list. Gives
    /// the files that were held against them.
    pub(super) async fn hold(
        &mut self,
        source: &Source,
        unpacked: &Path,
        line: &IndexLine,
        now: UtcSecond,
    ) -> Result<[PathBuf; 2], Refusal> {
        let carried = Source::folder(unpacked);
        let (package, envelope) = (address::package(&line.sha256), address::envelope(&line.sha256));
        let listed = self.target(source, &line.module, &line.version, now).await.1?;
        if let Some((found, length)) = carried.measure(&package, MAX_PACKAGE_BYTES).await? {
            check(&listed, found, length)?;
        }
        if let Some(bytes) = carried.get(&envelope, MAX_ENVELOPE_BYTES as u64).await? {
            let leaf = self.leaf(source, &line.module, &line.version, now).await?;
            publication(&leaf, &line.module, &line.version, line.sha256, &bytes)?;
        }
        Ok([unpacked.join(package), unpacked.join(envelope)])
    }
}

/// That a package is the one listed.
pub(super) fn check(listed: &TargetFile, found: Digest, length: u64) -> Result<(), Refusal> {
    if length != listed.length {
        return Err(Refusal::Target(TargetRefusal::Length { listed: listed.length, found: length }));
    }
    if found != listed.sha256 {
        return Err(Refusal::Target(TargetRefusal::Hash { listed: listed.sha256, found }));
    }
    Ok(())
}

/// Removes the packages and envelopes of an unpacked bundle that were held against nothing: those of another registry's modules,
/// and what no index names.
pub(super) fn drop_others(unpacked: &Path, held: &BTreeSet<PathBuf>) -> Result<(), StateError> {
    let folder = unpacked.join("packages");
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StateError::disk(&folder, &error)),
    };
    for entry in entries {
        let path = entry.map_err(|error| StateError::disk(&folder, &error))?.path();
        if !held.contains(&path) {
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(|error| StateError::disk(&path, &error))?;
        }
    }
    Ok(())
}

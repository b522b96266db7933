use std::collections::BTreeMap;

use adx_registry_core::ports::Schema;
use adx_signing::{digest::Digest, utc::UtcSecond, version::V1};
use serde::{Deserialize, Serialize};

/// The first part, by which the format is recognised.
pub(super) const FORMAT: &str = "adx-registry-backup.json";
/// Its content.
pub(super) const FORMAT_CONTENT: &[u8] = b"{\"v\":1}\n";
/// The list of the parts before it, a [`Part`] a line.
pub(super) const PARTS: &str = "parts.jsonl";
/// The last part.
pub(super) const MANIFEST: &str = "manifest.json";

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `"v": 1`.
    pub v: V1,
    /// The moment that the rows show.
    pub at: UtcSecond,
    /// The version of the program that wrote it.
    pub made_by: String,
    /// The tables, and the migration that made them.
    pub schema: Schema,
    /// What each table holds.
    pub rows: BTreeMap<String, Rows>,
    /// How many blobs.
    pub blobs: u64,
    /// Their bytes.
    pub blob_bytes: u64,
    /// Leaves of the log that was served.
    pub leaves: u64,
    /// The key files in it, by their name below the data folder.
    pub keys: Vec<String>,
    /// The digest of the list of parts.
    pub parts_sha256: Digest,
}

/// The rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// How many.
    pub rows: u64,
    /// The digest of all its lines, each with a line feed.
    pub sha256: Digest,
}

/// A file in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    /// Its path.
    pub path: String,
    /// Its size.
    pub size_bytes: u64,
    /// Its digest.
    pub sha256: Digest,
}

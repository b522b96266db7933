//! Index lines: one JSON object per version, one file per module (NDJSON).
//!
//! The form of crates.io's sparse index. A line says everything the resolver and the verifier need
//! to know before they download a package. Unknown fields are ignored, so that old readers read
//! newer lines.

use std::collections::{BTreeMap, BTreeSet};

use adx_signing::{Digest, KeyId, ModuleId, tuf::reason};
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::limits::MAX_INDEX_LINE_BYTES;

/// One released version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexLine {
    /// The module.
    pub module: ModuleId,
    /// The version.
    pub version: Version,
    /// The digest of the package, and its name under `/packages`.
    pub sha256: Digest,
    /// The size of the package in bytes.
    pub size_bytes: u64,
    /// The modules it needs.
    #[serde(default)]
    pub dependencies: BTreeMap<ModuleId, VersionReq>,
    /// The platform versions it runs on.
    pub adx_core_version: VersionReq,
    /// The WIT world it is a component for.
    pub world: String,
    /// The permissions it asks for, required and optional, as text.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Not to be chosen any more, though still served.
    #[serde(default)]
    pub yanked: bool,
    /// Why it was yanked, if its publisher said so: one line without markup, whatever was signed.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "reason::shown_if_any")]
    pub yanked_for: Option<String>,
    /// That its publisher advises against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<Deprecated>,
    /// When it was made public, RFC 3339 in UTC.
    pub released_at: String,
    /// The publisher's key that signed it.
    pub key_id: KeyId,
    /// The number of its leaf in the transparency log; none for a release from before the registry kept one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<u64>,
}

/// What a publisher says of versions that it advises against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deprecated {
    /// Why, for people: one line without markup, whatever was signed.
    #[serde(deserialize_with = "reason::shown")]
    pub message: String,
    /// The module to use in its stead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<ModuleId>,
}

/// Why an index file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the index: {reason}")]
pub struct LineError {
    /// The number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: LineProblem,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineProblem {
    /// Longer than [`MAX_INDEX_LINE_BYTES`].
    #[error("it has {length} bytes, the cap is {MAX_INDEX_LINE_BYTES}: the file is damaged or hostile, fetch it again")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// Not the JSON of an index line.
    #[error("{0}")]
    Json(String),
    /// A line of another module.
    #[error("it is about {found}, this is the file of {expected}")]
    OtherModule {
        /// The module the line names.
        found: ModuleId,
        /// The module whose file it is.
        expected: ModuleId,
    },
    /// A version that stands in the file already.
    #[error("version {0} is there twice")]
    Duplicate(Version),
}

impl IndexLine {
    /// The line, ending in a line feed. The same line always has the same bytes.
    #[expect(clippy::missing_panics_doc, reason = "an index line is plain JSON")]
    pub fn to_ndjson(&self) -> String {
        let mut text = serde_json::to_string(self).expect("an index line is plain JSON");
        text.push('\n');
        text
    }

    /// Reads one line, with or without its line feed. `number` is its place in the file, from 1,
    /// for the message.
    ///
    /// # Errors
    /// [`LineError`] names the line and what is wrong with it.
    pub fn parse(text: &str, number: usize) -> Result<Self, LineError> {
        let at = |reason| LineError { line: number, reason };
        if text.len() > MAX_INDEX_LINE_BYTES {
            return Err(at(LineProblem::TooLong { length: text.len() }));
        }
        serde_json::from_str(text).map_err(|error| at(LineProblem::Json(error.to_string())))
    }
}

/// Writes a module's index file, oldest version first, whatever the order given.
pub fn write_file<'lines>(lines: impl IntoIterator<Item = &'lines IndexLine>) -> String {
    let mut sorted: Vec<_> = lines.into_iter().collect();
    sorted.sort_by(|one, other| one.version.cmp(&other.version));
    sorted.into_iter().map(IndexLine::to_ndjson).collect()
}

/// Reads a module's index file whole. Empty lines are skipped.
///
/// # Errors
/// The first bad line, a line about another module, or a version that stands there twice.
pub fn parse_file(text: &str, module: &ModuleId) -> Result<Vec<IndexLine>, LineError> {
    let mut versions = BTreeSet::new();
    let mut lines = Vec::new();
    for (index, text) in text.lines().enumerate() {
        if text.trim().is_empty() {
            continue;
        }
        let number = index + 1;
        let line = IndexLine::parse(text, number)?;
        if line.module != *module {
            return Err(LineError {
                line: number,
                reason: LineProblem::OtherModule { found: line.module, expected: module.clone() },
            });
        }
        if !versions.insert(line.version.clone()) {
            return Err(LineError { line: number, reason: LineProblem::Duplicate(line.version) });
        }
        lines.push(line);
    }
    Ok(lines)
}

/// Where a module's index file lies: `adx/hello` is `ad/he/adx/hello`. The first two letters of
/// namespace and name keep every folder small enough for any file system.
pub fn index_path(module: &ModuleId) -> String {
    // Names are ASCII and at least two characters long.
    format!("{}/{}/{module}", &module.namespace.as_str()[..2], &module.name.as_str()[..2])
}

//! Advisories as agents act on them: a list that `index-root.json` names by its digest, so that it is as fresh and as whole as the
//! index. The document of each, in the Open Source Vulnerability format, is named by the list.
//!
//! Readers from before ignore the member of `index-root.json`. Members of an entry that a reader does not know are ignored.

use std::{collections::BTreeMap, fmt, str::FromStr};

use adx_signing::{
    Digest, ModuleId, UtcSecond,
    tuf::{
        control::{ControlError, IndexFile, MAX_CONTROL_BYTES},
        reason,
    },
    version::V1,
};
use semver::Version;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::affected::VersionRange;

/// The name of an advisory: `ADX-2026-0001`, the year it was filed in and a number, which begins at 1 with each year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AdvisoryId {
    year: u16,
    number: u32,
}

/// A text that names no advisory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this names no advisory: it must be like `ADX-2026-0001`")]
pub struct BadAdvisoryId;

impl AdvisoryId {
    /// The advisory of this number in a year.
    pub const fn new(year: u16, number: u32) -> Self {
        Self { year, number }
    }

    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The number.
    pub const fn number(self) -> u32 {
        self.number
    }
}

impl fmt::Display for AdvisoryId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ADX-{:04}-{:04}", self.year, self.number)
    }
}

impl FromStr for AdvisoryId {
    type Err = BadAdvisoryId;

    fn from_str(text: &str) -> Result<Self, BadAdvisoryId> {
        let (year, number) = text.strip_prefix("ADX-").and_then(|rest| rest.split_once('-')).ok_or(BadAdvisoryId)?;
        let id =
            Self { year: year.parse().map_err(|_| BadAdvisoryId)?, number: number.parse().map_err(|_| BadAdvisoryId)? };
        if id.number > 0 && id.to_string() == text { Ok(id) } else { Err(BadAdvisoryId) }
    }
}

impl Serialize for AdvisoryId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AdvisoryId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// How much harm is to be feared, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// The utmost.
    Critical,
}

/// A word that is no severity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no severity: `low`, `medium`, `high` and `critical` are")]
pub struct UnknownSeverity(String);

impl Severity {
    /// Every one, the least first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(text: &str) -> Result<Self, UnknownSeverity> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| UnknownSeverity(text.to_owned()))
    }
}

/// Every advisory of a registry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdvisoryList {
    /// `"v": 1`.
    pub v: V1,
    /// By name; those that were withdrawn too, as long as there is room for them.
    pub advisories: BTreeMap<AdvisoryId, ListedAdvisory>,
}

/// What agents need of an advisory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedAdvisory {
    /// The module it is about.
    pub module: ModuleId,
    /// Which versions.
    pub affected: Vec<VersionRange>,
    /// How much harm is to be feared.
    pub severity: Severity,
    /// What it is, for people: one line without markup, whatever was signed.
    #[serde(deserialize_with = "reason::shown")]
    pub title: String,
    /// Whether an operator of the registry stands for it. Else only the module's publisher does, who gains where others must update.
    pub confirmed: bool,
    /// How often it was changed, and its publication: 1, 2, 3, …
    pub revision: u64,
    /// When it was changed last.
    pub modified: UtcSecond,
    /// Since when it holds no more, if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<UtcSecond>,
    /// Its document.
    pub document: IndexFile,
}

impl ListedAdvisory {
    /// Whether it holds of a version of a module.
    pub fn affects(&self, module: &ModuleId, version: &Version) -> bool {
        self.withdrawn.is_none()
            && self.module == *module
            && self.affected.iter().any(|affected| affected.holds(version))
    }

    /// The first versions after affected ones that are not, the lowest first.
    pub fn patched(&self) -> Vec<&Version> {
        patched(&self.affected)
    }
}

/// The first versions behind affected ones that are not affected themselves, the lowest first.
pub fn patched(affected: &[VersionRange]) -> Vec<&Version> {
    let ends = affected.iter().filter_map(|range| range.fixed.as_ref());
    let mut ends: Vec<_> = ends.filter(|end| end.pre.as_str() != "0").collect();
    ends.sort_unstable();
    ends.dedup();
    ends.retain(|end| !affected.iter().any(|range| range.holds(end)));
    ends
}

impl AdvisoryList {
    /// The list's bytes. Equal content has equal bytes.
    #[expect(clippy::missing_panics_doc, reason = "maps have text for keys and no value fails to encode")]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("maps have text for keys and no value fails to encode")
    }

    /// Reads a list whose digest was compared with the index root.
    ///
    /// # Errors
    /// [`ControlError`] for anything beyond the cap, of another version or not of this form.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ControlError> {
        const NAME: &str = "list of advisories";
        if bytes.len() > MAX_CONTROL_BYTES {
            return Err(ControlError::TooLarge { name: NAME, length: bytes.len() });
        }
        serde_json::from_slice(bytes).map_err(|error| ControlError::Json { name: NAME, reason: error.to_string() })
    }

    /// Those that hold of a version of a module, the worst first.
    pub fn of<'l>(&'l self, module: &ModuleId, version: &Version) -> Vec<(AdvisoryId, &'l ListedAdvisory)> {
        let mut found: Vec<_> = self
            .advisories
            .iter()
            .filter(|(_, listed)| listed.affects(module, version))
            .map(|(id, listed)| (*id, listed))
            .collect();
        found.sort_by_key(|(_, listed)| std::cmp::Reverse(listed.severity));
        found
    }
}

/// Where the list or a document lies, below the index: older readers of bundles take no files of other folders.
pub fn advisory_path(sha256: &Digest) -> String {
    format!("advisories/{sha256}.json")
}

//! Modules, their releases, and the change feed that announces them.

use std::collections::BTreeMap;

use adx_index::affected::VersionRange;
use adx_index::line::{Deprecated, IndexLine};
use adx_signing::digest::Digest;
use adx_signing::key::KeyId;
use adx_signing::name::ModuleId;
use semver::{Version, VersionReq};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::Id;
use crate::publisher::Publisher;
use crate::token::Token;

/// A module as its page shows it: what its newest release says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its identifier.
    pub id: Id<Module>,
    /// Its name, unique by canonical form.
    pub module: ModuleId,
    /// Whose it is.
    pub publisher: Id<Publisher>,
    /// What people read.
    pub display_name: String,
    /// One sentence.
    pub description: String,
    /// The category of the marketplace, if the manifest names one.
    pub category: Option<String>,
    /// Tags of the marketplace.
    pub tags: Vec<String>,
    /// The newest release that is not withheld: the highest that is no pre-release, else the highest. When all are, the
    /// newest of those that are yanked, then of those in quarantine.
    pub latest: Option<Version>,
    /// When its first version was released.
    pub created_at: OffsetDateTime,
    /// When its last version was released.
    pub updated_at: OffsetDateTime,
    /// How long its index file is at most, in bytes: the lines of all its releases, those in quarantine too.
    pub index_bytes: u64,
    /// All its packages together, in bytes; those that were erased too.
    pub package_bytes: u64,
    /// When an operator deleted it, if one did: nobody finds it, and nothing is published under its name.
    pub deleted_at: Option<OffsetDateTime>,
    /// Why the whole of it is in quarantine, if it is: no version can be installed, nor another be published.
    pub quarantined_for: Option<String>,
    /// Why the whole of it is taken down, if it is: no version is served, nor another published.
    pub taken_down_for: Option<String>,
}

impl Module {
    /// Whether a new release of `version` would be what the module's page shows, as long as the one it shows is not withheld.
    pub fn would_lead(&self, version: &Version) -> bool {
        let rank = |version: &Version| (version.pre.is_empty(), version.clone());
        self.latest.as_ref().is_none_or(|latest| rank(version) >= rank(latest))
    }
}

/// A version made public. All but what it is withheld for never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its identifier.
    pub id: Id<Release>,
    /// The row of its module.
    pub module_row: Id<Module>,
    /// Its module.
    pub module: ModuleId,
    /// Its version; unique in the module without regard to build metadata.
    pub version: Version,
    /// sha256 of the package.
    pub sha256: Digest,
    /// Size of the package.
    pub size_bytes: u64,
    /// Other modules it needs.
    pub dependencies: BTreeMap<ModuleId, VersionReq>,
    /// Platform versions it runs on.
    pub adx_core_version: VersionReq,
    /// The WIT world it is built for.
    pub world: String,
    /// Permissions it asks for, in the manifest's words.
    pub permissions: Vec<String>,
    /// The key that signed it.
    pub key_id: KeyId,
    /// The token that published it.
    pub published_with: Id<Token>,
    /// Not chosen any more, still served.
    pub yanked: bool,
    /// Why it was yanked, if its publisher said so.
    pub yanked_for: Option<String>,
    /// Why that was taken back, if it was yanked, is not any more, and its publisher said so.
    pub unyanked_for: Option<String>,
    /// Why it is in quarantine, if it is: not installable, until an operator lets it out.
    pub quarantined_for: Option<String>,
    /// Why its whole module is in quarantine, if that is.
    pub module_quarantined_for: Option<String>,
    /// Why it is taken down, if it is: the law forbids to serve it.
    pub taken_down_for: Option<String>,
    /// Why its whole module is taken down, if that is.
    pub module_taken_down_for: Option<String>,
    /// Whether its package and its texts were erased with that: nothing brings them back.
    pub erased: bool,
    /// When it was released.
    pub released_at: OffsetDateTime,
    /// Its place in the change feed.
    pub seq: u64,
    /// The number of its leaf; none for a release from before the log.
    pub leaf: Option<u64>,
}

impl Release {
    /// Whether it is not to be chosen for something new.
    pub const fn is_withheld(&self) -> bool {
        self.yanked || !self.is_offered()
    }

    /// Whether the registry offers it, be it yanked: whatever is signed leaves out one that is not.
    pub const fn is_offered(&self) -> bool {
        self.quarantined_for.is_none()
            && self.module_quarantined_for.is_none()
            && self.taken_down_for.is_none()
            && self.module_taken_down_for.is_none()
    }

    /// Why it is taken down, by itself or with its module.
    pub fn takedown(&self) -> Option<&str> {
        self.taken_down_for.as_deref().or(self.module_taken_down_for.as_deref())
    }

    /// Why it is in quarantine, by itself or with its module.
    pub fn quarantine(&self) -> Option<&str> {
        self.quarantined_for.as_deref().or(self.module_quarantined_for.as_deref())
    }

    /// What is shown before what: the greatest of a module's releases is what its page shows.
    pub fn rank(&self) -> impl Ord + use<> {
        (self.takedown().is_none(), self.is_offered(), !self.yanked, self.version.pre.is_empty(), self.version.clone())
    }

    /// The line that the module's index file carries for this release.
    pub fn index_line(&self) -> IndexLine {
        IndexLine {
            module: self.module.clone(),
            version: self.version.clone(),
            sha256: self.sha256,
            size_bytes: self.size_bytes,
            dependencies: self.dependencies.clone(),
            adx_core_version: self.adx_core_version.clone(),
            world: self.world.clone(),
            permissions: self.permissions.clone(),
            yanked: self.yanked,
            yanked_for: self.yanked_for.clone().filter(|_| self.yanked),
            deprecated: None,
            released_at: self.released_at.format(&Rfc3339).unwrap_or_default(),
            key_id: self.key_id,
            leaf: self.leaf,
        }
    }
}

/// That a publisher advises against a module, or some of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deprecation {
    /// Which versions; every one, those to come too, if none are named.
    pub versions: Option<VersionReq>,
    /// Why, for people.
    pub message: String,
    /// What to use in its stead.
    pub replacement: Option<ModuleId>,
    /// Since when.
    pub at: OffsetDateTime,
}

impl Deprecation {
    /// What it says of a version, if it says anything.
    pub fn of(&self, version: &Version) -> Option<Deprecated> {
        let covers = |versions: &VersionReq| VersionRange::of(versions).holds(version);
        self.versions
            .as_ref()
            .is_none_or(covers)
            .then(|| Deprecated { message: self.message.clone(), replacement: self.replacement.clone() })
    }
}

/// The long texts of a release, kept apart so that lists need not read them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseTexts {
    /// `module.toml`, as packed.
    pub manifest: String,
    /// `README.md`.
    pub readme: Option<String>,
    /// `CHANGELOG.md`.
    pub changelog: Option<String>,
    /// The DSSE envelope, as received.
    pub envelope: String,
}

/// What a change feed entry announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// A version was made public.
    Release,
    /// A version is not chosen any more.
    Yank,
    /// It is chosen again.
    Unyank,
    /// A version cannot be installed.
    Quarantine,
    /// It can be installed again.
    ReleaseFromQuarantine,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Release, Self::Yank, Self::Unyank, Self::Quarantine, Self::ReleaseFromQuarantine];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Yank => "yank",
            Self::Unyank => "unyank",
            Self::Quarantine => "quarantine",
            Self::ReleaseFromQuarantine => "release-from-quarantine",
        }
    }

    /// The kind that `word` stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == word)
    }
}

/// One entry of the change feed. Whoever has seen entry N never sees a smaller one appear later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// 1, 2, 3, … without gaps.
    pub seq: u64,
    /// What happened.
    pub kind: ChangeKind,
    /// To which module.
    pub module: ModuleId,
    /// To which version.
    pub version: Version,
    /// The package it is about.
    pub sha256: Digest,
    /// When.
    pub at: OffsetDateTime,
}

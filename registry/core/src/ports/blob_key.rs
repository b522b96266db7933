use std::fmt;

use adx_index::advisory::advisory_path;
use adx_index::line::index_path;
use adx_signing::digest::Digest;
use adx_signing::log::{TileKind, TilePath};
use adx_signing::name::ModuleId;
use adx_signing::tuf::control::CONTROL_FILES;
use adx_signing::tuf::{MetadataFile, RoleName, TargetName, TopRole};

use crate::Id;
use crate::submissions::Submission;

/// Highest level of tiles that a tree can have: one of 2^64 leaves needs eight.
const MAX_TILE_LEVEL: u8 = 7;

/// The name of a blob: the path under which it is served, and nothing a client can choose freely.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BlobKey {
    /// `packages/{sha256}.adxm`, immutable.
    Package(Digest),
    /// `packages/{sha256}.dsse.json`, immutable: the envelope signed for the package of that digest.
    Envelope(Digest),
    /// `index/{aa}/{bb}/{namespace}/{name}`, rewritten by the rounds of signing.
    Index(ModuleId),
    /// `index/shards/{sha256}.json`, immutable: the digests of the index files of one shard.
    IndexShard(Digest),
    /// `index/advisories/{sha256}.json`, immutable: the list of advisories, or the document of one.
    Advisory(Digest),
    /// `tuf/7.snapshot.json`, immutable; `tuf/timestamp.json`, rewritten.
    Metadata(MetadataName),
    /// `tuf/targets/{sha256}.{name}`, immutable: a control file. Packages, targets as well, stand below `packages`.
    Control {
        /// The digest of the file.
        sha256: Digest,
        /// Its name.
        name: TargetName,
    },
    /// `submissions/{id}.adxm`, immutable and served to nobody but operators: the package of a submission that waits.
    Submission(Id<Submission>),
    /// `log/checkpoint`, rewritten.
    Checkpoint,
    /// `log/tile/…`, immutable.
    Tile(TilePath),
}

/// The name of a metadata file under consistent snapshots, `7.bin-0a.json`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetadataName(String);

impl MetadataName {
    /// The timestamp, where clients begin.
    pub fn timestamp() -> Self {
        Self(TopRole::Timestamp.versioned_file(0))
    }

    /// The file of a top-level role.
    pub fn of_top(role: TopRole, version: u64) -> Self {
        Self(role.versioned_file(version))
    }

    /// The file of a delegated role.
    pub fn of_role(role: &RoleName, version: u64) -> Self {
        Self(role.versioned_file(version))
    }

    /// The file that a round made.
    pub fn of_file(file: &MetadataFile) -> Self {
        Self(file.name.clone())
    }

    /// Reads a name in its one spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let name = Self(text.to_owned());
        if name == Self::timestamp() {
            return Some(name);
        }
        let (digits, role) = text.strip_suffix(".json")?.split_once('.')?;
        let version: u64 = digits.parse().ok().filter(|version| *version > 0)?;
        let top = [TopRole::Root, TopRole::Targets, TopRole::Snapshot];
        let known = top.iter().any(|top| top.as_str() == role) || role.parse::<RoleName>().is_ok();
        (known && version.to_string() == digits).then_some(name)
    }

    /// Version and role, `(7, "bin-0a")`; none for the timestamp.
    pub fn version_and_role(&self) -> Option<(u64, &str)> {
        let (digits, role) = self.0.strip_suffix(".json")?.split_once('.')?;
        Some((digits.parse().ok()?, role))
    }

    /// Whether the file is written anew under the same name.
    pub fn is_mutable(&self) -> bool {
        *self == Self::timestamp()
    }
}

impl fmt::Display for MetadataName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Package(sha256) => write!(f, "packages/{sha256}.adxm"),
            Self::Envelope(sha256) => write!(f, "packages/{sha256}.dsse.json"),
            Self::Index(module) => write!(f, "index/{}", index_path(module)),
            Self::IndexShard(sha256) => write!(f, "index/shards/{sha256}.json"),
            Self::Advisory(sha256) => write!(f, "index/{}", advisory_path(sha256)),
            Self::Metadata(name) => write!(f, "tuf/{name}"),
            Self::Control { sha256, name } => write!(f, "tuf/targets/{sha256}.{name}"),
            Self::Submission(id) => write!(f, "submissions/{id}.adxm"),
            Self::Checkpoint => f.write_str("log/checkpoint"),
            Self::Tile(tile) => write!(f, "log/{tile}"),
        }
    }
}

impl BlobKey {
    /// The key of a path that any key was written as.
    pub fn from_path(path: &str) -> Option<Self> {
        if path == Self::Checkpoint.to_string() {
            return Some(Self::Checkpoint);
        }
        Self::from_package_path(path)
            .or_else(|| Self::from_signed_path(path))
            .or_else(|| Self::from_index_path(path))
            .or_else(|| Self::from_submission_path(path))
    }

    /// The key of the path of a submission that waits.
    pub fn from_submission_path(path: &str) -> Option<Self> {
        let key = Self::Submission(path.strip_prefix("submissions/")?.strip_suffix(".adxm")?.parse().ok()?);
        (key.to_string() == path).then_some(key)
    }

    /// The key of an index file's path, `index/ad/he/adx/hello`.
    fn from_index_path(path: &str) -> Option<Self> {
        let (_, module) = path.strip_prefix("index/")?.split_once('/').and_then(|(_, rest)| rest.split_once('/'))?;
        let key = Self::Index(module.parse().ok()?);
        (key.to_string() == path).then_some(key)
    }

    /// The key of a path that a key of a package or an envelope was written as.
    pub fn from_package_path(path: &str) -> Option<Self> {
        let file = path.strip_prefix("packages/")?;
        if let Some(stem) = file.strip_suffix(".adxm") {
            return stem.parse().ok().map(Self::Package);
        }
        file.strip_suffix(".dsse.json")?.parse().ok().map(Self::Envelope)
    }

    /// The key of a path that a round of signing wrote: metadata, a control file, a shard of the index, an advisory, a tile.
    pub fn from_signed_path(path: &str) -> Option<Self> {
        if let Some(target) = path.strip_prefix("tuf/targets/") {
            return Self::from_target_path(target).filter(|key| matches!(key, Self::Control { .. }));
        }
        if let Some(name) = path.strip_prefix("tuf/") {
            return MetadataName::parse(name).map(Self::Metadata);
        }
        if let Some(shard) = path.strip_prefix("index/shards/") {
            return shard.strip_suffix(".json")?.parse().ok().map(Self::IndexShard);
        }
        if let Some(file) = path.strip_prefix("index/advisories/") {
            return file.strip_suffix(".json")?.parse().ok().map(Self::Advisory);
        }
        Self::from_tile_path(path.strip_prefix("log/")?)
    }

    /// The key of a target's path below `tuf/targets`: a control file, or the package that stands elsewhere.
    pub fn from_target_path(path: &str) -> Option<Self> {
        let (sha256, name) = path.split_once('.')?;
        let (sha256, name): (Digest, TargetName) = (sha256.parse().ok()?, name.parse().ok()?);
        if CONTROL_FILES.contains(&name.as_str()) {
            return Some(Self::Control { sha256, name });
        }
        name.package().is_ok().then_some(Self::Package(sha256))
    }

    /// The key of a tile's path below `log`, `tile/0/x001/234.p/7`, in its one spelling.
    pub fn from_tile_path(path: &str) -> Option<Self> {
        let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => TileKind::Hashes(level.parse().ok().filter(|level| *level <= MAX_TILE_LEVEL)?),
        };
        let (groups, width) = match rest.split_once(".p/") {
            Some((groups, width)) => (groups, width.parse().ok()?),
            None => (rest, 256),
        };
        let index: String = groups.split('/').map(|group| group.strip_prefix('x').unwrap_or(group)).collect();
        let tile = TilePath { kind, index: index.parse().ok()?, width };
        ((1..=256).contains(&width) && tile.to_string() == path).then_some(Self::Tile(tile))
    }

    /// The digest it is named by, if it is that of a package or an envelope.
    pub const fn package_digest(&self) -> Option<Digest> {
        match self {
            Self::Package(sha256) | Self::Envelope(sha256) => Some(*sha256),
            _ => None,
        }
    }

    /// The digest it is named by, if it is named by one.
    pub const fn digest(&self) -> Option<Digest> {
        match self {
            Self::Package(sha256)
            | Self::Envelope(sha256)
            | Self::IndexShard(sha256)
            | Self::Advisory(sha256)
            | Self::Control { sha256, .. } => Some(*sha256),
            Self::Index(_) | Self::Metadata(_) | Self::Submission(_) | Self::Checkpoint | Self::Tile(_) => None,
        }
    }

    /// Whether what stands there is written anew under the same name.
    pub fn is_mutable(&self) -> bool {
        match self {
            Self::Index(_) | Self::Checkpoint => true,
            Self::Metadata(name) => name.is_mutable(),
            Self::Package(_)
            | Self::Envelope(_)
            | Self::IndexShard(_)
            | Self::Control { .. }
            | Self::Submission(_)
            | Self::Advisory(_)
            | Self::Tile(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_paths_and_back() {
        let digest = Digest::of(b"package");
        for key in [BlobKey::Package(digest), BlobKey::Envelope(digest)] {
            assert_eq!(BlobKey::from_package_path(&key.to_string()), Some(key));
        }
        for path in ["packages/x.adxm", "index/ad/he/adx/hello", "packages/../x", "packages/.adxm"] {
            assert_eq!(BlobKey::from_package_path(path), None, "{path}");
        }
    }

    #[test]
    fn signed_paths_and_back() {
        let digest = Digest::of(b"file");
        let control = format!("tuf/targets/{digest}.index-root.json");
        let shard = format!("index/shards/{digest}.json");
        for path in ["tuf/7.bin-0a.json", "tuf/timestamp.json", "log/tile/0/000.p/7", &control, &shard] {
            assert_eq!(BlobKey::from_signed_path(path).map(|key| key.to_string()).as_deref(), Some(path));
        }
        let package = format!("tuf/targets/{digest}.adx--hello--1.0.0.adxm");
        for path in ["log/checkpoint", "tuf/x.json", "index/ad/he/adx/hello", "tile/0/000", &package] {
            assert_eq!(BlobKey::from_signed_path(path), None, "{path}");
        }
        let parts = |name: &str| MetadataName::parse(name)?.version_and_role().map(|(v, role)| (v, role.to_owned()));
        assert_eq!(parts("7.bin-0a.json"), Some((7, "bin-0a".to_owned())));
        assert_eq!(parts("timestamp.json"), None);
    }

    #[test]
    fn every_path_and_back() {
        let digest = Digest::of(b"file");
        let keys = [
            BlobKey::Package(digest),
            BlobKey::Envelope(digest),
            BlobKey::IndexShard(digest),
            BlobKey::Advisory(digest),
            BlobKey::Checkpoint,
            BlobKey::Submission("00000000000000000000000000000007".parse().unwrap()),
            BlobKey::Index("adx/hello".parse().unwrap()),
            BlobKey::Index("acme/ab".parse().unwrap()),
            BlobKey::Metadata(MetadataName::timestamp()),
        ];
        for key in keys {
            assert_eq!(BlobKey::from_path(&key.to_string()), Some(key));
        }
        for path in [
            "",
            "index/xx/yy/adx/hello",
            "index/adx/hello",
            "log/../log/checkpoint",
            "temporary/00",
            "submissions/7.adxm",
            "submissions/../x.adxm",
            "index/ad/he/adx/../x",
        ] {
            assert_eq!(BlobKey::from_path(path), None, "{path}");
        }
    }

    #[test]
    fn metadata_names_have_one_spelling() {
        for name in
            ["timestamp.json", "1.root.json", "12.targets.json", "3.snapshot.json", "9.bin-0a.json", "1.control.json"]
        {
            assert_eq!(MetadataName::parse(name).map(|name| name.to_string()).as_deref(), Some(name));
        }
        for name in
            ["root.json", "0.root.json", "01.root.json", "1.timestamp.json", "1.bin-zz.json", "1.json", "1.root", ""]
        {
            assert_eq!(MetadataName::parse(name), None, "{name}");
        }
    }

    #[test]
    fn tile_paths_have_one_spelling() {
        for path in ["tile/0/000", "tile/1/000.p/7", "tile/entries/x001/234", "tile/entries/x001/x000/067.p/255"] {
            assert_eq!(BlobKey::from_tile_path(path).map(|key| key.to_string()), Some(format!("log/{path}")));
        }
        for path in [
            "tile/0/0",
            "tile/0/000.p/256",
            "tile/0/000.p/0",
            "tile/0/000.p/07",
            "tile/0/001/234",
            "tile/0/x000/001",
            "tile/8/000",
            "tile/00/000",
            "tile/other/000",
            "tile/0/../000",
            "checkpoint",
        ] {
            assert_eq!(BlobKey::from_tile_path(path), None, "{path}");
        }
    }

    #[test]
    fn a_target_is_a_control_file_or_a_package() {
        let digest = Digest::of(b"bytes");
        let key = |name: &str| BlobKey::from_target_path(&format!("{digest}.{name}"));
        assert_eq!(key("adx--hello--1.0.0.adxm"), Some(BlobKey::Package(digest)));
        let control = key("log-policy.json").expect("a control file");
        assert_eq!(control.to_string(), format!("tuf/targets/{digest}.log-policy.json"));
        assert_eq!(key("other.json"), None);
        assert_eq!(BlobKey::from_target_path("log-policy.json"), None, "only under its digest");
    }
}

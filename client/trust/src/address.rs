//! Where a registry serves what, below its base: the same on the origin, on a mirror, in a folder and in a bundle.

use adx_index::{advisory::advisory_path, line::index_path};
use adx_signing::{Digest, ModuleId, log::TilePath};

/// Where repository metadata lies.
pub const TUF: &str = "tuf";
/// Where targets lie, by digest and name.
pub const TARGETS: &str = "tuf/targets";
/// The last checkpoint.
pub const CHECKPOINT: &str = "log/checkpoint";

/// A tile of the log.
pub fn tile(tile: &TilePath) -> String {
    format!("log/{tile}")
}

/// A module's index file.
pub fn index(module: &ModuleId) -> String {
    format!("index/{}", index_path(module))
}

/// A shard of the index.
pub fn shard(sha256: &Digest) -> String {
    format!("index/shards/{sha256}.json")
}

/// The list of advisories, or the document of one.
pub fn advisory(sha256: &Digest) -> String {
    format!("index/{}", advisory_path(sha256))
}

/// A package.
pub fn package(sha256: &Digest) -> String {
    format!("packages/{sha256}.adxm")
}

/// The publisher's signed statement about a package.
pub fn envelope(package: &Digest) -> String {
    format!("packages/{package}.dsse.json")
}

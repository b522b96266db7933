//! What passed every proof.

use std::ops::Deref;

use adx_signing::{Digest, KeyId, ModuleId, UtcSecond};
use semver::Version;

/// Something of which every proof holds. Only [`decide`](crate::decide()) makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// For `decide` alone.
    pub(crate) fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, without the evidence.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A release as it was proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The registry whose it is, by its name in the configuration.
    pub registry: String,
    /// The module.
    pub module: ModuleId,
    /// The version.
    pub version: Version,
    /// The digest of the package.
    pub sha256: Digest,
    /// The length of the package in bytes.
    pub length: u64,
    /// The permissions that the publisher signed, required and optional, as text.
    pub permissions: Vec<String>,
    /// The digest of the bill of materials that the publisher signed.
    pub sbom_sha256: Option<Digest>,
    /// The publisher's keys that signed it, at least one. What revokes one of them revokes the release.
    pub signed_by: Vec<KeyId>,
    /// The number of its leaf in the log.
    pub leaf: u64,
    /// When it was made public, by that leaf.
    pub logged_at: UtcSecond,
}

//! Whether a package may run here. That it is a release, and which, [`adx_trust::decide()`] has proven; what is left is that
//! the package holds what its release says: archive, manifest, index line, component, platform. Only [`judge`] makes a
//! [`VerifiedPackage`], and it is given nothing but what was proven. Whether the tenant consented, the steps of an operation
//! ask of [`VerifiedPackage::missing_consent`].

use crate::store::Pin;
use adx_index::{
    component,
    line::IndexLine,
    manifest::Manifest,
    package::{Package, PackageError},
};
use adx_signing::{
    digest::Digest,
    key::KeyId,
    name::{ModuleId, Namespace},
};
use adx_trust::Verified;
use semver::Version;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

/// What was proven of a release when it was fetched, kept beside its package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    /// The registry whose it is, by its name in the configuration.
    pub registry: String,
    /// The module.
    pub module: ModuleId,
    /// The version.
    pub version: Version,
    /// The digest of the package.
    pub sha256: Digest,
    /// The permissions that the publisher signed.
    pub permissions: Vec<String>,
    /// The digest of the bill of materials that the publisher signed.
    pub sbom_sha256: Option<Digest>,
    /// The publisher's keys that signed it.
    pub signed_by: Vec<KeyId>,
    /// The number of its leaf in the registry's log.
    pub leaf: u64,
}

impl From<Verified<adx_trust::Release>> for Proven {
    fn from(verified: Verified<adx_trust::Release>) -> Self {
        let release = verified.into_inner();
        Self {
            registry: release.registry,
            module: release.module,
            version: release.version,
            sha256: release.sha256,
            permissions: release.permissions,
            sbom_sha256: release.sbom_sha256,
            signed_by: release.signed_by,
            leaf: release.leaf,
        }
    }
}

/// Which proof failed, and how.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// What makes it a release of the registry, or called it back.
    #[error(transparent)]
    Release(#[from] adx_trust::Refusal),
    /// Proof: hash.
    #[error("hash: the package is {found}, {expected} was verified")]
    Hash {
        /// What was verified.
        expected: Digest,
        /// What the bytes are.
        found: Digest,
    },
    /// Proof: the publisher's statement is about what is in the package.
    #[error("statement: its {what} is {stated}, the {against} has {found}")]
    Statement {
        /// Which field.
        what: &'static str,
        /// What the publisher signed.
        stated: String,
        /// What it was held against.
        against: &'static str,
        /// What that has.
        found: String,
    },
    /// Proof: archive.
    #[error("archive: {0}")]
    Archive(PackageError),
    /// Proof: component.
    #[error("component: {0}")]
    Component(String),
    /// Proof: index line.
    #[error("index: its {what} is {listed}, the {against} has {found}")]
    Index {
        /// Which field.
        what: &'static str,
        /// What the index says.
        listed: String,
        /// What it was held against.
        against: &'static str,
        /// What that has.
        found: String,
    },
    /// Proof: request.
    #[error("request: {asked} was asked for, this is {found}")]
    Other {
        /// What was asked for.
        asked: String,
        /// What came.
        found: String,
    },
    /// Proof: registry. Whether it was revoked can be asked of nobody.
    #[error("registry: it came from `{registry}`, which does not have the namespace `{namespace}` any more")]
    Registry {
        /// The registry it came from.
        registry: String,
        /// Its namespace.
        namespace: Namespace,
    },
    /// Proof: platform.
    #[error("platform: {release} needs adx-core {needed}, this is {platform}")]
    Platform {
        /// The module and its version.
        release: String,
        /// What it needs.
        needed: String,
        /// What this is.
        platform: Version,
    },
}

impl Refusal {
    /// Whether asking again may help. What is only too young is not asked for again at once.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Release(adx_trust::Refusal::Cooldown { .. }) => false,
            Self::Release(refusal) => refusal.is_passing(),
            _ => false,
        }
    }

    /// Whether it is about what a source gave, or about now, and not about the release.
    pub fn is_of_the_source(&self) -> bool {
        match self {
            Self::Release(refusal) => refusal.is_of_the_source(),
            Self::Hash { .. } | Self::Registry { .. } => true,
            Self::Index { against, .. } => *against == "metadata",
            _ => false,
        }
    }
}

/// A package that passed every proof. Only [`judge`] makes one.
#[derive(Debug, Clone)]
pub struct VerifiedPackage {
    pin: Pin,
    package: Arc<Package>,
}

impl VerifiedPackage {
    /// Version and digest.
    pub fn pin(&self) -> &Pin {
        &self.pin
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.package.manifest
    }

    /// What was unpacked.
    pub fn package(&self) -> &Package {
        &self.package
    }

    /// Required permissions that are not among the grants: while there are any, the tenant has not consented to it.
    pub fn missing_consent(&self, grants: &[String]) -> Vec<String> {
        self.package
            .manifest
            .permissions
            .required
            .iter()
            .map(ToString::to_string)
            .filter(|permission| !grants.contains(permission))
            .collect()
    }

    /// Permissions the manifest asks for, required and optional: nothing else may be granted, neither when it is installed nor
    /// afterwards (but for what an update that waits for consent asks for).
    pub fn asks_for(&self) -> Vec<String> {
        self.package.manifest.permissions.texts()
    }
}

/// Decides. Hashes and unpacks, so call it off the reactor.
pub fn judge(
    package: &[u8],
    proven: &Proven,
    line: &IndexLine,
    platform: &Version,
) -> Result<VerifiedPackage, Refusal> {
    if line.module != proven.module || line.version != proven.version {
        return Err(Refusal::Other {
            asked: format!("{} {}", line.module, line.version),
            found: format!("{} {}", proven.module, proven.version),
        });
    }
    let found = Digest::of(package);
    if found != proven.sha256 {
        return Err(Refusal::Hash { expected: proven.sha256, found });
    }
    listed("sha256", &line.sha256, "package", &found)?;
    listed("size_bytes", &line.size_bytes, "package", &package.len())?;

    // Only now is anything unpacked: bytes that nobody signed never reach the archive reader.
    let package = Package::read(package).map_err(Refusal::Archive)?;
    let manifest = &package.manifest;
    stated("module", &proven.module, "manifest", &manifest.id())?;
    stated("version", &proven.version, "manifest", &manifest.module.version)?;
    let asked = sorted(&manifest.permissions.texts());
    stated("permissions", &sorted(&proven.permissions), "manifest", &asked)?;
    if let Some(sbom) = proven.sbom_sha256 {
        let found = package.sbom_sha256().map_or_else(|| "none".to_owned(), |found| found.to_string());
        stated("sbom", &sbom, "package", &found)?;
    }
    if !proven.signed_by.contains(&line.key_id) {
        let signed_by = proven.signed_by.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        listed("key_id", &line.key_id, "envelope", &signed_by)?;
    }
    listed("permissions", &sorted(&line.permissions), "manifest", &asked)?;
    let compatibility = &manifest.compatibility;
    listed("adx_core_version", &line.adx_core_version, "manifest", &compatibility.adx_core_version)?;
    listed("world", &line.world, "manifest", &compatibility.world)?;
    listed("dependencies", &words(&line.dependencies), "manifest", &words(&manifest.dependencies))?;

    if !compatibility.adx_core_version.matches(platform) {
        return Err(Refusal::Platform {
            release: format!("{} {}", line.module, line.version),
            needed: compatibility.adx_core_version.to_string(),
            platform: platform.clone(),
        });
    }
    component::check(&package.component, manifest).map_err(|error| Refusal::Component(error.to_string()))?;

    let pin = Pin { version: line.version.clone(), sha256: found };
    Ok(VerifiedPackage { pin, package: Arc::new(package) })
}

fn stated(
    what: &'static str,
    stated: &impl ToString,
    against: &'static str,
    found: &impl ToString,
) -> Result<(), Refusal> {
    let (stated, found) = (stated.to_string(), found.to_string());
    if stated == found { Ok(()) } else { Err(Refusal::Statement { what, stated, against, found }) }
}

fn listed(
    what: &'static str,
    listed: &impl ToString,
    against: &'static str,
    found: &impl ToString,
) -> Result<(), Refusal> {
    let (listed, found) = (listed.to_string(), found.to_string());
    if listed == found { Ok(()) } else { Err(Refusal::Index { what, listed, against, found }) }
}

fn sorted(permissions: &[String]) -> String {
    permissions.iter().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}

fn words(dependencies: &std::collections::BTreeMap<ModuleId, semver::VersionReq>) -> String {
    dependencies.iter().map(|(module, requirement)| format!("{module} {requirement}")).collect::<Vec<_>>().join(", ")
}

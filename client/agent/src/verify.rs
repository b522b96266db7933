//! Whether a package may run here. One function decides, and only it makes a [`VerifiedPackage`].
//!
//! What it proves today: the hash, the publisher's signature, that statement, manifest and index line say the same, that the
//! archive is well formed, that the component imports only what it may, and that it fits this platform. Unknown means no.
//! Not here: whether the keys are the publisher's, which is the registry's word so far (see `SECURITY.md`), and whether the
//! tenant consented, which the steps of an operation ask of [`VerifiedPackage::missing_consent`].

use crate::store::Pin;
use adx_index::{
    component,
    line::IndexLine,
    manifest::Manifest,
    package::{Package, PackageError},
};
use adx_signing::{
    digest::Digest,
    envelope::Envelope,
    key::PublicKey,
    name::ModuleId,
    statement::{ReleaseError, verify_release},
};
use semver::Version;
use std::{collections::BTreeSet, sync::Arc};

/// What is known of a package before anything of it is believed.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The package's bytes.
    pub package: &'a [u8],
    /// What the index says of it.
    pub line: &'a IndexLine,
    /// The publisher's signed statement.
    pub envelope: &'a Envelope,
    /// The keys registered to the publisher.
    pub publisher_keys: &'a [PublicKey],
}

/// What the package must be.
#[derive(Debug, Clone, Copy)]
pub struct Demands<'a> {
    /// The module asked for.
    pub module: &'a ModuleId,
    /// The version asked for.
    pub version: &'a Version,
    /// The version of this platform.
    pub platform: &'a Version,
}

/// Which proof failed, and how.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Proof: hash.
    #[error("hash: the package is {found}, the index says {expected}")]
    Hash {
        /// What the index says.
        expected: Digest,
        /// What the bytes are.
        found: Digest,
    },
    /// Proof: size.
    #[error("size: the package has {found} bytes, the index says {expected}")]
    Size {
        /// What the index says.
        expected: u64,
        /// What the bytes are.
        found: u64,
    },
    /// Proof: publisher signature.
    #[error("publisher signature: {0}")]
    Signature(#[source] ReleaseError),
    /// Proof: the publisher's statement is about this release.
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
    Archive(#[source] PackageError),
    /// Proof: component.
    #[error("component: {0}")]
    Component(String),
    /// Proof: index line.
    #[error("index: its {what} is {listed}, the manifest has {found}")]
    Index {
        /// Which field.
        what: &'static str,
        /// What the index says.
        listed: String,
        /// What the manifest says.
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
///
/// The proofs that come with repository metadata and the log (freshness, inclusion, revocation) belong at the head of this
/// function, where [`Evidence`] gains what they need: no caller changes.
pub fn judge(evidence: &Evidence<'_>, demands: &Demands<'_>) -> Result<VerifiedPackage, Refusal> {
    let Evidence { package, line, envelope, publisher_keys } = *evidence;
    if line.module != *demands.module || line.version != *demands.version {
        return Err(Refusal::Other {
            asked: format!("{} {}", demands.module, demands.version),
            found: format!("{} {}", line.module, line.version),
        });
    }
    if package.len() as u64 != line.size_bytes {
        return Err(Refusal::Size { expected: line.size_bytes, found: package.len() as u64 });
    }
    let found = Digest::of(package);
    if found != line.sha256 {
        return Err(Refusal::Hash { expected: line.sha256, found });
    }

    let statement = verify_release(envelope, publisher_keys).map_err(Refusal::Signature)?;
    stated("sha256", &statement.sha256, "package", &found)?;
    stated("module", &statement.release.module, "index line", &line.module)?;
    stated("version", &statement.release.version, "index line", &line.version)?;
    stated("subject", &statement.subject_name, "release", &line.module.target_name(&line.version))?;

    // Only now is anything unpacked: bytes that nobody signed never reach the archive reader.
    let package = Package::read(package).map_err(Refusal::Archive)?;
    let manifest = &package.manifest;
    stated("module", &statement.release.module, "manifest", &manifest.id())?;
    stated("version", &statement.release.version, "manifest", &manifest.module.version)?;
    let asked = sorted(&manifest.permissions.texts());
    stated("permissions", &sorted(&statement.release.permissions), "manifest", &asked)?;
    if let Some(sbom) = statement.release.sbom_sha256 {
        let found = package.sbom_sha256().map_or_else(|| "none".to_owned(), |found| found.to_string());
        stated("sbom", &sbom, "package", &found)?;
    }
    if !statement.signed_by().contains(&line.key_id) {
        let signed_by = statement.signed_by().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        return Err(Refusal::Statement {
            what: "signer",
            stated: signed_by,
            against: "index line",
            found: line.key_id.to_string(),
        });
    }
    listed("permissions", &sorted(&line.permissions), &asked)?;
    listed("adx_core_version", &line.adx_core_version, &manifest.compatibility.adx_core_version)?;
    listed("world", &line.world, &manifest.compatibility.world)?;
    listed("dependencies", &words(&line.dependencies), &words(&manifest.dependencies))?;

    if !manifest.compatibility.adx_core_version.matches(demands.platform) {
        return Err(Refusal::Platform {
            release: format!("{} {}", line.module, line.version),
            needed: manifest.compatibility.adx_core_version.to_string(),
            platform: demands.platform.clone(),
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

fn listed(what: &'static str, listed: &impl ToString, found: &impl ToString) -> Result<(), Refusal> {
    let (listed, found) = (listed.to_string(), found.to_string());
    if listed == found { Ok(()) } else { Err(Refusal::Index { what, listed, found }) }
}

fn sorted(permissions: &[String]) -> String {
    permissions.iter().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}

fn words(dependencies: &std::collections::BTreeMap<ModuleId, semver::VersionReq>) -> String {
    dependencies.iter().map(|(module, requirement)| format!("{module} {requirement}")).collect::<Vec<_>>().join(", ")
}

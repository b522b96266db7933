//! What publishers make.

use adx_signing::{Digest, Envelope, ModuleId, Release, SecretKey, statement::sign_release};

use super::module;

/// What a publisher made of a version.
#[derive(Debug, Clone)]
pub(crate) struct Released {
    pub(crate) module: ModuleId,
    pub(crate) version: semver::Version,
    pub(crate) package: Vec<u8>,
    pub(crate) envelope: Vec<u8>,
}

impl Released {
    pub(crate) fn sha256(&self) -> Digest {
        Digest::of(&self.package)
    }
}

/// A version as its publisher signs it.
pub(crate) fn made(id: &str, version: &str, publisher: &SecretKey) -> Released {
    let (module, version): (ModuleId, semver::Version) = (module(id), version.parse().expect("a version"));
    let package = format!("the package of {module} {version}").into_bytes();
    let envelope = signed(&module, &version, &package, publisher).to_json().into_bytes();
    Released { module, version, package, envelope }
}

pub(crate) fn signed(module: &ModuleId, version: &semver::Version, package: &[u8], publisher: &SecretKey) -> Envelope {
    let release = Release {
        module: module.clone(),
        version: version.clone(),
        permissions: vec!["kv".to_owned()],
        sbom_sha256: None,
    };
    sign_release(&release, Digest::of(package), publisher)
}

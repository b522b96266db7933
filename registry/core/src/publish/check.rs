//! What must hold before anything is stored.

use std::collections::BTreeSet;
use std::sync::Arc;

use adx_index::component::{self, ComponentError};
use adx_index::package::{Package, PackageError};
use adx_signing::digest::Digest;
use adx_signing::envelope::Envelope;
use adx_signing::key::{KeyId, KeyPurpose, PublicKey};
use adx_signing::statement::{ReleaseStatement, Verified, verify_release};
use adx_signing::utc::UtcSecond;
use thiserror::Error;

use super::{PublishError, PublishRequest};
use crate::actor::Actor;
use crate::publisher::{Publisher, PublisherKey};
use crate::submissions::Sent;
use crate::token::{Action, Token, TokenOwner};
use crate::trusted::refuse_untrusted;
use crate::trusted::staged::is_staged;
use crate::{Id, Ports};

/// Why a package that arrived whole is not one that can be installed.
#[derive(Debug, Error)]
pub enum PackageRefused {
    /// The archive or its manifest.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The component.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// The manifest inside is not what was signed.
    #[error("the manifest's {what} is `{packed}`, but `{signed}` was signed")]
    Differs {
        /// Which part.
        what: &'static str,
        /// What the package says.
        packed: String,
        /// What the statement says.
        signed: String,
    },
}

/// A release that its publisher proved to want: the token may, and the signature holds.
pub(crate) struct Proof {
    pub(super) publisher: Publisher,
    pub(super) token: Id<Token>,
    /// The sha256 of its text and whose it is, of a token that must count when the release is recorded; none where what it sent was
    /// approved since.
    pub(super) shown: Option<(Digest, TokenOwner)>,
    pub(super) key_id: KeyId,
    /// Every key of the publisher that signed, the one above among them.
    pub(super) key_ids: BTreeSet<KeyId>,
    /// Whether an owner has to confirm it.
    pub(super) staged: bool,
    statement: Verified<ReleaseStatement>,
}

impl Proof {
    /// The digest that was signed.
    pub(super) fn sha256(&self) -> Digest {
        self.statement.sha256
    }

    /// What it makes a submission of.
    pub(super) fn sent(&self) -> Sent {
        let release = &self.statement.release;
        Sent {
            publisher: self.publisher.id,
            token: self.token,
            module: release.module.clone(),
            version: release.version.clone(),
            sha256: self.sha256(),
        }
    }

    /// What was signed.
    pub(super) fn statement(&self) -> &ReleaseStatement {
        &self.statement
    }
}

/// A package that passed every check.
pub(super) struct Checked {
    pub(super) size_bytes: u64,
    /// Shared with the checks that look it over.
    pub(super) package: Arc<Package>,
}

/// Checks who asks and what was signed, before a byte of the package is read.
pub(super) async fn envelope(ports: &Ports, actor: &Actor, request: &PublishRequest) -> Result<Proof, PublishError> {
    let module = &request.module;
    let (publisher, token) = actor.publisher()?;
    actor.publisher_of(&module.namespace, Action::Publish, Some(&module.name))?;
    let staged = {
        let mut reader = ports.store.read().await?;
        let rules = reader.publishing_rules(publisher.id).await?;
        refuse_untrusted(rules, token.owner)?;
        is_staged(&mut *reader, rules, &module.name, token).await?
    };
    let proof = prove(ports, publisher.clone(), token.id, Some((token.hash, token.owner)), request).await?;
    Ok(Proof { staged, ..proof })
}

/// Checks what a publisher signed, by the keys that count now.
pub(super) async fn prove(
    ports: &Ports,
    publisher: Publisher,
    token: Id<Token>,
    shown: Option<(Digest, TokenOwner)>,
    request: &PublishRequest,
) -> Result<Proof, PublishError> {
    let module = &request.module;
    let envelope = Envelope::from_json(&request.envelope)?;
    let (known, leaf) = {
        let mut reader = ports.store.read().await?;
        (reader.keys_of(publisher.id).await?, reader.leaf_count().await?)
    };
    if known.is_empty() {
        return Err(PublishError::NoKeys(publisher.namespace.to_string()));
    }
    let (keys, others) = release_keys(&known, leaf, ports.now().into());
    let statement = verify_release(&envelope, &keys).map_err(|error| {
        let other = envelope.signers(&others).first().map(|key| key.id());
        other.map_or(PublishError::Signature(error), |other| does_not_count(&known, other, leaf))
    })?;
    let signed = &statement.release;
    let other = |what, signed: String, asked: String| PublishError::OtherStatement { what, signed, asked };
    if signed.module != *module {
        return Err(other("module", signed.module.to_string(), module.to_string()));
    }
    if signed.version != request.version {
        return Err(other("version", signed.version.to_string(), request.version.to_string()));
    }
    let Some(key_id) = statement.signed_by().first().copied() else {
        return Err(PublishError::NoKeys(publisher.namespace.to_string()));
    };
    let key_ids = statement.signed_by().iter().copied().collect();
    Ok(Proof { publisher, token, shown, key_id, key_ids, staged: false, statement })
}

/// The keys that count for a release at this leaf and `now`, and the others.
pub(super) fn release_keys(keys: &[PublisherKey], leaf: u64, now: UtcSecond) -> (Vec<PublicKey>, Vec<PublicKey>) {
    let (counting, others): (Vec<_>, Vec<_>) = keys.iter().partition(|key| key.counts(KeyPurpose::Release, leaf, now));
    let public = |keys: Vec<&PublisherKey>| keys.into_iter().map(|key| key.public_key).collect();
    (public(counting), public(others))
}

/// Why one of these keys does not count for a release at this leaf.
pub(super) fn does_not_count(keys: &[PublisherKey], key: KeyId, leaf: u64) -> PublishError {
    let is_revoked = keys.iter().any(|known| known.key_id == key && known.is_revoked_at(leaf));
    if is_revoked { PublishError::KeyRevoked(key) } else { PublishError::KeyDoesNotCount(key) }
}

/// Checks archive, manifest and component. Takes its time and memory: not for the reactor.
pub(super) fn package(bytes: &[u8], statement: &ReleaseStatement) -> Result<Checked, PackageRefused> {
    let package = Package::read(bytes)?;
    let manifest = &package.manifest;
    let signed = &statement.release;
    same("module", &manifest.id(), &signed.module)?;
    same("version", &manifest.module.version, &signed.version)?;
    let set = |permissions: Vec<String>| permissions.into_iter().collect::<BTreeSet<_>>();
    let list = |permissions: BTreeSet<String>| Vec::from_iter(permissions).join(", ");
    let (packed, stated) = (set(manifest.permissions.texts()), set(signed.permissions.clone()));
    same("permissions", &list(packed), &list(stated))?;
    if let Some(stated) = signed.sbom_sha256 {
        let packed = package.sbom_sha256().map_or_else(|| "absent".to_owned(), |digest| digest.to_string());
        same("bill of materials", &packed, &stated.to_string())?;
    }
    component::check(&package.component, manifest)?;
    Ok(Checked { size_bytes: bytes.len() as u64, package: Arc::new(package) })
}

fn same<T: PartialEq + ToString>(what: &'static str, packed: &T, signed: &T) -> Result<(), PackageRefused> {
    if packed == signed {
        return Ok(());
    }
    Err(PackageRefused::Differs { what, packed: packed.to_string(), signed: signed.to_string() })
}

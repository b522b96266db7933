//! The four control files: three that change with what is signed, and the log's policy, which people signed.

use std::collections::BTreeMap;

use adx_signing::log::LogPolicy;
use adx_signing::name::Namespace;
use adx_signing::tuf::control::{ControlFile, IndexRoot, PublisherKeys, RegisteredKey, Revocations};
use adx_signing::tuf::{Changes, TargetFile, TargetName, Targets};
use adx_signing::version::V1;
use bytes::Bytes;

use super::index::IndexState;
use super::lease::Lease;
use super::news::News;
use super::stored::put_named;
use super::{Context, SignRoundError};
use crate::licences::authority;
use crate::ports::{BlobKey, Reader, SignStep, StoreError};

/// Stores the control files that are not the ones `control` lists, and says which those are. `revocations` is the revision of
/// the kill list that is known to be listed; it becomes the one that is listed after this.
pub(super) async fn write(
    context: &Context,
    lease: &mut Lease,
    news: &News,
    leaves: u64,
    control: &Targets,
    index: &mut IndexState,
    revocations: &mut Option<u64>,
) -> Result<Changes, SignRoundError> {
    let ports = &context.ports;
    let unlisted = |name: TargetName| !control.targets().contains_key(&name);
    let mut files = Vec::new();
    // Whatever leaves wait: what must not run is told at once.
    let revision = ports.store.read().await?.revocations_revision().await?;
    if *revocations != Some(revision) {
        // Read after its number: a change in between is read now, and once more by the next round.
        let mut reader = ports.store.read().await?;
        let licences = authority(&mut *reader, &context.ceremony.log.origin).await?;
        files.push(file(&Revocations { licences, ..reader.revocations().await? }));
        *revocations = Some(revision);
    }
    if news.keys || unlisted(PublisherKeys::target_name()) {
        files.push(file(&publisher_keys(&mut *ports.store.read().await?, leaves).await?));
    }
    if !news.modules.is_empty() || news.advisories || unlisted(IndexRoot::target_name()) {
        files.push(file(index.root(ports, control).await?));
    }
    files.retain(|(name, bytes)| control.targets().get(name) != Some(&TargetFile::of(bytes)));
    let mut changes = Changes::new();
    let mut stored = Vec::new();
    for (name, bytes) in files {
        let entry = TargetFile::of(&bytes);
        changes.insert(name.clone(), Some(entry));
        stored.push((BlobKey::Control { sha256: entry.sha256, name }, Bytes::from(bytes)));
    }
    if !stored.is_empty() {
        put_named(ports, lease, stored).await?;
        ports.progress.signed(SignStep::ControlStored);
    }
    Ok(changes)
}

/// Stores the log's policy, which the targets document of the ceremony lists: before that one is published.
pub(super) async fn write_policy(context: &Context, lease: &mut Lease) -> Result<(), SignRoundError> {
    let (name, bytes) = file::<LogPolicy>(&context.policy);
    let key = BlobKey::Control { sha256: TargetFile::of(&bytes).sha256, name };
    put_named(&context.ports, lease, vec![(key, Bytes::from(bytes))]).await
}

fn file<F: ControlFile>(content: &F) -> (TargetName, Vec<u8>) {
    (F::target_name(), content.to_json())
}

/// Every key, as the first `leaves` leaves have them.
async fn publisher_keys(reader: &mut dyn Reader, leaves: u64) -> Result<PublisherKeys, StoreError> {
    let mut namespaces: BTreeMap<Namespace, Vec<RegisteredKey>> = BTreeMap::new();
    for (namespace, key) in reader.logged_keys(leaves).await? {
        let (Some(added_at_leaf), Some(added_by)) = (key.leaf, key.added_by) else { continue };
        let removed = key.removed.filter(|removed| removed.leaf < leaves);
        namespaces.entry(namespace).or_default().push(RegisteredKey {
            public: key.public_key,
            purposes: key.purposes,
            added_by,
            added_at_leaf,
            removed_at_leaf: removed.as_ref().map(|removed| removed.leaf),
            removed_by: removed.map(|removed| removed.by),
            not_after: key.not_after,
        });
    }
    Ok(PublisherKeys { v: V1, namespaces })
}

//! From what is new to a published timestamp.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adx_signing::tuf::{
    self, Changes, MetadataFile, Role as _, RoleName, Round, TargetFile, TargetName, Targets, Timestamp, TopRole,
};
use adx_signing::utc::UtcSecond;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use time::Duration;

use super::late::LateWrites;
use super::lease::Lease;
use super::news::News;
use super::present::{self, Metadata, Present};
use super::stored::put_all;
use super::{Context, IN_FLIGHT, MAX_LEAVES, SignRoundError, advisories, control, index};
use crate::ports::{BlobKey, MetadataName, SignStep, off_reactor};
use crate::ports::{SystemWrite, Written};
use crate::release::Release;
use crate::signing::{MetadataRecord, SignedDocument};

/// Most roles that are signed again in one round because they expire.
const MAX_DUE_ROLES: usize = 256;
/// From how many roles on, in a repository of how many leaves, reading and signing them may take longer than the lease.
const MANY_ROLES: usize = 16;
const MANY_LEAVES: u64 = 50_000;
/// How long the lease is held for them.
const FOR_MANY_ROLES: Duration = Duration::seconds(60);

/// Under which root and targets document a round signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CeremonyToSign {
    /// Those that are installed.
    Installed,
    /// Those that are published already, which name the same keys.
    Published,
}

/// Signs and publishes what is due. Says whether more is.
pub(super) async fn sign(
    context: &Context,
    lease: &mut Lease,
    present: &mut Present,
    late: &mut LateWrites,
    ceremony: CeremonyToSign,
) -> Result<bool, SignRoundError> {
    let ports = &context.ports;
    let now = UtcSecond::from(ports.now());
    if present.republish {
        // The round before was recorded and not published, or storage lost it.
        publish(context, lease, present, true).await?;
    }
    let known = present.log.published.max(present.leaves);
    let leaves = known.min(present.leaves + u64::from(MAX_LEAVES));
    let news = News::read(context, present.leaves..leaves).await?;
    let control = load(context, present, BTreeSet::from([RoleName::control()])).await?;
    let control = control.into_values().next().unwrap_or_else(Targets::unpublished);
    index::write(context, lease, &news.modules, leaves, &control, &mut present.index, late).await?;
    if news.advisories {
        let list = advisories::write(context, lease, present.leaves..leaves).await?;
        present.index.root(ports, &control).await?.advisories = Some(list);
    }
    let (index, revocations) = (&mut present.index, &mut present.revocations);
    let mut changes = control::write(context, lease, &news, leaves, &control, index, revocations).await?;
    changes.extend(packages(context, present, &news.releases).await?);

    let renewed = ceremony == CeremonyToSign::Installed && is_other_ceremony(context, present);
    let due =
        |role: &str| present.documents.get(role).and_then(|known| context.due(known)).is_none_or(|due| due <= now);
    let mut roles = context.signer().roles_of(changes.keys());
    let all = || context.ceremony.bins.names().chain([RoleName::control()]);
    let expiring: Vec<_> = all().filter(|role| due(role.as_str())).collect();
    let more = known > leaves || (!renewed && expiring.len() > MAX_DUE_ROLES);
    if renewed {
        roles.extend(all());
    } else {
        roles.extend(expiring.into_iter().take(MAX_DUE_ROLES));
    }
    if !roles.is_empty() || due(TopRole::Snapshot.as_str()) {
        if roles.len() > MANY_ROLES && present.leaves > MANY_LEAVES {
            lease.hold_for(ports, FOR_MANY_ROLES).await?;
        }
        let round = round(context, present, roles, changes, renewed, now).await?;
        finish(context, lease, present, round, renewed, leaves).await?;
    } else if due(TopRole::Timestamp.as_str()) {
        resign_timestamp(context, lease, present, leaves, now).await?;
    } else if leaves > present.leaves {
        // Leaves that change no document.
        if let Some(metadata) = &present.metadata {
            let record = MetadataRecord { timestamp: metadata.file.clone(), leaves, documents: Vec::new() };
            record_metadata(context, lease, &record).await?;
            present.leaves = leaves;
        }
    }
    Ok(more)
}

/// Whether root or targets are not the ones that the last round was signed under, or none was: other keys may sign, so
/// every document is signed again.
pub(super) fn is_other_ceremony(context: &Context, present: &Present) -> bool {
    let version = |role: TopRole| present.documents.get(role.as_str()).map(|document| document.version);
    version(TopRole::Root) != Some(context.ceremony.root.version())
        || version(TopRole::Targets) != Some(context.ceremony.targets.document().version())
}

/// Refuses a targets document that is older than the one published, before anything is: it may name other witnesses.
pub(super) fn check_targets(context: &Context, present: &Present) -> Result<(), SignRoundError> {
    let role = TopRole::Targets.as_str();
    let installed = context.ceremony.targets.document().version();
    match present.documents.get(role).map(|document| document.version) {
        Some(published) if published > installed => Err(SignRoundError::CeremonyBehind { role, installed, published }),
        _ => Ok(()),
    }
}

/// Whether the installed ceremony has the keys of the published one, and a policy of the log under which nothing holds that is
/// served.
pub(super) async fn changes_only_the_policy(context: &Context, present: &Present) -> Result<bool, SignRoundError> {
    let Some(metadata) = &present.metadata else { return Ok(false) };
    let root = present.documents.get(TopRole::Root.as_str()).map(|document| document.version);
    if present.log.published > 0 || root != Some(context.ceremony.root.version()) {
        return Ok(false);
    }
    let targets = present::top_targets(&context.ports, &metadata.snapshot).await?;
    Ok(targets.delegations() == context.ceremony.targets.document().delegations())
}

/// The packages of releases as targets; those in quarantine are none.
async fn packages(context: &Context, present: &Present, releases: &[Release]) -> Result<Changes, SignRoundError> {
    let entry = |release: &Release| match TargetName::of_package(&release.module, &release.version) {
        Ok(name) => {
            let file = TargetFile { sha256: release.sha256, length: release.size_bytes };
            Some((name, release.is_offered().then_some(file)))
        }
        Err(error) => {
            // From before manifests refused such versions. It is in the log and in the index, and no client installs it.
            tracing::warn!(module = %release.module, version = %release.version, %error, "a release is no target");
            None
        }
    };
    let mut changes: Changes = releases.iter().filter_map(entry).collect();
    let removed: Vec<_> = changes.iter().filter(|(_, file)| file.is_none()).map(|(name, _)| name.clone()).collect();
    if !removed.is_empty() {
        // One that was put into quarantine before it was ever listed is not there to be removed.
        let lists = load(context, present, context.signer().roles_of(&removed)).await?;
        let is_listed = |name: &TargetName| lists.values().any(|list| list.targets().contains_key(name));
        changes.retain(|name, file| file.is_some() || is_listed(name));
    }
    Ok(changes)
}

/// The present content of roles: from memory, else from storage.
async fn load(
    context: &Context,
    present: &Present,
    roles: BTreeSet<RoleName>,
) -> Result<BTreeMap<RoleName, Targets>, SignRoundError> {
    let read = |role: RoleName| async move {
        let content = match (&present.metadata, present.roles.get(&role)) {
            (None, _) => Targets::unpublished(),
            (Some(_), Some(content)) => content.clone(),
            (Some(metadata), None) => present::role(&context.ports, &metadata.snapshot, &role).await?,
        };
        Ok((role, content))
    };
    stream::iter(roles).map(read).buffer_unordered(IN_FLIGHT).try_collect().await
}

/// Signs the documents, off the reactor: bins may be of some megabytes.
async fn round(
    context: &Context,
    present: &Present,
    roles: BTreeSet<RoleName>,
    changes: Changes,
    renewed: bool,
    now: UtcSecond,
) -> Result<Round, SignRoundError> {
    let ceremony = Arc::clone(&context.ceremony);
    let lifetimes = context.lifetimes;
    let begin = tuf::Present {
        snapshot: present.metadata.as_ref().map(|metadata| metadata.snapshot.clone()),
        timestamp_version: present.metadata.as_ref().map_or(0, |metadata| metadata.timestamp.version()),
        roles: load(context, present, roles).await?,
        targets: renewed.then(|| ceremony.targets.clone()),
    };
    let sign = move || {
        let signer = tuf::Signer { keys: ceremony.keys.roles(), bins: ceremony.bins, lifetimes };
        signer.round(begin, &changes, now)
    };
    Ok(off_reactor(&*context.ports.blocking, sign).await??)
}

/// Stores what a round made, in its order, and publishes it.
async fn finish(
    context: &Context,
    lease: &mut Lease,
    present: &mut Present,
    round: Round,
    renewed: bool,
    leaves: u64,
) -> Result<(), SignRoundError> {
    let ports = &context.ports;
    if renewed {
        control::write_policy(context, lease).await?;
    }
    let Round { mut files, roles, snapshot, timestamp } = round;
    let blob = |file: MetadataFile| (BlobKey::Metadata(MetadataName::of_file(&file)), Bytes::from(file.bytes));
    let (Some(timestamp_file), Some(snapshot_file)) = (files.pop(), files.pop()) else {
        return Err(SignRoundError::Damaged { what: "the files of a round".to_owned() });
    };
    put_all(ports, lease, files.into_iter().map(blob).collect()).await?;
    ports.progress.signed(SignStep::RolesStored);
    put_all(ports, lease, vec![blob(snapshot_file)]).await?;
    ports.progress.signed(SignStep::SnapshotStored);

    let mut documents: Vec<_> = roles
        .iter()
        .map(|(role, content)| document(role.as_str(), content))
        .chain([document(TopRole::Snapshot.as_str(), &snapshot), document(TopRole::Timestamp.as_str(), &timestamp)])
        .collect();
    if renewed {
        documents.push(document(TopRole::Root.as_str(), &context.ceremony.root));
        documents.push(document(TopRole::Targets.as_str(), context.ceremony.targets.document()));
    }
    let record = MetadataRecord { timestamp: text(timestamp_file.bytes)?, leaves, documents };
    record_metadata(context, lease, &record).await?;
    ports.progress.signed(SignStep::TimestampRecorded);
    present.roles.keep(roles);
    adopt(present, record, Metadata { snapshot, timestamp, file: String::new() });
    publish(context, lease, present, renewed).await
}

/// Signs the timestamp again over the same snapshot.
async fn resign_timestamp(
    context: &Context,
    lease: &mut Lease,
    present: &mut Present,
    leaves: u64,
    now: UtcSecond,
) -> Result<(), SignRoundError> {
    let Some(metadata) = &present.metadata else { return Ok(()) };
    let (timestamp, file): (Timestamp, _) = context.signer().resign_timestamp(&metadata.timestamp, now);
    let documents = vec![document(TopRole::Timestamp.as_str(), &timestamp)];
    let record = MetadataRecord { timestamp: text(file.bytes)?, leaves, documents };
    let snapshot = metadata.snapshot.clone();
    record_metadata(context, lease, &record).await?;
    context.ports.progress.signed(SignStep::TimestampRecorded);
    adopt(present, record, Metadata { snapshot, timestamp, file: String::new() });
    publish(context, lease, present, false).await
}

/// Takes over what was recorded.
fn adopt(present: &mut Present, record: MetadataRecord, metadata: Metadata) {
    present.leaves = record.leaves;
    present.documents.extend(record.documents.into_iter().map(|document| (document.role.clone(), document)));
    present.metadata = Some(Metadata { file: record.timestamp, ..metadata });
}

/// Publishes the recorded timestamp; the roots before it, if they may be new. All that it points at is stored.
async fn publish(
    context: &Context,
    lease: &mut Lease,
    present: &mut Present,
    roots: bool,
) -> Result<(), SignRoundError> {
    let ports = &context.ports;
    let Some(metadata) = &present.metadata else { return Ok(()) };
    if roots {
        // In their order: a client that finds one asks for the next.
        for (version, file) in &context.ceremony.roots {
            let key = BlobKey::Metadata(MetadataName::of_top(TopRole::Root, *version));
            if ports.blobs.head(&key).await?.is_none() {
                ports.blobs.put(&key, Bytes::from(file.clone())).await?;
            }
        }
    }
    lease.hold(ports).await?;
    let key = BlobKey::Metadata(MetadataName::timestamp());
    ports.blobs.put(&key, Bytes::from(metadata.file.clone())).await?;
    ports.progress.signed(SignStep::TimestampPublished);
    present.republish = false;
    Ok(())
}

async fn record_metadata(context: &Context, lease: &Lease, record: &MetadataRecord) -> Result<(), SignRoundError> {
    let mut transaction = context.ports.store.begin().await?;
    let recorded = transaction.record_metadata(lease.number(), record).await?;
    transaction.commit(Written::System(SystemWrite::SignRound)).await?;
    if recorded { Ok(()) } else { Err(SignRoundError::LeaseLost) }
}

fn document(role: &str, document: &impl tuf::Role) -> SignedDocument {
    SignedDocument { role: role.to_owned(), version: document.version(), expires: document.expires() }
}

fn text(bytes: Vec<u8>) -> Result<String, SignRoundError> {
    String::from_utf8(bytes).map_err(|_| SignRoundError::Damaged { what: "the timestamp".to_owned() })
}

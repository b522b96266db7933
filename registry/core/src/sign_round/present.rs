//! What is published, as a round begins with it.

use std::collections::{BTreeMap, BTreeSet};

use adx_signing::log::merkle::{check_consistency, consistency_tiles, empty_root, prove_consistency};
use adx_signing::log::{RightEdge, SignedCheckpoint, TreeHead};
use adx_signing::tuf::{MetaFile, RoleName, Signed, Snapshot, Targets, Timestamp, TopRole};
use adx_signing::utc::UtcSecond;
use bytes::Bytes;
use time::{Duration, OffsetDateTime};

use super::index::IndexState;
use super::stored::{pinned, tiles};
use super::{Context, SignRoundError};
use crate::Ports;
use crate::ports::{BlobKey, MetadataName, read_whole};
use crate::signing::{SignedDocument, SigningRecord};

/// How long what was read stands without being compared with storage: another server, whose put was held up, may have
/// published something older since.
const STANDS: Duration = Duration::seconds(10);
/// Most targets whose bins are kept in memory, of about 200 bytes each.
const MAX_CACHED_TARGETS: usize = 200_000;

/// The published state.
pub(super) struct Present {
    /// The log.
    pub(super) log: LogState,
    /// Snapshot and timestamp; none before the first round.
    pub(super) metadata: Option<Metadata>,
    /// How many leaves the metadata tell of.
    pub(super) leaves: u64,
    /// Version and end of each document.
    pub(super) documents: BTreeMap<String, SignedDocument>,
    /// Contents of roles that were read or signed.
    pub(super) roles: RoleCache,
    /// The index.
    pub(super) index: IndexState,
    /// The revision of the kill list that the metadata tell of, if it is known.
    pub(super) revocations: Option<u64>,
    /// Whether storage has not the timestamp that was recorded.
    pub(super) republish: bool,
    /// The size that each witness is known to have cosigned, by its name.
    pub(super) witnessed: BTreeMap<String, u64>,
    read_at: OffsetDateTime,
}

/// The log.
pub(super) struct LogState {
    /// The edge of the tree that was recorded.
    pub(super) edge: RightEdge,
    /// Its checkpoint.
    pub(super) recorded: Option<SignedCheckpoint>,
    /// Leaves of the checkpoint that is served and believed; 0 if there is none.
    pub(super) published: u64,
}

/// Snapshot and timestamp.
pub(crate) struct Metadata {
    pub(crate) snapshot: Snapshot,
    pub(crate) timestamp: Timestamp,
    /// The timestamp's file.
    pub(super) file: String,
}

/// Contents of roles, by name; each is the one that the snapshot names.
#[derive(Default)]
pub(super) struct RoleCache(BTreeMap<RoleName, Targets>);

impl RoleCache {
    /// The content, if it is here.
    pub(super) fn get(&self, role: &RoleName) -> Option<&Targets> {
        self.0.get(role)
    }

    /// Keeps contents, and forgets others where they are too many.
    pub(super) fn keep(&mut self, roles: BTreeMap<RoleName, Targets>) {
        let new: BTreeSet<_> = roles.keys().cloned().collect();
        self.0.extend(roles);
        let mut total: usize = self.0.values().map(|targets| targets.targets().len()).sum();
        self.0.retain(|role, targets| {
            let kept = total <= MAX_CACHED_TARGETS || new.contains(role);
            if !kept {
                total -= targets.targets().len();
            }
            kept
        });
    }
}

impl Present {
    /// Reads what is published and compares it with what was recorded. `cached` is what was known before; of that only
    /// what digests vouch for is kept.
    ///
    /// # Errors
    /// [`SignRoundError::DatabaseBehind`], [`SignRoundError::Forked`], [`SignRoundError::Damaged`]
    pub(super) async fn read(context: &Context, cached: Option<Self>) -> Result<Self, SignRoundError> {
        let ports = &context.ports;
        let read_at = ports.now();
        // Storage before the database: what is served was recorded before, so the record cannot be older than what is
        // found, unless it was set back.
        let checkpoint = read_whole(&*ports.blobs, &BlobKey::Checkpoint).await?;
        let timestamp = read_whole(&*ports.blobs, &BlobKey::Metadata(MetadataName::timestamp())).await?;
        let (record, documents, leaf_count) = {
            let mut reader = ports.store.read().await?;
            (reader.signing().await?, reader.signed_documents().await?, reader.leaf_count().await?)
        };
        let log = log(context, &record, checkpoint, leaf_count).await?;
        let metadata = metadata(ports, &record).await?;
        check_timestamp(context, metadata.as_ref(), timestamp.as_deref())?;
        let republish = record.timestamp.as_deref().map(str::as_bytes) != timestamp.as_deref();
        let snapshot = metadata.as_ref().map(|metadata| &metadata.snapshot);
        let same = |cached: &Self| cached.metadata.as_ref().map(|metadata| &metadata.snapshot) == snapshot;
        let (roles, index, witnessed, revocations) = match cached {
            Some(cached) if same(&cached) => (cached.roles, cached.index, cached.witnessed, cached.revocations),
            _ => Default::default(),
        };
        let documents = documents.into_iter().map(|document| (document.role.clone(), document)).collect();
        Ok(Self {
            log,
            republish: republish && metadata.is_some(),
            metadata,
            leaves: record.leaves,
            documents,
            roles,
            index,
            revocations,
            witnessed,
            read_at,
        })
    }

    /// Whether storage should be looked at again.
    pub(super) fn is_old(&self, now: OffsetDateTime) -> bool {
        now - self.read_at >= STANDS || now < self.read_at
    }

    /// When the next document is to be signed again.
    pub(super) fn due(&self, context: &Context) -> OffsetDateTime {
        let due = self.documents.values().filter_map(|document| context.due(document)).min();
        due.map_or(self.read_at, OffsetDateTime::from)
    }
}

impl Context {
    /// When a document is to be signed again, after a third of its life; never for one that is signed offline.
    pub(super) fn due(&self, document: &SignedDocument) -> Option<UtcSecond> {
        let life = match document.role.as_str() {
            "root" | "targets" => return None,
            "snapshot" => self.lifetimes.snapshot,
            "timestamp" => self.lifetimes.timestamp,
            _ => self.lifetimes.roles,
        };
        Some(document.expires.after(-(life * 2_i32 / 3_i32)))
    }
}

async fn log(
    context: &Context,
    record: &SigningRecord,
    served: Option<Bytes>,
    leaf_count: u64,
) -> Result<LogState, SignRoundError> {
    let (ports, policy) = (&context.ports, &context.policy);
    let damaged = || SignRoundError::Damaged { what: "the recorded checkpoint".to_owned() };
    let recorded = match &record.checkpoint {
        Some(note) => Some(SignedCheckpoint::parse(note.as_bytes()).map_err(|_| damaged())?),
        None => None,
    };
    let empty = TreeHead { size: 0, root: empty_root() };
    let head = recorded.as_ref().map_or(empty, |checkpoint| checkpoint.claimed().head);
    if let Some(checkpoint) = &recorded
        && checkpoint.claimed().origin != *policy.origin()
    {
        let (recorded, installed) = (checkpoint.claimed().origin.clone(), policy.origin().clone());
        return Err(SignRoundError::OtherLog { recorded, installed });
    }
    if leaf_count < head.size {
        return Err(SignRoundError::DatabaseBehind { what: "log", served: head.size, recorded: leaf_count });
    }
    // What the log did not sign says nothing; it is written over.
    let served = served.and_then(|bytes| SignedCheckpoint::parse(&bytes).ok());
    let served = served.filter(|checkpoint| checkpoint.verify(policy.origin(), policy.log_keys()).is_ok());
    let mut published = 0;
    if let Some(served) = served {
        let old = served.claimed().head;
        if old.size > head.size {
            return Err(SignRoundError::DatabaseBehind { what: "log", served: old.size, recorded: head.size });
        }
        let tiles = tiles(ports, consistency_tiles(old.size, head.size)).await?;
        let proof = prove_consistency(old.size, &head, &tiles)?;
        check_consistency(&old, &head, &proof)
            .map_err(|_| SignRoundError::Forked { served: old.size, recorded: head.size })?;
        if policy.verify(&served).is_ok() {
            published = old.size;
        }
    }
    let edge = RightEdge::read(head, &tiles(ports, RightEdge::tiles(head.size)).await?)?;
    Ok(LogState { edge, recorded, published })
}

/// Snapshot and timestamp, as they were recorded last.
pub(crate) async fn metadata(ports: &Ports, record: &SigningRecord) -> Result<Option<Metadata>, SignRoundError> {
    let Some(file) = &record.timestamp else { return Ok(None) };
    let damaged = |what: &str| SignRoundError::Damaged { what: what.to_owned() };
    let timestamp = Signed::<Timestamp>::from_json(file.as_bytes()).map_err(|_| damaged("the recorded timestamp"))?;
    let timestamp = timestamp.into_document();
    let pin = *timestamp.snapshot();
    let key = BlobKey::Metadata(MetadataName::of_top(TopRole::Snapshot, pin.version));
    let bytes = pinned(ports, &key, pin.sha256, pin.length).await?;
    let snapshot = Signed::<Snapshot>::from_json(&bytes).map_err(|_| damaged(&key.to_string()))?;
    Ok(Some(Metadata { snapshot: snapshot.into_document(), timestamp, file: file.clone() }))
}

/// Checks that the timestamp in storage is not newer than the recorded one. One that the present root does not vouch for
/// says nothing: clients refuse it, and it is written over.
fn check_timestamp(
    context: &Context,
    metadata: Option<&Metadata>,
    served: Option<&[u8]>,
) -> Result<(), SignRoundError> {
    use adx_signing::tuf::Role as _;

    let root = &context.ceremony.root;
    let served = served.and_then(|bytes| Signed::<Timestamp>::from_json(bytes).ok());
    let served =
        served.filter(|timestamp| timestamp.verify("timestamp", root.role(TopRole::Timestamp), root.keys()).is_ok());
    let served = served.map_or(0, |timestamp| timestamp.document().version());
    let recorded = metadata.map_or(0, |metadata| metadata.timestamp.version());
    if served > recorded {
        return Err(SignRoundError::DatabaseBehind { what: "timestamp", served, recorded });
    }
    Ok(())
}

/// The content of a role that the snapshot names, read and checked.
pub(crate) async fn role(ports: &Ports, snapshot: &Snapshot, role: &RoleName) -> Result<Targets, SignRoundError> {
    let Some(pin) = snapshot.meta().get(&role.file()) else {
        return Ok(Targets::unpublished());
    };
    list(ports, MetadataName::of_role(role, pin.version), pin).await
}

/// The top-level targets document that the snapshot names, read and checked.
pub(crate) async fn top_targets(ports: &Ports, snapshot: &Snapshot) -> Result<Targets, SignRoundError> {
    let top = TopRole::Targets;
    let Some(pin) = snapshot.meta().get(&format!("{}.json", top.as_str())) else {
        return Ok(Targets::unpublished());
    };
    list(ports, MetadataName::of_top(top, pin.version), pin).await
}

async fn list(ports: &Ports, name: MetadataName, pin: &MetaFile) -> Result<Targets, SignRoundError> {
    let key = BlobKey::Metadata(name);
    let bytes = pinned(ports, &key, pin.sha256, pin.length).await?;
    let damaged = |_| SignRoundError::Damaged { what: key.to_string() };
    Ok(Signed::<Targets>::from_json(&bytes).map_err(damaged)?.into_document())
}

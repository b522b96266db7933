//! What was signed: how long it is good for, and whether storage and database belong together.

use adx_registry_core::ports::{BlobKey, Blobs, Clock as _, MetadataName, Store, read_whole};
use adx_signing::{
    log::SignedCheckpoint,
    tuf::{Role as _, Signed, Timestamp},
};
use anyhow::{Result, anyhow};

use super::{Finding, surroundings::seconds_until, within};
use crate::{config::Config, trust, world::SystemClock};

const DAY: i64 = 24 * 3_600;
/// How long before its end people are asked to sign a document again.
const PEOPLE_NEED_SECONDS: i64 = 30 * DAY;

/// The outbox.
pub(super) async fn jobs(store: &dyn Store) -> Finding {
    const CHECK: &str = "outbox";
    let counted = async { store.read().await?.counts().await };
    match within(counted).await {
        Ok(counts) if counts.jobs.dead == 0 => {
            Finding::ok(CHECK, format!("{} jobs wait, none was given up", counts.jobs.open))
        }
        Ok(counts) => {
            let found = format!("jobs that were given up: {}", counts.jobs.dead);
            Finding::warn(
                CHECK,
                found,
                "`adx-registry admin jobs list` tells why: see to the cause, then `… jobs retry`",
            )
        }
        Err(error) => Finding::fail(CHECK, error, "see what is said of the database"),
    }
}

/// Whether the installed ceremony is of another log than the database's: nothing is signed then.
pub(super) async fn other_log(config: &Config, store: &dyn Store) -> Option<Finding> {
    let ceremony = trust::read(&config.trust.dir, config.trust.passphrase.as_ref()).ok()?;
    let record = within(async { store.read().await?.signing().await }).await.ok()?;
    let checkpoint = SignedCheckpoint::parse(record.checkpoint?.as_bytes()).ok()?;
    let recorded = &checkpoint.claimed().origin;
    let installed = &ceremony.log.origin;
    (recorded != installed).then(|| {
        let found = format!("the log is `{recorded}`, the installed ceremony names `{installed}`: nothing is signed");
        Finding::fail(
            "ceremony",
            found,
            "bring back the `trust.dir` that this registry had; no other signs for its log",
        )
    })
}

/// The end of every document.
pub(super) async fn expiry(config: &Config, store: &dyn Store) -> Vec<Finding> {
    const CHECK: &str = "expiry";
    let documents = match within(async { store.read().await?.signed_documents().await }).await {
        Ok(documents) => documents,
        Err(error) => return vec![Finding::fail(CHECK, error, "see what is said of the database")],
    };
    let now = SystemClock.now();
    let seconds = |span: crate::config::Span| i64::try_from(span.0.as_secs()).unwrap_or(i64::MAX);
    let mut findings = Vec::new();
    for document in &documents {
        let left = seconds_until(document.expires, now);
        let (least, remedy) = match document.role.as_str() {
            "root" | "targets" => (
                PEOPLE_NEED_SECONDS,
                "have people sign it again: `adx-registry trust rotate`, \"Rotating keys\" in docs/operations.md",
            ),
            "snapshot" => {
                (seconds(config.trust.snapshot_lifetime) / 2, "see that the server runs and signs: `/readyz`")
            }
            "timestamp" => {
                (seconds(config.trust.timestamp_lifetime) / 2, "see that the server runs and signs: `/readyz`")
            }
            _ => (seconds(config.trust.roles_lifetime) / 2, "see that the server runs and signs: `/readyz`"),
        };
        let (role, days, hours) = (&document.role, left / DAY, left % DAY / 3_600);
        if left <= 0 {
            findings.push(Finding::fail(CHECK, format!("{role} has expired: clients refuse it"), remedy));
        } else if left < least {
            findings.push(Finding::warn(CHECK, format!("{role} expires in {days} days and {hours} hours"), remedy));
        }
    }
    if findings.is_empty() {
        let found =
            if documents.is_empty() { "nothing is signed yet" } else { "every document is good for long enough" };
        findings.push(Finding::ok(CHECK, found));
    }
    findings
}

/// Log size and timestamp version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) leaves: u64,
    pub(super) timestamp: u64,
}

impl Extent {
    /// Of a checkpoint and a timestamp, as far as they are there.
    pub(super) fn of(checkpoint: Option<&[u8]>, timestamp: Option<&[u8]>) -> Result<Self> {
        let leaves = checkpoint.map(SignedCheckpoint::parse).transpose();
        let timestamp = timestamp.map(Signed::<Timestamp>::from_json).transpose();
        Ok(Self {
            leaves: leaves
                .map_err(|_| anyhow!("the checkpoint cannot be read"))?
                .map_or(0, |note| note.claimed().head.size),
            timestamp: timestamp
                .map_err(|_| anyhow!("the timestamp cannot be read"))?
                .map_or(0, |signed| signed.document().version()),
        })
    }

    /// What the database recorded.
    pub(super) async fn recorded(store: &dyn Store) -> Result<Self> {
        let record = store.read().await?.signing().await?;
        Self::of(record.checkpoint.as_deref().map(str::as_bytes), record.timestamp.as_deref().map(str::as_bytes))
    }
}

/// Whether the storage serves nothing that the database does not know.
pub(super) async fn served(store: &dyn Store, blobs: &dyn Blobs) -> Finding {
    const CHECK: &str = "database and storage";
    let looked = async {
        // Storage first: what is served was recorded before.
        let checkpoint = read_whole(blobs, &BlobKey::Checkpoint).await?;
        let timestamp = read_whole(blobs, &BlobKey::Metadata(MetadataName::timestamp())).await?;
        let served = Extent::of(checkpoint.as_deref(), timestamp.as_deref())?;
        anyhow::Ok((served, Extent::recorded(store).await?))
    };
    match within(looked).await {
        Ok((served, recorded)) if served.leaves > recorded.leaves || served.timestamp > recorded.timestamp => {
            let found = format!(
                "the database is older than what is served ({} leaves and timestamp {}, of {} and {}): nothing is signed",
                recorded.leaves, recorded.timestamp, served.leaves, served.timestamp
            );
            Finding::fail(
                CHECK,
                found,
                "restore the newest copy of the database, or the storage that belongs to this one",
            )
        }
        Ok((served, _)) => {
            let found = format!("they belong together: {} leaves, timestamp {}", served.leaves, served.timestamp);
            Finding::ok(CHECK, found)
        }
        Err(error) => Finding::fail(CHECK, error, "`adx-registry verify` says more"),
    }
}

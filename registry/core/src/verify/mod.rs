//! Checking that everything is there: each release has its package, envelope, leaf, line of the index and target, every digest is
//! right, and the log is what its leaves make. The server may be running.

mod damage;
mod index;
mod log;
mod releases;

use std::collections::BTreeSet;

use adx_signing::name::ModuleId;
use adx_signing::tuf::{Role as _, Signed, Timestamp};
use thiserror::Error;

use crate::Ports;
use crate::audit::check_chain;
use crate::inventory::{Found, Packages, Published, Stored, waiting};
use crate::ports::{BlobError, BlobKey, MetadataName, Snapshot, StoreError, read_whole};
use crate::quotas::Miscounted;
use crate::sign_round::SignRoundError;
use crate::signing::SigningRecord;

pub use damage::Damage;

/// Blobs read at once.
const IN_FLIGHT: usize = 8;
/// How often the state is read anew for what did not fit, because rounds of signing went on meanwhile.
const LOOKS: usize = 5;

/// Why nothing can be said.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The object storage failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// What was signed cannot be read.
    #[error("what is published cannot be read")]
    Published(#[from] SignRoundError),
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Releases there are.
    pub releases: u64,
    /// Releases looked at.
    pub checked: u64,
    /// Leaves of the log that is served.
    pub leaves: u64,
    /// Entries of the audit log, up to where its chain breaks if it does.
    pub audit: u64,
    /// Modules whose changes no round has signed yet.
    pub waiting: u64,
    /// What is not as it must be, in order.
    pub damages: BTreeSet<Damage>,
}

/// The state that is looked at.
struct View {
    snapshot: Box<dyn Snapshot>,
    record: SigningRecord,
    published: Published,
    /// Modules that leaves tell of which the metadata do not know yet.
    waiting: BTreeSet<ModuleId>,
}

impl View {
    async fn read(ports: &Ports) -> Result<Self, VerifyError> {
        let mut snapshot = ports.store.snapshot().await?;
        let record = snapshot.signing().await?;
        let published = Published::read(ports, &record, Packages::Listed).await?;
        let waiting = log::modules_from(&mut *snapshot, record.leaves).await?;
        Ok(Self { snapshot, record, published, waiting })
    }
}

/// Looks at everything, or at so many releases chosen by chance and what hangs on them.
///
/// # Errors
/// [`VerifyError`]
#[tracing::instrument(name = "registry.verify", skip(ports))]
pub async fn verify(ports: &Ports, sample: Option<u64>) -> Result<Verification, VerifyError> {
    // Storage before the database: what is served was recorded before.
    let checkpoint = read_whole(&*ports.blobs, &BlobKey::Checkpoint).await?;
    let timestamp = read_whole(&*ports.blobs, &BlobKey::Metadata(MetadataName::timestamp())).await?;
    let mut view = View::read(ports).await?;
    let mut found = Verification { releases: view.snapshot.counts().await?.releases, ..Verification::default() };
    found.waiting = view.waiting.len() as u64;
    let chosen = sample.filter(|sample| *sample < found.releases).map(|sample| choose(ports, sample, found.releases));

    found.damages.extend(check_timestamp(view.record.timestamp.as_deref(), timestamp.as_deref()));
    let what = view.published.damaged.iter().cloned();
    found.damages.extend(what.map(|what| Damage::Unread { what }));
    let roots = log::check(ports, &mut view, checkpoint.as_deref(), chosen.is_some(), &mut found).await?;
    let waiting = waiting(&mut *view.snapshot).await?;
    let stored = view.published.stored.iter().chain(&roots).chain(&waiting).cloned().collect();
    found.damages.extend(look(ports, stored).await?);
    let suspects = releases::check(ports, &mut view, chosen.as_ref(), &mut found).await?;
    let miscounted = view.snapshot.miscounted_modules().await?.into_iter();
    found.damages.extend(miscounted.map(|Miscounted { module, kept, counted }| Damage::Sum { module, kept, counted }));
    match check_chain(&mut *view.snapshot).await? {
        Ok(entries) => found.audit = entries,
        Err(broken) => drop(found.damages.insert(Damage::Audit(broken))),
    }
    found.damages.extend(index::look_again(ports, view, suspects).await?);
    Ok(found)
}

/// Compares the timestamp that is served with the recorded one. An older one is served as long as a round is under way.
fn check_timestamp(recorded: Option<&str>, served: Option<&[u8]>) -> Option<Damage> {
    let what = || BlobKey::Metadata(MetadataName::timestamp()).to_string();
    let Some(bytes) = served else { return recorded.map(|_| Damage::Missing { what: what() }) };
    let version = |bytes: &[u8]| Some(Signed::<Timestamp>::from_json(bytes).ok()?.document().version());
    let Some(served) = version(bytes) else { return Some(Damage::OtherBytes { what: what() }) };
    let known = recorded.and_then(|recorded| version(recorded.as_bytes())).unwrap_or(0);
    if served > known {
        return Some(Damage::DatabaseBehind { what: "timestamp", served, recorded: known });
    }
    (served == known && recorded.map(str::as_bytes) != Some(bytes)).then(|| Damage::OtherBytes { what: what() })
}

/// So many numbers below `all`.
fn choose(ports: &Ports, sample: u64, all: u64) -> BTreeSet<u64> {
    let mut chosen = BTreeSet::new();
    while (chosen.len() as u64) < sample.min(all) {
        let mut random = [0; 8];
        ports.entropy.fill(&mut random);
        chosen.insert(u64::from_le_bytes(random) % all);
    }
    chosen
}

/// Reads blobs and compares.
async fn look(ports: &Ports, stored: Vec<Stored>) -> Result<Vec<Damage>, BlobError> {
    use futures::{StreamExt as _, TryStreamExt as _, stream};

    let look = |stored: Stored| async move {
        let what = stored.key.to_string();
        Ok(match stored.look(&*ports.blobs).await? {
            Found::Whole => None,
            Found::Nothing => Some(Damage::Missing { what }),
            Found::OtherBytes => Some(Damage::OtherBytes { what }),
        })
    };
    stream::iter(stored)
        .map(look)
        .buffer_unordered(IN_FLIGHT)
        .try_filter_map(|found| async move { Ok(found) })
        .try_collect()
        .await
}

//! Repository metadata: a TUF client over the state machine of `sigstore-tuf`, which is transport-free and passes the
//! conformance suite. This adds what a client needs around it: bytes with caps, a trusted state that outlives the process, and
//! the checks that the state machine leaves to others.
//!
//! What is checked here and not there:
//! - A snapshot is held against the last one stored also where a newer timestamp was stored before a crash.
//! - A document expires at its expiry, not a moment after it (5.3.10: "lower than the expiration timestamp").
//! - Timestamp and snapshot are forgotten when either's keys were rotated (5.3.11), by comparing the roots, so that a stored file
//!   which does not verify is damage and not recovery.
//! - Keys, and how far ahead an expiry is believed: see [`Profile`].
//!
//! Source: <https://theupdateframework.github.io/specification/v1.0.34/#detailed-client-workflow>

mod error;
mod everything;
mod files;
mod profile;
mod refresh;
mod roots;
mod targets;

use std::{collections::BTreeSet, path::Path};

use adx_signing::UtcSecond;
use sigstore_tuf::{Snapshot, TrustedMetadataSet, metadata::Role as _};

pub use error::RepositoryError;
pub use profile::Profile;
pub use targets::{MAX_DELEGATIONS, expected};
pub(crate) use {roots::TargetsWord, targets::Found};

use self::files::MetadataFiles;
use crate::source::Source;

/// Largest root read, in bytes: 64 keys and signatures. Stops a mirror that sends without end, as do the next three.
pub const MAX_ROOT_BYTES: u64 = 512 * 1024;
/// Largest timestamp read, in bytes.
pub const MAX_TIMESTAMP_BYTES: u64 = 16 * 1024;
/// Largest snapshot read, in bytes: 16,384 bins of 150 bytes.
pub const MAX_SNAPSHOT_BYTES: u64 = 4 * 1024 * 1024;
/// Largest targets document read, in bytes, a bin among them.
pub const MAX_TARGETS_BYTES: u64 = adx_signing::tuf::signed::MAX_METADATA_BYTES as u64;
/// Most roots taken in one refresh. Stops a mirror that has one more for ever; a root a month takes 20 years to get there.
pub const MAX_ROOT_ROTATIONS: u64 = 256;

/// A TUF client of one repository.
#[derive(Debug)]
pub struct Repository {
    set: TrustedMetadataSet,
    /// The last snapshot under the keys of the present root: what no later one may fall behind.
    floor: Option<Snapshot>,
    /// The delegated roles in the state machine; more than are there after a new snapshot, which clears them.
    loaded: BTreeSet<String>,
    files: MetadataFiles,
    metadata: Source,
    targets: Source,
    profile: Profile,
}

impl Repository {
    /// Opens a repository whose trusted state is kept in `folder`: `root.json`, `timestamp.json` and so on, and the roots there
    /// were in `root_history/`. `pinned` is the root that was handed over out of band; without it the first of the stored ones.
    /// `metadata` is where `timestamp.json` is served, `targets` where targets are.
    ///
    /// # Errors
    /// [`RepositoryError`] for a root that is not one, another than the state was made with, or a damaged file.
    pub fn open(
        folder: &Path,
        pinned: Option<&[u8]>,
        metadata: Source,
        targets: Source,
        profile: Profile,
    ) -> Result<Self, RepositoryError> {
        let files = MetadataFiles::new(folder);
        let (set, earlier) = roots::open(&files, pinned, profile)?;
        let mut repository = Self { set, floor: None, loaded: BTreeSet::new(), files, metadata, targets, profile };
        repository.load(&earlier)?;
        Ok(repository)
    }

    /// The trusted root's version.
    pub fn root_version(&self) -> u64 {
        self.set.root().version
    }

    /// The trusted timestamp's version.
    pub fn timestamp_version(&self) -> Option<u64> {
        self.set.timestamp().map(|timestamp| timestamp.version)
    }

    /// The pinned version of each targets document by file name, empty before the first refresh.
    pub fn pins(&self) -> impl Iterator<Item = (&str, u64)> {
        let pins = self.set.snapshot().into_iter().flat_map(|snapshot| &snapshot.meta);
        pins.map(|(name, pin)| (name.as_str(), pin.version))
    }

    /// The trusted snapshot's version.
    pub fn snapshot_version(&self) -> Option<u64> {
        self.set.snapshot().map(|snapshot| snapshot.version)
    }

    /// Until when each document is fresh: root, timestamp, snapshot, targets, and `role` if it is loaded.
    pub(crate) fn expiries(&self, role: Option<&str>) -> Vec<(String, UtcSecond)> {
        let set = &self.set;
        let mut expiries = vec![("root".to_owned(), to_utc(set.root().expires()))];
        expiries.extend(set.timestamp().map(|document| ("timestamp".to_owned(), to_utc(document.expires()))));
        expiries.extend(set.snapshot().map(|document| ("snapshot".to_owned(), to_utc(document.expires()))));
        for name in ["targets"].into_iter().chain(role) {
            expiries.extend(set.targets_role(name).map(|document| (name.to_owned(), to_utc(document.expires()))));
        }
        expiries
    }
}

/// The moment that a document must outlive to be fresh at `now`. The state machine lets one pass at its very expiry.
fn moment(now: UtcSecond) -> jiff::Timestamp {
    let second = jiff::Timestamp::from_second(now.unix_seconds()).unwrap_or(jiff::Timestamp::MAX);
    second.checked_add(jiff::SignedDuration::from_nanos(1)).unwrap_or(jiff::Timestamp::MAX)
}

/// A moment before every expiry: what is stored stays a floor after it expired.
const ANY_TIME: jiff::Timestamp = jiff::Timestamp::MIN;

fn to_utc(time: jiff::Timestamp) -> UtcSecond {
    let epoch = UtcSecond::from(time::OffsetDateTime::UNIX_EPOCH);
    epoch.after(time::Duration::seconds(time.as_second()))
}

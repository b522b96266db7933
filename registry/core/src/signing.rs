//! What the rounds of signing leave in the database.

use adx_signing::utc::UtcSecond;
use time::OffsetDateTime;

/// What was signed last. It is recorded before it is published, so nothing that is served is newer than this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningRecord {
    /// The number of the lease that may change it.
    pub lease: u64,
    /// Until when nobody else may take the lease.
    pub leased_until: OffsetDateTime,
    /// The last root that stands in a leaf, 0 for none.
    pub logged_root: u64,
    /// The checkpoint, a signed note; with its cosignatures once there are enough.
    pub checkpoint: Option<String>,
    /// The timestamp's file.
    pub timestamp: Option<String>,
    /// How many leaves the metadata tell of.
    pub leaves: u64,
}

/// A document of the repository's metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedDocument {
    /// Its role: `root`, `targets`, `snapshot`, `timestamp`, `control`, `bin-0a`.
    pub role: String,
    /// Its version.
    pub version: u64,
    /// Until when clients take it.
    pub expires: UtcSecond,
}

/// What a round has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataRecord {
    /// The timestamp's file.
    pub timestamp: String,
    /// How many leaves the metadata tell of.
    pub leaves: u64,
    /// The documents that are new.
    pub documents: Vec<SignedDocument>,
}

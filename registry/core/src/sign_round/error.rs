use adx_signing::log::KeyName;
use adx_signing::log::leaf::LeafError;
use adx_signing::log::policy::PolicyError;
use adx_signing::log::tile::TileError;
use adx_signing::tuf::RoundError;
use thiserror::Error;

use crate::ports::{BlobError, Stopped, StoreError, WitnessError};

/// Why a round was not signed to its end.
#[derive(Debug, Error)]
pub enum SignRoundError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The object storage failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// The log's tiles are missing or damaged.
    #[error("the log cannot be extended")]
    Tiles(#[from] TileError),
    /// A leaf in the database is not one.
    #[error("leaf {number} of the database cannot be read")]
    Leaf {
        /// Its number.
        number: u64,
        /// Why not.
        #[source]
        source: LeafError,
    },
    /// The metadata do not fit together.
    #[error("the repository's metadata cannot be signed")]
    Metadata(#[from] RoundError),
    /// The checkpoint is not one of this log under its present policy.
    #[error("the log's checkpoint does not hold")]
    Policy(#[from] PolicyError),
    /// The signing itself panicked.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// Another server has taken over in the midst of the round: it took longer than it held the lease for.
    #[error("another server has taken the lease of the rounds over")]
    LeaseLost,
    /// What is served is newer than the database.
    #[error(
        "the database is older than what is served: the {what} in the storage has {served}, the database knows {recorded}. \
         Signing on would show two histories, so nothing is signed: restore the newest copy of the database, or the storage \
         that belongs to this one"
    )]
    DatabaseBehind {
        /// Which part.
        what: &'static str,
        /// Its size or version in the storage.
        served: u64,
        /// Its size or version in the database.
        recorded: u64,
    },
    /// The storage serves another history than the database has.
    #[error(
        "the log in the storage, of {served} leaves, is not the beginning of the database's, of {recorded}: nothing is signed \
         until database and storage belong together again"
    )]
    Forked {
        /// Leaves of the log in the storage.
        served: u64,
        /// Leaves of the log that the database has recorded.
        recorded: u64,
    },
    /// The log was begun under another name.
    #[error(
        "the log is `{recorded}`, the installed ceremony names `{installed}`: install one for the log that there is"
    )]
    OtherLog {
        /// The log that there is.
        recorded: KeyName,
        /// The log of the ceremony.
        installed: KeyName,
    },
    /// An older ceremony than the one that was published.
    #[error(
        "{role} {published} has been published, the installed ceremony ends with {role} {installed}: install the newest"
    )]
    CeremonyBehind {
        /// `root` or `targets`.
        role: &'static str,
        /// The last one of the ceremony.
        installed: u64,
        /// The last one published.
        published: u64,
    },
    /// What was stored is not there any more, or is other bytes.
    #[error("`{what}` in the storage is missing or damaged: restore it from a copy or a mirror")]
    Damaged {
        /// Its path, or what it is.
        what: String,
    },
    /// What is to be stored is being removed by a sweep, which found it without use before.
    #[error("`{what}` is being removed by a sweep: it is stored again once that is done")]
    BeingRemoved {
        /// Its path.
        what: String,
    },
    /// Too few witnesses, and one of those that are missing says that it has seen more.
    #[error(
        "{found} of the {needed} needed witnesses cosigned the checkpoint of {size} leaves, and the witness `{witness}` says that \
         it has seen {seen}: either the database is older than what was published, and signing on would show two histories \
         (restore the newest copy), or that witness is wrong (ask who runs it, or `trust rotate --remove-witness`)"
    )]
    WitnessAhead {
        /// Who says so.
        witness: KeyName,
        /// Leaves that it says it has seen.
        seen: u64,
        /// Leaves of the checkpoint.
        size: u64,
        /// Witnesses that cosigned.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Too few witnesses.
    #[error("{found} of the {needed} needed witnesses cosigned the checkpoint of {size} leaves")]
    Quorum {
        /// Leaves of the checkpoint.
        size: u64,
        /// Witnesses that cosigned.
        found: usize,
        /// How many are needed.
        needed: usize,
        /// What the last one that did not cosign said.
        #[source]
        source: Option<WitnessError>,
    },
}

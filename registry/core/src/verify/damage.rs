use adx_signing::digest::Digest;
use adx_signing::name::ModuleId;
use semver::Version;
use thiserror::Error;

use crate::audit::Broken;

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum Damage {
    /// A blob is not there.
    #[error("`{what}` is missing in the storage")]
    Missing {
        /// Its path.
        what: String,
    },
    /// A blob is not what it must be.
    #[error("`{what}` in the storage holds other bytes than were signed or logged")]
    OtherBytes {
        /// Its path.
        what: String,
    },
    /// A blob that much hangs on, none of which could be looked at.
    #[error("`{what}` is missing or damaged, and what it names was not looked at")]
    Unread {
        /// Its path, or what it is.
        what: String,
    },
    /// A leaf that the database should have.
    #[error("leaf {number} cannot be read: {reason}")]
    Leaf {
        /// Its number.
        number: u64,
        /// Why not.
        reason: String,
    },
    /// The checkpoint is of another log than the rows.
    #[error(
        "the {size} leaves in the database do not hash to the checkpoint that is served: rows or checkpoint are of another history"
    )]
    OtherTree {
        /// Leaves of the checkpoint.
        size: u64,
    },
    /// The storage is ahead.
    #[error(
        "the database is older than what is served: the {what} in the storage has {served}, the database knows {recorded}"
    )]
    DatabaseBehind {
        /// Which part.
        what: &'static str,
        /// Its size or version in the storage.
        served: u64,
        /// Its size or version in the database.
        recorded: u64,
    },
    /// A release and the leaf do not say the same.
    #[error("{module} {version} is not what leaf {leaf} says: {difference}")]
    OtherLeaf {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
        /// The number of the leaf.
        leaf: u64,
        /// In what they differ.
        difference: &'static str,
    },
    /// A leaf tells of a release that is no row.
    #[error("leaf {leaf} tells of {module} {version}, which is not in the database")]
    NoRow {
        /// The number of the leaf.
        leaf: u64,
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
    },
    /// A release that no leaf tells of.
    #[error("{module} {version} has no leaf in the log")]
    NoLeaf {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
    },
    /// The index does not list a release as it is.
    #[error("{module} {version}: {difference}")]
    Index {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
        /// What is wrong.
        difference: &'static str,
    },
    /// The targets do not list a release as it is.
    #[error("{module} {version}: {difference}")]
    Target {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
        /// What is wrong.
        difference: &'static str,
    },
    /// A sum that is kept is wrong.
    #[error("the packages of {module} take {counted} bytes, and {kept} are counted against its publisher's quota")]
    Sum {
        /// The module.
        module: ModuleId,
        /// What is counted.
        kept: u64,
        /// What they take.
        counted: u64,
    },
    /// The audit log is not what was written.
    #[error("the audit log: {0}")]
    Audit(Broken),
    /// Something is listed that is no row.
    #[error("the metadata list `{what}` (sha256 {sha256}), which is not in the database")]
    Stray {
        /// Its name or path.
        what: String,
        /// Its digest.
        sha256: Digest,
    },
}

impl Damage {
    /// A word for programs.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::OtherBytes { .. } => "other-bytes",
            Self::Unread { .. } => "unread",
            Self::Leaf { .. } => "leaf",
            Self::OtherTree { .. } => "other-tree",
            Self::DatabaseBehind { .. } => "database-behind",
            Self::OtherLeaf { .. } => "other-leaf",
            Self::NoRow { .. } => "no-row",
            Self::NoLeaf { .. } => "no-leaf",
            Self::Index { .. } => "index",
            Self::Target { .. } => "target",
            Self::Sum { .. } => "sum",
            Self::Audit(_) => "audit",
            Self::Stray { .. } => "stray",
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Missing { what } | Self::OtherBytes { what } if what.starts_with("packages/") => {
                "copy it there from a mirror or a backup, or have its publisher publish the same bytes again"
            }
            Self::Missing { .. } | Self::OtherBytes { .. } | Self::Unread { .. } => {
                "copy it there from a mirror or a backup, byte for byte"
            }
            Self::DatabaseBehind { .. } => {
                "restore the newest copy of the database, or the storage that belongs to this one; nothing is signed until then"
            }
            Self::Leaf { .. } | Self::OtherTree { .. } | Self::OtherLeaf { .. } | Self::NoRow { .. } => {
                "rows were changed by hand or lost: stop the servers and restore the newest backup"
            }
            Self::Sum { .. } => "rows were changed by hand: set `modules.package_bytes` to what the packages take",
            Self::Audit(_) => {
                "rows were changed by hand: compare with an exported copy, and find out who could write to the database"
            }
            Self::NoLeaf { .. } => "start the server: it logs what is older than the log",
            Self::Index { .. } | Self::Target { .. } | Self::Stray { .. } => {
                "see that a server runs and signs (`/readyz`), then verify again; if it stays, restore the newest backup"
            }
        }
    }
}

//! Why the log is not believed.

use adx_signing::log::{
    KeyName, TreeHead, checkpoint::CheckpointError, leaf::LeafError, merkle::ProofError, policy::PolicyError,
    tile::TileError,
};

use super::shown;
use crate::{source::SourceError, state::StateError};

/// Why the log is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// A file of it did not come.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// What is remembered of it.
    #[error(transparent)]
    State(#[from] StateError),
    /// There is none, or it was not asked for yet.
    #[error("no checkpoint is served")]
    NoCheckpoint,
    /// It cannot be read.
    #[error(transparent)]
    Checkpoint(CheckpointError),
    /// It does not hold under `log-policy.json`.
    #[error(transparent)]
    Policy(PolicyError),
    /// Another log than before.
    #[error("log-policy.json names the log `{found}`, it was `{expected}` before")]
    OtherLog {
        /// The log it names.
        found: KeyName,
        /// The log there was.
        expected: KeyName,
    },
    /// Two histories, signed by the same log.
    #[error(
        "the log was forked: it signed {}, and then {}, which does not begin with it; the notes are in {evidence}",
        shown(before),
        shown(after)
    )]
    Forked {
        /// The tree seen before.
        before: Box<TreeHead>,
        /// The tree shown now.
        after: Box<TreeHead>,
        /// The folder with both notes.
        evidence: String,
    },
    /// A fork that was found earlier.
    #[error("the log was forked: the notes that show it are beside {evidence}")]
    ForkedBefore {
        /// One of the notes.
        evidence: String,
    },
    /// A log that is shorter than it was.
    #[error("the log was rewound: it had {before} leaves, {after} are shown; the notes are in {evidence}")]
    Rewound {
        /// Leaves before.
        before: u64,
        /// Leaves shown now.
        after: u64,
        /// The folder with both notes.
        evidence: String,
    },
    /// Tiles that are missing or not of the tree.
    #[error(transparent)]
    Tiles(TileError),
    /// A leaf that does not exist.
    #[error("there is no leaf {index} in the log of {size} leaves")]
    OutsideTree {
        /// The leaf's number.
        index: u64,
        /// Leaves in the log.
        size: u64,
    },
    /// An entry that is not the one at its place.
    #[error(transparent)]
    Inclusion(ProofError),
    /// A leaf that is not understood.
    #[error(transparent)]
    Leaf(LeafError),
}

impl LogError {
    /// Whether asking again may help.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Source(error) => error.is_passing(),
            Self::State(StateError::Disk { .. } | StateError::Locked { .. })
            | Self::NoCheckpoint
            | Self::Rewound { .. }
            | Self::Policy(PolicyError::Quorum { .. })
            | Self::Tiles(TileError::Missing(_)) => true,
            _ => false,
        }
    }
}

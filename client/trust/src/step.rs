//! What is proven, one step after the other, for people to read.

use std::fmt;

/// The proofs, in the order in which they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// The module's namespace is this registry's to serve.
    Namespace,
    /// The clock was not set back.
    Clock,
    /// The repository metadata is signed, whole and fresh.
    Metadata,
    /// It lists the package, with this hash and length.
    Target,
    /// The log's checkpoint holds under the policy and follows the last one.
    Checkpoint,
    /// The log has the leaf of this very release.
    Inclusion,
    /// The log has the leaves of the publisher's keys that signed it.
    PublisherKey,
    /// The publisher signed it, with keys that counted at its leaf.
    Signature,
    /// Neither package nor key is revoked.
    Revocation,
    /// It is old enough for the tenant.
    Cooldown,
}

impl Proof {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Namespace => "namespace",
            Self::Clock => "clock",
            Self::Metadata => "metadata",
            Self::Target => "target",
            Self::Checkpoint => "checkpoint",
            Self::Inclusion => "inclusion",
            Self::PublisherKey => "publisher key",
            Self::Signature => "signature",
            Self::Revocation => "revocation",
            Self::Cooldown => "cooldown",
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// It could not be asked for, for want of one before it. That is no.
    NotAsked,
}

impl Outcome {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::NotAsked => "not asked",
        }
    }
}

/// One step of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is proven.
    pub proof: Proof,
    /// How it ended.
    pub outcome: Outcome,
    /// By what, or why not.
    pub detail: String,
}

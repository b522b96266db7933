//! Why a release is refused: which proof does not hold, and what to do.

use adx_index::line::LineError;
use adx_signing::{
    Digest, KeyId, ModuleId, UtcSecond, envelope::EnvelopeError, statement::ReleaseError,
    tuf::key_history::KeyHistoryError,
};
use semver::Version;

use crate::{
    clock::ClockSetBack, log::LogError, repository::RepositoryError, source::SourceError, state::StateError,
    step::Proof,
};

/// Why a release is refused. Each begins with the proof that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The module is another registry's, or nobody's.
    #[error("namespace: {module} {}, `{registry}` was asked", belonging(belongs_to.as_ref()))]
    Namespace {
        /// The module.
        module: ModuleId,
        /// The registry that has its namespace.
        belongs_to: Option<String>,
        /// The registry that was asked.
        registry: String,
    },
    /// The clock was set back.
    #[error("clock: {0}")]
    Clock(ClockSetBack),
    /// Repository metadata.
    #[error("metadata: {0}")]
    Metadata(RepositoryError),
    /// What the metadata lists.
    #[error("target: {0}")]
    Target(TargetRefusal),
    /// The log's checkpoint.
    #[error("checkpoint: {0}")]
    Checkpoint(LogError),
    /// The release's leaf.
    #[error("inclusion: {0}")]
    Inclusion(InclusionRefusal),
    /// A key that the log does not know as the publisher's.
    #[error("publisher key: {0}")]
    PublisherKey(KeyRefusal),
    /// The publisher's signature.
    #[error("signature: {0}")]
    Signature(SignatureRefusal),
    /// It was called back.
    #[error("revocation: {reason}")]
    Revoked {
        /// Why, as the registry tells it.
        reason: String,
    },
    /// It is not old enough.
    #[error("cooldown: it is public since {since}, this tenant waits until {until}")]
    Cooldown {
        /// When it was logged.
        since: UtcSecond,
        /// When it may be installed.
        until: UtcSecond,
    },
    /// A proof that could not be asked for, because what it builds on is not there.
    #[error("{proof}: it could not be asked for")]
    NotAsked {
        /// The proof.
        proof: Proof,
    },
    /// The index.
    #[error("index: {0}")]
    Index(IndexRefusal),
    /// A file that the source does not have, though it is listed.
    #[error("source: {what} is not at {source_address}")]
    NotServed {
        /// What was asked for.
        what: String,
        /// Where.
        source_address: String,
    },
    /// A file that did not come.
    #[error("source: {0}")]
    Source(#[from] SourceError),
    /// What is remembered.
    #[error("state: {0}")]
    State(#[from] StateError),
}

/// Why the metadata does not vouch for a package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetRefusal {
    /// No document lists it.
    #[error("the metadata lists no `{name}`")]
    NotListed {
        /// Its name as a target.
        name: String,
    },
    /// A version that cannot be a target.
    #[error("{0}")]
    Name(String),
    /// Other bytes than the ones listed.
    #[error("the package is {found}, the metadata lists {listed}")]
    Hash {
        /// The digest listed.
        listed: Digest,
        /// The digest of the bytes.
        found: Digest,
    },
    /// More or fewer bytes than listed.
    #[error("the package has {found} bytes, the metadata lists {listed}")]
    Length {
        /// The length listed, in bytes.
        listed: u64,
        /// The length of what came, in bytes.
        found: u64,
    },
}

/// Why the log does not vouch for a release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InclusionRefusal {
    /// The index names no leaf.
    #[error("the index names no leaf of {module} {version}: it was released before the log, or behind its back")]
    NoLeaf {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
    },
    /// The leaf cannot be shown to be in the log.
    #[error("{0}")]
    Log(LogError),
    /// There is no envelope to hold against the leaf.
    #[error("leaf {leaf} names the publisher's envelope, and the source has none of this package")]
    NoEnvelope {
        /// The leaf's number.
        leaf: u64,
    },
    /// The leaf says something else.
    #[error("leaf {leaf} {what} is {logged}, not {found}")]
    Other {
        /// The leaf's number.
        leaf: u64,
        /// Which member.
        what: &'static str,
        /// What the log has.
        logged: String,
        /// What it is held against.
        found: String,
    },
}

/// Why a publisher's key does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// None of the keys that the leaf names is listed.
    #[error("publisher-keys.json has none of the keys that the leaf names for `{namespace}`")]
    Unknown {
        /// The namespace.
        namespace: String,
    },
    /// Keys that did not come about as the log has it.
    #[error("{0}")]
    History(KeyHistoryError),
    /// A leaf of the keys' history did not come.
    #[error("leaf {leaf}, which should tell of the keys of `{namespace}`: {why}")]
    Log {
        /// The namespace.
        namespace: String,
        /// The leaf's number.
        leaf: u64,
        /// What the log said.
        why: Box<LogError>,
    },
    /// A key that did not count when the release was logged.
    #[error(
        "{key} does not count at leaf {leaf}: it was added later, removed before, past its time, or not for releases"
    )]
    NotThen {
        /// The key.
        key: KeyId,
        /// The release's leaf.
        leaf: u64,
    },
    /// A key that only a revoked one signed for.
    #[error("{key} was added at leaf {leaf} by a key that was revoked by then: it never counted")]
    AddedByRevoked {
        /// The key.
        key: KeyId,
        /// The leaf that added it.
        leaf: u64,
    },
}

/// Why the publisher's envelope proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureRefusal {
    /// The envelope cannot be read.
    #[error("{0}")]
    Envelope(EnvelopeError),
    /// It is not signed, or not a release.
    #[error("{0}")]
    Release(ReleaseError),
    /// It is about something else.
    #[error("the publisher signed {what} {stated}, this is {found}")]
    Other {
        /// What.
        what: &'static str,
        /// What was signed.
        stated: String,
        /// What it was held against.
        found: String,
    },
}

/// Why the index cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexRefusal {
    /// A file that is not the one that `index-root.json` lists, also after asking again.
    #[error("{file} is not the one that the metadata lists")]
    NotListed {
        /// The file.
        file: String,
    },
    /// A shard that cannot be read.
    #[error("{file} cannot be read: {why}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// A line that cannot be read.
    #[error("{0}")]
    Line(LineError),
    /// No such module or version.
    #[error("there is no {module} {version} in `{registry}`")]
    NoRelease {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
        /// The registry.
        registry: String,
    },
}

impl Refusal {
    /// The proof that does not hold; none where it is not about one.
    pub const fn proof(&self) -> Option<Proof> {
        Some(match self {
            Self::Namespace { .. } => Proof::Namespace,
            Self::Clock(_) => Proof::Clock,
            Self::Metadata(_) => Proof::Metadata,
            Self::Target(_) => Proof::Target,
            Self::Checkpoint(_) => Proof::Checkpoint,
            Self::Inclusion(_) => Proof::Inclusion,
            Self::PublisherKey(_) => Proof::PublisherKey,
            Self::Signature(_) => Proof::Signature,
            Self::Revoked { .. } => Proof::Revocation,
            Self::Cooldown { .. } => Proof::Cooldown,
            Self::NotAsked { proof } => *proof,
            Self::Index(_) | Self::NotServed { .. } | Self::Source(_) | Self::State(_) => return None,
        })
    }

    /// Whether asking again may help, without anybody doing anything.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Metadata(error) => error.is_passing(),
            Self::Checkpoint(error) | Self::Inclusion(InclusionRefusal::Log(error)) => error.is_passing(),
            Self::PublisherKey(KeyRefusal::Log { why, .. }) => why.is_passing(),
            Self::Source(error) => error.is_passing(),
            Self::Cooldown { .. } | Self::Index(IndexRefusal::NotListed { .. }) => true,
            _ => false,
        }
    }

    /// Whether it is about what a source gave, or about now, and not about the release: another source, or the same one later, may
    /// give what holds.
    pub fn is_of_the_source(&self) -> bool {
        match self {
            Self::Inclusion(refusal) => match refusal {
                InclusionRefusal::Log(_) | InclusionRefusal::NoEnvelope { .. } => true,
                InclusionRefusal::Other { what, .. } => *what == "envelope",
                InclusionRefusal::NoLeaf { .. } => false,
            },
            Self::PublisherKey(refusal) => matches!(refusal, KeyRefusal::Log { .. } | KeyRefusal::History(_)),
            Self::Signature(_) | Self::NotAsked { .. } => false,
            _ => true,
        }
    }

    /// Whether a source shows an older state than the one known.
    pub(crate) fn is_rollback(&self) -> bool {
        matches!(self, Self::Metadata(RepositoryError::Rollback { .. }) | Self::Checkpoint(LogError::Rewound { .. }))
    }

    /// Whether a source shows a state from before the registry's keys were changed: an old copy, whoever has it.
    pub(crate) fn is_before_rotation(&self) -> bool {
        matches!(self, Self::Metadata(RepositoryError::BeforeRotation { .. }))
    }

    /// Whether a source does not answer or is behind, so that another one may have more to say.
    pub(crate) fn is_silent_or_behind(&self) -> bool {
        let is_expired = matches!(self, Self::Metadata(RepositoryError::Expired { .. }));
        self.is_passing() || self.is_rollback() || self.is_before_rotation() || is_expired
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Namespace { .. } => "give the namespace to one registry in the configuration, and ask that one",
            Self::Clock(_) => {
                "set the clock of this machine right; if it once was ahead, nothing but its time file is wrong"
            }
            Self::Metadata(error) => hint_of_metadata(error),
            Self::Target(TargetRefusal::NotListed { .. } | TargetRefusal::Name(_)) => {
                "ask the registry which versions it has: this one was never released there, or was taken out"
            }
            Self::Target(_) => "fetch the package again, from the registry itself if this came from a mirror",
            Self::Checkpoint(LogError::Forked { .. } | LogError::ForkedBefore { .. }) => {
                "send both notes to the registry's operator and its witnesses; when they explain it, remove the notes"
            }
            Self::Checkpoint(LogError::Rewound { .. }) => {
                "a mirror may be behind: ask the registry itself; if that goes back too, send its operator both notes"
            }
            Self::Checkpoint(LogError::OtherLog { .. }) => {
                "ask the operator whether this is another registry; if it is to be trusted anew, remove its state"
            }
            Self::Checkpoint(_) => "ask again later, or the registry itself if this is a mirror",
            Self::Inclusion(InclusionRefusal::NoEnvelope { .. }) => {
                "a mirror or bundle may hold a selection only: ask the registry itself, or get the envelope from whoever gave you \
                 the package and pass it: `adx verify --envelope FILE`"
            }
            Self::Inclusion(_) => "do not install it: what is not in the log, nobody else can see; tell the publisher",
            Self::PublisherKey(_) | Self::Signature(_) => {
                "do not install it; tell the publisher and the registry's operator"
            }
            Self::Revoked { .. } => "choose another version; where it is installed, stop it",
            Self::Cooldown { .. } => "wait, or have two people approve it as a security fix",
            Self::NotAsked { .. } => "mend the proof that fails before it",
            Self::Index(IndexRefusal::NoRelease { .. }) => "ask the registry which versions it has",
            Self::Index(_) => "ask again in a moment: the registry may be publishing",
            Self::NotServed { .. } => {
                "a mirror or bundle may hold a selection only: name a version that it carries, `ns/name@=VERSION`, add this one to it, \
                 or ask the registry itself"
            }
            Self::Source(error) => error.hint(),
            Self::State(_) => "see the file that is named",
        }
    }
}

fn hint_of_metadata(error: &RepositoryError) -> &'static str {
    match error {
        RepositoryError::Expired { .. } => {
            "bring a mirror up to date; without a network make a new bundle, carry it over and load it: `adx bundle`, then \
             `adx bundle load`; check the clock of this machine"
        }
        RepositoryError::TooFarAhead { .. } => {
            "set the clock of this machine right, if it is slow; else somebody has the registry's keys: tell its operator"
        }
        RepositoryError::Rollback { .. } => {
            "something newer of this registry is known here: make the bundle or the mirror again; if the registry itself goes back, \
             do not trust it, and tell its operator"
        }
        RepositoryError::BeforeRotation { .. } => {
            "update the mirror (`adx mirror`), or make the bundle again (`adx bundle`); if it is the registry's own address that has it, \
             somebody may sign there by keys that were given up: tell its operator"
        }
        RepositoryError::ListedOnline { .. } => {
            "tell the registry's operator: who watches the log has to be signed by people, `adx-registry trust rotate`"
        }
        RepositoryError::Threshold { file, .. } if file.ends_with("root.json") => {
            "the root that this began with may be another registry's: compare `root` with the `1.root.json` that its operator \
             publishes; if it is the same, do not trust this source, and tell its operator"
        }
        RepositoryError::Threshold { .. } => {
            "do not trust this source; ask the registry itself, and tell its operator if it is the same there. If it is the first time: \
             compare `root` with the `1.root.json` that the operator publishes, it may be another registry's"
        }
        RepositoryError::Source(error) => error.hint(),
        RepositoryError::Missing { .. } => {
            "a bundle holds a selection only: add the module to it; else check the address"
        }
        RepositoryError::State(_) => "see the file that is named",
        RepositoryError::NoPinnedRoot | RepositoryError::OtherPinnedRoot { .. } => {
            "compare the pinned root with the one that the operator publishes"
        }
        RepositoryError::NotRefreshed => "refresh the registry",
        RepositoryError::NotListed { .. } => "the registry is not whole: tell its operator",
        _ => "do not trust this source; ask the registry itself, and tell its operator if it is the same there",
    }
}

fn belonging(registry: Option<&String>) -> String {
    registry.map_or_else(|| "belongs to no registry".to_owned(), |registry| format!("belongs to `{registry}`"))
}

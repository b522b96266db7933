//! What owners decide together.

use std::str::FromStr;

use adx_signing::key_change::Change;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::Id;
use crate::account::UnknownWord;
use crate::members::{Member, Role};
use crate::owner::{OwnerName, needed};
use crate::ports::Address;
use crate::publisher::Publisher;
use crate::trusted::{PublishingRules, PublishingSwitch, Workflow};

/// What some of the owners want, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its identifier.
    pub id: Id<Proposal>,
    /// Whose owners decide.
    pub publisher: Id<Publisher>,
    /// What is to be done.
    pub action: ProposedAction,
    /// How far it has come.
    pub state: ProposalState,
    /// Who opened it, and so approved first.
    pub opened_by: Id<Member>,
    /// When.
    pub opened_at: OffsetDateTime,
    /// When it is too late: to approve while it is open, to be made once it is announced.
    pub expires_at: OffsetDateTime,
    /// Who approved, in order; those who are owners no more too, who do not count.
    pub approvals: Vec<Approval>,
    /// How many had to approve, once so many have.
    pub needed: Option<u32>,
    /// When an announced change is made.
    pub effective_at: Option<OffsetDateTime>,
    /// The leaf that announced it.
    pub announced_leaf: Option<u64>,
    /// The leaf of the change that was made, or of the objection to one that was announced.
    pub leaf: Option<u64>,
    /// Why it failed.
    pub failure: Option<String>,
    /// When it was done, failed, expired or was cancelled.
    pub ended_at: Option<OffsetDateTime>,
    /// Who cancelled it.
    pub cancelled_by: Option<Id<Member>>,
}

/// That an owner approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub owner: Id<Member>,
    /// When.
    pub at: OffsetDateTime,
}

impl Approval {
    /// Whether who approved is among `owners` and decides with them.
    pub fn counts_among(&self, owners: &[Member]) -> bool {
        owners.iter().any(|owner| owner.id == self.owner && owner.is_owner())
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProposedAction {
    /// Change the keys of the namespace without one of them.
    Keys(Change),
    /// Invite somebody, or send another invitation.
    InviteOwner {
        /// What the others read.
        name: OwnerName,
        /// Where the invitation goes; erased once the proposal has ended.
        #[serde(with = "address")]
        email: Option<Address>,
    },
    /// Let somebody decide no more.
    RemoveOwner {
        /// Who.
        owner: Id<Member>,
    },
    /// Give a member another role: owner, or another in the place of owner.
    ChangeRole {
        /// Whom.
        member: Id<Member>,
        /// Which.
        role: Role,
    },
    /// Offer the namespace to somebody else.
    Transfer {
        /// What the others read.
        name: OwnerName,
        /// Where the offer goes; erased once the proposal has ended.
        #[serde(with = "address")]
        email: Option<Address>,
    },
    /// Say how many must approve.
    SetThreshold {
        /// How many.
        threshold: u32,
    },
    /// Trust a workflow.
    AddTrustedPublisher(Workflow),
    /// Turn off what is asked of releases, after a delay.
    LoosenPublishing {
        /// What.
        switch: PublishingSwitch,
    },
    /// Delete the namespace, which has no modules, after a delay.
    GiveUp,
}

impl ProposedAction {
    /// Whether any of the owners can end it before it is done, not only who opened it.
    pub const fn is_stopped_by_any(&self) -> bool {
        match self {
            Self::Keys(_)
            | Self::AddTrustedPublisher(_)
            | Self::Transfer { .. }
            | Self::LoosenPublishing { .. }
            | Self::GiveUp => true,
            Self::InviteOwner { .. }
            | Self::RemoveOwner { .. }
            | Self::ChangeRole { .. }
            | Self::SetThreshold { .. } => false,
        }
    }

    /// How many of `owners` must approve it: the publisher's threshold, or the majority. That less is asked of releases, two at least;
    /// while more is asked of them everything else too, where there are two: one alone would get around that by way of members,
    /// workflows or a transfer.
    pub fn needed(&self, threshold: Option<u32>, owners: usize, rules: PublishingRules) -> u32 {
        let needed = needed(threshold, owners);
        let takes_two = matches!(self, Self::LoosenPublishing { .. }) || rules.is_strict() && owners > 1;
        if takes_two { needed.max(2) } else { needed }
    }

    /// Whether it waits for [`LOOSEN_WAIT`](crate::trusted::LOOSEN_WAIT) once enough have approved, so that every owner can object: it makes less of what is asked of
    /// releases, at once or by whom it lets in, or leaves nobody who could take it back.
    pub const fn waits(&self, rules: PublishingRules) -> bool {
        match self {
            Self::LoosenPublishing { .. } | Self::GiveUp => true,
            Self::Transfer { .. } | Self::AddTrustedPublisher(_) => rules.is_strict(),
            _ => false,
        }
    }
}

/// How far a proposal has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalState {
    /// Too few have approved yet.
    Open,
    /// Enough have approved, and it waits; a change of keys stands in the log.
    Announced,
    /// It was done.
    Done,
    /// It could not be done when its time had come.
    Failed,
    /// Too few approved in time.
    Expired,
    /// It was withdrawn, or somebody objected.
    Cancelled,
}

impl ProposalState {
    /// Every state.
    pub const ALL: [Self; 6] = [Self::Open, Self::Announced, Self::Done, Self::Failed, Self::Expired, Self::Cancelled];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Announced => "announced",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it may still be done.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Open | Self::Announced)
    }
}

impl FromStr for ProposalState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

impl Proposal {
    /// Whether it may still be done at `now`.
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        match self.state {
            ProposalState::Open => now < self.expires_at,
            state => state.is_live(),
        }
    }

    /// How many of those who approved are among `owners` and decide with them.
    pub fn approved_by(&self, owners: &[Member]) -> usize {
        self.approvals.iter().filter(|approval| approval.counts_among(owners)).count()
    }

    /// Ends it. An address is not kept for longer than it is needed.
    pub(crate) fn end(&mut self, state: ProposalState, now: OffsetDateTime) {
        self.state = state;
        self.ended_at = Some(now);
        if let ProposedAction::InviteOwner { email, .. } | ProposedAction::Transfer { email, .. } = &mut self.action {
            *email = None;
        }
    }
}

mod address {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

    use crate::ports::Address;

    #[expect(clippy::ref_option, reason = "the signature that serde asks for")]
    pub(super) fn serialize<S: Serializer>(email: &Option<Address>, serializer: S) -> Result<S::Ok, S::Error> {
        email.as_ref().map(Address::as_str).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Address>, D::Error> {
        Option::<String>::deserialize(deserializer)?.map(|text| text.parse()).transpose().map_err(D::Error::custom)
    }
}

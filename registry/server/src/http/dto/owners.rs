//! The owners of a namespace, and what they decide.

use std::collections::BTreeSet;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::account::{KeyPurpose, every_purpose};
use super::members::Role;
use super::trusted::{NewTrustedPublisher, PublishingSwitch};
use crate::http::input::plainly;

/// How far an owner has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OwnerState {
    /// A code was sent to its address.
    Invited,
    /// It decides with the others.
    Accepted,
    /// It decides no more.
    Removed,
}

/// One of the owners of a namespace.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Owner {
    /// Its id.
    pub id: String,
    /// What the others read.
    pub name: String,
    /// Where mail goes; not for a publisher's token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// How far it has come.
    pub state: OwnerState,
    /// When it was invited first.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it accepted.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<OffsetDateTime>,
}

/// The owners of a namespace.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OwnerList {
    /// The namespace.
    pub namespace: String,
    /// How many owners must approve.
    pub threshold: u32,
    /// Seconds between the announcement of a change of keys and the change: time to object.
    #[schema(example = 777_600)]
    pub recovery_delay_seconds: i64,
    /// Seconds after its announcement at which a change of keys cannot be made any more.
    #[schema(example = 1_209_600)]
    pub recovery_expires_seconds: i64,
    /// In the order they were invited; without the removed ones.
    pub owners: Vec<Owner>,
}

/// Somebody to invite.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOwner {
    /// What the other owners read; one line, 80 characters at most.
    pub name: String,
    /// Where the invitation goes.
    #[schema(example = "ada@example.org")]
    pub email: String,
}

/// The code of an invitation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationCode {
    /// As it stands in the mail.
    pub code: String,
}

/// An invitation that was accepted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OwnerAccepted {
    /// The owner's token. Shown this once.
    pub token: String,
    /// The owner.
    pub owner: Owner,
    /// The namespace.
    pub namespace: String,
}

/// What owners propose.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ProposedAction {
    /// Add a key without one of the namespace.
    AddKey {
        /// Ed25519, `SubjectPublicKeyInfo`, PEM.
        public_key_pem: String,
        /// What it may sign.
        #[serde(default = "every_purpose")]
        #[schema(default = json!(["release", "key-change"]))]
        purposes: BTreeSet<KeyPurpose>,
        /// The last second at which it counts; in whole seconds.
        #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
        not_after: Option<OffsetDateTime>,
    },
    /// Remove a key without another one of the namespace.
    RemoveKey {
        /// The key's id.
        key_id: String,
    },
    /// Invite somebody, or send another invitation.
    InviteOwner {
        /// What the other owners read; one line, 80 characters at most.
        name: String,
        /// Where the invitation goes. Shown to owners and operators, until the proposal has ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email: Option<String>,
    },
    /// Let somebody decide no more.
    RemoveOwner {
        /// The owner's id.
        owner: String,
    },
    /// Give a member another role: owner, or another in the place of owner.
    ChangeRole {
        /// The member's id.
        member: String,
        /// The role.
        role: Role,
    },
    /// Offer the namespace to somebody else, who has 14 days to accept and owns it alone then.
    Transfer {
        /// What the others read; one line, 80 characters at most.
        name: String,
        /// Where the offer goes. Shown to owners and operators, until the proposal has ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email: Option<String>,
    },
    /// Say how many owners must approve.
    SetThreshold {
        /// At least 1, and no more than there are owners.
        threshold: u32,
    },
    /// Trust a workflow: its runs publish.
    AddTrustedPublisher {
        /// Which.
        trusted: NewTrustedPublisher,
    },
    /// Turn off what is asked of releases; three days after enough have approved, two at least.
    LoosenPublishing {
        /// What.
        switch: PublishingSwitch,
    },
    /// Delete the namespace, which has no modules; three days after enough have approved. Only an operator gives it back.
    GiveUp,
}

/// A proposal to open.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProposal {
    /// What is to be done.
    #[serde(deserialize_with = "proposed")]
    pub action: ProposedAction,
}

/// Reads an action, and names the member of it that is wrong: serde itself tells no path into what it has to look through for the kind
/// first.
fn proposed<'de, D: Deserializer<'de>>(from: D) -> Result<ProposedAction, D::Error> {
    let sent = Value::deserialize(from)?;
    ProposedAction::deserialize(&sent).map_err(|error| {
        let said = error.to_string();
        let words = plainly(&said);
        match wrong_member(&sent, &said) {
            Some(member) => D::Error::custom(format!("`{member}`: {words}")),
            None => D::Error::custom(words),
        }
    })
}

/// The member that alone, beside the kind, has the same said of it.
fn wrong_member<'v>(sent: &'v Value, said: &str) -> Option<&'v str> {
    let members = sent.as_object()?;
    let kind = members.get_key_value("kind")?;
    let has_it_said = |(name, value): &(&String, &Value)| {
        let alone: Map<_, _> =
            [kind, (*name, *value)].into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        ProposedAction::deserialize(&Value::Object(alone)).is_err_and(|error| error.to_string() == said)
    };
    // What is not there, and what should not be, is named in what is said.
    if said.starts_with("missing field") || said.starts_with("unknown field") {
        return None;
    }
    [kind].into_iter().chain(members).find(has_it_said).map(|(name, _)| name.as_str())
}

/// How far a proposal has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
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

/// An owner, by name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OwnerReference {
    /// The owner's id.
    pub owner: String,
    /// The owner's name.
    pub name: String,
}

/// That an owner approved.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Approval {
    /// The owner's id.
    pub owner: String,
    /// The owner's name.
    pub name: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Whether it counts. Unless the proposal is done already, it does not once who approved is an owner no more.
    pub counts: bool,
}

/// What some of the owners want, and how far it has come.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Proposal {
    /// Its id.
    pub id: String,
    /// The namespace.
    pub namespace: String,
    /// What is to be done.
    pub action: ProposedAction,
    /// How far it has come.
    pub state: ProposalState,
    /// Who opened it, and so approved first.
    pub opened_by: OwnerReference,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub opened_at: OffsetDateTime,
    /// When it is too late: to approve while it is open, to be made once it is announced.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// Who approved, in order; those who are owners no more too.
    pub approvals: Vec<Approval>,
    /// How many owners must approve, or had to.
    pub needed: u32,
    /// When an announced change is made.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<OffsetDateTime>,
    /// The leaf that announced it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announced_leaf: Option<u64>,
    /// The leaf of the change that was made, or of the objection to one that was announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<u64>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// When it was done, failed, expired or was cancelled.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<OffsetDateTime>,
    /// Who cancelled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<OwnerReference>,
    /// Whom `remove-owner` is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removes: Option<OwnerReference>,
}

/// The proposals of a namespace.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProposalList {
    /// The last one opened first.
    pub proposals: Vec<Proposal>,
    /// `before` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

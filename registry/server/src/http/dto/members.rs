//! The members of publishers, and what people are members of.

use adx_registry_core::{members, publisher};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::OwnerState;

/// What a member is in a publisher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May all, and decides with the other owners.
    Owner,
    /// Publishes, yanks, changes keys as one of them signs for it, and makes tokens for that.
    Maintainer,
    /// Sees what is about money.
    Billing,
    /// Sees what is not public.
    Reader,
}

/// Whose a publisher is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PublisherKind {
    /// An organisation's: it may have any members.
    #[default]
    Organisation,
    /// One person's, who is its only member.
    Person,
}

/// One of the people of a publisher.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// Its id.
    pub id: String,
    /// What it is there.
    pub role: Role,
    /// What the others read.
    pub name: String,
    /// Where mail goes; for owners and operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The person's account; none of an owner that has a token only, and while it is invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// How far it has come.
    pub state: OwnerState,
    /// When it was invited first.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it accepted.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<OffsetDateTime>,
}

/// The members of a publisher.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MemberList {
    /// The namespace.
    pub namespace: String,
    /// Whose it is.
    pub kind: PublisherKind,
    /// In the order they were invited; without the removed ones.
    pub members: Vec<Member>,
}

/// Somebody to invite.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// What it shall be; who is an owner is proposed.
    pub role: Role,
    /// What the others read until it accepts; one line, 80 characters at most.
    pub name: String,
    /// Where the invitation goes.
    #[schema(example = "ada@example.org")]
    pub email: String,
}

/// Another role.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// Which.
    pub role: Role,
}

/// A publisher that the person is a member of.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MyPublisher {
    /// The namespace.
    pub namespace: String,
    /// The name to show.
    pub display_name: String,
    /// Whose it is.
    pub kind: PublisherKind,
    /// As which member.
    pub member: String,
    /// With which role.
    pub role: Role,
}

/// An invitation: to the address of the person's account, or the one whose code was shown.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MyInvitation {
    /// Its id, to accept it by.
    pub id: String,
    /// The namespace.
    pub namespace: String,
    /// The name to show.
    pub display_name: String,
    /// For which role.
    pub role: Role,
    /// What those are called who invited; nobody where the registry's operators did.
    pub invited_by: Vec<String>,
    /// Until when it is good.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
}

/// What a person is a member of, and may become one of.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MyPublisherList {
    /// By namespace.
    pub publishers: Vec<MyPublisher>,
    /// Those that are good still, the oldest first.
    pub invitations: Vec<MyInvitation>,
}

/// An owner's token, shown to connect the owner to an account.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnerToken {
    /// The token.
    #[schema(value_type = String, format = Password)]
    pub token: SecretString,
}

impl From<members::Role> for Role {
    fn from(role: members::Role) -> Self {
        match role {
            members::Role::Owner => Self::Owner,
            members::Role::Maintainer => Self::Maintainer,
            members::Role::Billing => Self::Billing,
            members::Role::Reader => Self::Reader,
        }
    }
}

impl From<Role> for members::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Owner => Self::Owner,
            Role::Maintainer => Self::Maintainer,
            Role::Billing => Self::Billing,
            Role::Reader => Self::Reader,
        }
    }
}

impl From<publisher::PublisherKind> for PublisherKind {
    fn from(kind: publisher::PublisherKind) -> Self {
        match kind {
            publisher::PublisherKind::Organisation => Self::Organisation,
            publisher::PublisherKind::Person => Self::Person,
        }
    }
}

impl From<PublisherKind> for publisher::PublisherKind {
    fn from(kind: PublisherKind) -> Self {
        match kind {
            PublisherKind::Organisation => Self::Organisation,
            PublisherKind::Person => Self::Person,
        }
    }
}

impl From<&members::Member> for Member {
    fn from(member: &members::Member) -> Self {
        Self {
            id: member.id.to_string(),
            role: member.role.into(),
            name: member.name.to_string(),
            email: member.email.as_ref().map(|email| email.as_str().to_owned()),
            account: member.account.map(|account| account.to_string()),
            state: member.state.into(),
            created_at: member.created_at,
            accepted_at: member.accepted_at,
        }
    }
}

impl From<&members::MemberList> for MemberList {
    fn from(list: &members::MemberList) -> Self {
        Self {
            namespace: list.publisher.namespace.to_string(),
            kind: list.publisher.kind.into(),
            members: list.members.iter().map(Member::from).collect(),
        }
    }
}

impl From<&members::Membership> for MyPublisher {
    fn from(membership: &members::Membership) -> Self {
        let members::Membership { member, publisher } = membership;
        Self {
            namespace: publisher.namespace.to_string(),
            display_name: publisher.display_name.clone(),
            kind: publisher.kind.into(),
            member: member.id.to_string(),
            role: member.role.into(),
        }
    }
}

impl From<&members::WaitingInvitation> for MyInvitation {
    fn from(waiting: &members::WaitingInvitation) -> Self {
        let members::Membership { member, publisher } = &waiting.membership;
        Self {
            id: member.id.to_string(),
            namespace: publisher.namespace.to_string(),
            display_name: publisher.display_name.clone(),
            role: member.role.into(),
            invited_by: waiting.invited_by.iter().map(ToString::to_string).collect(),
            expires_at: waiting.expires_at,
        }
    }
}

impl From<&members::MyPublishers> for MyPublisherList {
    fn from(mine: &members::MyPublishers) -> Self {
        Self {
            publishers: mine.memberships.iter().map(MyPublisher::from).collect(),
            invitations: mine.invitations.iter().map(MyInvitation::from).collect(),
        }
    }
}

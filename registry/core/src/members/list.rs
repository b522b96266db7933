//! Who the members of a publisher are, and of which publishers somebody is one.

use adx_signing::name::Namespace;
use time::OffsetDateTime;

use super::look::inviters;
use super::{Member, MemberError, MemberState, Membership};
use crate::Ports;
use crate::actor::Actor;
use crate::owner::OwnerName;
use crate::publisher::Publisher;

/// The members of a publisher.
#[derive(Debug)]
pub struct MemberList {
    /// Whose they are.
    pub publisher: Publisher,
    /// In the order they were invited, without the removed ones; without addresses for whoever may not see those.
    pub members: Vec<Member>,
}

/// Lists the members of the publisher of a namespace, its owners among them.
///
/// # Errors
/// [`MemberError`]
pub async fn list_members(ports: &Ports, actor: &Actor, namespace: &Namespace) -> Result<MemberList, MemberError> {
    let with_addresses = actor.sees_owners_of(namespace)?;
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| MemberError::NoPublisher(namespace.clone()))?;
    let mut members = reader.members_of(publisher.id).await?;
    members.retain(|member| member.state != MemberState::Removed);
    if !with_addresses {
        for member in &mut members {
            member.email = None;
        }
    }
    Ok(MemberList { publisher, members })
}

/// What somebody is, and may become.
#[derive(Debug)]
pub struct MyPublishers {
    /// Of which publishers the person is a member.
    pub memberships: Vec<Membership>,
    /// Invitations to the account's address.
    pub invitations: Vec<WaitingInvitation>,
}

/// An invitation that can be accepted.
#[derive(Debug)]
pub struct WaitingInvitation {
    /// As whom, and to which publisher.
    pub membership: Membership,
    /// What those are called who invited: nobody where operators did.
    pub invited_by: Vec<OwnerName>,
    /// Until when.
    pub expires_at: OffsetDateTime,
}

/// The publishers of whoever is signed in, and invitations to others.
///
/// # Errors
/// [`MemberError`]
pub async fn my_publishers(ports: &Ports, actor: &Actor) -> Result<MyPublishers, MemberError> {
    let (account, _) = actor.person()?;
    let now = ports.now();
    let mut reader = ports.store.read().await?;
    let memberships = reader.memberships_of(account.id).await?;
    let mut invitations = Vec::new();
    // An address that nobody has shown to be the person's shows nobody's invitations.
    if let Some(address) = account.email.as_ref().filter(|_| account.verified_at.is_some()) {
        for (member, expires_at) in reader.invitations_to(address).await? {
            let publisher = reader.publisher(member.publisher).await?;
            if let Some(publisher) = publisher.filter(|_| now < expires_at) {
                let invited_by = inviters(&mut *reader, &member).await?;
                let membership = Membership { member, publisher };
                invitations.push(WaitingInvitation { membership, invited_by, expires_at });
            }
        }
    }
    Ok(MyPublishers { memberships, invitations })
}

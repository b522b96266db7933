//! What an invitation is to, before it is accepted.

use super::accept::digest;
use super::{Member, MemberError, MemberState, Membership, Role, WaitingInvitation};
use crate::Ports;
use crate::actor::Actor;
use crate::audit::{Act, AuditFilter, MAX_AUDIT_PAGE, Who};
use crate::owner::OwnerName;
use crate::ports::{Reader, StoreError};

/// The invitation whose letter has a code, for whoever is signed in and has it: nothing is accepted yet.
///
/// # Errors
/// [`MemberError::BadCode`] for a code that is not, or no more, good.
pub async fn look_at_invitation(ports: &Ports, actor: &Actor, code: &str) -> Result<WaitingInvitation, MemberError> {
    actor.person()?;
    let mut reader = ports.store.read().await?;
    let (member, expires_at) = reader.invited_member(&digest(code)?).await?.ok_or(MemberError::BadCode)?;
    if member.state != MemberState::Invited || expires_at <= ports.now() {
        return Err(MemberError::BadCode);
    }
    let publisher = reader.publisher(member.publisher).await?.ok_or(MemberError::BadCode)?;
    let invited_by = inviters(&mut *reader, &member).await?;
    Ok(WaitingInvitation { membership: Membership { member, publisher }, invited_by, expires_at })
}

/// Who invited somebody: the owner who did, as the audit log tells; all owners where they decided it together, or that one is an owner
/// no more; nobody where operators invited the first of them.
pub(super) async fn inviters(reader: &mut dyn Reader, invited: &Member) -> Result<Vec<OwnerName>, StoreError> {
    let members = reader.members_of(invited.publisher).await?;
    if invited.role != Role::Owner
        && let Some(who) = inviter(reader, invited).await?
        && let Some(one) = members.iter().find(|member| member.is_owner() && is(member, who))
    {
        return Ok(vec![one.name.clone()]);
    }
    Ok(owners(&members))
}

/// What the owners among the members are called.
pub(crate) fn owners(members: &[Member]) -> Vec<OwnerName> {
    members.iter().filter(|member| member.is_owner()).map(|member| member.name.clone()).collect()
}

/// Who invited somebody last.
async fn inviter(reader: &mut dyn Reader, invited: &Member) -> Result<Option<Who>, StoreError> {
    let filter = AuditFilter {
        publisher: Some(invited.publisher),
        act: Some(Act::MemberInvite),
        since: Some(invited.created_at),
        ..AuditFilter::default()
    };
    let id = invited.id.to_string();
    let told = reader.audit_after(&filter, 0, MAX_AUDIT_PAGE).await?;
    let last = told.into_iter().rev().find(|entry| entry.told.subject.id.as_ref() == Some(&id));
    Ok(last.map(|entry| entry.told.who))
}

fn is(member: &Member, who: Who) -> bool {
    match who {
        Who::Account(account) => member.account == Some(account),
        Who::Owner(id) => member.id == id,
        Who::Token(_) | Who::Machine | Who::Job | Who::Anonymous => false,
    }
}

//! A person who is signed in accepts an invitation: the account is the member then.

use adx_signing::digest::Digest;
use serde_json::json;

use super::{Member, MemberError, MemberState, Membership, end, live, signed_in};
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::owners::{MAX_CODE_BYTES, adopt_tokens, note_owners};
use crate::ports::{Transaction, Written};
use crate::{Id, Ports};

/// Which invitation.
#[derive(Debug)]
pub enum Invitation {
    /// The one whose letter has this code.
    Code(String),
    /// One that was sent to the account's own address, which was shown to be the person's.
    Mine(Id<Member>),
}

/// As whom somebody is a member from now on, and of which publisher.
pub type AcceptedInvitation = Membership;

/// Accepts an invitation, for any role.
///
/// # Errors
/// [`MemberError`]; the invitation is good still then.
#[tracing::instrument(name = "member.accept", skip_all)]
pub async fn accept_with_account(
    ports: &Ports,
    actor: &Actor,
    invitation: &Invitation,
) -> Result<AcceptedInvitation, MemberError> {
    actor.person()?;
    if let Invitation::Code(code) = invitation {
        // Guesses must not keep those waiting who append leaves.
        let known = ports.store.read().await?.invited_member(&digest(code)?).await?;
        known.ok_or(MemberError::BadCode)?;
    }
    let mut transaction = ports.store.begin().await?;
    let accepted = accept(ports, &mut *transaction, actor, invitation).await;
    let accepted = end(transaction, Written::Told, accepted).await?;
    ports.progress.logged();
    let (member, namespace) = (&accepted.member, &accepted.publisher.namespace);
    tracing::info!(member = %member.id, %namespace, role = %member.role, "an invitation was accepted");
    Ok(accepted)
}

async fn accept(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    invitation: &Invitation,
) -> Result<AcceptedInvitation, MemberError> {
    let account = signed_in(transaction, actor).await?;
    let now = ports.now();
    let (invited, expires) = match invitation {
        Invitation::Code(code) => transaction.invited_member(&digest(code)?).await?.ok_or(MemberError::BadCode)?,
        Invitation::Mine(id) => {
            let address = account.email.as_ref().filter(|_| account.verified_at.is_some());
            let address = address.ok_or(MemberError::BadCode)?;
            let waiting = transaction.invitations_to(address).await?;
            waiting.into_iter().find(|(waiting, _)| waiting.id == *id).ok_or(MemberError::BadCode)?
        }
    };
    if invited.state != MemberState::Invited || expires <= now {
        return Err(MemberError::BadCode);
    }
    let publisher = transaction.publisher(invited.publisher).await?.ok_or(MemberError::BadCode)?;
    let members = transaction.members_of(publisher.id).await?;
    if let Some(known) = live(&members, account.id) {
        return Err(MemberError::IsMember { namespace: publisher.namespace, role: known.role });
    }
    let member = Member {
        account: Some(account.id),
        // What the person is called, not what somebody else typed.
        name: account.name.unwrap_or(invited.name),
        email: account.email,
        state: MemberState::Accepted,
        accepted_at: Some(now),
        ..invited
    };
    transaction.update_member(&member).await?;
    transaction.set_invitation(member.id, None).await?;
    let deed = Deed::new(Act::MemberAccept).of(&publisher).id(member.id);
    deed.with(json!({ "role": member.role })).tell(ports, transaction);
    if member.is_owner() {
        adopt_tokens(transaction, &publisher, &member).await?;
        note_owners(ports, transaction, &publisher).await?;
    }
    Ok(Membership { member, publisher })
}

/// The sha256 of a code.
pub(super) fn digest(code: &str) -> Result<Digest, MemberError> {
    let code = code.trim();
    if code.len() > MAX_CODE_BYTES { Err(MemberError::BadCode) } else { Ok(Digest::of(code.as_bytes())) }
}

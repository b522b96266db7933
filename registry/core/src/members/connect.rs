//! Connecting an owner from before accounts to one: the owner's token is what proves it.

use adx_signing::token::{Token as TokenText, TokenKind};

use super::{Member, MemberError, Membership, end, live, signed_in};
use crate::Ports;
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::ports::{Transaction, Written};
use crate::token::TokenOwner;

/// Connects the owner whose token is shown to the account of whoever is signed in. The token counts as before. Once more is no error.
///
/// # Errors
/// [`MemberError`]; nothing has changed then.
#[tracing::instrument(name = "member.connect", skip_all)]
pub async fn connect_owner(ports: &Ports, actor: &Actor, token: &str) -> Result<Membership, MemberError> {
    actor.person()?;
    let token = TokenText::parse(token.trim()).map_err(|_| MemberError::NoOwnerToken)?;
    if token.kind() != TokenKind::Owner {
        return Err(MemberError::NoOwnerToken);
    }
    ports.store.read().await?.token_by_hash(&token.hash()).await?.ok_or(MemberError::NoOwnerToken)?;
    let mut transaction = ports.store.begin().await?;
    let connected = connect(ports, &mut *transaction, actor, &token).await;
    let connected = end(transaction, Written::ToldIfChanged, connected).await?;
    tracing::info!(member = %connected.member.id, "an owner was connected to an account");
    Ok(connected)
}

async fn connect(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    token: &TokenText,
) -> Result<Membership, MemberError> {
    let account = signed_in(transaction, actor).await?;
    let token = transaction.token_by_hash(&token.hash()).await?.ok_or(MemberError::NoOwnerToken)?;
    let now = ports.now();
    let counts = token.revoked_at.is_none() && token.expires_at.is_none_or(|expires| now < expires);
    let TokenOwner::Owner(owner) = token.owner else { return Err(MemberError::NoOwnerToken) };
    let owner = transaction.member(owner).await?.filter(|owner| counts && owner.is_owner());
    let owner = owner.ok_or(MemberError::NoOwnerToken)?;
    let publisher = transaction.publisher(owner.publisher).await?.ok_or(MemberError::NoOwnerToken)?;
    match owner.account {
        Some(connected) if connected == account.id => return Ok(Membership { member: owner, publisher }),
        Some(_) => return Err(MemberError::IsConnected),
        None => {}
    }
    if let Some(known) = live(&transaction.members_of(publisher.id).await?, account.id) {
        return Err(MemberError::IsMember { namespace: publisher.namespace, role: known.role });
    }
    let member = Member { account: Some(account.id), ..owner };
    transaction.update_member(&member).await?;
    Deed::new(Act::MemberConnect).of(&publisher).id(member.id).tell(ports, transaction);
    Ok(Membership { member, publisher })
}

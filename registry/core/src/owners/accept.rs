//! Accepting an invitation: the code proves the address, and is exchanged for a token.

use adx_signing::digest::Digest;
use serde_json::json;

use super::OwnerError;
use super::remove::{adopt_tokens, note_owners};
use crate::Ports;
use crate::audit::{Act, Deed, Who};
use crate::issue_token::{self, IssuedToken};
use crate::members::{Member, MemberState, Role};
use crate::ports::{Transaction, Written};
use crate::publisher::Publisher;
use crate::token::TokenOwner;

/// Longest text that is looked at as a code, in bytes.
pub(crate) const MAX_CODE_BYTES: usize = 64;

/// An owner at the only moment its token is known.
#[derive(Debug)]
pub struct Accepted {
    /// The owner.
    pub owner: Member,
    /// What it owns.
    pub publisher: Publisher,
    /// The token, to be shown once.
    pub issued: IssuedToken,
}

/// Accepts an invitation. It is looked up by the hash of its code, of which nobody can choose a prefix, so the time that it
/// takes tells nothing; and a code has 160 random bits.
///
/// # Errors
/// [`OwnerError::BadCode`] for a code that is not, or no more, good.
#[tracing::instrument(name = "owner.accept", skip_all)]
pub async fn accept_invitation(ports: &Ports, code: &str) -> Result<Accepted, OwnerError> {
    let code = code.trim();
    if code.len() > MAX_CODE_BYTES {
        return Err(OwnerError::BadCode);
    }
    let code = Digest::of(code.as_bytes());
    // Guesses must not keep those waiting who append leaves.
    if ports.store.read().await?.invited_member(&code).await?.is_none() {
        return Err(OwnerError::BadCode);
    }
    let mut transaction = ports.store.begin().await?;
    match accept(ports, &mut *transaction, &code).await {
        Ok(accepted) => {
            transaction.commit(Written::Told).await?;
            ports.progress.logged();
            let Accepted { owner, publisher, .. } = &accepted;
            tracing::info!(owner = %owner.id, namespace = %publisher.namespace, "an invitation was accepted");
            Ok(accepted)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

async fn accept(ports: &Ports, transaction: &mut dyn Transaction, code: &Digest) -> Result<Accepted, OwnerError> {
    transaction.lock_leaves().await?;
    let now = ports.now();
    let (mut owner, expires) = transaction.invited_member(code).await?.ok_or(OwnerError::BadCode)?;
    if owner.state != MemberState::Invited || expires <= now {
        return Err(OwnerError::BadCode);
    }
    if owner.role != Role::Owner {
        return Err(OwnerError::NeedsAccount(owner.role));
    }
    let publisher = transaction.publisher(owner.publisher).await?.ok_or(OwnerError::BadCode)?;
    owner.state = MemberState::Accepted;
    owner.accepted_at = Some(now);
    transaction.update_member(&owner).await?;
    transaction.set_invitation(owner.id, None).await?;
    let issued = issue_token::make(ports, TokenOwner::Owner(owner.id), "owner", Vec::new(), None);
    transaction.insert_token(&issued.token).await?;
    adopt_tokens(transaction, &publisher, &owner).await?;
    note_owners(ports, transaction, &publisher).await?;
    let deed = Deed::new(Act::OwnerAccept).of(&publisher).id(owner.id).by(Who::Owner(owner.id));
    deed.with(json!({ "token": issued.token.id })).tell(ports, transaction);
    Ok(Accepted { owner, publisher, issued })
}

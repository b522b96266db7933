//! Tokens that are lost or stolen, for whoever sits at the machine that holds the database: listed, revoked, and replaced.

use adx_signing::name::Namespace;
use thiserror::Error;

use crate::audit::{Act, Deed};
use crate::issue_token::{IssuedToken, make, revoke_tree};
use crate::members::Member;
use crate::ports::{StoreError, Transaction, Written};
use crate::publisher::Publisher;
use crate::token::{Scope, Token, TokenOwner};
use crate::{Id, Ports};
use serde_json::json;

/// What a token that takes the place of others is called.
const RENEWED: &str = "renewed";

/// Why nothing was listed, revoked or renewed.
#[derive(Debug, Error)]
pub enum RenewError {
    /// Nobody publishes in the namespace.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// There is no such token, or it was revoked before, and so was what was made with it.
    #[error("there is no token {0} that counts")]
    NoToken(Id<Token>),
    /// Nobody who decides in the namespace: never was an owner, has not accepted yet, or was removed.
    #[error("`{0}` has no owner {1} who accepted")]
    NoOwner(Namespace, Id<Member>),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The tokens of a publisher that were not revoked, newest first, without those of runs that are over.
///
/// # Errors
/// [`RenewError::NoPublisher`], [`RenewError::Store`]
pub async fn list_tokens_on_the_machine(ports: &Ports, namespace: &Namespace) -> Result<Vec<Token>, RenewError> {
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| RenewError::NoPublisher(namespace.clone()))?;
    Ok(reader.tokens_of(publisher.id, ports.now()).await?)
}

/// The owners of a publisher who accepted.
///
/// # Errors
/// [`RenewError::NoPublisher`], [`RenewError::Store`]
pub async fn list_owners_on_the_machine(ports: &Ports, namespace: &Namespace) -> Result<Vec<Member>, RenewError> {
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| RenewError::NoPublisher(namespace.clone()))?;
    let mut owners = reader.members_of(publisher.id).await?;
    owners.retain(Member::is_owner);
    Ok(owners)
}

/// The operators' tokens that were not revoked, newest first.
///
/// # Errors
/// [`StoreError`]
pub async fn list_operator_tokens_on_the_machine(ports: &Ports) -> Result<Vec<Token>, StoreError> {
    ports.store.read().await?.operator_tokens().await
}

async fn publisher_of(transaction: &mut dyn Transaction, token: Id<Token>) -> Result<Option<Publisher>, StoreError> {
    match transaction.token(token).await?.map(|token| token.owner) {
        Some(TokenOwner::Publisher(publisher) | TokenOwner::Workflow(publisher)) => {
            transaction.publisher(publisher).await
        }
        Some(TokenOwner::Owner(owner)) => match transaction.member(owner).await? {
            Some(owner) => transaction.publisher(owner.publisher).await,
            None => Ok(None),
        },
        Some(TokenOwner::Operator(_)) | None => Ok(None),
    }
}

/// Revokes a token, a publisher's, an owner's or an operator's, and all that were made with it, and with those; gives those that it
/// revoked. One that counts no more is taken where something counts that was made with it.
///
/// # Errors
/// [`RenewError::NoToken`], [`RenewError::Store`]
pub async fn revoke_token_on_the_machine(ports: &Ports, token: Id<Token>) -> Result<Vec<Id<Token>>, RenewError> {
    change(ports, async |transaction| {
        transaction.lock_leaves().await?;
        let revoked = revoke_tree(transaction, token, ports.now()).await?;
        if revoked.is_empty() {
            return Err(RenewError::NoToken(token));
        }
        let descendants: Vec<_> = revoked.iter().filter(|revoked| **revoked != token).collect();
        let deed = Deed::new(Act::TokenRevoke).id(token).with(json!({ "descendants": descendants }));
        // Its publisher, if it is one's, is told what an operator took from it.
        match publisher_of(transaction, token).await? {
            Some(publisher) => deed.of(&publisher).tell(ports, transaction),
            None => deed.tell(ports, transaction),
        }
        Ok(revoked)
    })
    .await
}

/// Issues a token for all that a publisher may do in the place of those that it has, which count no more; says how many those
/// were. It is of whoever made those, if that was one member: it ends with that one, who does not confirm alone what it sends.
///
/// # Errors
/// [`RenewError::NoPublisher`], [`RenewError::Store`]; every token counts as before then.
pub async fn renew_publisher_token_on_the_machine(
    ports: &Ports,
    namespace: &Namespace,
) -> Result<(IssuedToken, usize), RenewError> {
    change(ports, async |transaction| {
        // Whoever issues one meanwhile by one of those comes first, and is found here, or is refused.
        transaction.lock_leaves().await?;
        let publisher = transaction.publisher_by_namespace(namespace).await?;
        let publisher = publisher.ok_or_else(|| RenewError::NoPublisher(namespace.clone()))?;
        let before = transaction.tokens_of(publisher.id, ports.now()).await?;
        let maker = only_maker(transaction, &before).await?;
        for token in &before {
            transaction.revoke_token(publisher.id, token.id, ports.now()).await?;
        }
        let issued = make(ports, TokenOwner::Publisher(publisher.id), RENEWED, Scope::everything(), None);
        transaction.insert_token(&issued.token).await?;
        if let Some(maker) = maker {
            transaction.note_token_maker(issued.token.id, maker).await?;
        }
        let deed = Deed::new(Act::TokenRenew).of(&publisher).id(issued.token.id);
        deed.with(json!({ "revoked": before.len() })).tell(ports, transaction);
        Ok((issued, before.len()))
    })
    .await
}

/// Who made the tokens of a publisher, where that was one member alone. Of several, or where of one nobody is known, whose the next is
/// is not known either.
async fn only_maker(transaction: &mut dyn Transaction, tokens: &[Token]) -> Result<Option<Id<Member>>, StoreError> {
    let mut only = None;
    for token in tokens.iter().filter(|token| matches!(token.owner, TokenOwner::Publisher(_))) {
        let maker = transaction.token_maker(token.id).await?.map(|maker| maker.id);
        if maker.is_none() || only.is_some_and(|only| Some(only) != maker) {
            return Ok(None);
        }
        only = maker;
    }
    Ok(only)
}

/// Issues a token to an owner in the place of those that it has, which count no more: of two owners who must both approve, one
/// without a token could neither decide nor be removed.
///
/// # Errors
/// [`RenewError::NoPublisher`], [`RenewError::NoOwner`], [`RenewError::Store`]; every token counts as before then.
pub async fn renew_owner_token_on_the_machine(
    ports: &Ports,
    namespace: &Namespace,
    owner: Id<Member>,
) -> Result<(Member, IssuedToken), RenewError> {
    change(ports, async |transaction| {
        // Whoever removes the owner meanwhile comes first, or finds the new token to revoke.
        transaction.lock_leaves().await?;
        let publisher = transaction.publisher_by_namespace(namespace).await?;
        let publisher = publisher.ok_or_else(|| RenewError::NoPublisher(namespace.clone()))?;
        let found = transaction.member(owner).await?;
        let found = found.filter(|owner| owner.publisher == publisher.id && owner.is_owner());
        let owner = found.ok_or_else(|| RenewError::NoOwner(namespace.clone(), owner))?;
        transaction.revoke_owner_tokens(owner.id, ports.now()).await?;
        let issued = make(ports, TokenOwner::Owner(owner.id), RENEWED, Vec::new(), None);
        transaction.insert_token(&issued.token).await?;
        let deed = Deed::new(Act::TokenRenew).of(&publisher).id(issued.token.id);
        deed.with(json!({ "owner": owner.id })).tell(ports, transaction);
        Ok((owner, issued))
    })
    .await
}

async fn change<T>(
    ports: &Ports,
    work: impl AsyncFnOnce(&mut dyn Transaction) -> Result<T, RenewError>,
) -> Result<T, RenewError> {
    let mut transaction = ports.store.begin().await?;
    match work(&mut *transaction).await {
        Ok(done) => {
            transaction.commit(Written::Told).await?;
            Ok(done)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

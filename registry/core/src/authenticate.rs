//! From the text of a token to who shows it.

use std::net::IpAddr;

use adx_signing::digest::Digest;
use adx_signing::token::{Token as TokenText, TokenKind};
use subtle::ConstantTimeEq;
use thiserror::Error;
use time::Duration;

use crate::Ports;
use crate::actor::Actor;
use crate::members::{By, Member};
use crate::ports::{StoreError, Transaction};
use crate::ports::{SystemWrite, Written};
use crate::token::{Token, TokenOwner};

/// How far behind a token's "last used" may be. Noting every use would make each request a write.
const LAST_USE_GRAIN: Duration = Duration::minutes(10);

/// Why a token was not accepted.
#[derive(Debug, Error)]
pub enum AuthenticateError {
    /// Not a token of this registry, or one that was never issued, was revoked, or whose owner is gone. Which of these
    /// is nobody's business who cannot show a good one.
    #[error("the token is not valid")]
    Invalid,
    /// It is good, somewhere else.
    #[error("the token does not count from where the request comes")]
    Elsewhere,
    /// It was good once.
    #[error("the token expired on {0}")]
    Expired(time::Date),
    /// What the cookie holds belongs to no session, or to one that has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// Everybody here who signs in with a password has a second factor, and this account has none so far.
    #[error("this registry asks everybody for a second factor, and this account has none: add one first")]
    SecondFactorMissing,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who shows `bearer`, the text of a token, nobody knows from where; nobody if there is none.
///
/// # Errors
/// [`AuthenticateError`]
pub async fn authenticate(ports: &Ports, bearer: Option<&str>) -> Result<Actor, AuthenticateError> {
    authenticate_from(ports, bearer, None).await
}

/// Who shows `bearer`, the text of a token, from an address if that is known; nobody if there is none.
///
/// # Errors
/// [`AuthenticateError`]
#[tracing::instrument(name = "token.authenticate", skip_all)]
pub async fn authenticate_from(
    ports: &Ports,
    bearer: Option<&str>,
    address: Option<IpAddr>,
) -> Result<Actor, AuthenticateError> {
    let Some(bearer) = bearer else {
        return Ok(Actor::Anonymous);
    };
    let text = TokenText::parse(bearer).map_err(|_| AuthenticateError::Invalid)?;
    let hash = text.hash();
    let now = ports.now();

    let mut reader = ports.store.read().await?;
    let token = reader.token_by_hash(&hash).await?.ok_or(AuthenticateError::Invalid)?;
    // The lookup's timing depends on the hash, of which an attacker cannot choose a prefix; the decision on all of it.
    if !bool::from(token.hash.as_bytes().ct_eq(hash.as_bytes())) || token.revoked_at.is_some() {
        return Err(AuthenticateError::Invalid);
    }
    if let Some(expires_at) = token.expires_at.filter(|expires_at| *expires_at <= now) {
        return Err(AuthenticateError::Expired(expires_at.date()));
    }
    if !token.networks.admit(address) {
        return Err(AuthenticateError::Elsewhere);
    }
    let actor = match (token.owner, text.kind()) {
        (TokenOwner::Operator(_), TokenKind::Operator) => Actor::Operator { token },
        (TokenOwner::Publisher(id), TokenKind::Publisher) | (TokenOwner::Workflow(id), TokenKind::Workflow) => {
            let publisher = reader.publisher(id).await?.ok_or(AuthenticateError::Invalid)?;
            Actor::Publisher { publisher, token }
        }
        (TokenOwner::Owner(id), TokenKind::Owner) => {
            let owner = reader.member(id).await?.filter(Member::is_owner).ok_or(AuthenticateError::Invalid)?;
            let publisher = reader.publisher(owner.publisher).await?.ok_or(AuthenticateError::Invalid)?;
            Actor::Owner { owner, publisher, token }
        }
        _ => return Err(AuthenticateError::Invalid),
    };
    drop(reader);
    note_use(ports, &actor, now).await?;
    Ok(actor)
}

/// Whether a token that was looked up counts still, for a request that may have waited long for its body since. The leaves are locked:
/// whoever revokes every token comes before, or finds what is written now.
pub(crate) async fn counts_still(transaction: &mut dyn Transaction, hash: &Digest) -> Result<bool, StoreError> {
    Ok(transaction.token_by_hash(hash).await?.is_some_and(|token| token.revoked_at.is_none()))
}

/// The same of whatever acts for a publisher: a session has not ended, and its member is there with the same role.
pub(crate) async fn acts_still(transaction: &mut dyn Transaction, by: By<'_>) -> Result<bool, StoreError> {
    match by {
        By::Token(token) => counts_still(transaction, &token.hash).await,
        By::Member(member, session) => {
            let is_signed_in = transaction.session_by_hash(&session.hash).await?.is_some();
            let now = transaction.member(member.id).await?;
            Ok(is_signed_in && now.is_some_and(|now| now.is_accepted() && now.role == member.role))
        }
    }
}

async fn note_use(ports: &Ports, actor: &Actor, now: time::OffsetDateTime) -> Result<(), StoreError> {
    let token: &Token = match actor {
        // A session notes its use by itself.
        Actor::Anonymous | Actor::Person { .. } => return Ok(()),
        Actor::Publisher { token, .. } | Actor::Owner { token, .. } | Actor::Operator { token } => token,
    };
    if token.last_used_at.is_some_and(|last| now - last < LAST_USE_GRAIN) {
        return Ok(());
    }
    let mut transaction = ports.store.begin().await?;
    transaction.touch_token(token.id, now).await?;
    transaction.commit(Written::System(SystemWrite::LastUse)).await
}

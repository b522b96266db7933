//! From the text of a token to who shows it.

use std::net::IpAddr;

use adx_signing::digest::Digest;
use adx_signing::token::{Token as TokenText, TokenKind};
use subtle::ConstantTimeEq;
use thiserror::Error;
use time::{Duration, OffsetDateTime};

use crate::Ports;
use crate::accounts::whose_session;
use crate::actor::Actor;
use crate::members::{By, Member};
use crate::ports::{Reader, StoreError, Transaction};
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
    if !bool::from(token.hash.as_bytes().ct_eq(hash.as_bytes())) || !is_of_kind(&token, text.kind()) {
        return Err(AuthenticateError::Invalid);
    }
    refuse_ended(&token, now)?;
    if !token.networks.admit(address) {
        return Err(AuthenticateError::Elsewhere);
    }
    let actor = whose(&mut *reader, token).await?;
    drop(reader);
    note_use(ports, &actor, now).await?;
    Ok(actor)
}

/// Who asks, looked up once more for an answer that takes long: a token or session may have ended meanwhile, and whoever was an owner or
/// operator be one no more.
///
/// # Errors
/// [`AuthenticateError`]
pub async fn look_again(ports: &Ports, actor: &Actor) -> Result<Actor, AuthenticateError> {
    let now = ports.now();
    let mut reader = ports.store.read().await?;
    let hash = match actor {
        Actor::Anonymous => return Ok(Actor::Anonymous),
        Actor::Person { session, .. } => {
            let session = reader.session_by_hash(&session.hash).await?.ok_or(AuthenticateError::SessionEnded)?;
            return whose_session(ports, &mut *reader, session, now).await;
        }
        Actor::Publisher { token, .. } | Actor::Owner { token, .. } | Actor::Operator { token } => &token.hash,
    };
    let token = reader.token_by_hash(hash).await?.ok_or(AuthenticateError::Invalid)?;
    refuse_ended(&token, now)?;
    whose(&mut *reader, token).await
}

/// Whether the text of a token is of the kind that belongs to its owner.
fn is_of_kind(token: &Token, kind: TokenKind) -> bool {
    matches!(
        (token.owner, kind),
        (TokenOwner::Operator(_), TokenKind::Operator)
            | (TokenOwner::Publisher(_), TokenKind::Publisher)
            | (TokenOwner::Workflow(_), TokenKind::Workflow)
            | (TokenOwner::Owner(_), TokenKind::Owner)
    )
}

fn refuse_ended(token: &Token, now: OffsetDateTime) -> Result<(), AuthenticateError> {
    if token.revoked_at.is_some() {
        return Err(AuthenticateError::Invalid);
    }
    match token.expires_at.filter(|expires_at| *expires_at <= now) {
        Some(expires_at) => Err(AuthenticateError::Expired(expires_at.date())),
        None => Ok(()),
    }
}

/// Who shows a token that counts.
async fn whose(reader: &mut dyn Reader, token: Token) -> Result<Actor, AuthenticateError> {
    Ok(match token.owner {
        TokenOwner::Operator(_) => Actor::Operator { token },
        TokenOwner::Publisher(id) | TokenOwner::Workflow(id) => {
            let publisher = reader.publisher(id).await?.ok_or(AuthenticateError::Invalid)?;
            Actor::Publisher { publisher, token }
        }
        TokenOwner::Owner(id) => {
            let owner = reader.member(id).await?.filter(Member::is_owner).ok_or(AuthenticateError::Invalid)?;
            let publisher = reader.publisher(owner.publisher).await?.ok_or(AuthenticateError::Invalid)?;
            Actor::Owner { owner, publisher, token }
        }
    })
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

async fn note_use(ports: &Ports, actor: &Actor, now: OffsetDateTime) -> Result<(), StoreError> {
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

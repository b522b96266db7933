//! Where a person is signed in.

use adx_signing::digest::Digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use time::{Duration, OffsetDateTime};

use super::code::hash_of;
use super::factor::Factors;
use super::{AccountError, Code};
use crate::account::{Account, Session, SignedInBy};
use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed, Who};
use crate::authenticate::AuthenticateError;
use crate::ports::{Reader, StoreError, SystemWrite, Transaction, Written};
use crate::{Id, Ports};

/// How far behind a session's "last used" may be. Noting every use would make each request a write.
const LAST_USE_GRAIN: Duration = Duration::minutes(10);
/// What keeps the token of a session apart from everything else that is made of its secret.
const CSRF_LABEL: &[u8] = b"adx-registry csrf v1";

/// A person who has just signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub account: Account,
    /// Where.
    pub session: Session,
    /// What the cookie is to hold.
    pub secret: Code,
}

/// Who shows `secret`, the content of a cookie, and may do what such a person may.
///
/// # Errors
/// [`AuthenticateError`]
pub async fn authenticate_session(ports: &Ports, secret: &str) -> Result<Actor, AuthenticateError> {
    let actor = recognise_session(ports, secret).await?;
    require_second_factor(ports, &actor).await?;
    Ok(actor)
}

/// Refuses whoever came in with a password and has no second factor, where one is asked of everybody.
///
/// # Errors
/// [`AuthenticateError::SecondFactorMissing`]
pub async fn require_second_factor(ports: &Ports, actor: &Actor) -> Result<(), AuthenticateError> {
    let Actor::Person { account, session, .. } = actor else { return Ok(()) };
    if !ports.ways_in.asks_for_factor(session) {
        return Ok(());
    }
    let mut reader = ports.store.read().await?;
    if Factors::of(&mut *reader, account.id).await?.is_none() {
        return Err(AuthenticateError::SecondFactorMissing);
    }
    Ok(())
}

/// Who shows `secret`, the content of a cookie, for what needs no second factor where everything else does: adding one, looking who is
/// signed in, and signing out.
///
/// # Errors
/// [`AuthenticateError`]
#[tracing::instrument(name = "session.authenticate", skip_all)]
pub async fn recognise_session(ports: &Ports, secret: &str) -> Result<Actor, AuthenticateError> {
    let hash = hash_of(secret).ok_or(AuthenticateError::SessionEnded)?;
    let now = ports.now();
    let mut reader = ports.store.read().await?;
    let session = reader.session_by_hash(&hash).await?.ok_or(AuthenticateError::SessionEnded)?;
    // As for tokens: the lookup depends on a hash that nobody can choose, the decision on all of it.
    if !bool::from(session.hash.as_bytes().ct_eq(hash.as_bytes())) {
        return Err(AuthenticateError::SessionEnded);
    }
    let (id, last_used_at) = (session.id, session.last_used_at);
    let actor = whose_session(ports, &mut *reader, session, now).await?;
    drop(reader);
    if now - last_used_at >= LAST_USE_GRAIN {
        let mut transaction = ports.store.begin().await?;
        transaction.touch_session(id, now).await?;
        transaction.commit(Written::System(SystemWrite::LastUse)).await?;
    }
    Ok(actor)
}

/// Who is signed in by a session, unless it has ended.
pub(crate) async fn whose_session(
    ports: &Ports,
    reader: &mut dyn Reader,
    session: Session,
    now: OffsetDateTime,
) -> Result<Actor, AuthenticateError> {
    if session.ends_at() <= now || !ports.ways_in.admits(&session) {
        return Err(AuthenticateError::SessionEnded);
    }
    let account = reader.account(session.account).await?.filter(Account::is_active);
    let account = account.ok_or(AuthenticateError::SessionEnded)?;
    let memberships = reader.memberships_of(account.id).await?;
    Ok(Actor::Person { account, session, memberships })
}

/// What a request that changes something must bring besides the cookie whose content is `secret`: other sites can make a browser
/// send the cookie, but cannot read this.
pub fn csrf_token(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(csrf(secret).finalize().into_bytes())
}

/// Whether it is that.
pub fn is_csrf_token(secret: &str, token: &str) -> bool {
    URL_SAFE_NO_PAD.decode(token).is_ok_and(|token| csrf(secret).verify_slice(&token).is_ok())
}

fn csrf(secret: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of every length");
    mac.update(CSRF_LABEL);
    mac
}

/// The sessions of whoever asks that have not ended, the last one used first.
///
/// # Errors
/// [`AccountError`]
pub async fn list_sessions(ports: &Ports, actor: &Actor) -> Result<Vec<Session>, AccountError> {
    let (account, _) = actor.person()?;
    let now = ports.now();
    let sessions = ports.store.read().await?.sessions_of(account.id).await?;
    let goes_on = |session: &Session| session.ends_at() > now && ports.ways_in.admits(session);
    Ok(sessions.into_iter().filter(goes_on).collect())
}

/// Ends one session of whoever asks.
///
/// # Errors
/// [`AccountError`]
#[tracing::instrument(name = "session.end", skip_all, fields(%session))]
pub async fn end_session(ports: &Ports, actor: &Actor, session: Id<Session>) -> Result<(), AccountError> {
    let (account, _) = actor.person()?;
    let mut transaction = ports.store.begin().await?;
    if !transaction.end_session(account.id, session).await? {
        transaction.rollback().await?;
        return Err(AccountError::UnknownSession);
    }
    Deed::new(Act::SessionEnd).id(session).tell(ports, &mut *transaction);
    Ok(transaction.commit(Written::Told).await?)
}

/// Ends the session that asks.
///
/// # Errors
/// [`AccountError`]
pub async fn sign_out(ports: &Ports, actor: &Actor) -> Result<(), AccountError> {
    let (_, session) = actor.person()?;
    match end_session(ports, actor, session.id).await {
        // Somebody ended it just before.
        Err(AccountError::UnknownSession | AccountError::Store(StoreError::CountsNoMore)) => Ok(()),
        other => other,
    }
}

/// Ends every session of whoever asks but the one that asks.
///
/// # Errors
/// [`AccountError`]
#[tracing::instrument(name = "session.end_others", skip_all)]
pub async fn end_other_sessions(ports: &Ports, actor: &Actor) -> Result<(), AccountError> {
    let (account, session) = actor.person()?;
    let mut transaction = ports.store.begin().await?;
    transaction.end_sessions_of(account.id, Some(session.id)).await?;
    Deed::new(Act::SessionEndOthers).id(account.id).tell(ports, &mut *transaction);
    Ok(transaction.commit(Written::Told).await?)
}

/// The account of whoever asks, locked, if the session has not ended since the request began: its body may have come long after.
pub(super) async fn lock_signed_in(
    transaction: &mut dyn Transaction,
    account: &Account,
    session: &Session,
) -> Result<Account, AccountError> {
    let locked = transaction.lock_account(account.id).await?;
    let has_ended = transaction.session_by_hash(&session.hash).await?.is_none();
    Ok(locked.filter(|locked| locked.is_active() && !has_ended).ok_or(Denied::Unauthenticated)?)
}

/// How somebody comes in.
pub(super) struct Entry<'a> {
    /// By what.
    pub(super) by: SignedInBy,
    /// When the person signed in at the provider of identities, as far as the provider said so.
    pub(super) proven_at: Option<OffsetDateTime>,
    /// What kind of browser it is.
    pub(super) device: String,
    /// The content of the cookie that the browser showed, if it showed one.
    pub(super) replaces: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// With a password.
    pub(super) const fn by_password(device: String, replaces: Option<&'a str>) -> Self {
        Self { by: SignedInBy::Password, proven_at: None, device, replaces }
    }
}

/// Writes a new session, in the place of the one that the browser showed, if it showed one.
pub(super) async fn start(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: Account,
    entry: Entry<'_>,
) -> Result<SignedIn, StoreError> {
    let Entry { by, proven_at, device, replaces } = entry;
    if let Some(hash) = replaces.and_then(hash_of) {
        transaction.end_session_by_hash(&hash).await?;
    }
    let now = ports.now();
    let secret = Code::new(&*ports.entropy);
    let session = Session {
        id: Id::new(now, &*ports.entropy),
        account: account.id,
        hash: secret.hash(),
        device,
        created_at: now,
        last_used_at: now,
        signed_in_by: by,
        proven_at,
    };
    transaction.insert_session(&session).await?;
    Deed::new(Act::SessionCreate).id(session.id).by(Who::Account(account.id)).tell(ports, transaction);
    Ok(SignedIn { account, session, secret })
}

/// Ends every session of the account and writes one for whoever asks: another secret, since the account is worth more now, or
/// somebody else may know the one before.
pub(super) async fn renew(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: Account,
    before: &Session,
) -> Result<SignedIn, StoreError> {
    transaction.end_sessions_of(account.id, None).await?;
    let (by, proven_at) = (before.signed_in_by, before.proven_at);
    start(ports, transaction, account, Entry { by, proven_at, device: before.device.clone(), replaces: None }).await
}

/// The code of a letter or a link, if it is good.
pub(super) fn code_hash(text: &str) -> Result<Digest, AccountError> {
    hash_of(text).ok_or(AccountError::BadCode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_session_only() {
        let token = csrf_token("one");
        assert!(is_csrf_token("one", &token));
        assert!(!is_csrf_token("two", &token));
        assert!(!is_csrf_token("one", ""));
        assert!(!is_csrf_token("one", &token[1..]));
        assert!(!token.contains("one"));
    }
}

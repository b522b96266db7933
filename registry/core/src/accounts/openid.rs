//! Signing in at a provider of identities (OpenID Connect), and connecting an identity to an account.

use std::sync::Arc;

use super::attempts::SIGN_IN_FROM;
use super::factor::{Factor, ShownForChange};
use super::letters::promise;
use super::openid_round::{BegunOpenId, Connects, Kept};
use super::passkeys::tell_of_copy;
use super::prove::prove;
use super::session::{authenticate_session, lock_signed_in, start};
use super::sign_up::may_sign_up;
use super::{AccountError, Network, Password, SignedIn};
use crate::account::{Account, AccountState, ConnectedIdentity, Session};
use crate::actor::Actor;
use crate::audit::{Act, Deed, Who};
use crate::authenticate::AuthenticateError;
use crate::job::AccountLetter;
use crate::owner::{MAX_OWNER_NAME_CHARS, OwnerName};
use crate::ports::{Address, Constraint, Identity, IdentityError, IdentityProvider, StoreError, Transaction};
use crate::ports::{SystemWrite, Written};
use crate::{Id, Ports};
use serde_json::json;

/// Begins to sign in at the provider, or, for whoever is signed in, to connect an identity of theirs to the account. Another way in is
/// given to whoever knows the password only, if there is one, and shows one of the second factors, if there are any: with that way in
/// none is asked for.
///
/// # Errors
/// [`AccountError::NoProvider`], [`AccountError::Identity`], and what a wrong password brings.
#[tracing::instrument(name = "openid.begin", skip_all)]
pub async fn begin_openid(
    ports: &Ports,
    actor: &Actor,
    password: Option<&Password>,
    factor: Option<Factor>,
) -> Result<BegunOpenId, AccountError> {
    let provider = provider(ports)?;
    let connects = match actor {
        Actor::Person { account, session, .. } => {
            if account.password.is_some() {
                prove(ports, account, password.unwrap_or(&Password::new(String::new()))).await?;
            }
            show_factor(ports, account, session, factor).await?;
            Some(Connects { account: account.id, session: session.id })
        }
        _ => None,
    };
    let kept = Kept::new(ports, connects)?;
    let address = provider.begin(&kept.round()).await?;
    Ok(BegunOpenId { address, sealed: kept.seal(ports) })
}

/// Whether whoever is signed in shows one of the account's second factors, if there are any.
async fn show_factor(
    ports: &Ports,
    account: &Account,
    session: &Session,
    factor: Option<Factor>,
) -> Result<(), AccountError> {
    let shown = ShownForChange::take(ports, account, factor).await?;
    let mut transaction = ports.store.begin().await?;
    let checked = match lock_signed_in(&mut *transaction, account, session).await {
        Ok(locked) => shown.check(ports, &mut *transaction, locked.id).await,
        Err(refused) => Err(refused),
    };
    match checked {
        // What was shown is used up, as when somebody signs in.
        Ok(()) => Ok(transaction.commit(Written::System(SystemWrite::Factor)).await?),
        Err(refused) => {
            transaction.rollback().await?;
            tell_of_copy(ports, account.id, &refused).await?;
            Err(refused)
        }
    }
}

/// With what a browser comes back from the provider.
#[derive(Debug)]
pub struct OpenIdAnswer {
    /// What the browser kept.
    pub sealed: Option<String>,
    /// The round's state, as the provider gave it back.
    pub state: Option<String>,
    /// The code.
    pub code: Option<String>,
    /// What the provider says in place of a code: a word of RFC 6749, 4.1.2.1.
    pub error: Option<String>,
}

/// The browser that comes.
#[derive(Debug)]
pub struct Visit {
    /// Where from.
    pub network: Network,
    /// What kind it is.
    pub device: String,
    /// The content of the session's cookie, if it shows one.
    pub session: Option<String>,
}

/// How it ended well.
#[derive(Debug)]
pub enum OpenIdEnd {
    /// Signed in.
    SignedIn(Box<SignedIn>),
    /// The identity is connected, to the account of whoever was signed in.
    Connected,
}

/// Why nobody is signed in, in words that a page knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenIdRefusal {
    /// The person, or the provider, did not want to.
    Declined,
    /// What came back is not to be believed, or came too late.
    Failed,
    /// The provider does not answer.
    Unavailable,
    /// It was tried too often.
    Wait,
    /// The provider does not vouch for an address.
    Unverified,
    /// An account has the address: its person signs in and connects the identity.
    AddressTaken,
    /// Whoever is invited makes an account, and nobody else.
    NotInvited,
    /// Another account has the identity.
    IdentityTaken,
    /// An operator keeps the person out.
    Disabled,
    /// Whoever wanted to connect is signed in no more.
    SignedOut,
}

impl OpenIdRefusal {
    /// Every refusal.
    pub const ALL: [Self; 10] = [
        Self::Declined,
        Self::Failed,
        Self::Unavailable,
        Self::Wait,
        Self::Unverified,
        Self::AddressTaken,
        Self::NotInvited,
        Self::IdentityTaken,
        Self::Disabled,
        Self::SignedOut,
    ];

    /// The word in the page's address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Failed => "failed",
            Self::Unavailable => "unavailable",
            Self::Wait => "wait",
            Self::Unverified => "unverified",
            Self::AddressTaken => "address-taken",
            Self::NotInvited => "not-invited",
            Self::IdentityTaken => "identity-taken",
            Self::Disabled => "disabled",
            Self::SignedOut => "signed-out",
        }
    }
}

/// Why it did not end well.
enum Stop {
    Refused(OpenIdRefusal),
    Failed(AccountError),
}

impl From<OpenIdRefusal> for Stop {
    fn from(refusal: OpenIdRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<AccountError> for Stop {
    fn from(error: AccountError) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// How it ended, and for whom.
#[derive(Debug)]
pub struct OpenIdOutcome {
    /// Well, or why not.
    pub end: Result<OpenIdEnd, OpenIdRefusal>,
    /// Whether somebody who was signed in wanted to connect an identity.
    pub is_connecting: bool,
}

/// Takes the provider's answer.
///
/// # Errors
/// [`AccountError`] where the registry itself fails; all else is an [`OpenIdRefusal`].
#[tracing::instrument(name = "openid.finish", skip_all)]
pub async fn finish_openid(ports: &Ports, answer: OpenIdAnswer, visit: &Visit) -> Result<OpenIdOutcome, AccountError> {
    let provider = provider(ports)?;
    let kept = answer.sealed.as_deref().and_then(|sealed| Kept::open(ports, sealed, ports.now()).ok());
    // Whoever began is the one that comes back: else a stranger could sign a person in as somebody else.
    let Some(kept) = kept.filter(|kept| answer.state.as_deref().is_some_and(|state| kept.has_state(state))) else {
        return Ok(OpenIdOutcome { end: Err(OpenIdRefusal::Failed), is_connecting: false });
    };
    let end = match finish(ports, &**provider, &answer, &kept, visit).await {
        Ok(end) => Ok(end),
        Err(Stop::Refused(refusal)) => {
            tracing::info!(refusal = refusal.as_str(), "nobody was signed in by the provider of identities");
            Err(refusal)
        }
        Err(Stop::Failed(error)) => return Err(error),
    };
    Ok(OpenIdOutcome { end, is_connecting: kept.connects.is_some() })
}

fn provider(ports: &Ports) -> Result<&Arc<dyn IdentityProvider>, AccountError> {
    ports.identity.as_ref().ok_or(AccountError::NoProvider)
}

async fn finish(
    ports: &Ports,
    provider: &dyn IdentityProvider,
    answer: &OpenIdAnswer,
    kept: &Kept,
    visit: &Visit,
) -> Result<OpenIdEnd, Stop> {
    if answer.error.is_some() {
        return Err(OpenIdRefusal::Declined.into());
    }
    let code = answer.code.as_deref().ok_or(OpenIdRefusal::Failed)?;
    count(ports, visit).await?;
    let identity = provider.finish(code, &kept.round()).await.map_err(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "the provider of identities signed nobody in");
        match error {
            IdentityError::Unavailable(_) => OpenIdRefusal::Unavailable,
            IdentityError::Refused(_) => OpenIdRefusal::Failed,
        }
    })?;
    let end = match kept.connects {
        Some(connects) => connect(ports, &identity, connects, visit).await?,
        None => match sign_in(ports, &identity, visit).await {
            // Somebody made the account, or connected the identity, at the same time: it is known now.
            Err(Stop::Failed(AccountError::Store(StoreError::Violated(
                Constraint::AccountAddress | Constraint::AccountIdentity,
            )))) => sign_in(ports, &identity, visit).await?,
            other => other?,
        },
    };
    uncount(ports, visit).await?;
    Ok(end)
}

async fn sign_in(ports: &Ports, identity: &Identity, visit: &Visit) -> Result<OpenIdEnd, Stop> {
    let mut transaction = ports.store.begin().await?;
    match enter(ports, &mut *transaction, identity, visit).await {
        Ok(signed_in) => {
            transaction.commit(Written::Told).await?;
            tracing::info!(account = %signed_in.account.id, "somebody signed in by the provider of identities");
            Ok(OpenIdEnd::SignedIn(Box::new(signed_in)))
        }
        Err(stop) => {
            transaction.rollback().await?;
            Err(stop)
        }
    }
}

async fn enter(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    identity: &Identity,
    visit: &Visit,
) -> Result<SignedIn, Stop> {
    let account = match transaction.identity(&identity.issuer, &identity.subject).await? {
        Some(known) => {
            let account = transaction.lock_account(known.account).await?.ok_or(OpenIdRefusal::Failed)?;
            // Disconnected meanwhile, it is nobody's.
            let again = transaction.identity(&identity.issuer, &identity.subject).await?;
            if again.is_none_or(|again| again.account != account.id) {
                return Err(OpenIdRefusal::Failed.into());
            }
            account
        }
        None => make(ports, transaction, identity).await?,
    };
    match account.state {
        AccountState::Active => {}
        AccountState::Disabled => return Err(OpenIdRefusal::Disabled.into()),
        AccountState::Unverified | AccountState::Erased => return Err(OpenIdRefusal::Failed.into()),
    }
    Ok(start(ports, transaction, account, visit.device.clone(), visit.session.as_deref()).await?)
}

/// An account for an identity that nobody has, by the address that the provider vouches for.
async fn make(ports: &Ports, transaction: &mut dyn Transaction, identity: &Identity) -> Result<Account, Stop> {
    let email = identity.email.as_ref().filter(|_| identity.is_email_verified).ok_or(OpenIdRefusal::Unverified)?;
    let known = match transaction.account_by_address(email).await? {
        Some(known) => transaction.lock_account(known.id).await?,
        None => None,
    };
    let is_new = known.as_ref().is_none_or(|known| known.state == AccountState::Unverified);
    if is_new && !may_sign_up(ports, &mut *transaction, email).await? {
        return Err(OpenIdRefusal::NotInvited.into());
    }
    let now = ports.now();
    let name = Some(name_of(identity, email).ok_or(OpenIdRefusal::Unverified)?);
    let (state, verified_at) = (AccountState::Active, Some(now));
    let account = match known {
        None => {
            let account = Account {
                id: Id::new(now, &*ports.entropy),
                email: Some(email.clone()),
                name,
                password: None,
                state,
                is_operator: false,
                created_at: now,
                verified_at,
            };
            transaction.insert_account(&account).await?;
            account
        }
        // Somebody typed the address, and nobody answered the letter: it is nobody's so far.
        Some(known) if known.state == AccountState::Unverified => {
            let account = Account { email: Some(email.clone()), name, password: None, state, verified_at, ..known };
            transaction.update_account(&account).await?;
            transaction.void_account_codes(account.id, None).await?;
            account
        }
        Some(known) => {
            // Another browser of the same person may have been faster.
            let by_now = transaction.identity(&identity.issuer, &identity.subject).await?;
            let is_same = by_now.is_some_and(|by_now| by_now.account == known.id);
            return if is_same { Ok(known) } else { Err(OpenIdRefusal::AddressTaken.into()) };
        }
    };
    let connected = connected(ports, identity, account.id);
    transaction.insert_identity(&connected).await?;
    let deed = Deed::new(Act::AccountCreate).id(account.id).by(Who::Account(account.id));
    deed.with(json!({ "identity": connected.id })).tell(ports, transaction);
    tracing::info!(account = %account.id, "an account was made");
    Ok(account)
}

async fn connect(ports: &Ports, identity: &Identity, connects: Connects, visit: &Visit) -> Result<OpenIdEnd, Stop> {
    // The same person still: the browser may have signed out, or in as another, meanwhile.
    let actor = match visit.session.as_deref() {
        Some(secret) => match authenticate_session(ports, secret).await {
            Ok(actor) => actor,
            Err(AuthenticateError::Store(error)) => return Err(error.into()),
            Err(_) => return Err(OpenIdRefusal::SignedOut.into()),
        },
        None => return Err(OpenIdRefusal::SignedOut.into()),
    };
    let is_same =
        |(person, session): &(&Account, &Session)| Connects { account: person.id, session: session.id } == connects;
    let Some((person, session)) = actor.person().ok().filter(is_same) else {
        return Err(OpenIdRefusal::SignedOut.into());
    };
    let mut transaction = ports.store.begin().await?;
    match add(ports, &mut *transaction, identity, person, session).await {
        Ok(()) => {
            transaction.commit(Written::ToldIfChanged).await?;
            tracing::info!(account = %person.id, "an identity was connected");
            Ok(OpenIdEnd::Connected)
        }
        Err(stop) => {
            transaction.rollback().await?;
            match stop {
                Stop::Failed(AccountError::Store(StoreError::Violated(Constraint::AccountIdentity))) => {
                    Err(OpenIdRefusal::IdentityTaken.into())
                }
                Stop::Failed(AccountError::Denied(_)) => Err(OpenIdRefusal::SignedOut.into()),
                other => Err(other),
            }
        }
    }
}

async fn add(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    identity: &Identity,
    person: &Account,
    session: &Session,
) -> Result<(), Stop> {
    let account = lock_signed_in(transaction, person, session).await?.id;
    match transaction.identity(&identity.issuer, &identity.subject).await? {
        Some(known) if known.account == account => Ok(()),
        Some(_) => Err(OpenIdRefusal::IdentityTaken.into()),
        None => {
            let connected = connected(ports, identity, account);
            transaction.insert_identity(&connected).await?;
            let deed = Deed::new(Act::IdentityConnect).id(connected.id).by(Who::Account(account));
            deed.tell(ports, transaction);
            Ok(promise(ports, transaction, account, AccountLetter::IdentityConnected).await?)
        }
    }
}

fn connected(ports: &Ports, identity: &Identity, account: Id<Account>) -> ConnectedIdentity {
    let now = ports.now();
    ConnectedIdentity {
        id: Id::new(now, &*ports.entropy),
        issuer: identity.issuer.clone(),
        subject: identity.subject.clone(),
        account,
        connected_at: now,
    }
}

/// What the provider calls the person, as far as it is a name; else what stands before the `@`.
fn name_of(identity: &Identity, email: &Address) -> Option<OwnerName> {
    let cut = |text: &str| text.trim().chars().take(MAX_OWNER_NAME_CHARS).collect::<String>().parse().ok();
    let local = email.as_str().split('@').next().unwrap_or_default();
    identity.name.as_deref().and_then(cut).or_else(|| cut(local))
}

/// Counted before the provider is asked: strangers must not make it busy through us.
async fn count(ports: &Ports, visit: &Visit) -> Result<(), Stop> {
    let Some(subject) = SIGN_IN_FROM.of_network(ports, &visit.network) else { return Ok(()) };
    let mut transaction = ports.store.begin().await?;
    match SIGN_IN_FROM.count(&mut *transaction, &subject, ports.now()).await {
        Ok(()) => Ok(transaction.commit(Written::System(SystemWrite::Attempts)).await?),
        Err(refused) => {
            transaction.rollback().await?;
            match refused {
                AccountError::Wait { .. } => Err(OpenIdRefusal::Wait.into()),
                other => Err(other.into()),
            }
        }
    }
}

async fn uncount(ports: &Ports, visit: &Visit) -> Result<(), AccountError> {
    let Some(subject) = SIGN_IN_FROM.of_network(ports, &visit.network) else { return Ok(()) };
    let mut transaction = ports.store.begin().await?;
    transaction.uncount_attempt(&subject).await?;
    Ok(transaction.commit(Written::System(SystemWrite::Attempts)).await?)
}

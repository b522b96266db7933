//! Signing in at a provider of identities (OpenID Connect), connecting an identity to an account, and showing there to be its person.

use std::sync::Arc;

use adx_signing::digest::Digest;

use super::attempts::SIGN_IN_FROM;
use super::factor::{Factor, ShownForChange};
use super::openid_connect::{connect, show};
use super::openid_enter::sign_in;
use super::openid_round::{BegunOpenId, Kept, Purpose, Whose};
use super::passkeys::tell_of_copy;
use super::prove::prove;
use super::session::{code_hash, lock_signed_in};
use super::{AccountError, Network, Password, SignedIn, operator};
use crate::Ports;
use crate::account::{Account, Session};
use crate::actor::Actor;
use crate::ports::{Constraint, Identity, IdentityError, IdentityProvider, StoreError, SystemWrite, Written};

/// Begins to sign in at the provider, or, for whoever is signed in, to connect an identity of theirs to the account. Another way in is
/// given to whoever knows the password only, or has shown at the provider to be the person where there is none, and shows one of the
/// second factors, if there are any: with that way in none is asked for.
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
    let purpose = match actor {
        Actor::Person { account, session, .. } => {
            provider(ports)?;
            prove(ports, account, session, password.unwrap_or(&Password::new(String::new()))).await?;
            show_factor(ports, account, session, factor).await?;
            Purpose::Connect(Whose { account: account.id, session: session.id })
        }
        _ => Purpose::SignIn,
    };
    begin(ports, purpose).await
}

/// Begins to show at the provider to be the person who is signed in, for what the password is asked for where there is one.
///
/// # Errors
/// [`AccountError::Denied`], [`AccountError::NoProvider`], [`AccountError::Identity`]
#[tracing::instrument(name = "openid.begin_proof", skip_all)]
pub async fn begin_openid_proof(ports: &Ports, actor: &Actor) -> Result<BegunOpenId, AccountError> {
    let (account, session) = actor.person()?;
    begin(ports, Purpose::Prove(Whose { account: account.id, session: session.id })).await
}

/// Begins to sign in at the provider and to become an operator there, by the code of the operators' link.
///
/// # Errors
/// [`AccountError::BadCode`], [`AccountError::NoProvider`], [`AccountError::Identity`]
#[tracing::instrument(name = "openid.begin_as_operator", skip_all)]
pub async fn begin_openid_as_operator(ports: &Ports, code: &str) -> Result<BegunOpenId, AccountError> {
    let hash = code_hash(code)?;
    operator::known(ports, &hash).await?;
    begin(ports, Purpose::Operate(hash)).await
}

async fn begin(ports: &Ports, purpose: Purpose) -> Result<BegunOpenId, AccountError> {
    let provider = provider(ports)?;
    let kept = Kept::new(ports, purpose)?;
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
    /// Whoever is signed in has shown to be the person.
    Proven,
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
    /// Whoever wanted to connect, or to show to be the person, is signed in no more.
    SignedOut,
    /// The identity is not the account's, of which somebody wanted to show to be the person.
    SomebodyElse,
    /// The provider does not say that the person signed in there just now.
    NotAnew,
    /// The operators' link is not, or no more, good.
    LinkOver,
}

impl OpenIdRefusal {
    /// Every refusal.
    pub const ALL: [Self; 13] = [
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
        Self::SomebodyElse,
        Self::NotAnew,
        Self::LinkOver,
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
            Self::SomebodyElse => "somebody-else",
            Self::NotAnew => "not-anew",
            Self::LinkOver => "link-over",
        }
    }
}

/// Why it did not end well.
pub(super) enum Stop {
    /// Nobody is signed in.
    Refused(OpenIdRefusal),
    /// The registry itself failed.
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
    /// Whether somebody was signed in who wanted to connect an identity, or to show to be the person.
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
    Ok(OpenIdOutcome { end, is_connecting: kept.purpose.is_of_somebody() })
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
    let end = match &kept.purpose {
        Purpose::SignIn => come_in(ports, &identity, None, visit).await?,
        Purpose::Operate(link) => come_in(ports, &identity, Some(link), visit).await?,
        Purpose::Connect(whose) => connect(ports, &identity, *whose, visit).await?,
        Purpose::Prove(whose) => show(ports, &identity, *whose, visit).await?,
    };
    uncount(ports, visit).await?;
    Ok(end)
}

async fn come_in(ports: &Ports, identity: &Identity, link: Option<&Digest>, visit: &Visit) -> Result<OpenIdEnd, Stop> {
    match sign_in(ports, identity, link, visit).await {
        // Somebody made the account, or connected the identity, at the same time: it is known now.
        Err(Stop::Failed(AccountError::Store(StoreError::Violated(
            Constraint::AccountAddress | Constraint::AccountIdentity,
        )))) => sign_in(ports, identity, link, visit).await,
        other => other,
    }
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

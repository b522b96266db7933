//! Who comes back from the provider of identities and was signed in before: to connect an identity to the account, or to show to be its person.

use super::AccountError;
use super::letters::promise;
use super::openid::{OpenIdEnd, OpenIdRefusal, Stop, Visit};
use super::openid_enter::connected;
use super::openid_round::Whose;
use super::prove::PROOF_LASTS;
use super::session::{authenticate_session, lock_signed_in};
use crate::Ports;
use crate::account::{Account, Session};
use crate::actor::Actor;
use crate::audit::{Act, Deed, Who};
use crate::authenticate::AuthenticateError;
use crate::job::AccountLetter;
use crate::ports::{Constraint, Identity, StoreError, SystemWrite, Transaction, Written};

/// Lets the identity sign in to the account.
pub(super) async fn connect(
    ports: &Ports,
    identity: &Identity,
    whose: Whose,
    visit: &Visit,
) -> Result<OpenIdEnd, Stop> {
    let actor = the_same(ports, whose, visit).await?;
    let (person, session) = actor.person().map_err(|_| OpenIdRefusal::SignedOut)?;
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
                other => Err(signed_out_or(other)),
            }
        }
    }
}

/// Notes that the person signed in at the provider just now, which stands in for the password.
pub(super) async fn show(ports: &Ports, identity: &Identity, whose: Whose, visit: &Visit) -> Result<OpenIdEnd, Stop> {
    let actor = the_same(ports, whose, visit).await?;
    let (person, session) = actor.person().map_err(|_| OpenIdRefusal::SignedOut)?;
    let mut transaction = ports.store.begin().await?;
    match note(ports, &mut *transaction, identity, person, session).await {
        Ok(()) => {
            transaction.commit(Written::System(SystemWrite::Proof)).await?;
            Ok(OpenIdEnd::Proven)
        }
        Err(stop) => {
            transaction.rollback().await?;
            Err(signed_out_or(stop))
        }
    }
}

/// The same person still: the browser may have signed out, or in as another, meanwhile.
async fn the_same(ports: &Ports, whose: Whose, visit: &Visit) -> Result<Actor, Stop> {
    let secret = visit.session.as_deref().ok_or(OpenIdRefusal::SignedOut)?;
    let actor = match authenticate_session(ports, secret).await {
        Ok(actor) => actor,
        Err(AuthenticateError::Store(error)) => return Err(error.into()),
        Err(_) => return Err(OpenIdRefusal::SignedOut.into()),
    };
    let is_same =
        actor.person().is_ok_and(|(person, session)| whose == Whose { account: person.id, session: session.id });
    if is_same { Ok(actor) } else { Err(OpenIdRefusal::SignedOut.into()) }
}

/// Somebody whose session has ended meanwhile was signed out.
fn signed_out_or(stop: Stop) -> Stop {
    match stop {
        Stop::Failed(AccountError::Denied(_)) => OpenIdRefusal::SignedOut.into(),
        other => other,
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

async fn note(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    identity: &Identity,
    person: &Account,
    session: &Session,
) -> Result<(), Stop> {
    let account = lock_signed_in(transaction, person, session).await?.id;
    let known = transaction.identity(&identity.issuer, &identity.subject).await?;
    if known.is_none_or(|known| known.account != account) {
        return Err(OpenIdRefusal::SomebodyElse.into());
    }
    let now = ports.now();
    // Whoever sits at a browser that was left open can ask the provider for less than we do: unless it says that the person signed in just
    // now, it may have known the browser.
    let at = identity.signed_in_at.filter(|at| now - *at < PROOF_LASTS).ok_or(OpenIdRefusal::NotAnew)?;
    Ok(transaction.prove_session(session.id, at.min(now)).await?)
}

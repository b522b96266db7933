//! Who comes back from the provider of identities to sign in: the person of an account, somebody new, or an operator by the operators' link.

use adx_signing::digest::Digest;
use serde_json::json;

use super::letters::promise;
use super::openid::{OpenIdEnd, OpenIdRefusal, Stop, Visit};
use super::operator;
use super::session::{Entry, start};
use super::sign_up::may_sign_up;
use super::{AccountError, SignedIn};
use crate::account::{Account, AccountState, ConnectedIdentity, SignedInBy};
use crate::audit::{Act, Deed, Who};
use crate::job::AccountLetter;
use crate::owner::{MAX_OWNER_NAME_CHARS, OwnerName};
use crate::ports::{Address, Identity, StoreError, Transaction, Written};
use crate::{Id, Ports};

/// Signs a person in; `link` is the sha256 of an operators' link's code, which makes the person an operator.
pub(super) async fn sign_in(
    ports: &Ports,
    identity: &Identity,
    link: Option<&Digest>,
    visit: &Visit,
) -> Result<OpenIdEnd, Stop> {
    if let Some(code) = link {
        match operator::known(ports, code).await {
            Err(AccountError::BadCode) => return Err(OpenIdRefusal::LinkOver.into()),
            other => other?,
        }
    }
    let mut transaction = ports.store.begin().await?;
    match enter(ports, &mut *transaction, identity, link, visit).await {
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
    link: Option<&Digest>,
    visit: &Visit,
) -> Result<SignedIn, Stop> {
    let known = transaction.identity(&identity.issuer, &identity.subject).await?;
    // Whoever is an operator leaves the link to somebody else.
    let link = match &known {
        Some(known) => {
            let account = transaction.account(known.account).await?;
            link.filter(|_| account.is_none_or(|account| !account.is_operator))
        }
        None => link,
    };
    // Before the account, as whoever uses a link does.
    if let Some(code) = link
        && !transaction.take_account_code(code).await?
    {
        return Err(OpenIdRefusal::LinkOver.into());
    }
    let account = match known {
        Some(known) => {
            let account = transaction.lock_account(known.account).await?.ok_or(OpenIdRefusal::Failed)?;
            // Disconnected meanwhile, it is nobody's.
            let again = transaction.identity(&identity.issuer, &identity.subject).await?;
            if again.is_none_or(|again| again.account != account.id) {
                return Err(OpenIdRefusal::Failed.into());
            }
            account
        }
        None => make(ports, transaction, identity, link.is_some()).await?,
    };
    match account.state {
        AccountState::Active => {}
        AccountState::Disabled => return Err(OpenIdRefusal::Disabled.into()),
        AccountState::Unverified | AccountState::Erased => return Err(OpenIdRefusal::Failed.into()),
    }
    let account = if link.is_some() { promote(ports, transaction, account).await? } else { account };
    // A provider whose clock is ahead proves nothing for longer.
    let proven_at = identity.signed_in_at.map(|at| at.min(ports.now()));
    let (device, replaces) = (visit.device.clone(), visit.session.as_deref());
    Ok(start(ports, transaction, account, Entry { by: SignedInBy::Provider, proven_at, device, replaces }).await?)
}

/// An operator's account from now on. Every session of before ends: it was given for less.
async fn promote(ports: &Ports, transaction: &mut dyn Transaction, account: Account) -> Result<Account, StoreError> {
    if account.is_operator {
        return Ok(account);
    }
    let account = Account { is_operator: true, ..account };
    transaction.update_account(&account).await?;
    transaction.end_sessions_of(account.id, None).await?;
    let deed = Deed::new(Act::OperatorCreate).id(account.id).by(Who::Account(account.id));
    deed.tell(ports, transaction);
    tracing::info!(account = %account.id, "an account became an operator's");
    Ok(account)
}

/// The account for an identity that nobody has, by the address that the provider vouches for: a new one, or, where the provider alone says
/// who people are, the one that has the address.
async fn make(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    identity: &Identity,
    by_link: bool,
) -> Result<Account, Stop> {
    let email = identity.email.as_ref().filter(|_| identity.is_email_verified).ok_or(OpenIdRefusal::Unverified)?;
    let known = match transaction.account_by_address(email).await? {
        Some(known) => transaction.lock_account(known.id).await?,
        None => None,
    };
    let is_new = known.as_ref().is_none_or(|known| known.state == AccountState::Unverified);
    // Operators make theirs by the operators' link in any case.
    if is_new && !by_link && !may_sign_up(ports, &mut *transaction, email).await? {
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
        Some(known) => return of_address(ports, transaction, identity, known, by_link).await,
    };
    let connected = connected(ports, identity, account.id);
    transaction.insert_identity(&connected).await?;
    let deed = Deed::new(Act::AccountCreate).id(account.id).by(Who::Account(account.id));
    deed.with(json!({ "identity": connected.id })).tell(ports, transaction);
    tracing::info!(account = %account.id, "an account was made");
    Ok(account)
}

/// The account that has the address already. Its person connects the two, signed in; where nobody signs in with a password, nobody could, and
/// the provider's word for the address is enough. Not where the account is another's at that provider (an address that was given to
/// somebody else), and not where its address was never shown to be the person's, but to whoever has an operators' link.
async fn of_address(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    identity: &Identity,
    known: Account,
    by_link: bool,
) -> Result<Account, Stop> {
    let connected_with = transaction.identities_of(known.id).await?;
    // Another browser of the same person may have been faster.
    if connected_with.iter().any(|one| one.issuer == identity.issuer && one.subject == identity.subject) {
        return Ok(known);
    }
    let is_anothers = connected_with.iter().any(|one| one.issuer == identity.issuer);
    let is_shown = known.verified_at.is_some() || by_link;
    if ports.ways_in.takes_passwords() || !known.is_active() || is_anothers || !is_shown {
        return Err(OpenIdRefusal::AddressTaken.into());
    }
    let account = Account { verified_at: known.verified_at.or(Some(ports.now())), ..known };
    transaction.update_account(&account).await?;
    let connected = connected(ports, identity, account.id);
    transaction.insert_identity(&connected).await?;
    let deed = Deed::new(Act::IdentityConnect).id(connected.id).by(Who::Account(account.id));
    deed.tell(ports, transaction);
    promise(ports, transaction, account.id, AccountLetter::IdentityConnected).await?;
    tracing::info!(account = %account.id, "an identity was connected by its address");
    Ok(account)
}

/// An identity, connected to an account now.
pub(super) fn connected(ports: &Ports, identity: &Identity, account: Id<Account>) -> ConnectedIdentity {
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

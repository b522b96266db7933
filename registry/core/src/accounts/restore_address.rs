//! Whoever reads the mail of an address that an account had takes it back: whoever had mail sent elsewhere may have been somebody else.

use adx_signing::digest::Digest;
use time::{Duration, OffsetDateTime};

use super::AccountError;
use super::change_address::{address_taken, give_up_unfinished};
use super::change_name::change_memberships;
use super::factor::Factors;
use super::letters::promise;
use super::second_factor::forget_begun;
use super::session::code_hash;
use crate::account::Account;
use crate::actor::Denied;
use crate::audit::{Act, Deed, Who};
use crate::job::AccountLetter;
use crate::ports::{Address, StoreError, Transaction, Written};
use crate::{Id, Ports};

/// How long the letter about another address is good to take the account back.
const RESTORED_WITHIN: Duration = Duration::days(7);
/// What came so long before another address was asked for may be of whoever asked: a factor is added first, where one is asked for then.
const SUSPECT_SINCE: Duration = Duration::days(7);

/// An address that an account had when mail was to go to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerAddress {
    /// Its identifier.
    pub id: Id<Self>,
    /// Whose it was.
    pub account: Id<Account>,
    /// Where mail went: personal.
    pub email: Address,
    /// Until when whoever reads it takes the account back.
    pub expires_at: OffsetDateTime,
}

/// Keeps the address of an account for [`RESTORED_WITHIN`], and promises the letter to it with which the account is taken back.
pub(super) async fn keep_address(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: &Account,
) -> Result<(), AccountError> {
    // Whoever is signed in has one.
    let email = account.email.clone().ok_or(Denied::Unauthenticated)?;
    let now = ports.now();
    let id = Id::new(now, &*ports.entropy);
    let former = FormerAddress { id, account: account.id, email, expires_at: now + RESTORED_WITHIN };
    transaction.keep_former_address(&former).await?;
    Ok(promise(ports, transaction, account.id, AccountLetter::AddressWanted { former: id }).await?)
}

/// With the code of the letter, mail goes to the address again that it was sent to. Every session ends, the password counts no more and
/// neither does what could have been brought in to sign in with; a letter to the address says how to set another password.
///
/// # Errors
/// [`AccountError::BadCode`]; [`AccountError::AddressTaken`] where somebody has signed up with the address meanwhile.
#[tracing::instrument(name = "account.restore_address", skip_all)]
pub async fn restore_address(ports: &Ports, code: &str) -> Result<(), AccountError> {
    let hash = code_hash(code)?;
    let mut transaction = ports.store.begin().await?;
    match restore(ports, &mut *transaction, &hash).await {
        Ok(account) => {
            transaction.commit(Written::Told).await?;
            tracing::info!(%account, "an address was restored");
            Ok(())
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(address_taken(refused))
        }
    }
}

async fn restore(ports: &Ports, transaction: &mut dyn Transaction, hash: &Digest) -> Result<Id<Account>, AccountError> {
    // Before the account: whoever changes members has that lock first as well.
    transaction.lock_leaves().await?;
    let former = transaction.former_address_by_code(hash).await?.filter(|former| former.expires_at > ports.now());
    let former = former.ok_or(AccountError::BadCode)?;
    let locked = transaction.lock_account(former.account).await?;
    let locked = locked.filter(Account::is_active).ok_or(AccountError::BadCode)?;
    give_up_unfinished(transaction, &former.email).await?;
    let email = Some(former.email);
    let changed = Account { email: email.clone(), password: None, verified_at: Some(ports.now()), ..locked };
    transaction.update_account(&changed).await?;
    change_memberships(transaction, &changed, |member| member.email.clone_from(&email)).await?;
    transaction.end_sessions_of(changed.id, None).await?;
    transaction.void_account_codes(changed.id, None).await?;
    forget_begun(transaction, changed.id).await?;
    transaction.forget_wanted_address(changed.id).await?;
    // Those of before stay: whoever changed the address twice takes nothing back from whoever had the first.
    transaction.forget_former_addresses(changed.id, Some(former.expires_at)).await?;
    take_away_what_came(ports, transaction, changed.id, former.expires_at - RESTORED_WITHIN - SUSPECT_SINCE).await?;
    if ports.ways_in.takes_passwords() {
        promise(ports, transaction, changed.id, AccountLetter::Reset).await?;
    }
    Deed::new(Act::AddressRestore).id(changed.id).by(Who::Account(changed.id)).tell(ports, transaction);
    Ok(changed.id)
}

/// Takes away what the account is signed in with and has since then: else whoever was in is in again. What was there before stays, so that
/// reading the mail is no way around it.
async fn take_away_what_came(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: Id<Account>,
    since: OffsetDateTime,
) -> Result<(), StoreError> {
    for passkey in transaction.passkeys_of(account).await? {
        if passkey.created_at >= since {
            transaction.remove_passkey(account, passkey.id).await?;
            Deed::new(Act::PasskeyRemove).id(passkey.id).by(Who::Account(account)).tell(ports, transaction);
        }
    }
    let factor = transaction.second_factor(account).await?;
    if factor.and_then(|factor| factor.confirmed_at).is_some_and(|at| at >= since) {
        transaction.remove_second_factor(account).await?;
        Deed::new(Act::SecondFactorOff).id(account).by(Who::Account(account)).tell(ports, transaction);
    }
    // Without passwords nobody comes in but by the first one, which made the account or was connected by its address.
    let kept = usize::from(!ports.ways_in.takes_passwords());
    for identity in transaction.identities_of(account).await?.into_iter().skip(kept) {
        if identity.connected_at >= since {
            transaction.remove_identity(account, identity.id).await?;
            Deed::new(Act::IdentityDisconnect).id(identity.id).by(Who::Account(account)).tell(ports, transaction);
        }
    }
    if Factors::of(transaction, account).await?.is_none() {
        transaction.remove_recovery_codes(account).await?;
    }
    Ok(())
}

//! Mail goes to another address, once that one has shown itself to be the person's.

use time::{Duration, OffsetDateTime};

use super::attempts::ACCOUNT_LETTER;
use super::change_name::change_memberships;
use super::factor::{Factor, ShownForChange};
use super::letters::promise;
use super::passkeys::tell_of_copy;
use super::prove::prove;
use super::restore_address::keep_address;
use super::session::{code_hash, lock_signed_in};
use super::{AccountError, Password};
use crate::account::{Account, AccountState};
use crate::actor::Actor;
use crate::audit::{Act, Deed, Who};
use crate::job::AccountLetter;
use crate::ports::{Address, Constraint, StoreError, Transaction, Written};
use crate::{Id, Ports};

/// An address that a person wants, and has not shown to be the own one so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedAddress {
    /// Whose it is to be.
    pub account: Id<Account>,
    /// Where mail is to go: personal.
    pub email: Address,
    /// Until when it can be shown.
    pub expires_at: OffsetDateTime,
}

/// How long a person has to open the letter.
const SHOWN_WITHIN: Duration = Duration::hours(24);

/// Has a letter with a code written to another address, and one to the address so far with which the account is taken back: for the
/// password and, where the account has a second factor, one of those. An earlier wish is over. Whether the other address has an account
/// already is said in its letter only.
///
/// # Errors
/// [`AccountError`]; nothing has changed then.
#[tracing::instrument(name = "account.ask_address", skip_all)]
pub async fn ask_address(
    ports: &Ports,
    actor: &Actor,
    email: Address,
    password: &Password,
    factor: Option<Factor>,
) -> Result<(), AccountError> {
    let (account, session) = actor.person()?;
    prove(ports, account, session, password).await?;
    let shown = ShownForChange::take(ports, account, factor).await?;
    let mut transaction = ports.store.begin().await?;
    let asked = async {
        let locked = lock_signed_in(&mut *transaction, account, session).await?;
        let known = transaction.account_by_address(&email).await?;
        if known.as_ref().is_some_and(|known| known.id == locked.id) {
            return Err(AccountError::OwnAddress);
        }
        shown.check(ports, &mut *transaction, locked.id).await?;
        ACCOUNT_LETTER.count(&mut *transaction, &ACCOUNT_LETTER.of_address(ports, &email), ports.now()).await?;
        match known {
            // Whoever did not finish signing up shows nothing with it.
            Some(other) if other.state != AccountState::Unverified => {
                promise(ports, &mut *transaction, other.id, AccountLetter::HasAccount).await?;
            }
            _ => {
                let wanted = WantedAddress { account: locked.id, email, expires_at: ports.now() + SHOWN_WITHIN };
                transaction.want_address(&wanted).await?;
                promise(ports, &mut *transaction, locked.id, AccountLetter::ConfirmAddress).await?;
            }
        }
        keep_address(ports, &mut *transaction, &locked).await?;
        Deed::new(Act::AddressAsk).id(locked.id).tell(ports, &mut *transaction);
        Ok(())
    }
    .await;
    match asked {
        Ok(()) => Ok(transaction.commit(Written::Told).await?),
        Err(refused) => {
            transaction.rollback().await?;
            tell_of_copy(ports, account.id, &refused).await?;
            Err(refused)
        }
    }
}

/// With the code of the letter, mail goes to the wanted address from now on, also as a member of publishers. Codes that were sent to
/// the address before are void.
///
/// # Errors
/// [`AccountError::BadCode`]; [`AccountError::AddressTaken`] where somebody else has signed up with it meanwhile.
#[tracing::instrument(name = "account.confirm_address", skip_all)]
pub async fn confirm_address(ports: &Ports, code: &str) -> Result<(), AccountError> {
    let hash = code_hash(code)?;
    let mut transaction = ports.store.begin().await?;
    // Before the account: whoever changes members has that lock first as well.
    transaction.lock_leaves().await?;
    let confirmed = async {
        let wanted = transaction.wanted_address(&hash).await?.filter(|wanted| wanted.expires_at > ports.now());
        let wanted = wanted.ok_or(AccountError::BadCode)?;
        let locked = transaction.lock_account(wanted.account).await?;
        let locked = locked.filter(Account::is_active).ok_or(AccountError::BadCode)?;
        if !transaction.forget_wanted_address(locked.id).await? {
            return Err(AccountError::BadCode);
        }
        give_up_unfinished(&mut *transaction, &wanted.email).await?;
        let changed = Account { email: Some(wanted.email.clone()), verified_at: Some(ports.now()), ..locked };
        transaction.update_account(&changed).await?;
        change_memberships(&mut *transaction, &changed, |member| member.email = Some(wanted.email.clone())).await?;
        transaction.void_account_codes(changed.id, None).await?;
        Deed::new(Act::AddressChange).id(changed.id).by(Who::Account(changed.id)).tell(ports, &mut *transaction);
        Ok(())
    }
    .await;
    match confirmed {
        Ok(()) => Ok(transaction.commit(Written::Told).await?),
        Err(refused) => {
            transaction.rollback().await?;
            Err(address_taken(refused))
        }
    }
}

/// That somebody has the address, said to whoever reads its mail.
pub(super) fn address_taken(refused: AccountError) -> AccountError {
    match refused {
        AccountError::Store(StoreError::Violated(Constraint::AccountAddress)) => AccountError::AddressTaken,
        other => other,
    }
}

/// Whoever began to sign up with an address, and did not finish, keeps it from nobody who reads its mail.
pub(super) async fn give_up_unfinished(transaction: &mut dyn Transaction, email: &Address) -> Result<(), StoreError> {
    let unfinished = transaction.account_by_address(email).await?;
    let Some(unfinished) = unfinished.filter(|other| other.state == AccountState::Unverified) else { return Ok(()) };
    transaction.void_account_codes(unfinished.id, None).await?;
    transaction.update_account(&Account { email: None, state: AccountState::Erased, ..unfinished }).await
}

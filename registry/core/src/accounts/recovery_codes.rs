//! Recovery codes in the place of those that somebody may have read.

use zeroize::Zeroizing;

use super::factor::{Factor, Factors, ShownForChange};
use super::letters::promise;
use super::passkeys::tell_of_copy;
use super::prove::prove;
use super::second_factor::give_recovery_codes;
use super::session::lock_signed_in;
use super::{AccountError, Password};
use crate::Ports;
use crate::account::{Account, Session};
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::job::AccountLetter;
use crate::ports::{Transaction, Written};

/// Gives recovery codes in the place of those that the account has, which count no more: for the password and a passkey, a one-time
/// password, or a recovery code.
///
/// # Errors
/// [`AccountError`]; nothing has changed then.
#[tracing::instrument(name = "recovery_codes.renew", skip_all)]
pub async fn renew_recovery_codes(
    ports: &Ports,
    actor: &Actor,
    password: &Password,
    factor: Option<Factor>,
) -> Result<Vec<Zeroizing<String>>, AccountError> {
    let (account, session) = actor.person()?;
    prove(ports, account, session, password).await?;
    let shown = ShownForChange::take(ports, account, factor).await?;
    let mut transaction = ports.store.begin().await?;
    match renew(ports, &mut *transaction, account, session, &shown).await {
        Ok(codes) => {
            transaction.commit(Written::Told).await?;
            tracing::info!(account = %account.id, "recovery codes were renewed");
            Ok(codes)
        }
        Err(refused) => {
            transaction.rollback().await?;
            tell_of_copy(ports, account.id, &refused).await?;
            Err(refused)
        }
    }
}

async fn renew(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: &Account,
    session: &Session,
    shown: &ShownForChange,
) -> Result<Vec<Zeroizing<String>>, AccountError> {
    let account = lock_signed_in(transaction, account, session).await?.id;
    if Factors::of(transaction, account).await?.is_none() {
        return Err(AccountError::NothingToRecover);
    }
    shown.check(ports, transaction, account).await?;
    transaction.remove_recovery_codes(account).await?;
    let codes = give_recovery_codes(ports, transaction, account).await?;
    promise(ports, transaction, account, AccountLetter::RecoveryCodesRenewed).await?;
    Deed::new(Act::RecoveryCodesRenew).id(account).tell(ports, transaction);
    Ok(codes)
}

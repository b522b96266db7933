//! Whoever is signed in shows once more to be the person: a browser that was left open is not enough for what matters.

use time::Duration;

use super::attempts::PROOF;
use super::ways_in::provider_name;
use super::{AccountError, Password};
use crate::Ports;
use crate::account::{Account, Session};
use crate::ports::{SystemWrite, Written};

/// For how long it is enough to have signed in at the provider of identities.
pub const PROOF_LASTS: Duration = Duration::minutes(10);

/// Whether the password is that of whoever is signed in. Counted apart from signing in, so that strangers cannot keep the person
/// from it. Where there is no password that counts, the person has signed in at the provider just now.
pub(super) async fn prove(
    ports: &Ports,
    account: &Account,
    session: &Session,
    password: &Password,
) -> Result<(), AccountError> {
    if !ports.ways_in.has_password(account) {
        return prove_without_password(ports, session);
    }
    let subject = PROOF.of(ports, &account.id.to_string());
    let mut transaction = ports.store.begin().await?;
    match PROOF.count(&mut *transaction, &subject, ports.now()).await {
        Ok(()) => transaction.commit(Written::System(SystemWrite::Attempts)).await?,
        Err(refused) => {
            transaction.rollback().await?;
            return Err(refused);
        }
    }
    if !password.is(ports, account.password.as_ref()).await? {
        return Err(AccountError::WrongPassword);
    }
    let mut transaction = ports.store.begin().await?;
    transaction.forget_attempts(&subject).await?;
    Ok(transaction.commit(Written::System(SystemWrite::Attempts)).await?)
}

fn prove_without_password(ports: &Ports, session: &Session) -> Result<(), AccountError> {
    if is_proven(ports, session) {
        return Ok(());
    }
    Err(match ports.identity {
        Some(_) => AccountError::ProofNeeded(provider_name(ports)),
        None => AccountError::NoPassword,
    })
}

/// Whether the person has signed in at the provider of identities just now, as the provider says.
pub fn is_proven(ports: &Ports, session: &Session) -> bool {
    session.proven_at.is_some_and(|at| ports.now() - at < PROOF_LASTS)
}

//! What is kept while a device signs: a row that is used once, its secrets sealed.

use zeroize::Zeroizing;

use super::code::hash_of;
use super::{AccountError, Code};
use crate::account::Account;
use crate::passkey::{MAX_PASSKEY_ROUNDS, PASSKEY_ROUND_LASTS, PasskeyRound, RoundPurpose};
use crate::ports::{BegunPasskey, StoreError, SystemWrite, Transaction, Written};
use crate::{Id, Ports};

/// A device is asked to sign.
#[derive(Debug)]
pub struct BegunRound {
    /// What the browser brings again, once.
    pub round: Code,
    /// What it hands to the device, as JSON.
    pub options: String,
}

/// What a round is sealed for: moved to another account, or to another purpose, it does not open.
fn belongs_to(account: Id<Account>, purpose: RoundPurpose) -> String {
    format!("passkey-round:{}:{account}", purpose.as_str())
}

/// Keeps a round.
pub(super) async fn put_round(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: Id<Account>,
    purpose: RoundPurpose,
    begun: BegunPasskey,
) -> Result<BegunRound, StoreError> {
    let round = Code::new(&*ports.entropy);
    let kept = PasskeyRound {
        hash: round.hash(),
        account,
        purpose,
        sealed_state: ports.vault.seal(begun.state.as_bytes(), &belongs_to(account, purpose)),
        expires_at: ports.now() + PASSKEY_ROUND_LASTS,
    };
    transaction.put_passkey_round(&kept, MAX_PASSKEY_ROUNDS).await?;
    Ok(BegunRound { round, options: begun.options })
}

/// Uses a round up: in a transaction of its own, so that what comes after it may fail and the round is not good again.
pub(super) async fn take_round(
    ports: &Ports,
    account: Id<Account>,
    purpose: RoundPurpose,
    code: &str,
) -> Result<Zeroizing<String>, AccountError> {
    let hash = hash_of(code).ok_or(AccountError::PasskeyRoundOver)?;
    let mut transaction = ports.store.begin().await?;
    let taken = transaction.take_passkey_round(&hash, account, purpose).await?;
    transaction.commit(Written::System(SystemWrite::PasskeyRound)).await?;
    let now = ports.now();
    let round = taken.filter(|round| round.expires_at > now).ok_or(AccountError::PasskeyRoundOver)?;
    // Sealed with a key that was replaced since: the person begins again.
    let state = ports.vault.open(&round.sealed_state, &belongs_to(account, purpose));
    let state = state.map_err(|_| AccountError::PasskeyRoundOver)?;
    let state = std::str::from_utf8(&state).map_err(|_| AccountError::PasskeyRoundOver)?;
    Ok(Zeroizing::new(state.to_owned()))
}

//! How often something may be tried: the first few times at once, then with waits that double. Nobody is locked out for good.

use adx_signing::digest::Digest;
use time::{Duration, OffsetDateTime};

use super::{AccountError, Network};
use crate::Ports;
use crate::ports::{Address, Attempt, StoreError, Transaction};

/// After so long without an attempt, those before are forgotten.
const FORGOTTEN_AFTER: Duration = Duration::hours(24);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::minutes(15);

/// What is counted, and how patiently.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// Keeps what is counted apart.
    label: &'static str,
    /// So many attempts are followed by no wait.
    free: u64,
    /// The wait after one more; it doubles with each.
    first_wait: Duration,
}

/// Signing in with one address, which may be nobody's.
pub(super) const SIGN_IN: Rule = Rule { label: "sign-in", free: 5, first_wait: Duration::seconds(1) };
/// Signing in with the code of a letter, in place of the one before: whoever reads the mail guesses no further either.
pub(super) const UNLOCKED: Rule = Rule { label: "unlocked", free: 5, first_wait: Duration::seconds(1) };
/// Signing in from one network, in which many may be.
pub(super) const SIGN_IN_FROM: Rule = Rule { label: "sign-in-from", free: 50, first_wait: Duration::seconds(1) };
/// Proving to be the person who is signed in.
pub(super) const PROOF: Rule = Rule { label: "proof", free: 5, first_wait: Duration::seconds(1) };
/// One-time passwords of the person who is signed in.
pub(super) const FACTOR: Rule = Rule { label: "factor", free: 5, first_wait: Duration::seconds(1) };
/// Letters to one address, which may be nobody's, each kind for itself: whoever has one sent again and again keeps no other back.
pub(super) const ACCOUNT_LETTER: Rule = letter("letter:account");
/// The same for another password.
pub(super) const RESET_LETTER: Rule = letter("letter:reset");
/// The same for what stands in for a wait.
pub(super) const UNLOCK_LETTER: Rule = letter("letter:unlock");
/// Letters that one network asks for.
pub(super) const LETTER_FROM: Rule = Rule { label: "letter-from", free: 20, first_wait: Duration::seconds(10) };

/// Letters that others have sent to an address: invitations and offers.
const LETTER_OF_OTHERS: Rule = Rule { label: "letter:others", free: 10, first_wait: Duration::minutes(1) };

/// Until when a letter that somebody else asked for has to wait, so that nobody's mail is flooded; it may go if there is no such time.
///
/// # Errors
/// [`StoreError`]
pub(crate) async fn letter_waits(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    to: &Address,
) -> Result<Option<OffsetDateTime>, StoreError> {
    let now = ports.now();
    let subject = LETTER_OF_OTHERS.of_address(ports, to);
    match transaction.count_attempt(&subject, now, now - FORGOTTEN_AFTER).await? {
        Attempt::Blocked(until) => Ok(Some(until)),
        Attempt::Counted(attempts) => {
            if let Some(wait) = LETTER_OF_OTHERS.wait_after(attempts) {
                transaction.block_attempts(&subject, now + wait).await?;
            }
            Ok(None)
        }
    }
}

const fn letter(label: &'static str) -> Rule {
    Rule { label, free: 1, first_wait: Duration::minutes(1) }
}

impl Rule {
    fn wait_after(self, attempts: u64) -> Option<Duration> {
        let over = attempts.checked_sub(self.free + 1)?;
        let doubled = self.first_wait.checked_mul(1 << over.min(20));
        Some(doubled.map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT)))
    }

    /// What an attempt of somebody is counted under.
    pub(super) fn of(self, ports: &Ports, who: &str) -> Digest {
        ports.vault.fingerprint(&format!("{}:{who}", self.label))
    }

    /// The same for an address: case does not count.
    pub(super) fn of_address(self, ports: &Ports, address: &Address) -> Digest {
        self.of(ports, &address.as_str().to_ascii_lowercase())
    }

    /// The same for a network, unless it is this machine.
    pub(super) fn of_network(self, ports: &Ports, network: &Network) -> Option<Digest> {
        network.as_deref().map(|network| self.of(ports, network))
    }

    /// Counts an attempt before it is made, so that many at once are no way around.
    ///
    /// # Errors
    /// [`AccountError::Wait`] when it is too early.
    pub(super) async fn count(
        self,
        transaction: &mut dyn Transaction,
        subject: &Digest,
        now: OffsetDateTime,
    ) -> Result<(), AccountError> {
        match transaction.count_attempt(subject, now, now - FORGOTTEN_AFTER).await? {
            Attempt::Counted(attempts) => {
                if let Some(wait) = self.wait_after(attempts) {
                    transaction.block_attempts(subject, now + wait).await?;
                }
                Ok(())
            }
            Attempt::Blocked(until) => {
                let seconds = u64::try_from((until - now).whole_seconds()).unwrap_or(0) + 1;
                Err(AccountError::Wait { seconds })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_their_cap() {
        let waits: Vec<_> = [1, 5, 6, 7, 8, 15, 16, u64::MAX]
            .map(|attempts| SIGN_IN.wait_after(attempts).map(Duration::whole_seconds))
            .into();
        assert_eq!(waits, [None, None, Some(1), Some(2), Some(4), Some(512), Some(900), Some(900)]);
    }
}

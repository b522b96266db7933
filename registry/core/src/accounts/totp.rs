//! One-time passwords (RFC 6238): six digits, half a minute each, SHA-1, which is what every authenticator does.

use adx_signing::digest::Digest;
use totp_rs::{Builder, Secret, Totp, TotpError};
use zeroize::Zeroizing;

use super::AccountError;
use crate::account::{Account, SecondFactor};
use crate::ports::{NotOurs, Transaction};
use crate::{Id, Ports};

/// Random bytes of a seed. Source: RFC 4226, 4, R6.
pub(super) const SEED_BYTES: usize = 20;
/// Random bytes of a recovery code.
pub(super) const RECOVERY_BYTES: usize = 10;
/// Longest text that is looked at as a recovery code, in bytes.
const MAX_RECOVERY_BYTES: usize = 64;

/// What a seed is sealed for: moved to another account, it does not open.
fn belongs_to(account: Id<Account>) -> String {
    format!("second-factor:{account}")
}

/// Seals a seed.
pub(super) fn seal(ports: &Ports, account: Id<Account>, seed: &[u8; SEED_BYTES]) -> String {
    ports.vault.seal(seed, &belongs_to(account))
}

/// The one-time passwords of a sealed seed.
pub(super) fn open(ports: &Ports, factor: &SecondFactor) -> Result<Totp, NotOurs> {
    let seed = ports.vault.open(&factor.sealed_seed, &belongs_to(factor.account))?;
    let seed: Zeroizing<[u8; SEED_BYTES]> = Zeroizing::new(seed.as_slice().try_into().map_err(|_| NotOurs)?);
    of_seed(&seed, None).map_err(|_| NotOurs)
}

/// The one-time passwords of a seed, for whom an authenticator is to show.
pub(super) fn of_seed(seed: &[u8; SEED_BYTES], names: Option<(&str, &str)>) -> Result<Totp, TotpError> {
    let mut builder = Builder::new().with_secret(Secret::new_stack(*seed));
    if let Some((registry, account)) = names {
        builder = builder.with_issuer(Some(registry)).with_account_name(account);
    }
    builder.build()
}

/// Whether a one-time password is right. It is used up with the transaction.
pub(super) async fn check_totp(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    factor: &SecondFactor,
    shown: &str,
) -> Result<bool, AccountError> {
    let totp = open(ports, factor).map_err(|NotOurs| AccountError::SecondFactorLost)?;
    match step(&totp, shown, ports) {
        Some(step) => Ok(transaction.use_totp_step(factor.account, step).await?),
        None => Ok(false),
    }
}

/// The half minute whose password is shown: this one, that before or the next, for clocks differ.
pub(super) fn step(totp: &Totp, shown: &str, ports: &Ports) -> Option<u64> {
    let seconds = u64::try_from(ports.now().unix_timestamp()).unwrap_or(0);
    let digits: String = shown.chars().filter(|character| !character.is_whitespace()).collect();
    totp.check(&digits, seconds)
}

/// Whether it is typed like a one-time password; else it may be a recovery code.
pub(super) fn is_one_time_password(shown: &str) -> bool {
    let mut digits = shown.chars().filter(|character| !character.is_whitespace());
    digits.by_ref().take(6).filter(char::is_ascii_digit).count() == 6 && digits.next().is_none()
}

/// What is kept of a recovery code: hyphens, spaces and case do not count.
pub(super) fn recovery_hash(shown: &str) -> Option<Digest> {
    if shown.len() > MAX_RECOVERY_BYTES {
        return None;
    }
    let code: String = shown.chars().filter(char::is_ascii_alphanumeric).collect();
    Some(Digest::of(code.to_ascii_lowercase().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six of its eight digits.
    #[test]
    fn passwords_are_those_of_the_standard() {
        let totp = of_seed(b"12345678901234567890", None).unwrap();
        for (seconds, password) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp.generate(seconds).to_string(), password);
            assert_eq!(totp.check(password, seconds), Some(seconds / 30));
            assert_eq!(totp.check(password, seconds + 30), Some(seconds / 30), "a clock may be late");
            assert_eq!(totp.check(password, seconds + 90), None);
        }
    }

    #[test]
    fn what_is_typed_is_told_apart() {
        for one_time in ["123456", "123 456"] {
            assert!(is_one_time_password(one_time), "{one_time}");
        }
        for other in ["12345", "1234567", "abcd-efgh-ijkl-mnop", "12345a", ""] {
            assert!(!is_one_time_password(other), "{other}");
        }
        assert_eq!(recovery_hash("ABCD-efgh ijkl-mnop"), recovery_hash("abcdefghijklmnop"));
        assert_eq!(recovery_hash(&"a".repeat(65)), None);
    }
}

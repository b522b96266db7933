//! Passwords: which are taken, and what is kept of them.

use std::fmt;

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use thiserror::Error;
use zeroize::Zeroizing;

use super::AccountError;
use crate::Ports;
use crate::account::PasswordHash;
use crate::owner::OwnerName;
use crate::ports::{Address, Stopped, off_reactor};

/// Shortest password, in characters. Source: NIST SP 800-63B-4, 3.1.1.2, which asks for 15 where there is nothing else, and 8 with a
/// second factor.
pub const MIN_PASSWORD_CHARS: usize = 12;
/// Longest password, in characters: more would be hashed for nothing.
pub const MAX_PASSWORD_CHARS: usize = 256;
/// What must be left of a password without the words that everybody knows of its person, in characters.
const MIN_REST_CHARS: usize = 8;

/// Memory of one hash, in KiB. Source: OWASP Password Storage Cheat Sheet, Argon2id, m=19 MiB, t=2, p=1.
const MEMORY_KIB: u32 = 19 * 1_024;
/// Passes over it.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;
/// Random bytes of a salt. Source: RFC 9106, 3.1.
const SALT_BYTES: usize = 16;

/// Of the passwords of twelve and more characters, those that are tried first, one a line, in lower case.
const COMMON: &str = include_str!("common_passwords.txt");

/// What the password of somebody who has no account is compared with: a hash that no password is known for, which takes as long.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password as it was typed.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadPassword {
    /// Too short or too long.
    #[error("a password has {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters")]
    Length,
    /// Everybody's.
    #[error("this password is one of the commonest")]
    Common,
    /// Little but the address and the name.
    #[error("this password is little more than the address or the name")]
    Personal,
}

impl Password {
    /// A password as it was typed.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Whether it may be somebody's. No rules about kinds of characters: NIST SP 800-63B-4, 3.1.1.2.
    pub(super) fn check(&self, email: &Address, name: &OwnerName) -> Result<(), BadPassword> {
        if !(MIN_PASSWORD_CHARS..=MAX_PASSWORD_CHARS).contains(&self.0.chars().count()) {
            return Err(BadPassword::Length);
        }
        let lower = Zeroizing::new(self.0.to_lowercase());
        let mut characters = lower.chars();
        let first = characters.next();
        if characters.all(|character| Some(character) == first) || COMMON.lines().any(|common| common == lower.as_str())
        {
            return Err(BadPassword::Common);
        }
        let mut rest = lower;
        let (email, name) = (email.as_str().to_lowercase(), name.to_string().to_lowercase());
        let words = email.split(['@', '.', '+', '-', '_']).chain(name.split_whitespace());
        for word in [email.as_str()].into_iter().chain(words).filter(|word| word.chars().count() > 2) {
            rest = Zeroizing::new(rest.replace(word, ""));
        }
        if rest.chars().count() < MIN_REST_CHARS { Err(BadPassword::Personal) } else { Ok(()) }
    }

    /// What is kept of it, once it was checked. Takes a while.
    pub(super) async fn hash(&self, ports: &Ports) -> Result<PasswordHash, AccountError> {
        let mut salt = [0; SALT_BYTES];
        ports.entropy.fill(&mut salt);
        let password = self.clone();
        let hash = off_reactor(&*ports.hashing, move || {
            argon2().hash_password_with_salt(password.0.as_bytes(), &salt).map(|hash| hash.to_string())
        });
        // It fails for parameters and salts of a wrong length only, and those stand here.
        hash.await?.map(PasswordHash::new).map_err(|_| Stopped.into())
    }

    /// Whether it is the one that was hashed; takes as long if there is none.
    pub(super) async fn is(&self, ports: &Ports, hash: Option<&PasswordHash>) -> Result<bool, AccountError> {
        let password = self.clone();
        let (phc, exists) = (hash.map_or(NOBODYS, PasswordHash::expose).to_owned(), hash.is_some());
        let verified = off_reactor(&*ports.hashing, move || {
            // The parameters are those of the hash, so that passwords of before stay good once they are raised.
            Phc::new(&phc).is_ok_and(|hash| argon2().verify_password(password.0.as_bytes(), &hash).is_ok())
        });
        Ok(verified.await? && exists)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

fn argon2() -> Argon2<'static> {
    // The numbers above are within bounds.
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or(Params::DEFAULT);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), BadPassword> {
        let (email, name) = ("ada.lovelace@example.org".parse().unwrap(), "Ada Löwe-Lovelace".parse().unwrap());
        Password::new(password.to_owned()).check(&email, &name)
    }

    #[test]
    fn length_and_the_commonest_are_all_that_counts() {
        assert_eq!(check("correct horse"), Ok(()));
        assert_eq!(check("äöüäöüßßßäöü"), Ok(()), "characters count, not bytes");
        assert_eq!(check("elevenchars"), Err(BadPassword::Length));
        assert_eq!(check(&"ab".repeat(129)), Err(BadPassword::Length));
        assert_eq!(check(&"ab".repeat(128)), Ok(()));
        assert_eq!(check("aaaaaaaaaaaaaaaa"), Err(BadPassword::Common));
        for common in ["Password1234", "123456789012", "qwertyuiop123"] {
            assert_eq!(check(common), Err(BadPassword::Common), "{common}");
        }
        assert_eq!(check("Ada.Lovelace@Example.org"), Err(BadPassword::Personal));
        assert_eq!(check("lovelace12345"), Err(BadPassword::Personal));
        assert_eq!(check("lovelace and the engine"), Ok(()));
    }

    #[test]
    fn the_list_holds_nothing_that_is_refused_for_its_length_anyway() {
        for common in COMMON.lines() {
            assert!(common.chars().count() >= MIN_PASSWORD_CHARS && common == common.to_lowercase(), "{common}");
        }
    }

    #[test]
    fn nobodys_hash_takes_as_long_as_somebodys() {
        let salt = [7; SALT_BYTES];
        let ours = argon2().hash_password_with_salt(b"correct horse", &salt).unwrap().to_string();
        let begins = |phc: &str| phc.rsplitn(3, '$').last().map(str::to_owned);
        assert_eq!(begins(&ours), begins(NOBODYS));
        assert_eq!(ours.len(), NOBODYS.len());
        assert!(argon2().verify_password(b"correct horse", &Phc::new(&ours).unwrap()).is_ok());
        assert!(argon2().verify_password(b"correct horsf", &Phc::new(&ours).unwrap()).is_err());
        assert!(argon2().verify_password(b"", &Phc::new(NOBODYS).unwrap()).is_err());
    }
}

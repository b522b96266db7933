use adx_signing::digest::Digest;
use thiserror::Error;
use zeroize::Zeroizing;

/// Keeps small secrets so that the database alone does not tell them.
pub trait Vault: Send + Sync {
    /// Seals a secret, bound to what it belongs to.
    fn seal(&self, secret: &[u8], belongs_to: &str) -> String;

    /// Opens what was sealed for the same.
    ///
    /// # Errors
    /// [`NotOurs`] for anything else.
    fn open(&self, sealed: &str, belongs_to: &str) -> Result<Zeroizing<Vec<u8>>, NotOurs>;

    /// A hash that tells nothing to whoever has not the key, and is the same each time.
    fn fingerprint(&self, text: &str) -> Digest;
}

/// Sealed by another key, for something else, or altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a secret in the database was sealed with another key than the one in `accounts.key_file`: put the file back that was there"
)]
pub struct NotOurs;

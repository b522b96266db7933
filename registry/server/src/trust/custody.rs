//! Where people's secret keys are. The trait has the shape of PKCS#11, so that a token can stand behind it: opening an
//! adapter is `C_Login`, [`Custody::find`] is `C_FindObjects` by `CKA_ID`, [`Custody::sign`] is `C_Sign` with `CKM_EDDSA`.
//! Nothing asks a custody for a secret half, and it never sees more than the bytes to be signed.

use std::path::Path;

use adx_signing::{KeyId, PublicKey, SecretKey, key::KeyError};
use secrecy::SecretString;
use thiserror::Error;

use super::online::{KeyFileError, read_key};

/// Why a custody cannot be used.
#[derive(Debug, Error)]
pub enum CustodyError {
    /// A key in a file.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The passphrase could not be asked for.
    #[error("no passphrase was given for `{key}`")]
    Passphrase {
        /// What the passphrase opens.
        key: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A key that is not held.
    #[error("the key {0} is not held")]
    NotHeld(KeyId),
    /// A device that failed.
    #[error("the device that holds the key {key} did not sign")]
    Device {
        /// The key.
        key: KeyId,
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Holds secret keys and signs with them.
pub trait Custody {
    /// The public half of a key that it can sign with, none if it does not hold that one.
    ///
    /// # Errors
    /// [`CustodyError`] when it cannot tell.
    fn find(&self, id: &KeyId) -> Result<Option<PublicKey>, CustodyError>;

    /// Signs bytes (Ed25519, RFC 8032, not prehashed).
    ///
    /// # Errors
    /// [`CustodyError::NotHeld`], or why the device did not sign.
    fn sign(&self, id: &KeyId, message: &[u8]) -> Result<[u8; 64], CustodyError>;
}

/// A key in a PKCS#8 PEM file, open in memory.
#[derive(Debug)]
pub struct KeyFile(SecretKey);

impl KeyFile {
    /// Opens a file. `ask` is asked for a passphrase if the key is encrypted.
    ///
    /// # Errors
    /// [`CustodyError`] names the file.
    pub fn open(file: &Path, ask: impl FnOnce(&str) -> std::io::Result<SecretString>) -> Result<Self, CustodyError> {
        match read_key(file, None) {
            Err(KeyFileError::Key { source: KeyError::PassphraseNeeded, .. }) => {
                let key = file.display().to_string();
                let passphrase = ask(&key).map_err(|source| CustodyError::Passphrase { key, source })?;
                Ok(Self(read_key(file, Some(&passphrase))?))
            }
            other => Ok(Self(other?)),
        }
    }
}

impl Custody for KeyFile {
    fn find(&self, id: &KeyId) -> Result<Option<PublicKey>, CustodyError> {
        Ok(Some(self.0.public()).filter(|key| key.id() == *id))
    }

    fn sign(&self, id: &KeyId, message: &[u8]) -> Result<[u8; 64], CustodyError> {
        if self.0.public().id() == *id { Ok(self.0.sign(message)) } else { Err(CustodyError::NotHeld(*id)) }
    }
}

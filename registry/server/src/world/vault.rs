use std::{
    io,
    path::{Path, PathBuf},
};

use adx_registry_core::ports::{Entropy, NotOurs, Vault};
use adx_signing::digest::Digest;
use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

use super::SystemEntropy;
use crate::trust::files;

/// Random bytes of the key.
const KEY_BYTES: usize = 32;
/// Longest file that is read as a key, in bytes: hex digits and a line break.
const MAX_FILE_BYTES: usize = 2 * KEY_BYTES + 2;
/// Bytes of a nonce. Source: NIST SP 800-38D, 5.2.1.1. Random ones are safe for some billions of seals.
const NONCE_BYTES: usize = 12;

/// Seals with AES-256-GCM and hashes with HMAC-SHA256, by keys made of the one in a file.
pub struct FileVault {
    cipher: Aes256Gcm,
    fingerprints: Zeroizing<[u8; KEY_BYTES]>,
}

/// The key's file is of no use.
#[derive(Debug, Error)]
pub enum VaultError {
    /// It cannot be read or made.
    #[error("the key `{}` (accounts.key_file) cannot be read or made", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It is not there.
    #[error("the key `{}` (accounts.key_file) is not there", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// Others than its owner may read it.
    #[error("others may read the key `{}` (accounts.key_file): chmod 600 it", file.display())]
    Shared {
        /// The file.
        file: PathBuf,
    },
    /// It holds something else.
    #[error("the key `{}` (accounts.key_file) is not 64 hex digits: put the file back that was there", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
    },
}

impl FileVault {
    /// Reads the key, or makes it if there is none.
    ///
    /// # Errors
    /// [`VaultError`]
    pub fn open_or_make(file: PathBuf) -> Result<Self, VaultError> {
        match Self::open(&file) {
            Err(VaultError::Missing { .. }) => {}
            read => return read,
        }
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        SystemEntropy.fill(key.as_mut());
        let text = Zeroizing::new(format!("{}\n", hex::encode(key.as_ref())));
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            files::make_private_folder(folder).map_err(|source| VaultError::Io { file: file.clone(), source })?;
        }
        match files::write_new(&file, text.as_bytes(), files::SECRET) {
            // Another process was faster, and its key counts.
            Err(source) if source.kind() != io::ErrorKind::AlreadyExists => Err(VaultError::Io { file, source }),
            _ => Self::open(&file),
        }
    }

    /// Reads the key.
    ///
    /// # Errors
    /// [`VaultError`]
    pub fn open(file: &Path) -> Result<Self, VaultError> {
        let io = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => VaultError::Missing { file: file.to_owned() },
            _ => VaultError::Io { file: file.to_owned(), source },
        };
        let text = Zeroizing::new(files::read_capped(file, MAX_FILE_BYTES).map_err(io)?);
        if files::is_shared(file).map_err(io)? {
            return Err(VaultError::Shared { file: file.to_owned() });
        }
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        hex::decode_to_slice(text.trim_ascii(), key.as_mut())
            .map_err(|_| VaultError::Malformed { file: file.to_owned() })?;
        Ok(Self::of(&key))
    }

    /// By a key that nobody has, and which is forgotten with it.
    pub fn of_nothing() -> Self {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        SystemEntropy.fill(key.as_mut());
        Self::of(&key)
    }

    /// By a key: for tests.
    pub fn of(key: &[u8; KEY_BYTES]) -> Self {
        let sealing = derive(key, b"adx-registry seal v1");
        Self { cipher: Aes256Gcm::new((&*sealing).into()), fingerprints: derive(key, b"adx-registry fingerprint v1") }
    }
}

impl Vault for FileVault {
    fn seal(&self, secret: &[u8], belongs_to: &str) -> String {
        let mut nonce = [0; NONCE_BYTES];
        SystemEntropy.fill(&mut nonce);
        let payload = Payload { msg: secret, aad: belongs_to.as_bytes() };
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), payload).expect("less than 64 GiB is sealed");
        URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat())
    }

    fn open(&self, sealed: &str, belongs_to: &str) -> Result<Zeroizing<Vec<u8>>, NotOurs> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| NotOurs)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(NotOurs)?;
        let payload = Payload { msg: sealed, aad: belongs_to.as_bytes() };
        self.cipher.decrypt(&Nonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| NotOurs)
    }

    fn fingerprint(&self, text: &str) -> Digest {
        Digest::from_bytes(mac(&self.fingerprints[..], text.as_bytes()))
    }
}

fn derive(key: &[u8; KEY_BYTES], label: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
    Zeroizing::new(mac(key, label))
}

fn mac(key: &[u8], text: &[u8]) -> [u8; KEY_BYTES] {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_key_for_the_same_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deeper/accounts.key");
        assert!(matches!(FileVault::open(&file), Err(VaultError::Missing { .. })));
        let vault = FileVault::open_or_make(file.clone()).unwrap();
        let sealed = vault.seal(b"seed", "ada");
        assert_ne!(sealed, vault.seal(b"seed", "ada"));
        let again = FileVault::open(&file).unwrap();
        assert_eq!(again.open(&sealed, "ada").unwrap().as_slice(), b"seed");
        assert_eq!(again.fingerprint("ada"), vault.fingerprint("ada"));
        assert_eq!(again.open(&sealed, "eve"), Err(NotOurs));
        assert_eq!(again.open("", "ada"), Err(NotOurs));
        let other = FileVault::of(&[7; KEY_BYTES]);
        assert_eq!(other.open(&sealed, "ada"), Err(NotOurs));
        assert_ne!(other.fingerprint("ada"), vault.fingerprint("ada"));
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_no_key_of_ours_is_refused_and_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("accounts.key");
        files::write_new(&file, b"not hex digits", files::SECRET).unwrap();
        assert!(matches!(FileVault::open_or_make(file.clone()), Err(VaultError::Malformed { .. })));
        std::fs::write(&file, "0".repeat(64)).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(FileVault::open(&file), Err(VaultError::Shared { .. })));
        assert_eq!(std::fs::read(&file).unwrap(), "0".repeat(64).as_bytes());
    }
}

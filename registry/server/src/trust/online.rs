//! The keys that stand on the server: one for each online role and one for the log. Each is a file named by its key's id, so
//! that the next ones can lie beside those in use until people have signed that they are trusted.

use std::{
    collections::BTreeMap,
    fmt, io,
    path::{Path, PathBuf},
};

use adx_signing::{
    KeyId, PublicKey, SecretKey,
    key::{KeyError, MAX_PEM_BYTES},
    version::V1,
};
use rand_core::CryptoRng;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use super::files;

/// Longest file of public halves read, in bytes.
const MAX_PUBLIC_FILE_BYTES: usize = 16 * 1024;

/// What a key on the server signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum OnlineRole {
    /// The bins that list the packages.
    Bins,
    /// The control files.
    Control,
    /// The snapshot.
    Snapshot,
    /// The timestamp.
    Timestamp,
    /// The checkpoints of the log.
    Log,
}

impl OnlineRole {
    /// All five.
    pub const ALL: [Self; 5] = [Self::Bins, Self::Control, Self::Snapshot, Self::Timestamp, Self::Log];
}

impl fmt::Display for OnlineRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Bins => "bins",
            Self::Control => "control",
            Self::Snapshot => "snapshot",
            Self::Timestamp => "timestamp",
            Self::Log => "log",
        })
    }
}

/// Why a key's file cannot be used.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// It cannot be read or written.
    #[error("the key file `{}` cannot be read or written", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Not a key, or not with this passphrase.
    #[error("the key file `{}` cannot be used", file.display())]
    Key {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: KeyError,
    },
    /// Not UTF-8.
    #[error("the key file `{}` is not text", file.display())]
    NotText {
        /// The file.
        file: PathBuf,
    },
    /// The half that does not sign.
    #[error("`{}` is the public half of a key", file.display())]
    IsPublic {
        /// The file.
        file: PathBuf,
    },
    /// A secret that others can read is none.
    #[error("the key file `{}` may be read by others: run `chmod 600` on it", file.display())]
    Shared {
        /// The file.
        file: PathBuf,
    },
    /// Under the name of another key.
    #[error("the key file `{}` holds the key {found}", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// The id of the key in it.
        found: KeyId,
    },
    /// Public halves of some roles where those of all are needed.
    #[error("the public halves have none for `{0}`: make keys for all five roles")]
    NoKeyFor(OnlineRole),
    /// Public halves that are not JSON of their form.
    #[error("`{}` does not hold the public halves of online keys: {reason}", file.display())]
    Public {
        /// The file.
        file: PathBuf,
        /// What the parser said, with line and column.
        reason: String,
    },
}

/// The public halves of online keys: the file that is carried from the server to the ceremony.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnlinePublic {
    v: V1,
    keys: BTreeMap<OnlineRole, Pem>,
}

/// A public key as SPKI PEM, as other tools read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Pem(PublicKey);

impl TryFrom<String> for Pem {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        PublicKey::from_pem(&text).map(Self)
    }
}

impl From<Pem> for String {
    fn from(pem: Pem) -> Self {
        pem.0.to_pem()
    }
}

impl OnlinePublic {
    /// Makes a key for each of these roles and keeps the secret halves in the folder of what is installed, encrypted when a
    /// passphrase is given. The others in it stay as they are.
    ///
    /// # Errors
    /// [`KeyFileError`] names the file.
    pub fn make(
        folder: &Path,
        roles: &[OnlineRole],
        passphrase: Option<&SecretString>,
        random: &mut impl CryptoRng,
    ) -> Result<Self, KeyFileError> {
        let keys_folder = keys_folder(folder);
        files::make_private_folder(&keys_folder)
            .map_err(|source| KeyFileError::Io { file: keys_folder.clone(), source })?;
        let mut keys = BTreeMap::new();
        for role in roles {
            let key = SecretKey::generate(random);
            write_key(&key_file(folder, &key.public().id()), &key, passphrase, random)?;
            keys.insert(*role, Pem(key.public()));
        }
        Ok(Self { v: V1, keys })
    }

    /// The key of a role.
    ///
    /// # Errors
    /// [`KeyFileError::NoKeyFor`]
    pub fn key(&self, role: OnlineRole) -> Result<PublicKey, KeyFileError> {
        self.get(role).ok_or(KeyFileError::NoKeyFor(role))
    }

    /// The key of a role, if there is one.
    pub fn get(&self, role: OnlineRole) -> Option<PublicKey> {
        self.keys.get(&role).map(|pem| pem.0)
    }

    /// The roles that have a key here.
    pub fn roles(&self) -> impl Iterator<Item = OnlineRole> {
        self.keys.keys().copied()
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`KeyFileError`] names it.
    pub fn read(file: &Path) -> Result<Self, KeyFileError> {
        let bytes = files::read_capped(file, MAX_PUBLIC_FILE_BYTES)
            .map_err(|source| KeyFileError::Io { file: file.to_owned(), source })?;
        serde_json::from_slice(&bytes)
            .map_err(|error| KeyFileError::Public { file: file.to_owned(), reason: error.to_string() })
    }

    /// Refuses a file that is there already, before keys are made whose public halves could not be written.
    ///
    /// # Errors
    /// [`KeyFileError::Io`]
    pub fn refuse_present(file: &Path) -> Result<(), KeyFileError> {
        match file.try_exists() {
            Ok(false) => Ok(()),
            Ok(true) => Err(KeyFileError::Io { file: file.to_owned(), source: io::ErrorKind::AlreadyExists.into() }),
            Err(source) => Err(KeyFileError::Io { file: file.to_owned(), source }),
        }
    }

    /// Writes the file, never over one that is there.
    ///
    /// # Errors
    /// [`KeyFileError::Io`]
    pub fn write(&self, file: &Path) -> Result<(), KeyFileError> {
        let io = |source| KeyFileError::Io { file: file.to_owned(), source };
        let mut json = serde_json::to_vec_pretty(self).map_err(|error| io(error.into()))?;
        json.push(b'\n');
        files::write_new(file, &json, files::PUBLIC).map_err(io)
    }
}

/// Where the secret halves are kept.
pub(super) fn keys_folder(folder: &Path) -> PathBuf {
    folder.join("keys")
}

/// Where the secret half of a key of this id is kept.
pub(super) fn key_file(folder: &Path, id: &KeyId) -> PathBuf {
    keys_folder(folder).join(format!("{id}.pem"))
}

/// Opens the secret half of a key, none if it is not here.
pub(super) fn open(
    folder: &Path,
    id: &KeyId,
    passphrase: Option<&SecretString>,
) -> Result<Option<SecretKey>, KeyFileError> {
    let file = key_file(folder, id);
    if !file.try_exists().map_err(|source| KeyFileError::Io { file: file.clone(), source })? {
        return Ok(None);
    }
    let key = read_key(&file, passphrase)?;
    match key.public().id() {
        found if found != *id => Err(KeyFileError::Foreign { file, found }),
        _ => Ok(Some(key)),
    }
}

/// Reads a secret key that nobody else can read.
///
/// # Errors
/// [`KeyFileError`]; [`KeyError::PassphraseNeeded`] within it asks for a passphrase.
pub fn read_key(file: &Path, passphrase: Option<&SecretString>) -> Result<SecretKey, KeyFileError> {
    let io = |source| KeyFileError::Io { file: file.to_owned(), source };
    let pem = files::read_capped(file, MAX_PEM_BYTES).map(Zeroizing::new).map_err(io)?;
    let pem = std::str::from_utf8(&pem).map_err(|_| KeyFileError::NotText { file: file.to_owned() })?;
    // Before the mode: a public half may be read by others.
    if PublicKey::from_pem(pem).is_ok() {
        return Err(KeyFileError::IsPublic { file: file.to_owned() });
    }
    if files::is_shared(file).map_err(io)? {
        return Err(KeyFileError::Shared { file: file.to_owned() });
    }
    SecretKey::from_pem(pem, passphrase.map(ExposeSecret::expose_secret))
        .map_err(|source| KeyFileError::Key { file: file.to_owned(), source })
}

/// Writes a secret key for nobody but its owner, never over a file that is there.
///
/// # Errors
/// [`KeyFileError`] names the file.
pub fn write_key(
    file: &Path,
    key: &SecretKey,
    passphrase: Option<&SecretString>,
    random: &mut impl CryptoRng,
) -> Result<(), KeyFileError> {
    let pem = key
        .to_pem(passphrase.map(ExposeSecret::expose_secret), random)
        .map_err(|source| KeyFileError::Key { file: file.to_owned(), source })?;
    files::write_new(file, pem.as_bytes(), files::SECRET)
        .map_err(|source| KeyFileError::Io { file: file.to_owned(), source })
}

/// Writes a public key, never over a file that is there.
///
/// # Errors
/// [`KeyFileError::Io`]
pub fn write_public(file: &Path, key: &PublicKey) -> Result<(), KeyFileError> {
    files::write_new(file, key.to_pem().as_bytes(), files::PUBLIC)
        .map_err(|source| KeyFileError::Io { file: file.to_owned(), source })
}

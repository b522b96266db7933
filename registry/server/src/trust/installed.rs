//! What is installed, below `trust.dir`:
//!
//! | file | what |
//! |---|---|
//! | `installed.json` | names the versions below and which online key signs what; the one file that is replaced |
//! | `N.root.json`, `N.targets.json` | documents, never changed |
//! | `keys/<key id>.pem` | secret halves of online keys |

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
};

use adx_registry_core::ceremony::{Ceremony, SigningKeys};
use adx_signing::{KeyId, SecretKey, tuf::TopRole, version::V1};
use secrecy::SecretString;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use thiserror::Error;

use super::{
    Documents, DocumentsError, OnlineRole, files,
    log_file::LogFile,
    online::{self, KeyFileError},
};

/// The file that says what is installed.
const INSTALLED: &str = "installed.json";
/// Longest such file read, in bytes.
const MAX_INSTALLED_BYTES: usize = 64 * 1024;

/// Why there is nothing to sign with.
#[derive(Debug, Error)]
pub enum InstalledError {
    /// No ceremony is installed.
    #[error("no ceremony is installed in `{}`: nothing here can sign what agents believe", folder.display())]
    NotInstalled {
        /// The folder, `trust.dir`.
        folder: PathBuf,
    },
    /// `installed.json` cannot be read or written.
    #[error("`{}` cannot be read or written", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// `installed.json` that is not JSON of its form.
    #[error("`{}` does not say what is installed: {reason}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What the parser said, with line and column.
        reason: String,
    },
    /// The documents.
    #[error(transparent)]
    Documents(#[from] DocumentsError),
    /// A key that the documents trust and that is not here.
    #[error("the key of `{role}` is not here: `{}` is missing", file.display())]
    KeyMissing {
        /// What it signs.
        role: OnlineRole,
        /// Where it would be.
        file: PathBuf,
    },
    /// A key that is here and cannot be used.
    #[error("the key of `{role}` cannot be used")]
    Key {
        /// What it signs.
        role: OnlineRole,
        /// Why not.
        source: KeyFileError,
    },
    /// A key that the documents do not trust.
    #[error("the key {key} is to sign `{role}`, and the documents do not trust it for that")]
    NotTrusted {
        /// What it would sign.
        role: OnlineRole,
        /// The key.
        key: KeyId,
    },
}

/// Whether a ceremony is installed in a folder, whatever its state.
pub fn is_installed(folder: &Path) -> bool {
    folder.join(INSTALLED).exists()
}

/// The content of `installed.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Installed {
    pub(super) v: V1,
    /// The version of the last root; those before it are there too.
    pub(super) root: u64,
    /// The version of the targets document.
    pub(super) targets: u64,
    pub(super) keys: RoleKeyIds,
    /// Keys that signed before and sign no more, to be deleted: written with the rest, so that a crash forgets none.
    #[serde(default)]
    pub(super) retired: BTreeSet<KeyId>,
    pub(super) log: LogFile,
    /// Of a ceremony from before its targets document listed the log's policy: read to say so, and not written again.
    #[serde(default, skip_serializing)]
    log_signatures: Option<IgnoredAny>,
}

/// Which key signs what; the log's stands in [`LogFile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleKeyIds {
    pub(super) bins: KeyId,
    pub(super) control: KeyId,
    pub(super) snapshot: KeyId,
    pub(super) timestamp: KeyId,
}

impl Installed {
    /// What is installed from now on, with no keys that are to be deleted.
    pub(super) fn new(root: u64, targets: u64, keys: RoleKeyIds, log: LogFile) -> Self {
        Self { v: V1, root, targets, keys, retired: BTreeSet::new(), log, log_signatures: None }
    }

    /// Each key with what it signs.
    pub(super) fn keys(&self) -> [(OnlineRole, KeyId); 5] {
        let RoleKeyIds { bins, control, snapshot, timestamp } = self.keys;
        [
            (OnlineRole::Bins, bins),
            (OnlineRole::Control, control),
            (OnlineRole::Snapshot, snapshot),
            (OnlineRole::Timestamp, timestamp),
            (OnlineRole::Log, self.log.key.key.id()),
        ]
    }

    /// Reads the file, none when nothing is installed.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, InstalledError> {
        let file = folder.join(INSTALLED);
        let bytes = match files::read_capped(&file, MAX_INSTALLED_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(InstalledError::Io { file, source }),
        };
        match serde_json::from_slice(&bytes) {
            Ok(installed) => Ok(Some(installed)),
            Err(error) => Err(InstalledError::Malformed { file, reason: error.to_string() }),
        }
    }

    /// Replaces the file: from then on this is what is installed.
    pub(super) fn write(&self, folder: &Path) -> Result<(), InstalledError> {
        let file = folder.join(INSTALLED);
        let written = serde_json::to_vec_pretty(self)
            .map_err(io::Error::from)
            .and_then(|json| files::write_whole(&file, &json, files::SECRET));
        written.map_err(|source| InstalledError::Io { file, source })
    }

    /// The documents that it names.
    pub(super) fn documents(&self, folder: &Path) -> Result<Documents, InstalledError> {
        Ok(Documents::read(folder, self.root, self.targets, self.log.clone())?)
    }
}

/// Reads what is installed and checks it: the chain of roots, the targets document under the last of them, that this lists the
/// log's policy, and that every online key is here and trusted. Whether documents have expired is not looked at: that is for whoever signs to say.
///
/// # Errors
/// [`InstalledError`]; [`InstalledError::NotInstalled`] where no ceremony was installed yet.
pub fn read(folder: &Path, passphrase: Option<&SecretString>) -> Result<Ceremony, InstalledError> {
    let installed =
        Installed::read(folder)?.ok_or_else(|| InstalledError::NotInstalled { folder: folder.to_owned() })?;
    let documents = installed.documents(folder)?;
    let keys = open_keys(folder, &installed, passphrase)?;
    ceremony(documents, keys)
}

/// Opens the secret halves.
pub(super) fn open_keys(
    folder: &Path,
    installed: &Installed,
    passphrase: Option<&SecretString>,
) -> Result<SigningKeys, InstalledError> {
    let open = |(role, id): (OnlineRole, KeyId)| -> Result<SecretKey, InstalledError> {
        online::open(folder, &id, passphrase)
            .map_err(|source| InstalledError::Key { role, source })?
            .ok_or_else(|| InstalledError::KeyMissing { role, file: online::key_file(folder, &id) })
    };
    let [bins, control, snapshot, timestamp, log] = installed.keys();
    Ok(SigningKeys {
        bins: open(bins)?,
        control: open(control)?,
        snapshot: open(snapshot)?,
        timestamp: open(timestamp)?,
        log: open(log)?,
    })
}

/// Puts documents and keys together, once both are checked.
pub(super) fn ceremony(documents: Documents, keys: SigningKeys) -> Result<Ceremony, InstalledError> {
    let online = documents.check()?;
    documents.check_log()?;
    let root = documents.root()?.document().clone();
    let trusted = [
        (OnlineRole::Bins, &keys.bins, online.bin_keys.role().keyids()),
        (OnlineRole::Control, &keys.control, online.control_keys.role().keyids()),
        (OnlineRole::Snapshot, &keys.snapshot, root.role(TopRole::Snapshot).keyids()),
        (OnlineRole::Timestamp, &keys.timestamp, root.role(TopRole::Timestamp).keyids()),
    ];
    for (role, key, keyids) in trusted {
        let key = key.public().id();
        if !keyids.contains(&key) {
            return Err(InstalledError::NotTrusted { role, key });
        }
    }
    Ok(Ceremony {
        roots: documents.roots.into_iter().map(|(version, file)| (version, file.bytes)).collect(),
        root,
        targets: documents.targets,
        bins: online.bins,
        keys,
        log: documents.log.identity(),
    })
}

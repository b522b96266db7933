//! Installing what a ceremony made: everything is checked first, then new files are written beside those in use, then one
//! file is replaced. A crash before that leaves files that nothing names.

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use adx_signing::{
    KeyId, UtcSecond,
    log::{KeyName, VerifierKey},
    tuf::{Role as _, TopRole, keys::RoleKeys},
};
use secrecy::SecretString;
use thiserror::Error;

use super::{
    Documents, DocumentsError, InstalledError, OnlineRole,
    carried::{self, CarriedError, secret_within},
    files,
    installed::{self, Installed, RoleKeyIds},
    online::{self, KeyFileError, key_file},
};
use crate::world::fail_point;

/// Held while something is installed.
const LOCK: &str = ".lock";

/// Why nothing was installed.
#[derive(Debug, Error)]
pub enum InstallError {
    /// The documents.
    #[error(transparent)]
    Documents(#[from] DocumentsError),
    /// What is installed already, or the online keys.
    #[error(transparent)]
    Installed(#[from] InstalledError),
    /// Clients would refuse it.
    #[error("{document} expired at {expires}")]
    Expired {
        /// `root version 2`.
        document: String,
        /// When.
        expires: UtcSecond,
    },
    /// Older than what agents have seen.
    #[error("{role} version {installed} is installed, version {offered} is older: agents refuse to go back")]
    Rollback {
        /// `root` or `targets`.
        role: &'static str,
        /// The version installed.
        installed: u64,
        /// The version offered.
        offered: u64,
    },
    /// Another document under a version that agents have seen.
    #[error("another {role} version {version} is installed: agents that have that one would refuse this one")]
    Fork {
        /// `root` or `targets`.
        role: &'static str,
        /// The version of both.
        version: u64,
    },
    /// Another log.
    #[error("the log is called `{installed}`, not `{offered}`: its name cannot change")]
    Origin {
        /// The name installed.
        installed: KeyName,
        /// The name offered.
        offered: KeyName,
    },
    /// A log whose old checkpoints would not be believed any more.
    #[error(
        "`log.json` does not name the log's key {key} among its earlier keys: what it signed would not be believed"
    )]
    EarlierKey {
        /// The key.
        key: KeyId,
    },
    /// None of the keys that the documents trust for a role is here.
    #[error("no key that may sign `{role}` is in `{}`", folder.display())]
    OnlineKeyMissing {
        /// The role.
        role: OnlineRole,
        /// The folder of the online keys.
        folder: PathBuf,
    },
    /// A key of people, on the server.
    #[error("`{}` is a key that must never be on the server", file.display())]
    OfflineKey {
        /// The file.
        file: PathBuf,
    },
    /// Something else among the online keys, or a key that cannot be told from one that people keep.
    #[error("`{}` lies among the online keys and is none of them, as far as can be told", file.display())]
    StrayKey {
        /// The file.
        file: PathBuf,
        /// Why it is none; none for a name that no key has.
        source: Option<KeyFileError>,
    },
    /// Somebody else installs.
    #[error("something is being installed in `{}` at the moment", folder.display())]
    Busy {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder cannot be written.
    #[error("`{}` cannot be written", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The folder cannot be searched for secrets.
    #[error(transparent)]
    Search(#[from] CarriedError),
}

/// What was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The version of the last root.
    pub root: u64,
    /// The version of the targets document.
    pub targets: u64,
    /// The file of the first root, which agents are given.
    pub first_root: PathBuf,
    /// Whether anything is new.
    pub changed: bool,
    /// Online keys that were in use before and have been deleted.
    pub retired: Vec<KeyId>,
}

/// Checks documents against what is installed in a folder and the online keys there, and installs them.
///
/// # Errors
/// [`InstallError`]; nothing has changed then, unless it is [`InstallError::Io`], after which it may be tried again.
pub fn install(
    documents: &Documents,
    folder: &Path,
    passphrase: Option<&SecretString>,
    now: UtcSecond,
) -> Result<Installation, InstallError> {
    let _lock = lock(folder)?;
    let online = documents.check()?;
    check_expiry(documents, now)?;
    documents.check_log()?;
    refuse_offline_keys(documents, folder)?;
    let before = Installed::read(folder)?;
    let mut documents = documents.clone();
    if let Some(before) = &before {
        succeed(&mut documents, before, folder)?;
    }

    let root = documents.root()?.document();
    let choose = |role, trusted: &RoleKeys| choose_key(role, trusted, before.as_ref(), folder);
    let keys = RoleKeyIds {
        bins: choose(OnlineRole::Bins, online.bin_keys.role())?,
        control: choose(OnlineRole::Control, online.control_keys.role())?,
        snapshot: choose(OnlineRole::Snapshot, root.role(TopRole::Snapshot))?,
        timestamp: choose(OnlineRole::Timestamp, root.role(TopRole::Timestamp))?,
    };
    let (root, targets) = (root.version(), documents.targets.document().version());
    let mut after = Installed::new(root, targets, keys, documents.log.clone());
    after.retired = before.as_ref().map(|before| retired_by(before, &after)).unwrap_or_default();
    // Exactly what the server will do at its next start.
    installed::ceremony(documents.clone(), installed::open_keys(folder, &after, passphrase)?)?;
    refuse_stray_keys(&documents, folder, &after.retired, passphrase)?;

    let changed = before.as_ref() != Some(&after);
    if changed {
        write_documents(&documents, before.as_ref(), folder)?;
        after.write(folder)?;
        fail_point("install.switched");
    }
    let retired = delete_keys(&after.retired, folder)?;
    let first_root = folder.join(TopRole::Root.versioned_file(1));
    Ok(Installation { root, targets, first_root, changed, retired })
}

fn lock(folder: &Path) -> Result<File, InstallError> {
    let path = folder.join(LOCK);
    let io = |source| InstallError::Io { path: path.clone(), source };
    files::make_private_folder(folder).map_err(io)?;
    let file = File::options().create(true).append(true).open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(InstallError::Busy { folder: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(InstallError::Io { path, source }),
    }
}

fn check_expiry(documents: &Documents, now: UtcSecond) -> Result<(), InstallError> {
    let (root, targets) = (documents.root()?.document(), documents.targets.document());
    for (role, version, expires) in
        [(TopRole::Root, root.version(), root.expires()), (TopRole::Targets, targets.version(), targets.expires())]
    {
        if expires <= now {
            return Err(InstallError::Expired { document: format!("{} version {version}", role.as_str()), expires });
        }
    }
    Ok(())
}

/// A key that people keep has no business here, not even encrypted.
fn refuse_offline_keys(documents: &Documents, folder: &Path) -> Result<(), InstallError> {
    if let Some(file) = secret_within(folder)? {
        return Err(InstallError::OfflineKey { file });
    }
    match offline_keys(documents).iter().map(|id| key_file(folder, id)).find(|file| file.exists()) {
        Some(file) => Err(InstallError::OfflineKey { file }),
        None => Ok(()),
    }
}

/// The keys that people keep or kept, for root and targets.
fn offline_keys(documents: &Documents) -> BTreeSet<KeyId> {
    let roots = documents.roots.values().map(|file| file.document.document());
    roots
        .flat_map(|root| [TopRole::Root, TopRole::Targets].map(|role| root.role(role).keyids()))
        .flatten()
        .copied()
        .collect()
}

/// A key of people is one under any name, so every file among the online keys is opened. What opens under its own id and is
/// nobody's may be the next online key, for which nobody has signed yet. Those that are about to be deleted may be closed by an
/// earlier passphrase.
fn refuse_stray_keys(
    documents: &Documents,
    folder: &Path,
    retired: &BTreeSet<KeyId>,
    passphrase: Option<&SecretString>,
) -> Result<(), InstallError> {
    let offline = offline_keys(documents);
    for file in carried::entries(&online::keys_folder(folder))? {
        let named = file.file_stem().and_then(|name| name.to_str()).and_then(|name| name.parse::<KeyId>().ok());
        let Some(named) = named.filter(|id| key_file(folder, id) == file) else {
            return Err(InstallError::StrayKey { file, source: None });
        };
        if retired.contains(&named) {
            continue;
        }
        match online::read_key(&file, passphrase).map(|key| key.public().id()) {
            Ok(found) if offline.contains(&found) => return Err(InstallError::OfflineKey { file }),
            Ok(found) if found == named => {}
            Ok(found) => {
                let source = Some(KeyFileError::Foreign { file: file.clone(), found });
                return Err(InstallError::StrayKey { file, source });
            }
            Err(source) => return Err(InstallError::StrayKey { file, source: Some(source) }),
        }
    }
    Ok(())
}

/// Checks that the documents carry on from those installed. Of a version that is installed the installed bytes stay: agents
/// may have them, and more signatures say nothing new.
fn succeed(documents: &mut Documents, before: &Installed, folder: &Path) -> Result<(), InstallError> {
    let installed = before.documents(folder)?;
    let offered = documents.root()?.document().version();
    for (version, file) in installed.roots {
        match documents.roots.get(&version) {
            None => return Err(InstallError::Rollback { role: "root", installed: before.root, offered }),
            Some(other) if other.document.document() != file.document.document() => {
                return Err(InstallError::Fork { role: "root", version });
            }
            Some(_) => documents.roots.insert(version, file),
        };
    }
    let offered = documents.targets.document().version();
    if offered < before.targets {
        return Err(InstallError::Rollback { role: "targets", installed: before.targets, offered });
    }
    if offered == before.targets {
        if documents.targets.document() != installed.targets.document() {
            return Err(InstallError::Fork { role: "targets", version: offered });
        }
        documents.targets = installed.targets;
        // The root may have changed its keys: what is installed must hold under the new one as well.
        documents.check()?;
    }
    let (old, new) = (&before.log, &documents.log);
    if old.origin != new.origin {
        return Err(InstallError::Origin { installed: old.origin.clone(), offered: new.origin.clone() });
    }
    let believed = |key: &VerifierKey| *key == new.key || new.earlier_keys.contains(key);
    match std::iter::once(&old.key).chain(&old.earlier_keys).find(|key| !believed(key)) {
        Some(forgotten) => Err(InstallError::EarlierKey { key: forgotten.key.id() }),
        None => Ok(()),
    }
}

/// The key that signs for a role: a new one rather than the one in use, should both be trusted.
fn choose_key(
    role: OnlineRole,
    trusted: &RoleKeys,
    before: Option<&Installed>,
    folder: &Path,
) -> Result<KeyId, InstallError> {
    let in_use = before.and_then(|before| before.keys().into_iter().find(|(used, _)| *used == role));
    let in_use = in_use.map(|(_, id)| id);
    let mut here: Vec<_> = trusted.keyids().iter().filter(|id| key_file(folder, id).exists()).copied().collect();
    here.sort_by_key(|id| Some(*id) == in_use);
    here.first().copied().ok_or_else(|| InstallError::OnlineKeyMissing { role, folder: online::keys_folder(folder) })
}

fn write_documents(documents: &Documents, before: Option<&Installed>, folder: &Path) -> Result<(), InstallError> {
    let write = |name: String, bytes: &[u8]| {
        let path = folder.join(name);
        files::write_whole(&path, bytes, files::PUBLIC).map_err(|source| InstallError::Io { path, source })
    };
    let (last_root, last_targets) = before.map_or((0, 0), |before| (before.root, before.targets));
    for (version, file) in documents.roots.iter().filter(|(version, _)| **version > last_root) {
        write(TopRole::Root.versioned_file(*version), &file.bytes)?;
        fail_point("install.root");
    }
    let targets = &documents.targets;
    if targets.document().version() > last_targets {
        write(TopRole::Targets.versioned_file(targets.document().version()), &targets.to_json())?;
        fail_point("install.targets");
    }
    Ok(())
}

/// The online keys that signed until now and sign no more: stolen later, the log's could still forge an old history.
fn retired_by(before: &Installed, after: &Installed) -> BTreeSet<KeyId> {
    let still = after.keys().map(|(_, id)| id);
    let used = before.keys().map(|(_, id)| id);
    before.retired.iter().copied().chain(used).filter(|id| !still.contains(id)).collect()
}

fn delete_keys(keys: &BTreeSet<KeyId>, folder: &Path) -> Result<Vec<KeyId>, InstallError> {
    let mut deleted = Vec::new();
    for id in keys {
        let path = key_file(folder, id);
        match fs::remove_file(&path) {
            Ok(()) => deleted.push(*id),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(InstallError::Io { path, source }),
        }
    }
    Ok(deleted)
}

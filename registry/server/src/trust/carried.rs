//! The folder that is carried from person to person: `N.root.json`, `N.targets.json`, the last of each perhaps not signed by
//! everyone yet, and `log.json`, which the last of these lists. No secret is ever in it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use adx_signing::{
    UtcSecond,
    tuf::{Role, Root, Signed, Targets, TopRole, ceremony::Status},
};
use thiserror::Error;

use super::{
    Documents, DocumentsError,
    documents::{self, LOG_FILE, RootFile},
    files, log_before,
    log_file::LogFile,
};

/// Most entries of the folder looked at: a wrong folder must not be searched whole.
const MAX_ENTRIES: usize = 10_000;
/// Longest file looked into for a secret key, in bytes.
const MAX_SECRET_BYTES: usize = 64 * 1024;

/// Why the folder cannot be used.
#[derive(Debug, Error)]
pub enum CarriedError {
    /// It is not there, or cannot be read or written.
    #[error("`{}` cannot be read or written", path.display())]
    Io {
        /// The folder or the file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It holds no ceremony.
    #[error("`{}` holds no ceremony: no `{missing}` is there", folder.display())]
    NoCeremony {
        /// The folder.
        folder: PathBuf,
        /// What would be there.
        missing: &'static str,
    },
    /// It holds one already.
    #[error("`{}` holds a ceremony already", folder.display())]
    Present {
        /// The folder.
        folder: PathBuf,
    },
    /// A secret key, which would be carried along.
    #[error("`{}` is a secret key: it would be carried along with the documents", file.display())]
    Secret {
        /// The file.
        file: PathBuf,
    },
    /// Its documents.
    #[error(transparent)]
    Documents(#[from] DocumentsError),
}

/// An open folder.
#[derive(Debug)]
pub struct Carried {
    folder: PathBuf,
    /// What is in it.
    pub documents: Documents,
}

impl Carried {
    /// Reads the folder. Signatures are not looked at, and there may be too few.
    ///
    /// # Errors
    /// [`CarriedError`] names the file.
    pub fn open(folder: &Path) -> Result<Self, CarriedError> {
        let (mut root, mut targets) = (0, 0);
        for path in entries(folder)? {
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            root = root.max(version_in(name, TopRole::Root));
            targets = targets.max(version_in(name, TopRole::Targets));
        }
        for (version, missing) in [(root, "1.root.json"), (targets, "1.targets.json")] {
            if version == 0 {
                return Err(CarriedError::NoCeremony { folder: folder.to_owned(), missing });
            }
        }
        let log = documents::read_log(folder)?;
        Ok(Self { folder: folder.to_owned(), documents: Documents::read(folder, root, targets, log)? })
    }

    /// Begins a folder with the first documents.
    ///
    /// # Errors
    /// [`CarriedError::Present`] where one was begun already, [`CarriedError::Io`].
    pub fn begin(
        folder: &Path,
        root: Signed<Root>,
        targets: Signed<Targets>,
        log: LogFile,
    ) -> Result<Self, CarriedError> {
        let io = |source| CarriedError::Io { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(io)?;
        let started = |name: &str| name == LOG_FILE || version_in(name, TopRole::Root) > 0;
        if entries(folder)?.iter().filter_map(|path| path.file_name()?.to_str()).any(started) {
            return Err(CarriedError::Present { folder: folder.to_owned() });
        }
        let bytes = root.to_json();
        let roots = [(root.document().version(), RootFile { bytes, document: root.clone() })].into();
        let mut carried = Self {
            folder: folder.to_owned(),
            documents: Documents { roots, targets: targets.clone(), log: log.clone() },
        };
        carried.keep_log(log)?;
        carried.keep_targets(targets)?;
        carried.keep_root(root)?;
        Ok(carried)
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The root before the last one, whose keys must sign the last one too.
    pub fn trusted(&self) -> Option<&Root> {
        self.documents.roots.values().rev().nth(1).map(|file| file.document.document())
    }

    /// How far the last root and the targets document are.
    ///
    /// # Errors
    /// [`DocumentsError::Form`] when there is no root.
    pub fn status(&self, now: UtcSecond) -> Result<[Status; 2], DocumentsError> {
        let root = self.documents.root()?;
        let targets = Status::of_targets(&self.documents.targets, root.document(), now);
        Ok([Status::of_root(root, self.trusted(), now), targets])
    }

    /// What the log was called before the last rotation, as far as people signed it.
    pub fn log_before(&self) -> Option<LogFile> {
        log_before::read(self)
    }

    /// Keeps a root, of this version or the next.
    ///
    /// # Errors
    /// [`CarriedError::Io`]
    pub fn keep_root(&mut self, root: Signed<Root>) -> Result<(), CarriedError> {
        let bytes = root.to_json();
        let version = root.document().version();
        self.keep(&TopRole::Root.versioned_file(version), &bytes)?;
        self.documents.roots.insert(version, RootFile { bytes, document: root });
        Ok(())
    }

    /// Keeps a targets document, of this version or the next.
    ///
    /// # Errors
    /// [`CarriedError::Io`]
    pub fn keep_targets(&mut self, targets: Signed<Targets>) -> Result<(), CarriedError> {
        self.keep(&TopRole::Targets.versioned_file(targets.document().version()), &targets.to_json())?;
        self.documents.targets = targets;
        Ok(())
    }

    /// Keeps what the log is called. Until the next targets document is kept, it is not the one that is listed.
    ///
    /// # Errors
    /// [`CarriedError::Io`]
    pub fn keep_log(&mut self, log: LogFile) -> Result<(), CarriedError> {
        self.keep_as(LOG_FILE, &log)?;
        self.documents.log = log;
        Ok(())
    }

    /// Keeps what the log is called besides as `N.log.json`, by the version of the targets document that lists it: the next one may
    /// be given up.
    ///
    /// # Errors
    /// [`CarriedError::Io`]
    pub fn keep_log_before(&self) -> Result<(), CarriedError> {
        let version = self.documents.targets.document().version();
        self.keep_as(&format!("{version}.{LOG_FILE}"), &self.documents.log)
    }

    fn keep_as(&self, name: &str, log: &LogFile) -> Result<(), CarriedError> {
        let mut json = serde_json::to_vec_pretty(log)
            .map_err(|error| CarriedError::Io { path: self.folder.join(name), source: error.into() })?;
        json.push(b'\n');
        self.keep(name, &json)
    }

    /// Refuses a folder in which somebody left a secret key.
    ///
    /// # Errors
    /// [`CarriedError::Secret`] names the file.
    pub fn refuse_secrets(&self) -> Result<(), CarriedError> {
        match secret_within(&self.folder)? {
            Some(file) => Err(CarriedError::Secret { file }),
            None => Ok(()),
        }
    }

    fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), CarriedError> {
        let path = self.folder.join(name);
        files::write_whole(&path, bytes, files::PUBLIC).map_err(|source| CarriedError::Io { path, source })
    }
}

/// A file directly in a folder that holds a secret key, if there is one.
pub(super) fn secret_within(folder: &Path) -> Result<Option<PathBuf>, CarriedError> {
    for path in entries(folder)? {
        let holds_secret = path.is_file()
            && files::read_capped(&path, MAX_SECRET_BYTES)
                .is_ok_and(|content| content.windows(SECRET_LABEL.len()).any(|part| part == SECRET_LABEL));
        if holds_secret {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// What the first line of every kind of secret key ends with, encrypted ones and OpenSSH's among them.
const SECRET_LABEL: &[u8] = b"PRIVATE KEY-----";

/// What is directly in a folder.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, CarriedError> {
    let io = |source| CarriedError::Io { path: folder.to_owned(), source };
    let entries = fs::read_dir(folder).map_err(io)?.take(MAX_ENTRIES);
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(io)).collect()
}

/// The version in `12.root.json`, 0 for another name.
fn version_in(name: &str, role: TopRole) -> u64 {
    let version = name.split('.').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    if role.versioned_file(version) == name { version } else { 0 }
}

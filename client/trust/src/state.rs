//! What is remembered of a registry, in a folder: written atomically and durably, read by one process at a time.

use std::{
    fs::{self, File, TryLockError},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use adx_signing::Digest;
use tempfile::TempDir;

/// What the folder for evidence is called.
const EVIDENCE: &str = "evidence";
/// What folders are called that are soon gone.
const SCRATCH: &str = ".try-";
/// What the first line of a sealed file begins with.
const SEAL: &str = "sha256 ";

/// Why what is remembered cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Another process works with it: two that write would forget what the other has seen.
    #[error("the folder {folder} is in use by another process: end that one, or give this one a folder of its own")]
    Locked {
        /// The folder.
        folder: String,
    },
    /// A file that is not what was written. Without it an old state could pass for a new one.
    #[error(
        "{file} is damaged ({why}): put it back from a backup. To trust the registry anew, as on the first day, remove the folder it is in"
    )]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// It could not be read or written.
    #[error("{file}: {why}")]
    Disk {
        /// The file.
        file: String,
        /// What the system said.
        why: String,
    },
}

impl StateError {
    pub(crate) fn damaged(file: &Path, why: impl ToString) -> Self {
        Self::Damaged { file: file.display().to_string(), why: why.to_string() }
    }

    pub(crate) fn disk(file: &Path, error: &std::io::Error) -> Self {
        Self::Disk { file: file.display().to_string(), why: error.to_string() }
    }
}

/// The folder of one registry, locked as long as this lives.
#[derive(Debug)]
pub struct StateFolder {
    root: PathBuf,
    _lock: File,
}

impl StateFolder {
    /// Opens the folder, made if it is not there.
    ///
    /// # Errors
    /// [`StateError::Locked`] and [`StateError::Disk`].
    pub fn open(root: &Path) -> Result<Self, StateError> {
        create_folder(root)?;
        let path = root.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(|error| StateError::disk(&path, &error))?;
        match lock.try_lock() {
            Ok(()) => {
                sweep(root)?;
                Ok(Self { root: root.to_owned(), _lock: lock })
            }
            Err(TryLockError::WouldBlock) => Err(StateError::Locked { folder: root.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(StateError::disk(&path, &error)),
        }
    }

    /// Where repository metadata is kept.
    pub fn metadata(&self) -> PathBuf {
        self.root.join("tuf")
    }

    /// Reads what [`StateFolder::write_sealed`] wrote, none if it was never written.
    ///
    /// # Errors
    /// [`StateError::Damaged`] for a file whose content is not what its first line says.
    pub(crate) fn read_sealed(&self, name: &str) -> Result<Option<Vec<u8>>, StateError> {
        let path = self.root.join(name);
        let Some(bytes) = read(&path)? else { return Ok(None) };
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
        let (line, content) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
        if line == seal(content).as_bytes() {
            Ok(Some(content.to_vec()))
        } else {
            Err(StateError::damaged(&path, "its content is not what its first line says"))
        }
    }

    /// Writes a file behind its digest, for content that carries no signature: damage is told from age.
    ///
    /// # Errors
    /// [`StateError::Disk`].
    pub(crate) fn write_sealed(&self, name: &str, content: &[u8]) -> Result<(), StateError> {
        write(&self.root.join(name), &[seal(content).as_bytes(), b"\n", content].concat())
    }

    /// Keeps a file that shows what a registry did, for people.
    ///
    /// # Errors
    /// [`StateError::Disk`].
    pub(crate) fn write_evidence(&self, name: &str, content: &[u8]) -> Result<(), StateError> {
        write(&self.root.join(EVIDENCE).join(name), content)
    }

    /// Keeps evidence that was found on a copy. Gives the folder it is in.
    ///
    /// # Errors
    /// [`StateError::Disk`].
    pub(crate) fn take_evidence(&self, copy: &Self, names: &[&str]) -> Result<String, StateError> {
        for name in names {
            if let Some(bytes) = read(&copy.root.join(EVIDENCE).join(name))? {
                self.write_evidence(name, &bytes)?;
            }
        }
        Ok(self.root.join(EVIDENCE).display().to_string())
    }

    /// The path of a piece of evidence, if it is there.
    pub(crate) fn evidence(&self, name: &str) -> Option<PathBuf> {
        Some(self.root.join(EVIDENCE).join(name)).filter(|path| path.exists())
    }

    /// A folder for something that is soon gone, on the same disk.
    ///
    /// # Errors
    /// [`StateError::Disk`].
    pub(crate) fn scratch(&self) -> Result<TempDir, StateError> {
        TempDir::with_prefix_in(SCRATCH, &self.root).map_err(|error| StateError::disk(&self.root, &error))
    }

    /// Copies all that is remembered to an empty folder, to try something on it.
    ///
    /// # Errors
    /// [`StateError::Disk`].
    pub(crate) fn copy_to(&self, folder: &Path) -> Result<(), StateError> {
        for name in ["tuf", "control", EVIDENCE] {
            copy_files(&self.root.join(name), &folder.join(name))?;
        }
        for name in ["log.json", "clock"] {
            if let Some(bytes) = read(&self.root.join(name))? {
                fs::write(folder.join(name), bytes).map_err(|error| StateError::disk(folder, &error))?;
            }
        }
        Ok(())
    }

    /// Where a file of this name is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// Removes the folders that an earlier process had no time to remove.
fn sweep(root: &Path) -> Result<(), StateError> {
    let disk = |error: &std::io::Error| StateError::disk(root, error);
    for entry in fs::read_dir(root).map_err(|error| disk(&error))? {
        let entry = entry.map_err(|error| disk(&error))?;
        if entry.file_name().as_encoded_bytes().starts_with(SCRATCH.as_bytes()) {
            fs::remove_dir_all(entry.path()).map_err(|error| StateError::disk(&entry.path(), &error))?;
        }
    }
    Ok(())
}

fn seal(content: &[u8]) -> String {
    format!("{SEAL}{}", Digest::of(content))
}

pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, StateError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StateError::disk(path, &error)),
    }
}

/// Writes a file of this machine's own so that a reader finds the old one or the new one, also after a loss of power.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    write_with(&mut tempfile::Builder::new(), path, bytes)
}

/// The same for a file that others read, a web server for example.
pub(crate) fn write_public(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    write_with(&mut public(), path, bytes)
}

/// Makes files that others may read.
pub(crate) fn public() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    builder
}

fn write_with(builder: &mut tempfile::Builder<'_, '_>, path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    let disk = |error: &std::io::Error| StateError::disk(path, error);
    let folder = path.parent().unwrap_or(Path::new("."));
    create_folder(folder)?;
    let mut file = builder.tempfile_in(folder).map_err(|error| disk(&error))?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(|error| disk(&error))?;
    file.persist(path).map_err(|error| disk(&error.error))?;
    sync_folder(folder)
}

/// Moves a file that is written and synchronised already.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), StateError> {
    let folder = to.parent().unwrap_or(Path::new("."));
    create_folder(folder)?;
    fs::rename(from, to).map_err(|error| StateError::disk(to, &error))?;
    sync_folder(folder)
}

/// Removes a file, durably; one that is not there is removed already.
pub(crate) fn remove(path: &Path) -> Result<(), StateError> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(path.parent().unwrap_or(Path::new("."))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StateError::disk(path, &error)),
    }
}

/// Copies a folder with those below it, if it is there.
fn copy_files(from: &Path, to: &Path) -> Result<(), StateError> {
    let entries = match fs::read_dir(from) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StateError::disk(from, &error)),
    };
    create_folder(to)?;
    for entry in entries {
        let path = entry.map_err(|error| StateError::disk(from, &error))?.path();
        let to = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_files(&path, &to)?;
        } else {
            fs::copy(&path, &to).map_err(|error| StateError::disk(&path, &error))?;
        }
    }
    Ok(())
}

/// Waits until a folder is on the disk with all below it.
pub(crate) fn sync_all(folder: &Path) -> Result<(), StateError> {
    let disk = |error: &std::io::Error| StateError::disk(folder, error);
    for entry in fs::read_dir(folder).map_err(|error| disk(&error))? {
        let path = entry.map_err(|error| disk(&error))?.path();
        if path.is_dir() {
            sync_all(&path)?;
        } else {
            File::open(&path).and_then(|file| file.sync_all()).map_err(|error| StateError::disk(&path, &error))?;
        }
    }
    sync_folder(folder)
}

pub(crate) fn create_folder(folder: &Path) -> Result<(), StateError> {
    fs::create_dir_all(folder).map_err(|error| StateError::disk(folder, &error))
}

/// A rename is durable once its folder is.
fn sync_folder(folder: &Path) -> Result<(), StateError> {
    // Windows opens no folder as a file; there a rename is durable by itself.
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| StateError::disk(folder, &error))?;
    }
    Ok(())
}

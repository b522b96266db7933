//! Compiled components on disk.
//!
//! Machine code from a file is as dangerous as a plugin: who writes it, runs it. So the folder belongs to this user alone,
//! every entry carries an HMAC under a key that lies in it, over the component's digest, the engine's configuration and
//! the code, and what does not fit is compiled again, never loaded.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::error::SandboxError;
use crate::reviewed::effective_user;

const KEY_FILE: &str = "key";
/// The block of SHA-256: a key of this length is used as it is.
const KEY_BYTES: usize = 64;
const TAG_BYTES: usize = 32;
/// No component that our limits let through compiles to more; stops a planted sparse file from filling the memory.
const MAX_ENTRY_BYTES: u64 = 1 << 30;

/// Machine code that may be run: compiled by this process, or proven to be an entry of our cache.
pub(crate) struct VerifiedCode {
    bytes: Vec<u8>,
    from: usize,
}

impl VerifiedCode {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.from..]
    }
}

/// The cache folder.
pub(crate) struct Cache {
    dir: PathBuf,
    key: [u8; KEY_BYTES],
    engine: [u8; 32],
}

impl Cache {
    /// Opens the folder, and makes it and its key if they are absent.
    pub(crate) fn open(dir: &Path, engine: [u8; 32]) -> Result<Self, SandboxError> {
        let refused = |reason: String| SandboxError::Cache { path: dir.display().to_string(), reason };
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| refused(error.to_string()))?;
        let metadata = fs::symlink_metadata(dir).map_err(|error| refused(error.to_string()))?;
        if !metadata.is_dir() {
            return Err(refused("it is not a folder".to_owned()));
        }
        if metadata.uid() != effective_user() {
            return Err(refused("it belongs to another user".to_owned()));
        }
        if metadata.mode() & 0o077 != 0 {
            fs::set_permissions(dir, Permissions::from_mode(0o700)).map_err(|error| refused(error.to_string()))?;
        }
        let key = key(dir).map_err(|error| refused(format!("its key cannot be used: {error}")))?;
        Ok(Self { dir: dir.to_owned(), key, engine })
    }

    /// The code of a component, if a sound entry is there.
    pub(crate) fn get(&self, component: &[u8; 32]) -> Option<VerifiedCode> {
        let path = self.path(component);
        match self.read(&path, component) {
            Ok(code) => code,
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "cached component is not usable; compiling again");
                None
            }
        }
    }

    fn read(&self, path: &Path, component: &[u8; 32]) -> io::Result<Option<VerifiedCode>> {
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.uid() != effective_user() || metadata.mode() & 0o022 != 0 {
            return Err(io::Error::other("it is not a file of ours"));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(MAX_ENTRY_BYTES)).unwrap_or_default());
        file.take(MAX_ENTRY_BYTES).read_to_end(&mut bytes)?;
        let Some((tag, code)) = bytes.split_at_checked(TAG_BYTES) else {
            return Err(io::Error::other("it is truncated"));
        };
        // Constant time, though nobody is there to measure: the library does it this way.
        if self.mac(component, code).verify_slice(tag).is_err() {
            return Err(io::Error::other("its integrity check fails"));
        }
        Ok(Some(VerifiedCode { bytes, from: TAG_BYTES }))
    }

    /// Keeps freshly compiled code, and hands it back as such. A failure to write costs a compilation later, no more.
    pub(crate) fn put(&self, component: &[u8; 32], code: Vec<u8>) -> VerifiedCode {
        if let Err(error) = self.write(component, &code) {
            tracing::warn!(dir = %self.dir.display(), %error, "compiled component could not be cached");
        }
        VerifiedCode { bytes: code, from: 0 }
    }

    fn write(&self, component: &[u8; 32], code: &[u8]) -> io::Result<()> {
        let path = self.path(component);
        let temporary = path.with_extension(partial());
        let written = (|| {
            let mut file = create_new(&temporary)?;
            file.write_all(&self.mac(component, code).finalize().into_bytes())?;
            file.write_all(code)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)
        })();
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// Every field has a fixed length but the last: no two inputs read the same.
    fn mac(&self, component: &[u8; 32], code: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.key.into());
        mac.update(component);
        mac.update(&self.engine);
        mac.update(code);
        mac
    }

    fn path(&self, component: &[u8; 32]) -> PathBuf {
        self.dir.join(format!("{}-{}.cwasm", hex::encode(component), hex::encode(&self.engine[..8])))
    }
}

/// An extension that no other writer has, be it a thread of this process or another process.
fn partial() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}.partial", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Reads the key of the folder, or makes it. Two processes that start together agree on whichever was linked first.
fn key(dir: &Path) -> io::Result<[u8; KEY_BYTES]> {
    let path = dir.join(KEY_FILE);
    for _ in 0..2 {
        match fs::read(&path) {
            Ok(bytes) => {
                if let Ok(key) = bytes.try_into() {
                    return Ok(key);
                }
                // A key of the wrong length proves nothing: all entries under it are recompiled.
                fs::remove_file(&path)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut key = [0; KEY_BYTES];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        let temporary = dir.join(KEY_FILE).with_extension(partial());
        // Left behind by a process of the same number that ended in between.
        let _ = fs::remove_file(&temporary);
        let mut file = create_new(&temporary)?;
        file.write_all(&key)?;
        file.sync_all()?;
        let linked = fs::hard_link(&temporary, &path);
        fs::remove_file(&temporary)?;
        match linked {
            Ok(()) => return Ok(key),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("it changes while it is read"))
}

/// SHA-256 of a component.
pub(crate) fn digest(component: &[u8]) -> [u8; 32] {
    Sha256::digest(component).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPONENT: [u8; 32] = [1; 32];
    const ENGINE: [u8; 32] = [2; 32];

    fn entry(dir: &Path) -> PathBuf {
        fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|extension| extension == "cwasm"))
            .unwrap()
    }

    fn get(dir: &Path, component: [u8; 32], engine: [u8; 32]) -> Option<Vec<u8>> {
        Cache::open(dir, engine).unwrap().get(&component).map(|code| code.as_bytes().to_vec())
    }

    fn filled() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path(), ENGINE).unwrap();
        assert_eq!(cache.put(&COMPONENT, b"code".to_vec()).as_bytes(), b"code");
        dir
    }

    #[test]
    fn all_who_open_a_new_folder_at_once_agree_on_its_key() {
        for _ in 0..20 {
            let dir = tempfile::tempdir().unwrap();
            let together = std::sync::Barrier::new(8);
            let open = || {
                together.wait();
                Cache::open(dir.path(), ENGINE).unwrap().key
            };
            let keys = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
            });
            assert!(keys.iter().all(|key| *key == keys[0]));
            let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(left, [KEY_FILE]);
        }
    }

    #[test]
    fn gives_back_what_was_put() {
        let dir = filled();
        assert_eq!(get(dir.path(), COMPONENT, ENGINE).unwrap(), b"code");
        assert_eq!(get(dir.path(), [9; 32], ENGINE), None);
        assert_eq!(get(dir.path(), COMPONENT, [9; 32]), None);
    }

    #[test]
    fn a_flipped_bit_anywhere_is_noticed() {
        let dir = filled();
        let path = entry(dir.path());
        let sound = fs::read(&path).unwrap();
        for at in 0..sound.len() {
            let mut flipped = sound.clone();
            flipped[at] ^= 1;
            fs::write(&path, flipped).unwrap();
            assert_eq!(get(dir.path(), COMPONENT, ENGINE), None, "byte {at}");
        }
        fs::write(&path, &sound[..10]).unwrap();
        assert_eq!(get(dir.path(), COMPONENT, ENGINE), None);
        fs::write(&path, &sound).unwrap();
        assert_eq!(get(dir.path(), COMPONENT, ENGINE).unwrap(), b"code");
    }

    #[test]
    fn an_entry_moved_to_another_component_or_engine_is_noticed() {
        let dir = filled();
        for (component, engine) in [([9; 32], ENGINE), (COMPONENT, [9; 32])] {
            let other = Cache::open(dir.path(), engine).unwrap().path(&component);
            fs::copy(entry(dir.path()), &other).unwrap();
            assert_eq!(get(dir.path(), component, engine), None);
            fs::remove_file(other).unwrap();
        }
    }

    #[test]
    fn an_entry_of_another_folder_is_noticed() {
        let (ours, theirs) = (filled(), filled());
        fs::copy(entry(theirs.path()), entry(ours.path())).unwrap();
        assert_eq!(get(ours.path(), COMPONENT, ENGINE), None);
    }

    #[test]
    fn a_link_or_a_file_that_others_may_write_is_not_followed() {
        let dir = filled();
        let path = entry(dir.path());
        fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        assert_eq!(get(dir.path(), COMPONENT, ENGINE), None);
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let elsewhere = dir.path().join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert_eq!(get(dir.path(), COMPONENT, ENGINE), None);
    }

    #[test]
    fn the_folder_is_ours_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        Cache::open(dir.path(), ENGINE).unwrap();
        assert_eq!(fs::metadata(dir.path()).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(dir.path().join(KEY_FILE)).unwrap().mode() & 0o777, 0o600);

        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(Cache::open(&file, ENGINE).is_err());
    }
}

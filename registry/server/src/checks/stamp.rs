//! Whether files have changed since they were read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use adx_signing::digest::{Digest, Hasher};

/// Folders in folders that are looked into. Stops a link that leads back.
const MAX_DEPTH: usize = 4;

/// What a set of files looks like from outside: two that are equal have the same content, unless somebody took pains.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Stamp(Vec<(PathBuf, u64, Option<SystemTime>)>);

impl Stamp {
    /// Every file at `path`, or below it, whose name `is_wanted`. Costs a call of `stat` for each.
    ///
    /// # Errors
    /// When `path` or a folder below it cannot be read.
    pub(super) fn of(path: &Path, is_wanted: fn(&Path) -> bool) -> io::Result<Self> {
        let mut found = Vec::new();
        let metadata = fs::metadata(path)?;
        if metadata.is_dir() {
            walk(path, is_wanted, MAX_DEPTH, &mut found)?;
        } else {
            found.push((path.to_owned(), metadata.len(), metadata.modified().ok()));
        }
        found.sort();
        Ok(Self(found))
    }

    /// The digest of the files: of what they are called below `root`, and of all that is in them.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub(super) fn digest(&self, root: &Path) -> io::Result<Digest> {
        let mut all = Hasher::new();
        for path in self.paths() {
            let mut file = Hasher::new();
            io::copy(&mut fs::File::open(path)?, &mut file)?;
            let name = path.strip_prefix(root).unwrap_or(path);
            all.update(Digest::of(name.as_os_str().as_encoded_bytes()).as_bytes());
            all.update(file.finish().as_bytes());
        }
        Ok(all.finish())
    }

    /// The files, in the order of their names.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(|(path, _, _)| path.as_path())
    }
}

fn walk(
    folder: &Path,
    is_wanted: fn(&Path) -> bool,
    depth: usize,
    found: &mut Vec<(PathBuf, u64, Option<SystemTime>)>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let metadata = fs::metadata(&path)?;
        if metadata.is_dir() {
            if depth > 0 {
                walk(&path, is_wanted, depth - 1, found)?;
            }
        } else if is_wanted(&path) {
            found.push((path, metadata.len(), metadata.modified().ok()));
        }
    }
    Ok(())
}

/// Whether a name ends in one of the extensions.
pub(super) fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| extensions.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

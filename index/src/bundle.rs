//! Reading a bundle: one file with what a registry serves of some releases, carried to where there is no network. A tar of regular
//! files in one zstd frame, as a package is; here what is within the form, in `adx-trust` what it means.
//!
//! Whoever reads one reads hostile bytes.

use std::{
    collections::BTreeSet,
    io::{self, Read},
};

use tar::{Archive, EntryType};

use crate::limits::{MAX_PACKAGE_BYTES, MAX_WINDOW_LOG, MIB};

/// Bytes of a bundle after decompression. Stops a bomb from filling the disk.
pub const MAX_UNPACKED_BYTES: u64 = 8 * 1024 * MIB;
/// Files of a bundle: the tiles of some ten million leaves. Stops empty files by the million.
pub const MAX_FILES: usize = 100_000;
/// Bytes of a path; a header of the oldest kind holds as many.
pub const MAX_PATH_BYTES: usize = 100;
/// The folders that a registry serves.
pub const FOLDERS: [&str; 4] = ["index/", "log/", "packages/", "tuf/"];

/// Why bytes are no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not a bundle, or damaged.
    #[error("this is not a bundle, or it is damaged ({0}): make it again with `adx bundle`")]
    Malformed(String),
    /// An entry that no bundle has.
    #[error("the bundle's entry `{entry}` is {what}: it is damaged or hostile")]
    Entry {
        /// The entry.
        entry: String,
        /// What it is.
        what: &'static str,
    },
    /// More than [`MAX_FILES`] or [`MAX_UNPACKED_BYTES`].
    #[error("the bundle has more than {MAX_FILES} files or {MAX_UNPACKED_BYTES} bytes: select fewer modules")]
    TooLarge,
}

/// Reads a bundle, each of its files by path, length in bytes and content. What `take` leaves unread is skipped.
///
/// # Errors
/// [`Unreadable`] for what no bundle is, before what it would cost is spent, and whatever `take` refuses.
pub fn read<E: From<Unreadable>>(
    bytes: impl Read,
    mut take: impl FnMut(&str, u64, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    let malformed = |error: io::Error| Unreadable::Malformed(error.to_string());
    let mut decoder = zstd::stream::read::Decoder::new(bytes).map_err(malformed)?.single_frame();
    decoder.window_log_max(MAX_WINDOW_LOG).map_err(malformed)?;
    // Raw: what an extension says of the next entry is an entry here, and refused as one.
    let mut archive = Archive::new(decoder.take(MAX_UNPACKED_BYTES));
    let (mut paths, mut total) = (BTreeSet::new(), 0);
    for entry in archive.entries().map_err(malformed)?.raw(true) {
        let mut entry = entry.map_err(malformed)?;
        let bytes = entry.path_bytes();
        let refused = |what| Unreadable::Entry { entry: bytes.escape_ascii().to_string(), what };
        let path = std::str::from_utf8(&bytes).map_err(|_| refused("not text"))?.to_owned();
        if entry.header().entry_type() != EntryType::Regular {
            return Err(refused("not a regular file").into());
        }
        check_path(&path)?;
        let length = entry.size();
        if length > MAX_PACKAGE_BYTES {
            return Err(refused("larger than any file of a registry").into());
        }
        total += length;
        if paths.len() == MAX_FILES || total > MAX_UNPACKED_BYTES {
            return Err(Unreadable::TooLarge.into());
        }
        if is_there(&paths, &path) {
            return Err(refused("there twice").into());
        }
        take(&path, length, &mut entry)?;
        paths.insert(path);
    }
    if paths.is_empty() { Err(Unreadable::Malformed("it is empty".to_owned()).into()) } else { Ok(()) }
}

/// Whether a path is taken, as a file, or as a folder where the other is a file.
fn is_there(paths: &BTreeSet<String>, path: &str) -> bool {
    let below = format!("{path}/");
    paths.contains(path)
        || paths.range(below.clone()..).next().is_some_and(|next| next.starts_with(&below))
        || path.match_indices('/').any(|(end, _)| paths.contains(&path[..end]))
}

/// Refuses every path that a registry does not serve: absolute ones, `..`, hidden and odd names.
///
/// # Errors
/// [`Unreadable::Entry`].
pub fn check_path(path: &str) -> Result<(), Unreadable> {
    let refused = |what| Err(Unreadable::Entry { entry: path.escape_debug().to_string(), what });
    if path.len() > MAX_PATH_BYTES || !FOLDERS.iter().any(|folder| path.starts_with(folder)) {
        return refused("not in a folder that a registry serves");
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let sound = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(allowed);
    if path.split('/').all(sound) { Ok(()) } else { refused("a path that no registry has") }
}

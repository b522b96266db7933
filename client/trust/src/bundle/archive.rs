//! The tar in its zstd frame. Whoever reads one reads hostile bytes.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
};

use adx_index::limits::{MAX_PACKAGE_BYTES, MAX_WINDOW_LOG, MIB};
use tar::{Archive, EntryType, Header};

/// Bytes of a bundle after decompression. Stops a bomb from filling the disk.
const MAX_UNPACKED_BYTES: u64 = 8 * 1024 * MIB;
/// Files of a bundle: the tiles of some ten million leaves. Stops empty files by the million.
const MAX_FILES: usize = 100_000;
/// Bytes of a path; a header of the oldest kind holds as many.
const MAX_PATH_BYTES: usize = 100;
/// The folders that a registry serves.
const FOLDERS: [&str; 4] = ["index/", "log/", "packages/", "tuf/"];
/// As that of packages: another level gives other bytes.
const LEVEL: i32 = 12;

/// Why a bundle cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
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
    /// A file could not be read or written.
    #[error("{path}: {why}")]
    Disk {
        /// The file.
        path: String,
        /// What the system said.
        why: String,
    },
}

impl ArchiveError {
    pub(super) fn disk(path: &Path, error: &io::Error) -> Self {
        Self::Disk { path: path.display().to_string(), why: error.to_string() }
    }
}

/// Where the bytes of an entry are.
pub(super) enum Content {
    Memory(Vec<u8>),
    File(PathBuf),
}

/// Writes a bundle of files by their paths.
pub(super) fn pack(files: &BTreeMap<String, Content>, out: &Path) -> Result<u64, ArchiveError> {
    let disk = |error: &io::Error| ArchiveError::disk(out, error);
    if files.len() > MAX_FILES {
        return Err(ArchiveError::TooLarge);
    }
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = crate::state::public().tempfile_in(folder).map_err(|error| disk(&error))?;
    let mut encoder = zstd::stream::write::Encoder::new(&mut file, LEVEL)
        .and_then(|mut encoder| {
            encoder.include_checksum(true)?;
            encoder.include_contentsize(false)?;
            Ok(encoder)
        })
        .map_err(|error| disk(&error))?;
    let mut total = 0;
    for (path, content) in files {
        check_path(path)?;
        let length = match content {
            Content::Memory(bytes) => bytes.len() as u64,
            Content::File(path) => fs::metadata(path).map_err(|error| ArchiveError::disk(path, &error))?.len(),
        };
        total += 512 + length.next_multiple_of(512);
        if total > MAX_UNPACKED_BYTES {
            return Err(ArchiveError::TooLarge);
        }
        encoder.write_all(header(path, length).as_bytes()).map_err(|error| disk(&error))?;
        match content {
            Content::Memory(bytes) => encoder.write_all(bytes).map_err(|error| disk(&error))?,
            Content::File(path) => {
                let content = File::open(path).map_err(|error| ArchiveError::disk(path, &error))?;
                io::copy(&mut BufReader::new(content).take(length), &mut encoder).map_err(|error| disk(&error))?;
            }
        }
        let padding = length.next_multiple_of(512) - length;
        io::copy(&mut io::repeat(0).take(padding), &mut encoder).map_err(|error| disk(&error))?;
    }
    io::copy(&mut io::repeat(0).take(1024), &mut encoder).map_err(|error| disk(&error))?;
    encoder.finish().map_err(|error| disk(&error))?;
    file.as_file().sync_all().map_err(|error| disk(&error))?;
    let written = file.as_file().metadata().map_err(|error| disk(&error))?.len();
    file.persist(out).map_err(|error| disk(&error.error))?;
    Ok(written)
}

/// The one header of a file of this path and length.
fn header(path: &str, length: u64) -> Header {
    let mut header = Header::new_ustar();
    if let Some(ustar) = header.as_ustar_mut() {
        ustar.name[..path.len()].copy_from_slice(path.as_bytes());
    }
    header.set_entry_type(EntryType::Regular);
    header.set_size(length);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_cksum();
    header
}

/// Unpacks a bundle into an empty folder.
pub(super) fn unpack(bytes: impl Read, folder: &Path) -> Result<(), ArchiveError> {
    let malformed = |error: io::Error| ArchiveError::Malformed(error.to_string());
    let mut decoder = zstd::stream::read::Decoder::new(bytes).map_err(malformed)?.single_frame();
    decoder.window_log_max(MAX_WINDOW_LOG).map_err(malformed)?;
    // Raw: what an extension says of the next entry is an entry here, and refused as one.
    let mut archive = Archive::new(decoder.take(MAX_UNPACKED_BYTES));
    let (mut count, mut total) = (0, 0);
    for entry in archive.entries().map_err(malformed)?.raw(true) {
        let mut entry = entry.map_err(malformed)?;
        let bytes = entry.path_bytes();
        let shown = || bytes.escape_ascii().to_string();
        let path = std::str::from_utf8(&bytes).map_err(|_| ArchiveError::Entry { entry: shown(), what: "not text" })?;
        let path = path.to_owned();
        if entry.header().entry_type() != EntryType::Regular {
            return Err(ArchiveError::Entry { entry: shown(), what: "not a regular file" });
        }
        check_path(&path)?;
        let length = entry.size();
        if length > MAX_PACKAGE_BYTES {
            return Err(ArchiveError::Entry { entry: path, what: "larger than any file of a registry" });
        }
        count += 1;
        total += length;
        if count > MAX_FILES || total > MAX_UNPACKED_BYTES {
            return Err(ArchiveError::TooLarge);
        }
        let target = folder.join(&path);
        let parent = target.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| ArchiveError::disk(parent, &error))?;
        let mut file = match File::create_new(&target) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(ArchiveError::Entry { entry: path, what: "there twice" });
            }
            Err(error) => return Err(ArchiveError::disk(&target, &error)),
        };
        let copied = io::copy(&mut entry, &mut file).map_err(malformed)?;
        if copied != length {
            return Err(ArchiveError::Malformed(format!("`{path}` ends early")));
        }
    }
    if count == 0 { Err(ArchiveError::Malformed("it is empty".to_owned())) } else { Ok(()) }
}

/// Refuses every path that a registry does not serve: absolute ones, `..`, hidden and odd names.
fn check_path(path: &str) -> Result<(), ArchiveError> {
    let refused = |what| Err(ArchiveError::Entry { entry: path.escape_debug().to_string(), what });
    if path.len() > MAX_PATH_BYTES || !FOLDERS.iter().any(|folder| path.starts_with(folder)) {
        return refused("not in a folder that a registry serves");
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let sound = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(allowed);
    if path.split('/').all(sound) { Ok(()) } else { refused("a path that no registry has") }
}

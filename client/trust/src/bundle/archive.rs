//! The tar in its zstd frame, written and unpacked.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
};

use adx_index::bundle::{MAX_FILES, MAX_UNPACKED_BYTES, Unreadable, check_path, read};
use tar::{EntryType, Header};

/// As that of packages: another level gives other bytes.
const LEVEL: i32 = 12;

/// Why a bundle cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// Not a bundle, damaged, or too large.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
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
        return Err(Unreadable::TooLarge.into());
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
            return Err(Unreadable::TooLarge.into());
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
    read(bytes, |path, length, content| {
        let target = folder.join(path);
        let parent = target.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| ArchiveError::disk(parent, &error))?;
        let mut file = File::create_new(&target).map_err(|error| ArchiveError::disk(&target, &error))?;
        let malformed = |why: String| ArchiveError::Unreadable(Unreadable::Malformed(why));
        let copied = io::copy(content, &mut file).map_err(|error| malformed(error.to_string()))?;
        if copied == length { Ok(()) } else { Err(malformed(format!("`{path}` ends early"))) }
    })
}

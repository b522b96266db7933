//! From files to bytes, always the same.

use std::{collections::BTreeMap, io::Write as _};

use tar::{EntryType, Header};

use super::{PackageError, PackagePath};
use crate::limits::{MAX_ENTRIES, MAX_ENTRY_BYTES, MAX_UNPACKED_BYTES};

/// The level of compression. Part of the format's determinism: another level gives other bytes.
/// Its window of 4 MiB stays within [`MAX_WINDOW_LOG`](crate::limits::MAX_WINDOW_LOG).
const LEVEL: i32 = 12;
/// Two blocks of zeros close a tar archive.
const CLOSING: [u8; 1024] = [0; 1024];

/// The package's bytes. No time, owner, machine or order goes into them: the map is sorted, the
/// headers are constant but for name and size, and zstd runs on one thread with fixed parameters.
pub(super) fn archive(files: &BTreeMap<PackagePath, Vec<u8>>) -> Result<Vec<u8>, PackageError> {
    check_caps(files)?;
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), LEVEL)
        .and_then(|mut encoder| {
            encoder.include_checksum(true)?;
            encoder.include_contentsize(false)?;
            Ok(encoder)
        })
        .map_err(PackageError::Io)?;
    for (path, content) in files {
        encoder
            .write_all(header(path, content.len() as u64).as_bytes())
            .and_then(|()| encoder.write_all(content))
            .and_then(|()| encoder.write_all(&CLOSING[..content.len().next_multiple_of(512) - content.len()]))
            .map_err(PackageError::Io)?;
    }
    encoder.write_all(&CLOSING).and_then(|()| encoder.finish()).map_err(PackageError::Io)
}

/// Refuses early what reading would refuse late.
fn check_caps(files: &BTreeMap<PackagePath, Vec<u8>>) -> Result<(), PackageError> {
    if files.len() > MAX_ENTRIES {
        return Err(PackageError::TooManyEntries);
    }
    let mut total = CLOSING.len() as u64;
    for (path, content) in files {
        let size_bytes = content.len() as u64;
        if size_bytes > MAX_ENTRY_BYTES {
            return Err(PackageError::EntryTooLarge {
                entry: path.to_string(),
                size_bytes,
                cap_bytes: MAX_ENTRY_BYTES,
            });
        }
        total += 512 + size_bytes.next_multiple_of(512);
    }
    if total > MAX_UNPACKED_BYTES {
        return Err(PackageError::UnpackedTooLarge);
    }
    Ok(())
}

/// The one header of a file of this name and size.
pub(super) fn header(path: &PackagePath, size: u64) -> Header {
    let mut header = Header::new_ustar();
    let (prefix, name) = path.ustar_fields();
    if let Some(ustar) = header.as_ustar_mut() {
        ustar.prefix[..prefix.len()].copy_from_slice(prefix.as_bytes());
        ustar.name[..name.len()].copy_from_slice(name.as_bytes());
    }
    header.set_entry_type(EntryType::Regular);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_cksum();
    header
}

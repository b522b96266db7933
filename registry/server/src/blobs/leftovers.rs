//! What an interrupted write leaves in a folder.
//!
//! `object_store` writes `name#1` beside `name` and renames it when it is on disk. Its listing passes such files over, so
//! after a crash they would stay for ever: this finds and removes them.

use std::fs::{self, DirEntry};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::SystemTime;

use time::OffsetDateTime;

/// How many staged files were last written before `before`; with `remove` they are gone then.
pub(super) fn sweep(folder: &Path, before: OffsetDateTime, remove: bool) -> io::Result<u64> {
    let mut found = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() && is_staged(&entry) && is_older(&entry, before)? {
                match if remove { fs::remove_file(entry.path()) } else { Ok(()) } {
                    Ok(()) => found += 1,
                    // Renamed or removed meanwhile: it is no leftover.
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
    Ok(found)
}

/// `name#1`: the number sign is never part of a key of ours.
fn is_staged(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let number = name.to_str().and_then(|name| name.rsplit_once('#')).map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_older(entry: &DirEntry, before: OffsetDateTime) -> io::Result<bool> {
    match entry.metadata() {
        Ok(metadata) => Ok(metadata.modified()? < SystemTime::from(before)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

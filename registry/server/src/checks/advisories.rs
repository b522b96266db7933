//! The check `advisories`: reads the database that the core looks packages up in.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use adx_registry_core::checks::advisories::{Database, MAX_RECORD_BYTES, look_up};
use adx_registry_core::checks::{Check, CheckBroke, Finding, Subject};
use adx_signing::digest::Digest;
use anyhow::{Context as _, bail};

use super::stamp::{Stamp, has_extension};

pub(super) use adx_registry_core::checks::advisories::NAME;

/// Advisories in files.
pub(super) struct Advisories {
    path: PathBuf,
    held: Mutex<Held>,
}

struct Held {
    stamp: Stamp,
    digest: Digest,
    database: Arc<Database>,
}

impl Advisories {
    /// Reads the database.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        Ok(Self { path: path.to_owned(), held: Mutex::new(read(path)?) })
    }

    /// The database as it is on disk now, or something of it. Readers of the same change wait for the one who reads it.
    fn now<T>(&self, take: impl FnOnce(&Held) -> T) -> Result<T, CheckBroke> {
        let look = || {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            if Stamp::of(&self.path, is_wanted)? != held.stamp {
                *held = read(&self.path)?;
            }
            anyhow::Ok(take(&held))
        };
        look().map_err(|error| {
            CheckBroke::new(NAME, format!("the database at {} cannot be read: {error:#}", self.path.display()))
        })
    }
}

impl Check for Advisories {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_run_again(&self) -> bool {
        true
    }

    fn held_against(&self) -> Result<Option<Digest>, CheckBroke> {
        self.now(|held| Some(held.digest))
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let database = self.now(|held| Arc::clone(&held.database))?;
        Ok(look_up(subject.package, &database))
    }
}

fn is_wanted(path: &Path) -> bool {
    has_extension(path, &["json", "zip"])
}

fn read(path: &Path) -> anyhow::Result<Held> {
    let stamp = Stamp::of(path, is_wanted)?;
    let digest = stamp.digest(path)?;
    let mut database = Database::default();
    for file in stamp.paths() {
        let at = || file.display().to_string();
        if has_extension(file, &["zip"]) {
            add_zip(file, &mut database).with_context(at)?;
        } else {
            add(File::open(file).with_context(at)?, fs::metadata(file)?.len(), &mut database).with_context(at)?;
        }
    }
    if database.is_empty() {
        bail!("no record of OSV is in it: put an export of osv.dev there, such as its all.zip of crates.io");
    }
    tracing::info!(records = database.len(), "advisories read");
    Ok(Held { stamp, digest, database: Arc::new(database) })
}

fn add_zip(path: &Path, database: &mut Database) -> anyhow::Result<()> {
    let mut archive = zip::ZipArchive::new(File::open(path)?)?;
    for index in 0..archive.len() {
        let entry = archive.by_index(index)?;
        let name = entry.name()?.into_owned();
        if entry.is_file() && has_extension(Path::new(&name), &["json"]) {
            let size_bytes = entry.size();
            add(entry, size_bytes, database).with_context(|| name.escape_debug().to_string())?;
        }
    }
    Ok(())
}

fn add(source: impl std::io::Read, size_bytes: u64, database: &mut Database) -> anyhow::Result<()> {
    if size_bytes > MAX_RECORD_BYTES {
        bail!("it has {size_bytes} bytes, and a record has {MAX_RECORD_BYTES} at most");
    }
    let mut json = Vec::new();
    source.take(MAX_RECORD_BYTES + 1).read_to_end(&mut json)?;
    if json.len() as u64 > MAX_RECORD_BYTES {
        bail!("a record has {MAX_RECORD_BYTES} bytes at most");
    }
    Ok(database.add(&json)?)
}

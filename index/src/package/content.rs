//! What the files of a package must be to make sense together.

use std::collections::{BTreeMap, btree_map::Entry};

use super::{CHANGELOG, COMPONENT, CONFIG_SCHEMA, MANIFEST, PackageError, PackagePath, README, SBOM};
use crate::{
    limits::{MAX_CONFIG_SCHEMA_BYTES, MAX_MANIFEST_BYTES},
    manifest::Manifest,
};

const MIGRATIONS: &str = "migrations/";

/// One step of a module's database schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Its number, from the four digits of its file names.
    pub number: u32,
    /// Its name, from the same.
    pub name: String,
    /// The SQL that takes the step.
    pub up: String,
    /// The SQL that takes it back.
    pub down: String,
}

/// Checks all files, and returns the manifest with its text.
pub(super) fn check(files: &BTreeMap<PackagePath, Vec<u8>>) -> Result<(Manifest, String), PackageError> {
    let bytes = files.get(MANIFEST).ok_or(PackageError::MissingManifest)?;
    if !files.contains_key(COMPONENT) {
        return Err(PackageError::MissingComponent);
    }
    check_size(MANIFEST, bytes, MAX_MANIFEST_BYTES)?;
    let manifest_text = text(MANIFEST, bytes)?;
    let manifest = Manifest::parse(manifest_text)?;
    for path in [README, CHANGELOG, "LICENSE"] {
        if let Some(bytes) = files.get(path) {
            text(path, bytes)?;
        }
    }
    if let Some(bytes) = files.get(CONFIG_SCHEMA) {
        check_size(CONFIG_SCHEMA, bytes, MAX_CONFIG_SCHEMA_BYTES)?;
        // As a tree, as it is used: what only skims would pass nesting and numbers that no tree holds.
        check_json::<serde_json::Value>(CONFIG_SCHEMA, bytes)?;
    }
    if let Some(bytes) = files.get(SBOM) {
        check_json::<serde::de::IgnoredAny>(SBOM, bytes)?;
    }
    migrations(files)?;
    check_references(&manifest, files)?;
    Ok((manifest, manifest_text.to_owned()))
}

fn check_size(path: &str, bytes: &[u8], cap_bytes: u64) -> Result<(), PackageError> {
    let size_bytes = bytes.len() as u64;
    if size_bytes > cap_bytes {
        return Err(PackageError::EntryTooLarge { entry: path.to_owned(), size_bytes, cap_bytes });
    }
    Ok(())
}

fn check_json<T: serde::de::DeserializeOwned>(path: &str, bytes: &[u8]) -> Result<(), PackageError> {
    serde_json::from_slice::<T>(bytes)
        .map(drop)
        .map_err(|error| PackageError::NotJson { entry: path.to_owned(), reason: error.to_string() })
}

fn check_references(manifest: &Manifest, files: &BTreeMap<PackagePath, Vec<u8>>) -> Result<(), PackageError> {
    let entry = manifest.frontend.iter().map(|frontend| ("module.frontend.entry", &frontend.entry));
    let screenshots = manifest.marketplace.screenshots.iter().map(|path| ("module.marketplace.screenshots", path));
    let localised = manifest.marketplace.localised.iter().flat_map(|localised| {
        let readme = localised.readme.iter().map(|path| ("module.marketplace.localised.readme", path));
        readme.chain(localised.changelog.iter().map(|path| ("module.marketplace.localised.changelog", path)))
    });
    for (_, path) in localised.clone() {
        // Whether it is there is settled below.
        if let Some(bytes) = files.get(path) {
            text(path.as_str(), bytes)?;
        }
    }
    match entry.chain(screenshots).chain(localised).find(|(_, path)| !files.contains_key(*path)) {
        None => Ok(()),
        Some((key, path)) => Err(PackageError::MissingFile { key, entry: path.to_string() }),
    }
}

/// The two halves of a migration while they are being collected.
#[derive(Default)]
struct Halves {
    name: String,
    up: Option<String>,
    down: Option<String>,
}

/// The migrations in the order of their numbers.
pub(super) fn migrations(files: &BTreeMap<PackagePath, Vec<u8>>) -> Result<Vec<Migration>, PackageError> {
    let mut found: BTreeMap<u32, Halves> = BTreeMap::new();
    for (path, bytes) in files {
        let Some(file) = path.as_str().strip_prefix(MIGRATIONS) else {
            continue;
        };
        let (number, name, is_up) =
            file_name(file).ok_or_else(|| PackageError::MigrationName { entry: path.to_string() })?;
        let sql = text(path.as_str(), bytes)?.to_owned();
        let halves = match found.entry(number) {
            Entry::Occupied(seen) if seen.get().name != name => {
                let other = &seen.get().name;
                return Err(PackageError::MigrationNumber {
                    entry: path.to_string(),
                    other: format!("{MIGRATIONS}{number:04}_{other}"),
                });
            }
            Entry::Occupied(seen) => seen.into_mut(),
            Entry::Vacant(free) => free.insert(Halves { name: name.to_owned(), ..Halves::default() }),
        };
        *(if is_up { &mut halves.up } else { &mut halves.down }) = Some(sql);
    }
    found
        .into_iter()
        .map(|(number, halves)| {
            let file = |half| format!("{MIGRATIONS}{number:04}_{}.{half}.sql", halves.name);
            match (halves.up, halves.down) {
                (Some(up), Some(down)) => Ok(Migration { number, name: halves.name, up, down }),
                (Some(_), None) => Err(PackageError::MigrationHalf { entry: file("up"), missing: file("down") }),
                (None, _) => Err(PackageError::MigrationHalf { entry: file("down"), missing: file("up") }),
            }
        })
        .collect()
}

/// The parts of `NNNN_name.up.sql`, with whether it is the up.
fn file_name(file: &str) -> Option<(u32, &str, bool)> {
    let (digits, rest) = file.split_at_checked(4)?;
    let rest = rest.strip_prefix('_')?;
    let (name, is_up) = match rest.strip_suffix(".up.sql") {
        Some(name) => (name, true),
        None => (rest.strip_suffix(".down.sql")?, false),
    };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty() || !name.bytes().all(plain) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((digits.parse().ok()?, name, is_up))
}

/// A text. The character NUL is none: databases and terminals do not take it.
fn text<'bytes>(path: &str, bytes: &'bytes [u8]) -> Result<&'bytes str, PackageError> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    text.ok_or_else(|| PackageError::NotText { entry: path.to_owned() })
}

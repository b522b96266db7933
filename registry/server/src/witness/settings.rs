//! `witness.toml`: what a witness is called and which logs it watches.

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use adx_signing::log::{KeyName, VerifierKey, note::NoteAlgorithm};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

/// The file's name, in the witness's folder.
pub const SETTINGS_FILE: &str = "witness.toml";

/// Why the settings cannot be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file cannot be read or written.
    #[error("`{}` cannot be read or written", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Not TOML of its form.
    #[error("`{}` cannot be used: {reason}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What the parser said, with its line.
        reason: String,
    },
    /// A key that cannot sign checkpoints.
    #[error("`{0}` is a witness's key, not one of a log")]
    NotALog(KeyName),
    /// A log's key under another name, or a log listed twice.
    #[error("`{file}`: the log `{origin}` {reason}", file = file.display())]
    Log {
        /// The file.
        file: PathBuf,
        /// The log.
        origin: KeyName,
        /// What is wrong.
        reason: &'static str,
    },
    /// A key that is there already.
    #[error("the log `{0}` is watched with this key already")]
    Present(KeyName),
}

/// The content of `witness.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The witness's name, its address without the scheme.
    pub name: KeyName,
    /// Where to listen.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// What a caller may ask for.
    #[serde(default)]
    pub limits: Limits,
    /// The logs watched; a witness cosigns no other.
    #[serde(default)]
    pub logs: Vec<Log>,
}

/// What a caller may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests each caller may make a second in the long run; 0 = no limit.
    pub requests_per_second: u32,
    /// Requests each caller may make at once on top of that.
    pub burst: u32,
    /// Believe `X-Forwarded-For` when telling callers apart. Only behind a proxy that sets it.
    pub behind_proxy: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests_per_second: 20, burst: 100, behind_proxy: false }
    }
}

/// A log that is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Its origin.
    pub origin: KeyName,
    /// Its keys.
    pub keys: Vec<VerifierKey>,
}

fn default_listen() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 8790))
}

impl Settings {
    /// Those of a new witness.
    pub fn new(name: KeyName) -> Self {
        Self { name, listen: default_listen(), limits: Limits::default(), logs: Vec::new() }
    }

    /// Reads the file in a witness's folder.
    ///
    /// # Errors
    /// [`SettingsError`]
    pub fn read(folder: &Path) -> Result<Self, SettingsError> {
        let file = folder.join(SETTINGS_FILE);
        let text = read(&file)?;
        let settings: Self = toml::from_str(&text)
            .map_err(|error| SettingsError::Malformed { file: file.clone(), reason: error.to_string() })?;
        for (index, log) in settings.logs.iter().enumerate() {
            let wrong = |reason| SettingsError::Log { file: file.clone(), origin: log.origin.clone(), reason };
            if settings.logs[..index].iter().any(|other| other.origin == log.origin) {
                return Err(wrong("is listed twice"));
            }
            for key in &log.keys {
                if key.name != log.origin {
                    return Err(wrong("has a key of another name"));
                }
                check_kind(key)?;
            }
        }
        Ok(settings)
    }

    /// Writes the file of a new witness.
    ///
    /// # Errors
    /// [`SettingsError::Io`], also where there is one already.
    pub fn write_new(&self, folder: &Path) -> Result<(), SettingsError> {
        use std::io::Write as _;

        let file = folder.join(SETTINGS_FILE);
        let text = toml::to_string(self)
            .map_err(|error| SettingsError::Malformed { file: file.clone(), reason: error.to_string() })?;
        let written = fs::File::create_new(&file).and_then(|mut created| created.write_all(text.as_bytes()));
        written.map_err(|source| SettingsError::Io { file, source })
    }

    /// The keys of a log, none if it is not watched.
    pub fn keys(&self, origin: &KeyName) -> Option<&[VerifierKey]> {
        self.logs.iter().find(|log| log.origin == *origin).map(|log| log.keys.as_slice())
    }
}

/// Adds a log, or another key of one that is watched, to the file; comments in it stay.
///
/// # Errors
/// [`SettingsError`]
pub fn add_log(folder: &Path, key: &VerifierKey) -> Result<(), SettingsError> {
    check_kind(key)?;
    let settings = Settings::read(folder)?;
    if settings.keys(&key.name).is_some_and(|keys| keys.contains(key)) {
        return Err(SettingsError::Present(key.name.clone()));
    }
    let file = folder.join(SETTINGS_FILE);
    let malformed = |reason: String| SettingsError::Malformed { file: file.clone(), reason };
    let mut document: DocumentMut =
        read(&file)?.parse().map_err(|error: toml_edit::TomlError| malformed(error.to_string()))?;
    // A witness without logs was written as `logs = []`.
    let logs = document.entry("logs").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    if logs.as_array().is_some_and(toml_edit::Array::is_empty) {
        *logs = Item::ArrayOfTables(ArrayOfTables::new());
    }
    let logs = logs.as_array_of_tables_mut().ok_or_else(|| malformed("write logs as [[logs]]".to_owned()))?;
    let origin = key.name.as_str();
    let present = logs.iter_mut().find(|log| log.get("origin").and_then(Item::as_str) == Some(origin));
    if let Some(keys) = present.and_then(|log| log.get_mut("keys")).and_then(Item::as_array_mut) {
        keys.push(key.to_string());
    } else {
        let mut log = Table::new();
        log["origin"] = value(origin);
        log["keys"] = value(toml_edit::Array::from_iter([key.to_string()]));
        logs.push(log);
    }
    write_beside(&file, &document.to_string()).map_err(|source| SettingsError::Io { file, source })
}

fn write_beside(file: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;

    let folder = file.parent().unwrap_or(Path::new("."));
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    beside.write_all(text.as_bytes())?;
    beside.as_file().sync_all()?;
    beside.persist(file).map(drop).map_err(|error| error.error)
}

fn check_kind(key: &VerifierKey) -> Result<(), SettingsError> {
    match key.algorithm {
        NoteAlgorithm::Ed25519 => Ok(()),
        NoteAlgorithm::CosignatureV1 => Err(SettingsError::NotALog(key.name.clone())),
    }
}

fn read(file: &Path) -> Result<String, SettingsError> {
    fs::read_to_string(file).map_err(|source| SettingsError::Io { file: file.to_owned(), source })
}

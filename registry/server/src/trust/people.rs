//! By what names people know each other's keys: those of the files `NAME.pub.pem` that lie in the carried folder. Nobody signs
//! them; what counts is a key's id, which is computed from the key in the file.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use adx_signing::{KeyId, PublicKey, key::MAX_PEM_BYTES, tuf::reason::is_plain};

use super::{
    carried::{Carried, CarriedError, entries},
    files,
};

/// What the file of a public half ends with, as `trust new-key` writes it.
const PUBLIC_SUFFIX: &str = ".pub.pem";
/// Longest name kept and shown, in characters: a name shall not fill the screen of whoever signs.
const MAX_NAME_CHARS: usize = 40;
/// How many digits of its id tell a key from another one of the same name.
const ID_DIGITS: usize = 8;

/// The names that a folder knows.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct People(BTreeMap<KeyId, String>);

impl People {
    /// Reads the names; a file that holds no public key gives none.
    ///
    /// # Errors
    /// [`CarriedError::Io`] when the folder cannot be listed.
    pub fn of(carried: &Carried) -> Result<Self, CarriedError> {
        let mut names = BTreeMap::new();
        let mut paths = entries(carried.folder())?;
        paths.sort();
        for path in paths.iter().filter(|path| path.is_file()) {
            let name =
                path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(PUBLIC_SUFFIX));
            if let (Some(name), Some(key)) = (name.map(plain).filter(|name| !name.is_empty()), read(path)) {
                names.entry(key.id()).or_insert(name);
            }
        }
        Ok(Self(names))
    }

    /// The name of a key, if the folder knows it.
    pub fn name(&self, id: &KeyId) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }

    /// A key's id with its name, if the folder knows it.
    pub fn line(&self, id: &KeyId) -> String {
        self.name(id).map_or_else(|| id.to_string(), |name| format!("{id}  {name}"))
    }

    /// All names, by key.
    pub fn names(&self) -> &BTreeMap<KeyId, String> {
        &self.0
    }
}

/// Keeps a public half in the folder under the name of the file that it came from, unless the folder has a name for it.
///
/// # Errors
/// [`CarriedError::Io`]
pub fn introduce(carried: &Carried, file: &Path, key: &PublicKey) -> Result<(), CarriedError> {
    let id = key.id();
    if People::of(carried)?.name(&id).is_some() {
        return Ok(());
    }
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let name = name.strip_suffix(PUBLIC_SUFFIX).or_else(|| name.strip_suffix(".pem")).unwrap_or(name);
    let name = match plain(name) {
        name if name.is_empty() => "key".to_owned(),
        name => name,
    };
    let keep = |name: &str| {
        let path: PathBuf = carried.folder().join(format!("{name}{PUBLIC_SUFFIX}"));
        files::write_new(&path, key.to_pem().as_bytes(), files::PUBLIC)
            .map_err(|source| CarriedError::Io { path, source })
    };
    match keep(&name) {
        Err(CarriedError::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {
            keep(&format!("{name}-{}", id.to_string().split_at(ID_DIGITS).0))
        }
        kept => kept,
    }
}

fn read(path: &Path) -> Option<PublicKey> {
    let pem = files::read_capped(path, MAX_PEM_BYTES).ok()?;
    PublicKey::from_pem(std::str::from_utf8(&pem).ok()?).ok()
}

/// A name that steers no terminal.
fn plain(name: &str) -> String {
    name.chars().filter(|character| is_plain(*character)).take(MAX_NAME_CHARS).collect()
}

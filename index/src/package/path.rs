//! Paths inside a package.

use std::{fmt, str::FromStr};

use adx_signing::name::DEVICE_NAMES;

use crate::limits::MAX_PATH_BYTES;

/// What may stand at the top of a package.
const TOP_FILES: [&str; 7] =
    [super::MANIFEST, super::COMPONENT, super::CONFIG_SCHEMA, super::README, super::CHANGELOG, "LICENSE", super::SBOM];
/// The folders that may.
const TOP_FOLDERS: [&str; 4] = ["migrations", "frontend", "docs", "screenshots"];
/// Bytes of the `name` field of a ustar header (POSIX.1-1988).
pub(super) const USTAR_NAME_BYTES: usize = 100;
/// Bytes of its `prefix` field.
const USTAR_PREFIX_BYTES: usize = 155;

/// A path inside a package: relative, `/` between its parts, ASCII, at most
/// [`MAX_PATH_BYTES`] bytes, and below one of the places a package has. It is safe to join to a
/// folder on any system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackagePath(String);

/// Why a text is not a path inside a package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// No text.
    #[error("a path is empty: name the file")]
    Empty,
    /// Longer than the cap.
    #[error("the path `{path}…` has {length} bytes, the cap is {MAX_PATH_BYTES}: shorten it")]
    TooLong {
        /// Its beginning.
        path: String,
        /// Its length in bytes.
        length: usize,
    },
    /// Starts at the root, or at a drive.
    #[error("the path `{path}` is absolute: make it relative to the module's folder")]
    Absolute {
        /// The path.
        path: String,
    },
    /// Leaves the folder it is unpacked into.
    #[error("the path `{path}` climbs with `..`: keep every file inside the module's folder")]
    Traversal {
        /// The path.
        path: String,
    },
    /// A second spelling of another path: an empty part, or `.`.
    #[error("the path `{path}` has an empty or `.` part: write it without")]
    NotNormal {
        /// The path.
        path: String,
    },
    /// A character that some file system takes for something else.
    #[error(
        "the path `{path}` has {character:?} at byte {position}: use A-Z a-z 0-9 space and ! # $ % & ' ( ) + , - . = @ [ ] ^ _ ` {{ }} ~"
    )]
    Character {
        /// The path.
        path: String,
        /// The character.
        character: char,
        /// Where it starts, in bytes from 1.
        position: usize,
    },
    /// A name that Windows does not store as written.
    #[error("the path `{path}` has the part `{part}`, which Windows cannot store: rename it")]
    Reserved {
        /// The path.
        path: String,
        /// The part.
        part: String,
    },
    /// Does not fit the two fields of a ustar header.
    #[error("the path `{path}` does not fit a ustar header (100 bytes after a folder of 155): shorten a name")]
    Unsplittable {
        /// The path.
        path: String,
    },
    /// Not one of the places of a package.
    #[error(
        "`{path}` has no place in a package: at its top are module.toml, module.wasm, config.schema.json, \
         README.md, CHANGELOG.md, LICENSE, sbom.cdx.json, migrations/, frontend/, docs/ and screenshots/"
    )]
    UnknownPlace {
        /// The path.
        path: String,
    },
}

impl PackagePath {
    /// Checks a path.
    ///
    /// # Errors
    /// [`PathError`], one variant for each thing that can be wrong.
    pub fn new(path: &str) -> Result<Self, PathError> {
        check(path)?;
        Ok(Self(path.to_owned()))
    }

    /// The path's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which file systems that ignore case see it.
    pub(super) fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The prefix and name fields of its ustar header. Always the shortest prefix that fits, so
    /// that one path has one header.
    pub(super) fn ustar_fields(&self) -> (&str, &str) {
        split(&self.0).expect("checked when the path was made")
    }
}

fn split(path: &str) -> Option<(&str, &str)> {
    if path.len() <= USTAR_NAME_BYTES {
        return Some(("", path));
    }
    path.match_indices('/')
        .map(|(slash, _)| (&path[..slash], &path[slash + 1..]))
        .find(|(prefix, name)| prefix.len() <= USTAR_PREFIX_BYTES && name.len() <= USTAR_NAME_BYTES)
}

fn check(path: &str) -> Result<(), PathError> {
    if path.is_empty() {
        return Err(PathError::Empty);
    }
    if path.len() > MAX_PATH_BYTES {
        return Err(PathError::TooLong {
            path: path.chars().take(80).collect::<String>().escape_debug().to_string(),
            length: path.len(),
        });
    }
    // Hostile characters must not reach a terminal or a log through the message either.
    let shown = || path.escape_debug().to_string();
    let drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with(['/', '\\']) || drive {
        return Err(PathError::Absolute { path: shown() });
    }
    // On Windows a backslash parts names too.
    if path.split(['/', '\\']).any(|part| part == "..") {
        return Err(PathError::Traversal { path: shown() });
    }
    if let Some((index, character)) = path.char_indices().find(|(_, c)| !is_plain(*c)) {
        return Err(PathError::Character { path: shown(), character, position: index + 1 });
    }
    if path.split('/').any(|part| matches!(part, "" | ".")) {
        return Err(PathError::NotNormal { path: shown() });
    }
    if let Some(part) = path.split('/').find(|part| is_reserved(part)) {
        return Err(PathError::Reserved { path: shown(), part: part.to_owned() });
    }
    let known = match path.split_once('/') {
        None => TOP_FILES.contains(&path),
        Some((folder, _)) => TOP_FOLDERS.contains(&folder),
    };
    if !known {
        return Err(PathError::UnknownPlace { path: shown() });
    }
    if split(path).is_none() {
        return Err(PathError::Unsplittable { path: shown() });
    }
    Ok(())
}

fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~') && !matches!(c, '<' | '>' | ':' | '"' | '\\' | '|' | '?' | '*' | ';')
}

fn is_reserved(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end();
    part.ends_with(['.', ' ']) || DEVICE_NAMES.iter().any(|device| stem.eq_ignore_ascii_case(device))
}

impl FromStr for PackagePath {
    type Err = PathError;

    fn from_str(path: &str) -> Result<Self, PathError> {
        Self::new(path)
    }
}

impl fmt::Display for PackagePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl AsRef<str> for PackagePath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

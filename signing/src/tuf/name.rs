//! What repository metadata calls things: targets, delegated roles, files.

use std::{fmt, str::FromStr};

use semver::Version;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{digest::Digest, name::ModuleId};

/// Longest target name, in bytes. Under consistent snapshots 64 digits and a dot come before it: together they fit the
/// 255 bytes that file systems give a file name.
pub const MAX_TARGET_NAME_BYTES: usize = 190;

/// A text that is not the name of a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetNameError {
    /// No bytes, or more than [`MAX_TARGET_NAME_BYTES`].
    #[error("a target name has {0} bytes: use 1 to {MAX_TARGET_NAME_BYTES}")]
    Length(usize),
    /// A character that a path, a URL or a file system could read in another way.
    #[error(
        "the target name has `{found}` at character {position}: use a-z, A-Z, 0-9, `.`, `_` and `-`, and begin with a \
         letter or digit",
        found = found.escape_debug()
    )]
    Character {
        /// The character.
        found: char,
        /// Where it stands, counted in characters from 1.
        position: usize,
    },
    /// A version with build metadata. Two of them have the same precedence, so packages with it are refused as a whole;
    /// besides, `+` means a space to some servers.
    #[error("{version} has build metadata, which does not tell versions apart: release it without `+{build}`", build = version.build)]
    Build {
        /// The version.
        version: Version,
    },
    /// Not `namespace--name--version.adxm`.
    #[error("`{0}` is not the name of a package: expected namespace--name--version.adxm")]
    NotAPackage(String),
}

/// The name of a target: flat, so that every client makes the same path of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetName(String);

impl TargetName {
    /// The name of a release's package, `namespace--name--1.2.3.adxm`. No two releases share one: names hold no `--`,
    /// so the first two of them part namespace, name and version.
    ///
    /// # Errors
    /// [`TargetNameError::Build`] for a version with build metadata, [`TargetNameError::Length`] for one too long.
    pub fn of_package(module: &ModuleId, version: &Version) -> Result<Self, TargetNameError> {
        if !version.build.is_empty() {
            return Err(TargetNameError::Build { version: version.clone() });
        }
        module.target_name(version).parse()
    }

    /// The release whose package this is: the inverse of [`TargetName::of_package`].
    ///
    /// # Errors
    /// [`TargetNameError::NotAPackage`] for any other target.
    pub fn package(&self) -> Result<(ModuleId, Version), TargetNameError> {
        let release = || {
            let (namespace, rest) = self.0.strip_suffix(".adxm")?.split_once("--")?;
            let (name, version) = rest.split_once("--")?;
            Some((ModuleId::new(namespace.parse().ok()?, name.parse().ok()?), version.parse().ok()?))
        };
        release().ok_or_else(|| TargetNameError::NotAPackage(self.0.clone()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file under consistent snapshots, `<directory>/<sha256>.<name>`; in no directory for an empty one.
    pub fn consistent_path(&self, directory: &str, sha256: Digest) -> String {
        let separator = if directory.is_empty() || directory.ends_with('/') { "" } else { "/" };
        format!("{directory}{separator}{sha256}.{self}")
    }

    /// What decides its hash bin.
    pub(super) fn path_hash(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

impl FromStr for TargetName {
    type Err = TargetNameError;

    fn from_str(text: &str) -> Result<Self, TargetNameError> {
        if text.is_empty() || text.len() > MAX_TARGET_NAME_BYTES {
            return Err(TargetNameError::Length(text.len()));
        }
        let allowed = |index: usize, c: char| c.is_ascii_alphanumeric() || (index > 0 && matches!(c, '.' | '_' | '-'));
        match text.chars().enumerate().find(|(index, c)| !allowed(*index, *c)) {
            Some((index, found)) => Err(TargetNameError::Character { found, position: index + 1 }),
            None => Ok(Self(text.to_owned())),
        }
    }
}

/// The name of a delegated role: the control role or a hash bin. Its metadata file is named after it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(String);

/// A text that is not the name of a delegated role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a delegated role: expected `control` or `bin-` and hexadecimal digits")]
pub struct RoleNameError(String);

/// What the role of the control files begins with, and all of it.
const CONTROL: &str = "control";
/// What the name of a bin begins with.
const BIN: &str = "bin-";

impl RoleName {
    /// The role that lists the control files.
    pub fn control() -> Self {
        Self(CONTROL.to_owned())
    }

    /// The bin of this index, its hexadecimal digits filled up to `digits`.
    pub(super) fn bin(index: u32, digits: usize) -> Self {
        Self(format!("{BIN}{index:0digits$x}"))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Under which name the snapshot lists it.
    pub fn file(&self) -> String {
        format!("{self}.json")
    }

    /// Its metadata file under consistent snapshots, `7.bin-0a.json`.
    pub fn versioned_file(&self, version: u64) -> String {
        format!("{version}.{self}.json")
    }
}

impl FromStr for RoleName {
    type Err = RoleNameError;

    fn from_str(text: &str) -> Result<Self, RoleNameError> {
        let digits =
            |text: &str| (1..=4).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if text == CONTROL || text.strip_prefix(BIN).is_some_and(digits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RoleNameError(text.chars().take(32).flat_map(char::escape_debug).collect()))
        }
    }
}

macro_rules! text {
    ($type:ident) => {
        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}({})", stringify!($type), self.0)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

text!(TargetName);
text!(RoleName);

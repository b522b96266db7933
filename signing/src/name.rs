//! Names that people choose: namespaces, modules and tenants.
//!
//! One grammar for all: `[a-z][a-z0-9]*([-_][a-z0-9]+)*`. A name starts with a letter, its words
//! are parted by a single `-` or `_`, so `--` never occurs inside one. That is what makes
//! [`ModuleId::target_name`] unambiguous. Names that Windows keeps for devices are refused, so that
//! every name is safe as a file name and as a path segment of a URL.

use std::{fmt, str::FromStr};

use semver::Version;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Shortest name, in characters.
pub const MIN_NAME_CHARS: usize = 2;
/// Longest namespace or module name, in characters. Two of them, a version and an extension still
/// fit the 255 bytes that file systems give a file name.
pub const MAX_NAME_CHARS: usize = 40;
/// Longest tenant name, in characters: a host label's 63 rounded up.
pub const MAX_TENANT_CHARS: usize = 64;

/// Names that Windows keeps for devices, whatever their extension.
pub const DEVICE_NAMES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2",
    "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Why a text is not a name: what is wrong, where, and what to write instead.
///
/// Positions are counted in characters from 1. A refused text is repeated with its special
/// characters escaped: it may be hostile and the message reaches logs and terminals.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Fewer than [`MIN_NAME_CHARS`] characters.
    #[error("the {kind} `{text}` has {length} characters: use at least {MIN_NAME_CHARS}, starting with a letter")]
    TooShort {
        /// What was being named.
        kind: &'static str,
        /// The refused text.
        text: String,
        /// Its length in characters.
        length: usize,
    },
    /// More characters than this kind of name may have.
    #[error("the {kind} `{text}…` has {length} characters: shorten it to {maximum} at most")]
    TooLong {
        /// What was being named.
        kind: &'static str,
        /// The beginning of the refused text.
        text: String,
        /// The whole length in characters.
        length: usize,
        /// The longest allowed, in characters.
        maximum: usize,
    },
    /// The first character is not a lowercase letter.
    #[error("the {kind} `{text}` starts with `{found}` at character 1: start with a lowercase letter a-z")]
    Start {
        /// What was being named.
        kind: &'static str,
        /// The refused text.
        text: String,
        /// The first character.
        found: char,
    },
    /// An uppercase letter.
    #[error(
        "the {kind} `{text}` has the uppercase `{found}` at character {position}: write `{lower}`",
        lower = found.to_ascii_lowercase()
    )]
    Uppercase {
        /// What was being named.
        kind: &'static str,
        /// The refused text.
        text: String,
        /// The uppercase letter.
        found: char,
        /// Where it stands, counted in characters from 1.
        position: usize,
    },
    /// A character outside the grammar.
    #[error(
        "the {kind} `{text}` has `{found}` at character {position}: use only a-z, 0-9, `-` and `_`",
        found = found.escape_debug()
    )]
    Character {
        /// What was being named.
        kind: &'static str,
        /// The refused text.
        text: String,
        /// The character.
        found: char,
        /// Where it stands, counted in characters from 1.
        position: usize,
    },
    /// `-` or `_` at the end, or two of them in a row.
    #[error(
        "the {kind} `{text}` has `{found}` at character {position} with no letter or digit after it: \
         put a word between separators and none at the end"
    )]
    Separator {
        /// What was being named.
        kind: &'static str,
        /// The refused text.
        text: String,
        /// The separator.
        found: char,
        /// Where it stands, counted in characters from 1.
        position: usize,
    },
    /// One of [`DEVICE_NAMES`].
    #[error("the {kind} `{text}` is the name of a device on Windows, where no file can have it: choose another")]
    Reserved {
        /// What was being named.
        kind: &'static str,
        /// The refused text.
        text: String,
    },
    /// A module id without exactly one `/`.
    #[error("`{text}` is not a module: write `namespace/name`, with exactly one `/`")]
    NotAModuleId {
        /// The refused text.
        text: String,
    },
}

fn check(kind: &'static str, text: &str, maximum: usize) -> Result<(), NameError> {
    let length = text.chars().count();
    if length > maximum {
        return Err(NameError::TooLong { kind, text: shown(text, maximum), length, maximum });
    }
    let owned = || shown(text, maximum);
    let mut characters = text.chars().enumerate().peekable();
    while let Some((index, found)) = characters.next() {
        let position = index + 1;
        match found {
            'A'..='Z' => {
                return Err(NameError::Uppercase { kind, text: owned(), found, position });
            }
            '0'..='9' | '-' | '_' if index == 0 => {
                return Err(NameError::Start { kind, text: owned(), found });
            }
            'a'..='z' | '0'..='9' => {}
            '-' | '_' => {
                // A foreign character after the separator gets its own message in the next turn.
                if matches!(characters.peek(), None | Some((_, '-' | '_'))) {
                    return Err(NameError::Separator { kind, text: owned(), found, position });
                }
            }
            _ => {
                return Err(NameError::Character { kind, text: owned(), found, position });
            }
        }
    }
    if length < MIN_NAME_CHARS {
        return Err(NameError::TooShort { kind, text: owned(), length });
    }
    if DEVICE_NAMES.contains(&text) {
        return Err(NameError::Reserved { kind, text: owned() });
    }
    Ok(())
}

/// The beginning of a text that may be hostile and huge, fit for a message.
fn shown(text: &str, maximum: usize) -> String {
    text.chars().take(maximum).flat_map(char::escape_debug).collect()
}

macro_rules! name {
    ($(#[$documentation:meta])* $type:ident, $kind:literal, $maximum:expr) => {
        $(#[$documentation])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(String);

        impl $type {
            /// Checks the text against the grammar and the length.
            ///
            /// # Errors
            /// [`NameError`] says what is wrong, at which character, and what to write instead.
            pub fn new(text: &str) -> Result<Self, NameError> {
                check($kind, text, $maximum)?;
                Ok(Self(text.to_owned()))
            }

            /// The name as it was written.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The form under which two spellings are the same name: `_` becomes `-`. Registries
            /// keep this form unique, so that `my_shop` cannot pass for `my-shop`.
            #[must_use]
            pub fn canonical(&self) -> Self {
                Self(self.0.replace('_', "-"))
            }
        }

        impl FromStr for $type {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                check($kind, &text, $maximum)?;
                Ok(Self(text))
            }
        }

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

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
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
                Self::new(&text).map_err(de::Error::custom)
            }
        }
    };
}

name!(
    /// What a publisher owns: the part of a module's id before the `/`.
    Namespace,
    "namespace",
    MAX_NAME_CHARS
);
name!(
    /// What a module is called inside its namespace.
    Name,
    "name",
    MAX_NAME_CHARS
);
name!(
    /// Who installs modules on an agent. The same grammar as a module's name, up to
    /// [`MAX_TENANT_CHARS`] characters.
    TenantId,
    "tenant",
    MAX_TENANT_CHARS
);

/// A module: `namespace/name`.
///
/// ```
/// use adx_signing::ModuleId;
/// let module: ModuleId = "adx/hello".parse()?;
/// assert_eq!(module.namespace.as_str(), "adx");
/// assert_eq!(module.target_name(&"1.2.3".parse()?), "adx--hello--1.2.3.adxm");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId {
    /// Who publishes it.
    pub namespace: Namespace,
    /// What it is called there.
    pub name: Name,
}

impl ModuleId {
    /// Joins the two halves.
    pub fn new(namespace: Namespace, name: Name) -> Self {
        Self { namespace, name }
    }

    /// The flat file name of one version's package, `ns--name--1.2.3.adxm`: the subject of its
    /// signed statement and its target name in repository metadata. Names hold no `--`, so the
    /// parts can be told apart.
    pub fn target_name(&self, version: &Version) -> String {
        format!("{}--{}--{version}.adxm", self.namespace, self.name)
    }

    /// The form under which two spellings are the same module; see [`Name::canonical`].
    #[must_use]
    pub fn canonical(&self) -> Self {
        Self { namespace: self.namespace.canonical(), name: self.name.canonical() }
    }
}

impl FromStr for ModuleId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.split_once('/') {
            Some((namespace, name)) if !name.contains('/') => Ok(Self::new(namespace.parse()?, name.parse()?)),
            _ => Err(NameError::NotAModuleId { text: shown(text, 2 * MAX_NAME_CHARS + 1) }),
        }
    }
}

impl fmt::Display for ModuleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.namespace, self.name)
    }
}

impl fmt::Debug for ModuleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ModuleId({self})")
    }
}

impl Serialize for ModuleId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ModuleId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

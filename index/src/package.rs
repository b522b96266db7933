//! The `.adxm` package: a deterministic tar in one zstd frame.
//!
//! Whoever reads a package reads hostile bytes. [`Package::read`] refuses everything that
//! [`write`](fn@write) would not have produced in substance, each with its own [`PackageError`], before anything
//! reaches a disk, and stops at the first byte past a [cap](crate::limits).

use std::{
    borrow::Borrow,
    collections::BTreeMap,
    io::{Read, Write},
};

use adx_signing::Digest;

use crate::manifest::Manifest;

mod content;
mod error;
mod path;
mod reading;
mod writing;

pub use content::Migration;
pub use error::PackageError;
pub use path::{PackagePath, PathError};

/// The manifest's path.
pub const MANIFEST: &str = "module.toml";
/// The component's path.
pub const COMPONENT: &str = "module.wasm";
/// The path of the JSON Schema of the module's settings.
pub const CONFIG_SCHEMA: &str = "config.schema.json";
/// The path of the bill of materials.
pub const SBOM: &str = "sbom.cdx.json";
/// The path of the page shown on the listing.
pub const README: &str = "README.md";
/// The path of the list of changes.
pub const CHANGELOG: &str = "CHANGELOG.md";

/// A package that was read whole and found sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Package {
    /// The manifest, parsed.
    pub manifest: Manifest,
    /// The manifest as it was written.
    pub manifest_text: String,
    /// The bytes of `module.wasm`; [`component`](crate::component) inspects them.
    pub component: Vec<u8>,
    /// Every other file.
    pub files: BTreeMap<PackagePath, Vec<u8>>,
}

/// Writes a package: the same files give the same bytes, whatever order they were found in.
/// Returns the digest of what was written.
///
/// # Errors
/// [`PackageError`] when the files are not a sound package; nothing was written then. What is
/// written can be read again.
pub fn write(files: &BTreeMap<PackagePath, Vec<u8>>, mut out: impl Write) -> Result<Digest, PackageError> {
    content::check(files)?;
    let bytes = writing::archive(files)?;
    // The caps depend on how well the files compress: only reading tells whether all hold.
    reading::files(bytes.as_slice())?;
    out.write_all(&bytes).map_err(PackageError::Io)?;
    out.flush().map_err(PackageError::Io)?;
    Ok(Digest::of(&bytes))
}

impl Package {
    /// Reads a package to its last byte.
    ///
    /// # Errors
    /// [`PackageError`] names the entry, the cap in bytes and the remedy. [`PackageError::Io`] is the
    /// source failing, everything else is the package's fault.
    pub fn read(source: impl Read) -> Result<Self, PackageError> {
        let mut files = reading::files(source)?;
        let (manifest, manifest_text) = content::check(&files)?;
        files.remove(MANIFEST);
        let component = files.remove(COMPONENT).ok_or(PackageError::MissingComponent)?;
        Ok(Self { manifest, manifest_text, component, files })
    }

    /// `README.md`.
    pub fn readme(&self) -> Option<&str> {
        self.text(README)
    }

    /// `CHANGELOG.md`.
    pub fn changelog(&self) -> Option<&str> {
        self.text(CHANGELOG)
    }

    /// `config.schema.json`, the JSON Schema of the module's settings.
    pub fn config_schema(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(self.files.get(CONFIG_SCHEMA)?).ok()
    }

    /// The digest of `sbom.cdx.json`, as it stands in the signed statement.
    pub fn sbom_sha256(&self) -> Option<Digest> {
        self.files.get(SBOM).map(|bytes| Digest::of(bytes))
    }

    /// The migrations, in the order they are run.
    pub fn migrations(&self) -> Vec<Migration> {
        // Reading checked them: an error cannot come back.
        content::migrations(&self.files).unwrap_or_default()
    }

    /// A text file; reading has checked that these are UTF-8.
    fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.files.get(path)?).ok()
    }
}

impl Borrow<str> for PackagePath {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

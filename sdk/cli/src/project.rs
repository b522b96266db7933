//! A module's folder.

pub(crate) mod compile;
pub(crate) mod package;
pub(crate) mod sbom;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use adx_index::Manifest;
use adx_index::manifest::ManifestError;
use adx_index::package::{MANIFEST, SBOM};

use crate::failure::Failure;

/// A folder with a `module.toml` that was read and found sound.
#[derive(Debug)]
pub(crate) struct Project {
    folder: PathBuf,
    manifest: Manifest,
    manifest_text: String,
}

impl Project {
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let file = folder.join(MANIFEST);
        let manifest_text = fs::read_to_string(&file).map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                let place =
                    if folder == Path::new(".") { "this folder".to_owned() } else { folder.display().to_string() };
                Failure::not_found(format!("there is no module.toml in {place}"))
                    .hint("run it in a module's folder, or start one with `adx new NAME`")
            } else {
                Failure::failed(format!("cannot read {}", file.display())).because(&error)
            }
        })?;
        let manifest = Manifest::parse(&manifest_text).map_err(|error| refuse_manifest(&file, &error))?;
        Ok(Self { folder: folder.to_owned(), manifest, manifest_text })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(crate) fn manifest_text(&self) -> &str {
        &self.manifest_text
    }

    /// A path below the folder, as a person would type it: without a leading `./`.
    fn place(&self, path: &str) -> PathBuf {
        if self.folder == Path::new(".") { PathBuf::from(path) } else { self.folder.join(path) }
    }

    /// Where `adx build` and `adx pack` write.
    pub(crate) fn build_folder(&self) -> PathBuf {
        self.place("target/adx")
    }

    /// The component that `adx build` wrote.
    pub(crate) fn component(&self) -> PathBuf {
        self.build_folder().join("module.wasm")
    }

    /// The bill of materials that `adx build` wrote.
    pub(crate) fn built_sbom(&self) -> PathBuf {
        self.build_folder().join(SBOM)
    }
}

/// All problems of a manifest at once, each with its place.
fn refuse_manifest(file: &Path, error: &ManifestError) -> Failure {
    let count = error.problems.len();
    let problems = if count == 1 { "one problem".to_owned() } else { format!("{count} problems") };
    let mut failure = Failure::refused(format!("{} has {problems}", file.display()));
    for problem in &error.problems {
        let mut cause = format!("module.toml:{}:{}: {}", problem.line, problem.column, problem.message);
        if let Some(hint) = &problem.hint {
            cause.push_str(": ");
            cause.push_str(hint);
        }
        failure = failure.cause(cause);
    }
    failure.hint("correct module.toml and run it again")
}

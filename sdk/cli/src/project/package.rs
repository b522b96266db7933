//! From a folder to a package, checked by the code that the registry checks with.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use adx_index::package::{self, CHANGELOG, COMPONENT, CONFIG_SCHEMA, MANIFEST, README, SBOM};
use adx_index::{Package, PackagePath, component};
use adx_signing::{Digest, ModuleId};
use semver::Version;

use super::{Project, sbom};
use crate::failure::Failure;

/// What is taken from a module's folder besides manifest and component.
const FILES: [&str; 5] = [CONFIG_SCHEMA, README, CHANGELOG, "LICENSE", SBOM];
const FOLDERS: [&str; 4] = ["migrations", "frontend", "docs", "screenshots"];

/// A package that passed every check that can be made without the registry.
#[derive(Debug)]
pub(crate) struct Packed {
    package: Package,
    module: ModuleId,
    bytes: Vec<u8>,
    sha256: Digest,
}

impl Packed {
    /// Takes a package file as it is, or packs a folder.
    pub(crate) fn from_path(path: &Path, version: Option<&Version>) -> Result<Self, Failure> {
        if path.is_dir() {
            return Self::from_project(&Project::open(path)?, version);
        }
        if version.is_some() {
            return Err(
                Failure::usage("a package has its version already").hint("--version goes with a module's folder")
            );
        }
        let bytes = fs::read(path).map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                Failure::not_found(format!("there is no package at {}", path.display()))
                    .hint("run `adx pack` first, or name a module's folder")
            } else {
                Failure::failed(format!("cannot read {}", path.display())).because(&error)
            }
        })?;
        Self::from_bytes(bytes)
    }

    /// Packs a module's folder, as `version` when that is given.
    pub(crate) fn from_project(project: &Project, version: Option<&Version>) -> Result<Self, Failure> {
        let component = read_component(project)?;
        let manifest = match version {
            Some(version) => with_version(project.manifest_text(), version)?,
            None => project.manifest_text().to_owned(),
        };
        let mut files = collect(project.folder())?;
        // One in the folder was written knowingly: that one counts.
        if !files.contains_key(SBOM)
            && let Some(bill) = sbom::built(project, version)?
        {
            files.insert(place(SBOM)?, bill);
        }
        files.insert(place(MANIFEST)?, manifest.into_bytes());
        files.insert(place(COMPONENT)?, component);
        let mut bytes = Vec::new();
        package::write(&files, &mut bytes).map_err(|error| {
            Failure::refused(format!("{} cannot be packed", project.folder().display())).because(&error)
        })?;
        Self::from_bytes(bytes)
    }

    fn from_bytes(bytes: Vec<u8>) -> Result<Self, Failure> {
        let package = Package::read(bytes.as_slice())
            .map_err(|error| Failure::refused("the package is refused").because(&error))?;
        component::check(&package.component, &package.manifest)
            .map_err(|error| Failure::refused("module.wasm is refused").because(&error))?;
        Ok(Self { module: package.manifest.id(), sha256: Digest::of(&bytes), package, bytes })
    }

    pub(crate) const fn module(&self) -> &ModuleId {
        &self.module
    }

    pub(crate) const fn version(&self) -> &Version {
        &self.package.manifest.module.version
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) const fn sha256(&self) -> Digest {
        self.sha256
    }

    pub(crate) fn sbom_sha256(&self) -> Option<Digest> {
        self.package.sbom_sha256()
    }

    pub(crate) fn permissions(&self) -> Vec<String> {
        self.package.manifest.permissions.texts()
    }

    pub(crate) fn file_name(&self) -> String {
        self.module.target_name(self.version())
    }

    /// Every file of the package, in its order.
    pub(crate) fn file_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.package.files.keys().map(PackagePath::as_str).collect();
        names.extend([MANIFEST, COMPONENT]);
        names.sort_unstable();
        names
    }
}

fn place(path: &str) -> Result<PackagePath, Failure> {
    PackagePath::new(path).map_err(|error| Failure::refused(format!("`{path}` cannot be packed")).because(&error))
}

fn read_component(project: &Project) -> Result<Vec<u8>, Failure> {
    let path = project.component();
    let build_first = || format!("run `adx build {}` first", project.folder().display());
    let bytes = fs::read(&path).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            Failure::not_found(format!("there is no component at {}", path.display())).hint(build_first())
        } else {
            Failure::failed(format!("cannot read {}", path.display())).because(&error)
        }
    })?;
    if let Some(newer) = newer_source(project, &path) {
        return Err(Failure::refused(format!("{} is newer than the component", newer.display())).hint(build_first()));
    }
    Ok(bytes)
}

/// A source file that was changed after the component was built.
fn newer_source(project: &Project, component: &Path) -> Option<PathBuf> {
    let changed = |path: &Path| -> Option<SystemTime> { fs::metadata(path).ok()?.modified().ok() };
    let built = changed(component)?;
    let mut sources = vec![project.place("Cargo.toml")];
    walk(&project.place("src"), &mut sources).ok()?;
    sources.into_iter().find(|source| changed(source).is_some_and(|changed| changed > built))
}

/// The manifest's text with another version, everything else as it was.
fn with_version(text: &str, version: &Version) -> Result<String, Failure> {
    let mut document: toml_edit::DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| Failure::refused("module.toml").because(&error))?;
    document["module"]["version"] = toml_edit::value(version.to_string());
    Ok(document.to_string())
}

/// Everything in `folder` that belongs into a package.
fn collect(folder: &Path) -> Result<BTreeMap<PackagePath, Vec<u8>>, Failure> {
    let mut paths = Vec::new();
    for name in FILES {
        let path = folder.join(name);
        if path.is_file() {
            paths.push(path);
        }
    }
    for name in FOLDERS {
        let path = folder.join(name);
        walk(&path, &mut paths)
            .map_err(|error| Failure::failed(format!("cannot read {}", path.display())).because(&error))?;
    }
    let mut files = BTreeMap::new();
    for path in paths {
        refuse_link(&path)?;
        let relative = path.strip_prefix(folder).unwrap_or(&path);
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        let content = fs::read(&path)
            .map_err(|error| Failure::failed(format!("cannot read {}", path.display())).because(&error))?;
        files.insert(place(&parts.join("/"))?, content);
    }
    Ok(files)
}

/// Files below `folder`, none if it is not there. Hidden ones are the tools', not the module's.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), found)?;
        } else {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// A link could bring a file into the package that nobody meant to publish.
fn refuse_link(path: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            Err(Failure::refused(format!("{} is a link, and a package holds files only", path.display()))
                .hint("put the file itself there"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_version_changes() {
        let text = "# ours\n[module]\nname = \"hello\" # kept\nversion = \"1.0.0\"\n";
        let version = Version::new(1, 1, 0);
        let changed = with_version(text, &version).expect("is TOML");
        assert_eq!(changed, text.replace("1.0.0", "1.1.0"));
    }

    #[cfg(unix)]
    #[test]
    fn links_and_hidden_files_do_not_get_in() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let docs = folder.path().join("docs");
        fs::create_dir(&docs).expect("folder");
        fs::write(docs.join("guide.md"), "text").expect("file");
        fs::write(docs.join(".DS_Store"), "x").expect("file");
        let files = collect(folder.path()).expect("collects");
        let names: Vec<_> = files.keys().map(PackagePath::as_str).collect();
        assert_eq!(names, ["docs/guide.md"]);

        std::os::unix::fs::symlink("/etc/passwd", docs.join("link.md")).expect("link");
        assert!(collect(folder.path()).is_err());
    }
}

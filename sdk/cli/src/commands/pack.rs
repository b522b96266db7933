//! `adx pack`: every check of the registry, then the package.

use std::fs;
use std::path::PathBuf;

use adx_index::manifest::release_version;
use clap::Args;
use semver::Version;
use serde_json::json;

use crate::App;
use crate::failure::Failure;
use crate::project::Project;
use crate::project::package::Packed;

/// Check a module and write its package
#[derive(Args)]
pub(crate) struct Pack {
    /// The module's folder
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Pack as this version in place of the one in module.toml
    #[arg(long, value_name = "VERSION", value_parser = release_version)]
    version: Option<Version>,
    /// Where to write it [default: target/adx/NAMESPACE--NAME--VERSION.adxm]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Pack {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let project = Project::open(&self.path)?;
        let packed = Packed::from_project(&project, self.version.as_ref())?;
        let file = match self.output {
            Some(file) => file,
            None => project.build_folder().join(packed.file_name()),
        };
        write(&file, packed.bytes())?;
        let document = json!({
            "module": packed.module(),
            "version": packed.version(),
            "package": file,
            "sha256": packed.sha256(),
            "size_bytes": packed.bytes().len(),
            "files": packed.file_names(),
            "permissions": packed.permissions(),
        });
        app.output.result(&document, |out| {
            writeln!(out, "{}", file.display())?;
            writeln!(
                out,
                "  {} {}, {} files, {}",
                packed.module(),
                packed.version(),
                packed.file_names().len(),
                indicatif::HumanBytes(packed.bytes().len() as u64)
            )?;
            writeln!(out, "  sha256 {}", packed.sha256())?;
            writeln!(out, "next: adx publish {}", file.display())
        })
    }
}

/// A package must not be found half written, so it is written beside its place and renamed.
fn write(file: &std::path::Path, bytes: &[u8]) -> Result<(), Failure> {
    use std::io::Write as _;
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => std::path::Path::new("."),
    };
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut temporary = tempfile::Builder::new();
        #[cfg(unix)]
        temporary.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let mut temporary = temporary.tempfile_in(folder)?;
        temporary.write_all(bytes)?;
        temporary.persist(file).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| Failure::failed(format!("cannot write {}", file.display())).because(&error))
}

//! `adx build`: from Rust source to a component.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::App;
use crate::failure::Failure;
use crate::project::Project;
use crate::project::compile::compile;

/// Compile a module to a component
#[derive(Args)]
pub(crate) struct Build {
    /// The module's folder
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Given to cargo as they are
    #[arg(last = true, value_name = "CARGO ARGUMENTS")]
    cargo: Vec<String>,
}

impl Build {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let project = Project::open(&self.path)?;
        let built = compile(app, &project, &self.cargo)?;
        let document = json!({
            "module": project.manifest().id(),
            "component": built.path,
            "size_bytes": built.size_bytes,
            "imports": built.interfaces.imports,
        });
        app.output.result(&document, |out| {
            writeln!(out, "{} ({})", built.path.display(), indicatif::HumanBytes(built.size_bytes))?;
            for import in &built.interfaces.imports {
                writeln!(out, "  uses {import}")?;
            }
            match self.path.as_path() {
                here if here == Path::new(".") => writeln!(out, "next: adx pack"),
                folder => writeln!(out, "next: adx pack {}", folder.display()),
            }
        })
    }
}

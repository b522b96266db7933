//! `adx bundle`: modules and their proofs in one file.

use std::path::PathBuf;

use adx_trust::bundle::{BundleError, Contents, EXTENSION, write};
use clap::Args;
use serde_json::json;

use crate::App;
use crate::clock;
use crate::failure::Failure;
use crate::module_ref::ModuleRef;
use crate::progress;
use crate::trust::{Trusted, draw, failure, selection};

/// Put modules and their proofs into one file, for a machine without a network
///
/// The file holds what it takes to verify them, their dependencies with them. It is taken until the registry's metadata in it
/// expires, a day for most registries: carry it over and install from it before.
#[derive(Args)]
pub(crate) struct Bundle {
    /// The modules: ns/name, or ns/name@^1.2 for some versions
    #[arg(required = true)]
    modules: Vec<ModuleRef>,
    /// Where to write it
    #[arg(long, short, value_name = "FILE.adxb")]
    output: PathBuf,
    /// The size of the log that the machine knows, 0 for a new one; makes the file smaller
    #[arg(long, value_name = "LEAVES")]
    known_log_size: Option<u64>,
    #[command(flatten)]
    trusted: Trusted,
}

impl Bundle {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        if self.output.extension().is_none_or(|extension| extension != EXTENSION) {
            return Err(Failure::usage(format!("{} is not the name of a bundle", self.output.display()))
                .hint(format!("let it end in .{EXTENSION}: --from knows it by that")));
        }
        let opened = self.trusted.open(app)?;
        let selection = selection(&self.modules);
        let contents = Contents {
            source: &opened.source,
            root: &opened.root,
            selection: &selection,
            known_size: self.known_log_size,
        };
        let bar = progress::files(app.output);
        let written = write(&contents, clock::now(), &self.output, &mut |progress| draw(&bar, progress)).await;
        bar.finish_and_clear();
        let written = written.map_err(|error| match error {
            BundleError::Registry(refusal) => failure("cannot make the bundle", &refusal),
            BundleError::Release { module, version, refusal } => {
                failure(&format!("{module} {version} would be refused"), &refusal)
            }
            BundleError::Nothing => Failure::not_found("no released version matches")
                .hint("run `adx info ns/name` to see the versions of a module"),
            BundleError::Busy | BundleError::Archive(_) => Failure::failed("cannot make the bundle").because(&error),
        })?;
        let releases: Vec<_> = written.releases.iter().map(|(module, version)| format!("{module}@{version}")).collect();
        let document = json!({
            "bundle": self.output,
            "size_bytes": written.length,
            "releases": releases,
            "fresh_until": written.fresh_until,
        });
        app.output.result(&document, |out| {
            writeln!(out, "{}", self.output.display())?;
            for release in &releases {
                writeln!(out, "  {release}")?;
            }
            writeln!(out, "  {}, to be used before {}", indicatif::HumanBytes(written.length), written.fresh_until)?;
            writeln!(out, "next: adx verify PACKAGE --from {}", self.output.display())
        })
    }
}

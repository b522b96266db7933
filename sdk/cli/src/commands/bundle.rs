//! `adx bundle`: modules and their proofs in one file, made here, loaded where there is no network.

use std::path::{Path, PathBuf};

use adx_trust::bundle::{BundleError, Contents, EXTENSION, write};
use clap::{Args, Subcommand};
use semver::Version;
use serde_json::{Value, json};

use crate::App;
use crate::clock;
use crate::failure::Failure;
use crate::module_ref::ModuleRef;
use crate::progress;
use crate::trust::{Trusted, draw, failure, selection};

/// Put modules and their proofs into one file, for a machine without a network
///
/// The file holds what it takes to verify them, their dependencies with them. It is taken until the registry's metadata in it
/// expires, a day for most registries: carry it over, load it and install from it before.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Bundle {
    #[command(subcommand)]
    what: Option<What>,
    /// The modules: ns/name, or ns/name@^1.2 for some versions
    #[arg(required = true)]
    modules: Vec<ModuleRef>,
    /// Where to write it
    #[arg(long, short, value_name = "FILE.adxb", required = true)]
    output: Option<PathBuf>,
    /// The size of the log that the machine knows, 0 for a new one; makes the file smaller
    #[arg(long, value_name = "LEAVES")]
    known_log_size: Option<u64>,
    #[command(flatten)]
    trusted: Trusted,
}

#[derive(Subcommand)]
enum What {
    /// Give a bundle to an agent, to install from without a network (administrator of the agent)
    Load(Load),
}

/// Give a bundle to an agent, to install from without a network (administrator of the agent)
///
/// The agent verifies it as it would the registry, keeps it, and reads it while the registry does not answer. What it calls back
/// stops at once; installed modules are updated to what is in it.
#[derive(Args)]
struct Load {
    /// The bundle, as `adx bundle` made it
    #[arg(value_name = "FILE.adxb")]
    file: PathBuf,
}

impl Bundle {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match (&self.what, &self.output) {
            (Some(What::Load(command)), _) => command.run(app).await,
            (None, Some(output)) => self.make(app, output).await,
            (None, None) => Err(Failure::usage("where to write it is not said").hint("pass --output FILE.adxb")),
        }
    }

    async fn make(&self, app: &App, output: &Path) -> Result<(), Failure> {
        if output.extension().is_none_or(|extension| extension != EXTENSION) {
            return Err(Failure::usage(format!("{} is not the name of a bundle", output.display()))
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
        let written = write(&contents, clock::now(), output, &mut |progress| draw(&bar, progress)).await;
        bar.finish_and_clear();
        let written = written.map_err(|error| match error {
            BundleError::Registry(refusal) => failure("cannot make the bundle", &refusal),
            BundleError::Release { module, version, refusal } => {
                failure(&format!("{module} {version} would be refused"), &refusal)
            }
            BundleError::Nothing => Failure::not_found("no released version matches")
                .hint("run `adx info ns/name` to see the versions of a module"),
            BundleError::KnownSize { .. } => Failure::usage("cannot make the bundle")
                .because(&error)
                .hint("pass the size that the machine says it knows, or 0 for one that knows none"),
            BundleError::Busy | BundleError::Archive(_) => Failure::failed("cannot make the bundle").because(&error),
        })?;
        let releases: Vec<_> = written.releases.iter().map(|(module, version)| format!("{module}@{version}")).collect();
        let document = json!({
            "bundle": output,
            "size_bytes": written.length,
            "releases": releases,
            "fresh_until": written.fresh_until,
        });
        app.output.result(&document, |out| {
            writeln!(out, "{}", output.display())?;
            for release in &releases {
                writeln!(out, "  {release}")?;
            }
            writeln!(out, "  {}, to be used before {}", indicatif::HumanBytes(written.length), written.fresh_until)?;
            writeln!(out, "next: adx bundle load {}, where the agent is", shown(output))
        })
    }
}

impl Load {
    async fn run(&self, app: &App) -> Result<(), Failure> {
        let spinner = progress::spinner(app.output, &format!("loading {}", self.file.display()));
        let loaded = app.agent(None)?.upload(&["api", "v1", "bundles"], &self.file).await;
        spinner.finish_and_clear();
        let loaded = loaded.map_err(|failure| {
            let administrator = "a bundle is for all tenants: run `adx login agent` with the administrator's token";
            failure.hint_for("forbidden", administrator)
        })?;
        app.output.result(&loaded, |out| {
            let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
            writeln!(out, "{} is loaded, from the registry `{}`", self.file.display(), text(&loaded, "registry"))?;
            let releases = loaded["releases"].as_array().map_or(&[] as &[Value], Vec::as_slice);
            for release in releases {
                writeln!(out, "  {}@{}", text(release, "module"), text(release, "version"))?;
            }
            writeln!(out, "  to be installed before {}", text(&loaded, "fresh_until"))?;
            let Some(first) = releases.first() else { return Ok(()) };
            let module = text(first, "module");
            // Exactly the newest of them: the registry may have newer ones, which are not carried.
            let of_module = releases.iter().filter(|release| text(release, "module") == module);
            let newest = of_module.filter_map(|release| text(release, "version").parse::<Version>().ok()).max();
            newest.map_or(Ok(()), |newest| writeln!(out, "next: adx install {module}@={newest}"))
        })
    }
}

/// A bundle as it is called wherever it was carried to.
fn shown(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

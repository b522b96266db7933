//! `adx mirror`: a copy of a registry that any static file host serves.

use std::path::PathBuf;

use adx_trust::mirror::MirrorError;
use clap::Args;
use serde_json::json;

use crate::App;
use crate::clock;
use crate::failure::Failure;
use crate::module_ref::ModuleRef;
use crate::output::counted;
use crate::progress;
use crate::trust::{Trusted, draw, failure, selection};

/// Make or update a copy of a registry, for any static file host
///
/// Everything is verified before it is written. Agents that are pointed at the copy verify it exactly as they do the registry. Run
/// it again, at least daily, to bring it up to date; what broke off is continued. What the registry does not name any more is
/// removed two days later.
#[derive(Args)]
pub(crate) struct Mirror {
    /// The folder to serve: a mirror, an empty one or a new one
    folder: PathBuf,
    /// Packages of these modules only, with their dependencies: ns/name or ns/name@^1.2 [default: all]
    modules: Vec<ModuleRef>,
    #[command(flatten)]
    trusted: Trusted,
}

impl Mirror {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let opened = self.trusted.open(app)?;
        let failed = |error: MirrorError| match error {
            MirrorError::Registry(refusal) => failure("cannot mirror the registry", &refusal),
            MirrorError::Nothing => Failure::not_found("no released version matches")
                .hint("run `adx info ns/name` to see the versions of a module"),
            MirrorError::NotAMirror(_) => Failure::refused("cannot mirror there")
                .because(&error)
                .hint("name an empty folder, a new one, or one that `adx mirror` made"),
            MirrorError::Folder(_) => Failure::failed("cannot write the mirror").because(&error),
            MirrorError::Tile(_) | MirrorError::Envelope { .. } => Failure::refused("cannot mirror the registry")
                .because(&error)
                .hint("the registry serves what it did not sign: tell its operator"),
        };
        let mut mirror = adx_trust::Mirror::open(&self.folder, opened.source.clone(), &opened.root).map_err(failed)?;
        let bar = progress::files(app.output);
        let selection = selection(&self.modules);
        let updated = mirror.update(&selection, clock::now(), &mut |progress| draw(&bar, progress)).await;
        bar.finish_and_clear();
        let updated = updated.map_err(failed)?;
        for (module, version) in &updated.without_leaf {
            app.output.warn(&format!("{module} {version} is not in the log, so nobody would take it: it was left out"));
        }
        for module in &updated.unmatched {
            app.output.warn(&format!("no released version of {module} matches"));
        }
        let document = json!({
            "folder": self.folder,
            "timestamp_version": updated.timestamp_version,
            "releases": updated.releases,
            "written_files": updated.written,
            "written_bytes": updated.written_bytes,
            "removed_files": updated.removed,
            "unmatched": updated.unmatched.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "without_leaf": updated.without_leaf.iter().map(|(module, version)| format!("{module}@{version}")).collect::<Vec<_>>(),
        });
        app.output.result(&document, |out| {
            writeln!(out, "{}", self.folder.display())?;
            writeln!(
                out,
                "  {}, {} written, {}, {} removed",
                counted(updated.releases, "release"),
                counted(updated.written, "file"),
                indicatif::HumanBytes(updated.written_bytes),
                updated.removed
            )?;
            writeln!(out, "next: serve the folder, all but `.mirror/`, for example at https://mirror.example.com/")?;
            writeln!(
                out,
                "      and run this again every few hours: what it holds is believed for a day at most registries"
            )
        })
    }
}

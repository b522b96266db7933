//! A registry of which every word is proven: for the commands that verify and copy.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adx_signing::Digest;
use adx_trust::bundle::EXTENSION;
use adx_trust::repository::RepositoryError;
use adx_trust::{
    Bundle, Limits, Namespaces, Pattern, Phase, Progress, Refusal, Registry, Selection, Source, SourceError,
};
use clap::Args;
use indicatif::ProgressBar;
use semver::VersionReq;
use serde_json::Value;

use crate::App;
use crate::failure::Failure;
use crate::module_ref::ModuleRef;

/// Where proofs come from and what they begin with.
#[derive(Args)]
pub(crate) struct Trusted {
    /// The registry's first root, `1.root.json`, as its operator handed it to you
    #[arg(long, env = "ADX_ROOT", value_name = "FILE", required = true)]
    root: Option<PathBuf>,
    /// Take the files from a mirror, a folder or a bundle [default: the registry]
    #[arg(long, value_name = "URL|FOLDER|FILE.adxb")]
    from: Option<String>,
}

/// What [`Trusted`] names, opened.
pub(crate) struct Opened {
    pub(crate) root: Vec<u8>,
    pub(crate) source: Source,
    /// The unpacked files, as long as they are needed.
    _bundle: Option<Bundle>,
}

impl Trusted {
    pub(crate) fn open(&self, app: &App) -> Result<Opened, Failure> {
        let file = self.root.as_ref().ok_or_else(|| Failure::usage("no root is given").hint("pass --root FILE"))?;
        let root = fs::read(file)
            .map_err(|error| Failure::not_found(format!("cannot read {}", file.display())).because(&error))?;
        // Here it is the file that is wrong; further on a source would be blamed.
        if !is_root(&root) {
            return Err(Failure::usage(format!("{} is not a registry's root", file.display()))
                .hint("--root takes the registry's first root, `1.root.json`, as its operator handed it to you"));
        }
        let wrong = |error: &SourceError| Failure::usage("the source cannot be used").because(error);
        let limits = Limits::default();
        let Some(from) = &self.from else {
            let source = Source::parse(app.settings.registry()?.as_str(), &limits).map_err(|error| wrong(&error))?;
            return Ok(Opened { root, source, _bundle: None });
        };
        let path = Path::new(from);
        if path.is_dir() {
            return Ok(Opened { root, source: Source::folder(path), _bundle: None });
        }
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            let bundle = Bundle::open(path)
                .map_err(|error| Failure::refused(format!("cannot read the bundle {from}")).because(&error))?;
            return Ok(Opened { root, source: bundle.source(), _bundle: Some(bundle) });
        }
        let source = Source::parse(from, &limits).map_err(|error| wrong(&error))?;
        Ok(Opened { root, source, _bundle: None })
    }
}

impl Opened {
    /// The registry, with what was seen of it before: the state belongs to the root, wherever its files come from this time.
    pub(crate) fn registry(&self, app: &App) -> Result<Registry, Failure> {
        const NAME: &str = "registry";
        let rest = [Pattern::Rest];
        let namespaces = Namespaces::new([(NAME, rest.as_slice())])
            .map_err(|error| Failure::usage("the namespaces are ambiguous").because(&error))?;
        let state = app.settings.home().join("trust").join(Digest::of(&self.root).to_string());
        Registry::open(NAME, self.source.clone(), &self.root, &state, Arc::new(namespaces))
            .map_err(|refusal| failure("cannot trust the registry", &refusal))
    }
}

/// Whether a file says of itself that it is a root (TUF specification, section 4.3).
fn is_root(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes).is_ok_and(|document| document["signed"]["_type"] == "root")
}

/// A refusal as a failure: what could not be done, the proof that does not hold, what to do.
pub(crate) fn failure(what: &str, refusal: &Refusal) -> Failure {
    let failure = if refusal.is_passing() { Failure::unreachable(what) } else { Failure::refused(what) };
    failure.cause(refusal.to_string()).hint(hint(refusal))
}

/// What to do about a refusal, as far as the command line knows more of it.
pub(crate) fn hint(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Metadata(RepositoryError::Threshold { file, found: 0, .. }) if file.ends_with(".root.json") => {
            "is --root the first root of this registry, and not of another one? if it is, do not trust the source, and tell its operator"
        }
        other => other.hint(),
    }
}

/// The selection that modules on the command line make; none select everything.
pub(crate) fn selection(modules: &[ModuleRef]) -> Selection {
    if modules.is_empty() {
        return Selection::All;
    }
    let any = |requirement: &Option<VersionReq>| requirement.clone().unwrap_or(VersionReq::STAR);
    Selection::Modules(modules.iter().map(|module| (module.module.clone(), any(&module.requirement))).collect())
}

/// Draws how far a long operation is.
pub(crate) fn draw(bar: &ProgressBar, progress: Progress) {
    let message = match progress.phase {
        Phase::Metadata => "metadata",
        Phase::Log => "log",
        Phase::Index => "index",
        Phase::Packages => "packages",
        Phase::Publish => "publishing",
    };
    bar.set_message(message);
    bar.set_length(progress.total);
    bar.set_position(progress.done);
}

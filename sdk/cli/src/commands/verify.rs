//! `adx verify`: each proof of a package, one after the other.

use std::fs;
use std::path::{Path, PathBuf};

use adx_index::Package;
use adx_signing::tuf::TargetName;
use adx_signing::{Digest, Envelope, ModuleId};
use adx_trust::log::{LogError, Witnessed};
use adx_trust::repository::RepositoryError;
use adx_trust::{Demands, Outcome, Proof, Refusal, Step, decide};
use clap::Args;
use owo_colors::OwoColorize as _;
use semver::Version;
use serde_json::{Value, json};

use crate::App;
use crate::clock;
use crate::failure::Failure;
use crate::trust::{Trusted, failure, hint};

/// Prove step by step that a package may be trusted
#[derive(Args)]
pub(crate) struct Verify {
    /// The package
    #[arg(value_name = "FILE")]
    package: PathBuf,
    /// The publisher's envelope [default: the one that is served with the package]
    #[arg(long, value_name = "FILE")]
    envelope: Option<PathBuf>,
    #[command(flatten)]
    trusted: Trusted,
}

impl Verify {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let package = read(&self.package)?;
        let (module, version) = release(&self.package, &package)?;
        let opened = self.trusted.open(app)?;
        let registry = opened.registry(app)?;
        let now = clock::now();
        let cannot_verify = || format!("cannot verify {}", self.package.display());
        // What the registry says the steps tell, also what is behind or not cosigned; where it is silent there is nothing to tell.
        let refreshed = registry.refresh(now).await.err();
        if let Some(refusal) = refreshed.as_ref().filter(|refusal| is_silent(refusal)) {
            return Err(failure(&cannot_verify(), refusal));
        }
        let evidence = registry.evidence(&module, &version, now).await;
        let envelope = match &self.envelope {
            Some(file) => envelope(file)?,
            None => match registry.envelope(&Digest::of(&package)).await {
                // That there is none is one of the proofs that fail.
                Err(Refusal::NotServed { .. }) => Vec::new(),
                served => served.map_err(|refusal| failure(&cannot_verify(), &refusal))?,
            },
        };
        let mut decision = decide(&evidence, &package, &envelope, &Demands::default(), now);
        let witnessed = registry.witnessed().await;
        // By what was believed before it may hold still; what the registry shows now is refused all the same.
        if let (Ok(_), Some(refusal)) = (&decision.outcome, refreshed) {
            for step in decision.steps.iter_mut().filter(|step| Some(step.proof) == refusal.proof()) {
                (step.outcome, step.detail) = (Outcome::Fails, refusal.to_string());
            }
            decision.outcome = Err(refusal);
        }
        let refusal = decision.outcome.as_ref().err();
        let document = json!({
            "package": self.package,
            "module": module,
            "version": version,
            "source": opened.source.to_string(),
            "verified": refusal.is_none(),
            "refusal": refusal.map(ToString::to_string),
            "steps": decision.steps.iter().map(|one| step(one, witnessed.as_ref())).collect::<Vec<_>>(),
        });
        app.output.result(&document, |out| {
            writeln!(out, "{} {}  {}", module.bold(), version.green(), self.package.display())?;
            for Step { proof, outcome, detail } in &decision.steps {
                let word = format!("{:>9}", outcome.as_str());
                match outcome {
                    Outcome::Holds => write!(out, "{}", word.green())?,
                    Outcome::Fails => write!(out, "{}", word.red())?,
                    Outcome::NotAsked => write!(out, "{}", word.yellow())?,
                }
                writeln!(out, "  {proof:<13}  {detail}{}", by_witnesses(*proof, *outcome, witnessed.as_ref()))?;
            }
            Ok(())
        })?;
        match refusal {
            Some(refusal) if is_silent(refusal) => Err(failure(&cannot_verify(), refusal)),
            Some(refusal) => Err(Failure::refused(format!("{module} {version} is refused"))
                .cause(refusal.to_string())
                .hint(hint(refusal))),
            None => Ok(()),
        }
    }
}

/// Whether a file did not come, or what is remembered could not be read: then nothing was said that could be held against anything.
fn is_silent(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Source(_)
        | Refusal::Metadata(RepositoryError::Source(_) | RepositoryError::State(_))
        | Refusal::Checkpoint(LogError::Source(_) | LogError::State(_)) => refusal.is_passing(),
        _ => false,
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|error| Failure::not_found(format!("cannot read {}", file.display())).because(&error))
}

/// An envelope of any content: what it says is for the proofs to judge.
fn envelope(file: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = read(file)?;
    match Envelope::from_json(&String::from_utf8_lossy(&bytes)) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Failure::usage(format!("{} is not an envelope", file.display()))
            .because(&error)
            .hint("pass the one that was published with the package, `….dsse.json`, or leave --envelope out")),
    }
}

/// Which release the package claims to be, by its name or else by its manifest. Nothing hangs on it: the claim is what is proven.
fn release(file: &Path, package: &[u8]) -> Result<(ModuleId, Version), Failure> {
    let named = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<TargetName>().ok());
    if let Some(release) = named.and_then(|name| name.package().ok()) {
        return Ok(release);
    }
    let package = Package::read(package)
        .map_err(|error| Failure::refused(format!("{} is not a package", file.display())).because(&error))?;
    Ok((package.manifest.id(), package.manifest.module.version.clone()))
}

fn step(step: &Step, witnessed: Option<&Witnessed>) -> Value {
    let mut document = json!({ "proof": step.proof.as_str(), "outcome": step.outcome.as_str(), "detail": step.detail });
    if let Some(Witnessed { cosignatures, known, quorum }) = witnessed.filter(|_| is_believed(step.proof, step.outcome))
    {
        let by = cosignatures.iter().map(|by| json!({ "name": by.name, "at": by.at })).collect::<Vec<_>>();
        document["witnesses"] = json!({ "cosigned": by, "known": known, "quorum": quorum });
    }
    document
}

/// Whether a step is the checkpoint's, and it holds: of another one nothing is said.
fn is_believed(proof: Proof, outcome: Outcome) -> bool {
    proof == Proof::Checkpoint && outcome == Outcome::Holds
}

/// Who saw the checkpoint besides, and how many had to.
fn by_witnesses(proof: Proof, outcome: Outcome, witnessed: Option<&Witnessed>) -> String {
    let Some(Witnessed { cosignatures, known, quorum }) = witnessed.filter(|_| is_believed(proof, outcome)) else {
        return String::new();
    };
    if cosignatures.is_empty() {
        return format!(", cosigned by no witness: {quorum} of {known} must");
    }
    let names: Vec<_> = cosignatures.iter().map(|by| by.name.to_string()).collect();
    format!(", cosigned by {}: {quorum} of {known} must", names.join(" and "))
}

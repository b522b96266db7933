//! The configured checks, and what comes of what they find.

use std::iter;
use std::sync::Arc;

use adx_index::manifest::Manifest;
use adx_index::package::Package;
use adx_signing::digest::Digest;
use adx_signing::name::ModuleId;

use super::PublishError;
use super::check::{Checked, Proof};
use crate::Ports;
use crate::checks::{CheckBroke, Finding, Severity};
use crate::ports::{BlobKey, Reader, off_reactor, read_whole};
use crate::release::Release;
use crate::review::{
    Cause, Configured, Facts, MAX_FINDINGS, NOT_FINISHED, is_dearer, is_wider, look_over, release_before,
};
use crate::submissions::{Compared, Found, SubmissionState};

/// What was seen of a package.
pub(super) struct Scanned {
    /// What the checks found, the worst first.
    pub(super) findings: Vec<Found>,
    /// What it was compared with.
    pub(super) compared: Compared,
    /// What comes of it.
    pub(super) outcome: Outcome,
}

/// What comes of a package.
pub(super) enum Outcome {
    /// It is released.
    Passes,
    /// Somebody has to decide, for these causes.
    Waits(SubmissionState, Vec<Cause>),
    /// A check refuses it, in these words.
    Refused(String),
    /// A check that must run could not, in these words.
    Broke(String),
}

/// Runs the checks, and asks the policy.
///
/// # Errors
/// [`PublishError::Store`], [`PublishError::Blobs`]: what it is compared with cannot be read.
pub(super) async fn scan(ports: &Ports, proof: &Proof, checked: &Checked) -> Result<Scanned, PublishError> {
    let policy = &ports.pipeline.policy;
    let mut reader = ports.store.read().await?;
    let standing = reader.publisher_standing(proof.publisher.id).await?.map(|known| known.standing);
    let asks = |cause| policy.asks_for(cause, standing);
    let checks = &ports.pipeline.checks;
    let needs_package = checks.iter().any(|configured| configured.check.needs_before());
    let needs_manifest = asks(Cause::WiderPermissions) || asks(Cause::Price);
    let before = release_before(&mut *reader, &checked.package.manifest.id()).await?;
    let compared = Compared::with(before.as_ref());
    let first_release = asks(Cause::FirstRelease) && !reader.has_released(proof.publisher.id).await?;
    let manifests = if needs_manifest {
        Before::read(&mut *reader, &checked.package.manifest.id(), before.as_ref()).await?
    } else {
        Before::Nothing
    };
    drop(reader);
    let package_before = match (before, needs_package) {
        (Some(before), true) => package_of(ports, &before).await?,
        _ => None,
    };

    let looked = look(ports, checked, proof.sha256(), package_before.as_ref()).await;
    let manifest = &checked.package.manifest;
    let facts = Facts {
        first_release,
        wider_permissions: match &manifests {
            Before::Nothing => false,
            Before::Unknown => true,
            Before::Known(known) => known.iter().any(|before| is_wider(manifest, before)),
        },
        price: match &manifests {
            Before::Nothing | Before::Unknown => is_dearer(manifest, None),
            Before::Known(known) => known.iter().any(|before| is_dearer(manifest, Some(before))),
        },
        findings: looked.findings.iter().any(|found| found.finding.severity >= Severity::Warning),
    };
    let outcome = decide(&looked, policy.causes(facts, standing), proof.staged);
    Ok(Scanned { findings: looked.findings, compared, outcome })
}

/// What the checks said together.
struct Looked {
    /// What they found, the worst first.
    findings: Vec<Found>,
    /// The names of checks that found what refuses.
    refused_by: Vec<&'static str>,
    /// Why required checks could not be finished.
    broke: Vec<String>,
}

fn decide(looked: &Looked, mut causes: Vec<Cause>, staged: bool) -> Outcome {
    if looked.findings.iter().any(|found| found.finding.severity == Severity::Harmful) {
        let staged = staged.then_some(Cause::Staged);
        return Outcome::Waits(SubmissionState::Quarantined, iter::once(Cause::Findings).chain(staged).collect());
    }
    if !looked.refused_by.is_empty() {
        return Outcome::Refused(format!("refused by the check {}", looked.refused_by.join(", ")));
    }
    if !looked.broke.is_empty() {
        return Outcome::Broke(looked.broke.join("; "));
    }
    // An owner has the last word: what an operator has to look at as well is confirmed after that.
    let state = if causes.is_empty() { SubmissionState::Staged } else { SubmissionState::InReview };
    causes.extend(staged.then_some(Cause::Staged));
    if causes.is_empty() { Outcome::Passes } else { Outcome::Waits(state, causes) }
}

/// Runs every check.
async fn look(ports: &Ports, checked: &Checked, sha256: Digest, before: Option<&Arc<Package>>) -> Looked {
    let checks = &ports.pipeline.checks;
    let ended = look_over(ports, checks, &checked.package, sha256, before).await;
    let mut looked = Looked { findings: Vec::new(), refused_by: Vec::new(), broke: Vec::new() };
    for (configured, ended) in checks.iter().zip(ended) {
        looked.add(configured, ended);
    }
    looked.findings.sort_by_key(|found| std::cmp::Reverse(found.finding.severity));
    looked.findings.truncate(MAX_FINDINGS);
    looked
}

impl Looked {
    fn add(&mut self, configured: &Configured, ended: Result<Vec<Finding>, CheckBroke>) {
        let name = configured.check.name();
        let findings = match ended {
            Ok(findings) => findings,
            Err(broke) => {
                tracing::error!(check = name, reason = broke.reason, "a check could not be finished");
                if configured.rule.required {
                    // The reason is for operators: it is in the log, and says nothing of the package.
                    self.broke.push(format!("the check `{name}` could not be finished"));
                }
                vec![Finding::note(NOT_FINISHED, "this check could not be finished, and was left out")]
            }
        };
        for finding in findings {
            let found = configured.found(finding);
            if found.finding.severity == Severity::Error && self.refused_by.last() != Some(&name) {
                self.refused_by.push(name);
            }
            self.findings.push(found);
        }
    }
}

/// What a new version asks for no more than.
enum Before {
    /// Nothing: it is the first of its module.
    Nothing,
    /// Something that it cannot be compared with: the registry offers no release, or one from before a rule of manifests changed.
    Unknown,
    /// The release that the module's page shows, and the last one published if that was yanked: whoever publishes can yank, and would
    /// choose.
    Known(Vec<Manifest>),
}

impl Before {
    async fn read<R: Reader + ?Sized>(
        reader: &mut R,
        module: &ModuleId,
        shown: Option<&Release>,
    ) -> Result<Self, PublishError> {
        let Some(module) = reader.module(module).await? else { return Ok(Self::Nothing) };
        let last = reader.releases_of(module.id, None, 1).await?;
        if last.is_empty() {
            return Ok(Self::Nothing);
        }
        let mut known = Vec::new();
        for release in shown.into_iter().chain(last.iter().filter(|release| release.yanked && release.is_offered())) {
            let texts = reader.release_texts(release.id).await?;
            let Some(manifest) = texts.and_then(|texts| Manifest::parse(&texts.manifest).ok()) else {
                return Ok(Self::Unknown);
            };
            known.push(manifest);
        }
        Ok(if known.is_empty() { Self::Unknown } else { Self::Known(known) })
    }
}

async fn package_of(ports: &Ports, release: &Release) -> Result<Option<Arc<Package>>, PublishError> {
    let Some(bytes) = read_whole(&*ports.blobs, &BlobKey::Package(release.sha256)).await? else { return Ok(None) };
    let read = off_reactor(&*ports.blocking, move || Package::read(&*bytes)).await;
    Ok(read.map_err(PublishError::CheckBroke)?.ok().map(Arc::new))
}

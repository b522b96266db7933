//! Checks that are run over a package, and how what they find counts.

use std::sync::Arc;

use adx_index::package::Package;
use adx_signing::digest::Digest;
use futures::future::{Either, join_all, select};

use super::Configured;
use crate::Ports;
use crate::checks::{CheckBroke, Finding, Subject};
use crate::ports::{Blocking, Stopped, off_reactor};
use crate::submissions::Found;

/// Most findings kept of one package, the worst first: stops a package of nothing but mistakes from being answered with megabytes.
pub(crate) const MAX_FINDINGS: usize = 200;
/// Longest message, longest place and longest name of a rule, in bytes.
pub(crate) const MAX_MESSAGE_BYTES: usize = 2_000;
/// The code of what is said in the place of a check that could not be finished.
pub(crate) const NOT_FINISHED: &str = "not-finished";

/// Runs checks, several at once, until one deadline, and tells how each ended, in their order. What has not ended then could not be
/// finished.
pub(crate) async fn look_over(
    ports: &Ports,
    checks: &[Configured],
    package: &Arc<Package>,
    sha256: Digest,
    before: Option<&Arc<Package>>,
) -> Vec<Result<Vec<Finding>, CheckBroke>> {
    let pipeline = &ports.pipeline;
    let threads: &dyn Blocking = pipeline.threads.as_deref().unwrap_or(&*ports.blocking);
    let run = |configured: &Configured| {
        let (check, package, before) = (Arc::clone(&configured.check), Arc::clone(package), before.cloned());
        let name = check.name();
        let work = move || check.run(&Subject { package: &package, sha256, before: before.as_deref() });
        let limit = ports.clock.sleep(pipeline.deadline);
        async move {
            match select(Box::pin(off_reactor(threads, work)), limit).await {
                Either::Left((Ok(ended), _)) => ended,
                Either::Left((Err(Stopped), _)) => Err(CheckBroke { check: name, reason: "it panicked".to_owned() }),
                Either::Right(((), _)) => Err(CheckBroke { check: name, reason: "it took too long".to_owned() }),
            }
        }
    };
    join_all(checks.iter().map(run)).await
}

impl Configured {
    /// What the check found, as it counts here and cut to what is kept.
    pub(crate) fn found(&self, mut finding: Finding) -> Found {
        finding.severity = self.rule.refuses.judge(finding.severity);
        let texts = [Some(&mut finding.message), finding.place.as_mut(), finding.rule.as_mut()];
        for text in texts.into_iter().flatten() {
            text.truncate(text.floor_char_boundary(MAX_MESSAGE_BYTES));
        }
        Found { check: self.check.name().to_owned(), finding, found_at: None }
    }
}

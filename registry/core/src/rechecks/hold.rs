//! One release, held against what is known now.

use std::sync::Arc;

use adx_index::package::{Package, PackageError};
use adx_signing::digest::Digest;
use thiserror::Error;

use super::again::Again;
use super::{checks, held_against};
use crate::Ports;
use crate::ports::{BlobKey, Stopped, off_reactor, read_whole};
use crate::release::Release;
use crate::review::look_over;
use crate::run_jobs::JobError;

/// How the checks ended with a release.
pub(super) struct Held {
    /// Each of those that are run again.
    pub(super) again: Vec<Again>,
    /// Whether another attempt may end otherwise.
    pub(super) may_pass: bool,
}

impl Held {
    /// Whether every check came to its end.
    pub(super) fn is_finished(&self) -> bool {
        self.again.iter().all(|again| again.found.is_some())
    }
}

/// Why there is no package to look at.
#[derive(Debug, Error)]
enum Unread {
    /// Nothing is stored under its digest.
    #[error("the package is not in the storage")]
    Missing,
    /// What is stored has another digest.
    #[error("other bytes than the package's are in the storage")]
    OtherBytes,
    /// Its bytes are no package, by the rules of now.
    #[error("the package cannot be read")]
    Refused(#[source] PackageError),
    /// Whoever read it stopped.
    #[error("whoever read the package stopped before the end")]
    Stopped,
}

impl Unread {
    /// Whether it may be read later. What cannot be read now is the same bytes then.
    const fn may_pass(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }
}

/// Runs the checks that are run again over a release, which the files of digest `against` are there for.
///
/// # Errors
/// [`JobError`] where it is not the release that could not be looked at: nothing is said of it then.
pub(super) async fn hold(ports: &Ports, release: &Release, against: Option<Digest>) -> Result<Held, JobError> {
    let (module, version) = (&release.module, &release.version);
    let checks = checks(ports);
    let package = match read(ports, release).await? {
        Ok(package) => package,
        Err(unread) => {
            tracing::error!(%module, %version, error = &unread as &dyn std::error::Error, "a release cannot be looked over again");
            let again = checks.iter().map(|configured| Again { check: configured.check.name(), found: None }).collect();
            return Ok(Held { again, may_pass: unread.may_pass() });
        }
    };
    let ended = look_over(ports, &checks, &package, release.sha256, None).await;
    let mut held = Held { again: Vec::with_capacity(checks.len()), may_pass: true };
    for (configured, ended) in checks.iter().zip(ended) {
        let check = configured.check.name();
        let found = match ended {
            Ok(findings) => Some(findings.into_iter().map(|finding| configured.found(finding)).collect()),
            Err(broke) => {
                tracing::error!(%module, %version, check, reason = broke.reason, "a check could not be finished");
                None
            }
        };
        held.again.push(Again { check, found });
    }
    // Files that were changed in the midst of it are no fault of the release.
    if !held.is_finished() && held_against(ports).await? != against {
        return Err(JobError::OtherFiles);
    }
    Ok(held)
}

async fn read(ports: &Ports, release: &Release) -> Result<Result<Arc<Package>, Unread>, JobError> {
    let sha256 = release.sha256;
    let Some(bytes) = read_whole(&*ports.blobs, &BlobKey::Package(sha256)).await? else {
        return Ok(Err(Unread::Missing));
    };
    let read = move || {
        if Digest::of(&bytes) != sha256 {
            return Err(Unread::OtherBytes);
        }
        Package::read(&*bytes).map(Arc::new).map_err(Unread::Refused)
    };
    Ok(off_reactor(&*ports.blocking, read).await.unwrap_or_else(|Stopped| Err(Unread::Stopped)))
}

//! Publishing a version: from a stream of bytes and an envelope to a release that everybody sees.

mod approved;
mod check;
mod record;
mod scan;

use std::pin::pin;

use adx_index::limits::{MAX_INDEX_BYTES, MAX_PACKAGE_BYTES};
use adx_signing::digest::{Digest, Hasher};
use adx_signing::envelope::EnvelopeError;
use adx_signing::key::KeyId;
use adx_signing::name::ModuleId;
use adx_signing::statement::ReleaseError;
use bytes::Bytes;
use futures::future::try_join;
use futures::{Stream, StreamExt, TryFutureExt};
use semver::Version;
use thiserror::Error;

use crate::actor::{Actor, Denied};
use crate::checks::{Finding, Severity};
use crate::names::NameRefused;
use crate::ports::{BlobError, BlobKey, PublishStep, ReviewStep, StoreError, TemporaryBlob, off_reactor};
use crate::quotas::Exceeded;
use crate::release::Release;
use crate::review::{DecideError, MAX_MESSAGE_BYTES};
use crate::submissions::{Found, Journey, Submission, SubmissionState};
use crate::trusted::TrustedError;
use crate::{Id, Ports, quotas};

pub(crate) use approved::{Approval, release_submission};
pub use check::PackageRefused;
use check::Proof;
use record::{Earlier, Origin, Recorded};
use scan::{Outcome, Scanned};

/// What a publisher asks for, but for the package's bytes.
#[derive(Debug, Clone)]
pub struct PublishRequest {
    /// The module of the address.
    pub module: ModuleId,
    /// The version of the address.
    pub version: Version,
    /// The DSSE envelope as JSON, as it was received: it is served again byte for byte.
    pub envelope: String,
    /// How long the package says it is, if it does: one too long is refused before it is read.
    pub size_bytes: Option<u64>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// A new release, and what was found in it that keeps nobody from it.
    Released(Release, Vec<Found>),
    /// The very same bytes had been released before.
    AlreadyReleased(Release),
    /// An operator has to look at it first, or an owner to confirm it.
    Waits(Box<Submission>),
}

/// Why nothing was published. Nothing is stored then that anybody sees.
#[derive(Debug, Error)]
pub enum PublishError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The envelope is not one.
    #[error("the envelope cannot be read")]
    Envelope(#[from] EnvelopeError),
    /// The publisher has no key to verify anything with.
    #[error("`{0}` has registered no key to verify the signature with")]
    NoKeys(String),
    /// A key of the publisher signed that counts for releases no more, or not at all.
    #[error("the key {0} does not count for releases: it was removed, has expired or is for key changes only")]
    KeyDoesNotCount(KeyId),
    /// A key of the publisher signed that somebody else has, too.
    #[error("the key {0} is revoked: what it signs is not released")]
    KeyRevoked(KeyId),
    /// The envelope is no proof of a release by this publisher.
    #[error("the signature does not prove this release")]
    Signature(#[source] ReleaseError),
    /// What was signed is not what is asked for.
    #[error("the signed statement is for {what} `{signed}`, the request for `{asked}`")]
    OtherStatement {
        /// Which part differs.
        what: &'static str,
        /// What the statement says.
        signed: String,
        /// What the address says.
        asked: String,
    },
    /// The package is larger than any may be.
    #[error("a package has at most {limit_bytes} bytes")]
    TooLarge {
        /// The most.
        limit_bytes: u64,
    },
    /// The bytes did not arrive whole.
    #[error("the package did not arrive whole")]
    Interrupted(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The bytes are not those that were signed.
    #[error("the package's sha256 is {computed}, but {signed} was signed")]
    OtherBytes {
        /// Of the statement.
        signed: Digest,
        /// Of the bytes.
        computed: Digest,
    },
    /// The package is not one that can be installed.
    #[error(transparent)]
    Refused(#[from] PackageRefused),
    /// A check refused it.
    #[error("the package was refused: {}", summary(&.0.findings))]
    Rejected(Box<Submission>),
    /// A check that must run did not end well.
    #[error("the package could not be looked over: {}", .0.reason_or_nothing())]
    NotChecked(Box<Submission>),
    /// An operator has refused these very bytes.
    #[error("an operator refused this package: {reason}")]
    RefusedByOperator {
        /// Which submission.
        submission: Id<Submission>,
        /// Why.
        reason: String,
    },
    /// Other bytes wait under this version.
    #[error("other bytes of {} {} wait for somebody's word (sha256 {})", .0.module, .0.version, .0.sha256)]
    OthersWait(Box<Submission>),
    /// Somebody decided on the submission meanwhile.
    #[error(transparent)]
    Decided(#[from] DecideError),
    /// A release never changes.
    #[error("{module} {version} has been released with other bytes (sha256 {released}): raise the version")]
    VersionTaken {
        /// The module.
        module: ModuleId,
        /// The version that was released.
        version: Version,
        /// The digest that was released.
        released: Digest,
    },
    /// `-` and `_` are the same in names: the module's first release decides how it is written, and its publisher how the namespace is.
    #[error("the module is written `{existing}`")]
    NameTaken {
        /// How it is written.
        existing: ModuleId,
    },
    /// The module's name cannot be taken, or not yet.
    #[error(transparent)]
    Name(#[from] NameRefused),
    /// An operator has put the whole module into quarantine, or taken it down.
    #[error("the whole of `{module}` is withheld: {reason}")]
    Withheld {
        /// The module.
        module: ModuleId,
        /// Why.
        reason: String,
    },
    /// An operator has taken the version down: it is not stored again.
    #[error("{module} {version} was taken down: {reason}")]
    TakenDown {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
        /// Why.
        reason: String,
    },
    /// Clients would not read the module's index file any more, and mirrors could not copy it.
    #[error("`{0}` has as many versions as its index can hold, at {MAX_INDEX_BYTES} bytes")]
    ModuleFull(ModuleId),
    /// The same bytes, left behind by an earlier attempt, are being removed at this moment.
    #[error("an earlier upload of these bytes is being cleaned up: try again in a minute")]
    TryAgain,
    /// An owner has to confirm it, since a rule was turned on while it was under way.
    #[error("the owners of the namespace confirm each release by now, and did not when this one was sent")]
    Stricter,
    /// An operator has to look at it, since the publisher was put on hold while it was under way.
    #[error("operators look at whatever this publisher sends by now, and did not when this one was sent")]
    Held,
    /// The check itself broke; a check that does not end is not passed.
    #[error("the package could not be checked")]
    CheckBroke(#[source] crate::ports::Stopped),
    /// The publisher has as much as it may have.
    #[error(transparent)]
    Quota(#[from] Exceeded),
    /// The publisher asks more of its releases.
    #[error(transparent)]
    Trusted(#[from] TrustedError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The object storage failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

/// Publishes a version.
///
/// Asking again with the same bytes succeeds, at any time and after any failure.
///
/// # Errors
/// [`PublishError`]; nothing is released then.
#[tracing::instrument(
    name = "module.publish", skip_all, fields(module = %request.module, version = %request.version)
)]
pub async fn publish<S, E>(
    ports: &Ports,
    actor: &Actor,
    request: PublishRequest,
    package: S,
) -> Result<Published, PublishError>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let proof = check::envelope(ports, actor, &request).await?;
    let earlier = match record::earlier(ports, &proof, &request.module, &request.version).await? {
        Earlier::Waits(submission) => return Ok(Published::Waits(submission)),
        Earlier::Nothing => None,
        Earlier::Released(release) => Some(*release),
    };
    if request.size_bytes.is_some_and(|size| size > MAX_PACKAGE_BYTES) {
        return Err(PublishError::TooLarge { limit_bytes: MAX_PACKAGE_BYTES });
    }
    ports.progress.reached(PublishStep::Received);

    let mut journey = Journey::begin(ports, proof.sent());
    let mut blob = ports.blobs.create_temporary().await?;
    let checked = match receive(ports, &mut *blob, &proof, package, &mut journey).await {
        Ok(checked) => checked,
        Err(refused) => {
            discard(blob).await;
            return Err(match (refused, &earlier) {
                (PublishError::Refused(why), None) => {
                    record::keep(ports, not_sound(ports, journey, &why)).await?;
                    why.into()
                }
                (PublishError::CheckBroke(_), None) => {
                    journey.becomes(
                        ports,
                        SubmissionState::Errored,
                        Some("it could not be read to its end".to_owned()),
                    );
                    PublishError::NotChecked(Box::new(record::keep(ports, journey).await?))
                }
                (other, _) => other,
            });
        }
    };
    if let Some(release) = earlier {
        return store_again(ports, blob, release).await;
    }
    journey.submission.size_bytes = checked.size_bytes;
    journey.becomes(ports, SubmissionState::Scanning, None);
    let scanned = scan::scan(ports, &proof, &checked).await;
    let Scanned { findings, compared, outcome } = match scanned {
        Ok(scanned) => scanned,
        Err(failed) => {
            discard(blob).await;
            return Err(failed);
        }
    };
    ports.progress.reached(PublishStep::Scanned);
    journey.found(findings);
    match outcome {
        Outcome::Passes => {
            journey.compared(compared);
            release(ports, blob, request, &proof, checked, journey).await
        }
        Outcome::Waits(state, causes) => {
            journey.waits(ports, state, causes, request.envelope);
            wait(ports, blob, &proof, journey).await
        }
        Outcome::Refused(why) => {
            discard(blob).await;
            journey.compared(compared);
            journey.becomes(ports, SubmissionState::Rejected, Some(why));
            Err(PublishError::Rejected(Box::new(record::keep(ports, journey).await?)))
        }
        Outcome::Broke(why) => {
            discard(blob).await;
            journey.becomes(ports, SubmissionState::Errored, Some(why));
            Err(PublishError::NotChecked(Box::new(record::keep(ports, journey).await?)))
        }
    }
}

/// What passed everything becomes a release.
async fn release(
    ports: &Ports,
    blob: Box<dyn TemporaryBlob>,
    request: PublishRequest,
    proof: &Proof,
    checked: check::Checked,
    mut journey: Journey,
) -> Result<Published, PublishError> {
    if let Err(refused) = may_store(ports, proof, &request.module, checked.size_bytes).await {
        discard(blob).await;
        return Err(refused);
    }
    // Each waits for the disk: at the same time.
    let key = BlobKey::Package(proof.sha256());
    let package = blob.promote(&key).inspect_ok(|()| ports.progress.reached(PublishStep::BlobStored));
    let envelope = store_envelope(ports, proof.sha256(), request.envelope.clone());
    try_join(package, envelope.inspect_ok(|()| ports.progress.reached(PublishStep::EnvelopeStored))).await?;

    journey.becomes(ports, SubmissionState::Released, None);
    match record::release(ports, request, proof, checked, Origin::Sent(&journey)).await? {
        Recorded::Released(release) => Ok(Published::Released(release, journey.submission.findings)),
        Recorded::Lost(release) => {
            // Somebody else released these bytes in the meantime, perhaps with another signature: theirs stands.
            store_envelope_of(ports, &release).await?;
            Ok(Published::AlreadyReleased(release))
        }
    }
}

/// Whether a release may be stored where everybody finds it: within the quota, and not while a sweep removes the same bytes.
async fn may_store(ports: &Ports, proof: &Proof, module: &ModuleId, size_bytes: u64) -> Result<(), PublishError> {
    quotas::check(ports, &proof.publisher, module, size_bytes).await??;
    record::reprieve(ports, proof.sha256()).await
}

/// What has been released before is stored again: should an operator have lost the blob, this brings it back.
async fn store_again(ports: &Ports, blob: Box<dyn TemporaryBlob>, release: Release) -> Result<Published, PublishError> {
    if let Err(refused) = record::reprieve(ports, release.sha256).await {
        discard(blob).await;
        return Err(refused);
    }
    blob.promote(&BlobKey::Package(release.sha256)).await?;
    ports.progress.reached(PublishStep::BlobStored);
    // Erased while the bytes came: whoever erased them may have looked before they were stored.
    let known = ports.store.read().await?.release_by_digest(&release.sha256).await?;
    if known.is_some_and(|release| release.erased) {
        ports.blobs.delete(&BlobKey::Package(release.sha256)).await?;
        return Err(PublishError::TryAgain);
    }
    store_envelope_of(ports, &release).await?;
    Ok(Published::AlreadyReleased(release))
}

/// What needs a human is stored where nobody finds it, and recorded.
async fn wait(
    ports: &Ports,
    blob: Box<dyn TemporaryBlob>,
    proof: &Proof,
    journey: Journey,
) -> Result<Published, PublishError> {
    let Submission { module, size_bytes, .. } = &journey.submission;
    if let Err(exceeded) = quotas::check(ports, &proof.publisher, module, *size_bytes).await? {
        discard(blob).await;
        return Err(exceeded.into());
    }
    let key = BlobKey::Submission(journey.submission.id);
    blob.promote(&key).await?;
    ports.progress.reviewed(ReviewStep::BytesStored);
    let kept = match record::wait(ports, proof, journey).await {
        Ok(kept) => kept,
        Err(refused @ PublishError::Quota(_)) => {
            ports.blobs.delete(&key).await?;
            return Err(refused);
        }
        Err(refused) => return Err(refused),
    };
    if BlobKey::Submission(kept.id) != key {
        // Another request with the same bytes was first: these are its to be looked at, and the copy is nobody's.
        ports.blobs.delete(&key).await?;
    }
    ports.progress.reviewed(ReviewStep::Waits);
    Ok(Published::Waits(Box::new(kept)))
}

/// A package that is none that can be installed is a submission that was refused, so that its publisher finds out later as well.
fn not_sound(ports: &Ports, mut journey: Journey, why: &PackageRefused) -> Journey {
    let mut message = why.to_string();
    message.truncate(message.floor_char_boundary(MAX_MESSAGE_BYTES));
    let finding = Finding::error("package-refused", message);
    journey.found(vec![Found { check: "package".to_owned(), finding, found_at: None }]);
    journey.becomes(ports, SubmissionState::Rejected, Some("it is no package that can be installed".to_owned()));
    journey
}

/// How many errors there are, and the first.
fn summary(findings: &[Found]) -> String {
    let errors: Vec<_> = findings.iter().filter(|found| found.finding.severity >= Severity::Error).collect();
    let Some(first) = errors.first() else { return "nothing was found".to_owned() };
    match errors.len() {
        1 => first.finding.message.clone(),
        more => format!("{} (and {} more)", first.finding.message, more - 1),
    }
}

/// Takes the package in, and checks it.
async fn receive<S, E>(
    ports: &Ports,
    blob: &mut dyn TemporaryBlob,
    proof: &Proof,
    package: S,
    journey: &mut Journey,
) -> Result<check::Checked, PublishError>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut package = pin!(package);
    let mut hasher = Hasher::new();
    let mut size_bytes = 0_u64;
    while let Some(chunk) = package.next().await {
        let chunk = chunk.map_err(|error| PublishError::Interrupted(error.into()))?;
        size_bytes += chunk.len() as u64;
        // A length that was promised binds nobody: the bytes are counted.
        if size_bytes > MAX_PACKAGE_BYTES {
            return Err(PublishError::TooLarge { limit_bytes: MAX_PACKAGE_BYTES });
        }
        hasher.update(&chunk);
        blob.write(chunk).await?;
    }
    ports.progress.reached(PublishStep::BlobTemporary);

    let computed = hasher.finish();
    if computed != proof.sha256() {
        return Err(PublishError::OtherBytes { signed: proof.sha256(), computed });
    }
    journey.becomes(ports, SubmissionState::Validating, None);
    let bytes = blob.read().await?;
    let statement = proof.statement().clone();
    let checked = off_reactor(&*ports.blocking, move || check::package(&bytes, &statement)).await;
    let checked = checked.map_err(PublishError::CheckBroke)??;
    ports.progress.reached(PublishStep::Verified);
    Ok(checked)
}

async fn store_envelope(ports: &Ports, sha256: Digest, envelope: String) -> Result<(), BlobError> {
    ports.blobs.put(&BlobKey::Envelope(sha256), Bytes::from(envelope)).await?;
    Ok(())
}

/// Stores the envelope that the release was recorded with.
async fn store_envelope_of(ports: &Ports, release: &Release) -> Result<(), PublishError> {
    if let Some(texts) = ports.store.read().await?.release_texts(release.id).await? {
        store_envelope(ports, release.sha256, texts.envelope).await?;
    }
    Ok(())
}

/// Removing what was refused is a courtesy: the sweep does it if this fails.
async fn discard(blob: Box<dyn TemporaryBlob>) {
    if let Err(error) = blob.discard().await {
        tracing::warn!(error = &error as &dyn std::error::Error, "a temporary blob was left to the sweep");
    }
}

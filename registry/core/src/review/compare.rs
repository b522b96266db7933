//! A submission beside the release that people have now.

use adx_index::package::{Package, PackageError};
use semver::Version;
use thiserror::Error;

use super::diff::{self, Diff};
use crate::actor::Actor;
use crate::operator_scope::OperatorScope;
use crate::ports::{BlobError, BlobKey, BlobRead, Reader, Stopped, StoreError, off_reactor, read_whole};
use crate::release::Release;
use crate::submissions::{Compared, SeeError, Submission, show_submission};
use crate::{Id, Ports};

/// Why nothing is compared or given.
#[derive(Debug, Error)]
pub enum CompareError {
    /// It cannot be seen.
    #[error(transparent)]
    See(#[from] SeeError),
    /// Its bytes are not kept: it was refused at once, or long ago.
    #[error("the package of this submission is not kept")]
    NotKept,
    /// The release that it was compared with was taken down or erased since.
    #[error("the version {0}, with which this submission was compared, is not kept any more")]
    BeforeGone(Version),
    /// A package cannot be read any more.
    #[error("a package cannot be read")]
    Package(#[from] PackageError),
    /// The comparison broke.
    #[error("the comparison broke")]
    Broke(#[from] Stopped),
    /// The object storage failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

impl From<StoreError> for CompareError {
    fn from(error: StoreError) -> Self {
        Self::See(error.into())
    }
}

/// The bytes of a submission, for operators.
///
/// # Errors
/// [`CompareError`]
pub async fn package_of(
    ports: &Ports,
    actor: &Actor,
    id: Id<Submission>,
) -> Result<(Submission, BlobRead), CompareError> {
    actor.operator_sees(OperatorScope::Review).map_err(SeeError::from)?;
    let submission = ports.store.read().await?.submission(id).await?.ok_or(SeeError::Unknown)?;
    let read = ports.blobs.open(&BlobKey::Submission(id), None).await?.ok_or(CompareError::NotKept)?;
    Ok((submission, read))
}

/// What a submission changes in the release that people have now, or had when it was decided, if there is one; for whoever may see the
/// submission.
///
/// # Errors
/// [`CompareError`]
#[tracing::instrument(name = "submission.compare", skip_all, fields(submission = %id))]
pub async fn compare_with_release(
    ports: &Ports,
    actor: &Actor,
    id: Id<Submission>,
) -> Result<(Option<Release>, Diff), CompareError> {
    compare(ports, &show_submission(ports, actor, id).await?.submission).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`CompareError`]
pub async fn compare_on_the_machine(
    ports: &Ports,
    submission: &Submission,
) -> Result<(Option<Release>, Diff), CompareError> {
    compare(ports, submission).await
}

async fn compare(ports: &Ports, submission: &Submission) -> Result<(Option<Release>, Diff), CompareError> {
    let id = submission.id;
    let before = before(&mut *ports.store.read().await?, submission).await?;
    let bytes = read_whole(&*ports.blobs, &BlobKey::Submission(id)).await?.ok_or(CompareError::NotKept)?;
    let bytes_before = match &before {
        Some(release) => read_whole(&*ports.blobs, &BlobKey::Package(release.sha256)).await?,
        None => None,
    };
    if let (Some(Compared::With(version)), None) = (&submission.compared_with, &bytes_before) {
        return Err(CompareError::BeforeGone(version.clone()));
    }
    let before = before.filter(|_| bytes_before.is_some());
    let diff = off_reactor(&*ports.blocking, move || {
        let package = Package::read(&*bytes)?;
        let before = bytes_before.map(|bytes| Package::read(&*bytes)).transpose()?;
        Ok::<_, PackageError>(diff::compare(before.as_ref(), &package))
    })
    .await??;
    Ok((before, diff))
}

/// The release that a submission is compared with: what was decided stays compared with what it was decided by.
async fn before<R: Reader + ?Sized>(reader: &mut R, submission: &Submission) -> Result<Option<Release>, StoreError> {
    let version = match &submission.compared_with {
        None => return release_before(reader, &submission.module).await,
        Some(Compared::WithNothing) => return Ok(None),
        Some(Compared::With(version)) => version,
    };
    let Some(module) = reader.module(&submission.module).await? else { return Ok(None) };
    // One that was put into quarantine since is its publisher's all the same; what the law says is not shown.
    Ok(reader.release(module.id, version).await?.filter(|release| release.takedown().is_none()))
}

/// The release of a module that people have now: the one that its page shows, unless the registry offers none. One that was yanked
/// counts: whoever publishes can yank, and would choose what it is compared with.
pub(crate) async fn release_before<R: Reader + ?Sized>(
    reader: &mut R,
    module: &adx_signing::name::ModuleId,
) -> Result<Option<Release>, StoreError> {
    let Some(module) = reader.module(module).await? else { return Ok(None) };
    let Some(latest) = &module.latest else { return Ok(None) };
    Ok(reader.release(module.id, latest).await?.filter(Release::is_offered))
}

//! Reading a released package whole, for what its listing shows of its files.

use adx_index::package::{Package, PackageError};
use adx_signing::name::ModuleId;
use semver::Version;
use thiserror::Error;

use crate::Ports;
use crate::ports::{BlobError, BlobKey, Stopped, StoreError, off_reactor, read_whole};
use crate::release::Release;
use crate::takedown::{self, Takedown};

/// Why a package cannot be read.
#[derive(Debug, Error)]
pub enum ReadPackageError {
    /// It is not where it was stored.
    #[error("the package {0} is missing from storage")]
    Missing(BlobKey),
    /// It was sound when it came in, and is not now.
    #[error("a stored package cannot be read")]
    Package(#[from] PackageError),
    /// Reading broke.
    #[error("reading a package broke")]
    Broke(#[from] Stopped),
    /// The object storage failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

/// A release, and that it was taken down, if it was: nothing of it is to be shown then. `None` if there is no such version.
///
/// # Errors
/// [`StoreError`]
pub async fn listed_release(
    ports: &Ports,
    module: &ModuleId,
    version: &Version,
) -> Result<Option<(Release, Option<Takedown>)>, StoreError> {
    let mut reader = ports.store.read().await?;
    let Some(module) = reader.module(module).await?.filter(|module| module.deleted_at.is_none()) else {
        return Ok(None);
    };
    let Some(release) = reader.release(module.id, version).await? else { return Ok(None) };
    let takedown = takedown::of_release(&mut *reader, &release).await?;
    Ok(Some((release, takedown)))
}

/// Makes something of a release's package, off the reactor.
///
/// # Errors
/// [`ReadPackageError`]
#[tracing::instrument(name = "package.read", skip_all, fields(module = %release.module, version = %release.version))]
pub async fn read_package<T: Send + 'static>(
    ports: &Ports,
    release: &Release,
    make: impl FnOnce(&Package) -> T + Send + 'static,
) -> Result<T, ReadPackageError> {
    let key = BlobKey::Package(release.sha256);
    let bytes = read_whole(&*ports.blobs, &key).await?.ok_or(ReadPackageError::Missing(key))?;
    let made = off_reactor(&*ports.blocking, move || Package::read(&*bytes).map(|package| make(&package))).await?;
    Ok(made?)
}

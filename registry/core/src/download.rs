//! Giving out what was published: packages, envelopes, index files.

use std::ops::Range;

use crate::Ports;
use crate::ports::{BlobError, BlobHead, BlobKey, BlobRead};

/// Opens a blob, or a part of it; `None` if there is none.
///
/// Reads no rows: a package that stands under its digest is what was asked for, whoever asks. Licences will gate this.
///
/// # Errors
/// [`BlobError::RangeNotSatisfiable`] when the range selects nothing.
#[tracing::instrument(name = "blob.open", level = "debug", skip(ports), fields(%key))]
pub async fn open(ports: &Ports, key: &BlobKey, range: Option<Range<u64>>) -> Result<Option<BlobRead>, BlobError> {
    ports.blobs.open(key, range).await
}

/// Size, tag and age of a blob; `None` if there is none.
///
/// # Errors
/// [`BlobError::Storage`]
pub async fn head(ports: &Ports, key: &BlobKey) -> Result<Option<BlobHead>, BlobError> {
    ports.blobs.head(key).await
}

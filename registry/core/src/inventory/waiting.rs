//! The packages of submissions that wait for an operator.

use super::Stored;
use crate::ports::{BlobKey, Reader, StoreError};
use crate::submissions::SubmissionState;

/// Rows read at once.
const PAGE: u32 = 200;

/// What must be there for them. What is decided meanwhile stays for a day at least.
///
/// # Errors
/// [`StoreError`]
pub async fn waiting<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<Stored>, StoreError> {
    let (mut stored, mut after) = (Vec::new(), None);
    loop {
        let page = reader.submissions_in(&SubmissionState::WAITING, None, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(stored) };
        after = Some(last.id);
        stored.extend(page.into_iter().map(|submission| Stored {
            key: BlobKey::Submission(submission.id),
            sha256: submission.sha256,
            size_bytes: Some(submission.size_bytes),
        }));
    }
}

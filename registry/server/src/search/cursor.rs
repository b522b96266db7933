//! Where a page of results ended, as text that callers cannot read and hand back as it is.

use adx_registry_core::ports::{SearchError, SearchQuery};
use adx_signing::digest::Digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How many bytes of the query's digest a cursor carries: to catch mistakes, not forgers, who would gain nothing.
const SHAPE_BYTES: usize = 8;

/// The cursor of the page that begins after `offset` hits of `query`.
pub(super) fn after(query: &SearchQuery, offset: usize) -> String {
    let mut bytes = (offset as u64).to_be_bytes().to_vec();
    bytes.extend_from_slice(&shape(query));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// How many hits of `query` stand before the page it asks for.
///
/// # Errors
/// [`SearchError::BadCursor`] if its cursor is none, or one of another query.
pub(super) fn offset(query: &SearchQuery) -> Result<usize, SearchError> {
    let Some(cursor) = &query.cursor else {
        return Ok(0);
    };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| SearchError::BadCursor)?;
    let (offset, of_shape) = bytes.split_first_chunk().ok_or(SearchError::BadCursor)?;
    if of_shape != shape(query) {
        return Err(SearchError::BadCursor);
    }
    usize::try_from(u64::from_be_bytes(*offset)).map_err(|_| SearchError::BadCursor)
}

/// What must stay the same from page to page; how many hits a page has may change.
fn shape(query: &SearchQuery) -> [u8; SHAPE_BYTES] {
    let text = format!("{:?}", (&query.text, &query.filters, &query.platform, &query.exclude, query.sort));
    let digest = Digest::of(text.as_bytes());
    let mut shape = [0; SHAPE_BYTES];
    shape.copy_from_slice(&digest.as_bytes()[..SHAPE_BYTES]);
    shape
}

//! Finding modules.

use crate::Ports;
use crate::ports::{SearchError, SearchPage, SearchQuery};

/// Most hits of one page.
pub const MAX_HITS: usize = 100;
/// Longest query, in bytes: a longer one costs the engine more than it tells it.
pub const MAX_QUERY_BYTES: usize = 256;

/// The modules that match, best first.
///
/// # Errors
/// [`SearchError`]
#[tracing::instrument(name = "module.search", level = "debug", skip_all)]
pub async fn search(ports: &Ports, mut query: SearchQuery) -> Result<SearchPage, SearchError> {
    query.limit = query.limit.clamp(1, MAX_HITS);
    let end = query.text.floor_char_boundary(MAX_QUERY_BYTES);
    query.text.truncate(end);
    ports.search.query(&query).await
}

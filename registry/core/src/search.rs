//! Finding modules.

use crate::Ports;
use crate::ports::{SearchError, SearchPage, SearchQuery};

/// Most hits of one page.
pub const MAX_HITS: usize = 100;
/// Longest query, in bytes: a longer one costs the engine more than it tells it.
pub const MAX_QUERY_BYTES: usize = 256;
/// Most modules that a query leaves out: what a tenant has installed.
pub const MAX_EXCLUDED: usize = 200;
/// Most values told of one facet.
pub const MAX_FACET_VALUES: usize = 50;
/// Most values of one facet that a query asks for.
pub const MAX_FILTER_VALUES: usize = 50;
/// Fewer hits than this, and the words may have been meant otherwise.
pub const FEW_HITS: u64 = 3;

/// The modules that match, best first.
///
/// # Errors
/// [`SearchError`]
#[tracing::instrument(name = "module.search", level = "debug", skip_all)]
pub async fn search(ports: &Ports, mut query: SearchQuery) -> Result<SearchPage, SearchError> {
    query.limit = query.limit.clamp(1, MAX_HITS);
    let end = query.text.floor_char_boundary(MAX_QUERY_BYTES);
    query.text.truncate(end);
    query.exclude.truncate(MAX_EXCLUDED);
    for values in query.filters.values_mut() {
        values.truncate(MAX_FILTER_VALUES);
    }
    query.filters.retain(|_, values| !values.is_empty());
    ports.search.query(&query).await
}

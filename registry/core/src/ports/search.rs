use adx_index::document::SearchDocument;
use adx_index::line::Deprecated;
use adx_signing::name::ModuleId;
use async_trait::async_trait;
use semver::Version;
use thiserror::Error;

/// Finds modules by words.
#[async_trait]
pub trait SearchIndex: Send + Sync {
    /// Adds or replaces documents by their id, visible to queries when this returns.
    ///
    /// # Errors
    /// [`SearchError`]; nothing was changed then.
    async fn upsert(&self, documents: &[SearchDocument]) -> Result<(), SearchError>;

    /// Removes documents; unknown ones are no error.
    ///
    /// # Errors
    /// [`SearchError`]; nothing was changed then.
    async fn remove(&self, modules: &[ModuleId]) -> Result<(), SearchError>;

    /// The modules that match, best first.
    ///
    /// # Errors
    /// [`SearchError::BadCursor`] for a cursor that no page gave out.
    async fn query(&self, query: &SearchQuery) -> Result<SearchPage, SearchError>;

    /// Notes that every module is in the index which was released up to `generation`, a sequence of the change feed. The
    /// index keeps the highest. No other call sets it: an index that was only begun stays one that must be rebuilt.
    ///
    /// # Errors
    /// [`SearchError`]; nothing was changed then.
    async fn complete(&self, generation: u64) -> Result<(), SearchError>;

    /// The highest generation it was completed at; `None` when it is new, of another schema or was never completed, and
    /// must be rebuilt.
    ///
    /// # Errors
    /// [`SearchError`]
    async fn generation(&self) -> Result<Option<u64>, SearchError>;
}

/// What to look for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// Words as typed; the last may be incomplete. Empty: everything.
    pub text: String,
    /// Only this category.
    pub category: Option<String>,
    /// In which order.
    pub sort: SearchSort,
    /// At most so many hits.
    pub limit: usize,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// The order of hits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SearchSort {
    /// Best match first.
    #[default]
    Relevance,
    /// Last released first.
    Updated,
    /// By name.
    Name,
}

/// One page of hits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchPage {
    /// How many match in all.
    pub total: u64,
    /// This page of them.
    pub hits: Vec<SearchHit>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

/// One module found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHit {
    /// The module.
    pub module: ModuleId,
    /// What people read.
    pub display_name: String,
    /// One sentence.
    pub description: String,
    /// The newest version.
    pub latest: Version,
    /// The category.
    pub category: Option<String>,
    /// The tags.
    pub tags: Vec<String>,
    /// The part of the description that matched, as HTML with `<b>` around the words and all else escaped.
    pub highlight: Option<String>,
    /// That its publisher advises against the newest version.
    pub deprecated: Option<Deprecated>,
}

/// Why the index did not answer.
#[derive(Debug, Error)]
pub enum SearchError {
    /// The cursor was not given out by a page.
    #[error("the cursor is not one that a page of results gave out")]
    BadCursor,
    /// The engine failed.
    #[error("the search index failed")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
}

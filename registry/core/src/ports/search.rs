use std::collections::BTreeMap;

use adx_index::document::{PriceModel, SearchDocument};
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

    /// Begins an index beside the one that answers queries. Until it takes its place, whatever is written is written to both.
    /// One that was begun before and not finished is given up.
    ///
    /// # Errors
    /// [`SearchError`]
    async fn rebuild(&self) -> Result<Box<dyn SearchRebuild>, SearchError>;

    /// The documents of these modules as the index has them, in any order; none of a module that it has not.
    ///
    /// # Errors
    /// [`SearchError`]
    async fn documents(&self, modules: &[ModuleId]) -> Result<Vec<SearchDocument>, SearchError>;

    /// The highest generation it was completed at; `None` when it is new, of another schema or was never completed, and
    /// must be rebuilt.
    ///
    /// # Errors
    /// [`SearchError`]
    async fn generation(&self) -> Result<Option<u64>, SearchError>;
}

/// An index that is built beside the one that answers queries; dropped, it is given up.
#[async_trait]
pub trait SearchRebuild: Send + Sync {
    /// Adds or replaces documents by their id.
    ///
    /// # Errors
    /// [`SearchError`]; nothing was changed then.
    async fn upsert(&self, documents: &[SearchDocument]) -> Result<(), SearchError>;

    /// Removes documents; unknown ones are no error.
    ///
    /// # Errors
    /// [`SearchError`]; nothing was changed then.
    async fn remove(&self, modules: &[ModuleId]) -> Result<(), SearchError>;

    /// Puts it in the place of the one that answered until now, complete at `generation`. There is no moment at which none
    /// answers.
    ///
    /// # Errors
    /// [`SearchError`]; the one before goes on answering.
    async fn finish(self: Box<Self>, generation: u64) -> Result<(), SearchError>;
}

/// What to look for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// Words as typed; the last may be incomplete. Empty: everything.
    pub text: String,
    /// Only what has one of the values of each.
    pub filters: BTreeMap<Facet, Vec<String>>,
    /// Only what runs on this version of the platform.
    pub platform: Option<Version>,
    /// All but these, at most [`crate::search::MAX_EXCLUDED`].
    pub exclude: Vec<ModuleId>,
    /// Whether the page says how many modules have which value of each facet.
    pub facets: bool,
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
    /// Best match first; without words, the last released.
    #[default]
    Relevance,
    /// First released last.
    New,
    /// Last released first.
    Updated,
    /// Most installed in the last days first.
    Trending,
    /// Most installed first.
    Installs,
    /// By name.
    Name,
}

/// What modules are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// The category.
    Category,
    /// The tags, of which a module may have several.
    Tag,
    /// How it is paid for: `free`, `one-time`, `subscription`.
    Price,
    /// The namespace.
    Publisher,
    /// Platform versions that it runs on, in the words of the manifest.
    Compatibility,
    /// Whole stars of the mean rating, `1` to `5`; a module without ratings has none.
    Rating,
    /// Whether the publisher is verified: `true`, `false`.
    Verified,
}

impl Facet {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Category, Self::Tag, Self::Price, Self::Publisher, Self::Compatibility, Self::Rating, Self::Verified];
}

/// How many modules have a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetCount {
    /// The value.
    pub value: String,
    /// How many of those that match and have a chosen value of every other facet.
    pub modules: u64,
}

/// The values of each facet, the most frequent first, then by name, at most [`crate::search::MAX_FACET_VALUES`].
pub type FacetCounts = BTreeMap<Facet, Vec<FacetCount>>;

/// One page of hits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchPage {
    /// How many match in all.
    pub total: u64,
    /// This page of them.
    pub hits: Vec<SearchHit>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
    /// If they were asked for: how many modules have which values.
    pub facets: FacetCounts,
    /// The words with those put right that stand in no module, if little was found.
    pub did_you_mean: Option<String>,
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
    /// The display name in the same way.
    pub name_highlight: Option<String>,
    /// How it is paid for.
    pub price: PriceModel,
    /// Whether its publisher is verified.
    pub verified: bool,
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

//! What every search index must do: Tantivy, Meilisearch.

mod changes;
mod facets;
mod finding;
mod opening;
mod pages;
mod rebuild;

use std::sync::Arc;

use adx_index::document::{PriceModel, SearchDocument};
use adx_index::quality::Ratings;
use adx_registry::{config, search};
use adx_registry_core::ports::{SearchHit, SearchIndex, SearchPage, SearchQuery};
use adx_signing::name::ModuleId;
use adx_tests::meilisearch::Meilisearch;
use secrecy::SecretString;

/// An index, and what must stay alive for it.
struct Engine {
    index: Arc<dyn SearchIndex>,
    config: config::Search,
    folder: Option<tempfile::TempDir>,
}

impl Engine {
    async fn tantivy() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().join("the index").display().to_string();
        let config = config::Search { url, ..config::Search::default() };
        Self { index: search::open(&config).await.unwrap(), config, folder: Some(folder) }
    }

    async fn meilisearch() -> Self {
        let meilisearch = Meilisearch::shared();
        let mut random = [0_u8; 8];
        getrandom::fill(&mut random).unwrap();
        let config = config::Search {
            url: meilisearch.url().to_owned(),
            api_key: meilisearch.key().map(SecretString::from),
            index: format!("test-{}", hex::encode(random)),
            synonyms: None,
        };
        Self { index: search::open(&config).await.unwrap(), config, folder: None }
    }

    /// The same index, as the next process opens it.
    async fn reopened(self) -> Self {
        let Self { index, config, folder } = self;
        drop(index);
        Self { index: search::open(&config).await.unwrap(), config, folder }
    }

    async fn holding(self, documents: &[SearchDocument]) -> Self {
        self.index.upsert(documents).await.unwrap();
        self
    }

    async fn page(&self, query: SearchQuery) -> SearchPage {
        self.index.query(&query).await.unwrap_or_else(|error| panic!("{query:?}: {error:?}"))
    }

    /// What a text finds, best first.
    async fn find(&self, text: &str) -> Vec<String> {
        let page = self.page(words(text)).await;
        assert_eq!(page.total, page.hits.len() as u64, "{text}");
        assert_eq!(page.next_cursor, None);
        names(&page.hits)
    }

    /// All pages of a query, of so many hits each.
    async fn pages(&self, query: &SearchQuery, limit: usize) -> Vec<SearchPage> {
        let mut query = SearchQuery { limit, ..query.clone() };
        let mut pages = Vec::new();
        loop {
            let page = self.page(query.clone()).await;
            query.cursor = page.next_cursor.clone();
            pages.push(page);
            if query.cursor.is_none() {
                return pages;
            }
        }
    }
}

fn words(text: &str) -> SearchQuery {
    SearchQuery { text: text.to_owned(), limit: 50, ..SearchQuery::default() }
}

fn names(hits: &[SearchHit]) -> Vec<String> {
    hits.iter().map(|hit| hit.module.to_string()).collect()
}

/// A module about nothing that a test looks for.
fn document(id: &str) -> SearchDocument {
    let id: ModuleId = id.parse().unwrap();
    SearchDocument {
        namespace: id.namespace.clone(),
        name: id.name.clone(),
        display_name: "Thing".to_owned(),
        description: "Does one thing.".to_owned(),
        category: None,
        tags: Vec::new(),
        latest: "1.2.3".parse().unwrap(),
        permissions: vec!["kv".to_owned()],
        updated_at: "2026-01-01T00:00:00Z".to_owned(),
        deprecated: None,
        requires: ">=1.0".to_owned(),
        price: PriceModel::Free,
        verified: false,
        created_at: "2026-01-01T00:00:00Z".to_owned(),
        ratings: Ratings::default(),
        installs: 0,
        recent_installs: 0,
        quality: 500,
        id,
    }
}

fn described(id: &str, description: &str) -> SearchDocument {
    SearchDocument { description: description.to_owned(), ..document(id) }
}

fn tagged(id: &str, tags: &[&str]) -> SearchDocument {
    SearchDocument { tags: tags.iter().copied().map(str::to_owned).collect(), ..document(id) }
}

fn categorized(id: &str, category: &str) -> SearchDocument {
    SearchDocument { category: Some(category.to_owned()), ..document(id) }
}

fn released(id: &str, updated_at: &str) -> SearchDocument {
    SearchDocument { updated_at: updated_at.to_owned(), ..document(id) }
}

/// One `#[tokio::test]` per function and engine.
macro_rules! on_every_index {
    ($($test:ident),* $(,)?) => {
        on_every_index!(@one tantivy $($test)*);
        on_every_index!(@one meilisearch $($test)*);
    };
    (@one $engine:ident $($test:ident)*) => {
        mod $engine {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::search_contract::Engine::$engine().await).await;
            })*
        }
    };
}
pub(crate) use on_every_index;

//! The search index on a Meilisearch server: <https://www.meilisearch.com/docs/reference/api>.
//!
//! Modules stand in the index that the configuration names, the generation in one beside it, `…-meta`. The key needs the
//! actions `indexes.get`, `indexes.create`, `indexes.delete`, `indexes.swap`, `settings.update`, `documents.add`, `documents.delete`, `tasks.get`, `search`.

mod facets;
mod http;
mod put_right;
mod rebuild;
mod schema;
mod wanted;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use adx_index::document::SearchDocument;
use adx_registry_core::ports::{
    Facet, FacetCounts, SearchError, SearchIndex, SearchPage, SearchQuery, SearchRebuild, SearchSort,
};
use adx_registry_core::search::FEW_HITS;
use adx_signing::name::ModuleId;
use async_trait::async_trait;
use meilisearch_sdk::client::Client;
use meilisearch_sdk::errors::{Error, ErrorCode};
use meilisearch_sdk::indexes::Index;
use meilisearch_sdk::search::{MatchingStrategies, SearchResults, Selectors};
use meilisearch_sdk::settings::Settings;
use meilisearch_sdk::task_info::TaskInfo;
use meilisearch_sdk::tasks::Task;
use tokio::time::{sleep, timeout};

use self::http::Http;
use self::rebuild::Rebuild;
use self::schema::{Found, GenerationDocument, KEY, ModuleDocument, VERSION};
use self::wanted::Wanted;
use super::synonyms::Synonyms;
use super::{OpenError, cursor, failed, highlight, whole_id};
use crate::config;

/// Longest name of an index, in bytes: well below Meilisearch's own limit.
const MAX_NAME_BYTES: usize = 200;
/// How long a task may take from being queued to being done.
const TASK_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a task is looked at: at first, and when it takes long. Meilisearch tells nobody when one is done.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// Opens the index at a Meilisearch, or makes it.
///
/// # Errors
/// [`OpenError`]
pub(super) async fn open(config: &config::Search, synonyms: &Synonyms) -> Result<MeilisearchIndex, OpenError> {
    let name = &config.index;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.bytes().all(allowed) {
        return Err(OpenError::IndexName { name: name.clone(), maximum: MAX_NAME_BYTES });
    }
    let http = Http::new(config.api_key.as_ref())?;
    let client = Client::new_with_client(config.url.trim_end_matches('/'), None::<String>, http);
    let index = MeilisearchIndex {
        modules: client.index(name),
        generations: client.index(format!("{name}-meta")),
        beside: client.index(format!("{name}-next")),
        is_rebuilt: Arc::default(),
        synonyms: synonyms.clone(),
        client,
    };
    match index.prepare().await {
        Ok(()) => Ok(index),
        Err(source) => {
            Err(OpenError::Meilisearch { url: config.url.clone(), index: name.clone(), source: Box::new(source) })
        }
    }
}

/// The two indexes, and one that is built beside the first.
#[derive(Clone)]
pub(super) struct MeilisearchIndex {
    client: Client<Http>,
    modules: Index<Http>,
    generations: Index<Http>,
    beside: Index<Http>,
    /// Whether `beside` takes changes.
    is_rebuilt: Arc<AtomicBool>,
    synonyms: Synonyms,
}

impl MeilisearchIndex {
    /// Makes the indexes if they are missing, and sets their rules.
    async fn prepare(&self) -> Result<(), Error> {
        let is_new = self.prepare_index(&self.modules, &schema::modules(&self.synonyms)).await?;
        self.prepare_index(&self.generations, &schema::generations()).await?;
        if is_new {
            // Whoever deletes the index of modules wants it made anew: what was known of it holds no more.
            self.forget(&self.generations().await?).await?;
        }
        Ok(())
    }

    /// Says whether the index was missing.
    async fn prepare_index(&self, index: &Index<Http>, settings: &Settings) -> Result<bool, Error> {
        let is_new = match self.client.get_index(&index.uid).await {
            Ok(_) => false,
            Err(error) if is(&error, &ErrorCode::IndexNotFound) => {
                match self.done(self.client.create_index(&index.uid, Some(KEY)).await?).await {
                    Ok(()) => true,
                    // Another server was faster.
                    Err(error) if is(&error, &ErrorCode::IndexAlreadyExists) => false,
                    Err(error) => return Err(error),
                }
            }
            Err(error) => return Err(error),
        };
        self.done(index.set_settings(settings).await?).await?;
        Ok(is_new)
    }

    /// Waits until a task is done.
    async fn done(&self, task: TaskInfo) -> Result<(), Error> {
        let waiting = async {
            let mut pause = FIRST_PAUSE;
            loop {
                match self.client.get_task(&task).await? {
                    Task::Succeeded { .. } => return Ok(()),
                    Task::Failed { content } => return Err(content.error.into()),
                    Task::Enqueued { .. } | Task::Processing { .. } => sleep(pause).await,
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        };
        timeout(TASK_TIMEOUT, waiting).await.map_err(|_| Error::Timeout)?
    }

    async fn put(&self, index: &Index<Http>, documents: &[SearchDocument]) -> Result<(), Error> {
        if documents.is_empty() {
            return Ok(());
        }
        let documents: Vec<_> = documents.iter().map(ModuleDocument::new).collect();
        self.done(index.add_or_replace(&documents, Some(KEY)).await?).await
    }

    async fn take_away(&self, index: &Index<Http>, modules: &[ModuleId]) -> Result<(), Error> {
        let keys: Vec<_> = modules.iter().map(schema::key).collect();
        self.done(index.delete_documents(&keys).await?).await
    }

    /// The indexes that changes are written to.
    fn written(&self) -> impl Iterator<Item = &Index<Http>> {
        let beside = self.is_rebuilt.load(Ordering::SeqCst).then_some(&self.beside);
        std::iter::once(&self.modules).chain(beside)
    }

    /// Generations of this schema, the highest first, not all if there are many.
    async fn generations(&self) -> Result<Vec<GenerationDocument>, Error> {
        let mut search = self.generations.search();
        let of_this_schema = format!("version = {VERSION}");
        search.with_filter(&of_this_schema).with_sort(&schema::BY_GENERATION);
        let found: SearchResults<GenerationDocument> = search.execute().await?;
        Ok(found.hits.into_iter().map(|hit| hit.result).collect())
    }

    async fn raise_generation(&self, generation: u64) -> Result<(), Error> {
        let known = self.generations().await?;
        if known.iter().any(|known| known.generation >= generation) {
            return Ok(());
        }
        let raised = [GenerationDocument::new(generation)];
        self.done(self.generations.add_or_replace(&raised, Some(KEY)).await?).await?;
        self.forget(&known).await
    }

    async fn forget(&self, known: &[GenerationDocument]) -> Result<(), Error> {
        if known.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = known.iter().map(|known| &known.key).collect();
        self.done(self.generations.delete_documents(&keys).await?).await
    }

    async fn matching(&self, wanted: &Wanted, offset: usize, limit: usize) -> Result<SearchResults<Found>, Error> {
        let (opening, closing) = (highlight::OPENING.to_string(), highlight::CLOSING.to_string());
        let conditions = wanted.conditions();
        let mut search = self.modules.search();
        search
            .with_query(&wanted.words)
            .with_matching_strategy(MatchingStrategies::ALL)
            .with_offset(offset)
            .with_limit(limit)
            .with_attributes_to_retrieve(Selectors::Some(&schema::OF_A_HIT))
            .with_attributes_to_highlight(Selectors::Some(&["description", "display_name"]))
            .with_highlight_pre_tag(&opening)
            .with_highlight_post_tag(&closing);
        if !conditions.is_empty() {
            search.with_array_filter(conditions.clone());
        }
        if !wanted.order.is_empty() {
            search.with_sort(wanted.order);
        }
        search.execute().await
    }

    async fn page(&self, query: &SearchQuery, offset: usize) -> Result<SearchPage, Error> {
        let mut wanted = Wanted::new(query);
        if let Some(platform) = &query.platform {
            let requirements = self.requirements_met(platform).await?;
            wanted.must(Facet::Compatibility, &requirements);
        }
        let facets = if query.facets { self.facets(&wanted).await? } else { FacetCounts::new() };
        let mut hits = Vec::new();
        let mut ahead = 0;
        // No ranking rule of Meilisearch puts the module whose id was typed before one whose name has the same words.
        if let Some(module) = whole_id(&query.text).filter(|_| query.sort == SearchSort::Relevance) {
            let key = schema::key(&module);
            wanted.itself = Some(schema::equals(KEY, &key));
            let itself = self.matching(&wanted, 0, 1).await?.hits;
            wanted.itself = Some(schema::differs(KEY, &key));
            ahead = itself.len();
            hits.extend(itself.into_iter().take(query.limit).skip(offset));
        }
        let (rest_offset, rest_limit) = (offset.saturating_sub(ahead), query.limit - hits.len());
        let rest = self.matching(&wanted, rest_offset, rest_limit).await?;
        hits.extend(rest.hits);
        let total = rest.estimated_total_hits.unwrap_or_default() + ahead;
        let end = offset.saturating_add(hits.len());
        let next_cursor = (!hits.is_empty() && end < total).then(|| cursor::after(query, end));
        let total = total as u64;
        let did_you_mean = if total < FEW_HITS { self.put_right(&wanted.words).await? } else { None };
        let hits = hits.into_iter().map(schema::hit).collect();
        Ok(SearchPage { total, hits, next_cursor, facets, did_you_mean })
    }
}

#[async_trait]
impl SearchIndex for MeilisearchIndex {
    async fn upsert(&self, documents: &[SearchDocument]) -> Result<(), SearchError> {
        for index in self.written() {
            self.put(index, documents).await.map_err(failed)?;
        }
        Ok(())
    }

    async fn remove(&self, modules: &[ModuleId]) -> Result<(), SearchError> {
        for index in self.written() {
            self.take_away(index, modules).await.map_err(failed)?;
        }
        Ok(())
    }

    async fn complete(&self, generation: u64) -> Result<(), SearchError> {
        self.raise_generation(generation).await.map_err(failed)
    }

    async fn query(&self, query: &SearchQuery) -> Result<SearchPage, SearchError> {
        let offset = cursor::offset(query)?;
        self.page(query, offset).await.map_err(failed)
    }

    async fn rebuild(&self) -> Result<Box<dyn SearchRebuild>, SearchError> {
        Ok(Box::new(Rebuild::begin(self.clone()).await.map_err(failed)?))
    }

    async fn documents(&self, modules: &[ModuleId]) -> Result<Vec<SearchDocument>, SearchError> {
        self.documents_of(modules).await.map_err(failed)
    }

    async fn generation(&self) -> Result<Option<u64>, SearchError> {
        let known = self.generations().await.map_err(failed)?;
        Ok(known.iter().map(|known| known.generation).max())
    }
}

fn is(error: &Error, code: &ErrorCode) -> bool {
    matches!(error, Error::Meilisearch(error) if error.error_code == *code)
}

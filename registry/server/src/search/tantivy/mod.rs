//! The search index embedded: Tantivy in a folder.

mod folder;
mod matching;
mod schema;
mod writer;

use std::path::PathBuf;

use adx_index::document::SearchDocument;
use adx_registry_core::ports::{SearchError, SearchHit, SearchIndex, SearchPage, SearchQuery, SearchSort};
use adx_signing::name::ModuleId;
use async_trait::async_trait;
use tantivy::collector::sort_key::{SortBySimilarityScore, SortByStaticFastValue, SortByString};
use tantivy::collector::{Count, SortKeyComputer, TopDocs};
use tantivy::query::Query;
use tantivy::{DocAddress, IndexReader, Order, ReloadPolicy, Searcher, TantivyDocument, TantivyError};
use tokio::task::spawn_blocking;

use self::folder::Folder;
use self::matching::Wanted;
use self::schema::{BY_NAME, Fields, UPDATED_AT};
use self::writer::Writer;
use super::{OpenError, cursor, failed, highlight};

/// Opens the index in `folder`, or makes one.
///
/// # Errors
/// [`OpenError`]
pub(super) async fn open(folder: PathBuf) -> Result<TantivyIndex, OpenError> {
    let opened = spawn_blocking(move || open_blocking(&folder)).await;
    opened.map_err(|panicked| OpenError::Engine(Box::new(panicked)))?
}

fn open_blocking(folder: &std::path::Path) -> Result<TantivyIndex, OpenError> {
    let Folder { index, generation, lock } = folder::open(folder)?;
    let (_, fields) = schema::schema();
    // The writer reloads it after each commit.
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into();
    let reader: IndexReader = reader.map_err(|error: TantivyError| OpenError::Engine(Box::new(error)))?;
    let writer = Writer::start(reader.clone(), fields, generation, lock)?;
    Ok(TantivyIndex { reader, fields, writer })
}

/// The open index.
pub(super) struct TantivyIndex {
    reader: IndexReader,
    fields: Fields,
    writer: Writer,
}

#[async_trait]
impl SearchIndex for TantivyIndex {
    async fn upsert(&self, documents: &[SearchDocument]) -> Result<(), SearchError> {
        self.writer.put(documents).await
    }

    async fn remove(&self, modules: &[ModuleId]) -> Result<(), SearchError> {
        self.writer.remove(modules).await
    }

    async fn complete(&self, generation: u64) -> Result<(), SearchError> {
        self.writer.complete(generation).await
    }

    async fn query(&self, query: &SearchQuery) -> Result<SearchPage, SearchError> {
        let offset = cursor::offset(query)?;
        let searcher = self.reader.searcher();
        let (fields, query) = (self.fields, query.clone());
        // Words with errors are compared with every word of the index: work for a thread that may block.
        spawn_blocking(move || page(&searcher, &fields, &query, offset)).await.map_err(failed)?
    }

    async fn generation(&self) -> Result<Option<u64>, SearchError> {
        self.writer.generation()
    }
}

fn page(searcher: &Searcher, fields: &Fields, query: &SearchQuery, offset: usize) -> Result<SearchPage, SearchError> {
    let wanted = Wanted::new(&query.text, fields);
    let matching = wanted.query(fields, query.category.as_deref());
    let by_name = (SortByString::for_field(BY_NAME), Order::Asc);
    let by_age = (SortByStaticFastValue::<i64>::for_field(UPDATED_AT), Order::Desc);
    // More than there are would be room made for nothing: both numbers come from outside.
    let room = usize::try_from(searcher.num_docs()).unwrap_or(usize::MAX).saturating_sub(offset);
    let range = offset..offset.saturating_add(query.limit.min(room));
    let sort = if wanted.is_empty() && query.sort == SearchSort::Relevance { SearchSort::Updated } else { query.sort };
    let (found, total) = match sort {
        SearchSort::Relevance => best(searcher, &matching, range, (SortBySimilarityScore, by_name)),
        SearchSort::Updated => best(searcher, &matching, range, (by_age, by_name)),
        SearchSort::Name => best(searcher, &matching, range, by_name),
    }
    .map_err(failed)?;

    let mut hits = Vec::with_capacity(found.len());
    for address in found {
        let document: TantivyDocument = searcher.doc(address).map_err(failed)?;
        hits.push(hit(fields.read(&document).map_err(failed)?, &wanted));
    }
    let end = offset.saturating_add(hits.len());
    let next_cursor = (!hits.is_empty() && end < total).then(|| cursor::after(query, end));
    Ok(SearchPage { total: total as u64, hits, next_cursor })
}

/// The documents in `range` of those that match, and how many match.
fn best<K>(
    searcher: &Searcher,
    matching: &dyn Query,
    range: std::ops::Range<usize>,
    order: impl SortKeyComputer<SortKey = K> + Send + 'static,
) -> tantivy::Result<(Vec<DocAddress>, usize)>
where
    K: Clone + Send + Sync + std::fmt::Debug + 'static,
{
    if range.is_empty() {
        return Ok((Vec::new(), searcher.search(matching, &Count)?));
    }
    let top = TopDocs::for_doc_range(range).order_by(order);
    let (found, total) = searcher.search(matching, &(top, Count))?;
    Ok((found.into_iter().map(|(_, address)| address).collect(), total))
}

fn hit(document: SearchDocument, wanted: &Wanted) -> SearchHit {
    SearchHit {
        highlight: highlight::html(&wanted.mark(&document.description)),
        module: document.id,
        display_name: document.display_name,
        description: document.description,
        latest: document.latest,
        category: document.category,
        tags: document.tags,
        deprecated: document.deprecated,
    }
}

//! The search index embedded: Tantivy in a folder.

mod facets;
mod folder;
mod keys;
mod matching;
mod page;
mod ranking;
mod schema;
mod segment;
mod values;
mod view;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use adx_index::document::SearchDocument;
use adx_registry_core::ports::{SearchError, SearchIndex, SearchPage, SearchQuery};
use adx_signing::name::ModuleId;
use async_trait::async_trait;
use tantivy::{IndexReader, ReloadPolicy, TantivyError};
use tokio::task::spawn_blocking;

use self::folder::Folder;
use self::page::page;
use self::schema::Fields;
use self::view::Views;
use self::writer::Writer;
use super::synonyms::Synonyms;
use super::{OpenError, cursor, failed};

/// Opens the index in `folder`, or makes one.
///
/// # Errors
/// [`OpenError`]
pub(super) async fn open(folder: PathBuf, synonyms: Synonyms) -> Result<TantivyIndex, OpenError> {
    let opened = spawn_blocking(move || open_blocking(&folder, synonyms)).await;
    opened.map_err(|panicked| OpenError::Engine(Box::new(panicked)))?
}

fn open_blocking(folder: &std::path::Path, synonyms: Synonyms) -> Result<TantivyIndex, OpenError> {
    let Folder { index, generation, lock } = folder::open(folder)?;
    let (_, fields) = schema::schema();
    // The writer reloads it after each commit.
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into();
    let reader: IndexReader = reader.map_err(|error: TantivyError| OpenError::Engine(Box::new(error)))?;
    let views = Arc::new(Views::open(reader).map_err(|error| OpenError::Engine(Box::new(error)))?);
    let writer = Writer::start(Arc::clone(&views), fields, generation, lock)?;
    Ok(TantivyIndex { views, fields, synonyms: Arc::new(synonyms), writer })
}

/// The open index.
pub(super) struct TantivyIndex {
    views: Arc<Views>,
    fields: Fields,
    synonyms: Arc<Synonyms>,
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
        let (views, synonyms) = (Arc::clone(&self.views), Arc::clone(&self.synonyms));
        let (fields, query) = (self.fields, query.clone());
        // All that match are looked at: work for a thread that may block.
        spawn_blocking(move || page(&views, &fields, &synonyms, &query, offset)).await.map_err(failed)?
    }

    async fn generation(&self) -> Result<Option<u64>, SearchError> {
        self.writer.generation()
    }
}

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

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use adx_index::document::SearchDocument;
use adx_registry_core::ports::{SearchError, SearchIndex, SearchPage, SearchQuery, SearchRebuild};
use adx_signing::name::ModuleId;
use async_trait::async_trait;
use tantivy::{Index, ReloadPolicy, TantivyError};
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

fn open_blocking(folder: &Path, synonyms: Synonyms) -> Result<TantivyIndex, OpenError> {
    let Folder { index, generation, name, lock } = folder::open(folder)?;
    let lock = Arc::new(lock);
    let shown = Arc::new(Open::new(&index, name, generation, Arc::clone(&lock))?);
    let indexes = RwLock::new(Indexes { shown, beside: None });
    let shared = Shared { folder: folder.to_owned(), lock, indexes };
    Ok(TantivyIndex { shared: Arc::new(shared), fields: schema::schema().1, synonyms: Arc::new(synonyms) })
}

/// An index that is read and written.
struct Open {
    name: String,
    views: Arc<Views>,
    writer: Writer,
}

impl Open {
    fn new(index: &Index, name: String, generation: Option<u64>, lock: Arc<File>) -> Result<Self, OpenError> {
        let failed = |error: TantivyError| OpenError::Engine(Box::new(error));
        // The writer reloads it after each commit.
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(failed)?;
        let views = Arc::new(Views::open(reader).map_err(failed)?);
        let writer = Writer::start(Arc::clone(&views), schema::schema().1, generation, lock)?;
        Ok(Self { name, views, writer })
    }
}

/// What is open.
#[derive(Clone)]
struct Indexes {
    shown: Arc<Open>,
    /// Is being built, and will be shown.
    beside: Option<Arc<Open>>,
}

impl Indexes {
    /// Those that changes are written to.
    fn written(&self) -> impl Iterator<Item = &Arc<Open>> {
        std::iter::once(&self.shown).chain(&self.beside)
    }
}

struct Shared {
    folder: PathBuf,
    lock: Arc<File>,
    indexes: RwLock<Indexes>,
}

impl Shared {
    fn now(&self) -> Indexes {
        self.indexes.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn changing(&self) -> RwLockWriteGuard<'_, Indexes> {
        self.indexes.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(self: Arc<Self>) -> Result<Rebuild, OpenError> {
        // The one before ends first: two must not write to one folder.
        let given_up = self.changing().beside.take();
        drop(given_up);
        let (index, name) = folder::beside(&self.folder)?;
        let open = Arc::new(Open::new(&index, name, None, Arc::clone(&self.lock))?);
        self.changing().beside = Some(Arc::clone(&open));
        Ok(Rebuild { shared: self, open })
    }
}

/// The open index.
pub(super) struct TantivyIndex {
    shared: Arc<Shared>,
    fields: Fields,
    synonyms: Arc<Synonyms>,
}

#[async_trait]
impl SearchIndex for TantivyIndex {
    async fn upsert(&self, documents: &[SearchDocument]) -> Result<(), SearchError> {
        for open in self.shared.now().written() {
            open.writer.put(documents).await?;
        }
        Ok(())
    }

    async fn remove(&self, modules: &[ModuleId]) -> Result<(), SearchError> {
        for open in self.shared.now().written() {
            open.writer.remove(modules).await?;
        }
        Ok(())
    }

    async fn complete(&self, generation: u64) -> Result<(), SearchError> {
        self.shared.now().shown.writer.complete(generation).await
    }

    async fn query(&self, query: &SearchQuery) -> Result<SearchPage, SearchError> {
        let offset = cursor::offset(query)?;
        let (open, synonyms) = (self.shared.now().shown, Arc::clone(&self.synonyms));
        let (fields, query) = (self.fields, query.clone());
        // All that match are looked at: work for a thread that may block.
        spawn_blocking(move || page(&open.views, &fields, &synonyms, &query, offset)).await.map_err(failed)?
    }

    async fn rebuild(&self) -> Result<Box<dyn SearchRebuild>, SearchError> {
        let shared = Arc::clone(&self.shared);
        let rebuild = spawn_blocking(move || shared.begin()).await.map_err(failed)?;
        Ok(Box::new(rebuild.map_err(failed)?))
    }

    async fn documents(&self, modules: &[ModuleId]) -> Result<Vec<SearchDocument>, SearchError> {
        let (open, fields, modules) = (self.shared.now().shown, self.fields, modules.to_vec());
        spawn_blocking(move || page::documents(&open.views, &fields, &modules)).await.map_err(failed)?
    }

    async fn generation(&self) -> Result<Option<u64>, SearchError> {
        self.shared.now().shown.writer.generation()
    }
}

/// An index that is built beside the one that is shown.
struct Rebuild {
    shared: Arc<Shared>,
    open: Arc<Open>,
}

impl Rebuild {
    fn show(&self) -> std::io::Result<()> {
        let before = {
            let mut indexes = self.shared.changing();
            if indexes.beside.as_ref().is_none_or(|beside| !Arc::ptr_eq(beside, &self.open)) {
                return Err(std::io::Error::other("another index was begun meanwhile"));
            }
            folder::switch(&self.shared.folder, &self.open.name)?;
            indexes.beside = None;
            std::mem::replace(&mut indexes.shown, Arc::clone(&self.open))
        };
        let place = self.shared.folder.join(&before.name);
        // Its writer ends here, unless somebody still writes. Queries that have begun keep its files open.
        drop(before);
        folder::remove(&place)
    }
}

#[async_trait]
impl SearchRebuild for Rebuild {
    async fn upsert(&self, documents: &[SearchDocument]) -> Result<(), SearchError> {
        self.open.writer.put(documents).await
    }

    async fn remove(&self, modules: &[ModuleId]) -> Result<(), SearchError> {
        self.open.writer.remove(modules).await
    }

    async fn finish(self: Box<Self>, generation: u64) -> Result<(), SearchError> {
        self.open.writer.complete(generation).await?;
        spawn_blocking(move || self.show()).await.map_err(failed)?.map_err(failed)
    }
}

impl Drop for Rebuild {
    fn drop(&mut self) {
        let mut indexes = self.shared.changing();
        if indexes.beside.as_ref().is_some_and(|beside| Arc::ptr_eq(beside, &self.open)) {
            indexes.beside = None;
        }
    }
}

//! The one writer, on a thread of its own.
//!
//! A commit costs a few writes to disk whatever it holds, and every release causes one. So whoever comes while one is
//! under way shares the next.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use adx_index::document::SearchDocument;
use adx_registry_core::ports::SearchError;
use adx_signing::name::ModuleId;
use tantivy::{IndexWriter, TantivyDocument, TantivyError};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};

use super::folder::Commit;
use super::schema::Fields;
use super::view::Views;
use crate::search::{OpenError, failed};

/// What the writer collects in memory before it writes a segment, in bytes; Tantivy wants 15 MB at least.
const MEMORY_BYTES: usize = 20_000_000;
/// Most orders of one commit.
const MAX_GROUP: usize = 1_000;

/// A change to make.
enum Change {
    Put(TantivyDocument, ModuleId),
    Remove(ModuleId),
}

/// Changes that belong together, and who waits for them.
struct Order {
    changes: Vec<Change>,
    generation: Option<u64>,
    done: oneshot::Sender<Result<(), TantivyError>>,
}

/// The writing thread ended, by a failure that stands in the log.
#[derive(Debug, Error)]
#[error("the search index takes no more changes; the log says why")]
struct Ended;

/// Hands changes to the writing thread; dropped, it waits until the thread has ended.
pub(super) struct Writer {
    fields: Fields,
    orders: Option<mpsc::UnboundedSender<Order>>,
    generation: watch::Receiver<Option<u64>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. Its share of `lock` is dropped when it has ended.
    ///
    /// # Errors
    /// [`OpenError::Engine`]
    pub(super) fn start(
        views: Arc<Views>,
        fields: Fields,
        generation: Option<u64>,
        lock: Arc<std::fs::File>,
    ) -> Result<Self, OpenError> {
        let index = views.reader().searcher().index().clone();
        let writer =
            index.writer_with_num_threads(1, MEMORY_BYTES).map_err(|error| OpenError::Engine(Box::new(error)))?;
        let (orders, received) = mpsc::unbounded_channel();
        let (committed, generation) = watch::channel(generation);
        let mut work = Work { writer, views, fields, generation: committed };
        let run = move || {
            work.run(received);
            drop(work);
            drop(lock);
        };
        let thread = thread::Builder::new().name("search-writer".to_owned()).spawn(run);
        let thread = thread.map_err(|error| OpenError::Engine(Box::new(error)))?;
        Ok(Self { fields, orders: Some(orders), generation, thread: Some(thread) })
    }

    pub(super) async fn put(&self, documents: &[SearchDocument]) -> Result<(), SearchError> {
        let put = |document: &SearchDocument| Ok(Change::Put(self.fields.write(document)?, document.id.clone()));
        let changes = documents.iter().map(put).collect::<Result<_, serde_json::Error>>().map_err(failed)?;
        self.order(changes, None).await
    }

    pub(super) async fn remove(&self, modules: &[ModuleId]) -> Result<(), SearchError> {
        self.order(modules.iter().cloned().map(Change::Remove).collect(), None).await
    }

    pub(super) async fn complete(&self, generation: u64) -> Result<(), SearchError> {
        self.order(Vec::new(), Some(generation)).await
    }

    /// The highest generation committed.
    pub(super) fn generation(&self) -> Result<Option<u64>, SearchError> {
        // Its sender is the thread's.
        self.generation.has_changed().map_err(|_| failed(Ended))?;
        Ok(*self.generation.borrow())
    }

    async fn order(&self, changes: Vec<Change>, generation: Option<u64>) -> Result<(), SearchError> {
        let (done, outcome) = oneshot::channel();
        let orders = self.orders.as_ref().ok_or_else(|| failed(Ended))?;
        orders.send(Order { changes, generation, done }).map_err(|_| failed(Ended))?;
        outcome.await.map_err(|_| failed(Ended))?.map_err(failed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Without a sender the thread ends when it has done what was ordered.
        self.orders = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that writes the search index panicked");
        }
    }
}

/// What the thread works with.
struct Work {
    writer: IndexWriter,
    views: Arc<Views>,
    fields: Fields,
    generation: watch::Sender<Option<u64>>,
}

impl Work {
    fn run(&mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        while let Some(first) = orders.blocking_recv() {
            let mut group = vec![first];
            while group.len() < MAX_GROUP
                && let Ok(next) = orders.try_recv()
            {
                group.push(next);
            }
            let outcome = self.commit(&mut group);
            for order in group {
                // Who does not wait any more needs no answer.
                let _ = order.done.send(outcome.clone());
            }
            if outcome.is_err()
                && let Err(error) = self.writer.rollback()
            {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "the search index cannot be written any more");
                return;
            }
        }
    }

    /// Makes all changes of the group, or none.
    fn commit(&mut self, group: &mut [Order]) -> Result<(), TantivyError> {
        for change in group.iter_mut().flat_map(|order| order.changes.drain(..)) {
            match change {
                Change::Put(document, module) => {
                    self.writer.delete_term(self.fields.key(&module));
                    self.writer.add_document(document)?;
                }
                Change::Remove(module) => {
                    self.writer.delete_term(self.fields.key(&module));
                }
            }
        }
        let before = *self.generation.borrow();
        let generation = group.iter().filter_map(|order| order.generation).chain(before).max();
        let mut prepared = self.writer.prepare_commit()?;
        prepared.set_payload(&serde_json::to_string(&Commit::new(generation))?);
        prepared.commit()?;
        self.views.refresh()?;
        self.generation.send_replace(generation);
        Ok(())
    }
}

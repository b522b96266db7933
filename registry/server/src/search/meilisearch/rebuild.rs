//! An index that is built beside the one that answers, `…-next`, and takes its place:
//! <https://www.meilisearch.com/docs/reference/api/indexes/swap-indexes>.

use std::sync::atomic::Ordering;

use adx_index::document::SearchDocument;
use adx_registry_core::ports::{SearchError, SearchRebuild};
use adx_signing::name::ModuleId;
use async_trait::async_trait;
use meilisearch_sdk::client::SwapIndexes;
use meilisearch_sdk::errors::{Error, ErrorCode};
use meilisearch_sdk::search::{SearchResults, Selectors};

use super::schema::{self, KEY};
use super::{MeilisearchIndex, is};
use crate::search::failed;

impl MeilisearchIndex {
    /// The documents of these modules, as they are kept.
    pub(super) async fn documents_of(&self, modules: &[ModuleId]) -> Result<Vec<SearchDocument>, Error> {
        let keys: Vec<_> = modules.iter().map(schema::key).collect();
        let of_these = schema::is_one_of(KEY, keys.iter().map(String::as_str));
        let mut search = self.modules.search();
        search
            .with_limit(modules.len())
            .with_attributes_to_retrieve(Selectors::All)
            .with_array_filter(vec![of_these.as_str()]);
        let found: SearchResults<SearchDocument> = search.execute().await?;
        Ok(found.hits.into_iter().map(|hit| hit.result).collect())
    }

    async fn remove_beside(&self) -> Result<(), Error> {
        match self.done(self.client.delete_index(&self.beside.uid).await?).await {
            Err(error) if !is(&error, &ErrorCode::IndexNotFound) => Err(error),
            _ => Ok(()),
        }
    }
}

/// The index beside the one that answers.
pub(super) struct Rebuild(MeilisearchIndex);

impl Rebuild {
    pub(super) async fn begin(index: MeilisearchIndex) -> Result<Self, Error> {
        index.remove_beside().await?;
        index.prepare_index(&index.beside, &schema::modules(&index.synonyms)).await?;
        index.is_rebuilt.store(true, Ordering::SeqCst);
        Ok(Self(index))
    }

    async fn show(&self, generation: u64) -> Result<(), Error> {
        let index = &self.0;
        let uids = (index.modules.uid.clone(), index.beside.uid.clone());
        index.done(index.client.swap_indexes([&SwapIndexes { indexes: uids, rename: None }]).await?).await?;
        // What is written until here went to both, whichever name they had.
        index.is_rebuilt.store(false, Ordering::SeqCst);
        index.raise_generation(generation).await?;
        index.remove_beside().await
    }
}

#[async_trait]
impl SearchRebuild for Rebuild {
    async fn upsert(&self, documents: &[SearchDocument]) -> Result<(), SearchError> {
        self.0.put(&self.0.beside, documents).await.map_err(failed)
    }

    async fn remove(&self, modules: &[ModuleId]) -> Result<(), SearchError> {
        self.0.take_away(&self.0.beside, modules).await.map_err(failed)
    }

    async fn finish(self: Box<Self>, generation: u64) -> Result<(), SearchError> {
        self.show(generation).await.map_err(failed)
    }
}

impl Drop for Rebuild {
    fn drop(&mut self) {
        self.0.is_rebuilt.store(false, Ordering::SeqCst);
    }
}

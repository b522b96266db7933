//! The methods of the ports about names, each of which is one query.

use adx_registry_core::Id;
use adx_registry_core::names::{DeletedPublisher, Deletion, HeldName, HeldState, NewName};
use adx_registry_core::ports::{NameReader, NameWriter, Resembling, StoreError};
use adx_registry_core::publisher::Publisher;
use adx_registry_core::release::Module;
use adx_signing::name::{ModuleId, Namespace};
use async_trait::async_trait;

use super::session::SqlSession;
use super::{Session, Writing, deletions, names};

#[async_trait]
impl<S: Session> NameReader for SqlSession<S> {
    async fn held_name(&mut self, id: Id<HeldName>) -> Result<Option<HeldName>, StoreError> {
        names::by_id(self.0.connection(), id).await
    }

    async fn held_name_of(&mut self, name: &NewName) -> Result<Option<HeldName>, StoreError> {
        names::by_name(self.0.connection(), name).await
    }

    async fn held_names(
        &mut self,
        state: HeldState,
        after: Option<Id<HeldName>>,
        limit: u32,
    ) -> Result<Vec<HeldName>, StoreError> {
        names::of_state(self.0.connection(), state, after, limit).await
    }

    async fn held_names_of(
        &mut self,
        publisher: Id<Publisher>,
        before: Option<Id<HeldName>>,
        limit: u32,
    ) -> Result<Vec<HeldName>, StoreError> {
        names::of_publisher(self.0.connection(), publisher, before, limit).await
    }

    async fn deleted_publisher(&mut self, namespace: &Namespace) -> Result<Option<DeletedPublisher>, StoreError> {
        deletions::publisher(self.0.connection(), namespace).await
    }

    async fn has_modules(&mut self, publisher: Id<Publisher>) -> Result<bool, StoreError> {
        deletions::has_modules(self.0.connection(), publisher).await
    }

    async fn dependent_on(&mut self, module: &ModuleId) -> Result<Option<ModuleId>, StoreError> {
        deletions::dependent_on(self.0.connection(), module).await
    }

    async fn is_ordered(&mut self, publisher: Id<Publisher>, module: &ModuleId) -> Result<bool, StoreError> {
        deletions::is_ordered(self.0.connection(), publisher, module).await
    }

    async fn similar_namespace(&mut self, wanted: &Resembling) -> Result<Option<Namespace>, StoreError> {
        names::similar_namespace(self.0.connection(), wanted).await
    }

    async fn similar_module(
        &mut self,
        publisher: Id<Publisher>,
        wanted: &Resembling,
    ) -> Result<Option<ModuleId>, StoreError> {
        names::similar_module(self.0.connection(), publisher, wanted).await
    }
}

#[async_trait]
impl NameWriter for SqlSession<Writing> {
    async fn hold_name(&mut self, name: &HeldName) -> Result<(), StoreError> {
        names::insert(self.0.connection(), name).await
    }

    async fn lock_held_name(&mut self, id: Id<HeldName>) -> Result<Option<HeldName>, StoreError> {
        names::lock(self.0.connection(), id).await
    }

    async fn set_module_deleted(&mut self, module: Id<Module>, deletion: Option<&Deletion>) -> Result<(), StoreError> {
        deletions::set_module(self.0.connection(), module, deletion).await
    }

    async fn set_publisher_deleted(
        &mut self,
        publisher: Id<Publisher>,
        deletion: Option<&Deletion>,
    ) -> Result<(), StoreError> {
        deletions::set_publisher(self.0.connection(), publisher, deletion).await
    }

    async fn give_up_namespace(&mut self, publisher: Id<Publisher>) -> Result<(), StoreError> {
        deletions::give_up(self.0.connection(), publisher).await
    }

    async fn decide_held_name(&mut self, name: &HeldName) -> Result<(), StoreError> {
        names::decide(self.0.connection(), name).await
    }
}

use adx_signing::name::{ModuleId, Namespace};
use async_trait::async_trait;

use super::StoreError;
use crate::Id;
use crate::names::{DeletedPublisher, Deletion, HeldName, HeldState, NewName};
use crate::publisher::Publisher;
use crate::release::Module;

/// What a new name is compared with: everything that has one of these forms, but for the name itself.
#[derive(Debug, Clone)]
pub struct Resembling {
    /// Its canonical form; of a module, that of the name alone.
    pub canonical: String,
    /// Canonical forms that it resembles; at least one.
    pub variants: Vec<String>,
    /// The form of all that look like it, as [`alike`](crate::names::alike()) makes it.
    pub alike: String,
}

/// Lookups of names. What is not there is `None`, never an error.
#[async_trait]
pub trait NameReader: Send {
    /// A name that was held, whatever was decided of it.
    async fn held_name(&mut self, id: Id<HeldName>) -> Result<Option<HeldName>, StoreError>;

    /// The name that was held in any spelling of this one.
    async fn held_name_of(&mut self, name: &NewName) -> Result<Option<HeldName>, StoreError>;

    /// Names of a state in the order they were asked for, those after `after`, at most `limit`.
    async fn held_names(
        &mut self,
        state: HeldState,
        after: Option<Id<HeldName>>,
        limit: u32,
    ) -> Result<Vec<HeldName>, StoreError>;

    /// The names of modules of a publisher that were held, the last one first, those before `before`, at most `limit`.
    async fn held_names_of(
        &mut self,
        publisher: Id<Publisher>,
        before: Option<Id<HeldName>>,
        limit: u32,
    ) -> Result<Vec<HeldName>, StoreError>;

    /// The publisher whose namespace was deleted in any spelling of this one, and which nobody has taken since.
    async fn deleted_publisher(&mut self, namespace: &Namespace) -> Result<Option<DeletedPublisher>, StoreError>;

    /// Whether the publisher has modules that are not deleted.
    async fn has_modules(&mut self, publisher: Id<Publisher>) -> Result<bool, StoreError>;

    /// A module of which a version is offered that depends on this one.
    async fn dependent_on(&mut self, module: &ModuleId) -> Result<Option<ModuleId>, StoreError>;

    /// Whether a module of the publisher has orders that have not ended.
    async fn is_ordered(&mut self, publisher: Id<Publisher>, module: &ModuleId) -> Result<bool, StoreError>;

    /// The oldest namespace that a new one resembles.
    async fn similar_namespace(&mut self, wanted: &Resembling) -> Result<Option<Namespace>, StoreError>;

    /// The oldest module of another publisher that a new module's name resembles.
    async fn similar_module(
        &mut self,
        publisher: Id<Publisher>,
        wanted: &Resembling,
    ) -> Result<Option<ModuleId>, StoreError>;
}

/// Changes of names.
#[async_trait]
pub trait NameWriter: Send {
    /// Keeps a name that is held; one that was held before, in any spelling, stays as it is.
    async fn hold_name(&mut self, name: &HeldName) -> Result<(), StoreError>;

    /// The name, locked until the transaction ends: one decision is made after the other.
    async fn lock_held_name(&mut self, id: Id<HeldName>) -> Result<Option<HeldName>, StoreError>;

    /// Notes that a module was deleted, or is not any more.
    async fn set_module_deleted(&mut self, module: Id<Module>, deletion: Option<&Deletion>) -> Result<(), StoreError>;

    /// Notes that a publisher's namespace was deleted, or is not any more.
    async fn set_publisher_deleted(
        &mut self,
        publisher: Id<Publisher>,
        deletion: Option<&Deletion>,
    ) -> Result<(), StoreError>;

    /// Lets somebody else take the namespace of a deleted publisher.
    async fn give_up_namespace(&mut self, publisher: Id<Publisher>) -> Result<(), StoreError>;

    /// Rewrites what was decided.
    async fn decide_held_name(&mut self, name: &HeldName) -> Result<(), StoreError>;
}

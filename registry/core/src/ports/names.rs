use adx_signing::name::{ModuleId, Namespace};
use async_trait::async_trait;

use super::StoreError;
use crate::Id;
use crate::names::{HeldName, HeldState, NewName};
use crate::publisher::Publisher;

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

    /// The names of modules of a publisher that were held, the last one first, at most `limit`.
    async fn held_names_of(&mut self, publisher: Id<Publisher>, limit: u32) -> Result<Vec<HeldName>, StoreError>;

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

    /// Rewrites what was decided.
    async fn decide_held_name(&mut self, name: &HeldName) -> Result<(), StoreError>;
}

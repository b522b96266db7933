use adx_index::advisory::AdvisoryId;
use async_trait::async_trait;

use super::StoreError;
use crate::Id;
use crate::advisories::Advisory;
use crate::release::{Deprecation, Module};

/// A state of an advisory, and where it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiledAdvisory {
    /// The advisory.
    pub advisory: Advisory,
    /// Its document, as it is served.
    pub document: String,
    /// The number of the leaf that tells of it.
    pub leaf: u64,
}

/// How many advisories hold, without those that were withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdvisoryCounts {
    /// Of a module.
    pub of_module: u64,
    /// Of all modules of its publisher.
    pub of_publisher: u64,
    /// Of all modules.
    pub of_registry: u64,
}

/// Lookups of what is said of releases once they are out. What is not there is `None`, never an error.
#[async_trait]
pub trait AdvisoryReader: Send {
    /// That the module's publisher advises against it, or some of its versions.
    async fn deprecation(&mut self, module: Id<Module>) -> Result<Option<Deprecation>, StoreError>;

    /// The last state of an advisory.
    async fn advisory(&mut self, id: &AdvisoryId) -> Result<Option<Advisory>, StoreError>;

    /// The last states of advisories in the order they were filed, of one module or of all, those after `after`, at most `limit`.
    async fn advisories_after(
        &mut self,
        module: Option<Id<Module>>,
        after: Option<&AdvisoryId>,
        limit: u32,
    ) -> Result<Vec<Advisory>, StoreError>;

    /// Advisories as the leaves with numbers below `below` have them, in the order they were filed; at most `limit`, of those that were
    /// withdrawn the last ones, in the places that those which hold leave.
    async fn logged_advisories(&mut self, below: u64, limit: u32) -> Result<Vec<FiledAdvisory>, StoreError>;

    /// The number of the last advisory of a year; 0 if there is none.
    async fn last_advisory_of(&mut self, year: u16) -> Result<u32, StoreError>;

    /// How many advisories hold.
    async fn advisory_counts(&mut self, module: &Module) -> Result<AdvisoryCounts, StoreError>;
}

/// Changes of what is said of releases.
#[async_trait]
pub trait AdvisoryWriter: Send {
    /// Puts what is said of the module's deprecation in the place of what was said before; takes it away for `None`.
    async fn set_deprecation(
        &mut self,
        module: Id<Module>,
        deprecation: Option<&Deprecation>,
    ) -> Result<(), StoreError>;

    /// Adds a state of an advisory. The leaves are locked before, so that numbers and revisions have no gaps. `filed_by` is `token:` or
    /// `account:` with an id, or `machine`: no name of a person.
    async fn insert_advisory(
        &mut self,
        module: Id<Module>,
        filed: &FiledAdvisory,
        filed_by: &str,
    ) -> Result<(), StoreError>;
}

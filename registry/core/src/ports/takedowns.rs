use adx_signing::digest::Digest;
use async_trait::async_trait;

use super::StoreError;
use crate::Id;
use crate::release::{Module, Release};
use crate::takedown::Takedown;

/// What is taken down: a release, or a whole module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakedownSubject {
    /// The module.
    pub module: Id<Module>,
    /// The release; without one, every release of the module.
    pub release: Option<Id<Release>>,
}

impl TakedownSubject {
    /// Whether a release of the module is meant.
    pub fn holds(&self, release: &Release) -> bool {
        self.release.is_none_or(|only| only == release.id)
    }
}

/// Lookups of takedowns. What is not there is `None`, never an error.
#[async_trait]
pub trait TakedownReader: Send {
    /// The takedown of exactly this that stands.
    async fn takedown(&mut self, subject: TakedownSubject) -> Result<Option<Takedown>, StoreError>;

    /// Takedowns in the order they were made, those that were taken back too, those after `after`, at most `limit`.
    async fn takedowns_after(&mut self, after: Option<Id<Takedown>>, limit: u32) -> Result<Vec<Takedown>, StoreError>;

    /// The packages of all releases that are taken down, by themselves or with their module.
    async fn packages_taken_down(&mut self) -> Result<Vec<Digest>, StoreError>;
}

/// Changes of takedowns.
#[async_trait]
pub trait TakedownWriter: Send {
    /// Keeps a takedown, or what it is now, and notes at release or module whether it stands. The module is locked before.
    async fn put_takedown(&mut self, subject: TakedownSubject, takedown: &Takedown) -> Result<(), StoreError>;

    /// Removes the texts of a release for good, and notes that its package is not kept any more.
    async fn erase_release(&mut self, release: Id<Release>) -> Result<(), StoreError>;
}

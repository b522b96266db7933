//! What leaves say that the metadata do not tell of yet.

use std::collections::BTreeSet;
use std::ops::Range;

use adx_signing::log::{Event, Leaf};
use adx_signing::name::ModuleId;

use super::{Context, SignRoundError};
use crate::release::Release;

/// What is new.
#[derive(Debug, Default)]
pub(super) struct News {
    /// Releases that become targets, or are none any more.
    pub(super) releases: Vec<Release>,
    /// Modules whose index file is not what it was.
    pub(super) modules: BTreeSet<ModuleId>,
    /// Whether publishers' keys changed.
    pub(super) keys: bool,
    /// Whether advisories were filed or changed.
    pub(super) advisories: bool,
}

impl News {
    /// Reads what these leaves say. They are at most as many as a round takes.
    pub(super) async fn read(context: &Context, leaves: Range<u64>) -> Result<Self, SignRoundError> {
        let mut news = Self::default();
        let Ok(count @ 1..) = u32::try_from(leaves.end.saturating_sub(leaves.start)) else { return Ok(news) };
        let mut reader = context.ports.store.read().await?;
        let contents = reader.leaves_from(leaves.start, count).await?;
        if contents.len() as u64 != u64::from(count) {
            return Err(SignRoundError::Damaged { what: format!("leaves {} to {}", leaves.start, leaves.end) });
        }
        let mut moved = BTreeSet::new();
        for (number, content) in leaves.clone().zip(&contents) {
            let leaf = Leaf::parse(content).map_err(|source| SignRoundError::Leaf { number, source })?;
            match leaf.event {
                Event::Publish(publication) => _ = news.modules.insert(publication.module),
                Event::Yank(release) | Event::Unyank(release) => _ = news.modules.insert(release.module),
                Event::Quarantine(release) | Event::ReleaseFromQuarantine(release) => {
                    news.modules.insert(release.module.clone());
                    moved.insert((release.module, release.version));
                }
                Event::Advisory(_) => news.advisories = true,
                Event::Deprecate(told) | Event::Undeprecate(told) => _ = news.modules.insert(told.module),
                Event::PublisherKeyAdded(_) | Event::PublisherKeyRemoved(_) => news.keys = true,
                Event::Ownership(_)
                | Event::KeyRecoveryAnnounced(_)
                | Event::KeyRecoveryCancelled(_)
                | Event::Revoked(_)
                | Event::Unrevoked(_)
                | Event::RootPublished(_) => {}
            }
        }
        if !news.modules.is_empty() {
            news.releases = reader.releases_of_leaves(leaves.clone()).await?;
        }
        for (module, version) in moved {
            let Some(module) = reader.module(&module).await? else { continue };
            let release = reader.release(module.id, &version).await?;
            // One whose own leaf comes later becomes what it is with that leaf.
            news.releases.extend(release.filter(|release| release.leaf.is_some_and(|leaf| leaf < leaves.end)));
        }
        Ok(news)
    }
}

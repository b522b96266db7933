//! Reading advisories: everybody may.

use adx_index::advisory::AdvisoryId;
use adx_signing::name::ModuleId;

use super::Advisory;
use crate::ports::{Reader, StoreError};
use crate::release::Module;
use crate::{Id, Ports, page};

/// Most advisories of one page.
pub const MAX_PAGE: u32 = 100;

/// Some advisories, and after which the next come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisoryPage {
    /// In the order they were filed.
    pub advisories: Vec<Advisory>,
    /// Where to go on, if there are more.
    pub next: Option<AdvisoryId>,
}

/// An advisory as it is now; `None` if there is no such.
///
/// # Errors
/// [`StoreError`]
pub async fn advisory(ports: &Ports, id: &AdvisoryId) -> Result<Option<Advisory>, StoreError> {
    ports.store.read().await?.advisory(id).await
}

/// Advisories after `after`, at most `limit`, of one module or of all; `None` if there is no such module.
///
/// # Errors
/// [`StoreError`]
pub async fn advisories(
    ports: &Ports,
    module: Option<&ModuleId>,
    after: Option<&AdvisoryId>,
    limit: u32,
) -> Result<Option<AdvisoryPage>, StoreError> {
    let limit = limit.clamp(1, MAX_PAGE);
    let mut reader = ports.store.read().await?;
    let of = match module {
        None => None,
        Some(module) => match reader.module(module).await?.filter(|module| module.deleted_at.is_none()) {
            Some(module) => Some(module.id),
            None => return Ok(None),
        },
    };
    let mut advisories = reader.advisories_after(of, after, limit + 1).await?;
    let next = page::cut(&mut advisories, limit, |last| last.id);
    Ok(Some(AdvisoryPage { advisories, next }))
}

/// Those of a module that hold, the last one first.
///
/// # Errors
/// [`StoreError`]
pub(crate) async fn advisories_of(reader: &mut dyn Reader, module: Id<Module>) -> Result<Vec<Advisory>, StoreError> {
    let mut found = reader.advisories_after(Some(module), None, u32::MAX).await?;
    found.retain(|advisory| advisory.withdrawn.is_none());
    found.reverse();
    Ok(found)
}

//! What was taken down.

use adx_signing::digest::Digest;

use super::{Takedown, TakedownError};
use crate::actor::Actor;
use crate::operator_scope::OperatorScope;
use crate::ports::{Reader, StoreError, TakedownSubject};
use crate::release::Release;
use crate::{Id, Ports, page};

/// Most takedowns of one page.
pub const MAX_TAKEDOWNS: u32 = 100;

/// Some takedowns, and after which the next come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Takedowns {
    /// In the order they were made, those that were taken back too.
    pub takedowns: Vec<Takedown>,
    /// Where to go on, if there are more.
    pub next: Option<Id<Takedown>>,
}

/// The takedowns after `after`, at most [`MAX_TAKEDOWNS`], for operators.
///
/// # Errors
/// [`TakedownError`]
pub async fn takedowns(ports: &Ports, actor: &Actor, after: Option<Id<Takedown>>) -> Result<Takedowns, TakedownError> {
    actor.operator_sees(OperatorScope::Moderate)?;
    Ok(takedowns_on_the_machine(ports, after).await?)
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`StoreError`]
pub async fn takedowns_on_the_machine(ports: &Ports, after: Option<Id<Takedown>>) -> Result<Takedowns, StoreError> {
    let mut takedowns = ports.store.read().await?.takedowns_after(after, MAX_TAKEDOWNS + 1).await?;
    let next = page::cut(&mut takedowns, MAX_TAKEDOWNS, |last| last.id);
    Ok(Takedowns { takedowns, next })
}

/// The takedown for which a package is not served, with its release; none if it is.
///
/// # Errors
/// [`StoreError`]
pub async fn takedown_of(ports: &Ports, sha256: &Digest) -> Result<Option<(Release, Takedown)>, StoreError> {
    let mut reader = ports.store.read().await?;
    let Some(release) = reader.release_by_digest(sha256).await? else { return Ok(None) };
    Ok(of_release(&mut *reader, &release).await?.map(|takedown| (release, takedown)))
}

/// The takedown of a release's module as a whole.
pub(crate) async fn of_module(reader: &mut dyn Reader, release: &Release) -> Result<Option<Takedown>, StoreError> {
    reader.takedown(TakedownSubject { module: release.module_row, release: None }).await
}

/// The takedown of a release, by itself or with its module.
pub(crate) async fn of_release(reader: &mut dyn Reader, release: &Release) -> Result<Option<Takedown>, StoreError> {
    if release.takedown().is_none() {
        return Ok(None);
    }
    let alone = TakedownSubject { module: release.module_row, release: Some(release.id) };
    match reader.takedown(alone).await? {
        Some(takedown) => Ok(Some(takedown)),
        None => of_module(reader, release).await,
    }
}

//! Deleting a module as one of its owners. As on crates.io, it is for those whom nobody relies on yet: see
//! `docs/decisions/0010-names.md`.
//! Source: <https://rust-lang.github.io/rfcs/3660-crates-io-crate-deletions.html>

use adx_signing::name::ModuleId;
use thiserror::Error;
use time::Duration;

use super::delete::{DeleteNameError, Deletion, delete_module};
use crate::Ports;
use crate::actor::{Actor, Denied};
use crate::job::Notice;
use crate::ports::{StoreError, Transaction, Written};
use crate::proposals::notify_owners;
use crate::reason::Reason;
use crate::release::{Module, Release};
use crate::withhold::{self, Standing};

/// How long after its first release a module is deleted even where others depend on it: what is tried out and found wrong is noticed
/// within days.
pub const DELETE_FREELY: Duration = Duration::hours(72);

/// Why operators read that a module is gone, and people who have a version of it.
const REASON: &str = "its publisher deleted the module";

/// Why a module is not deleted.
#[derive(Debug, Error)]
pub enum DeleteModuleError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such module.
    #[error("there is no module `{0}`")]
    NotFound(ModuleId),
    /// What an operator said of it would be nowhere to be read any more.
    #[error("`{0}` is withheld by an operator as a whole")]
    Withheld(ModuleId),
    /// Another module needs it, and it is no new one.
    #[error("`{by}` depends on `{module}`, whose first release was more than {hours} hours ago", hours = DELETE_FREELY.whole_hours())]
    Needed {
        /// The module.
        module: ModuleId,
        /// One that depends on it.
        by: ModuleId,
    },
    /// Somebody has bought it, or is about to.
    #[error("there are orders of `{0}` that have not ended")]
    Ordered(ModuleId),
    /// It could not be deleted.
    #[error(transparent)]
    Name(#[from] DeleteNameError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Deletes a module as one of the owners of its namespace: yanks what is offered of it, so that agents choose it no more, and hides it. One that
/// is deleted already is no error.
///
/// # Errors
/// [`DeleteModuleError`]; nothing has changed then.
#[tracing::instrument(name = "module.delete", skip_all, fields(%module))]
pub async fn delete_module_as_owner(ports: &Ports, actor: &Actor, module: &ModuleId) -> Result<(), DeleteModuleError> {
    actor.owner_of(&module.namespace)?;
    let mut transaction = ports.store.begin().await?;
    match delete(ports, &mut *transaction, actor, module).await {
        Ok(()) => {
            transaction.commit(Written::ToldIfChanged).await?;
            ports.progress.logged();
            Ok(())
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

async fn delete(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    module: &ModuleId,
) -> Result<(), DeleteModuleError> {
    let locked = withhold::lock(ports, transaction, module, false).await?;
    let (owner, publisher) = actor.owner_of(&module.namespace)?;
    // Under the lock of the leaves, under which owners change: whoever is one no more since it asked may not.
    if !transaction.member(owner.id).await?.is_some_and(|owner| owner.is_owner()) {
        return Err(Denied::OwnerOnly.into());
    }
    let module = locked.ok_or_else(|| DeleteModuleError::NotFound(module.clone()))?;
    if module.deleted_at.is_some() {
        return Ok(());
    }
    may(ports, transaction, &module).await?;
    let reason: Reason = REASON.parse().expect("it is one line without markup");
    let releases = transaction.releases_of(module.id, None, u32::MAX).await?;
    for Release { version, .. } in releases.iter().filter(|release| !release.is_withheld()) {
        withhold::set(ports, transaction, &module.module, version, Standing::Yanked(Some(&reason))).await?;
    }
    let deletion = Deletion { at: ports.now(), reason: REASON.to_owned() };
    delete_module(ports, transaction, &module.module, &deletion).await?;
    let notice = Notice::ModuleDeleted { module: module.module };
    Ok(notify_owners(ports, transaction, publisher, notice).await?)
}

/// Refuses where somebody relies on the module.
async fn may(ports: &Ports, transaction: &mut dyn Transaction, module: &Module) -> Result<(), DeleteModuleError> {
    if module.quarantined_for.is_some() || module.taken_down_for.is_some() {
        return Err(DeleteModuleError::Withheld(module.module.clone()));
    }
    if ports.now() - module.created_at >= DELETE_FREELY
        && let Some(by) = transaction.dependent_on(&module.module).await?
    {
        return Err(DeleteModuleError::Needed { module: module.module.clone(), by });
    }
    if transaction.is_ordered(module.publisher, &module.module).await? {
        return Err(DeleteModuleError::Ordered(module.module.clone()));
    }
    Ok(())
}

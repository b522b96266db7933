//! Deprecating: a publisher advises against a module, or some of its versions, and names what to use in its stead. Nothing is withheld:
//! whoever installs it is told, and searches show others first.

use std::collections::BTreeSet;

use adx_index::affected::VersionRange;
use adx_signing::log::Event;
use adx_signing::log::leaf::ModuleName;
use adx_signing::name::ModuleId;
use semver::VersionReq;
use thiserror::Error;

use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::job::{NewJob, Task};
use crate::leaf::append;
use crate::ports::{NewModule, Reader, StoreError, Transaction, Written};
use crate::reason::Reason;
use crate::release::{Deprecation, Module};
use crate::{Id, Ports};

/// Longest way from a replacement to its own, and so on: stops a walk that a publisher lays out.
const MAX_REPLACEMENTS: usize = 16;

/// What a publisher says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeprecation {
    /// Which versions; every one, those to come too, if none are named.
    pub versions: Option<VersionReq>,
    /// Why, for people.
    pub message: Reason,
    /// What to use in its stead.
    pub replacement: Option<ModuleId>,
}

/// Why a module is as it was.
#[derive(Debug, Error)]
pub enum DeprecateError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such module.
    #[error("there is no module `{0}`")]
    NotFound(ModuleId),
    /// The requirement contradicts itself.
    #[error("no version can match `{0}`")]
    NoVersion(VersionReq),
    /// There is no such replacement.
    #[error("there is no module `{0}` to use in its stead")]
    NoReplacement(ModuleId),
    /// Whoever followed the replacements would go in a circle, or too far.
    #[error(
        "`{0}` leads back to this module, or through more than {MAX_REPLACEMENTS} others, by what its publishers advise"
    )]
    Circle(ModuleId),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Deprecates a module, or takes that back with `None`. What was said before is replaced; what was said already is no error.
///
/// # Errors
/// [`DeprecateError`]; nothing has changed then.
#[tracing::instrument(name = "module.deprecate", skip_all, fields(%module, deprecated = wanted.is_some()))]
pub async fn deprecate(
    ports: &Ports,
    actor: &Actor,
    module: &ModuleId,
    wanted: Option<NewDeprecation>,
) -> Result<Option<Deprecation>, DeprecateError> {
    actor.speaks_for(&module.namespace, &module.name)?;
    let mut transaction = ports.store.begin().await?;
    match set(ports, &mut *transaction, module, wanted).await {
        Ok(set) => {
            transaction.commit(Written::ToldIfChanged).await?;
            ports.progress.logged();
            Ok(set)
        }
        Err(error) => {
            transaction.rollback().await?;
            Err(error)
        }
    }
}

async fn set(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    module: &ModuleId,
    wanted: Option<NewDeprecation>,
) -> Result<Option<Deprecation>, DeprecateError> {
    let now = ports.now();
    // Looked at first: the lock makes a module that is not there.
    let known = present(transaction, module).await?.ok_or_else(|| DeprecateError::NotFound(module.clone()))?;
    let new = NewModule { id: Id::new(now, &*ports.entropy), module: known.module, publisher: known.publisher, now };
    let module = transaction.lock_module(&new).await?;
    // Under this lock no other replacement is named meanwhile, which could close a circle with this one.
    transaction.lock_leaves().await?;
    let before = transaction.deprecation(module.id).await?;
    let wanted = match wanted {
        Some(wanted) => Some(checked(transaction, &module, wanted, now).await?),
        None => None,
    };
    let says = |deprecation: &Option<Deprecation>| {
        deprecation.clone().map(|said| (said.versions, said.message, said.replacement))
    };
    if says(&before) == says(&wanted) {
        return Ok(before);
    }
    transaction.set_deprecation(module.id, wanted.as_ref()).await?;
    let name = ModuleName { module: module.module.clone() };
    let event = if wanted.is_some() { Event::Deprecate(name) } else { Event::Undeprecate(name) };
    let leaf = append(transaction, now, event).await?;
    let act = if wanted.is_some() { Act::ModuleDeprecate } else { Act::ModuleUndeprecate };
    Deed::new(act).module(module.publisher, &module.module).leaf(Some(leaf)).tell(ports, transaction);
    let task = Task::UpdateSearch { module: module.module };
    transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?;
    Ok(wanted)
}

async fn checked(
    reader: &mut dyn Transaction,
    module: &Module,
    wanted: NewDeprecation,
    at: time::OffsetDateTime,
) -> Result<Deprecation, DeprecateError> {
    let NewDeprecation { versions, message, replacement } = wanted;
    if let Some(versions) = versions.as_ref().filter(|versions| VersionRange::of(versions).is_empty()) {
        return Err(DeprecateError::NoVersion(versions.clone()));
    }
    let replacement = match replacement {
        Some(replacement) => Some(follow(reader, module, replacement).await?),
        None => None,
    };
    Ok(Deprecation { versions, message: message.to_string(), replacement, at })
}

/// The replacement as it is written, if it exists and does not lead back here.
async fn follow(
    reader: &mut dyn Transaction,
    module: &Module,
    replacement: ModuleId,
) -> Result<ModuleId, DeprecateError> {
    let first =
        present(reader, &replacement).await?.ok_or_else(|| DeprecateError::NoReplacement(replacement.clone()))?;
    let mut passed = BTreeSet::from([module.id]);
    let mut next = Some(first.clone());
    while let Some(found) = next {
        if passed.len() > MAX_REPLACEMENTS || !passed.insert(found.id) {
            return Err(DeprecateError::Circle(replacement));
        }
        next = match reader.deprecation(found.id).await?.and_then(|said| said.replacement) {
            Some(onward) => reader.module(&onward).await?,
            None => None,
        };
    }
    Ok(first.module)
}

/// A module that has releases and was not deleted.
async fn present<R: Reader + ?Sized>(reader: &mut R, module: &ModuleId) -> Result<Option<Module>, StoreError> {
    Ok(reader.module(module).await?.filter(|module| module.deleted_at.is_none() && module.latest.is_some()))
}

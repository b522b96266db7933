//! Taking down, and giving back.

use adx_signing::name::ModuleId;
use semver::Version;
use serde_json::json;

use super::{Lifted, NewTakedown, Takedown, TakedownError};
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::job::{NewJob, Task, WithheldStep};
use crate::operator_scope::OperatorScope;
use crate::ports::{TakedownSubject, Transaction, Written};
use crate::release::{Module, Release};
use crate::submissions::by;
use crate::withhold::{self, Leaves};
use crate::{Id, Ports};

/// Takes a version down, or a whole module where none is named, as an operator's request. What is taken down already gets the new
/// reason and reference, and may be erased; what was erased stays so.
///
/// # Errors
/// [`TakedownError`]; nothing has changed then.
#[tracing::instrument(name = "module.take_down", skip_all, fields(%module, erase = wanted.erase))]
pub async fn take_down(
    ports: &Ports,
    actor: &Actor,
    module: &ModuleId,
    version: Option<&Version>,
    wanted: &NewTakedown,
) -> Result<Takedown, TakedownError> {
    actor.operator(OperatorScope::Moderate)?;
    act(ports, async |transaction| put(ports, transaction, &by(actor)?, module, version, wanted).await).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`TakedownError`]; nothing has changed then.
pub async fn take_down_on_the_machine(
    ports: &Ports,
    module: &ModuleId,
    version: Option<&Version>,
    wanted: &NewTakedown,
) -> Result<Takedown, TakedownError> {
    act(ports, async |transaction| put(ports, transaction, "machine", module, version, wanted).await).await
}

/// Takes a takedown back, as an operator's request: what is not withheld for something else is offered again.
///
/// # Errors
/// [`TakedownError`]; nothing has changed then.
#[tracing::instrument(name = "module.give_back", skip_all, fields(%module))]
pub async fn lift(
    ports: &Ports,
    actor: &Actor,
    module: &ModuleId,
    version: Option<&Version>,
) -> Result<Takedown, TakedownError> {
    actor.operator(OperatorScope::Moderate)?;
    act(ports, async |transaction| lift_within(ports, transaction, &by(actor)?, module, version).await).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`TakedownError`]; nothing has changed then.
pub async fn lift_on_the_machine(
    ports: &Ports,
    module: &ModuleId,
    version: Option<&Version>,
) -> Result<Takedown, TakedownError> {
    act(ports, async |transaction| lift_within(ports, transaction, "machine", module, version).await).await
}

/// Commits what succeeded.
async fn act<T>(
    ports: &Ports,
    act: impl AsyncFnOnce(&mut dyn Transaction) -> Result<T, TakedownError>,
) -> Result<T, TakedownError> {
    let mut transaction = ports.store.begin().await?;
    let done = act(&mut *transaction).await;
    if done.is_err() {
        transaction.rollback().await?;
    } else {
        transaction.commit(Written::Told).await?;
        ports.progress.logged();
    }
    done
}

/// What is meant, under the locks of whoever changes it, and the releases of the module as they are.
struct Locked {
    module: Module,
    release: Option<Release>,
    releases: Vec<Release>,
}

impl Locked {
    /// The subject of the takedown.
    fn subject(&self) -> TakedownSubject {
        TakedownSubject { module: self.module.id, release: self.release.as_ref().map(|release| release.id) }
    }
}

async fn lock(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    module: &ModuleId,
    version: Option<&Version>,
    offered: bool,
) -> Result<Locked, TakedownError> {
    let locked = withhold::lock(ports, transaction, module, offered).await?;
    let module = locked.ok_or_else(|| TakedownError::NoModule(module.clone()))?;
    let release = match version {
        Some(version) => {
            let release = transaction.release(module.id, version).await?;
            let not_found = || TakedownError::NotFound { module: module.module.clone(), version: version.clone() };
            Some(release.ok_or_else(not_found)?)
        }
        None => None,
    };
    let releases = transaction.releases_of(module.id, None, u32::MAX).await?;
    Ok(Locked { module, release, releases })
}

/// What the audit log is told. Reason and reference stand with the takedown.
fn deed(act: Act, module: &Module, takedown: &Takedown, leaves: Leaves) -> Deed {
    let deed = Deed::new(act).module(module.publisher, &module.module).id(takedown.id).leaf(leaves.first);
    let deed = match &takedown.version {
        Some(version) => deed.version(version),
        None => deed,
    };
    deed.with(json!({ "erased": takedown.erased, "releases": leaves.count }))
}

async fn put(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    by: &str,
    module: &ModuleId,
    version: Option<&Version>,
    wanted: &NewTakedown,
) -> Result<Takedown, TakedownError> {
    let mut locked = lock(ports, transaction, module, version, false).await?;
    let subject = locked.subject();
    let known = transaction.takedown(subject).await?;
    let is_new = known.is_none();
    let now = ports.now();
    let takedown = Takedown {
        id: known.as_ref().map_or_else(|| Id::new(now, &*ports.entropy), |known| known.id),
        module: locked.module.module.clone(),
        version: locked.release.as_ref().map(|release| release.version.clone()),
        reason: wanted.reason.to_string(),
        reference: wanted.reference.to_string(),
        erased: wanted.erase || known.as_ref().is_some_and(|known| known.erased),
        taken_by: by.to_owned(),
        taken_at: known.map_or(now, |known| known.taken_at),
        lifted: None,
    };
    transaction.put_takedown(subject, &takedown).await?;
    if wanted.erase {
        for release in locked.releases.iter().filter(|release| subject.holds(release) && !release.erased) {
            transaction.erase_release(release.id).await?;
            // What is not stored any more is not counted against the publisher's quota.
            locked.module.package_bytes = locked.module.package_bytes.saturating_sub(release.size_bytes);
            let (module, version) = (release.module.clone(), release.version.clone());
            let task = Task::EraseRelease { module, version };
            transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?;
        }
        transaction.update_module(&locked.module).await?;
    }
    let leaves = withhold::tell_of_changed(ports, transaction, locked.module.clone(), locked.releases).await?;
    deed(Act::TakedownPut, &locked.module, &takedown, leaves).tell(ports, transaction);
    if is_new {
        let version = takedown.version.as_ref();
        withhold::tell_owners(ports, transaction, &locked.module, version, WithheldStep::TakenDown).await?;
    }
    tracing::info!(id = %takedown.id, module = %takedown.module, erased = takedown.erased, "taken down");
    Ok(takedown)
}

/// In a transaction that may do more.
pub(crate) async fn lift_within(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    by: &str,
    module: &ModuleId,
    version: Option<&Version>,
) -> Result<Takedown, TakedownError> {
    let locked = lock(ports, transaction, module, version, true).await?;
    let subject = locked.subject();
    let (module, version) = (locked.module.module.clone(), version.cloned());
    let Some(known) = transaction.takedown(subject).await? else {
        return Err(TakedownError::NotTakenDown { module, version });
    };
    if known.erased {
        return Err(TakedownError::Erased { module, version });
    }
    let lifted = Some(Lifted { by: by.to_owned(), at: ports.now() });
    let takedown = Takedown { lifted, ..known };
    transaction.put_takedown(subject, &takedown).await?;
    let leaves = withhold::tell_of_changed(ports, transaction, locked.module.clone(), locked.releases).await?;
    deed(Act::TakedownLift, &locked.module, &takedown, leaves).tell(ports, transaction);
    withhold::tell_owners(ports, transaction, &locked.module, version.as_ref(), WithheldStep::GivenBack).await?;
    tracing::info!(id = %takedown.id, %module, "given back");
    Ok(takedown)
}

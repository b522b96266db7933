//! A recheck begins: an operator asks for it.

use adx_signing::name::ModuleId;
use semver::Version;
use serde_json::json;
use thiserror::Error;
use time::Duration;

use super::write::close;
use super::{Place, Recheck, RecheckState};
use crate::audit::{Act, Deed};
use crate::job::{NewJob, Task};
use crate::ports::{StoreError, Transaction, Written};
use crate::release::Release;
use crate::{Id, Ports};

/// How long rechecks are kept. That nobody holds releases against the files of the last one of all is found out by another one.
const KEPT: Duration = Duration::days(90);

/// A recheck that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// It.
    pub recheck: Recheck,
    /// Whether another of the same was under way, whose place it took.
    pub replaced: bool,
}

/// Why nothing is looked over again.
#[derive(Debug, Error)]
pub enum RecheckError {
    /// There is no such module.
    #[error("there is no module `{0}`")]
    NoModule(ModuleId),
    /// There is no such version.
    #[error("there is no version {version} of `{module}`")]
    NotFound {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
    },
    /// It is taken down.
    #[error("version {version} of `{module}` is taken down: nobody is given it")]
    TakenDown {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Has the running server look over again what is released: everything, a module, or a version of it. With `quarantine`, what a check
/// refuses now is put into quarantine. For whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`RecheckError`]; nothing has begun then.
#[tracing::instrument(name = "recheck.begin", skip_all, fields(%quarantine))]
pub async fn recheck_on_the_machine(
    ports: &Ports,
    subject: Option<(&ModuleId, Option<&Version>)>,
    quarantine: bool,
) -> Result<Begun, RecheckError> {
    let mut transaction = ports.store.begin().await?;
    let new = Recheck::new(ports, ports.origins.current().who, quarantine);
    let begun: Result<Begun, RecheckError> = async {
        let new = match subject {
            None => new,
            Some((module, version)) => part(&mut *transaction, module, version, new).await?,
        };
        Ok(begin(ports, &mut *transaction, new, subject.map(|(module, _)| module)).await?)
    }
    .await;
    match begun {
        Ok(begun) => {
            transaction.commit(Written::Told).await?;
            Ok(begun)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

/// The same recheck, of a module or a version alone: it begins within that.
async fn part(
    transaction: &mut dyn Transaction,
    module: &ModuleId,
    version: Option<&Version>,
    new: Recheck,
) -> Result<Recheck, RecheckError> {
    let known = transaction.module(module).await?.filter(|module| module.deleted_at.is_none());
    let known = known.ok_or_else(|| RecheckError::NoModule(module.clone()))?;
    let Some(version) = version else {
        let before = Some(transaction.last_seq().await? + 1);
        return Ok(Recheck { module: Some(known.id), place: Place { module: Some(known.id), before }, ..new });
    };
    let release = transaction.release(known.id, version).await?;
    let release = release.ok_or_else(|| RecheckError::NotFound { module: module.clone(), version: version.clone() })?;
    if release.takedown().is_some() {
        return Err(RecheckError::TakenDown { module: module.clone(), version: version.clone() });
    }
    Ok(of_version(&release, new))
}

fn of_version(release: &Release, new: Recheck) -> Recheck {
    Recheck {
        module: Some(release.module_row),
        version: Some(release.version.clone()),
        place: Place { module: Some(release.module_row), before: Some(release.seq + 1) },
        ..new
    }
}

/// Writes a recheck and its job, in the place of one of the same that goes on.
pub(super) async fn begin(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    new: Recheck,
    module: Option<&ModuleId>,
) -> Result<Begun, StoreError> {
    // Those who begin wait for each other.
    transaction.lock_recheck_watch().await?;
    let open = transaction.walking_recheck(new.module, new.version.as_ref()).await?;
    let open = match open {
        Some(open) => transaction.lock_recheck(open.id).await?.filter(Recheck::is_walking),
        None => None,
    };
    let replaced = open.is_some();
    if let Some(open) = open {
        close(ports, transaction, open, RecheckState::Replaced).await?;
    }
    if new.is_whole() {
        transaction.sweep_rechecks(ports.now() - KEPT).await?;
    }
    put(ports, transaction, &new).await?;
    let detail = json!({
        "module": module.map(ToString::to_string),
        "version": new.version.as_ref().map(ToString::to_string),
        "quarantine": new.quarantine,
    });
    // Not as the module's: its owners are told what is found, if something is.
    let mut deed = Deed::new(Act::RecheckBegin).id(new.id).with(detail);
    if let Some(module) = module {
        deed = deed.namespace(&module.namespace);
    }
    deed.tell(ports, transaction);
    Ok(Begun { recheck: new, replaced })
}

/// A release that a check could not be finished with is looked at once more by itself, as long as jobs are tried.
pub(super) async fn try_again(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    of: &Recheck,
    release: &Release,
) -> Result<(), StoreError> {
    if transaction.walking_recheck(Some(release.module_row), Some(&release.version)).await?.is_some() {
        return Ok(());
    }
    put(ports, transaction, &of_version(release, Recheck::new(ports, of.asked_by, of.quarantine))).await
}

async fn put(ports: &Ports, transaction: &mut dyn Transaction, recheck: &Recheck) -> Result<(), StoreError> {
    transaction.insert_recheck(recheck).await?;
    let now = ports.now();
    let task = Task::Recheck { recheck: recheck.id };
    transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await
}

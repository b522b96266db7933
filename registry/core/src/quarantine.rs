//! Quarantine: an operator withholds a version from new installations, or a whole module. What runs already goes on; it can be taken
//! back.

use adx_signing::name::ModuleId;
use semver::Version;
use serde_json::json;
use thiserror::Error;

use crate::Ports;
use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::job::WithheldStep;
use crate::operator_scope::OperatorScope;
use crate::ports::{StoreError, Transaction, Written};
use crate::reason::Reason;
use crate::release::{Module, Release};
use crate::withhold::{self, Standing};

/// Why nothing was put into quarantine nor let out.
#[derive(Debug, Error)]
pub enum QuarantineError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such version.
    #[error("there is no version {version} of `{module}`")]
    NotFound {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
    },
    /// There is no such module.
    #[error("there is no module `{0}`")]
    NoModule(ModuleId),
    /// The package is on the kill list.
    #[error("version {version} of `{module}` is revoked, and stays in quarantine as long as it is")]
    Revoked {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
    },
    /// The whole module is in quarantine.
    #[error("the whole of `{0}` is in quarantine: no version is let out by itself")]
    WholeModule(ModuleId),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Puts a version into quarantine for a reason, or lets it out. One that is so already is no error; another reason takes the
/// place of the one before.
///
/// # Errors
/// [`QuarantineError`]
#[tracing::instrument(name = "release.quarantine", skip_all, fields(%module, %version, quarantined = reason.is_some()))]
pub async fn quarantine(
    ports: &Ports,
    actor: &Actor,
    module: &ModuleId,
    version: &Version,
    reason: Option<&Reason>,
) -> Result<Release, QuarantineError> {
    actor.operator(OperatorScope::Moderate)?;
    quarantine_on_the_machine(ports, module, version, reason).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`QuarantineError`]
pub async fn quarantine_on_the_machine(
    ports: &Ports,
    module: &ModuleId,
    version: &Version,
    reason: Option<&Reason>,
) -> Result<Release, QuarantineError> {
    let transaction = ports.store.begin().await?;
    change(ports, transaction, async |transaction| set_version(ports, transaction, module, version, reason).await).await
}

/// Puts a whole module into quarantine for a reason, or lets it out, as an operator's request: no version can be installed, and none
/// is published meanwhile. Versions that are in quarantine by themselves stay there.
///
/// # Errors
/// [`QuarantineError`]
#[tracing::instrument(name = "module.quarantine", skip_all, fields(%module, quarantined = reason.is_some()))]
pub async fn quarantine_module(
    ports: &Ports,
    actor: &Actor,
    module: &ModuleId,
    reason: Option<&Reason>,
) -> Result<Module, QuarantineError> {
    actor.operator(OperatorScope::Moderate)?;
    quarantine_module_on_the_machine(ports, module, reason).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`QuarantineError`]
pub async fn quarantine_module_on_the_machine(
    ports: &Ports,
    module: &ModuleId,
    reason: Option<&Reason>,
) -> Result<Module, QuarantineError> {
    let transaction = ports.store.begin().await?;
    change(ports, transaction, async |transaction| set_module(ports, transaction, module, reason).await).await
}

/// Commits what succeeded.
async fn change<T>(
    ports: &Ports,
    mut transaction: Box<dyn Transaction>,
    change: impl AsyncFnOnce(&mut dyn Transaction) -> Result<T, QuarantineError>,
) -> Result<T, QuarantineError> {
    let changed = change(&mut *transaction).await;
    if changed.is_err() {
        transaction.rollback().await?;
    } else {
        transaction.commit(Written::ToldIfChanged).await?;
        ports.progress.logged();
    }
    changed
}

/// In a transaction that may do more.
pub(crate) async fn set_version(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    module: &ModuleId,
    version: &Version,
    reason: Option<&Reason>,
) -> Result<Release, QuarantineError> {
    let changed = withhold::set(ports, transaction, module, version, Standing::Quarantined(reason)).await?;
    let not_found = || QuarantineError::NotFound { module: module.clone(), version: version.clone() };
    let release = changed.ok_or_else(not_found)?;
    if reason.is_some() {
        return Ok(release);
    }
    if release.module_quarantined_for.is_some() {
        return Err(QuarantineError::WholeModule(release.module));
    }
    // Looked at under the lock of the module, which whoever revokes the package holds too.
    if transaction.revocations().await?.packages.contains_key(&release.sha256) {
        return Err(QuarantineError::Revoked { module: module.clone(), version: version.clone() });
    }
    Ok(release)
}

/// In a transaction that may do more.
pub(crate) async fn set_module(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    module: &ModuleId,
    reason: Option<&Reason>,
) -> Result<Module, QuarantineError> {
    let locked = withhold::lock(ports, transaction, module, reason.is_none()).await?;
    let mut module = locked.ok_or_else(|| QuarantineError::NoModule(module.clone()))?;
    let reason = reason.map(ToString::to_string);
    if module.quarantined_for == reason {
        return Ok(module);
    }
    let is_new = module.quarantined_for.is_some() != reason.is_some();
    let before = transaction.releases_of(module.id, None, u32::MAX).await?;
    transaction.set_module_quarantined(module.id, reason.as_deref()).await?;
    module.quarantined_for = reason;
    let leaves = withhold::tell_of_changed(ports, transaction, module.clone(), before).await?;
    let (act, step) = match module.quarantined_for {
        Some(_) => (Act::ModuleQuarantine, WithheldStep::Quarantined),
        None => (Act::ModuleRestore, WithheldStep::LetOut),
    };
    let deed = Deed::new(act).module(module.publisher, &module.module).leaf(leaves.first);
    deed.with(json!({ "releases": leaves.count })).tell(ports, transaction);
    if is_new {
        withhold::tell_owners(ports, transaction, &module, None, step).await?;
    }
    Ok(module)
}

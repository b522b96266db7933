//! Quarantine: an operator withholds a version from new installations. What runs already goes on; it can be taken back.

use adx_signing::name::ModuleId;
use semver::Version;
use thiserror::Error;

use crate::Ports;
use crate::actor::{Actor, Denied};
use crate::ports::{StoreError, Written};
use crate::reason::Reason;
use crate::release::Release;
use crate::withhold::{self, Standing};

/// Why a version was neither put into quarantine nor let out.
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
    /// The package is on the kill list.
    #[error("version {version} of `{module}` is revoked, and stays in quarantine as long as it is")]
    Revoked {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
    },
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
    actor.operator()?;
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
    let mut transaction = ports.store.begin().await?;
    let changed = withhold::set(ports, &mut *transaction, module, version, Standing::Quarantined(reason)).await?;
    let Some(release) = changed else {
        transaction.rollback().await?;
        return Err(QuarantineError::NotFound { module: module.clone(), version: version.clone() });
    };
    // Looked at under the lock of the module, which whoever revokes the package holds too.
    if reason.is_none() && transaction.revocations().await?.packages.contains_key(&release.sha256) {
        transaction.rollback().await?;
        return Err(QuarantineError::Revoked { module: module.clone(), version: version.clone() });
    }
    transaction.commit(Written::ToldIfChanged).await?;
    ports.progress.logged();
    Ok(release)
}

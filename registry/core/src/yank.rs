//! Yanking a version: not chosen any more, still served to whoever has it. Its publisher can take it back.

use adx_signing::name::ModuleId;
use semver::Version;
use thiserror::Error;

use crate::Ports;
use crate::actor::{Actor, Denied};
use crate::ports::{StoreError, Written};
use crate::reason::Reason;
use crate::release::Release;
use crate::token::Action;
use crate::withhold::{self, Standing};

/// Why a version was neither yanked nor unyanked.
#[derive(Debug, Error)]
pub enum YankError {
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
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a publisher wants of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yank<'r> {
    /// That it is not chosen any more, for a reason that clients show, if one is given.
    For(Option<&'r Reason>),
    /// That it is chosen again, for a reason that clients show, if one is given.
    Undo(Option<&'r Reason>),
}

/// Yanks a version, or takes that back. One that is so already is no error: of one that is yanked another reason takes the place of the
/// one before, one that is not yanked stays as it is.
///
/// # Errors
/// [`YankError`]
#[tracing::instrument(name = "release.yank", skip_all, fields(%module, %version, yanked = matches!(wanted, Yank::For(_))))]
pub async fn yank(
    ports: &Ports,
    actor: &Actor,
    module: &ModuleId,
    version: &Version,
    wanted: Yank<'_>,
) -> Result<Release, YankError> {
    actor.publisher_of(&module.namespace, Action::Publish, Some(&module.name))?;
    let standing = match wanted {
        Yank::For(reason) => Standing::Yanked(reason),
        Yank::Undo(reason) => Standing::NotYanked(reason),
    };
    let mut transaction = ports.store.begin().await?;
    let changed = withhold::set(ports, &mut *transaction, module, version, standing).await?;
    let Some(release) = changed else {
        transaction.rollback().await?;
        return Err(YankError::NotFound { module: module.clone(), version: version.clone() });
    };
    transaction.commit(Written::ToldIfChanged).await?;
    ports.progress.logged();
    Ok(release)
}

//! Data of modules that were uninstalled, kept for as long as their manifests say (`[module.database]` `retain_days`).
//!
//! `retained/<tenant>/<namespace>--<name>/`: the folder the data was in, moved as a whole, with a mark in it that says from which
//! version it is and until when it is kept. Installing the module again works on a copy, so that an installation that fails
//! leaves what is kept as it was. A sweep removes what is over.

use crate::{
    agent::Agent,
    audit,
    data::{folders, missing_is_fine, off_reactor},
    host::Host,
    step::StepError,
    store::Outcome,
};
use adx_signing::name::{ModuleId, TenantId};
use semver::Version;
use serde::{Deserialize, Serialize};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

/// The file that marks a folder as kept.
const MARK: &str = "retained.json";
/// How often the sweep looks; days are counted, so an hour late is soon enough.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

/// What is kept of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retained {
    /// The module.
    pub module: ModuleId,
    /// The version that wrote it last.
    pub version: Version,
    /// Until when it is kept.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
}

/// Everything that is kept.
pub(crate) struct RetainedData {
    root: PathBuf,
    /// Bringing back and removing are one at a time: nothing goes while it is copied.
    turn: tokio::sync::Mutex<()>,
}

impl RetainedData {
    /// What is kept under `folder`.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { root: folder.join("retained"), turn: tokio::sync::Mutex::default() }
    }

    fn folder(&self, tenant: &TenantId, module: &ModuleId) -> PathBuf {
        self.root.join(tenant.as_str()).join(format!("{}--{}", module.namespace, module.name))
    }

    /// Moves a module's folder here, in place of what was kept before. Without a folder it was moved already.
    pub(crate) async fn keep(&self, tenant: &TenantId, from: PathBuf, mark: Retained) -> Result<(), StepError> {
        let _turn = self.turn.lock().await;
        let to = self.folder(tenant, &mark.module);
        off_reactor(move || {
            if !from.try_exists()? {
                return Ok(());
            }
            missing_is_fine(std::fs::remove_dir_all(from.join("snapshots")))?;
            let mark = serde_json::to_vec(&mark).map_err(io::Error::other)?;
            std::fs::write(from.join(MARK), mark)?;
            missing_is_fine(std::fs::remove_dir_all(&to))?;
            if let Some(of_tenant) = to.parent() {
                std::fs::create_dir_all(of_tenant)?;
            }
            std::fs::rename(&from, &to)?;
            if let Some(of_tenant) = from.parent() {
                // The tenant's folder goes with its last module; it staying behind because another is there is fine.
                let _ = std::fs::remove_dir(of_tenant);
            }
            Ok(())
        })
        .await
    }

    /// Copies what is kept of a module to `to`, and says from which version it is; `None` when nothing is, or its time is over.
    pub(crate) async fn bring_back(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        to: PathBuf,
        now: OffsetDateTime,
    ) -> Result<Option<Version>, StepError> {
        let _turn = self.turn.lock().await;
        let from = self.folder(tenant, module);
        off_reactor(move || {
            let Some(mark) = read_mark(&from)?.filter(|mark| mark.until > now) else { return Ok(None) };
            std::fs::create_dir_all(&to)?;
            for entry in std::fs::read_dir(&from)? {
                let entry = entry?;
                if entry.file_type()?.is_file() && entry.file_name() != MARK {
                    std::fs::copy(entry.path(), to.join(entry.file_name()))?;
                }
            }
            Ok(Some(mark.version))
        })
        .await
    }

    /// Removes what is kept of a module; whether there was anything.
    pub(crate) async fn forget(&self, tenant: &TenantId, module: &ModuleId) -> Result<bool, StepError> {
        let _turn = self.turn.lock().await;
        let folder = self.folder(tenant, module);
        off_reactor(move || {
            let was_there = folder.try_exists()?;
            missing_is_fine(std::fs::remove_dir_all(&folder))?;
            Ok(was_there)
        })
        .await
    }

    /// What is kept for a tenant, by module.
    pub(crate) async fn of_tenant(&self, tenant: &TenantId) -> Result<Vec<Retained>, StepError> {
        let of_tenant = self.root.join(tenant.as_str());
        off_reactor(move || {
            let mut found = Vec::new();
            for folder in folders(&of_tenant)? {
                found.extend(read_mark(&folder)?);
            }
            found.sort_by(|one, other| one.module.cmp(&other.module));
            Ok(found)
        })
        .await
    }

    /// Removes everything whose time is over. Returns how many folders.
    async fn sweep(&self, now: OffsetDateTime) -> Result<usize, StepError> {
        let _turn = self.turn.lock().await;
        let root = self.root.clone();
        off_reactor(move || {
            let mut removed = 0;
            for tenant in folders(&root)? {
                for module in folders(&tenant)? {
                    if read_mark(&module)?.is_some_and(|mark| mark.until <= now) {
                        std::fs::remove_dir_all(&module)?;
                        removed += 1;
                    }
                }
                let _ = std::fs::remove_dir(&tenant);
            }
            Ok(removed)
        })
        .await
    }
}

/// The mark in a folder. A folder moved here has one: it was written before it was moved.
fn read_mark(folder: &Path) -> io::Result<Option<Retained>> {
    match std::fs::read(folder.join(MARK)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        text => serde_json::from_slice(&text?).map(Some).map_err(io::Error::other),
    }
}

/// Sweeps at the start and then again and again, until it is told to stop.
pub(crate) async fn sweep_retained(host: Arc<Host>, stop: CancellationToken) {
    let sweep = async {
        loop {
            match host.retained.sweep(host.clock.now()).await {
                Ok(0) => {}
                Ok(folders) => tracing::info!(folders, "removed data of uninstalled modules whose time was over"),
                Err(error) => tracing::error!(%error, "data of uninstalled modules could not be swept"),
            }
            tokio::time::sleep(SWEEP_EVERY).await;
        }
    };
    let _: Option<()> = stop.run_until_cancelled(sweep).await;
}

/// What is kept could not be listed or removed.
#[derive(Debug, thiserror::Error)]
#[error("data of uninstalled modules could not be read or removed")]
pub struct RetainedError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl From<StepError> for RetainedError {
    fn from(error: StepError) -> Self {
        Self(Box::new(error))
    }
}

impl Agent {
    /// What is kept of modules that the tenant uninstalled.
    pub async fn retained(&self, tenant: &TenantId) -> Result<Vec<Retained>, RetainedError> {
        Ok(self.host().retained.of_tenant(tenant).await?)
    }

    /// Removes what is kept of an uninstalled module; `false` when nothing is.
    pub async fn forget_retained(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        actor: &str,
    ) -> Result<bool, RetainedError> {
        let was_there = self.host().retained.forget(tenant, module).await?;
        if was_there {
            let detail = serde_json::Value::Null;
            let row = audit::row(self.host(), tenant, actor, "purge", Some(module), Outcome::Done, detail);
            self.store().add_audit(&[row]).await.map_err(StepError::from)?;
        }
        Ok(was_there)
    }
}

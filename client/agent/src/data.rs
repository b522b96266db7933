//! Where each (tenant, module) keeps its data, and the snapshots of it.
//!
//! `tenants/<tenant>/<namespace>--<name>/data.sqlite`, with `snapshots/<operation>.sqlite` beside it. Names have no `--` and no
//! `/` in them, so two installations never share a folder.

use crate::{step::StepError, store::Installation, verify::VerifiedPackage};
use adx_sandbox::{Migration, ModuleData, SystemClock};
use adx_signing::name::{ModuleId, TenantId};
use std::{
    collections::{HashMap, HashSet},
    io,
    path::{Path, PathBuf},
};

/// The data of all installations. One open handle each, shared by calls and operations.
pub(crate) struct DataRooms {
    root: PathBuf,
    open: tokio::sync::Mutex<HashMap<(TenantId, ModuleId), ModuleData>>,
}

impl DataRooms {
    /// The rooms under `folder`.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { root: folder.join("tenants"), open: tokio::sync::Mutex::default() }
    }

    /// The folder of one installation.
    pub(crate) fn folder(&self, tenant: &TenantId, module: &ModuleId) -> PathBuf {
        self.root.join(tenant.as_str()).join(format!("{}--{}", module.namespace, module.name))
    }

    /// The file that an operation keeps its snapshot in.
    pub(crate) fn snapshot(&self, tenant: &TenantId, module: &ModuleId, operation: &str) -> PathBuf {
        self.folder(tenant, module).join("snapshots").join(format!("{operation}.sqlite"))
    }

    /// Opens the data of an installation, made when it is not there. The quota holds until it is closed.
    pub(crate) async fn open(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        quota_bytes: u64,
    ) -> Result<ModuleData, StepError> {
        // Held while opening: a file has one handle.
        let mut open = self.open.lock().await;
        let key = (tenant.clone(), module.clone());
        if let Some(data) = open.get(&key) {
            return Ok(data.clone());
        }
        let folder = self.folder(tenant, module);
        tokio::fs::create_dir_all(&folder).await?;
        let data = ModuleData::open(folder.join("data.sqlite"), quota_bytes).await?;
        open.insert(key, data.clone());
        Ok(data)
    }

    /// Makes `data` the handle that the next opening gives: the one that calls use.
    pub(crate) async fn keep(&self, tenant: &TenantId, module: &ModuleId, data: ModuleData) {
        self.open.lock().await.insert((tenant.clone(), module.clone()), data);
    }

    /// Forgets the handle, so that the next opening takes the quota of another version.
    pub(crate) async fn close(&self, tenant: &TenantId, module: &ModuleId) {
        self.open.lock().await.remove(&(tenant.clone(), module.clone()));
    }

    /// Closes and removes everything of an installation. Removing what is not there is nothing.
    pub(crate) async fn remove(&self, tenant: &TenantId, module: &ModuleId) -> Result<(), StepError> {
        self.close(tenant, module).await;
        let folder = self.folder(tenant, module);
        let of_tenant = self.root.join(tenant.as_str());
        off_reactor(move || {
            missing_is_fine(std::fs::remove_dir_all(&folder))?;
            // The tenant's folder goes with its last module; it staying behind because another is there is fine.
            let _ = std::fs::remove_dir(&of_tenant);
            Ok(())
        })
        .await
    }

    /// Copies the data to the operation's snapshot, unless that is there already: where a snapshot is, it is whole.
    pub(crate) async fn take_snapshot(&self, data: &ModuleData, to: PathBuf) -> Result<(), StepError> {
        if tokio::fs::try_exists(&to).await? {
            return Ok(());
        }
        if let Some(folder) = to.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        Ok(data.snapshot(&to).await?)
    }

    /// Puts the data back to a snapshot; `false` when there is none, which means the data was not yet touched.
    pub(crate) async fn restore(&self, data: &ModuleData, from: PathBuf) -> Result<bool, StepError> {
        if !tokio::fs::try_exists(&from).await? {
            return Ok(false);
        }
        data.restore(&from).await?;
        Ok(true)
    }

    /// Removes the snapshots of an installation, but for one.
    pub(crate) async fn drop_snapshots(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        but: Option<&str>,
    ) -> Result<(), StepError> {
        let folder = self.folder(tenant, module).join("snapshots");
        let but = but.map(|operation| format!("{operation}.sqlite"));
        off_reactor(move || {
            let entries = match std::fs::read_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                if entry.file_name().to_str() != but.as_deref() {
                    missing_is_fine(std::fs::remove_file(entry.path()))?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Removes the data of everything that is not installed: what an interrupted removal left. Returns how many folders.
    pub(crate) async fn sweep(&self, installed: &[Installation]) -> Result<usize, StepError> {
        let keep: HashSet<PathBuf> =
            installed.iter().map(|installation| self.folder(&installation.tenant, &installation.module)).collect();
        let root = self.root.clone();
        off_reactor(move || {
            let mut removed = 0;
            for tenant in folders(&root)? {
                for module in folders(&tenant)? {
                    if !keep.contains(&module) {
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

/// Brings the schema to what a package has: up by its migrations, down by what the newer version left for the way back.
pub(crate) async fn migrate(data: &ModuleData, to: &VerifiedPackage) -> Result<(), StepError> {
    let migrations: Vec<Migration> = to
        .package()
        .migrations()
        .into_iter()
        .map(|migration| Migration {
            version: migration.number,
            name: migration.name,
            up: migration.up,
            down: Some(migration.down),
        })
        .collect();
    let latest = Migration::latest(&migrations);
    data.migrate(&migrations, latest, &SystemClock).await?;
    Ok(())
}

pub(crate) fn folders(of: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(of) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

pub(crate) fn missing_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

pub(crate) async fn off_reactor<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StepError> + Send + 'static,
) -> Result<T, StepError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StepError::passing("cut-off", error.to_string()))?
}

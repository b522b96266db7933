//! The connections of one data file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use super::{DataConnection, DataError};

/// Connections, and so blocking threads, that one tenant and module can hold.
pub(super) const CONNECTIONS: u32 = 4;

/// The data of one tenant and module: the tables of its `sql` and the values of its `kv`, in one SQLite file. Cheap to
/// clone; all clones share the connections.
#[derive(Clone)]
pub struct ModuleData {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) path: PathBuf,
    pub(super) quota_bytes: u64,
    pub(super) idle: Mutex<Vec<DataConnection>>,
    pub(super) permits: Arc<Semaphore>,
}

impl std::fmt::Debug for ModuleData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModuleData").field("path", &self.inner.path).finish_non_exhaustive()
    }
}

/// There is no connection to be had; says why.
#[derive(Debug)]
pub(crate) struct Unavailable(pub(crate) String);

impl ModuleData {
    /// Opens the file, and makes it if it is absent. Nobody else may open it as `ModuleData` at the same time.
    ///
    /// # Errors
    /// When the file cannot be made, is not a database, or is damaged.
    pub async fn open(path: impl AsRef<Path>, quota_bytes: u64) -> Result<Self, DataError> {
        let path = path.as_ref().to_owned();
        let first = blocking({
            let path = path.clone();
            move || Ok(DataConnection::create(&path, quota_bytes)?)
        })
        .await?;
        let inner = Inner {
            path,
            quota_bytes,
            idle: Mutex::new(vec![first]),
            permits: Arc::new(Semaphore::new(CONNECTIONS as usize)),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Where the data is.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// A connection; waits while all are in use.
    pub(crate) async fn checkout(&self) -> Result<Checkout, Unavailable> {
        let permit = Arc::clone(&self.inner.permits)
            .acquire_owned()
            .await
            .map_err(|_| Unavailable("the data is closed".to_owned()))?;
        let connection = self.inner.idle.lock().pop();
        Ok(Checkout { connection, pool: Arc::clone(&self.inner), _permit: permit })
    }

    /// Runs `work` on a connection, on a blocking thread.
    pub(super) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut DataConnection) -> Result<T, DataError> + Send + 'static,
    ) -> Result<T, DataError> {
        let mut checkout = self.checkout().await.map_err(|Unavailable(reason)| DataError::Stopped(reason))?;
        blocking(move || {
            let quota_bytes = checkout.quota_bytes();
            let connection = checkout.connection()?;
            // The call that had the connection before may have had less.
            connection.set_quota(quota_bytes)?;
            work(connection)
        })
        .await
    }
}

/// A connection in use. Goes back, clean, when dropped.
pub(crate) struct Checkout {
    connection: Option<DataConnection>,
    pool: Arc<Inner>,
    _permit: OwnedSemaphorePermit,
}

impl Checkout {
    /// The connection, opened on first use. Blocks.
    pub(crate) fn connection(&mut self) -> rusqlite::Result<&mut DataConnection> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            empty => Ok(empty.insert(DataConnection::open(&self.pool.path, self.pool.quota_bytes)?)),
        }
    }

    /// Whether a transaction is open.
    pub(crate) fn in_transaction(&self) -> bool {
        self.connection.as_ref().is_some_and(DataConnection::in_transaction)
    }

    /// The quota that the pool's connections have.
    pub(crate) fn quota_bytes(&self) -> u64 {
        self.pool.quota_bytes
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        if let Some(mut connection) = self.connection.take()
            && connection.clean()
        {
            self.pool.idle.lock().push(connection);
        }
    }
}

/// Runs `work` on a blocking thread.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DataError> + Send + 'static,
) -> Result<T, DataError> {
    match spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(DataError::Stopped(error.to_string())),
    }
}

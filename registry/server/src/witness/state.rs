//! What a witness has seen: deciding and remembering are one transaction, and the answer waits for the disk. Two answers
//! that race, or a crash between answering and writing, could cosign two histories of one log.

use std::{borrow::Cow, io, path::Path, str::FromStr as _, time::Duration};

use adx_registry_core::ports::Clock;
use adx_signing::{
    Digest, UtcSecond,
    log::{
        Cosigner, KeyName, TreeHead, VerifierKey,
        witness::{AddCheckpoint, Cosigned, Refusal, WatchedLog, decide},
    },
};
use sqlx::{
    ConnectOptions as _, Connection as _, Row as _, SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous},
};
use thiserror::Error;
use tokio::sync::Mutex;

/// The database's name, in the witness's folder.
const DATABASE: &str = "witness.sqlite";
/// How long to wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Most refused requests kept of one log, the first ones: a log that lies must not fill the disk.
const MAX_KEPT: i64 = 100;

/// Why the state cannot be used. Nothing was cosigned then.
#[derive(Debug, Error)]
pub enum StateError {
    /// The folder or the file cannot be made.
    #[error("the witness's folder cannot be written")]
    Folder(#[source] io::Error),
    /// The database failed.
    #[error("the witness's database failed")]
    Database(#[from] sqlx::Error),
    /// Its schema could not be brought up to date.
    #[error("the witness's database cannot be migrated")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A row that is not what was written.
    #[error("the witness's database holds a row that it cannot have written: {0}")]
    Damaged(&'static str),
}

/// A request that was refused because its tree does not begin with the one seen last.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The log.
    pub origin: String,
    /// The request, whole: checkpoint, signature and proof.
    pub request: String,
    /// The size seen last, in leaves.
    pub latest_size: u64,
    /// Its root.
    pub latest_root: Digest,
    /// When.
    pub at: String,
}

/// The open state.
pub struct WitnessState(Mutex<SqliteConnection>);

impl WitnessState {
    /// Opens the state in a witness's folder, or makes it.
    ///
    /// # Errors
    /// [`StateError`]
    pub async fn open(folder: &Path) -> Result<Self, StateError> {
        let file = folder.join(DATABASE);
        std::fs::create_dir_all(folder).map_err(StateError::Folder)?;
        let mut connection = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // The head has reached the disk when the commit returns: the answer is sent after that.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .connect()
            .await?;
        migrator().run(&mut connection).await?;
        Ok(Self(Mutex::new(connection)))
    }

    /// Decides on a request and remembers the outcome. `keys` are those of the checkpoint's log, none if it is not watched.
    ///
    /// # Errors
    /// [`StateError`]; whether the new head is remembered is unknown then, and asking again tells.
    pub async fn add_checkpoint(
        &self,
        request: &AddCheckpoint,
        keys: Option<&[VerifierKey]>,
        cosigner: &Cosigner,
        clock: &dyn Clock,
    ) -> Result<Result<Cosigned, Refusal>, StateError> {
        let origin = &request.checkpoint.claimed().origin;
        let Some(keys) = keys else {
            return Ok(decide(request, None, cosigner, clock.now().into()));
        };
        let mut connection = self.0.lock().await;
        // At once a writer: another process must not read the head that this one is about to replace.
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let latest = latest(&mut transaction, origin).await?;
        let log = WatchedLog { origin: origin.clone(), keys: keys.to_vec(), latest };
        let now = UtcSecond::from(clock.now());
        let decision = decide(request, Some(&log), cosigner, now);
        match (&decision, latest) {
            (Ok(cosigned), _) => {
                remember(&mut transaction, origin, &cosigned.head, now).await?;
                acquit(&mut transaction, origin, request).await?;
            }
            (Err(Refusal::Inconsistent(_)), Some(latest)) => {
                keep(&mut transaction, origin, request, &latest, now).await?;
            }
            _ => {}
        }
        transaction.commit().await?;
        Ok(decision)
    }

    /// The head of each log that was cosigned last.
    ///
    /// # Errors
    /// [`StateError`]
    pub async fn heads(&self) -> Result<Vec<(String, TreeHead)>, StateError> {
        let mut connection = self.0.lock().await;
        let rows =
            sqlx::query("SELECT origin, size, root FROM heads ORDER BY origin").fetch_all(&mut *connection).await?;
        rows.iter().map(|row| Ok((row.try_get("origin")?, head(row, "size", "root")?))).collect()
    }

    /// The requests that were refused and may prove that a log lies.
    ///
    /// # Errors
    /// [`StateError`]
    pub async fn kept(&self) -> Result<Vec<Kept>, StateError> {
        let mut connection = self.0.lock().await;
        let rows =
            sqlx::query("SELECT origin, request, latest_size, latest_root, kept_at FROM kept ORDER BY kept_at, sha256")
                .fetch_all(&mut *connection)
                .await?;
        let kept = |row: &SqliteRow| {
            let latest = head(row, "latest_size", "latest_root")?;
            let request: Vec<u8> = row.try_get("request")?;
            Ok(Kept {
                origin: row.try_get("origin")?,
                request: String::from_utf8(request).map_err(|_| StateError::Damaged("a request"))?,
                latest_size: latest.size,
                latest_root: latest.root,
                at: row.try_get("kept_at")?,
            })
        };
        rows.iter().map(kept).collect()
    }

    /// How many of them there are.
    ///
    /// # Errors
    /// [`StateError`]
    pub async fn kept_count(&self) -> Result<i64, StateError> {
        let mut connection = self.0.lock().await;
        Ok(sqlx::query_scalar("SELECT count(*) FROM kept").fetch_one(&mut *connection).await?)
    }

    /// Closes the database in order.
    pub async fn close(self) {
        // The log of the database is read at the next start if this fails.
        let _ = self.0.into_inner().close().await;
    }
}

async fn latest(connection: &mut SqliteConnection, origin: &KeyName) -> Result<Option<TreeHead>, StateError> {
    let row = sqlx::query("SELECT size, root FROM heads WHERE origin = $1")
        .bind(origin.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| head(&row, "size", "root")).transpose()
}

async fn remember(
    connection: &mut SqliteConnection,
    origin: &KeyName,
    head: &TreeHead,
    now: UtcSecond,
) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO heads (origin, size, root, cosigned_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, cosigned_at = excluded.cosigned_at",
    )
    .bind(origin.as_str())
    .bind(size(head)?)
    .bind(head.root.to_string())
    .bind(now.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

async fn keep(
    connection: &mut SqliteConnection,
    origin: &KeyName,
    request: &AddCheckpoint,
    latest: &TreeHead,
    now: UtcSecond,
) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO kept (origin, sha256, request, latest_size, latest_root, kept_at)
         SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) FROM kept WHERE origin = $1) < $7
         ON CONFLICT (origin, sha256) DO NOTHING",
    )
    .bind(origin.as_str())
    .bind(text_digest(request))
    .bind(request.to_string().into_bytes())
    .bind(size(latest)?)
    .bind(latest.root.to_string())
    .bind(now.to_string())
    .bind(MAX_KEPT)
    .execute(connection)
    .await?;
    Ok(())
}

/// A checkpoint that was kept for a wrong proof, which anyone can send along with it, and has been proved since.
async fn acquit(
    connection: &mut SqliteConnection,
    origin: &KeyName,
    request: &AddCheckpoint,
) -> Result<(), StateError> {
    sqlx::query("DELETE FROM kept WHERE origin = $1 AND sha256 = $2")
        .bind(origin.as_str())
        .bind(text_digest(request))
        .execute(connection)
        .await?;
    Ok(())
}

/// Names what the log signed, whatever came with it: others can vary a proof, so that one checkpoint would fill the table.
fn text_digest(request: &AddCheckpoint) -> String {
    Digest::of(request.checkpoint.note().text().as_bytes()).to_string()
}

fn size(head: &TreeHead) -> Result<i64, StateError> {
    i64::try_from(head.size).map_err(|_| StateError::Damaged("a size"))
}

fn head(row: &SqliteRow, size: &str, root: &str) -> Result<TreeHead, StateError> {
    let (size, root): (i64, String) = (row.try_get(size)?, row.try_get(root)?);
    Ok(TreeHead {
        size: u64::try_from(size).map_err(|_| StateError::Damaged("a size"))?,
        root: Digest::from_str(&root).map_err(|_| StateError::Damaged("a root"))?,
    })
}

fn migrator() -> Migrator {
    let text = include_str!("../../../../migrations/witness/0001_witness.sql");
    let first = Migration::new(1, Cow::Borrowed("witness"), MigrationType::Simple, text.into_sql_str(), false);
    Migrator::with_migrations(vec![first])
}

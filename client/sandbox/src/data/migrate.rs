//! Migrations up and down: the module's own SQL, run once each, in one transaction.

use std::time::Instant;

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::{Batch, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use super::{DataConnection, DataError, ModuleData};
use crate::clock::{Clock, unix_ms};
use crate::limits::MAX_MIGRATION_TIME;

/// One step of a module's schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Its number; the steps run in the order of their numbers.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// The SQL that makes the step.
    pub up: String,
    /// The SQL that takes it back.
    pub down: Option<String>,
}

impl Migration {
    /// The number of the last one; 0 if there is none.
    pub fn latest(migrations: &[Self]) -> u32 {
        migrations.iter().map(|migration| migration.version).max().unwrap_or(0)
    }
}

impl ModuleData {
    /// Brings the schema to `target`: up by the given migrations, down by what the applied ones left for it. All of it in
    /// one transaction; on an error nothing has changed. Returns the version that was there before.
    ///
    /// # Errors
    /// When a migration fails, has no way down, or is not the one that was applied under its number.
    pub async fn migrate(&self, migrations: &[Migration], target: u32, clock: &dyn Clock) -> Result<u32, DataError> {
        let mut migrations = migrations.to_vec();
        migrations.sort_by_key(|migration| migration.version);
        if let Some(pair) = migrations.windows(2).find(|pair| pair[0].version == pair[1].version) {
            return Err(DataError::Mismatch(format!("two migrations have the number {}", pair[0].version)));
        }
        let now = unix_ms(clock);
        self.with(move |connection| {
            connection.set_bounds(Instant::now() + MAX_MIGRATION_TIME, None)?;
            connection.atomically(|connection| run(connection, &migrations, target, now))
        })
        .await
    }

    /// The number of the last migration that was applied; 0 before the first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn schema_version(&self) -> Result<u32, DataError> {
        self.with(|connection| Ok(version(connection)?)).await
    }
}

fn version(connection: &DataConnection) -> rusqlite::Result<u32> {
    connection.trusting(|connection| {
        connection.query_row("SELECT coalesce(max(version), 0) FROM _adx_migrations", [], |row| row.get(0))
    })
}

fn run(connection: &DataConnection, migrations: &[Migration], target: u32, now: i64) -> Result<u32, DataError> {
    let before = version(connection)?;
    unchanged(connection, migrations)?;
    for migration in migrations.iter().filter(|migration| migration.version > before && migration.version <= target) {
        apply(connection, migration.version, &migration.name, &migration.up)?;
        connection.trusting(|connection| {
            connection.execute(
                "INSERT INTO _adx_migrations (version, name, up_sha256, down, applied_at_unix_ms) VALUES (?, ?, ?, ?, ?)",
                params![migration.version, migration.name, digest(&migration.up), migration.down, now],
            )
        })?;
    }
    loop {
        let current = version(connection)?;
        if current <= target {
            break;
        }
        // The way down was kept when the step was made: the version that goes back need not know the newer one's SQL.
        let (name, down): (String, Option<String>) = connection.trusting(|connection| {
            connection.query_row("SELECT name, down FROM _adx_migrations WHERE version = ?", [current], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
        })?;
        let Some(down) = down else {
            return Err(DataError::Migration { version: current, name, reason: "it has no way down".to_owned() });
        };
        apply(connection, current, &name, &down)?;
        connection
            .trusting(|connection| connection.execute("DELETE FROM _adx_migrations WHERE version = ?", [current]))?;
    }
    Ok(before)
}

/// An applied migration must be the one in the package: otherwise the tables are not what the module thinks.
fn unchanged(connection: &DataConnection, migrations: &[Migration]) -> Result<(), DataError> {
    for migration in migrations {
        let applied: Option<String> = connection.trusting(|connection| {
            connection
                .query_row("SELECT up_sha256 FROM _adx_migrations WHERE version = ?", [migration.version], |row| {
                    row.get(0)
                })
                .optional()
        })?;
        if applied.is_some_and(|applied| applied != digest(&migration.up)) {
            return Err(DataError::Mismatch(format!(
                "migration {} ({}) is not the one that was applied",
                migration.version, migration.name
            )));
        }
    }
    Ok(())
}

/// Runs the module's SQL, under the same rules as `sql.execute`.
fn apply(connection: &DataConnection, version: u32, name: &str, sql: &str) -> Result<(), DataError> {
    let run = || -> rusqlite::Result<()> {
        // SQLite would stop reading there, and half a migration would pass for a whole one.
        if sql.contains('\0') {
            return Err(rusqlite::Error::NulError(std::ffi::CString::new(sql).expect_err("there is a NUL")));
        }
        let mut batch = Batch::new(connection.raw(), sql);
        while let Some(mut statement) = batch.next()? {
            let mut rows = statement.raw_query();
            while rows.next()?.is_some() {}
        }
        Ok(())
    };
    run().map_err(|error| {
        let reason = match connection.take_refusal() {
            Some(refused) => format!("refused: {refused}"),
            None if connection.take_ran_out() => {
                format!("it took longer than {MAX_MIGRATION_TIME:?}")
            }
            None => error.to_string(),
        };
        DataError::Migration { version, name: name.to_owned(), reason }
    })
}

fn digest(sql: &str) -> String {
    hex::encode(Sha256::digest(sql))
}

//! `signing` and `signed_documents`: what the rounds signed last, and which server may sign.
//!
//! `lease` grows with every claim, so it tells one holder from the next: whoever lost the lease changes nothing any more.

use adx_registry_core::ports::StoreError;
use adx_registry_core::signing::{MetadataRecord, SignedDocument, SigningRecord};
use adx_signing::utc::UtcSecond;
use time::OffsetDateTime;

use super::decode::{Columns, bigint, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn record(connection: &mut Connection) -> Result<SigningRecord, StoreError> {
    let row = sqlx::query(
        "SELECT lease, leased_until, logged_root, checkpoint_note, timestamp_file, leaves FROM signing WHERE id = 1",
    )
    .fetch_one(connection)
    .await
    .map_err(database)?;
    let columns = Columns { table: "signing", row: &row };
    Ok(SigningRecord {
        lease: columns.number("lease")?,
        leased_until: columns.time("leased_until")?,
        logged_root: columns.number("logged_root")?,
        checkpoint: columns.optional_text("checkpoint_note")?,
        timestamp: columns.optional_text("timestamp_file")?,
        leaves: columns.number("leaves")?,
    })
}

pub(super) async fn documents(connection: &mut Connection) -> Result<Vec<SignedDocument>, StoreError> {
    let rows = sqlx::query("SELECT role, version, expires_at FROM signed_documents ORDER BY role")
        .fetch_all(connection)
        .await
        .map_err(database)?;
    rows.iter().map(document).collect()
}

pub(super) async fn note_logged_root(connection: &mut Connection, version: u64) -> Result<(), StoreError> {
    sqlx::query("UPDATE signing SET logged_root = $1 WHERE id = 1")
        .bind(bigint(version)?)
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn claim(
    connection: &mut Connection,
    now: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<Option<u64>, StoreError> {
    let row = sqlx::query(
        "UPDATE signing SET lease = lease + 1, leased_until = $2 WHERE id = 1 AND leased_until <= $1 RETURNING lease",
    )
    .bind(milliseconds(now))
    .bind(milliseconds(until))
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.map(|row| Columns { table: "signing", row: &row }.number("lease")).transpose()
}

pub(super) async fn renew(connection: &mut Connection, lease: u64, until: OffsetDateTime) -> Result<bool, StoreError> {
    let renewed = sqlx::query("UPDATE signing SET leased_until = $2 WHERE id = 1 AND lease = $1")
        .bind(bigint(lease)?)
        .bind(milliseconds(until))
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(renewed.rows_affected() == 1)
}

pub(super) async fn record_checkpoint(connection: &mut Connection, lease: u64, note: &str) -> Result<bool, StoreError> {
    let recorded = sqlx::query("UPDATE signing SET checkpoint_note = $2 WHERE id = 1 AND lease = $1")
        .bind(bigint(lease)?)
        .bind(note)
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(recorded.rows_affected() == 1)
}

pub(super) async fn record_metadata(
    connection: &mut Connection,
    lease: u64,
    record: &MetadataRecord,
) -> Result<bool, StoreError> {
    let recorded = sqlx::query("UPDATE signing SET timestamp_file = $2, leaves = $3 WHERE id = 1 AND lease = $1")
        .bind(bigint(lease)?)
        .bind(&record.timestamp)
        .bind(bigint(record.leaves)?)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    if recorded.rows_affected() != 1 {
        return Ok(false);
    }
    for document in &record.documents {
        sqlx::query(
            "INSERT INTO signed_documents (role, version, expires_at) VALUES ($1, $2, $3)
             ON CONFLICT (role) DO UPDATE SET version = excluded.version, expires_at = excluded.expires_at",
        )
        .bind(&document.role)
        .bind(bigint(document.version)?)
        .bind(milliseconds(document.expires.into()))
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(true)
}

fn document(row: &Row) -> Result<SignedDocument, StoreError> {
    let columns = Columns { table: "signed_documents", row };
    Ok(SignedDocument {
        role: columns.text("role")?,
        version: columns.number("version")?,
        expires: UtcSecond::from(columns.time("expires_at")?),
    })
}

//! `revoked_packages` and `revoked_keys`, and `kill_list`, whose lock lets one change be made after the other.

use adx_registry_core::Id;
use adx_registry_core::ports::StoreError;
use adx_registry_core::publisher::Publisher;
use adx_signing::digest::Digest;
use adx_signing::key::KeyId;
use adx_signing::tuf::control::{Revocations, RevokedKey, RevokedPackage};
use adx_signing::utc::UtcSecond;
use adx_signing::version::V1;

use super::decode::{Columns, bigint, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn registered_by(
    connection: &mut Connection,
    key: &KeyId,
) -> Result<Option<Id<Publisher>>, StoreError> {
    let row = sqlx::query("SELECT publisher_id FROM publisher_keys WHERE key_id = $1")
        .bind(key.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    row.map(|row| Columns { table: "publisher_keys", row: &row }.parse("publisher_id")).transpose()
}

pub(super) async fn revision(connection: &mut Connection) -> Result<u64, StoreError> {
    let row =
        sqlx::query("SELECT revision FROM kill_list WHERE id = 1").fetch_one(connection).await.map_err(database)?;
    Columns { table: "kill_list", row: &row }.number("revision")
}

pub(super) async fn all(connection: &mut Connection) -> Result<Revocations, StoreError> {
    let packages = sqlx::query("SELECT sha256, module, version, at, reason FROM revoked_packages")
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?;
    let keys = sqlx::query("SELECT key_id, from_leaf, at, reason FROM revoked_keys")
        .fetch_all(connection)
        .await
        .map_err(database)?;
    Ok(Revocations {
        v: V1,
        packages: packages.iter().map(package).collect::<Result<_, _>>()?,
        keys: keys.iter().map(key).collect::<Result<_, _>>()?,
        // Whose word it is for is known to who signs.
        licences: None,
    })
}

/// Counts the change that is about to be made.
pub(super) async fn lock(connection: &mut Connection) -> Result<(), StoreError> {
    sqlx::query("UPDATE kill_list SET revision = revision + 1 WHERE id = 1")
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn put_package(
    connection: &mut Connection,
    sha256: &Digest,
    revoked: &RevokedPackage,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO revoked_packages (sha256, module, version, at, reason) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (sha256) DO UPDATE SET at = excluded.at, reason = excluded.reason",
    )
    .bind(sha256.to_string())
    .bind(revoked.module.to_string())
    .bind(revoked.version.to_string())
    .bind(milliseconds(revoked.at.into()))
    .bind(&revoked.reason)
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn put_key(connection: &mut Connection, id: &KeyId, revoked: &RevokedKey) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO revoked_keys (key_id, from_leaf, at, reason) VALUES ($1, $2, $3, $4)
         ON CONFLICT (key_id) DO UPDATE SET from_leaf = excluded.from_leaf, at = excluded.at, reason = excluded.reason",
    )
    .bind(id.to_string())
    .bind(bigint(revoked.from_leaf)?)
    .bind(milliseconds(revoked.at.into()))
    .bind(&revoked.reason)
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn remove_package(connection: &mut Connection, sha256: &Digest) -> Result<bool, StoreError> {
    let removed = sqlx::query("DELETE FROM revoked_packages WHERE sha256 = $1")
        .bind(sha256.to_string())
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(removed.rows_affected() == 1)
}

pub(super) async fn remove_key(connection: &mut Connection, id: &KeyId) -> Result<bool, StoreError> {
    let removed = sqlx::query("DELETE FROM revoked_keys WHERE key_id = $1")
        .bind(id.to_string())
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(removed.rows_affected() == 1)
}

fn package(row: &Row) -> Result<(Digest, RevokedPackage), StoreError> {
    let columns = Columns { table: "revoked_packages", row };
    let revoked = RevokedPackage {
        module: columns.parse("module")?,
        version: columns.parse("version")?,
        at: UtcSecond::from(columns.time("at")?),
        reason: columns.text("reason")?,
    };
    Ok((columns.parse("sha256")?, revoked))
}

fn key(row: &Row) -> Result<(KeyId, RevokedKey), StoreError> {
    let columns = Columns { table: "revoked_keys", row };
    let revoked = RevokedKey {
        from_leaf: columns.number("from_leaf")?,
        at: UtcSecond::from(columns.time("at")?),
        reason: columns.text("reason")?,
    };
    Ok((columns.parse("key_id")?, revoked))
}

//! `accounts_key`: the fingerprint of the key in `accounts.key_file`.

use adx_registry_core::ports::StoreError;
use adx_signing::digest::Digest;

use super::decode::Columns;
use super::{Connection, database};

pub(super) async fn fingerprint(connection: &mut Connection) -> Result<Option<Digest>, StoreError> {
    let row = sqlx::query("SELECT fingerprint FROM accounts_key WHERE id = 1")
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    row.as_ref().map(|row| Columns { table: "accounts_key", row }.parse("fingerprint")).transpose()
}

/// The first that comes stays; the one that is there then.
pub(super) async fn adopt(connection: &mut Connection, fingerprint: &Digest) -> Result<Digest, StoreError> {
    sqlx::query("INSERT INTO accounts_key (id, fingerprint) VALUES (1, $1) ON CONFLICT (id) DO NOTHING")
        .bind(fingerprint.to_string())
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    Ok(self::fingerprint(connection).await?.unwrap_or(*fingerprint))
}

pub(super) async fn replace(connection: &mut Connection, fingerprint: &Digest) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO accounts_key (id, fingerprint) VALUES (1, $1)
         ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint",
    )
    .bind(fingerprint.to_string())
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

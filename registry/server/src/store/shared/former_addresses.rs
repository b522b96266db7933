//! `former_addresses`.

use adx_registry_core::Id;
use adx_registry_core::account::Account;
use adx_registry_core::accounts::FormerAddress;
use adx_registry_core::ports::{Address, StoreError};
use adx_signing::digest::Digest;
use time::OffsetDateTime;

use super::decode::{Columns, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn put(connection: &mut Connection, former: &FormerAddress) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO former_addresses (id, account_id, address, code_hash, expires_at) VALUES ($1, $2, $3, NULL, $4)
         ON CONFLICT (account_id, address) DO UPDATE SET id = $1, code_hash = NULL, expires_at = $4",
    )
    .bind(former.id.to_string())
    .bind(former.account.to_string())
    .bind(former.email.as_str())
    .bind(milliseconds(former.expires_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn by_id(
    connection: &mut Connection,
    id: Id<FormerAddress>,
) -> Result<Option<FormerAddress>, StoreError> {
    let row = sqlx::query("SELECT id, account_id, address, expires_at FROM former_addresses WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    row.as_ref().map(former).transpose()
}

pub(super) async fn by_hash(connection: &mut Connection, hash: &Digest) -> Result<Option<FormerAddress>, StoreError> {
    let row = sqlx::query("SELECT id, account_id, address, expires_at FROM former_addresses WHERE code_hash = $1")
        .bind(hash.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    row.as_ref().map(former).transpose()
}

pub(super) async fn set_code(
    connection: &mut Connection,
    id: Id<FormerAddress>,
    hash: &Digest,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE former_addresses SET code_hash = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(hash.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn remove(
    connection: &mut Connection,
    account: Id<Account>,
    since: Option<OffsetDateTime>,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM former_addresses WHERE account_id = $1 AND expires_at >= $2")
        .bind(account.to_string())
        .bind(since.map_or(i64::MIN, milliseconds))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

fn former(row: &Row) -> Result<FormerAddress, StoreError> {
    let columns = Columns { table: "former_addresses", row };
    Ok(FormerAddress {
        id: columns.parse("id")?,
        account: columns.parse("account_id")?,
        email: columns.parse::<Address>("address")?,
        expires_at: columns.time("expires_at")?,
    })
}

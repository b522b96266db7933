//! `wanted_addresses`.

use adx_registry_core::Id;
use adx_registry_core::account::Account;
use adx_registry_core::accounts::WantedAddress;
use adx_registry_core::ports::{Address, StoreError};
use adx_signing::digest::Digest;

use super::decode::{Columns, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn put(connection: &mut Connection, wanted: &WantedAddress) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO wanted_addresses (account_id, address, code_hash, expires_at) VALUES ($1, $2, NULL, $3)
         ON CONFLICT (account_id) DO UPDATE SET address = $2, code_hash = NULL, expires_at = $3",
    )
    .bind(wanted.account.to_string())
    .bind(wanted.email.as_str())
    .bind(milliseconds(wanted.expires_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn of_account(
    connection: &mut Connection,
    account: Id<Account>,
) -> Result<Option<WantedAddress>, StoreError> {
    let row = sqlx::query("SELECT account_id, address, expires_at FROM wanted_addresses WHERE account_id = $1")
        .bind(account.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    row.as_ref().map(wanted).transpose()
}

pub(super) async fn by_hash(connection: &mut Connection, hash: &Digest) -> Result<Option<WantedAddress>, StoreError> {
    let row = sqlx::query("SELECT account_id, address, expires_at FROM wanted_addresses WHERE code_hash = $1")
        .bind(hash.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    row.as_ref().map(wanted).transpose()
}

pub(super) async fn set_code(
    connection: &mut Connection,
    account: Id<Account>,
    hash: &Digest,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE wanted_addresses SET code_hash = $2 WHERE account_id = $1")
        .bind(account.to_string())
        .bind(hash.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn remove(connection: &mut Connection, account: Id<Account>) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM wanted_addresses WHERE account_id = $1")
        .bind(account.to_string())
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(done.rows_affected() == 1)
}

fn wanted(row: &Row) -> Result<WantedAddress, StoreError> {
    let columns = Columns { table: "wanted_addresses", row };
    Ok(WantedAddress {
        account: columns.parse("account_id")?,
        email: columns.parse::<Address>("address")?,
        expires_at: columns.time("expires_at")?,
    })
}

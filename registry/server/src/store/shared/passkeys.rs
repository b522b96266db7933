//! `passkeys` and `passkey_rounds`.

use adx_registry_core::Id;
use adx_registry_core::account::Account;
use adx_registry_core::passkey::{Passkey, PasskeyRound, RoundPurpose};
use adx_registry_core::ports::StoreError;
use adx_signing::digest::Digest;
use time::OffsetDateTime;

use super::decode::{Columns, milliseconds};
use super::{Connection, Row, database, violated};

pub(super) async fn of(connection: &mut Connection, account: Id<Account>) -> Result<Vec<Passkey>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, account_id, credential_id, credential, name, created_at, last_used_at
         FROM passkeys WHERE account_id = $1 ORDER BY id",
    )
    .bind(account.to_string())
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(passkey).collect()
}

pub(super) async fn insert(connection: &mut Connection, passkey: &Passkey) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO passkeys (id, account_id, credential_id, credential, name, created_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(passkey.id.to_string())
    .bind(passkey.account.to_string())
    .bind(&passkey.credential_id)
    .bind(&passkey.credential)
    .bind(passkey.name.to_string())
    .bind(milliseconds(passkey.created_at))
    .bind(passkey.last_used_at.map(milliseconds))
    .execute(connection)
    .await
    .map(drop)
    .map_err(violated)
}

pub(super) async fn note_use(
    connection: &mut Connection,
    id: Id<Passkey>,
    credential: &str,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE passkeys SET credential = $2, last_used_at = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(credential)
        .bind(milliseconds(at))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn remove(
    connection: &mut Connection,
    account: Id<Account>,
    id: Id<Passkey>,
) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM passkeys WHERE id = $1 AND account_id = $2")
        .bind(id.to_string())
        .bind(account.to_string())
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn remove_all_of(connection: &mut Connection, account: Id<Account>) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM passkeys WHERE account_id = $1")
        .bind(account.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn put_round(connection: &mut Connection, round: &PasskeyRound, keep: u32) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO passkey_rounds (hash, account_id, purpose, sealed_state, expires_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(round.hash.to_string())
    .bind(round.account.to_string())
    .bind(round.purpose.as_str())
    .bind(&round.sealed_state)
    .bind(milliseconds(round.expires_at))
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    // Never the new one, however many have its time.
    sqlx::query(
        "DELETE FROM passkey_rounds WHERE account_id = $1 AND purpose = $2 AND hash NOT IN
             (SELECT hash FROM passkey_rounds WHERE account_id = $1 AND purpose = $2
              ORDER BY CASE WHEN hash = $3 THEN 0 ELSE 1 END, expires_at DESC, hash LIMIT $4)",
    )
    .bind(round.account.to_string())
    .bind(round.purpose.as_str())
    .bind(round.hash.to_string())
    .bind(i64::from(keep))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn take_round(
    connection: &mut Connection,
    hash: &Digest,
    account: Id<Account>,
    purpose: RoundPurpose,
) -> Result<Option<PasskeyRound>, StoreError> {
    let row = sqlx::query(
        "DELETE FROM passkey_rounds WHERE hash = $1 AND account_id = $2 AND purpose = $3
         RETURNING hash, account_id, purpose, sealed_state, expires_at",
    )
    .bind(hash.to_string())
    .bind(account.to_string())
    .bind(purpose.as_str())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(round).transpose()
}

pub(super) async fn void_rounds(connection: &mut Connection, account: Id<Account>) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM passkey_rounds WHERE account_id = $1")
        .bind(account.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

fn passkey(row: &Row) -> Result<Passkey, StoreError> {
    let columns = Columns { table: "passkeys", row };
    Ok(Passkey {
        id: columns.parse("id")?,
        account: columns.parse("account_id")?,
        credential_id: columns.text("credential_id")?,
        credential: columns.text("credential")?,
        name: columns.parse("name")?,
        created_at: columns.time("created_at")?,
        last_used_at: columns.optional_time("last_used_at")?,
    })
}

fn round(row: &Row) -> Result<PasskeyRound, StoreError> {
    let columns = Columns { table: "passkey_rounds", row };
    Ok(PasskeyRound {
        hash: columns.parse("hash")?,
        account: columns.parse("account_id")?,
        purpose: columns.parse("purpose")?,
        sealed_state: columns.text("sealed_state")?,
        expires_at: columns.time("expires_at")?,
    })
}

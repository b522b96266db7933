//! `accounts` and `sessions`.

use adx_registry_core::Id;
use adx_registry_core::account::{Account, PasswordHash, Session};
use adx_registry_core::ports::{Address, StoreError};
use adx_signing::digest::Digest;
use time::OffsetDateTime;

use super::decode::{Columns, milliseconds};
use super::{Connection, Row, database, violated};

pub(super) async fn by_id(connection: &mut Connection, id: Id<Account>) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query(
        "SELECT id, address, name, password, state, is_operator, created_at, verified_at FROM accounts WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(account).transpose()
}

pub(super) async fn by_address(connection: &mut Connection, address: &Address) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query(
        "SELECT id, address, name, password, state, is_operator, created_at, verified_at
         FROM accounts WHERE address_key = $1",
    )
    .bind(key(address))
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(account).transpose()
}

pub(super) async fn after(
    connection: &mut Connection,
    after: Option<Id<Account>>,
    limit: u32,
) -> Result<Vec<Account>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, address, name, password, state, is_operator, created_at, verified_at
         FROM accounts WHERE id > $1 ORDER BY id LIMIT $2",
    )
    .bind(after.map_or_else(String::new, |id| id.to_string()))
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(account).collect()
}

pub(super) async fn has_operator(connection: &mut Connection) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT id FROM accounts WHERE is_operator AND state = 'active' LIMIT 1")
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    Ok(row.is_some())
}

pub(super) async fn insert(connection: &mut Connection, account: &Account) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO accounts
             (id, address, address_key, name, password, state, is_operator, created_at, verified_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(account.id.to_string())
    .bind(account.email.as_ref().map(Address::as_str))
    .bind(account.email.as_ref().map(key))
    .bind(account.name.as_ref().map(ToString::to_string))
    .bind(account.password.as_ref().map(PasswordHash::expose))
    .bind(account.state.as_str())
    .bind(account.is_operator)
    .bind(milliseconds(account.created_at))
    .bind(account.verified_at.map(milliseconds))
    .execute(connection)
    .await
    .map(drop)
    .map_err(violated)
}

pub(super) async fn update(connection: &mut Connection, account: &Account) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE accounts SET address = $2, address_key = $3, name = $4, password = $5, state = $6, is_operator = $7,
             created_at = $8, verified_at = $9,
             disabled_at = CASE WHEN $6 = 'disabled' THEN disabled_at END,
             disabled_for = CASE WHEN $6 = 'disabled' THEN disabled_for END
         WHERE id = $1",
    )
    .bind(account.id.to_string())
    .bind(account.email.as_ref().map(Address::as_str))
    .bind(account.email.as_ref().map(key))
    .bind(account.name.as_ref().map(ToString::to_string))
    .bind(account.password.as_ref().map(PasswordHash::expose))
    .bind(account.state.as_str())
    .bind(account.is_operator)
    .bind(milliseconds(account.created_at))
    .bind(account.verified_at.map(milliseconds))
    .execute(connection)
    .await
    .map(drop)
    .map_err(violated)
}

/// An update that changes nothing takes the row's lock on both engines.
pub(super) async fn lock(connection: &mut Connection, id: Id<Account>) -> Result<Option<Account>, StoreError> {
    sqlx::query("UPDATE accounts SET state = state WHERE id = $1")
        .bind(id.to_string())
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    by_id(connection, id).await
}

pub(super) async fn session_by_hash(connection: &mut Connection, hash: &Digest) -> Result<Option<Session>, StoreError> {
    let row = sqlx::query(
        "SELECT id, account_id, hash, device, created_at, last_used_at, signed_in_by, proven_at
             FROM sessions WHERE hash = $1",
    )
    .bind(hash.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(session).transpose()
}

pub(super) async fn sessions_of(connection: &mut Connection, account: Id<Account>) -> Result<Vec<Session>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, account_id, hash, device, created_at, last_used_at, signed_in_by, proven_at
         FROM sessions WHERE account_id = $1 ORDER BY last_used_at DESC, id DESC",
    )
    .bind(account.to_string())
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(session).collect()
}

pub(super) async fn insert_session(connection: &mut Connection, session: &Session) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sessions (id, account_id, hash, device, created_at, last_used_at, signed_in_by, proven_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(session.id.to_string())
    .bind(session.account.to_string())
    .bind(session.hash.to_string())
    .bind(&session.device)
    .bind(milliseconds(session.created_at))
    .bind(milliseconds(session.last_used_at))
    .bind(session.signed_in_by.as_str())
    .bind(session.proven_at.map(milliseconds))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn touch_session(
    connection: &mut Connection,
    session: Id<Session>,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE sessions SET last_used_at = $2 WHERE id = $1")
        .bind(session.to_string())
        .bind(milliseconds(at))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn prove_session(
    connection: &mut Connection,
    session: Id<Session>,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE sessions SET proven_at = $2 WHERE id = $1")
        .bind(session.to_string())
        .bind(milliseconds(at))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn end_session(
    connection: &mut Connection,
    account: Id<Account>,
    session: Id<Session>,
) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM sessions WHERE id = $1 AND account_id = $2")
        .bind(session.to_string())
        .bind(account.to_string())
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn end_session_by_hash(connection: &mut Connection, hash: &Digest) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE hash = $1")
        .bind(hash.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn end_sessions_of(
    connection: &mut Connection,
    account: Id<Account>,
    except: Option<Id<Session>>,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE account_id = $1 AND id <> $2")
        .bind(account.to_string())
        .bind(except.map_or_else(String::new, |id| id.to_string()))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

/// Two addresses that differ in case only are one person's.
fn key(address: &Address) -> String {
    address.as_str().to_ascii_lowercase()
}

fn account(row: &Row) -> Result<Account, StoreError> {
    let columns = Columns { table: "accounts", row };
    Ok(Account {
        id: columns.parse("id")?,
        email: columns.optional("address")?,
        name: columns.optional("name")?,
        password: columns.optional_text("password")?.map(PasswordHash::new),
        state: columns.parse("state")?,
        is_operator: columns.flag("is_operator")?,
        created_at: columns.time("created_at")?,
        verified_at: columns.optional_time("verified_at")?,
    })
}

fn session(row: &Row) -> Result<Session, StoreError> {
    let columns = Columns { table: "sessions", row };
    Ok(Session {
        id: columns.parse("id")?,
        account: columns.parse("account_id")?,
        hash: columns.parse("hash")?,
        device: columns.text("device")?,
        created_at: columns.time("created_at")?,
        last_used_at: columns.time("last_used_at")?,
        signed_in_by: columns.parse("signed_in_by")?,
        proven_at: columns.optional_time("proven_at")?,
    })
}

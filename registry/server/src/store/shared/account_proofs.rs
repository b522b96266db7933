//! `account_codes`, `account_attempts`, `second_factors` and `recovery_codes`.

use adx_registry_core::Id;
use adx_registry_core::account::{Account, AccountCode, CodePurpose, SecondFactor};
use adx_registry_core::ports::{Attempt, Ended, StoreError};
use adx_signing::digest::Digest;
use time::OffsetDateTime;

use super::decode::{Columns, bigint, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn code(connection: &mut Connection, hash: &Digest) -> Result<Option<AccountCode>, StoreError> {
    let row = sqlx::query("SELECT hash, account_id, purpose, expires_at FROM account_codes WHERE hash = $1")
        .bind(hash.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    row.as_ref().map(account_code).transpose()
}

pub(super) async fn has_operator_code(connection: &mut Connection, now: OffsetDateTime) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT hash FROM account_codes WHERE purpose = 'operator' AND expires_at > $1 LIMIT 1")
        .bind(milliseconds(now))
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    Ok(row.is_some())
}

pub(super) async fn put_code(connection: &mut Connection, code: &AccountCode) -> Result<(), StoreError> {
    let account = code.account.map(|id| id.to_string());
    sqlx::query("DELETE FROM account_codes WHERE purpose = $1 AND COALESCE(account_id, '') = COALESCE($2, '')")
        .bind(code.purpose.as_str())
        .bind(account.clone())
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    sqlx::query("INSERT INTO account_codes (hash, account_id, purpose, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(code.hash.to_string())
        .bind(account)
        .bind(code.purpose.as_str())
        .bind(milliseconds(code.expires_at))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn take_code(connection: &mut Connection, hash: &Digest) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM account_codes WHERE hash = $1")
        .bind(hash.to_string())
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn void_codes(
    connection: &mut Connection,
    account: Id<Account>,
    purpose: Option<CodePurpose>,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM account_codes WHERE account_id = $1 AND ($2 = '' OR purpose = $2)")
        .bind(account.to_string())
        .bind(purpose.map_or("", CodePurpose::as_str))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn count_attempt(
    connection: &mut Connection,
    subject: &Digest,
    now: OffsetDateTime,
    since: OffsetDateTime,
) -> Result<Attempt, StoreError> {
    // One statement decides and counts, so that guesses made at once are counted one after the other.
    let counted = sqlx::query(
        "INSERT INTO account_attempts (subject, attempts, last_at, blocked_until) VALUES ($1, 1, $2, 0)
         ON CONFLICT (subject) DO UPDATE SET
             attempts = CASE WHEN account_attempts.last_at < $3 THEN 1 ELSE account_attempts.attempts + 1 END,
             last_at = $2
         WHERE account_attempts.blocked_until <= $2
         RETURNING attempts",
    )
    .bind(subject.to_string())
    .bind(milliseconds(now))
    .bind(milliseconds(since))
    .fetch_optional(&mut *connection)
    .await
    .map_err(database)?;
    if let Some(row) = counted {
        return Ok(Attempt::Counted(Columns { table: "account_attempts", row: &row }.number("attempts")?));
    }
    let row = sqlx::query("SELECT blocked_until FROM account_attempts WHERE subject = $1")
        .bind(subject.to_string())
        .fetch_one(connection)
        .await
        .map_err(database)?;
    Ok(Attempt::Blocked(Columns { table: "account_attempts", row: &row }.time("blocked_until")?))
}

pub(super) async fn block_attempts(
    connection: &mut Connection,
    subject: &Digest,
    until: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE account_attempts SET blocked_until = $2 WHERE subject = $1")
        .bind(subject.to_string())
        .bind(milliseconds(until))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn uncount_attempt(connection: &mut Connection, subject: &Digest) -> Result<(), StoreError> {
    sqlx::query("UPDATE account_attempts SET attempts = attempts - 1 WHERE subject = $1 AND attempts > 0")
        .bind(subject.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn forget_attempts(connection: &mut Connection, subject: &Digest) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM account_attempts WHERE subject = $1")
        .bind(subject.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn second_factor(
    connection: &mut Connection,
    account: Id<Account>,
) -> Result<Option<SecondFactor>, StoreError> {
    let row = sqlx::query(
        "SELECT account_id, sealed_seed, created_at, confirmed_at, last_step FROM second_factors WHERE account_id = $1",
    )
    .bind(account.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(factor).transpose()
}

pub(super) async fn put_second_factor(connection: &mut Connection, factor: &SecondFactor) -> Result<(), StoreError> {
    remove_second_factor(connection, factor.account).await?;
    sqlx::query(
        "INSERT INTO second_factors (account_id, sealed_seed, created_at, confirmed_at, last_step)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(factor.account.to_string())
    .bind(&factor.sealed_seed)
    .bind(milliseconds(factor.created_at))
    .bind(factor.confirmed_at.map(milliseconds))
    .bind(bigint(factor.last_step)?)
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn confirm_second_factor(
    connection: &mut Connection,
    account: Id<Account>,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE second_factors SET confirmed_at = $2 WHERE account_id = $1")
        .bind(account.to_string())
        .bind(milliseconds(at))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn remove_second_factor(connection: &mut Connection, account: Id<Account>) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM second_factors WHERE account_id = $1")
        .bind(account.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn remove_recovery_codes(connection: &mut Connection, account: Id<Account>) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM recovery_codes WHERE account_id = $1")
        .bind(account.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn use_totp_step(
    connection: &mut Connection,
    account: Id<Account>,
    step: u64,
) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE second_factors SET last_step = $2 WHERE account_id = $1 AND last_step < $2")
        .bind(account.to_string())
        .bind(bigint(step)?)
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn recovery_codes_left(connection: &mut Connection, account: Id<Account>) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS codes FROM recovery_codes WHERE account_id = $1")
        .bind(account.to_string())
        .fetch_one(connection)
        .await
        .map_err(database)?;
    Columns { table: "recovery_codes", row: &row }.number("codes")
}

pub(super) async fn insert_recovery_code(
    connection: &mut Connection,
    account: Id<Account>,
    hash: &Digest,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO recovery_codes (account_id, hash) VALUES ($1, $2)")
        .bind(account.to_string())
        .bind(hash.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn take_recovery_code(
    connection: &mut Connection,
    account: Id<Account>,
    hash: &Digest,
) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM recovery_codes WHERE account_id = $1 AND hash = $2")
        .bind(account.to_string())
        .bind(hash.to_string())
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn sweep(connection: &mut Connection, ended: &Ended) -> Result<u64, StoreError> {
    let mut removed = 0;
    for (statement, before) in [
        ("DELETE FROM sessions WHERE last_used_at <= $1", ended.idle),
        ("DELETE FROM sessions WHERE created_at <= $1", ended.oldest),
        ("DELETE FROM account_codes WHERE expires_at <= $1", ended.now),
        ("DELETE FROM wanted_addresses WHERE expires_at <= $1", ended.now),
        ("DELETE FROM former_addresses WHERE expires_at <= $1", ended.now),
        ("DELETE FROM passkey_rounds WHERE expires_at <= $1", ended.now),
        // A wait that is not over is shorter than a day.
        ("DELETE FROM account_attempts WHERE last_at <= $1", ended.yesterday),
        ("DELETE FROM second_factors WHERE confirmed_at IS NULL AND created_at <= $1", ended.yesterday),
        (
            "DELETE FROM accounts WHERE state = 'unverified' AND created_at <= $1
             AND NOT EXISTS (SELECT 1 FROM account_codes WHERE account_codes.account_id = accounts.id)",
            ended.yesterday,
        ),
    ] {
        let done = sqlx::query(statement).bind(milliseconds(before)).execute(&mut *connection).await;
        removed += done.map_err(database)?.rows_affected();
    }
    Ok(removed)
}

fn account_code(row: &Row) -> Result<AccountCode, StoreError> {
    let columns = Columns { table: "account_codes", row };
    Ok(AccountCode {
        hash: columns.parse("hash")?,
        account: columns.optional("account_id")?,
        purpose: columns.parse("purpose")?,
        expires_at: columns.time("expires_at")?,
    })
}

fn factor(row: &Row) -> Result<SecondFactor, StoreError> {
    let columns = Columns { table: "second_factors", row };
    Ok(SecondFactor {
        account: columns.parse("account_id")?,
        sealed_seed: columns.text("sealed_seed")?,
        created_at: columns.time("created_at")?,
        confirmed_at: columns.optional_time("confirmed_at")?,
        last_step: columns.number("last_step")?,
    })
}

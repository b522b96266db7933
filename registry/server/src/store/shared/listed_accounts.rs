//! `accounts` as operators see them.

use adx_registry_core::Id;
use adx_registry_core::account::{Account, AccountState};
use adx_registry_core::accounts::{AccountFilter, ListedAccount};
use adx_registry_core::ports::StoreError;
use sqlx::QueryBuilder;
use time::OffsetDateTime;

use super::decode::{Columns, milliseconds};
use super::{Connection, Db, Row, database};

const COLUMNS: &str = "SELECT a.id, a.address, a.name, a.state, a.is_operator, a.created_at, a.verified_at, a.disabled_at,
        a.disabled_for,
        (SELECT COUNT(*) FROM second_factors f WHERE f.account_id = a.id AND f.confirmed_at IS NOT NULL) AS one_time_passwords,
        (SELECT COUNT(*) FROM passkeys p WHERE p.account_id = a.id) AS passkeys,
        (SELECT MAX(s.created_at) FROM sessions s WHERE s.account_id = a.id) AS signed_in_at
     FROM accounts a ";

pub(super) async fn by_id(connection: &mut Connection, id: Id<Account>) -> Result<Option<ListedAccount>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE a.id = ").push_bind(id.to_string());
    let row = query.build().fetch_optional(connection).await.map_err(database)?;
    row.as_ref().map(listed).transpose()
}

pub(super) async fn find(
    connection: &mut Connection,
    wanted: &AccountFilter,
    after: Option<Id<Account>>,
    limit: u32,
) -> Result<Vec<ListedAccount>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE a.id > ").push_bind(after.map_or_else(String::new, |id| id.to_string()));
    match wanted.state {
        Some(state) => query.push(" AND a.state = ").push_bind(state.as_str()),
        None => query.push(" AND a.state <> 'erased'"),
    };
    if !wanted.begins.is_empty() {
        let pattern = beginning(&wanted.begins);
        query.push(" AND (a.address_key LIKE LOWER(").push_bind(pattern.clone());
        query.push(") ESCAPE '!' OR LOWER(a.name) LIKE LOWER(").push_bind(pattern).push(") ESCAPE '!')");
    }
    query.push(" ORDER BY a.id LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(listed).collect()
}

pub(super) async fn note_disabled(
    connection: &mut Connection,
    account: Id<Account>,
    since: Option<OffsetDateTime>,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE accounts SET disabled_at = COALESCE($2, disabled_at), disabled_for = $3 WHERE id = $1")
        .bind(account.to_string())
        .bind(since.map(milliseconds))
        .bind(reason)
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

/// What LIKE takes for a beginning, in which nothing stands for something else.
fn beginning(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

fn listed(row: &Row) -> Result<ListedAccount, StoreError> {
    let columns = Columns { table: "accounts", row };
    let state: AccountState = columns.parse("state")?;
    // A server of the version before lets people in and forgets nothing of this.
    let is_disabled = state == AccountState::Disabled;
    Ok(ListedAccount {
        id: columns.parse("id")?,
        email: columns.optional("address")?,
        name: columns.optional("name")?,
        state,
        is_operator: columns.flag("is_operator")?,
        has_one_time_passwords: columns.number::<u64>("one_time_passwords")? > 0,
        has_passkeys: columns.number::<u64>("passkeys")? > 0,
        created_at: columns.time("created_at")?,
        verified_at: columns.optional_time("verified_at")?,
        signed_in_at: columns.optional_time("signed_in_at")?,
        disabled_at: columns.optional_time("disabled_at")?.filter(|_| is_disabled),
        disabled_for: columns.optional_text("disabled_for")?.filter(|_| is_disabled),
    })
}

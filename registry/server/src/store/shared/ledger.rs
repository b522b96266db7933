//! `ledger_entries` and `ledger_postings`.

use adx_registry_core::Id;
use adx_registry_core::market::ledger::{Account, Draft, Entry, EntryKind, Posting};
use adx_registry_core::market::order::Order;
use adx_registry_core::money::Money;
use adx_registry_core::ports::StoreError;

use super::decode::{Columns, milliseconds};
use super::{Connection, Row, database, violated};

pub(super) async fn insert(connection: &mut Connection, entry: &Entry) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO ledger_entries (id, order_id, kind, period, at, reference) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(entry.id.to_string())
    .bind(entry.order.to_string())
    .bind(entry.draft.kind().as_str())
    .bind(i64::from(entry.draft.period()))
    .bind(milliseconds(entry.at))
    .bind(entry.reference.as_deref())
    .execute(&mut *connection)
    .await
    .map_err(violated)?;
    for (number, posting) in (1_i64..).zip(entry.draft.postings()) {
        sqlx::query(
            "INSERT INTO ledger_postings (entry_id, number, account, amount_minor, currency) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(entry.id.to_string())
        .bind(number)
        .bind(posting.account.to_string())
        .bind(posting.money.minor)
        .bind(posting.money.currency.code())
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

pub(super) async fn exists(
    connection: &mut Connection,
    order: Id<Order>,
    kind: EntryKind,
    reference: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT id FROM ledger_entries WHERE order_id = $1 AND kind = $2 AND reference = $3")
        .bind(order.to_string())
        .bind(kind.as_str())
        .bind(reference)
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    Ok(row.is_some())
}

pub(super) async fn order_paid_by(
    connection: &mut Connection,
    reference: &str,
) -> Result<Option<Id<Order>>, StoreError> {
    let row = sqlx::query("SELECT order_id FROM ledger_entries WHERE kind = 'payment' AND reference = $1")
        .bind(reference)
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    row.map(|row| Columns { table: "ledger_entries", row: &row }.parse("order_id")).transpose()
}

pub(super) async fn of_order(connection: &mut Connection, order: Id<Order>) -> Result<Vec<Entry>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, order_id, kind, period, at, reference FROM ledger_entries WHERE order_id = $1 ORDER BY id",
    )
    .bind(order.to_string())
    .fetch_all(&mut *connection)
    .await
    .map_err(database)?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in &rows {
        entries.push(entry(&mut *connection, row).await?);
    }
    Ok(entries)
}

pub(super) async fn on_account(
    connection: &mut Connection,
    account: &Account,
    after: Option<Id<Entry>>,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, order_id, kind, period, at, reference FROM ledger_entries
         WHERE id > $2 AND id IN (SELECT entry_id FROM ledger_postings WHERE account = $1) ORDER BY id LIMIT $3",
    )
    .bind(account.to_string())
    .bind(after.map_or_else(String::new, |id| id.to_string()))
    .bind(i64::from(limit))
    .fetch_all(&mut *connection)
    .await
    .map_err(database)?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in &rows {
        entries.push(entry(&mut *connection, row).await?);
    }
    Ok(entries)
}

pub(super) async fn balances(connection: &mut Connection, account: &Account) -> Result<Vec<Money>, StoreError> {
    // PostgreSQL adds up to a NUMERIC, which does not read as a number of ours.
    let rows = sqlx::query(
        "SELECT CAST(SUM(amount_minor) AS BIGINT) AS amount_minor, currency FROM ledger_postings WHERE account = $1
         GROUP BY currency ORDER BY currency",
    )
    .bind(account.to_string())
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(money).collect()
}

/// The entry with its postings. One that does not add up was written by somebody else.
async fn entry(connection: &mut Connection, row: &Row) -> Result<Entry, StoreError> {
    let columns = Columns { table: "ledger_entries", row };
    let id: Id<Entry> = columns.parse("id")?;
    let postings =
        sqlx::query("SELECT account, amount_minor, currency FROM ledger_postings WHERE entry_id = $1 ORDER BY number")
            .bind(id.to_string())
            .fetch_all(connection)
            .await
            .map_err(database)?;
    let postings = postings.iter().map(posting).collect::<Result<Vec<_>, _>>()?;
    let draft = Draft::new(columns.parse::<EntryKind>("kind")?, columns.number("period")?, postings);
    Ok(Entry {
        id,
        order: columns.parse("order_id")?,
        at: columns.time("at")?,
        reference: columns.optional_text("reference")?,
        draft: draft.map_err(|error| columns.corrupt("id", error))?,
    })
}

fn posting(row: &Row) -> Result<Posting, StoreError> {
    Ok(Posting { account: Columns { table: "ledger_postings", row }.parse("account")?, money: money(row)? })
}

fn money(row: &Row) -> Result<Money, StoreError> {
    let columns = Columns { table: "ledger_postings", row };
    Ok(Money::new(columns.number("amount_minor")?, columns.parse("currency")?))
}

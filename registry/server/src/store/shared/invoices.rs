//! `invoices` and `invoice_years`.

use adx_registry_core::Id;
use adx_registry_core::market::invoice::{Invoice, InvoiceNumber, InvoiceState};
use adx_registry_core::market::order::Order;
use adx_registry_core::market::tenant::Tenant;
use adx_registry_core::money::{Currency, Money};
use adx_registry_core::ports::StoreError;
use sqlx::QueryBuilder;
use time::OffsetDateTime;

use super::decode::{Columns, json, milliseconds};
use super::{Connection, Db, Row, database};

const COLUMNS: &str =
    "SELECT year, number, order_id, tenant_id, period, state, seller, bill_to, lines, total_minor, currency,
                              cost_centre, written_at, due_at
                       FROM invoices ";

/// The row's lock is held until the transaction ends: a number that was rolled back is taken again.
pub(super) async fn next(connection: &mut Connection, year: u32) -> Result<InvoiceNumber, StoreError> {
    let row = sqlx::query(
        "INSERT INTO invoice_years (year, last) VALUES ($1, 1)
         ON CONFLICT (year) DO UPDATE SET last = invoice_years.last + 1 RETURNING last",
    )
    .bind(i64::from(year))
    .fetch_one(connection)
    .await
    .map_err(database)?;
    Ok(InvoiceNumber { year, number: Columns { table: "invoice_years", row: &row }.number("last")? })
}

pub(super) async fn insert(connection: &mut Connection, invoice: &Invoice) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO invoices (year, number, order_id, tenant_id, period, state, seller, bill_to, lines, total_minor,
                               currency, cost_centre, written_at, due_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(i64::from(invoice.number.year))
    .bind(i64::from(invoice.number.number))
    .bind(invoice.order.to_string())
    .bind(invoice.tenant.to_string())
    .bind(i64::from(invoice.period))
    .bind(invoice.state.as_str())
    .bind(&invoice.seller)
    .bind(&invoice.bill_to)
    .bind(json(&invoice.lines)?)
    .bind(invoice.total.minor)
    .bind(invoice.total.currency.code())
    .bind(invoice.cost_centre.as_deref())
    .bind(milliseconds(invoice.written_at))
    .bind(milliseconds(invoice.due_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn settle(
    connection: &mut Connection,
    order: Id<Order>,
    period: u32,
    state: InvoiceState,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE invoices SET state = $3 WHERE order_id = $1 AND period = $2 AND state = 'open'")
        .bind(order.to_string())
        .bind(i64::from(period))
        .bind(state.as_str())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn by_number(
    connection: &mut Connection,
    number: InvoiceNumber,
) -> Result<Option<Invoice>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE year = ").push_bind(i64::from(number.year));
    query.push(" AND number = ").push_bind(i64::from(number.number));
    let row = query.build().fetch_optional(connection).await.map_err(database)?;
    row.as_ref().map(invoice).transpose()
}

pub(super) async fn of_order(connection: &mut Connection, order: Id<Order>) -> Result<Vec<Invoice>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE order_id = ").push_bind(order.to_string()).push(" ORDER BY year, number");
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(invoice).collect()
}

pub(super) async fn asked_since(
    connection: &mut Connection,
    tenant: Id<Tenant>,
    currency: Currency,
    since: OffsetDateTime,
) -> Result<i64, StoreError> {
    // PostgreSQL adds up to a NUMERIC, which does not read as a number of ours.
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(total_minor), 0) AS BIGINT) AS asked FROM invoices
         WHERE tenant_id = $1 AND currency = $2 AND written_at >= $3 AND state <> 'void'",
    )
    .bind(tenant.to_string())
    .bind(currency.code())
    .bind(milliseconds(since))
    .fetch_one(connection)
    .await
    .map_err(database)?;
    Columns { table: "invoices", row: &row }.number("asked")
}

fn invoice(row: &Row) -> Result<Invoice, StoreError> {
    let columns = Columns { table: "invoices", row };
    Ok(Invoice {
        number: InvoiceNumber { year: columns.number("year")?, number: columns.number("number")? },
        order: columns.parse("order_id")?,
        tenant: columns.parse("tenant_id")?,
        period: columns.number("period")?,
        state: columns.parse("state")?,
        seller: columns.text("seller")?,
        bill_to: columns.text("bill_to")?,
        lines: columns.json("lines")?,
        total: Money::new(columns.number("total_minor")?, columns.parse("currency")?),
        cost_centre: columns.optional_text("cost_centre")?,
        written_at: columns.time("written_at")?,
        due_at: columns.time("due_at")?,
    })
}

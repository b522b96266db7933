//! `checkouts`, `payment_events` and `payment_misfits`.

use adx_registry_core::Id;
use adx_registry_core::market::checkout::{Checkout, CheckoutState, Misfit};
use adx_registry_core::market::order::Order;
use adx_registry_core::ports::StoreError;
use time::OffsetDateTime;

use super::decode::{Columns, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn of_order(connection: &mut Connection, order: Id<Order>) -> Result<Vec<Checkout>, StoreError> {
    let rows = sqlx::query(
        "SELECT order_id, period, attempt, handle, page, state, opened_at, closes_at FROM checkouts
         WHERE order_id = $1 ORDER BY period, attempt",
    )
    .bind(order.to_string())
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(checkout).collect()
}

/// An order that goes on by itself is looked at always; one that is paid for ever, or over, as long as money may go back.
pub(super) async fn collected(
    connection: &mut Connection,
    since: OffsetDateTime,
    after: Option<Id<Order>>,
    limit: u32,
) -> Result<Vec<Id<Order>>, StoreError> {
    let rows = sqlx::query(
        "SELECT DISTINCT checkouts.order_id FROM checkouts JOIN orders ON orders.id = checkouts.order_id
         WHERE checkouts.order_id > $1
           AND (checkouts.opened_at >= $2 OR orders.next_at IS NOT NULL OR orders.state = 'disputed')
         ORDER BY checkouts.order_id LIMIT $3",
    )
    .bind(after.map_or_else(String::new, |id| id.to_string()))
    .bind(milliseconds(since))
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(|row| Columns { table: "checkouts", row }.parse("order_id")).collect()
}

pub(super) async fn insert(connection: &mut Connection, checkout: &Checkout) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO checkouts (order_id, period, attempt, handle, page, state, opened_at, closes_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (order_id, period, attempt) DO NOTHING",
    )
    .bind(checkout.order.to_string())
    .bind(i64::from(checkout.period))
    .bind(i64::from(checkout.attempt))
    .bind(&checkout.handle)
    .bind(checkout.page.as_str())
    .bind(checkout.state.as_str())
    .bind(milliseconds(checkout.opened_at))
    .bind(milliseconds(checkout.closes_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn set_state(
    connection: &mut Connection,
    handle: &str,
    state: CheckoutState,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE checkouts SET state = $2 WHERE handle = $1 AND state <> $2")
        .bind(handle)
        .bind(state.as_str())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn note_event(
    connection: &mut Connection,
    id: &str,
    kind: &str,
    at: OffsetDateTime,
) -> Result<bool, StoreError> {
    let noted =
        sqlx::query("INSERT INTO payment_events (id, kind, heard_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING")
            .bind(id)
            .bind(kind)
            .bind(milliseconds(at))
            .execute(connection)
            .await
            .map_err(database)?;
    Ok(noted.rows_affected() == 1)
}

pub(super) async fn forget_events(connection: &mut Connection, before: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM payment_events WHERE heard_at < $1")
        .bind(milliseconds(before))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn misfits_of(connection: &mut Connection, order: Id<Order>) -> Result<Vec<Misfit>, StoreError> {
    let rows =
        sqlx::query("SELECT reference, reason, is_checked FROM payment_misfits WHERE order_id = $1 ORDER BY number")
            .bind(order.to_string())
            .fetch_all(connection)
            .await
            .map_err(database)?;
    rows.iter().map(misfit).collect()
}

pub(super) async fn misfits_to_check(
    connection: &mut Connection,
    limit: u32,
) -> Result<Vec<(Id<Order>, Misfit)>, StoreError> {
    let rows = sqlx::query(
        "SELECT order_id, reference, reason, is_checked FROM payment_misfits WHERE NOT is_checked
         ORDER BY found_at, order_id, number LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    let of_order = |row: &Row| -> Result<_, StoreError> {
        Ok((Columns { table: "payment_misfits", row }.parse("order_id")?, misfit(row)?))
    };
    rows.iter().map(of_order).collect()
}

pub(super) async fn put_misfits(
    connection: &mut Connection,
    order: Id<Order>,
    misfits: &[Misfit],
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM payment_misfits WHERE order_id = $1")
        .bind(order.to_string())
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    for (number, misfit) in (1_i64..).zip(misfits) {
        sqlx::query(
            "INSERT INTO payment_misfits (order_id, number, reference, reason, is_checked, found_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(order.to_string())
        .bind(number)
        .bind(&misfit.reference)
        .bind(&misfit.reason)
        .bind(misfit.is_checked)
        .bind(milliseconds(at))
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

fn misfit(row: &Row) -> Result<Misfit, StoreError> {
    let columns = Columns { table: "payment_misfits", row };
    Ok(Misfit {
        reference: columns.text("reference")?,
        reason: columns.text("reason")?,
        is_checked: columns.flag("is_checked")?,
    })
}

fn checkout(row: &Row) -> Result<Checkout, StoreError> {
    let columns = Columns { table: "checkouts", row };
    Ok(Checkout {
        order: columns.parse("order_id")?,
        period: columns.number("period")?,
        attempt: columns.number("attempt")?,
        handle: columns.text("handle")?,
        page: columns.parse("page")?,
        state: columns.parse("state")?,
        opened_at: columns.time("opened_at")?,
        closes_at: columns.time("closes_at")?,
    })
}

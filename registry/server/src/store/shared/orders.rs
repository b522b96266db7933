//! `orders` and `order_events`.

use adx_registry_core::Id;
use adx_registry_core::market::order::{Order, OrderState};
use adx_registry_core::market::placed::{OrderEvent, PlacedOrder};
use adx_registry_core::market::price::Model;
use adx_registry_core::market::tenant::Tenant;
use adx_registry_core::ports::StoreError;
use sqlx::QueryBuilder;
use time::OffsetDateTime;

use super::decode::{Columns, json, milliseconds};
use super::{Connection, Db, Row, database, violated};

const COLUMNS: &str =
    "SELECT id, tenant_id, publisher_id, terms, state, course, idempotency_key, request_sha256, cost_centre,
                              placed_by, placed_at
                       FROM orders ";

pub(super) async fn by_id(connection: &mut Connection, id: Id<Order>) -> Result<Option<PlacedOrder>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE id = ").push_bind(id.to_string());
    let row = query.build().fetch_optional(connection).await.map_err(database)?;
    row.as_ref().map(order).transpose()
}

pub(super) async fn by_key(
    connection: &mut Connection,
    tenant: Id<Tenant>,
    key: &str,
) -> Result<Option<PlacedOrder>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE tenant_id = ").push_bind(tenant.to_string());
    query.push(" AND idempotency_key = ").push_bind(key.to_owned());
    let row = query.build().fetch_optional(connection).await.map_err(database)?;
    row.as_ref().map(order).transpose()
}

pub(super) async fn of_tenant(
    connection: &mut Connection,
    tenant: Id<Tenant>,
    before: Option<Id<Order>>,
    limit: u32,
) -> Result<Vec<PlacedOrder>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE tenant_id = ").push_bind(tenant.to_string());
    if let Some(before) = before {
        query.push(" AND id < ").push_bind(before.to_string());
    }
    query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(order).collect()
}

pub(super) async fn after(
    connection: &mut Connection,
    state: OrderState,
    after: Option<Id<Order>>,
    limit: u32,
) -> Result<Vec<PlacedOrder>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE state = ").push_bind(state.as_str());
    query.push(" AND id > ").push_bind(after.map_or_else(String::new, |id| id.to_string()));
    query.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(order).collect()
}

pub(super) async fn due(
    connection: &mut Connection,
    now: OffsetDateTime,
    limit: u32,
) -> Result<Vec<Id<Order>>, StoreError> {
    let rows = sqlx::query("SELECT id FROM orders WHERE next_at <= $1 ORDER BY next_at, id LIMIT $2")
        .bind(milliseconds(now))
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await
        .map_err(database)?;
    rows.iter().map(|row| Columns { table: "orders", row }.parse("id")).collect()
}

pub(super) async fn insert(connection: &mut Connection, placed: &PlacedOrder) -> Result<(), StoreError> {
    let order = &placed.order;
    let trial = (order.terms.model == Model::Trial).then(|| order.terms.module.canonical().to_string());
    sqlx::query(
        "INSERT INTO orders (id, tenant_id, publisher_id, module, trial, terms, state, course, idempotency_key, request_sha256,
                             cost_centre, placed_by, placed_at, next_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(order.id.to_string())
    .bind(order.tenant.to_string())
    .bind(order.publisher.to_string())
    .bind(order.terms.module.to_string())
    .bind(trial)
    .bind(json(&order.terms)?)
    .bind(order.state.as_str())
    .bind(json(&order.course)?)
    .bind(placed.key.as_str())
    .bind(placed.request.to_string())
    .bind(placed.cost_centre.as_ref().map(|text| text.as_str().to_owned()))
    .bind(&placed.placed_by)
    .bind(milliseconds(order.placed_at))
    .bind(order.next_at().map(milliseconds))
    .execute(connection)
    .await
    .map(drop)
    .map_err(violated)
}

/// An update that changes nothing takes the row's lock on both engines.
pub(super) async fn lock(connection: &mut Connection, id: Id<Order>) -> Result<Option<PlacedOrder>, StoreError> {
    sqlx::query("UPDATE orders SET state = state WHERE id = $1")
        .bind(id.to_string())
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    by_id(connection, id).await
}

pub(super) async fn update(connection: &mut Connection, order: &Order) -> Result<(), StoreError> {
    sqlx::query("UPDATE orders SET state = $2, course = $3, next_at = $4 WHERE id = $1")
        .bind(order.id.to_string())
        .bind(order.state.as_str())
        .bind(json(&order.course)?)
        .bind(order.next_at().map(milliseconds))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn events_of(connection: &mut Connection, order: Id<Order>) -> Result<Vec<OrderEvent>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, order_id, what, state, by_whom, at, reason FROM order_events WHERE order_id = $1 ORDER BY id",
    )
    .bind(order.to_string())
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(event).collect()
}

pub(super) async fn insert_event(connection: &mut Connection, event: &OrderEvent) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO order_events (id, order_id, what, state, by_whom, at, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(event.id.to_string())
    .bind(event.order.to_string())
    .bind(&event.what)
    .bind(event.state.as_str())
    .bind(&event.by)
    .bind(milliseconds(event.at))
    .bind(event.reason.as_deref())
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

fn order(row: &Row) -> Result<PlacedOrder, StoreError> {
    let columns = Columns { table: "orders", row };
    Ok(PlacedOrder {
        order: Order {
            id: columns.parse("id")?,
            tenant: columns.parse("tenant_id")?,
            publisher: columns.parse("publisher_id")?,
            terms: columns.json("terms")?,
            state: columns.parse("state")?,
            course: columns.json("course")?,
            placed_at: columns.time("placed_at")?,
        },
        key: columns.parse("idempotency_key")?,
        request: columns.parse("request_sha256")?,
        cost_centre: columns.optional("cost_centre")?,
        placed_by: columns.text("placed_by")?,
    })
}

fn event(row: &Row) -> Result<OrderEvent, StoreError> {
    let columns = Columns { table: "order_events", row };
    Ok(OrderEvent {
        id: columns.parse("id")?,
        order: columns.parse("order_id")?,
        what: columns.text("what")?,
        state: columns.parse("state")?,
        by: columns.text("by_whom")?,
        at: columns.time("at")?,
        reason: columns.optional_text("reason")?,
    })
}

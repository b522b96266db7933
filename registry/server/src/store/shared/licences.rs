//! `licences`.

use adx_registry_core::Id;
use adx_registry_core::market::entitlement::Entitlement;
use adx_registry_core::market::order::Order;
use adx_registry_core::market::tenant::Tenant;
use adx_registry_core::ports::StoreError;
use sqlx::QueryBuilder;

use super::decode::{Columns, milliseconds};
use super::{Connection, Db, Row, database};

const COLUMNS: &str =
    "SELECT id, order_id, tenant_id, module, state, starts_at, ends_at, token, issued_at, changed_at FROM licences ";

pub(super) async fn of_order(connection: &mut Connection, order: Id<Order>) -> Result<Option<Entitlement>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE order_id = ").push_bind(order.to_string());
    let row = query.build().fetch_optional(connection).await.map_err(database)?;
    row.as_ref().map(entitlement).transpose()
}

pub(super) async fn of_tenant(connection: &mut Connection, tenant: Id<Tenant>) -> Result<Vec<Entitlement>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE tenant_id = ").push_bind(tenant.to_string()).push(" ORDER BY id DESC");
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(entitlement).collect()
}

pub(super) async fn put(connection: &mut Connection, entitlement: &Entitlement) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO licences (id, order_id, tenant_id, module, state, starts_at, ends_at, token, issued_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, ends_at = excluded.ends_at, token = excluded.token,
             changed_at = excluded.changed_at",
    )
    .bind(entitlement.id.to_string())
    .bind(entitlement.order.to_string())
    .bind(entitlement.tenant.to_string())
    .bind(entitlement.module.to_string())
    .bind(entitlement.state.as_str())
    .bind(milliseconds(entitlement.from))
    .bind(entitlement.until.map(milliseconds))
    .bind(entitlement.token.as_ref())
    .bind(milliseconds(entitlement.issued_at))
    .bind(milliseconds(entitlement.changed_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

fn entitlement(row: &Row) -> Result<Entitlement, StoreError> {
    let columns = Columns { table: "licences", row };
    Ok(Entitlement {
        id: columns.parse("id")?,
        order: columns.parse("order_id")?,
        tenant: columns.parse("tenant_id")?,
        module: columns.parse("module")?,
        state: columns.parse("state")?,
        from: columns.time("starts_at")?,
        until: columns.optional_time("ends_at")?,
        token: columns.optional_text("token")?,
        issued_at: columns.time("issued_at")?,
        changed_at: columns.time("changed_at")?,
    })
}

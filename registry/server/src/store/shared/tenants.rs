//! `tenants`.

use adx_registry_core::Id;
use adx_registry_core::account::Account;
use adx_registry_core::market::tenant::{Buyer, Tenant};
use adx_registry_core::money::Money;
use adx_registry_core::ports::StoreError;
use adx_signing::name::TenantId;
use sqlx::QueryBuilder;

use super::decode::{Columns, milliseconds};
use super::{Connection, Db, Row, database, violated};

const COLUMNS: &str =
    "SELECT id, name, account_id, publisher_id, bill_to, bill_mail, cap_minor, cap_currency, created_at
                       FROM tenants ";

pub(super) async fn by_id(connection: &mut Connection, id: Id<Tenant>) -> Result<Option<Tenant>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE id = ").push_bind(id.to_string());
    let row = query.build().fetch_optional(connection).await.map_err(database)?;
    row.as_ref().map(tenant).transpose()
}

pub(super) async fn by_name(connection: &mut Connection, name: &TenantId) -> Result<Option<Tenant>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE canonical = ").push_bind(name.canonical().to_string());
    let row = query.build().fetch_optional(connection).await.map_err(database)?;
    row.as_ref().map(tenant).transpose()
}

pub(super) async fn of(connection: &mut Connection, buyer: &Buyer) -> Result<Vec<Tenant>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    match buyer {
        Buyer::Account(id) => query.push("WHERE account_id = ").push_bind(id.to_string()),
        Buyer::Organisation(id) => query.push("WHERE publisher_id = ").push_bind(id.to_string()),
    };
    query.push(" ORDER BY canonical");
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(tenant).collect()
}

pub(super) async fn insert(connection: &mut Connection, tenant: &Tenant) -> Result<(), StoreError> {
    let (account, publisher) = match tenant.buyer {
        Buyer::Account(id) => (Some(id.to_string()), None),
        Buyer::Organisation(id) => (None, Some(id.to_string())),
    };
    sqlx::query(
        "INSERT INTO tenants (id, name, canonical, account_id, publisher_id, bill_to, bill_mail, cap_minor, cap_currency,
                              created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tenant.id.to_string())
    .bind(tenant.name.to_string())
    .bind(tenant.name.canonical().to_string())
    .bind(account)
    .bind(publisher)
    .bind(&tenant.bill_to)
    .bind(tenant.bill_mail.as_ref().map(|address| address.as_str().to_owned()))
    .bind(tenant.cap.map(|cap| cap.minor))
    .bind(tenant.cap.map(|cap| cap.currency.code()))
    .bind(milliseconds(tenant.created_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(violated)
}

pub(super) async fn update(connection: &mut Connection, tenant: &Tenant) -> Result<(), StoreError> {
    sqlx::query("UPDATE tenants SET bill_to = $2, bill_mail = $3, cap_minor = $4, cap_currency = $5 WHERE id = $1")
        .bind(tenant.id.to_string())
        .bind(&tenant.bill_to)
        .bind(tenant.bill_mail.as_ref().map(|address| address.as_str().to_owned()))
        .bind(tenant.cap.map(|cap| cap.minor))
        .bind(tenant.cap.map(|cap| cap.currency.code()))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

/// An update that changes nothing takes the row's lock on both engines.
pub(super) async fn lock(connection: &mut Connection, id: Id<Tenant>) -> Result<Option<Tenant>, StoreError> {
    sqlx::query("UPDATE tenants SET name = name WHERE id = $1")
        .bind(id.to_string())
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    by_id(connection, id).await
}

pub(super) async fn erase_bills_to(connection: &mut Connection, account: Id<Account>) -> Result<(), StoreError> {
    sqlx::query("UPDATE tenants SET bill_to = '', bill_mail = NULL WHERE account_id = $1")
        .bind(account.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

fn tenant(row: &Row) -> Result<Tenant, StoreError> {
    let columns = Columns { table: "tenants", row };
    let buyer = match (columns.optional("account_id")?, columns.optional("publisher_id")?) {
        (Some(account), None) => Buyer::Account(account),
        (None, Some(publisher)) => Buyer::Organisation(publisher),
        _ => return Err(columns.corrupt("account_id", "either a person or an organisation buys")),
    };
    let cap = match (columns.optional_number("cap_minor")?, columns.optional("cap_currency")?) {
        (Some(minor), Some(currency)) => Some(Money::new(minor, currency)),
        _ => None,
    };
    Ok(Tenant {
        id: columns.parse("id")?,
        name: columns.parse("name")?,
        buyer,
        bill_to: columns.text("bill_to")?,
        bill_mail: columns.optional("bill_mail")?,
        cap,
        created_at: columns.time("created_at")?,
    })
}

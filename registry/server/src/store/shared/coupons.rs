//! `coupons`.

use adx_registry_core::Id;
use adx_registry_core::market::coupon::{Coupon, CouponCode};
use adx_registry_core::ports::StoreError;
use adx_registry_core::publisher::Publisher;

use super::decode::{Columns, json, milliseconds};
use super::{Connection, Row, database, violated};

pub(super) async fn of(connection: &mut Connection, publisher: Id<Publisher>) -> Result<Vec<Coupon>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, publisher_id, code, module, off, periods, most, used, expires_at, created_at
         FROM coupons WHERE publisher_id = $1 ORDER BY code",
    )
    .bind(publisher.to_string())
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(coupon).collect()
}

pub(super) async fn insert(connection: &mut Connection, coupon: &Coupon) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO coupons (id, publisher_id, code, module, off, periods, most, used, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(coupon.id.to_string())
    .bind(coupon.publisher.to_string())
    .bind(coupon.code.as_str())
    .bind(coupon.module.as_ref().map(ToString::to_string))
    .bind(json(&coupon.off)?)
    .bind(coupon.periods.map(i64::from))
    .bind(coupon.most.map(i64::from))
    .bind(i64::from(coupon.used))
    .bind(coupon.expires_at.map(milliseconds))
    .bind(milliseconds(coupon.created_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(violated)
}

/// An update that changes nothing takes the row's lock on both engines.
pub(super) async fn lock(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    code: &CouponCode,
) -> Result<Option<Coupon>, StoreError> {
    let row = sqlx::query(
        "UPDATE coupons SET used = used WHERE publisher_id = $1 AND code = $2
         RETURNING id, publisher_id, code, module, off, periods, most, used, expires_at, created_at",
    )
    .bind(publisher.to_string())
    .bind(code.as_str())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(coupon).transpose()
}

pub(super) async fn note_use(connection: &mut Connection, coupon: Id<Coupon>) -> Result<(), StoreError> {
    sqlx::query("UPDATE coupons SET used = used + 1 WHERE id = $1")
        .bind(coupon.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

fn coupon(row: &Row) -> Result<Coupon, StoreError> {
    let columns = Columns { table: "coupons", row };
    Ok(Coupon {
        id: columns.parse("id")?,
        publisher: columns.parse("publisher_id")?,
        code: columns.parse("code")?,
        module: columns.optional("module")?,
        off: columns.json("off")?,
        periods: columns.optional_number("periods")?,
        most: columns.optional_number("most")?,
        used: columns.number("used")?,
        expires_at: columns.optional_time("expires_at")?,
        created_at: columns.time("created_at")?,
    })
}

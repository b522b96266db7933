//! `publisher_days`, `publisher_quotas` and the sums of `modules`.

use adx_registry_core::Id;
use adx_registry_core::ports::StoreError;
use adx_registry_core::publisher::Publisher;
use adx_registry_core::quotas::{Allowance, Limits, Miscounted, Usage};
use adx_signing::name::ModuleId;

use super::decode::{Columns, bigint, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn usage(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    today: u64,
) -> Result<Usage, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS modules, CAST(COALESCE(SUM(package_bytes), 0) AS BIGINT) AS package_bytes,
                COALESCE((SELECT releases FROM publisher_days WHERE publisher_id = $1 AND day = $2), 0) AS releases
         FROM modules WHERE publisher_id = $1",
    )
    .bind(publisher.to_string())
    .bind(bigint(today)?)
    .fetch_one(connection)
    .await
    .map_err(database)?;
    let columns = Columns { table: "modules", row: &row };
    Ok(Usage {
        modules: columns.number("modules")?,
        package_bytes: columns.number("package_bytes")?,
        releases_today: columns.number("releases")?,
    })
}

pub(super) async fn allowance(
    connection: &mut Connection,
    publisher: Id<Publisher>,
) -> Result<Option<Allowance>, StoreError> {
    let row = sqlx::query(
        "SELECT modules, package_bytes, releases_a_day, rate_factor, reason, given_by, given_at
         FROM publisher_quotas WHERE publisher_id = $1",
    )
    .bind(publisher.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    let allowance = |row: &Row| {
        let columns = Columns { table: "publisher_quotas", row };
        Ok(Allowance {
            limits: Limits {
                modules: columns.optional_number("modules")?,
                package_bytes: columns.optional_number("package_bytes")?,
                releases_a_day: columns.optional_number("releases_a_day")?,
                rate_factor: columns.optional_number("rate_factor")?,
            },
            reason: columns.text("reason")?,
            by: columns.text("given_by")?,
            at: columns.time("given_at")?,
        })
    };
    row.as_ref().map(allowance).transpose()
}

pub(super) async fn miscounted(connection: &mut Connection) -> Result<Vec<Miscounted>, StoreError> {
    let rows = sqlx::query(
        "SELECT m.namespace, m.name, m.package_bytes AS kept, CAST(COALESCE(s.size_bytes, 0) AS BIGINT) AS counted
         FROM modules m
         LEFT JOIN (SELECT module_id, SUM(size_bytes) AS size_bytes FROM releases WHERE NOT erased GROUP BY module_id) s
                ON s.module_id = m.id
         WHERE m.package_bytes <> COALESCE(s.size_bytes, 0)
         ORDER BY m.id",
    )
    .fetch_all(connection)
    .await
    .map_err(database)?;
    let miscounted = |row: &Row| {
        let columns = Columns { table: "modules", row };
        Ok(Miscounted {
            module: ModuleId::new(columns.parse("namespace")?, columns.parse("name")?),
            kept: columns.number("kept")?,
            counted: columns.number("counted")?,
        })
    };
    rows.iter().map(miscounted).collect()
}

pub(super) async fn count_release(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    today: u64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO publisher_days (publisher_id, day, releases) VALUES ($1, $2, 1)
         ON CONFLICT (publisher_id) DO UPDATE
         SET releases = CASE WHEN publisher_days.day = excluded.day THEN publisher_days.releases + 1 ELSE 1 END,
             day = excluded.day",
    )
    .bind(publisher.to_string())
    .bind(bigint(today)?)
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn allow(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    allowance: Option<&Allowance>,
) -> Result<(), StoreError> {
    let number = |number: Option<u64>| number.map(bigint).transpose();
    let query = match allowance {
        None => sqlx::query("DELETE FROM publisher_quotas WHERE publisher_id = $1").bind(publisher.to_string()),
        Some(allowance) => sqlx::query(
            "INSERT INTO publisher_quotas (publisher_id, modules, package_bytes, releases_a_day, rate_factor, reason,
                                           given_by, given_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (publisher_id) DO UPDATE
             SET modules = $2, package_bytes = $3, releases_a_day = $4, rate_factor = $5, reason = $6, given_by = $7,
                 given_at = $8",
        )
        .bind(publisher.to_string())
        .bind(number(allowance.limits.modules)?)
        .bind(number(allowance.limits.package_bytes)?)
        .bind(number(allowance.limits.releases_a_day)?)
        .bind(number(allowance.limits.rate_factor)?)
        .bind(allowance.reason.clone())
        .bind(allowance.by.clone())
        .bind(milliseconds(allowance.at)),
    };
    query.execute(connection).await.map(drop).map_err(database)
}

//! `rechecks` and `recheck_watch`: looks over what is released, and which server begins them by itself.

use adx_registry_core::Id;
use adx_registry_core::ports::StoreError;
use adx_registry_core::rechecks::{Place, Recheck};
use adx_registry_core::release::Module;
use semver::Version;
use sqlx::QueryBuilder;
use time::OffsetDateTime;

use super::decode::{Columns, bigint, json, milliseconds};
use super::{Connection, Db, Row, database};

const COLUMNS: &str =
    "SELECT id, module_id, version, quarantine, asked_by, state, against, at_module, at_before, looked_at,
                              found_in, quarantined, unfinished, named, gathered, began_at, ended_at
                       FROM rechecks ";

pub(super) async fn by_id(connection: &mut Connection, id: Id<Recheck>) -> Result<Option<Recheck>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE id = ").push_bind(id.to_string());
    one(connection, query).await
}

pub(super) async fn walking(
    connection: &mut Connection,
    module: Option<Id<Module>>,
    version: Option<&Version>,
) -> Result<Option<Recheck>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE state = 'walking' AND COALESCE(module_id, '') = ");
    query.push_bind(module.map_or_else(String::new, |module| module.to_string()));
    query.push(" AND COALESCE(version, '') = ");
    query.push_bind(version.map_or_else(String::new, ToString::to_string));
    query.push(" ORDER BY id DESC LIMIT 1");
    one(connection, query).await
}

pub(super) async fn last(connection: &mut Connection) -> Result<Option<Recheck>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE state = 'ended' AND module_id IS NULL ORDER BY id DESC LIMIT 1");
    one(connection, query).await
}

async fn one(connection: &mut Connection, mut query: QueryBuilder<Db>) -> Result<Option<Recheck>, StoreError> {
    let row = query.build().fetch_optional(connection).await.map_err(database)?;
    row.as_ref().map(recheck).transpose()
}

pub(super) async fn insert(connection: &mut Connection, recheck: &Recheck) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO rechecks (id, module_id, version, quarantine, asked_by, state, against, at_module, at_before, looked_at,
                               found_in, quarantined, unfinished, named, gathered, began_at, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(recheck.id.to_string())
    .bind(recheck.module.map(|module| module.to_string()))
    .bind(recheck.version.as_ref().map(ToString::to_string))
    .bind(recheck.quarantine)
    .bind(recheck.asked_by.to_string())
    .bind(recheck.state.as_str())
    .bind(recheck.against.map(|against| against.to_string()))
    .bind(recheck.place.module.map(|module| module.to_string()))
    .bind(recheck.place.before.map(bigint).transpose()?)
    .bind(bigint(recheck.looked_at)?)
    .bind(bigint(recheck.found_in)?)
    .bind(bigint(recheck.quarantined)?)
    .bind(bigint(recheck.unfinished)?)
    .bind(json(&recheck.named)?)
    .bind(json(&recheck.gathered)?)
    .bind(milliseconds(recheck.began_at))
    .bind(recheck.ended_at.map(milliseconds))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

/// An update that changes nothing takes the row's lock on both engines.
pub(super) async fn lock(connection: &mut Connection, id: Id<Recheck>) -> Result<Option<Recheck>, StoreError> {
    sqlx::query("UPDATE rechecks SET state = state WHERE id = $1")
        .bind(id.to_string())
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    by_id(connection, id).await
}

pub(super) async fn update(connection: &mut Connection, recheck: &Recheck) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE rechecks SET state = $2, against = $3, at_module = $4, at_before = $5, looked_at = $6, found_in = $7,
                             quarantined = $8, unfinished = $9, named = $10, gathered = $11, ended_at = $12
         WHERE id = $1",
    )
    .bind(recheck.id.to_string())
    .bind(recheck.state.as_str())
    .bind(recheck.against.map(|against| against.to_string()))
    .bind(recheck.place.module.map(|module| module.to_string()))
    .bind(recheck.place.before.map(bigint).transpose()?)
    .bind(bigint(recheck.looked_at)?)
    .bind(bigint(recheck.found_in)?)
    .bind(bigint(recheck.quarantined)?)
    .bind(bigint(recheck.unfinished)?)
    .bind(json(&recheck.named)?)
    .bind(json(&recheck.gathered)?)
    .bind(recheck.ended_at.map(milliseconds))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn sweep(connection: &mut Connection, before: OffsetDateTime) -> Result<u64, StoreError> {
    let removed = sqlx::query("DELETE FROM rechecks WHERE began_at < $1")
        .bind(milliseconds(before))
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(removed.rows_affected())
}

pub(super) async fn lock_watch(connection: &mut Connection) -> Result<(), StoreError> {
    sqlx::query("UPDATE recheck_watch SET lease = lease WHERE id = 1")
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn claim_watch(
    connection: &mut Connection,
    now: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<Option<u64>, StoreError> {
    let row = sqlx::query(
        "UPDATE recheck_watch SET lease = lease + 1, leased_until = $2 WHERE id = 1 AND leased_until <= $1 RETURNING lease",
    )
    .bind(milliseconds(now))
    .bind(milliseconds(until))
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.map(|row| Columns { table: "recheck_watch", row: &row }.number("lease")).transpose()
}

pub(super) async fn renew_watch(
    connection: &mut Connection,
    lease: u64,
    until: OffsetDateTime,
) -> Result<bool, StoreError> {
    let renewed = sqlx::query("UPDATE recheck_watch SET leased_until = $2 WHERE id = 1 AND lease = $1")
        .bind(bigint(lease)?)
        .bind(milliseconds(until))
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(renewed.rows_affected() == 1)
}

fn recheck(row: &Row) -> Result<Recheck, StoreError> {
    let columns = Columns { table: "rechecks", row };
    Ok(Recheck {
        id: columns.parse("id")?,
        module: columns.optional("module_id")?,
        version: columns.optional("version")?,
        quarantine: columns.flag("quarantine")?,
        asked_by: columns.parse("asked_by")?,
        state: columns.parse("state")?,
        against: columns.optional("against")?,
        place: Place { module: columns.optional("at_module")?, before: columns.optional_number("at_before")? },
        looked_at: columns.number("looked_at")?,
        found_in: columns.number("found_in")?,
        quarantined: columns.number("quarantined")?,
        unfinished: columns.number("unfinished")?,
        named: columns.json("named")?,
        gathered: columns.json("gathered")?,
        began_at: columns.time("began_at")?,
        ended_at: columns.optional_time("ended_at")?,
    })
}

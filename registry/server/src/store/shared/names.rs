//! `held_names`, and what new names resemble.

use adx_registry_core::Id;
use adx_registry_core::names::{Decision, HeldName, HeldState, NewName};
use adx_registry_core::ports::{Resembling, StoreError};
use adx_registry_core::publisher::Publisher;
use adx_signing::name::{ModuleId, Namespace};
use sqlx::QueryBuilder;

use super::decode::{Columns, before_or_all, milliseconds};
use super::{Connection, Db, Row, database};

pub(super) async fn by_id(connection: &mut Connection, id: Id<HeldName>) -> Result<Option<HeldName>, StoreError> {
    let row = sqlx::query(
        "SELECT id, name, resembles, likeness, publisher_id, state, asked_at, decided_at, decided_by, reason
         FROM held_names WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(held_name).transpose()
}

pub(super) async fn by_name(connection: &mut Connection, name: &NewName) -> Result<Option<HeldName>, StoreError> {
    let row = sqlx::query(
        "SELECT id, name, resembles, likeness, publisher_id, state, asked_at, decided_at, decided_by, reason
         FROM held_names WHERE canonical = $1",
    )
    .bind(name.canonical())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(held_name).transpose()
}

pub(super) async fn of_state(
    connection: &mut Connection,
    state: HeldState,
    after: Option<Id<HeldName>>,
    limit: u32,
) -> Result<Vec<HeldName>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, name, resembles, likeness, publisher_id, state, asked_at, decided_at, decided_by, reason
         FROM held_names WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3",
    )
    .bind(state.as_str())
    .bind(after.map_or_else(String::new, |id| id.to_string()))
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(held_name).collect()
}

pub(super) async fn of_publisher(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    before: Option<Id<HeldName>>,
    limit: u32,
) -> Result<Vec<HeldName>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, name, resembles, likeness, publisher_id, state, asked_at, decided_at, decided_by, reason
         FROM held_names WHERE publisher_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
    )
    .bind(publisher.to_string())
    .bind(before_or_all(before))
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(held_name).collect()
}

pub(super) async fn insert(connection: &mut Connection, name: &HeldName) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO held_names (id, name, canonical, resembles, likeness, publisher_id, state, asked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (canonical) DO NOTHING",
    )
    .bind(name.id.to_string())
    .bind(name.name.to_string())
    .bind(name.name.canonical())
    .bind(name.resembles.to_string())
    .bind(name.likeness.as_str())
    .bind(name.publisher.map(|publisher| publisher.to_string()))
    .bind(name.state.as_str())
    .bind(milliseconds(name.asked_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

/// An update that changes nothing takes the row's lock on both engines.
pub(super) async fn lock(connection: &mut Connection, id: Id<HeldName>) -> Result<Option<HeldName>, StoreError> {
    sqlx::query("UPDATE held_names SET state = state WHERE id = $1")
        .bind(id.to_string())
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    by_id(connection, id).await
}

pub(super) async fn decide(connection: &mut Connection, name: &HeldName) -> Result<(), StoreError> {
    sqlx::query("UPDATE held_names SET state = $2, decided_at = $3, decided_by = $4, reason = $5 WHERE id = $1")
        .bind(name.id.to_string())
        .bind(name.state.as_str())
        .bind(name.decided.as_ref().map(|decided| milliseconds(decided.at)))
        .bind(name.decided.as_ref().map(|decided| decided.by.as_str()))
        .bind(&name.reason)
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn similar_namespace(
    connection: &mut Connection,
    wanted: &Resembling,
) -> Result<Option<Namespace>, StoreError> {
    let mut query = QueryBuilder::<Db>::new("SELECT namespace FROM publishers WHERE canonical <> ");
    query.push_bind(&wanted.canonical);
    has_form(&mut query, "canonical", wanted);
    query.push(" ORDER BY created_at, id LIMIT 1");
    // Each name has another number of variants: nothing is gained by keeping the statement.
    let row = query.build().persistent(false).fetch_optional(connection).await.map_err(database)?;
    row.as_ref().map(|row| Columns { table: "publishers", row }.parse("namespace")).transpose()
}

pub(super) async fn similar_module(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    wanted: &Resembling,
) -> Result<Option<ModuleId>, StoreError> {
    let mut query = QueryBuilder::<Db>::new("SELECT namespace, name FROM modules WHERE publisher_id <> ");
    query.push_bind(publisher.to_string());
    query.push(" AND name_canonical <> ").push_bind(&wanted.canonical);
    has_form(&mut query, "name_canonical", wanted);
    query.push(" ORDER BY created_at, id LIMIT 1");
    let row = query.build().persistent(false).fetch_optional(connection).await.map_err(database)?;
    let module = |row: &Row| {
        let columns = Columns { table: "modules", row };
        Ok(ModuleId::new(columns.parse("namespace")?, columns.parse("name")?))
    };
    row.as_ref().map(module).transpose()
}

/// Asks besides that a row has one of the forms; `column` holds canonical ones.
fn has_form(query: &mut QueryBuilder<Db>, column: &'static str, wanted: &Resembling) {
    query.push(" AND (alike = ").push_bind(&wanted.alike);
    query.push(" OR ").push(column).push(" IN (");
    let mut variants = query.separated(", ");
    for variant in &wanted.variants {
        variants.push_bind(variant);
    }
    query.push("))");
}

fn held_name(row: &Row) -> Result<HeldName, StoreError> {
    let columns = Columns { table: "held_names", row };
    let decided = match (columns.optional_text("decided_by")?, columns.optional_time("decided_at")?) {
        (Some(by), Some(at)) => Some(Decision { by, at }),
        _ => None,
    };
    Ok(HeldName {
        id: columns.parse("id")?,
        name: columns.parse("name")?,
        resembles: columns.parse("resembles")?,
        likeness: columns.parse("likeness")?,
        publisher: columns.optional("publisher_id")?,
        state: columns.parse("state")?,
        asked_at: columns.time("asked_at")?,
        decided,
        reason: columns.optional_text("reason")?,
    })
}

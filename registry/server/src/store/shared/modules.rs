//! `modules`.

use adx_registry_core::Id;
use adx_registry_core::names::alike;
use adx_registry_core::ports::{NewModule, StoreError};
use adx_registry_core::publisher::Publisher;
use adx_registry_core::release::Module;
use adx_signing::name::ModuleId;
use sqlx::QueryBuilder;

use super::decode::{Columns, bigint, json, milliseconds};
use super::{Connection, Db, Row, database, violated};

pub(super) async fn by_name(connection: &mut Connection, module: &ModuleId) -> Result<Option<Module>, StoreError> {
    let row = sqlx::query(
        "SELECT id, namespace, name, publisher_id, display_name, description, category, tags, latest,
                created_at, updated_at, index_bytes, package_bytes, deleted_at, quarantined_for, taken_down_for
         FROM modules WHERE canonical = $1",
    )
    .bind(module.canonical().to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(self::module).transpose()
}

/// Identifiers begin with the time and are hex digits, of which every collation says that 0 to 9 come before a to f.
pub(super) async fn after(
    connection: &mut Connection,
    after: Option<Id<Module>>,
    limit: u32,
) -> Result<Vec<Module>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, namespace, name, publisher_id, display_name, description, category, tags, latest,
                created_at, updated_at, index_bytes, package_bytes, deleted_at, quarantined_for, taken_down_for
         FROM modules WHERE id > $1 ORDER BY id LIMIT $2",
    )
    .bind(after.map_or_else(String::new, |id| id.to_string()))
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(module).collect()
}

pub(super) async fn of_publisher(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    limit: u32,
) -> Result<Vec<Module>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, namespace, name, publisher_id, display_name, description, category, tags, latest,
                created_at, updated_at, index_bytes, package_bytes, deleted_at, quarantined_for, taken_down_for
         FROM modules
         WHERE publisher_id = $1 AND latest IS NOT NULL AND deleted_at IS NULL AND quarantined_for IS NULL
               AND taken_down_for IS NULL
         ORDER BY updated_at DESC, id DESC LIMIT $2",
    )
    .bind(publisher.to_string())
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(module).collect()
}

/// The update changes nothing; it locks the row that is there, and returns it, on both engines.
pub(super) async fn lock(connection: &mut Connection, new: &NewModule) -> Result<Module, StoreError> {
    let row = sqlx::query(
        "INSERT INTO modules (id, namespace, name, canonical, publisher_id, display_name, description, category, tags,
                              latest, created_at, updated_at, name_canonical, alike)
         VALUES ($1, $2, $3, $4, $5, $6, '', NULL, '[]', NULL, $7, $7, $8, $9)
         ON CONFLICT (canonical) DO UPDATE SET updated_at = modules.updated_at
         RETURNING id, namespace, name, publisher_id, display_name, description, category, tags, latest,
                   created_at, updated_at, index_bytes, package_bytes, deleted_at, quarantined_for, taken_down_for",
    )
    .bind(new.id.to_string())
    .bind(new.module.namespace.to_string())
    .bind(new.module.name.to_string())
    .bind(new.module.canonical().to_string())
    .bind(new.publisher.to_string())
    .bind(new.module.name.to_string())
    .bind(milliseconds(new.now))
    .bind(new.module.name.canonical().to_string())
    .bind(alike(new.module.name.as_str()))
    .fetch_one(connection)
    .await
    .map_err(violated)?;
    module(&row)
}

pub(super) async fn update(connection: &mut Connection, module: &Module) -> Result<(), StoreError> {
    let mut query = QueryBuilder::new("");
    push_update(&mut query, module)?;
    query.build().execute(connection).await.map(drop).map_err(database)
}

pub(super) fn push_update(query: &mut QueryBuilder<Db>, module: &Module) -> Result<(), StoreError> {
    query.push("UPDATE modules SET display_name = ").push_bind(module.display_name.clone());
    query.push(", description = ").push_bind(module.description.clone());
    query.push(", category = ").push_bind(module.category.clone());
    query.push(", tags = ").push_bind(json(&module.tags)?);
    query.push(", latest = ").push_bind(module.latest.as_ref().map(ToString::to_string));
    query.push(", updated_at = ").push_bind(milliseconds(module.updated_at));
    query.push(", index_bytes = ").push_bind(bigint(module.index_bytes)?);
    query.push(", package_bytes = ").push_bind(bigint(module.package_bytes)?);
    query.push(" WHERE id = ").push_bind(module.id.to_string());
    Ok(())
}

pub(super) async fn set_quarantined(
    connection: &mut Connection,
    id: Id<Module>,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE modules SET quarantined_for = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(reason)
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

fn module(row: &Row) -> Result<Module, StoreError> {
    let columns = Columns { table: "modules", row };
    Ok(Module {
        id: columns.parse("id")?,
        module: ModuleId::new(columns.parse("namespace")?, columns.parse("name")?),
        publisher: columns.parse("publisher_id")?,
        display_name: columns.text("display_name")?,
        description: columns.text("description")?,
        category: columns.optional_text("category")?,
        tags: columns.json("tags")?,
        latest: columns.optional("latest")?,
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
        index_bytes: columns.number("index_bytes")?,
        package_bytes: columns.number("package_bytes")?,
        deleted_at: columns.optional_time("deleted_at")?,
        quarantined_for: columns.optional_text("quarantined_for")?,
        taken_down_for: columns.optional_text("taken_down_for")?,
    })
}

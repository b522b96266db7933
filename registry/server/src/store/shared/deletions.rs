//! What was deleted: columns of `publishers` and `modules`.

use adx_registry_core::Id;
use adx_registry_core::names::{DeletedPublisher, Deletion};
use adx_registry_core::ports::StoreError;
use adx_registry_core::publisher::Publisher;
use adx_registry_core::release::Module;
use adx_signing::name::{ModuleId, Namespace};

use super::decode::{Columns, milliseconds};
use super::{Connection, Row, database, publishers};

pub(super) async fn publisher(
    connection: &mut Connection,
    namespace: &Namespace,
) -> Result<Option<DeletedPublisher>, StoreError> {
    let row = sqlx::query(
        "SELECT id, namespace, display_name, kind, created_at, deleted_at, deletion_reason,
                (SELECT COUNT(*) FROM publisher_keys k WHERE k.publisher_id = publishers.id) AS keys
         FROM publishers WHERE canonical = $1 AND deleted_at IS NOT NULL",
    )
    .bind(namespace.canonical().to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(deleted_publisher).transpose()
}

pub(super) async fn has_modules(connection: &mut Connection, publisher: Id<Publisher>) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT id FROM modules WHERE publisher_id = $1 AND deleted_at IS NULL LIMIT 1")
        .bind(publisher.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    Ok(row.is_some())
}

/// Dependencies are members of an object in JSON, whose names are those of modules; nothing in a canonical one is read otherwise by LIKE.
pub(super) async fn dependent_on(
    connection: &mut Connection,
    module: &ModuleId,
) -> Result<Option<ModuleId>, StoreError> {
    let row = sqlx::query(
        "SELECT m.namespace, m.name FROM releases r JOIN modules m ON m.id = r.module_id
         WHERE REPLACE(r.dependencies, '_', '-') LIKE $1 AND m.canonical <> $2
               AND NOT r.yanked AND r.quarantined_for IS NULL AND r.taken_down_for IS NULL
               AND m.deleted_at IS NULL AND m.quarantined_for IS NULL AND m.taken_down_for IS NULL
         ORDER BY m.id LIMIT 1",
    )
    .bind(format!("%\"{}\":%", module.canonical()))
    .bind(module.canonical().to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    let Some(row) = row.as_ref() else { return Ok(None) };
    let columns = Columns { table: "modules", row };
    Ok(Some(ModuleId::new(columns.parse("namespace")?, columns.parse("name")?)))
}

/// What costs nothing, which has no rate, is ordered by anybody for as long as they like: that holds nothing up.
pub(super) async fn is_ordered(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    module: &ModuleId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        r#"SELECT id FROM orders
         WHERE publisher_id = $1 AND module = $2 AND state IN ('created', 'pending', 'active', 'frozen', 'disputed')
               AND terms NOT LIKE '%"rate":null%' LIMIT 1"#,
    )
    .bind(publisher.to_string())
    .bind(module.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    Ok(row.is_some())
}

pub(super) async fn set_module(
    connection: &mut Connection,
    module: Id<Module>,
    deletion: Option<&Deletion>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE modules SET deleted_at = $2, deletion_reason = $3 WHERE id = $1")
        .bind(module.to_string())
        .bind(deletion.map(|deletion| milliseconds(deletion.at)))
        .bind(deletion.map(|deletion| deletion.reason.as_str()))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn set_publisher(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    deletion: Option<&Deletion>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE publishers SET deleted_at = $2, deletion_reason = $3 WHERE id = $1")
        .bind(publisher.to_string())
        .bind(deletion.map(|deletion| milliseconds(deletion.at)))
        .bind(deletion.map(|deletion| deletion.reason.as_str()))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

/// No name has a blank in it.
pub(super) async fn give_up(connection: &mut Connection, publisher: Id<Publisher>) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE publishers SET canonical = canonical || ' ' || id, alike = '' WHERE id = $1 AND deleted_at IS NOT NULL",
    )
    .bind(publisher.to_string())
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

fn deleted_publisher(row: &Row) -> Result<DeletedPublisher, StoreError> {
    let columns = Columns { table: "publishers", row };
    Ok(DeletedPublisher {
        publisher: publishers::publisher(row)?,
        deletion: Deletion { at: columns.time("deleted_at")?, reason: columns.text("deletion_reason")? },
        had_keys: columns.number::<u64>("keys")? > 0,
    })
}

//! What was deleted: columns of `publishers` and `modules`.

use adx_registry_core::Id;
use adx_registry_core::names::{DeletedPublisher, Deletion};
use adx_registry_core::ports::StoreError;
use adx_registry_core::publisher::Publisher;
use adx_registry_core::release::Module;
use adx_signing::name::Namespace;

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

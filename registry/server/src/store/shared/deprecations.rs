//! `deprecations`.

use adx_registry_core::Id;
use adx_registry_core::ports::StoreError;
use adx_registry_core::release::{Deprecation, Module};

use super::decode::{Columns, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn of(connection: &mut Connection, module: Id<Module>) -> Result<Option<Deprecation>, StoreError> {
    let row = sqlx::query("SELECT versions, message, replacement, at FROM deprecations WHERE module_id = $1")
        .bind(module.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    row.as_ref().map(deprecation).transpose()
}

pub(super) async fn set(
    connection: &mut Connection,
    module: Id<Module>,
    deprecation: Option<&Deprecation>,
) -> Result<(), StoreError> {
    let Some(Deprecation { versions, message, replacement, at }) = deprecation else {
        let removed = sqlx::query("DELETE FROM deprecations WHERE module_id = $1").bind(module.to_string());
        return removed.execute(connection).await.map(drop).map_err(database);
    };
    sqlx::query(
        "INSERT INTO deprecations (module_id, versions, message, replacement, at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (module_id) DO UPDATE SET versions = excluded.versions, message = excluded.message,
                                               replacement = excluded.replacement, at = excluded.at",
    )
    .bind(module.to_string())
    .bind(versions.as_ref().map(ToString::to_string))
    .bind(message)
    .bind(replacement.as_ref().map(ToString::to_string))
    .bind(milliseconds(*at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

fn deprecation(row: &Row) -> Result<Deprecation, StoreError> {
    let columns = Columns { table: "deprecations", row };
    Ok(Deprecation {
        versions: columns.optional("versions")?,
        message: columns.text("message")?,
        replacement: columns.optional("replacement")?,
        at: columns.time("at")?,
    })
}

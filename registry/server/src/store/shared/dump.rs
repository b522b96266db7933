//! Any table's rows as text, told by the catalog: what a migration adds needs no line here.

use std::collections::{BTreeMap, BTreeSet};

use adx_registry_core::ports::{Column, ColumnKind, Schema, Snapshot, StoreError, Table};
use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row as _};

use super::{Connection, OpenError, Row, Session, Snapping, database, dialect, migrations, session};

#[async_trait]
impl Snapshot for session::SqlSession<Snapping> {
    async fn schema(&mut self) -> Result<Schema, StoreError> {
        schema(self.0.connection()).await
    }

    fn rows<'s>(&'s mut self, table: &Table) -> BoxStream<'s, Result<String, StoreError>> {
        rows(self.0.connection(), table)
    }
}

/// The tables there are, and the last migration.
pub(super) async fn schema(connection: &mut Connection) -> Result<Schema, StoreError> {
    let migration = last_migration(connection).await.map_err(database)?;
    Ok(Schema { migration, tables: tables(connection).await? })
}

async fn last_migration(connection: &mut Connection) -> Result<i64, sqlx::Error> {
    let last = "SELECT COALESCE(MAX(version), 0) AS version FROM _sqlx_migrations";
    sqlx::query(last).fetch_one(connection).await.and_then(|row| row.try_get("version"))
}

/// The last migration, none where there was never one.
pub(in super::super) async fn applied(connection: &mut Connection) -> Result<Option<i64>, sqlx::Error> {
    if sqlx::query(dialect::MIGRATED).fetch_optional(&mut *connection).await?.is_none() {
        return Ok(None);
    }
    last_migration(connection).await.map(Some)
}

/// Refuses a database from which a newer program's migration took what this one needs.
pub(in super::super) async fn refuse_contracted(connection: &mut Connection) -> Result<(), OpenError> {
    let rows = "SELECT version, description FROM _sqlx_migrations ORDER BY version";
    for row in sqlx::query(rows).fetch_all(connection).await.map_err(OpenError::Connect)? {
        let migration = row.try_get("version").map_err(OpenError::Connect)?;
        let name: String = row.try_get("description").map_err(OpenError::Connect)?;
        if migrations::forbids(migration, &name) {
            return Err(OpenError::Contracted { migration, name });
        }
    }
    Ok(())
}

/// The tables there are, each after those that its rows refer to.
pub(super) async fn tables(connection: &mut Connection) -> Result<Vec<Table>, StoreError> {
    let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for row in sqlx::query(dialect::COLUMNS).fetch_all(&mut *connection).await.map_err(database)? {
        let table: String = row.try_get("table_name").map_err(database)?;
        let column = Column {
            name: row.try_get("column_name").map_err(database)?,
            kind: kind(&table, row.try_get("kind").map_err(database)?)?,
            key: row.try_get("key_place").map_err(database)?,
        };
        tables.entry(table).or_default().push(column);
    }
    let mut parents: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in sqlx::query(dialect::REFERENCES).fetch_all(connection).await.map_err(database)? {
        let child: String = row.try_get("child").map_err(database)?;
        let parent: String = row.try_get("parent").map_err(database)?;
        if child != parent {
            parents.entry(child).or_default().insert(parent);
        }
    }
    let mut sorted = Vec::new();
    while !tables.is_empty() {
        let is_free =
            |name: &&String| !parents.get(*name).is_some_and(|of| of.iter().any(|of| tables.contains_key(of)));
        // Tables that refer to each other in a circle: there are none, and the engine would refuse their rows.
        let name = tables.keys().find(is_free).or_else(|| tables.keys().next()).cloned();
        if let Some((name, mut columns)) = name.and_then(|name| tables.remove_entry(&name)) {
            columns.sort_by(|left, right| left.name.cmp(&right.name));
            sorted.push(Table { name, columns });
        }
    }
    Ok(sorted)
}

fn kind(table: &str, declared: String) -> Result<ColumnKind, StoreError> {
    Ok(match declared.as_str() {
        "TEXT" => ColumnKind::Text,
        "BIGINT" => ColumnKind::Number,
        "BOOLEAN" => ColumnKind::Flag,
        other => return Err(StoreError::Database(format!("table {table} has a column of the type {other}").into())),
    })
}

/// The rows of a table as JSON, in the order of its primary key.
pub(super) fn rows<'c>(connection: &'c mut Connection, table: &Table) -> BoxStream<'c, Result<String, StoreError>> {
    let columns = table.columns.clone();
    let names: Vec<_> = columns.iter().map(|column| quoted(&column.name)).collect();
    let mut key: Vec<_> = columns.iter().filter(|column| column.key > 0).collect();
    key.sort_by_key(|column| column.key);
    let order = |column: &&Column| match column.kind {
        ColumnKind::Text => format!("{}{}", quoted(&column.name), dialect::BY_BYTES),
        ColumnKind::Number | ColumnKind::Flag => quoted(&column.name),
    };
    let order: Vec<_> = key.iter().map(order).collect();
    let sql = format!("SELECT {} FROM {} ORDER BY {}", names.join(", "), quoted(&table.name), order.join(", "));
    sqlx::query(AssertSqlSafe(sql))
        .fetch(connection)
        .map_err(database)
        .and_then(move |row| {
            let text = text(&row, &columns);
            async move { text }
        })
        .boxed()
}

fn text(row: &Row, columns: &[Column]) -> Result<String, StoreError> {
    let mut object = BTreeMap::new();
    for (place, column) in columns.iter().enumerate() {
        let value = match column.kind {
            ColumnKind::Text => row.try_get::<Option<String>, _>(place).map(Value::from),
            ColumnKind::Number => row.try_get::<Option<i64>, _>(place).map(Value::from),
            ColumnKind::Flag => row.try_get::<Option<bool>, _>(place).map(Value::from),
        };
        object.insert(column.name.as_str(), value.map_err(database)?);
    }
    serde_json::to_string(&object).map_err(|error| StoreError::Database(Box::new(error)))
}

/// A name as SQL takes it, whatever is in it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

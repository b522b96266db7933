//! Rows into an empty database, in one transaction.

use std::collections::BTreeMap;

use adx_registry_core::ports::{ColumnKind, Schema, StoreError, Table};
use async_trait::async_trait;
use futures::stream::BoxStream;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use super::dump::{quoted, rows, schema, tables};
use super::{Connection, Db, LoadError, OpenError, database, migrations};
use crate::store::Load;

/// Counters that the migrations themselves put there, of one row each: a database that has nothing else is empty.
const MADE_BY_MIGRATIONS: [&str; 7] =
    ["audit_head", "feed", "kill_list", "leaf_counter", "recheck_watch", "signing", "webhook_cursor"];
/// Most tables that a refusal names.
const MOST_NAMED: usize = 3;

/// A transaction that fills the database.
struct Loading {
    connection: Connection,
    schema: Schema,
}

/// Refuses a database that holds anything, migrates it up to `migration`, and begins the transaction that fills it.
pub(in super::super) async fn begin(mut connection: Connection, migration: i64) -> Result<Box<dyn Load>, LoadError> {
    let mut full = Vec::new();
    for table in tables(&mut connection).await? {
        let rows = count(&mut connection, &table).await?;
        if rows > 0 && !MADE_BY_MIGRATIONS.contains(&table.name.as_str()) {
            full.push(format!("{} has {rows} rows", table.name));
        }
    }
    if !full.is_empty() {
        let more = if full.len() > MOST_NAMED { ", …" } else { "" };
        full.truncate(MOST_NAMED);
        return Err(LoadError::NotEmpty { what: format!("{}{more}", full.join(", ")) });
    }
    migrations::up_to(migration)?.run(&mut connection).await.map_err(OpenError::Migrate)?;
    let schema = schema(&mut connection).await?;
    sqlx::query("BEGIN").execute(&mut connection).await.map_err(database)?;
    for table in schema.tables.iter().rev() {
        let sql = format!("DELETE FROM {}", quoted(&table.name));
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.map_err(database)?;
    }
    Ok(Box::new(Loading { connection, schema }))
}

#[async_trait]
impl Load for Loading {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn insert(&mut self, table: &Table, line: &str) -> Result<(), StoreError> {
        insert(&mut self.connection, table, line).await
    }

    fn rows<'s>(&'s mut self, table: &Table) -> BoxStream<'s, Result<String, StoreError>> {
        rows(&mut self.connection, table)
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        sqlx::query("COMMIT").execute(&mut self.connection).await.map_err(database)?;
        self.connection.close().await.map_err(database)
    }
}

async fn count(connection: &mut Connection, table: &Table) -> Result<i64, StoreError> {
    let sql = format!("SELECT COUNT(*) AS found FROM {}", quoted(&table.name));
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(connection).await.map_err(database)?;
    row.try_get("found").map_err(database)
}

/// Inserts a row that [`rows`] wrote.
async fn insert(connection: &mut Connection, table: &Table, line: &str) -> Result<(), StoreError> {
    let wrong = |what: String| StoreError::Database(format!("a row of {} cannot be read: {what}", table.name).into());
    let mut object: BTreeMap<String, Value> = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
    let names: Vec<_> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let places: Vec<_> = (1..=names.len()).map(|place| format!("${place}")).collect();
    let (names, places) = (names.join(", "), places.join(", "));
    let sql = format!("INSERT INTO {} ({names}) VALUES ({places})", quoted(&table.name));
    let mut query = sqlx::query::<Db>(AssertSqlSafe(sql));
    for column in &table.columns {
        let value = object.remove(&column.name).ok_or_else(|| wrong(format!("it has no {}", column.name)))?;
        query = match (column.kind, value) {
            (ColumnKind::Text, Value::Null) => query.bind(None::<String>),
            (ColumnKind::Text, Value::String(text)) => query.bind(text),
            (ColumnKind::Number, Value::Null) => query.bind(None::<i64>),
            (ColumnKind::Number, Value::Number(number)) if number.is_i64() => query.bind(number.as_i64()),
            (ColumnKind::Flag, Value::Null) => query.bind(None::<bool>),
            (ColumnKind::Flag, Value::Bool(flag)) => query.bind(flag),
            (_, other) => return Err(wrong(format!("{} is {other}", column.name))),
        };
    }
    if let Some((name, _)) = object.pop_first() {
        return Err(wrong(format!("it has {name}")));
    }
    query.execute(connection).await.map(drop).map_err(database)
}

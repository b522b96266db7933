use async_trait::async_trait;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};

use super::{Reader, StoreError};

/// Everything in the database at one moment, whatever is written meanwhile. It holds no lock; as long as it stands, the database
/// keeps what it shows.
#[async_trait]
pub trait Snapshot: Reader {
    /// The tables there are.
    async fn schema(&mut self) -> Result<Schema, StoreError>;

    /// The rows of a table, in the order of its primary key: each a JSON object without a line break, its members sorted by name. Every
    /// engine writes the same text for the same rows.
    fn rows<'s>(&'s mut self, table: &Table) -> BoxStream<'s, Result<String, StoreError>>;
}

/// What a database is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The number of the last migration.
    pub migration: i64,
    /// The tables, each after those that its rows refer to.
    pub tables: Vec<Table>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, sorted by name.
    pub columns: Vec<Column>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Its place in the primary key, from 1; 0 for none.
    pub key: i64,
}

/// What a column holds: text, a whole number of 64 bits, true or false; or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnKind {
    /// `TEXT`
    Text,
    /// `BIGINT`
    Number,
    /// `BOOLEAN`
    Flag,
}

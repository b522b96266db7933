//! The baseline: plain SQLite FTS5, with the beginnings of words indexed, and counts of categories.

use std::path::Path;

use adx_index::document::SearchDocument;
use anyhow::Result;
use rusqlite::{Connection, params};

/// The same weight for each column as the embedded engine's levels.
const HITS: &str =
    "SELECT id FROM listings WHERE listings MATCH ?1 ORDER BY bm25(listings, 0, 8, 8, 6, 4, 2, 1) LIMIT 20";
const COUNTS: &str = "SELECT category, count(*) FROM listings WHERE listings MATCH ?1 GROUP BY category";

/// A table of listings.
pub(crate) struct Fts(Connection);

impl Fts {
    pub(crate) fn create(file: &Path) -> Result<Self> {
        let connection = Connection::open(file)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
             CREATE VIRTUAL TABLE listings USING fts5(
                 id UNINDEXED, name, display_name, namespace, tags, category, description, prefix = '1 2 3'
             );",
        )?;
        Ok(Self(connection))
    }

    pub(crate) fn insert(&self, documents: &[SearchDocument]) -> Result<()> {
        let transaction = self.0.unchecked_transaction()?;
        let mut insert = transaction.prepare_cached("INSERT INTO listings VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        for document in documents {
            insert.execute(params![
                document.id.to_string(),
                document.name.as_str(),
                document.display_name,
                document.namespace.as_str(),
                document.tags.join(" "),
                document.category,
                document.description,
            ])?;
        }
        drop(insert);
        Ok(transaction.commit()?)
    }

    /// The ids of the best, and how many there are of each category.
    pub(crate) fn search(&self, text: &str) -> Result<Vec<String>> {
        let words: Vec<_> = text
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(|word| format!("\"{word}\""))
            .collect();
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let expression = format!("{} *", words.join(" "));
        let mut hits = self.0.prepare_cached(HITS)?;
        let hits = hits.query_map([&expression], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut counts = self.0.prepare_cached(COUNTS)?;
        let counts = counts.query_map([&expression], |row| Ok((row.get(0)?, row.get(1)?)))?;
        counts.collect::<Result<Vec<(String, i64)>, _>>()?;
        Ok(hits)
    }
}

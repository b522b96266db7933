//! Statements that are sent as one. Each by itself is a round trip on PostgreSQL and a turn of another thread on SQLite, and while a
//! release is written every other one waits.

use adx_registry_core::ports::StoreError;
use sqlx::QueryBuilder;

use super::{Connection, Db, dialect, violated};

/// Statements that change rows, none of which sees what another one changes.
pub(super) struct Together {
    query: QueryBuilder<Db>,
    statements: usize,
}

impl Together {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { query: QueryBuilder::new(""), statements: 0 }
    }

    /// Begins another statement, which the caller writes.
    pub(super) fn next(&mut self) -> &mut QueryBuilder<Db> {
        self.query.push(dialect::before_statement(self.statements));
        self.statements += 1;
        &mut self.query
    }

    /// Runs them all.
    ///
    /// # Errors
    /// [`StoreError::Violated`] as any one of them; the transaction is of no more use then.
    pub(super) async fn run(mut self, connection: &mut Connection) -> Result<(), StoreError> {
        self.query.push(dialect::AFTER_STATEMENTS);
        self.query.build().execute(connection).await.map(drop).map_err(violated)
    }
}

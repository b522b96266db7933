//! `sql`: the module's own tables.

use crate::bindings::adx::module::sql::{self, Outcome, SqlError, Statement};
use crate::data::Unavailable;
use crate::data::sql as store;
use crate::gate::{Operation, Refusal};
use crate::grant::Capability;
use crate::host::CallState;

impl From<Refusal> for SqlError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotGranted(line) => Self::NotGranted(line),
            Refusal::Limited(cap) => Self::Limited(cap),
        }
    }
}

impl From<Unavailable> for SqlError {
    fn from(Unavailable(reason): Unavailable) -> Self {
        Self::Unavailable(reason)
    }
}

const fn operation(name: &'static str) -> Operation {
    Operation::of(Capability::Sql, name)
}

impl sql::Host for CallState {
    async fn execute(&mut self, statement: Statement) -> wasmtime::Result<Result<Outcome, SqlError>> {
        Ok(self.through_data(operation("execute"), move |connection| store::execute(connection, &statement)).await)
    }

    async fn transaction(&mut self, statements: Vec<Statement>) -> wasmtime::Result<Result<Vec<Outcome>, SqlError>> {
        let operation = operation("transaction").costing(statements.len() as u64);
        Ok(self.through_data(operation, move |connection| store::transaction(connection, &statements)).await)
    }

    async fn begin(&mut self) -> wasmtime::Result<Result<(), SqlError>> {
        Ok(self.through_data(operation("begin"), store::begin).await)
    }

    async fn commit(&mut self) -> wasmtime::Result<Result<(), SqlError>> {
        Ok(self.through_data(operation("commit"), |connection| store::end(connection, "COMMIT")).await)
    }

    async fn rollback(&mut self) -> wasmtime::Result<Result<(), SqlError>> {
        Ok(self.through_data(operation("rollback"), |connection| store::end(connection, "ROLLBACK")).await)
    }
}

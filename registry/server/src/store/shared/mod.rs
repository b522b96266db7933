//! Every query, once, for the engine of the parent module. See `store/mod.rs`.

mod account_identities;
mod account_proofs;
mod accounts;
mod accounts_key;
mod advisories;
mod appeals;
mod audit;
mod checkouts;
mod coupons;
mod decode;
mod deletions;
mod deliveries;
mod deprecations;
mod domains;
mod dump;
mod feed;
mod former_addresses;
mod given_up;
mod invoices;
mod jobs;
mod leaves;
mod ledger;
mod licence_keys;
mod licences;
mod listed_accounts;
mod load;
mod loosenings;
mod members;
mod modules;
mod names;
mod orders;
mod owners;
mod passkeys;
mod proposals;
mod publishers;
mod quotas;
mod rates;
mod rechecks;
mod releases;
mod reports;
mod revocations;
mod sentences;
mod session;
mod session_accounts;
mod session_advisories;
mod session_appeals;
mod session_audit;
mod session_licences;
mod session_market;
mod session_members;
mod session_names;
mod session_owners;
mod session_passkeys;
mod session_quotas;
mod session_rechecks;
mod session_reports;
mod session_submissions;
mod session_takedowns;
mod session_trusted;
mod session_webhooks;
mod signing;
mod standings;
mod submission_events;
mod submissions;
mod takedowns;
mod tenants;
mod together;
mod tokens;
mod transfers;
mod trusted;
mod wanted_addresses;
mod webhooks;

use adx_registry_core::ports::{Reader, Snapshot, Store, StoreError, Transaction};
use async_trait::async_trait;

use super::{Db, Engine, LoadError, OpenError, Reading, Snapping, Writing, database, dialect, migrations};
pub(super) use dump::{applied, refuse_contracted};
pub(super) use load::begin as begin_load;

/// The engine's connection.
type Connection = <Db as sqlx::Database>::Connection;
/// The engine's row.
type Row = <Db as sqlx::Database>::Row;

/// What queries run on.
pub(super) trait Session: Send {
    /// The connection, inside its transaction if there is one.
    fn connection(&mut self) -> &mut Connection;

    /// Returns when what it has seen is on disk; in an engine where nothing else is seen, at once.
    fn settle(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send {
        async { Ok(()) }
    }
}

/// The store on this engine.
pub(in super::super) struct SqlStore {
    engine: Engine,
}

impl SqlStore {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine }
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn read(&self) -> Result<Box<dyn Reader>, StoreError> {
        Ok(Box::new(session::SqlSession::<Reading>(self.engine.read().await?, Vec::new(), None)))
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError> {
        Ok(Box::new(session::SqlSession::<Writing>(self.engine.begin().await?, Vec::new(), None)))
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(Box::new(session::SqlSession::<Snapping>(self.engine.snapshot().await?, Vec::new(), None)))
    }

    async fn close(&self) {
        self.engine.close().await;
    }
}

/// A failure of the driver, or the named constraint that it is about.
fn violated(error: sqlx::Error) -> StoreError {
    let constraint = error.as_database_error().and_then(dialect::constraint);
    constraint.map_or_else(|| database(error), StoreError::Violated)
}

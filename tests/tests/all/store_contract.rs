//! What every store must do, on SQLite and on PostgreSQL.

mod accounts;
mod advisories;
mod audit;
mod deliveries;
mod feed;
mod log;
mod moderation;
mod names;
mod outbox;
mod owners;
mod passkeys;
mod rounds;
mod rows;
mod workflow_tokens;

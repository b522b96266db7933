//! What every store must do, on SQLite and on PostgreSQL.

mod feed;
mod outbox;
mod rows;

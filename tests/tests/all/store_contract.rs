//! What every store must do, on SQLite and on PostgreSQL.

mod feed;
mod log;
mod outbox;
mod rounds;
mod rows;

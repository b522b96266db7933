//! What happens to a version between its signature and its release: checks, what they refuse, what waits for an operator, and what
//! operators decide; over HTTP, on both databases.

mod checked;
mod commands;
mod crash;
mod decided;
mod kept;
mod policy;
mod quota;
pub(crate) mod stage;
mod staged;

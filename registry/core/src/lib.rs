#![doc = include_str!("../README.md")]

pub mod actor;
pub mod authenticate;
pub mod backfill_leaves;
pub mod ceremony;
pub mod change_keys;
pub mod changes;
pub mod create_publisher;
pub mod download;
pub mod id;
pub mod issue_token;
pub mod job;
mod lead;
pub mod leaf;
pub mod list_module;
pub mod ports;
pub mod prove_release;
pub mod publish;
pub mod publisher;
pub mod quarantine;
pub mod reason;
pub mod release;
pub mod revoke;
pub mod run_jobs;
pub mod search;
pub mod sign_round;
pub mod signing;
pub mod sweep_orphans;
pub mod sweep_superseded;
pub mod token;
pub mod update_search;
mod withhold;
pub mod yank;

pub use id::Id;
pub use ports::Ports;

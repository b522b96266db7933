#![doc = include_str!("../README.md")]

pub mod actor;
pub mod authenticate;
pub mod ceremony;
pub mod changes;
pub mod create_publisher;
pub mod download;
pub mod id;
pub mod issue_token;
pub mod job;
pub mod list_module;
pub mod ports;
pub mod publish;
pub mod publisher;
pub mod register_key;
pub mod release;
pub mod run_jobs;
pub mod search;
pub mod sweep_orphans;
pub mod token;
pub mod update_search;
pub mod write_index;

pub use id::Id;
pub use ports::Ports;

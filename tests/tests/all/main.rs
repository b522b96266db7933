//! All end-to-end and contract tests, in one binary: linking the whole product once is slow enough.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod accounts;
mod accounts_http;
mod agent_crash;
mod agent_proxy;
mod agent_store_contract;
mod audit;
mod backup;
mod blob_contract;
mod ceremony;
mod compose;
mod doctor;
mod download;
mod engines;
mod foreign_clients;
mod import_rules;
mod lock_order;
mod mail_contract;
mod meilisearch_double;
mod moderation;
mod names;
mod openid_http;
mod owner_commands;
mod owners;
mod owners_http;
mod publish_crash;
mod publisher_commands;
mod publisher_keys;
mod refusals;
mod registry_access;
mod registry_data;
mod registry_http;
mod renewed_tokens;
mod search_contract;
mod signing;
mod store_contract;
mod verify_and_gc;
mod webhooks;
mod witness;
mod witness_hangs;
mod witnessed;

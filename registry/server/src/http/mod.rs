//! HTTP: one endpoint, or one small resource, a file.

mod account_refusals;
mod advisory_refusals;
mod api;
mod app;
mod appeal_refusals;
mod browser;
mod caller;
mod docs;
pub mod dto;
mod envelope;
mod files;
mod front;
mod health;
mod input;
pub(crate) mod limiter;
mod member_refusals;
mod metrics;
mod name_refusals;
mod openapi;
mod owner_refusals;
mod pages;
pub mod problem;
mod refusals;
mod report_refusals;
mod routes;
mod session_cookie;
mod state;
mod submission_refusals;
mod takedown_refusals;
mod trusted_refusals;

pub use app::serve;
pub use files::{CacheLimits, FileCache, InvalidatingBlobs};
pub use metrics::Metrics;
pub use openapi::{Description, DescriptionError, document, yaml};
pub use state::State;

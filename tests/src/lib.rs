#![doc = include_str!("../README.md")]
#![expect(clippy::missing_panics_doc, reason = "what serves tests panics: that is how a test fails")]

pub mod device;
pub mod dns;
pub mod foreign;
pub mod hello;
pub mod issuer;
pub mod meilisearch;
pub mod moto;
pub mod person;
pub mod postgres;
pub mod process;
pub mod programs;
pub mod repository;
pub mod schemathesis;
pub mod skip;
pub mod smtp;
pub mod stage;
pub mod stripe;
mod watch;
pub mod wire;
pub mod witness;

use std::time::{Duration, Instant};

/// Asks until it holds: for what happens soon after an answer, in another task of the server.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(90);
    while !holds().await {
        assert!(Instant::now() < deadline, "{what}: not within 90 s");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

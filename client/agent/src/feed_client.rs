//! The change feed of a registry: what tells the agent where to look. Nothing in it is believed; what may be installed is
//! decided from what [`adx_trust`] proves.

use crate::config;
use adx_signing::name::ModuleId;
use futures::StreamExt;
use reqwest::{Client, StatusCode};
use semver::Version;
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// Largest answer read.
const MAX_FEED_BYTES: usize = 4 * 1024 * 1024;

/// Why the feed did not say what changed.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// No answer, or it broke off.
    #[error("the registry cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// It answered that it will not.
    #[error("the registry answered {0} to the question for changes")]
    Status(StatusCode),
    /// The answer is longer than it may be.
    #[error("the change feed is larger than {MAX_FEED_BYTES} bytes")]
    TooLarge,
    /// The answer cannot be understood.
    #[error("the registry's change feed cannot be understood: {0}")]
    Malformed(String),
}

impl FeedError {
    /// Whether there is no feed: a mirror on a file host has none.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Status(StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::METHOD_NOT_ALLOWED))
    }
}

/// One entry of the change feed.
#[derive(Debug, Clone, Deserialize)]
pub struct Change {
    /// Its number.
    pub seq: i64,
    /// `release`, `yank`, `quarantine`, …, or a kind this agent does not know yet.
    pub kind: String,
    /// The module that changed.
    pub module: ModuleId,
    /// The version it is about; kinds to come may have none.
    pub version: Option<Version>,
}

/// A page of the change feed.
#[derive(Debug, Clone, Deserialize)]
pub struct Changes {
    /// What changed, oldest first.
    pub changes: Vec<Change>,
    /// What to ask after next time; less than what was asked for where the feed ends before that.
    pub next: i64,
}

/// A client for the feed of one registry.
#[derive(Debug, Clone)]
pub struct FeedClient {
    client: Client,
    answer: Duration,
    base: Url,
}

impl FeedClient {
    /// A client for the registry at this address.
    pub fn new(section: &config::Registry, base: &Url) -> Result<Self, FeedError> {
        let mut base = base.clone();
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        // No read timeout: a long poll stands still until something happens.
        let client = Client::builder()
            .connect_timeout(section.connect.0)
            // A registry must not send the agent to addresses that only the agent can reach.
            .redirect(reqwest::redirect::Policy::none())
            // The environment must not decide whom an agent talks to; metadata and packages heed it as little.
            .no_proxy()
            .user_agent(concat!("adx-agent/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(FeedError::Unreachable)?;
        Ok(Self { client, answer: section.answer.0, base })
    }

    /// The address that names this registry.
    pub fn base(&self) -> &str {
        self.base.as_str()
    }

    /// Changes after `after`; waits up to `wait` for the first one.
    pub async fn changes(&self, after: i64, wait: Duration) -> Result<Changes, FeedError> {
        let relative = format!("api/v1/changes?after={after}&limit=500&wait={}", wait.as_secs());
        let url = self.base.join(&relative).map_err(|error| FeedError::Malformed(error.to_string()))?;
        let request = self.client.get(url).timeout(wait + self.answer);
        let response = request.send().await.map_err(FeedError::Unreachable)?;
        if response.status() != StatusCode::OK {
            return Err(FeedError::Status(response.status()));
        }
        let mut body = response.bytes_stream();
        let mut bytes = Vec::new();
        while let Some(piece) = body.next().await {
            bytes.extend_from_slice(&piece.map_err(FeedError::Unreachable)?);
            if bytes.len() > MAX_FEED_BYTES {
                return Err(FeedError::TooLarge);
            }
        }
        serde_json::from_slice(&bytes).map_err(|error| FeedError::Malformed(error.to_string()))
    }
}

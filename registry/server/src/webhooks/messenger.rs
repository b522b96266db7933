//! The port over HTTP.

use std::{error::Error, sync::Arc, time::Duration};

use adx_registry_core::ports::{HookRequest, Messenger, SendError};
use async_trait::async_trait;
use reqwest::{Client, Response, header::CONTENT_TYPE, redirect::Policy};

use super::resolve::{JudgingResolver, Lookup, NotPublic, judge};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For one request with its answer, however slowly that comes.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer is read, so that a receiver does not see its connection reset: 64 KiB. It is not looked at.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// What receivers see in their logs.
const USER_AGENT: &str = concat!("adx-registry/", env!("CARGO_PKG_VERSION"));

/// Sends to hooks. It follows nobody elsewhere, uses no proxy, and connects to public addresses only.
#[derive(Debug, Clone)]
pub struct HttpMessenger {
    client: Client,
    loopback: bool,
}

impl HttpMessenger {
    /// A messenger that looks names up so, and may send to this machine if `loopback` says so.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(lookup: Arc<dyn Lookup>, loopback: bool) -> reqwest::Result<Self> {
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            // Where it leads was not judged, and is not what its owner set up.
            .redirect(Policy::none())
            // A proxy would resolve the name by itself.
            .no_proxy()
            .dns_resolver(Arc::new(JudgingResolver { lookup, loopback }))
            // Every request is judged anew.
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(Self { client, loopback })
    }
}

#[async_trait]
impl Messenger for HttpMessenger {
    async fn send(&self, request: &HookRequest) -> Result<u16, SendError> {
        // The client does not look an address up that is written as one.
        if let Some(address) = request.url.literal() {
            let host = request.url.url().host_str().unwrap_or_default();
            judge(host, address, self.loopback).map_err(not_public)?;
        }
        let sent = self
            .client
            .post(request.url.url().clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &request.id)
            .header("webhook-timestamp", request.timestamp)
            .header("webhook-signature", &request.signature)
            .body(request.body.clone())
            .send()
            .await;
        let answer = sent.map_err(no_answer)?;
        let status = answer.status().as_u16();
        drain(answer).await?;
        Ok(status)
    }
}

/// Reads an answer up to its cap, and drops it.
async fn drain(mut answer: Response) -> Result<(), SendError> {
    let mut read = 0;
    while let Some(chunk) = answer.chunk().await.map_err(no_answer)? {
        read += chunk.len();
        if read > MAX_ANSWER_BYTES {
            break;
        }
    }
    Ok(())
}

fn not_public(NotPublic { host, address, kind }: NotPublic) -> SendError {
    SendError::NotPublic { host, address, kind }
}

/// Without the address, whose path may hold a secret.
fn no_answer(error: reqwest::Error) -> SendError {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref::<NotPublic>() {
            return not_public(refused.clone());
        }
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    SendError::NoAnswer(words)
}

//! Asking a witness over HTTP.

use std::{io, time::Duration};

use adx_registry_core::{
    ceremony::Witness,
    ports::{CosignAnswer, WitnessError, Witnesses},
};
use adx_signing::log::witness::{AddCheckpoint, MAX_WITNESS_BODY_BYTES, parse_conflict, parse_cosignatures};
use async_trait::async_trait;
use reqwest::{Client, Response, StatusCode, redirect::Policy};
use url::Url;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For one request with its answer. A round of signing waits for its witnesses.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Most characters kept of what a witness says when it refuses: it ends up in a log.
const MAX_WORDS_CHARS: usize = 200;

/// The port over HTTP.
#[derive(Debug, Clone)]
pub struct HttpWitnesses {
    client: Client,
}

impl HttpWitnesses {
    /// A client that follows nobody elsewhere and waits ten seconds at most.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new() -> reqwest::Result<Self> {
        Self::with_timeout(REQUEST_TIMEOUT)
    }

    /// The same with another patience, for one request with its answer.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn with_timeout(timeout: Duration) -> reqwest::Result<Self> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .timeout(timeout)
            // The witness is who people wrote down: another address is another witness.
            .redirect(Policy::none())
            .build()?;
        Ok(Self { client })
    }
}

#[async_trait]
impl Witnesses for HttpWitnesses {
    async fn cosign(&self, witness: &Witness, request: &AddCheckpoint) -> Result<CosignAnswer, WitnessError> {
        let asked = self.client.post(endpoint(&witness.url)?).body(request.to_string()).send().await;
        let response = asked.map_err(unreachable)?;
        let status = response.status();
        let body = read(response).await?;
        match status {
            StatusCode::OK => parse_cosignatures(&body, &request.checkpoint, &witness.verifier)
                .map(CosignAnswer::Cosigned)
                .map_err(malformed),
            StatusCode::CONFLICT => {
                parse_conflict(&body).map(|latest| CosignAnswer::Conflict { latest }).map_err(malformed)
            }
            StatusCode::BAD_REQUEST
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::UNPROCESSABLE_ENTITY => {
                Err(WitnessError::Refused { status: status.as_u16(), words: words(&body) })
            }
            // It is overloaded, or something in front of it answers.
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Err(unreachable(io::Error::other(format!("HTTP status {status}"))))
            }
            status => Err(malformed(io::Error::other(format!("HTTP status {status}")))),
        }
    }
}

/// `https://witness.example/w` → `https://witness.example/w/add-checkpoint`, with a slash at its end or without.
fn endpoint(url: &Url) -> Result<Url, WitnessError> {
    let mut endpoint = url.clone();
    match endpoint.path_segments_mut() {
        Ok(mut segments) => drop(segments.pop_if_empty().push("add-checkpoint")),
        Err(()) => return Err(malformed(io::Error::other("its address has no path"))),
    }
    Ok(endpoint)
}

/// The body, up to the cap: a witness that sends without end must not fill the memory.
async fn read(mut response: Response) -> Result<Vec<u8>, WitnessError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_WITNESS_BODY_BYTES {
            return Err(malformed(io::Error::other(format!("it has more than {MAX_WITNESS_BODY_BYTES} bytes"))));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.lines().next().unwrap_or_default().chars().take(MAX_WORDS_CHARS).flat_map(char::escape_debug).collect()
}

fn unreachable(error: impl std::error::Error + Send + Sync + 'static) -> WitnessError {
    WitnessError::Unreachable(Box::new(error))
}

fn malformed(error: impl std::error::Error + Send + Sync + 'static) -> WitnessError {
    WitnessError::Malformed(Box::new(error))
}

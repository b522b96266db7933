//! The registry, seen over HTTP. Every answer is capped in bytes: a registry may be hostile or broken.

use crate::config;
use adx_index::{limits::MAX_PACKAGE_BYTES, line::index_path};
use adx_signing::{
    digest::{Digest, Hasher},
    envelope::{Envelope, MAX_ENVELOPE_BYTES},
    key::PublicKey,
    name::{ModuleId, Namespace},
};
use futures::StreamExt;
use reqwest::{Client, RequestBuilder, Response, StatusCode, header};
use semver::Version;
use serde::Deserialize;
use std::{path::Path, time::Duration};
use tokio::io::AsyncWriteExt;
use url::Url;

/// Largest index file read: one line a version, so tens of thousands of versions. Stops a registry from filling the memory.
const MAX_INDEX_BYTES: usize = 16 * 1024 * 1024;
/// Largest JSON answer read.
const MAX_JSON_BYTES: usize = 4 * 1024 * 1024;

/// Why the registry did not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// No answer, or it broke off.
    #[error("the registry cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// It answered that it will not.
    #[error("the registry answered {status} to {what}")]
    Status {
        /// What was asked for.
        what: String,
        /// The HTTP status.
        status: StatusCode,
    },
    /// The answer is longer than it may be.
    #[error("{what} is larger than {limit_bytes} bytes")]
    TooLarge {
        /// What was asked for.
        what: String,
        /// The cap.
        limit_bytes: u64,
    },
    /// The answer cannot be understood.
    #[error("the registry's answer for {what} cannot be understood: {why}")]
    Malformed {
        /// What was asked for.
        what: String,
        /// Why.
        why: String,
    },
    /// The answer could not be written down.
    #[error("the download could not be written")]
    Disk(#[source] std::io::Error),
}

impl RegistryError {
    /// Whether asking again may help.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Disk(_) => true,
            Self::Status { status, .. } => {
                status.is_server_error()
                    || *status == StatusCode::TOO_MANY_REQUESTS
                    || *status == StatusCode::REQUEST_TIMEOUT
            }
            Self::TooLarge { .. } | Self::Malformed { .. } => false,
        }
    }
}

/// One entry of the change feed.
#[derive(Debug, Clone, Deserialize)]
pub struct Change {
    /// Its number.
    pub seq: i64,
    /// `release`, or a kind this agent does not know yet.
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
    /// What to ask after next time.
    pub next: i64,
}

/// An index file, asked for with the entity tag of the one at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// It changed.
    New {
        /// Its new entity tag; empty when the registry gives none.
        etag: String,
        /// NDJSON.
        body: String,
    },
    /// It did not change.
    NotModified,
    /// There is no such module.
    Absent,
}

/// A client for one registry.
#[derive(Debug, Clone)]
pub struct RegistryClient {
    /// For downloads, which may take long but not stand still.
    streams: Client,
    /// For everything else, which has a deadline as a whole.
    answers: Client,
    answer: Duration,
    base: Url,
}

#[derive(Deserialize)]
struct PublisherAnswer {
    namespace: Namespace,
    keys: Vec<KeyAnswer>,
}

#[derive(Deserialize)]
struct KeyAnswer {
    public_key_pem: String,
}

impl RegistryClient {
    /// A client for the registry that the settings name.
    pub fn new(section: &config::Registry) -> Result<Self, RegistryError> {
        let mut base = section.url.clone();
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        let client = || {
            Client::builder()
                .connect_timeout(section.connect.0)
                // A registry must not send the agent to addresses that only the agent can reach.
                .redirect(reqwest::redirect::Policy::none())
                .user_agent(concat!("adx-agent/", env!("CARGO_PKG_VERSION")))
        };
        let streams = client().read_timeout(section.stall.0).build().map_err(RegistryError::Unreachable)?;
        // No read timeout here: a long poll stands still until something happens.
        let answers = client().build().map_err(RegistryError::Unreachable)?;
        Ok(Self { streams, answers, answer: section.answer.0, base })
    }

    /// The address that names this registry.
    pub fn base(&self) -> &str {
        self.base.as_str()
    }

    /// Changes after `after`; waits up to `wait` for the first one.
    pub async fn changes(&self, after: i64, wait: Duration) -> Result<Changes, RegistryError> {
        let url = self.url(&format!("api/v1/changes?after={after}&limit=500&wait={}", wait.as_secs()))?;
        let response = self.get(url, wait + self.answer).send().await.map_err(RegistryError::Unreachable)?;
        self.json("the change feed", response).await
    }

    /// The index file of a module.
    pub async fn index_file(&self, module: &ModuleId, etag: Option<&str>) -> Result<Fetched, RegistryError> {
        let what = format!("the index of {module}");
        let mut request = self.get(self.url(&format!("index/{}", index_path(module)))?, self.answer);
        if let Some(etag) = etag.filter(|etag| !etag.is_empty()) {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        let response = request.send().await.map_err(RegistryError::Unreachable)?;
        match response.status() {
            StatusCode::NOT_MODIFIED => return Ok(Fetched::NotModified),
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(Fetched::Absent),
            _ => {}
        }
        let etag =
            response.headers().get(header::ETAG).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let body = self.capped(&what, response, MAX_INDEX_BYTES).await?;
        let body = String::from_utf8(body)
            .map_err(|error| RegistryError::Malformed { what, why: error.utf8_error().to_string() })?;
        Ok(Fetched::New { etag, body })
    }

    /// Streams a package into a new file, hashing it on the way. Breaks off as soon as it is longer than `size_bytes`, what the
    /// index says, or than any package may be.
    pub async fn download(&self, sha256: &Digest, size_bytes: u64, to: &Path) -> Result<(Digest, u64), RegistryError> {
        let what = format!("package {sha256}");
        let limit_bytes = size_bytes.min(MAX_PACKAGE_BYTES);
        let response = self
            .streams
            .get(self.url(&format!("packages/{sha256}.adxm"))?)
            // The bytes are hashed as stored; a transfer encoding would only cost time and hide the size.
            .header(header::ACCEPT_ENCODING, "identity")
            .send()
            .await
            .map_err(RegistryError::Unreachable)?;
        let response = accepted(&what, response)?;
        let mut file = tokio::fs::File::create_new(to).await.map_err(RegistryError::Disk)?;
        let mut hasher = Hasher::new();
        let mut written = 0_u64;
        let mut body = response.bytes_stream();
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(RegistryError::Unreachable)?;
            written += piece.len() as u64;
            if written > limit_bytes {
                return Err(RegistryError::TooLarge { what, limit_bytes });
            }
            hasher.update(&piece);
            file.write_all(&piece).await.map_err(RegistryError::Disk)?;
        }
        file.sync_all().await.map_err(RegistryError::Disk)?;
        Ok((hasher.finish(), written))
    }

    /// The publisher's signed statement about a package.
    pub async fn envelope(&self, sha256: &Digest) -> Result<Envelope, RegistryError> {
        let what = format!("the envelope of package {sha256}");
        let url = self.url(&format!("packages/{sha256}.dsse.json"))?;
        let response = self.get(url, self.answer).send().await.map_err(RegistryError::Unreachable)?;
        let bytes = self.capped(&what, response, MAX_ENVELOPE_BYTES).await?;
        let malformed = |why: String| RegistryError::Malformed { what: what.clone(), why };
        let text = String::from_utf8(bytes).map_err(|error| malformed(error.utf8_error().to_string()))?;
        Envelope::from_json(&text).map_err(|error| malformed(error.to_string()))
    }

    /// The keys registered to a publisher.
    pub async fn publisher_keys(&self, namespace: &Namespace) -> Result<Vec<PublicKey>, RegistryError> {
        let what = format!("publisher {namespace}");
        let url = self.url(&format!("api/v1/publishers/{namespace}"))?;
        let response = self.get(url, self.answer).send().await.map_err(RegistryError::Unreachable)?;
        let answer: PublisherAnswer = self.json(&what, response).await?;
        let malformed = |why: String| RegistryError::Malformed { what: what.clone(), why };
        if answer.namespace != *namespace {
            return Err(malformed(format!("it is about {}", answer.namespace)));
        }
        answer
            .keys
            .iter()
            .map(|key| PublicKey::from_pem(&key.public_key_pem).map_err(|error| malformed(error.to_string())))
            .collect()
    }

    fn get(&self, url: Url, within: Duration) -> RequestBuilder {
        self.answers.get(url).timeout(within)
    }

    fn url(&self, relative: &str) -> Result<Url, RegistryError> {
        self.base
            .join(relative)
            .map_err(|error| RegistryError::Malformed { what: relative.to_owned(), why: error.to_string() })
    }

    async fn json<T: serde::de::DeserializeOwned>(&self, what: &str, response: Response) -> Result<T, RegistryError> {
        let body = self.capped(what, response, MAX_JSON_BYTES).await?;
        serde_json::from_slice(&body)
            .map_err(|error| RegistryError::Malformed { what: what.to_owned(), why: error.to_string() })
    }

    async fn capped(&self, what: &str, response: Response, limit: usize) -> Result<Vec<u8>, RegistryError> {
        let mut body = accepted(what, response)?.bytes_stream();
        let mut bytes = Vec::new();
        while let Some(piece) = body.next().await {
            bytes.extend_from_slice(&piece.map_err(RegistryError::Unreachable)?);
            if bytes.len() > limit {
                return Err(RegistryError::TooLarge { what: what.to_owned(), limit_bytes: limit as u64 });
            }
        }
        Ok(bytes)
    }
}

fn accepted(what: &str, response: Response) -> Result<Response, RegistryError> {
    if response.status() == StatusCode::OK {
        Ok(response)
    } else {
        Err(RegistryError::Status { what: what.to_owned(), status: response.status() })
    }
}

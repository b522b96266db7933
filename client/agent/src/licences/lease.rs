//! Leases, asked of a registry. What it answers is a signed text, verified like one that somebody carries here.

use crate::config::{self, ConfiguredRegistry};
use adx_signing::{
    licence::jwt::MAX_TOKEN_BYTES,
    name::{ModuleId, TenantId},
};
use futures::StreamExt;
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// Why there is no lease.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// No answer, or it broke off.
    #[error("the registry cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// It answered that it will not.
    #[error("the registry answered {0} when it was asked for a lease")]
    Status(StatusCode),
    /// The answer is no token.
    #[error("the registry's answer is not a lease")]
    Malformed,
}

/// Asks one registry.
#[derive(Debug, Clone)]
pub struct LeaseClient {
    client: Client,
    answer: std::time::Duration,
    base: Url,
    token: SecretString,
}

impl LeaseClient {
    /// A client for a registry that the agent has a token of; none for another.
    pub fn new(section: &config::Registry, registry: &ConfiguredRegistry<'_>) -> Result<Option<Self>, LeaseError> {
        if registry.token.expose_secret().is_empty() || !matches!(registry.url.scheme(), "http" | "https") {
            return Ok(None);
        }
        let mut base = registry.url.clone();
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        let client = Client::builder()
            .connect_timeout(section.connect.0)
            // A redirect would take the token elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("adx-agent/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(LeaseError::Unreachable)?;
        Ok(Some(Self { client, answer: section.answer.0, base, token: registry.token.clone() }))
    }

    /// `GET api/v1/licences/{tenant}/{namespace}/{name}/lease`: the lease as text, `application/jwt`; none where the tenant has no
    /// licence of the module (404).
    pub async fn lease(&self, tenant: &TenantId, module: &ModuleId) -> Result<Option<String>, LeaseError> {
        let path = format!("api/v1/licences/{tenant}/{module}/lease");
        let url = self.base.join(&path).map_err(|_| LeaseError::Malformed)?;
        let request = self.client.get(url).bearer_auth(self.token.expose_secret()).timeout(self.answer);
        let response = request.send().await.map_err(LeaseError::Unreachable)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            other => return Err(LeaseError::Status(other)),
        }
        let mut body = response.bytes_stream();
        let mut bytes = Vec::new();
        while let Some(piece) = body.next().await {
            bytes.extend_from_slice(&piece.map_err(LeaseError::Unreachable)?);
            if bytes.len() > MAX_TOKEN_BYTES {
                return Err(LeaseError::Malformed);
            }
        }
        String::from_utf8(bytes).map(|text| Some(text.trim_end().to_owned())).map_err(|_| LeaseError::Malformed)
    }
}

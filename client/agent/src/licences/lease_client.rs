//! Leases, asked of a registry: whoever shows a licence gets a lease of it. What it answers is a signed text, verified like one that somebody
//! brought here.

use crate::config;
use adx_signing::{
    licence::jwt::MAX_TOKEN_BYTES,
    name::{ModuleId, TenantId},
};
use futures::StreamExt;
use reqwest::{Client, StatusCode};
use std::time::Duration;
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
    answer: Duration,
    base: Url,
}

impl LeaseClient {
    /// A client for the registry at this address.
    pub fn new(section: &config::Registry, base: &Url) -> Result<Self, LeaseError> {
        let mut base = base.clone();
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        let client = Client::builder()
            .connect_timeout(section.connect.0)
            // A redirect would take the licence elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            // As of the change feed: the environment must not decide whom an agent talks to.
            .no_proxy()
            .user_agent(concat!("adx-agent/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(LeaseError::Unreachable)?;
        Ok(Self { client, answer: section.answer.0, base })
    }

    /// A lease of a tenant's module, for a licence of it; none where there is nothing to be had (404), as at a mirror.
    pub async fn lease(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        licence: &str,
    ) -> Result<Option<String>, LeaseError> {
        let path = format!("api/v1/tenants/{tenant}/licences/{module}/lease");
        let url = self.base.join(&path).map_err(|_| LeaseError::Malformed)?;
        let request = self.client.get(url).bearer_auth(licence).timeout(self.answer);
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
        String::from_utf8(bytes).map(|text| text.trim_end().to_owned()).map(Some).map_err(|_| LeaseError::Malformed)
    }
}

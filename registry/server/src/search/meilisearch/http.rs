//! How the SDK reaches Meilisearch: with the workspace's HTTP client, so that every request has a deadline, `https` works
//! and the key is shown nowhere.

use std::pin::pin;
use std::time::Duration;

use async_trait::async_trait;
use futures::io::{AsyncRead, AsyncReadExt as _};
use meilisearch_sdk::errors::Error;
use meilisearch_sdk::request::{HttpClient, Method, parse_response};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::search::OpenError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For one request with its answer. Meilisearch only queues what is written, so none takes long.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// Requests to one Meilisearch, with its key.
#[derive(Debug, Clone)]
pub(super) struct Http {
    client: reqwest::Client,
}

impl Http {
    /// # Errors
    /// [`OpenError::ApiKey`], [`OpenError::Engine`]
    pub(super) fn new(api_key: Option<&SecretString>) -> Result<Self, OpenError> {
        let mut headers = HeaderMap::new();
        if let Some(api_key) = api_key {
            let bearer = format!("Bearer {}", api_key.expose_secret());
            let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| OpenError::ApiKey)?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        let client = reqwest::Client::builder()
            .default_headers(headers)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            // Meilisearch redirects nobody: what does is not it, and gets no key.
            .redirect(Policy::none())
            .build();
        Ok(Self { client: client.map_err(|error| OpenError::Engine(Box::new(error)))? })
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<(u16, String), reqwest::Error> {
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }
}

#[async_trait]
impl HttpClient for Http {
    async fn stream_request<Query, Body, Output>(
        &self,
        url: &str,
        method: Method<Query, Body>,
        content_type: &str,
        expected_status: u16,
    ) -> Result<Output, Error>
    where
        Query: Serialize + Send + Sync,
        Body: AsyncRead + Send + Sync + 'static,
        Output: DeserializeOwned + 'static,
    {
        if !serde_json::to_value(method.query())?.is_null() {
            // No request that this adapter makes has one.
            return Err(Error::InvalidRequest);
        }
        let verb = match &method {
            Method::Get { .. } => reqwest::Method::GET,
            Method::Post { .. } => reqwest::Method::POST,
            Method::Patch { .. } => reqwest::Method::PATCH,
            Method::Put { .. } => reqwest::Method::PUT,
            Method::Delete { .. } => reqwest::Method::DELETE,
        };
        let mut request = self.client.request(verb, url);
        if let Some(body) = method.into_body() {
            let mut bytes = Vec::new();
            pin!(body).read_to_end(&mut bytes).await.map_err(|error| Error::Other(Box::new(error)))?;
            request = request.header(CONTENT_TYPE, content_type).body(bytes);
        }
        let (status, body) = self.send(request).await.map_err(|error| Error::Other(Box::new(error)))?;
        parse_response(status, expected_status, &body, url.to_owned())
    }
}

//! How the provider is reached: with the workspace's HTTP client, so that every request has a deadline and every answer an end.

use std::{pin::Pin, time::Duration};

use openidconnect::{
    AsyncHttpClient, HttpRequest, HttpResponse,
    http::{self, uri::Scheme},
};
use reqwest::{Client, redirect::Policy};
use thiserror::Error;
use url::{Host, Url};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For one request with its answer: a person waits.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest answer. Key sets of large providers have some tens of kilobytes.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// Why a request has no answer.
#[derive(Debug, Error)]
pub(super) enum HttpError {
    /// Anybody on the way could answer in the provider's place.
    #[error("the provider names an address without https: {0}")]
    Plain(String),
    /// It would fill the memory.
    #[error("an answer of the provider is longer than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
    /// The request or the answer cannot be written down.
    #[error(transparent)]
    Malformed(#[from] http::Error),
    /// The network, or the provider's machine.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
}

/// Requests to the provider.
#[derive(Debug, Clone)]
pub(super) struct Http(Client);

impl Http {
    /// # Errors
    /// When TLS cannot be set up.
    pub(super) fn new() -> reqwest::Result<Self> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            // A code, and our own secret, are for the address that the provider's document names.
            .redirect(Policy::none())
            .build()?;
        Ok(Self(client))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let address = request.uri().to_string();
        let is_https = request.uri().scheme() == Some(&Scheme::HTTPS);
        if !is_https && !Url::parse(&address).is_ok_and(|url| is_safe(&url)) {
            return Err(HttpError::Plain(address));
        }
        let mut answer = self.0.execute(request.try_into()?).await.map_err(reqwest::Error::without_url)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(HttpError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        Ok(response.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// Whether nobody on the way can read or answer: https, or this machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    let is_this_machine = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_this_machine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for (url, expected) in [
            ("https://id.example.org", true),
            ("http://127.0.0.1:9", true),
            ("http://[::1]:9", true),
            ("http://localhost", true),
            ("http://id.example.org", false),
            ("http://127.0.0.1.example.org", false),
            ("ftp://127.0.0.1", false),
        ] {
            assert_eq!(is_safe(&url.parse().unwrap()), expected, "{url}");
        }
    }
}

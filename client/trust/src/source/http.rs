//! A source over HTTP.

use std::{error::Error, time::Duration};

use reqwest::{Client, Proxy, StatusCode, header, redirect::Policy};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::{Limits, Sink, SourceError};

#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    base: Url,
    patience: Duration,
    bytes_per_second: u64,
}

impl Http {
    pub(super) fn new(mut base: Url, limits: &Limits) -> Result<Self, String> {
        if base.cannot_be_a_base() || base.query().is_some() || base.fragment().is_some() {
            return Err("it must be an address that paths can be added to".to_owned());
        }
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        let mut client = Client::builder()
            .connect_timeout(limits.connect)
            .redirect(Policy::none())
            // The environment must not decide whom an agent talks to.
            .no_proxy()
            .user_agent(concat!("adx-trust/", env!("CARGO_PKG_VERSION")));
        if let Some(proxy) = &limits.proxy {
            client = client.proxy(Proxy::all(proxy.clone()).map_err(|error| chain(&error))?);
        }
        let client = client.build().map_err(|error| chain(&error))?;
        let Limits { patience, bytes_per_second, .. } = *limits;
        Ok(Self { client, base, patience, bytes_per_second: bytes_per_second.max(1) })
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// Copies a file, false if it is not there.
    pub(super) async fn copy(&self, path: &str, cap: u64, sink: &mut Sink<'_>) -> Result<bool, SourceError> {
        let url = self.url(path)?;
        let at = url.to_string();
        let begun = Instant::now();
        let late = |received: u64| SourceError::TooSlow {
            at: at.clone(),
            received,
            seconds: Instant::now().duration_since(begun).as_secs(),
        };
        let unreachable = |error: reqwest::Error| SourceError::Unreachable { at: at.clone(), why: chain(&error) };

        let mut request = self.client.get(url);
        if matches!(sink, Sink::File { .. }) {
            // A package is hashed as it is stored; a transfer encoding would cost time and hide its length.
            request = request.header(header::ACCEPT_ENCODING, "identity");
        }
        let answer = timeout_at(begun + self.patience, request.send()).await.map_err(|_| late(0))?;
        let mut answer = answer.map_err(unreachable)?;
        match answer.status() {
            StatusCode::OK => {}
            // Stores of objects answer 403 for a file that is not there, so that nobody learns which are.
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => return Ok(false),
            status if status.is_redirection() => return Err(SourceError::Redirect { at, status: status.as_u16() }),
            status => return Err(SourceError::Status { at, status: status.as_u16() }),
        }
        if answer.content_length().is_some_and(|length| length > cap) {
            return Err(SourceError::TooLarge { at, cap });
        }
        loop {
            let received = sink.length();
            let deadline = begun + self.patience + Duration::from_secs(received / self.bytes_per_second);
            let piece = timeout_at(deadline, answer.chunk()).await.map_err(|_| late(received))?;
            match piece.map_err(unreachable)? {
                Some(piece) => sink.push(&at, &piece, cap).await?,
                None => return Ok(true),
            }
        }
    }

    /// The address of a path, which must lie below the base: `//elsewhere/` and `../` come out of metadata as well.
    fn url(&self, path: &str) -> Result<Url, SourceError> {
        let outside = || SourceError::Outside(path.to_owned());
        let url = self.base.join(path).map_err(|_| outside())?;
        let below = url.origin() == self.base.origin() && url.path().starts_with(self.base.path());
        if below { Ok(url) } else { Err(outside()) }
    }
}

/// An error with its causes, which alone say what the network did.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

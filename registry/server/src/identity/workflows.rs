//! Issuers of CI systems: their keys, and what they signed. Sources: OpenID Connect Discovery 1.0, RFC 7515, RFC 7517.

use std::sync::Arc;

use adx_registry_core::ports::{Clock, SignedClaims, WorkflowIssuers, WorkflowTokenError};
use adx_registry_core::trusted::Provider;
use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{
    AsyncHttpClient as _, ClaimsVerificationError, ClientId, HttpRequest, IssuerUrl, Nonce, SignatureVerificationError,
    core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet},
    http,
};
use serde::Deserialize;
use thiserror::Error;
use url::Url;

use super::http::{Http, HttpError, is_safe};
use super::kept::{FailedBefore, Kept};
use super::openid::ALGORITHMS;

/// Longest token that is looked at, in bytes.
const MAX_TOKEN_BYTES: usize = 16 << 10;

/// What an issuer says of itself. CI systems leave out what is for browsers.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    jwks_uri: Url,
}

/// What does not fit.
#[derive(Debug, Error)]
enum Unfit {
    #[error(transparent)]
    FailedBefore(#[from] FailedBefore),
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("it answers {0}")]
    Status(http::StatusCode),
    #[error("its document cannot be read")]
    Document(#[from] serde_json::Error),
    #[error("its document is that of `{0}`")]
    OtherIssuer(String),
    #[error("its document names an address without https: {0}")]
    Plain(Url),
    #[error("a request cannot be written down")]
    Request(#[from] http::Error),
}

/// The issuers that an operator believes.
pub struct KnownIssuers {
    http: Http,
    names: Vec<(Provider, String)>,
    keys: Vec<Kept<CoreJsonWebKeySet>>,
}

impl KnownIssuers {
    /// Asks none of them for anything yet.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(issuers: Vec<(Provider, String)>, clock: &Arc<dyn Clock>) -> anyhow::Result<Self> {
        let keys = issuers.iter().map(|_| Kept::new(Arc::clone(clock))).collect();
        Ok(Self { http: Http::new()?, names: issuers, keys })
    }

    /// The issuer that a token says it is of, if it is one that is believed. That is all that is read of a token before its signature.
    fn named(&self, token: &str) -> Option<(Provider, &str, &Kept<CoreJsonWebKeySet>)> {
        #[derive(Deserialize)]
        struct Named {
            iss: String,
        }
        let payload = token.split('.').nth(1)?;
        let named: Named = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        let mut known = self.names.iter().zip(&self.keys);
        known
            .find(|((_, issuer), _)| *issuer == named.iss)
            .map(|((provider, issuer), keys)| (*provider, issuer.as_str(), keys))
    }

    async fn ask(&self, issuer: &str) -> Result<CoreJsonWebKeySet, Unfit> {
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let document: Document = self.get(&address).await?;
        if document.issuer != issuer {
            return Err(Unfit::OtherIssuer(document.issuer.chars().take(200).collect()));
        }
        if !is_safe(&document.jwks_uri) {
            return Err(Unfit::Plain(document.jwks_uri));
        }
        self.get(document.jwks_uri.as_str()).await
    }

    async fn get<T: for<'a> Deserialize<'a>>(&self, address: &str) -> Result<T, Unfit> {
        let request: HttpRequest = http::Request::builder().uri(address).body(Vec::new())?;
        let answer = self.http.call(request).await?;
        if !answer.status().is_success() {
            return Err(Unfit::Status(answer.status()));
        }
        Ok(serde_json::from_slice(answer.body())?)
    }
}

/// Checks the signature of a token. Its times are the business of whoever reads what it says.
fn check(
    token: &CoreIdToken,
    issuer: &IssuerUrl,
    audience: &str,
    keys: &CoreJsonWebKeySet,
) -> Result<(), ClaimsVerificationError> {
    let client = ClientId::new(audience.to_owned());
    let verifier = CoreIdTokenVerifier::new_public_client(client, issuer.clone(), keys.clone())
        .set_allowed_algs(ALGORITHMS)
        .require_audience_match(false)
        // At the beginning of all times nothing has ended.
        .set_time_fn(Default::default);
    token.claims(&verifier, |_: Option<&Nonce>| Ok(())).map(drop)
}

#[async_trait]
impl WorkflowIssuers for KnownIssuers {
    fn issuers(&self) -> &[(Provider, String)] {
        &self.names
    }

    async fn verify(&self, text: &str, audience: &str) -> Result<SignedClaims, WorkflowTokenError> {
        let text = text.trim();
        if text.len() > MAX_TOKEN_BYTES {
            return Err(WorkflowTokenError::UnknownIssuer);
        }
        let (provider, issuer, kept) = self.named(text).ok_or(WorkflowTokenError::UnknownIssuer)?;
        let unavailable = |error: Unfit| WorkflowTokenError::Unavailable(Box::new(error));
        let refused = |error: ClaimsVerificationError| WorkflowTokenError::Refused(Box::new(error));
        let token: CoreIdToken =
            text.parse().map_err(|error: serde_json::Error| WorkflowTokenError::Refused(Box::new(error)))?;
        let name = IssuerUrl::new(issuer.to_owned()).map_err(|error| WorkflowTokenError::Refused(Box::new(error)))?;
        let keys = kept.get(self.ask(issuer)).await.map_err(unavailable)?;
        let unknown_key = ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey);
        match check(&token, &name, audience, &keys) {
            // The issuer may have changed its keys since.
            Err(error) if error == unknown_key => {
                match kept.another(&keys, self.ask(issuer)).await.map_err(unavailable)? {
                    Some(keys) => check(&token, &name, audience, &keys),
                    None => Err(error),
                }
            }
            checked => checked,
        }
        .map_err(refused)?;
        // The very bytes whose signature holds, read once and for all.
        let payload = text.split('.').nth(1).and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
        let claims = payload.and_then(|payload| serde_json::from_slice(&payload).ok());
        let claims = claims.ok_or(WorkflowTokenError::UnknownIssuer)?;
        Ok(SignedClaims { provider, issuer: issuer.to_owned(), claims })
    }
}

use std::sync::Arc;

use adx_registry_core::ports::{Clock, Identity, IdentityError, IdentityProvider, Round};
use async_trait::async_trait;
use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, TokenResponse as _,
    UserInfoError,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenClaims,
        CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreUserInfoClaims,
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;
use url::Url;

use super::http::{Http, is_safe};
use crate::config;

/// How long the provider's document and keys are believed without being asked for again.
const BELIEVED_FOR: Duration = Duration::hours(1);
/// How soon after another look for keys: whoever makes up names of keys must not make the provider busy through us.
const LOOK_AGAIN_AFTER: Duration = Duration::minutes(1);
/// For how long a failure answers whoever waited for the same.
const FAILED_FOR: Duration = Duration::seconds(1);
/// Signatures that are believed. `none` is nobody's, and those by a shared secret could be made by whoever has that. Source: RFC 8725, 3.1.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::EdDsa,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
];

/// A client whose endpoints are those of the provider's document.
type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// A provider of identities by OpenID Connect Core 1.0: the authorization code flow with PKCE.
pub struct OpenIdProvider {
    http: Http,
    clock: Arc<dyn Clock>,
    name: String,
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: Option<SecretString>,
    known: Mutex<Known>,
}

/// What the provider said of itself, and when it was asked.
#[derive(Default)]
struct Known {
    document: Option<(OffsetDateTime, Arc<CoreProviderMetadata>)>,
    failed_at: Option<OffsetDateTime>,
    looked_again_at: Option<OffsetDateTime>,
}

/// What does not fit.
#[derive(Debug, Error)]
enum Unfit {
    #[error("it could not be reached a moment ago")]
    FailedBefore,
    #[error("its document names an address without https: {0}")]
    Plain(Url),
    #[error("it does not take the code: `{0}`")]
    Code(String),
    #[error("it sent no ID token")]
    NoToken,
}

impl OpenIdProvider {
    /// The provider of the configuration, if there is one.
    ///
    /// # Errors
    /// When its address is none, or TLS cannot be set up.
    pub fn new(section: &config::Openid, clock: Arc<dyn Clock>) -> anyhow::Result<Option<Self>> {
        let (Some(issuer), Some(client_id)) = (&section.issuer, &section.client_id) else { return Ok(None) };
        Ok(Some(Self {
            http: Http::new()?,
            clock,
            name: section.name.clone(),
            // As it is written: issuers are compared as text.
            issuer: IssuerUrl::new(issuer.clone())?,
            client_id: ClientId::new(client_id.clone()),
            client_secret: section.client_secret.clone(),
            known: Mutex::default(),
        }))
    }

    /// The document and the keys, asked for if they are not known or too old.
    async fn document(&self) -> Result<Arc<CoreProviderMetadata>, IdentityError> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        match &known.document {
            Some((asked_at, document)) if is_within(*asked_at, now, BELIEVED_FOR) => Ok(Arc::clone(document)),
            _ => self.ask(&mut known).await,
        }
    }

    /// The same after a key was not among `before`; None if that was looked for just now.
    async fn another_document(
        &self,
        before: &Arc<CoreProviderMetadata>,
    ) -> Result<Option<Arc<CoreProviderMetadata>>, IdentityError> {
        let mut known = self.known.lock().await;
        if let Some((_, document)) = &known.document
            && !Arc::ptr_eq(document, before)
        {
            return Ok(Some(Arc::clone(document)));
        }
        let now = self.clock.now();
        if known.looked_again_at.is_some_and(|at| is_within(at, now, LOOK_AGAIN_AFTER)) {
            return Ok(None);
        }
        known.looked_again_at = Some(now);
        self.ask(&mut known).await.map(Some)
    }

    async fn ask(&self, known: &mut Known) -> Result<Arc<CoreProviderMetadata>, IdentityError> {
        if known.failed_at.is_some_and(|at| is_within(at, self.clock.now(), FAILED_FOR)) {
            return Err(unavailable(Unfit::FailedBefore));
        }
        let asked = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http).await;
        let checked = asked.map_err(unavailable).and_then(|document| {
            let page = document.authorization_endpoint().url();
            if is_safe(page) { Ok(document) } else { Err(unavailable(Unfit::Plain(page.clone()))) }
        });
        match checked {
            Ok(document) => {
                let document = Arc::new(document);
                known.document = Some((self.clock.now(), Arc::clone(&document)));
                known.failed_at = None;
                Ok(document)
            }
            Err(error) => {
                known.failed_at = Some(self.clock.now());
                Err(error)
            }
        }
    }

    fn client(&self, document: &CoreProviderMetadata, back_to: &Url) -> Client {
        let secret = self.client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose_secret().to_owned()));
        // Unless it is said otherwise, the secret goes into a header. Source: OpenID Connect Discovery 1.0, 3.
        let methods = document.token_endpoint_auth_methods_supported();
        let takes = |method| methods.is_some_and(|methods| methods.contains(&method));
        let in_body = takes(CoreClientAuthMethod::ClientSecretPost) && !takes(CoreClientAuthMethod::ClientSecretBasic);
        CoreClient::from_provider_metadata(document.clone(), self.client_id.clone(), secret)
            .set_auth_type(if in_body { AuthType::RequestBody } else { AuthType::BasicAuth })
            .set_redirect_uri(RedirectUrl::from_url(back_to.clone()))
    }

    /// What a token says, once its signature, issuer, audience, time and nonce are right.
    fn claims<'t>(
        &self,
        document: &CoreProviderMetadata,
        round: &Round<'_>,
        token: &'t CoreIdToken,
    ) -> Result<&'t CoreIdTokenClaims, ClaimsVerificationError> {
        let client = self.client(document, round.back_to);
        let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
        token.claims(&verifier, &Nonce::new(round.nonce.to_owned()))
    }

    /// The person's address and name where the token does not tell them, as with providers that keep tokens short.
    async fn user_info(
        &self,
        client: &Client,
        token: &AccessToken,
        claims: &CoreIdTokenClaims,
    ) -> Result<Option<CoreUserInfoClaims>, IdentityError> {
        // A provider without the endpoint has told what it tells.
        let Ok(request) = client.user_info(token.clone(), Some(claims.subject().clone())) else { return Ok(None) };
        request.request_async(&self.http).await.map(Some).map_err(|error| match error {
            UserInfoError::ClaimsVerification(error) => refused(error),
            other => unavailable(other),
        })
    }
}

#[async_trait]
impl IdentityProvider for OpenIdProvider {
    fn name(&self) -> &str {
        &self.name
    }

    fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    async fn begin(&self, round: &Round<'_>) -> Result<Url, IdentityError> {
        let document = self.document().await?;
        let client = self.client(&document, round.back_to);
        let (state, nonce) = (CsrfToken::new(round.state.to_owned()), Nonce::new(round.nonce.to_owned()));
        let verifier = PkceCodeVerifier::new(round.verifier.to_owned());
        let request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        Ok(request.url().0)
    }

    async fn finish(&self, code: &str, round: &Round<'_>) -> Result<Identity, IdentityError> {
        let document = self.document().await?;
        let client = self.client(&document, round.back_to);
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(unavailable)?
            .set_pkce_verifier(PkceCodeVerifier::new(round.verifier.to_owned()))
            .request_async(&self.http)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(said) => {
                    let word: String = said.error().to_string().chars().take(60).flat_map(char::escape_debug).collect();
                    refused(Unfit::Code(word))
                }
                other => unavailable(other),
            })?;
        let token = answer.id_token().ok_or_else(|| refused(Unfit::NoToken))?;
        let unknown_key = ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey);
        let claims = match self.claims(&document, round, token) {
            // The provider may have changed its keys since.
            Err(error) if error == unknown_key => match self.another_document(&document).await? {
                Some(document) => self.claims(&document, round, token),
                None => Err(error),
            },
            checked => checked,
        }
        .map_err(refused)?;
        let mut email = claims.email().map(|email| email.to_string());
        let mut is_email_verified = claims.email_verified().unwrap_or(false);
        let mut name = claims.name().and_then(|name| name.get(None)).map(|name| name.to_string());
        if email.is_none()
            && let Some(more) = self.user_info(&client, answer.access_token(), claims).await?
        {
            email = more.email().map(|email| email.to_string());
            is_email_verified = more.email_verified().unwrap_or(false);
            name = name.or_else(|| more.name().and_then(|name| name.get(None)).map(|name| name.to_string()));
        }
        Ok(Identity {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            email: email.and_then(|email| email.parse().ok()),
            is_email_verified,
            name,
        })
    }
}

/// Whether `now` is within `time` after `then`, as far as the clock was not set back.
fn is_within(then: OffsetDateTime, now: OffsetDateTime, time: Duration) -> bool {
    (Duration::ZERO..time).contains(&(now - then))
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> IdentityError {
    IdentityError::Unavailable(Box::new(error))
}

fn refused(error: impl std::error::Error + Send + Sync + 'static) -> IdentityError {
    IdentityError::Refused(Box::new(error))
}

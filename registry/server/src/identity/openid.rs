use std::{sync::Arc, time::Duration};

use adx_registry_core::ports::{Clock, Identity, IdentityError, IdentityProvider, Round};
use async_trait::async_trait;
use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, TokenResponse as _,
    UserInfoError,
    core::{
        CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenClaims,
        CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreUserInfoClaims,
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;
use time::OffsetDateTime;
use url::Url;

use super::http::{Http, is_safe};
use super::kept::{FailedBefore, Kept};
use crate::config;

/// Signatures that are believed. `none` is nobody's, and those by a shared secret could be made by whoever has that. Source: RFC 8725, 3.1.
pub(super) const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
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

/// How long ago the person may have signed in at the provider where it is to sign in anew. Whoever is asked so has to say when it was.
/// Source: OpenID Connect Core 1.0, 3.1.2.1.
const ANEW: Duration = Duration::from_secs(60);

/// A client whose endpoints are those of the provider's document.
type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// A provider of identities by OpenID Connect Core 1.0: the authorization code flow with PKCE.
pub struct OpenIdProvider {
    http: Http,
    name: String,
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: Option<SecretString>,
    document: Kept<CoreProviderMetadata>,
}

/// What does not fit.
#[derive(Debug, Error)]
enum Unfit {
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
            name: section.name.clone(),
            // As it is written: issuers are compared as text.
            issuer: IssuerUrl::new(issuer.clone())?,
            client_id: ClientId::new(client_id.clone()),
            client_secret: section.client_secret.clone(),
            document: Kept::new(clock),
        }))
    }

    /// Asks for the document and the keys.
    async fn ask(&self) -> Result<CoreProviderMetadata, IdentityError> {
        let asked = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http).await;
        let document = asked.map_err(unavailable)?;
        let page = document.authorization_endpoint().url();
        if is_safe(page) { Ok(document) } else { Err(unavailable(Unfit::Plain(page.clone()))) }
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
        let document = self.document.get(self.ask()).await?;
        let client = self.client(&document, round.back_to);
        let (state, nonce) = (CsrfToken::new(round.state.to_owned()), Nonce::new(round.nonce.to_owned()));
        let verifier = PkceCodeVerifier::new(round.verifier.to_owned());
        let request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        let request = if round.anew { request.add_prompt(CoreAuthPrompt::Login).set_max_age(ANEW) } else { request };
        Ok(request.url().0)
    }

    async fn finish(&self, code: &str, round: &Round<'_>) -> Result<Identity, IdentityError> {
        let document = self.document.get(self.ask()).await?;
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
            Err(error) if error == unknown_key => match self.document.another(&document, self.ask()).await? {
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
            signed_in_at: claims.auth_time().and_then(|at| OffsetDateTime::from_unix_timestamp(at.timestamp()).ok()),
        })
    }
}

impl From<FailedBefore> for IdentityError {
    fn from(error: FailedBefore) -> Self {
        unavailable(error)
    }
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> IdentityError {
    IdentityError::Unavailable(Box::new(error))
}

fn refused(error: impl std::error::Error + Send + Sync + 'static) -> IdentityError {
    IdentityError::Refused(Box::new(error))
}

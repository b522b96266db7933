//! The identity of a run of a CI system, and the token that a registry gives for it.

use reqwest::{Method, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use url::Url;

use adx_signing::Namespace;

use crate::App;
use crate::failure::Failure;
use crate::http::{Kind, Server, client, is_loopback};

/// For one answer of the CI system.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(20);

/// The registry, spoken to with the token of a run.
pub(crate) struct OfRun {
    registry: Server,
    token: String,
}

impl OfRun {
    /// Asks the CI system who this run is, and the registry for a token of it.
    pub(crate) async fn begin(app: &App, publisher: &Namespace) -> Result<Self, Failure> {
        let url = app.settings.registry()?;
        // Where it is going to be shown, as the person wrote it: another registry could not show it here.
        let audience = url.as_str().trim_end_matches('/');
        let identity = identity(app, audience).await?;
        let nobody = Server::new(Kind::Registry, url, None, app.settings.retries(), app.output)?;
        let body = json!({ "namespace": publisher, "token": identity.expose_secret() });
        // Once: a CI system's token is good for one exchange.
        let made = nobody.send(Method::POST, &["api", "v1", "trusted-publishing", "token"], Some(&body)).await?;
        let (Some(secret), Some(id)) = (made["secret"].as_str(), made["token"]["id"].as_str()) else {
            return Err(Failure::failed("the registry gave no token").hint("is it of this version?"));
        };
        let secret = Some(SecretString::from(secret));
        let registry = Server::new(Kind::Registry, url, secret, app.settings.retries(), app.output)?;
        Ok(Self { registry, token: id.to_owned() })
    }

    pub(crate) const fn registry(&self) -> &Server {
        &self.registry
    }

    /// Revokes the token: it would be good for half an hour.
    pub(crate) async fn end(self, app: &App) {
        if self.registry.send(Method::DELETE, &["api", "v1", "tokens", &self.token], None).await.is_err() {
            app.output.warn(&format!(
                "the token of this run ({}) could not be revoked: it ends within 30 minutes",
                self.token
            ));
        }
    }
}

/// The CI system's token, for one audience.
async fn identity(app: &App, audience: &str) -> Result<SecretString, Failure> {
    let environment = &app.environment;
    if let Some(token) = &environment.id_token {
        return Ok(token.clone());
    }
    let (Some(url), Some(token)) = (&environment.github_id_token_url, &environment.github_id_token) else {
        return Err(Failure::usage("this is no run of a CI system that says who it is").hint(format!(
            "GitHub Actions: `permissions: id-token: write` for the job; GitLab: `id_tokens: {{ ADX_ID_TOKEN: {{ aud: {audience} }} }}`"
        )));
    };
    let not_an_address = || Failure::usage("ACTIONS_ID_TOKEN_REQUEST_URL is no address of https");
    let mut url: Url = url.parse().map_err(|_| not_an_address())?;
    if url.scheme() != "https" && !is_loopback(&url) {
        return Err(not_an_address());
    }
    url.query_pairs_mut().append_pair("audience", audience);
    let silent =
        |error: reqwest::Error| Failure::unreachable("the CI system gives no token").because(&error.without_url());
    let request =
        client(&url, TIMEOUT)?.get(url).bearer_auth(token.expose_secret()).header(header::ACCEPT, "application/json");
    let answer = request.timeout(TIMEOUT).send().await.map_err(silent)?;
    if answer.status() != StatusCode::OK {
        return Err(Failure::refused("the CI system gives no token").cause(format!("it answered {}", answer.status())));
    }
    let answer: Value = answer.json().await.map_err(silent)?;
    let token = answer["value"].as_str().ok_or_else(|| Failure::failed("the CI system answered without a token"))?;
    Ok(SecretString::from(token))
}

//! `/api/v1/tokens`: the tokens of the publisher that asks.

use actix_web::{HttpResponse, delete, get, http::StatusCode, post, web};
use adx_registry_core::{
    Id,
    issue_token::{self, Descendants, IssueTokenRequest},
    networks::Networks,
    report_token::report_token,
    token::Scope,
};

use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::{
    caller::Caller,
    dto::{FoundToken, NewToken, Token, TokenCreated, TokenList, TokenReport, TokensRevoked},
    input::{JsonBody, Query},
    problem::{Problem, ProblemBody},
    state::State,
};

/// What becomes of the tokens that were made with one that is revoked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeQuery {
    /// Whether those that were made with it, and with those, go on counting: for whoever puts another in its place.
    #[serde(default)]
    #[param(default = false)]
    alone: bool,
}

impl RevokeQuery {
    pub(super) const fn descendants(&self) -> Descendants {
        if self.alone { Descendants::Keep } else { Descendants::Revoke }
    }
}

/// List tokens
#[utoipa::path(
    tag = "tokens",
    responses(
        (status = 200, description = "The tokens that are not revoked, newest first", body = TokenList),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["tokens"])),
)]
#[get("/tokens")]
pub(super) async fn list_tokens(
    state: web::Data<State>,
    Caller(actor): Caller,
) -> Result<web::Json<TokenList>, Problem> {
    let tokens = issue_token::list_tokens(&state.ports, &actor, None).await?;
    Ok(web::Json(TokenList { tokens: tokens.iter().map(Token::from).collect() }))
}

/// Make a token
///
/// It can do no more than the one that makes it. Its secret is shown this once.
#[utoipa::path(
    tag = "tokens",
    request_body = NewToken,
    responses(
        (status = 201, description = "Made", body = TokenCreated),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The publisher has enough tokens", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["tokens"])),
)]
#[post("/tokens")]
pub(super) async fn create_token(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<NewToken>,
) -> Result<HttpResponse, Problem> {
    let scopes: Result<Vec<Scope>, _> = body.scopes.iter().map(Scope::try_from).collect();
    let scopes = scopes
        .map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Not valid", error.to_string()))?;
    let networks = Networks::read(&body.networks)?;
    let request = IssueTokenRequest { label: body.label, scopes, networks, expires_at: body.expires_at };
    let issued = issue_token::issue_token(&state.ports, &actor, None, request).await?;
    Ok(HttpResponse::Created()
        .json(TokenCreated { secret: issued.text.expose().to_owned(), token: Token::from(&issued.token) }))
}

/// Revoke a token
///
/// A token may always revoke itself. Those that were made with it, and with those, are revoked too, unless it is revoked alone.
#[utoipa::path(
    tag = "tokens",
    params(("id" = String, Path, description = "The token's id"), RevokeQuery),
    responses(
        (status = 200, description = "Revoked", body = TokensRevoked),
        (status = 400, description = "Bad query", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such token", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["tokens"])),
)]
#[delete("/tokens/{id}")]
pub(super) async fn revoke_token(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    Query(query): Query<RevokeQuery>,
) -> Result<web::Json<TokensRevoked>, Problem> {
    actor.publisher()?;
    // What is no id is no token's id.
    let id = path.parse::<Id<_>>().map_err(|_| Problem::not_found("there is no such token"))?;
    let revoked = issue_token::revoke_token(&state.ports, &actor, None, id, query.descendants()).await?;
    Ok(web::Json(TokensRevoked { revoked: revoked.iter().map(ToString::to_string).collect() }))
}

/// Report a token that was found
///
/// For whoever finds one where it should not be, such as a secret scanner: showing its text is having it, so it takes no credentials. It
/// is revoked at once, with all that were made with it, and the owners of its namespace are told by mail.
#[utoipa::path(
    tag = "tokens",
    request_body = FoundToken,
    responses(
        (status = 200, description = "Whether it counted until now", body = TokenReport),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many reports", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/tokens/report")]
pub(super) async fn report_found_token(
    state: web::Data<State>,
    JsonBody(body): JsonBody<FoundToken>,
) -> Result<web::Json<TokenReport>, Problem> {
    let revoked = report_token(&state.ports, &body.token).await?;
    state.commits.announce_work();
    Ok(web::Json(TokenReport { revoked }))
}

//! `/api/v1/publishers/{namespace}/tokens`: the tokens of a publisher, for its members as well.

use actix_web::{HttpResponse, delete, get, http::StatusCode, post, web};
use adx_registry_core::{
    Id,
    issue_token::{self, IssueTokenRequest},
    networks::Networks,
    token::{Action, Scope},
};

use super::tokens::RevokeQuery;
use crate::http::{
    caller::{Caller, namespace},
    dto::{NewToken, Token, TokenCreated, TokenList, TokensRevoked},
    input::{JsonBody, Query},
    problem::{Problem, ProblemBody},
    state::State,
};

/// List the tokens of a publisher
///
/// For its owners, maintainers and readers, its tokens that may make others, and operators.
#[utoipa::path(
    tag = "tokens",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "The tokens that are not revoked, newest first", body = TokenList),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token or the role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["tokens"]), ("session" = [])),
)]
#[get("/publishers/{namespace}/tokens")]
pub(super) async fn list_publisher_tokens(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<TokenList>, Problem> {
    let tokens = issue_token::list_tokens(&state.ports, &actor, Some(&namespace(&path)?)).await?;
    Ok(web::Json(TokenList { tokens: tokens.iter().map(Token::from).collect() }))
}

/// Make a token of a publisher
///
/// It can do no more than what makes it: an owner's session gives every scope, a maintainer's `publish` and `keys`. It counts no longer
/// than the member whose session made it. Its secret is shown this once.
#[utoipa::path(
    tag = "tokens",
    params(("namespace" = String, Path, description = "The namespace")),
    request_body = NewToken,
    responses(
        (status = 201, description = "Made", body = TokenCreated),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token or the role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The publisher has enough tokens", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["tokens"]), ("session" = [], "csrf" = [])),
)]
#[post("/publishers/{namespace}/tokens")]
pub(super) async fn create_publisher_token(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewToken>,
) -> Result<HttpResponse, Problem> {
    let namespace = namespace(&path)?;
    actor.publisher_of(&namespace, Action::Tokens, None)?;
    let scopes: Result<Vec<Scope>, _> = body.scopes.iter().map(Scope::try_from).collect();
    let scopes = scopes
        .map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Not valid", error.to_string()))?;
    let networks = Networks::read(&body.networks)?;
    let request = IssueTokenRequest { label: body.label, scopes, networks, expires_at: body.expires_at };
    let issued = issue_token::issue_token(&state.ports, &actor, Some(&namespace), request).await?;
    Ok(HttpResponse::Created()
        .json(TokenCreated { secret: issued.text.expose().to_owned(), token: Token::from(&issued.token) }))
}

/// Revoke a token of a publisher
///
/// Those that were made with it, and with those, are revoked too, unless it is revoked alone. A maintainer's session revokes no token that may
/// do more than it could give.
#[utoipa::path(
    tag = "tokens",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("id" = String, Path, description = "The token's id"),
        RevokeQuery,
    ),
    responses(
        (status = 200, description = "Revoked", body = TokensRevoked),
        (status = 400, description = "Not a namespace, or a bad query", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token or the role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such token", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["tokens"]), ("session" = [], "csrf" = [])),
)]
#[delete("/publishers/{namespace}/tokens/{id}")]
pub(super) async fn revoke_publisher_token(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
    Query(query): Query<RevokeQuery>,
) -> Result<web::Json<TokensRevoked>, Problem> {
    let namespace = namespace(&path.0)?;
    actor.publisher_of(&namespace, Action::Tokens, None)?;
    let id = path.1.parse::<Id<_>>().map_err(|_| Problem::not_found("there is no such token"))?;
    let revoked = issue_token::revoke_token(&state.ports, &actor, Some(&namespace), id, query.descendants()).await?;
    Ok(web::Json(TokensRevoked { revoked: revoked.iter().map(ToString::to_string).collect() }))
}

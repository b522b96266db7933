//! `/api/v1/revocations`: the kill list. What stands on it is public, in the signed `revocations.json`.

use actix_web::{HttpResponse, delete, http::StatusCode, post, web};
use adx_registry_core::{
    operator_scope::OperatorScope,
    reason::Reason,
    revoke::{self as core, Put, Revocation, Revoked},
};

use crate::http::{
    caller::Caller,
    dto::NewRevocation,
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Revoke a package or a key
///
/// Operators only. Agents stop what is installed of a revoked package, or signed with a revoked key, when they next look. The
/// package is put into quarantine as well. What is revoked already gets the new reason, and a key the new `from_leaf`.
#[utoipa::path(
    tag = "moderation",
    request_body = NewRevocation,
    responses(
        (status = 201, description = "Revoked"),
        (status = 204, description = "It was revoked before; the reason is the new one, and so is `from_leaf`"),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No release has the package, no publisher the key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The list is full", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not one package or one key, or not a reason", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[post("/revocations")]
pub(super) async fn revoke(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<NewRevocation>,
) -> Result<HttpResponse, Problem> {
    actor.operator(OperatorScope::Moderate)?;
    let reason = body.reason.parse::<Reason>()?;
    let revocation = match (&body.sha256, &body.key_id, body.from_leaf) {
        (Some(sha256), None, None) => Revocation::Package(parse("sha256", sha256)?),
        (None, Some(key), from_leaf) => {
            Revocation::Key { id: parse("key_id", key)?, from_leaf: from_leaf.unwrap_or(0) }
        }
        _ => return Err(invalid("give either `sha256`, or `key_id` and perhaps `from_leaf`".to_owned())),
    };
    let put = core::revoke(&state.ports, &actor, revocation, &reason).await?;
    Ok(HttpResponse::build(if put == Put::New { StatusCode::CREATED } else { StatusCode::NO_CONTENT }).finish())
}

/// Take the revocation of a package back
///
/// Operators only. The version stays in quarantine until it is let out.
#[utoipa::path(
    tag = "moderation",
    params(("sha256" = String, Path, description = "The sha256 of the package")),
    responses(
        (status = 204, description = "Not revoked any more"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "Not revoked", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a digest", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[delete("/revocations/packages/{sha256}")]
pub(super) async fn unrevoke_package(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    actor.operator(OperatorScope::Moderate)?;
    core::unrevoke(&state.ports, &actor, Revoked::Package(parse("sha256", &path)?)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take the revocation of a key back
///
/// Operators only.
#[utoipa::path(
    tag = "moderation",
    params(("key_id" = String, Path, description = "The key's id")),
    responses(
        (status = 204, description = "Not revoked any more"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "Not revoked", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a key's id", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[delete("/revocations/keys/{key_id}")]
pub(super) async fn unrevoke_key(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    actor.operator(OperatorScope::Moderate)?;
    core::unrevoke(&state.ports, &actor, Revoked::Key(parse("key_id", &path)?)).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn parse<T>(what: &str, text: &str) -> Result<T, Problem>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| invalid(format!("`{what}`: {error}")))
}

fn invalid(detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Not valid", detail)
}

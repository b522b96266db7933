//! `/api/v1/account/identities`: by which identities of providers a person signs in.

use actix_web::{HttpResponse, delete, get, web};
use adx_registry_core::{Id, accounts};

use super::session::personal;
use crate::http::{
    caller::Caller,
    dto::{ConnectedIdentity, ConnectedIdentityList},
    problem::{Problem, ProblemBody},
    state::State,
};

/// List the identities by which one signs in
#[utoipa::path(
    tag = "accounts",
    responses(
        (status = 200, description = "The identities, the oldest first", body = ConnectedIdentityList),
        (status = 401, description = "Nobody is signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [])),
)]
#[get("/account/identities")]
pub(super) async fn list_identities(state: web::Data<State>, Caller(actor): Caller) -> Result<HttpResponse, Problem> {
    let identities = accounts::list_identities(&state.ports, &actor).await?;
    let identities = identities.iter().map(ConnectedIdentity::of).collect();
    Ok(personal(HttpResponse::Ok()).json(ConnectedIdentityList { identities }))
}

/// Disconnect an identity
///
/// Nobody signs in by it any more. The last way to sign in to an account without a password stays.
#[utoipa::path(
    tag = "accounts",
    params(("id" = String, Path, description = "The identity's id")),
    responses(
        (status = 204, description = "Disconnected"),
        (status = 401, description = "Nobody is signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such identity", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The only way to sign in", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[delete("/account/identities/{id}")]
pub(super) async fn disconnect_identity(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    actor.person()?;
    // What is no id is no identity's id.
    let id = path.parse::<Id<_>>().map_err(|_| Problem::not_found("there is no such identity"))?;
    accounts::disconnect_identity(&state.ports, &actor, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

//! `POST /api/v1/publishers/{namespace}/keys`: registering a signing key.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use adx_registry_core::{register_key::register_key, token::Action};
use adx_signing::key::PublicKey;

use crate::http::{
    caller::{Caller, namespace},
    dto::{NewKey, PublisherKey},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Register a signing key
///
/// A key that the publisher has already is no error.
#[utoipa::path(
    tag = "publishers",
    params(("namespace" = String, Path, description = "The namespace")),
    request_body = NewKey,
    responses(
        (status = 201, description = "Registered", body = PublisherKey),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Registered to somebody else, or too many", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not an Ed25519 public key in PEM", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
#[post("/publishers/{namespace}/keys")]
pub(super) async fn add_key(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewKey>,
) -> Result<HttpResponse, Problem> {
    let namespace = namespace(&path)?;
    actor.publisher_of(&namespace, Action::Keys, None)?;
    let key = PublicKey::from_pem(&body.public_key_pem).map_err(|error| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "key", "Not a public key", error.to_string())
            .hint("Send an Ed25519 public key in PEM: `adx key export`.")
    })?;
    let key = register_key(&state.ports, &actor, &namespace, key).await?;
    Ok(HttpResponse::Created().json(PublisherKey::from(&key)))
}

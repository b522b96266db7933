//! `/api/v1/publishers/{namespace}/keys`: the keys of a namespace.

use actix_web::{HttpRequest, HttpResponse, delete, post, web};
use adx_registry_core::{
    change_keys::{self, AddKeyRequest},
    token::Action,
};
use adx_signing::key::KeyId;

use crate::http::{
    caller::{Caller, namespace},
    dto::{NewKey, PublisherKey, from_owners::public_key},
    envelope,
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Add a signing key
///
/// A token alone adds the first key of a namespace. Each later one is signed for by a key of the namespace that counts for
/// key changes: a DSSE envelope of type `application/vnd.adx.key-change+json`. A key that the publisher has already is no
/// error.
#[utoipa::path(
    tag = "publishers",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("Adx-Envelope" = Option<String>, Header, description = "DSSE envelope over the key change: JSON, in standard base64; not for the first key"),
    ),
    request_body = NewKey,
    responses(
        (status = 201, description = "Added", body = PublisherKey),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Registered to somebody else, removed, or too many; or the keys changed since: `follows` is the leaf to sign for", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not an Ed25519 public key in PEM, or not signed for by a key of the namespace", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["keys"]), ("session" = [], "csrf" = [])),
)]
#[post("/publishers/{namespace}/keys")]
pub(super) async fn add_key(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    request: HttpRequest,
    JsonBody(body): JsonBody<NewKey>,
) -> Result<HttpResponse, Problem> {
    let namespace = namespace(&path)?;
    actor.publisher_of(&namespace, Action::Keys, None)?;
    let wanted = AddKeyRequest {
        key: public_key(&body.public_key_pem)?,
        purposes: body.purposes.into_iter().map(Into::into).collect(),
        not_after: body.not_after.map(Into::into),
        envelope: envelope::optional(&request)?,
    };
    let key = change_keys::add_key(&state.ports, &actor, &namespace, wanted).await?;
    let revocations = state.ports.store.read().await?.revocations().await?;
    Ok(HttpResponse::Created().json(PublisherKey::with_revocation(&key, &revocations)))
}

/// Remove a signing key
///
/// Another key of the namespace that counts for key changes signs for it: a DSSE envelope of type
/// `application/vnd.adx.key-change+json`. What the key signed before stays valid. A key that is removed already is no error.
#[utoipa::path(
    tag = "publishers",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("key_id" = String, Path, description = "The key's id"),
        ("Adx-Envelope" = String, Header, description = "DSSE envelope over the key change: JSON, in standard base64"),
    ),
    responses(
        (status = 200, description = "Removed", body = PublisherKey),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The last key for key changes; or the keys changed since: `follows` is the leaf to sign for", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not signed for by another key of the namespace", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["keys"]), ("session" = [], "csrf" = [])),
)]
#[delete("/publishers/{namespace}/keys/{key_id}")]
pub(super) async fn remove_key(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> Result<web::Json<PublisherKey>, Problem> {
    // Who asks is settled before what they ask.
    actor.somebody()?;
    let (owner, key) = path.into_inner();
    let namespace = namespace(&owner)?;
    actor.publisher_of(&namespace, Action::Keys, None)?;
    // What is no key's id is no key of this namespace.
    let key: KeyId = key.parse().map_err(|_| Problem::not_found(format!("`{key}` is no key's id")))?;
    let envelope = envelope::optional(&request)?;
    let key = change_keys::remove_key(&state.ports, &actor, &namespace, key, envelope.as_deref()).await?;
    let revocations = state.ports.store.read().await?.revocations().await?;
    Ok(web::Json(PublisherKey::with_revocation(&key, &revocations)))
}

//! `/api/v1/publishers`.

use actix_web::{HttpResponse, get, post, web};
use adx_registry_core::{
    change_keys::publisher_and_keys,
    create_publisher::{NewPublisher as Wanted, Reserved, create_publisher as create},
    domains::verified_domain,
    members::turn_into_organisation,
};

use adx_signing::{name::Namespace, tuf::control::Revocations};

use crate::http::{
    caller::{Caller, namespace},
    dto::{NewPublisher, Publisher, PublisherCreated},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Read a publisher and its keys
#[utoipa::path(
    tag = "publishers",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "The publisher", body = Publisher),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/publishers/{namespace}")]
pub(super) async fn get_publisher(
    state: web::Data<State>,
    path: web::Path<String>,
) -> Result<web::Json<Publisher>, Problem> {
    shown(&state, &namespace(&path)?).await
}

async fn shown(state: &State, namespace: &Namespace) -> Result<web::Json<Publisher>, Problem> {
    let (publisher, keys) = publisher_and_keys(&state.ports, namespace)
        .await?
        .ok_or_else(|| Problem::not_found(format!("there is no publisher `{namespace}`")))?;
    let mut reader = state.ports.store.read().await?;
    let revocations = reader.revocations().await?;
    let verified_domain = verified_domain(&mut *reader, publisher.id).await?.map(Into::into);
    Ok(web::Json(Publisher { verified_domain, ..Publisher::with_keys(&publisher, &keys, &revocations) }))
}

/// Create a publisher
///
/// Operators, for others; and where `publishers.open` is set, people, who own what they create. The publisher's first token is shown
/// this once. A reserved namespace takes `reserved`, of an operator.
#[utoipa::path(
    tag = "publishers",
    request_body = NewPublisher,
    responses(
        (status = 201, description = "Created", body = PublisherCreated),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator, and the registry is not open", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The namespace is taken or reserved, or held or refused because it resembles another; or the person owns enough", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/publishers")]
pub(super) async fn create_publisher(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<NewPublisher>,
) -> Result<HttpResponse, Problem> {
    actor.may_create_publishers(state.ports.names.open)?;
    let namespace = namespace(&body.namespace)?;
    let reserved = if body.reserved { Reserved::Given } else { Reserved::Refused };
    let new = Wanted { namespace, display_name: &body.display_name, reserved, kind: body.kind.into() };
    let (publisher, issued) = create(&state.ports, &actor, new).await?;
    Ok(HttpResponse::Created().json(PublisherCreated {
        publisher: Publisher::with_keys(&publisher, &[], &Revocations::default()),
        token: issued.text.expose().to_owned(),
    }))
}

/// Turn a person's publisher into an organisation
///
/// Others may be members from then on. It is not turned back.
#[utoipa::path(
    tag = "publishers",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "It is an organisation's", body = Publisher),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/publishers/{namespace}/organisation")]
pub(super) async fn make_organisation(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<Publisher>, Problem> {
    let namespace = namespace(&path)?;
    turn_into_organisation(&state.ports, &actor, &namespace).await?;
    shown(&state, &namespace).await
}

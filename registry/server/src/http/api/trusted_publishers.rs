//! `/api/v1/publishers/{namespace}/trusted-publishers`: the workflows that a publisher trusts.

use actix_web::{HttpResponse, delete, get, post, web};
use adx_registry_core::{
    proposal::ProposedAction,
    proposals,
    trusted::{self, TrustedError},
};

use crate::http::{
    caller::{Caller, namespace},
    dto::{NewTrustedPublisher, Proposal, TrustedPublisher, TrustedPublisherList},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// List trusted publishers
///
/// For the publisher, its owners and operators: the workflows whose runs may publish, 32 at most.
#[utoipa::path(
    tag = "trusted publishing",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "The workflows", body = TrustedPublisherList),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token is of another namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/publishers/{namespace}/trusted-publishers")]
pub(super) async fn list_trusted_publishers(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<TrustedPublisherList>, Problem> {
    let found = trusted::list_trusted_publishers(&state.ports, &actor, &namespace(&path)?).await?;
    Ok(web::Json(TrustedPublisherList { trusted_publishers: found.iter().map(TrustedPublisher::from).collect() }))
}

/// Add a trusted publisher
///
/// Owners only: opens a proposal (`add-trusted-publisher`), which is done once enough owners have approved, at once where one is enough.
/// What a run must be is compared exactly, with the repository's number in the place of its name.
#[utoipa::path(
    tag = "trusted publishing",
    params(("namespace" = String, Path, description = "The namespace")),
    request_body = NewTrustedPublisher,
    responses(
        (status = 201, description = "Proposed, or done", body = Proposal),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not the token of an owner of the namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Trusted or proposed already, or too many", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Nothing that a run could be", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/publishers/{namespace}/trusted-publishers")]
pub(super) async fn add_trusted_publisher(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewTrustedPublisher>,
) -> Result<HttpResponse, Problem> {
    let namespace = namespace(&path)?;
    actor.owner_of(&namespace)?;
    let action = ProposedAction::AddTrustedPublisher(body.into_workflow(state.ports.workflows.issuers())?);
    let opened = proposals::open_proposal(&state.ports, &actor, &namespace, action).await?;
    state.commits.announce_work();
    Ok(HttpResponse::Created().json(Proposal::only(&opened)?))
}

/// Remove a trusted publisher
///
/// Owners only; one of them is enough, and all are told by mail. Tokens of its runs count no more.
#[utoipa::path(
    tag = "trusted publishing",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("id" = String, Path, description = "The trusted publisher's id"),
    ),
    responses(
        (status = 204, description = "Not trusted any more"),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not the token of an owner of the namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such trusted publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[delete("/publishers/{namespace}/trusted-publishers/{id}")]
pub(super) async fn remove_trusted_publisher(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let namespace = namespace(&path.0)?;
    actor.owner_of(&namespace)?;
    // What is no id is no trusted publisher's.
    let id = path.1.parse().map_err(|_| TrustedError::NotFound)?;
    trusted::remove_trusted_publisher(&state.ports, &actor, &namespace, id).await?;
    state.commits.announce_work();
    Ok(HttpResponse::NoContent().finish())
}

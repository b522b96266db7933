//! `/api/v1/publishers/{namespace}/proposals`: what owners decide.

use actix_web::{HttpResponse, get, post, web};
use adx_registry_core::{
    Id,
    actor::Actor,
    proposals::{self, Proposals},
};
use adx_signing::name::Namespace;

use crate::http::{
    caller::{Caller, namespace},
    dto::{NewProposal, Proposal, ProposalList},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// List what owners propose
///
/// For the owners of the namespace, its publisher and operators.
#[utoipa::path(
    tag = "owners",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "The proposals", body = ProposalList),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token is of another namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/publishers/{namespace}/proposals")]
pub(super) async fn list_proposals(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<ProposalList>, Problem> {
    let proposals = proposals::list_proposals(&state.ports, &actor, &namespace(&path)?).await?;
    Ok(web::Json(ProposalList::from(&proposals)))
}

/// Read a proposal
#[utoipa::path(
    tag = "owners",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("id" = String, Path, description = "The proposal's id"),
    ),
    responses(
        (status = 200, description = "The proposal", body = Proposal),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token is of another namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such proposal", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/publishers/{namespace}/proposals/{id}")]
pub(super) async fn get_proposal(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
) -> Result<web::Json<Proposal>, Problem> {
    let namespace = namespace(&path.0)?;
    actor.sees_owners_of(&namespace)?;
    let found = proposals::read_proposal(&state.ports, &actor, &namespace, proposal_id(&path.1)?).await?;
    Proposal::only(&found).map(web::Json)
}

/// Open a proposal
///
/// Owners only; whoever opens it has approved it. Once enough owners have, what is about owners is done at once. What is about
/// keys is announced in the log, and made after `recovery_delay_seconds` unless one of the owners objects.
#[utoipa::path(
    tag = "owners",
    params(("namespace" = String, Path, description = "The namespace")),
    request_body = NewProposal,
    responses(
        (status = 201, description = "Opened", body = Proposal),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not the token of an owner of the namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "There is no such key or owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The same is proposed already (`proposal` is its id), or it could not be done", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/publishers/{namespace}/proposals")]
pub(super) async fn open_proposal(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewProposal>,
) -> Result<HttpResponse, Problem> {
    let namespace = namespace(&path)?;
    actor.owner_of(&namespace)?;
    let opened = proposals::open_proposal(
        &state.ports,
        &actor,
        &namespace,
        body.action.into_action(state.ports.workflows.issuers())?,
    )
    .await?;
    state.commits.announce_work();
    Ok(HttpResponse::Created().json(Proposal::only(&opened)?))
}

/// Approve a proposal
///
/// Owners only. Approving twice is no error.
#[utoipa::path(
    tag = "owners",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("id" = String, Path, description = "The proposal's id"),
    ),
    responses(
        (status = 200, description = "Approved", body = Proposal),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not the token of an owner of the namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such proposal", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is not open any more", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/publishers/{namespace}/proposals/{id}/approve")]
pub(super) async fn approve_proposal(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
) -> Result<web::Json<Proposal>, Problem> {
    let (namespace, proposal) = for_owners(&actor, &path)?;
    decided(&state, &proposals::approve_proposal(&state.ports, &actor, &namespace, proposal).await?)
}

/// Object to a proposal, or withdraw it
///
/// Owners only: any of them where it is about keys, open or announced; where it is about owners, whoever opened it. One that is
/// cancelled already is no error.
#[utoipa::path(
    tag = "owners",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("id" = String, Path, description = "The proposal's id"),
    ),
    responses(
        (status = 200, description = "Cancelled", body = Proposal),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not the token of an owner who may", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such proposal", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It has ended", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/publishers/{namespace}/proposals/{id}/cancel")]
pub(super) async fn cancel_proposal(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
) -> Result<web::Json<Proposal>, Problem> {
    let (namespace, proposal) = for_owners(&actor, &path)?;
    decided(&state, &proposals::cancel_proposal(&state.ports, &actor, &namespace, proposal).await?)
}

/// The namespace and the proposal of a path that owners of that namespace may ask for.
fn for_owners<T>(actor: &Actor, (of, id): &(String, String)) -> Result<(Namespace, Id<T>), Problem> {
    let namespace = namespace(of)?;
    actor.owner_of(&namespace)?;
    Ok((namespace, proposal_id(id)?))
}

/// What became of a proposal, with work that may be waiting for it.
fn decided(state: &State, proposals: &Proposals) -> Result<web::Json<Proposal>, Problem> {
    state.commits.announce_work();
    Proposal::only(proposals).map(web::Json)
}

/// What is no id is no proposal's id.
fn proposal_id<T>(text: &str) -> Result<Id<T>, Problem> {
    text.parse().map_err(|_| Problem::not_found("there is no such proposal"))
}

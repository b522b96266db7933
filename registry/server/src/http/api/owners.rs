//! `/api/v1/publishers/{namespace}/owners` and `/api/v1/owners/accept`.

use actix_web::{HttpResponse, get, post, web};
use adx_registry_core::operator_scope::OperatorScope;
use adx_registry_core::owners;

use crate::http::{
    caller::{Caller, namespace},
    dto::{InvitationCode, NewOwner, Owner, OwnerAccepted, OwnerList},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// List the owners of a namespace
///
/// For its owners and operators with their addresses; for its publisher without. Says how long a change of keys that owners
/// announced waits for one of them to object.
#[utoipa::path(
    tag = "owners",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "The owners", body = OwnerList),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token is of another namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/publishers/{namespace}/owners")]
pub(super) async fn list_owners(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<OwnerList>, Problem> {
    let list = owners::list_owners(&state.ports, &actor, &namespace(&path)?).await?;
    Ok(web::Json(OwnerList::from(&list)))
}

/// Invite one of the first owners
///
/// Operators only, and only while nobody has accepted: from then on owners decide (`invite-owner`). Not where the namespace has
/// keys: its first owners are invited on the registry's machine. A code is mailed; whoever is invited again gets another one, and
/// the one before is void.
#[utoipa::path(
    tag = "owners",
    params(("namespace" = String, Path, description = "The namespace")),
    request_body = NewOwner,
    responses(
        (status = 202, description = "Invited; the code is mailed", body = Owner),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The namespace has owners or keys, or enough are invited", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a name, or not an address", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["publishers"]), ("session" = [], "csrf" = [])),
)]
#[post("/publishers/{namespace}/owners")]
pub(super) async fn invite_owner(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewOwner>,
) -> Result<HttpResponse, Problem> {
    actor.operator(OperatorScope::Publishers)?;
    let namespace = namespace(&path)?;
    let (name, email) = (body.name.parse()?, body.email.parse()?);
    let owner = owners::invite_owner(&state.ports, &actor, &namespace, name, email).await?;
    state.commits.announce_work();
    Ok(HttpResponse::Accepted().json(Owner::from(&owner)))
}

/// Accept an invitation
///
/// The code of the mail proves the address, and is good once. The owner's token is shown this once.
#[utoipa::path(
    tag = "owners",
    request_body = InvitationCode,
    responses(
        (status = 201, description = "Accepted", body = OwnerAccepted),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The code is not, or no more, good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/owners/accept")]
pub(super) async fn accept_invitation(
    state: web::Data<State>,
    JsonBody(body): JsonBody<InvitationCode>,
) -> Result<HttpResponse, Problem> {
    let accepted = owners::accept_invitation(&state.ports, &body.code).await?;
    Ok(HttpResponse::Created().json(OwnerAccepted {
        token: accepted.issued.text.expose().to_owned(),
        owner: Owner::from(&accepted.owner),
        namespace: accepted.publisher.namespace.to_string(),
    }))
}

//! `/api/v1/publishers/{namespace}/members`.

use actix_web::{HttpResponse, delete, get, post, put, web};
use adx_registry_core::{Id, members};

use crate::http::{
    caller::{Caller, namespace},
    dto::{Member, MemberList, NewMember, NewRole},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// List the members of a publisher
///
/// For owners and operators with their addresses; for other members and the publisher's tokens without.
#[utoipa::path(
    tag = "owners",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "The members, owners among them", body = MemberList),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not a member", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/publishers/{namespace}/members")]
pub(super) async fn list_members(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<MemberList>, Problem> {
    let list = members::list_members(&state.ports, &actor, &namespace(&path)?).await?;
    Ok(web::Json(MemberList::from(&list)))
}

/// Invite a member
///
/// An owner alone, for every role but owner, which owners propose (`invite-owner`). A code is mailed, with which a person who is
/// signed in accepts; whoever is invited again gets another one, and the one before is void.
#[utoipa::path(
    tag = "owners",
    params(("namespace" = String, Path, description = "The namespace")),
    request_body = NewMember,
    responses(
        (status = 202, description = "Invited; the code is mailed", body = Member),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Owners decide that together; or a member already, or too many, or a person's publisher", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a name, or not an address", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/publishers/{namespace}/members")]
pub(super) async fn invite_member(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewMember>,
) -> Result<HttpResponse, Problem> {
    let namespace = namespace(&path)?;
    actor.owner_of(&namespace)?;
    let (name, email) = (body.name.parse()?, body.email.parse()?);
    let member = members::invite_member(&state.ports, &actor, &namespace, body.role.into(), name, email).await?;
    state.commits.announce_work();
    Ok(HttpResponse::Accepted().json(Member::from(&member)))
}

/// Give a member another role
///
/// An owner alone, unless it makes or unmakes an owner, which owners propose (`change-role`). The tokens that the member made count no
/// more.
#[utoipa::path(
    tag = "owners",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("id" = String, Path, description = "The member's id"),
    ),
    request_body = NewRole,
    responses(
        (status = 200, description = "Changed", body = Member),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such member", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Owners decide that together", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[put("/publishers/{namespace}/members/{id}/role")]
pub(super) async fn change_role(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
    JsonBody(body): JsonBody<NewRole>,
) -> Result<web::Json<Member>, Problem> {
    let namespace = namespace(&path.0)?;
    actor.owner_of(&namespace)?;
    let id = member_id(&path.1)?;
    let member = members::change_role(&state.ports, &actor, &namespace, id, body.role.into()).await?;
    Ok(web::Json(Member::from(&member)))
}

/// Remove a member, or leave
///
/// An owner alone, for every role but owner, which owners propose (`remove-owner`). Whoever asks may leave, unless it is the last owner
/// or more owners must approve than would stay. The tokens that the member made count no more.
#[utoipa::path(
    tag = "owners",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("id" = String, Path, description = "The member's id"),
    ),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Neither an owner nor the member", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such member", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Owners decide that together, or it is the last owner", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[delete("/publishers/{namespace}/members/{id}")]
pub(super) async fn remove_member(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let namespace = namespace(&path.0)?;
    actor.may_see(&namespace, members::Right::SeeMembers)?;
    members::remove_member(&state.ports, &actor, &namespace, member_id(&path.1)?).await?;
    state.commits.announce_work();
    Ok(HttpResponse::NoContent().finish())
}

/// What is no id is no member's id.
fn member_id<T>(text: &str) -> Result<Id<T>, Problem> {
    text.parse().map_err(|_| Problem::not_found("there is no such member"))
}

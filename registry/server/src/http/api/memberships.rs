//! `/api/v1/account/publishers`: what a person is a member of.

use actix_web::{HttpResponse, get, post, web};
use adx_registry_core::members::{self, Invitation};
use secrecy::ExposeSecret as _;

use super::session::personal;
use crate::http::{
    caller::Caller,
    dto::{InvitationCode, MyInvitation, MyPublisher, MyPublisherList, OwnerToken},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// List the publishers of whoever is signed in
///
/// With the invitations to the account's address.
#[utoipa::path(
    tag = "accounts",
    responses(
        (status = 200, description = "The publishers and invitations", body = MyPublisherList),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [])),
)]
#[get("/account/publishers")]
pub(super) async fn list_my_publishers(
    state: web::Data<State>,
    Caller(actor): Caller,
) -> Result<web::Json<MyPublisherList>, Problem> {
    let mine = members::my_publishers(&state.ports, &actor).await?;
    Ok(web::Json(MyPublisherList::from(&mine)))
}

/// Look at an invitation before accepting it
///
/// By the code of its letter: to which publisher, for which role, by whom and until when. Nothing is accepted yet.
#[utoipa::path(
    tag = "accounts",
    request_body = InvitationCode,
    responses(
        (status = 200, description = "The invitation", body = MyInvitation),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The code is not, or no more, good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[post("/account/invitations/look")]
pub(super) async fn look_at_invitation(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<InvitationCode>,
) -> Result<HttpResponse, Problem> {
    let invitation = members::look_at_invitation(&state.ports, &actor, &body.code).await?;
    Ok(personal(HttpResponse::Ok()).json(MyInvitation::from(&invitation)))
}

/// Accept an invitation by the code of its letter
///
/// For any role. The code proves the address, and is good once.
#[utoipa::path(
    tag = "accounts",
    request_body = InvitationCode,
    responses(
        (status = 201, description = "Accepted", body = MyPublisher),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The code is not, or no more, good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "A member already", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[post("/account/invitations/accept")]
pub(super) async fn accept_invitation_by_code(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<InvitationCode>,
) -> Result<HttpResponse, Problem> {
    actor.person()?;
    let accepted = members::accept_with_account(&state.ports, &actor, &Invitation::Code(body.code)).await?;
    Ok(HttpResponse::Created().json(MyPublisher::from(&accepted)))
}

/// Accept an invitation to the account's own address
#[utoipa::path(
    tag = "accounts",
    params(("id" = String, Path, description = "The invitation's id")),
    responses(
        (status = 201, description = "Accepted", body = MyPublisher),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such invitation, or none that is good still", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "A member already", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[post("/account/invitations/{id}/accept")]
pub(super) async fn accept_my_invitation(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    actor.person()?;
    let id = path.parse().map_err(|_| Problem::not_found("there is no such invitation"))?;
    let accepted = members::accept_with_account(&state.ports, &actor, &Invitation::Mine(id)).await?;
    Ok(HttpResponse::Created().json(MyPublisher::from(&accepted)))
}

/// Connect an owner to the account
///
/// Whoever shows an owner's token while signed in is that owner by the session too. The token counts as before.
#[utoipa::path(
    tag = "accounts",
    request_body = OwnerToken,
    responses(
        (status = 200, description = "Connected", body = MyPublisher),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "Not a token of an owner, or one that counts no more", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "A member already, or another account is connected", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[post("/account/publishers/connect")]
pub(super) async fn connect_owner(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<OwnerToken>,
) -> Result<web::Json<MyPublisher>, Problem> {
    actor.person()?;
    let connected = members::connect_owner(&state.ports, &actor, body.token.expose_secret()).await?;
    Ok(web::Json(MyPublisher::from(&connected)))
}

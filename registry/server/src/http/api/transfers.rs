//! `/api/v1/publishers/{namespace}/transfer` and `/api/v1/account/transfers`: giving a namespace to somebody else.

use actix_web::{HttpResponse, delete, get, post, web};
use adx_registry_core::transfers::{self, TransferError};

use super::session::personal;
use crate::http::{
    caller::{Caller, namespace},
    dto::{MyPublisher, OfferCode, OfferedNamespace, Transfer},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Read to whom a namespace is offered
///
/// For its members, its tokens and operators. Owners offer it by a proposal (`transfer`).
#[utoipa::path(
    tag = "owners",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "The offer", body = Transfer),
        (status = 204, description = "It is offered to nobody"),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not a member", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/publishers/{namespace}/transfer")]
pub(super) async fn get_transfer(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    match transfers::read_transfer(&state.ports, &actor, &namespace(&path)?).await {
        Ok((publisher, transfer)) => Ok(HttpResponse::Ok().json(Transfer::of(&publisher, &transfer))),
        // As it is with most: nothing went wrong.
        Err(TransferError::NotOffered(_)) => Ok(HttpResponse::NoContent().finish()),
        Err(refused) => Err(refused.into()),
    }
}

/// Take an offer back
///
/// Any owner alone.
#[utoipa::path(
    tag = "owners",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 204, description = "Taken back"),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "It is not offered", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[delete("/publishers/{namespace}/transfer")]
pub(super) async fn withdraw_transfer(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    transfers::withdraw_transfer(&state.ports, &actor, &namespace(&path)?).await?;
    state.commits.announce_work();
    Ok(HttpResponse::NoContent().finish())
}

/// Look at an offered namespace before accepting it
///
/// By the code of the offer's letter: what is offered, by whom and until when. Nothing is accepted yet.
#[utoipa::path(
    tag = "accounts",
    request_body = OfferCode,
    responses(
        (status = 200, description = "The offer", body = OfferedNamespace),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The code is not, or no more, good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[post("/account/transfers/look")]
pub(super) async fn look_at_transfer(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<OfferCode>,
) -> Result<HttpResponse, Problem> {
    let offered = transfers::look_at_transfer(&state.ports, &actor, &body.code).await?;
    Ok(personal(HttpResponse::Ok()).json(OfferedNamespace::from(&offered)))
}

/// Accept a namespace that is offered
///
/// Whoever accepts is its only owner. Everybody who was a member is one no more, every token counts no more, and what owners proposed is
/// cancelled; keys and releases stay.
#[utoipa::path(
    tag = "accounts",
    request_body = OfferCode,
    responses(
        (status = 201, description = "Accepted", body = MyPublisher),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The code is not, or no more, good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[post("/account/transfers/accept")]
pub(super) async fn accept_transfer(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<OfferCode>,
) -> Result<HttpResponse, Problem> {
    actor.person()?;
    let accepted = transfers::accept_transfer(&state.ports, &actor, &body.code).await?;
    state.commits.announce_work();
    Ok(HttpResponse::Created().json(MyPublisher::from(&accepted)))
}

/// Decline a namespace that is offered
#[utoipa::path(
    tag = "accounts",
    request_body = OfferCode,
    responses(
        (status = 204, description = "Declined"),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The code is not, or no more, good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[post("/account/transfers/decline")]
pub(super) async fn decline_transfer(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<OfferCode>,
) -> Result<HttpResponse, Problem> {
    actor.person()?;
    transfers::decline_transfer(&state.ports, &actor, &body.code).await?;
    state.commits.announce_work();
    Ok(HttpResponse::NoContent().finish())
}

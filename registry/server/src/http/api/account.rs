//! `/api/v1/account`: the account of whoever is signed in, and where else they are; `/api/v1/confirm-address` and
//! `/api/v1/restore-address`.

use actix_web::{HttpResponse, delete, get, post, put, web};
use adx_registry_core::{Id, accounts};
use secrecy::ExposeSecret as _;

use super::session::{personal, signed_out};
use crate::http::{
    browser::Browser,
    caller::Caller,
    dto::{
        AddressCode, NewPersonAddress, NewPersonName, SecondFactorProof, Session, SessionList,
        from_people::{factor, password},
    },
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Erase the account
///
/// Nothing personal is left of it, and every session ends. Asks for the password and, where the account has a second factor, for one of those.
#[utoipa::path(
    tag = "accounts",
    request_body = SecondFactorProof,
    responses(
        (status = 204, description = "Erased"),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is signed in, or a second factor is needed besides", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Wrong password or second factor, without a password and not signed in at the provider just now, without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The last owner of a publisher, no password so far, or browsers would use no passkey for this registry", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[delete("/account")]
pub(super) async fn erase_account(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<SecondFactorProof>,
) -> Result<HttpResponse, Problem> {
    let shown = factor(body.second_factor.as_ref(), body.passkey.as_ref())?;
    accounts::erase_account(&state.ports, &actor, &password(&body.password), shown).await?;
    Ok(signed_out(&state))
}

/// Change what others read of one
///
/// In every publisher that the person is a member of, too.
#[utoipa::path(
    tag = "accounts",
    request_body = NewPersonName,
    responses(
        (status = 204, description = "Changed"),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a name", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[put("/account/name")]
pub(super) async fn change_name(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<NewPersonName>,
) -> Result<HttpResponse, Problem> {
    actor.person()?;
    accounts::change_name(&state.ports, &actor, body.name.parse()?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ask for mail to go to another address
///
/// A letter to that address says how to confirm it, within a day; one to the address so far how to take the account back, within seven days
/// (`POST /api/v1/restore-address`). Says nothing about whether the other address has an account already. Asks for the password and, where
/// the account has a second factor, for one of those.
#[utoipa::path(
    tag = "accounts",
    request_body = NewPersonAddress,
    responses(
        (status = 202, description = "Letters are written"),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is signed in, or a second factor is needed besides", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Wrong password or second factor, without a password and not signed in at the provider just now, without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "No password so far, or browsers would use no passkey for this registry", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not an address, or the account's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts, or letters", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[post("/account/address")]
pub(super) async fn ask_address(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<NewPersonAddress>,
) -> Result<HttpResponse, Problem> {
    actor.person()?;
    let shown = factor(body.second_factor.as_ref(), body.passkey.as_ref())?;
    accounts::ask_address(&state.ports, &actor, body.email.parse()?, &password(&body.password), shown).await?;
    state.commits.announce_work();
    Ok(HttpResponse::Accepted().finish())
}

/// Confirm an address
///
/// With the code of the letter to it, which is good once. Whatever was sent to the address before is good no more.
#[utoipa::path(
    tag = "accounts",
    request_body = AddressCode,
    responses(
        (status = 204, description = "Mail goes there from now on"),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Another site's page", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The code is not, or no more, good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The address has an account by now", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/confirm-address")]
pub(super) async fn confirm_address(
    state: web::Data<State>,
    _: Browser,
    JsonBody(body): JsonBody<AddressCode>,
) -> Result<HttpResponse, Problem> {
    accounts::confirm_address(&state.ports, body.code.expose_secret()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take an account back
///
/// With the code of the letter that said that mail was to go to another address, which is good once. Mail goes to the address again that it
/// was sent to; every session ends, and the password counts no more: a letter says how to set another. Passkeys, one-time passwords and
/// identities that were added since a week before it count no more either.
#[utoipa::path(
    tag = "accounts",
    request_body = AddressCode,
    responses(
        (status = 204, description = "Mail goes there again"),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Another site's page", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The code is not, or no more, good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The address has an account by now", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/restore-address")]
pub(super) async fn restore_address(
    state: web::Data<State>,
    _: Browser,
    JsonBody(body): JsonBody<AddressCode>,
) -> Result<HttpResponse, Problem> {
    accounts::restore_address(&state.ports, body.code.expose_secret()).await?;
    state.commits.announce_work();
    Ok(HttpResponse::NoContent().finish())
}

/// List where one is signed in
#[utoipa::path(
    tag = "accounts",
    responses(
        (status = 200, description = "The sessions, the last one used first", body = SessionList),
        (status = 401, description = "Nobody is signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [])),
)]
#[get("/account/sessions")]
pub(super) async fn list_sessions(state: web::Data<State>, Caller(actor): Caller) -> Result<HttpResponse, Problem> {
    let sessions = accounts::list_sessions(&state.ports, &actor).await?;
    let (_, current) = actor.person()?;
    let sessions = sessions.iter().map(|session| Session::among(session, current)).collect();
    Ok(personal(HttpResponse::Ok()).json(SessionList { sessions }))
}

/// Sign out everywhere else
#[utoipa::path(
    tag = "accounts",
    responses(
        (status = 204, description = "This session is the only one"),
        (status = 401, description = "Nobody is signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[delete("/account/sessions")]
pub(super) async fn end_other_sessions(
    state: web::Data<State>,
    Caller(actor): Caller,
) -> Result<HttpResponse, Problem> {
    accounts::end_other_sessions(&state.ports, &actor).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// End one session
#[utoipa::path(
    tag = "accounts",
    params(("id" = String, Path, description = "The session's id")),
    responses(
        (status = 204, description = "Ended"),
        (status = 401, description = "Nobody is signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[delete("/account/sessions/{id}")]
pub(super) async fn end_session(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    actor.person()?;
    // What is no id is no session's id.
    let id = path.parse::<Id<_>>().map_err(|_| Problem::not_found("there is no such session"))?;
    accounts::end_session(&state.ports, &actor, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

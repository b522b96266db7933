//! `/api/v1/account/password` and `/api/v1/password-reset`: another password.

use actix_web::{HttpResponse, post, put, web};
use adx_registry_core::accounts;
use secrecy::ExposeSecret as _;

use super::session::signed_in_response;
use crate::http::{
    browser::Browser,
    caller::Caller,
    dto::{
        MailAddress, PasswordChange, PasswordReset, SessionState,
        from_people::{factor, password},
    },
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Change the password
///
/// Asks for the one before and, where the account has a second factor, for one of those. Ends every session; the answer sets the cookie
/// of a new one.
#[utoipa::path(
    tag = "accounts",
    request_body = PasswordChange,
    responses(
        (status = 201, description = "Changed, and signed in anew", body = SessionState),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is signed in, or a second factor is needed besides", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Wrong password or second factor, without the session's token, or with a token instead of a session, or there are no passwords here", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "No password so far, or browsers would use no passkey for this registry", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A password that is too easy", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[put("/account/password")]
pub(super) async fn change_password(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<PasswordChange>,
) -> Result<HttpResponse, Problem> {
    let (current, new) = (password(&body.current), password(&body.new));
    let shown = factor(body.second_factor.as_ref(), body.passkey.as_ref())?;
    let signed_in = accounts::change_password(&state.ports, &actor, &current, &new, shown).await?;
    state.commits.announce_work();
    signed_in_response(&state, &signed_in).await
}

/// Ask for a letter with which another password can be set
///
/// Says nothing about whether the address has an account.
#[utoipa::path(
    tag = "accounts",
    request_body = MailAddress,
    responses(
        (status = 202, description = "If there is something to write, it is written"),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Another site's page, or there are no passwords here", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not an address", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many letters", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/password-reset")]
pub(super) async fn ask_reset(
    state: web::Data<State>,
    browser: Browser,
    JsonBody(body): JsonBody<MailAddress>,
) -> Result<HttpResponse, Problem> {
    accounts::ask_reset(&state.ports, &body.email.parse()?, &browser.network).await?;
    state.commits.announce_work();
    Ok(HttpResponse::Accepted().finish())
}

/// Set another password
///
/// With the code of the letter, which is good once. Ends every session; one-time passwords stay on.
#[utoipa::path(
    tag = "accounts",
    request_body = PasswordReset,
    responses(
        (status = 204, description = "Set; sign in with it"),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Another site's page, or there are no passwords here", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The code is not, or no more, good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A password that is too easy", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/password-reset/confirm")]
pub(super) async fn reset_password(
    state: web::Data<State>,
    _: Browser,
    JsonBody(body): JsonBody<PasswordReset>,
) -> Result<HttpResponse, Problem> {
    accounts::reset_password(&state.ports, body.code.expose_secret(), &password(&body.password)).await?;
    state.commits.announce_work();
    Ok(HttpResponse::NoContent().finish())
}

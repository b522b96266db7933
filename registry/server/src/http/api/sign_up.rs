//! `/api/v1/sign-up` and `/api/v1/operator`: new accounts; `/api/v1/account/operator`: the operators' link for an account that is there.

use actix_web::{HttpResponse, post, web};
use adx_registry_core::accounts::{self, AccountError, ClaimOperator, Verification};
use secrecy::ExposeSecret as _;

use super::session::signed_in_response;
use crate::http::{
    browser::Browser,
    caller::Caller,
    dto::{MailAddress, NewAccount, NewOperator, OperatorCode, SessionState, from_people::password},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Ask for an account
///
/// A letter says how to go on. Says nothing about whether the address has an account already. A registry may make accounts for people
/// only whom a publisher has invited (`sign-up-closed`).
#[utoipa::path(
    tag = "accounts",
    request_body = MailAddress,
    responses(
        (status = 202, description = "A letter is written"),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Another site's page, or nobody has invited the address where that is needed, or there are no passwords here", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not an address", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many letters", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/sign-up")]
pub(super) async fn sign_up(
    state: web::Data<State>,
    browser: Browser,
    JsonBody(body): JsonBody<MailAddress>,
) -> Result<HttpResponse, Problem> {
    accounts::sign_up(&state.ports, body.email.parse()?, &browser.network).await?;
    state.commits.announce_work();
    Ok(HttpResponse::Accepted().finish())
}

/// Finish an account
///
/// With the code of the letter, which is good once; signs in.
#[utoipa::path(
    tag = "accounts",
    request_body = NewAccount,
    responses(
        (status = 201, description = "Made, and signed in", body = SessionState),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Another site's page, or there are no passwords here", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The code is not, or no more, good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a name, or a password that is too easy", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/sign-up/verify")]
pub(super) async fn verify(
    state: web::Data<State>,
    browser: Browser,
    JsonBody(body): JsonBody<NewAccount>,
) -> Result<HttpResponse, Problem> {
    let verification = Verification {
        code: body.code.expose_secret().to_owned(),
        name: body.name.parse()?,
        password: password(&body.password),
        device: browser.device,
        replaces: browser.cookie,
    };
    let signed_in = accounts::verify(&state.ports, verification).await?;
    signed_in_response(&state, &signed_in).await
}

/// Become an operator with a new account
///
/// With the code of the link that the registry printed, which is good once; signs in. An account that is there already becomes an
/// operator's by `POST /api/v1/account/operator`.
#[utoipa::path(
    tag = "accounts",
    request_body = NewOperator,
    responses(
        (status = 201, description = "Made, and signed in", body = SessionState),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Another site's page, or there are no passwords here", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The code is not, or no more, good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The address has an account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a name, not an address, or a password that is too easy", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/operator")]
pub(super) async fn claim_operator(
    state: web::Data<State>,
    browser: Browser,
    JsonBody(body): JsonBody<NewOperator>,
) -> Result<HttpResponse, Problem> {
    let claim = ClaimOperator {
        code: body.code.expose_secret().to_owned(),
        email: body.email.parse()?,
        name: body.name.parse()?,
        password: password(&body.password),
        device: browser.device,
        replaces: browser.cookie,
    };
    let signed_in = accounts::claim_operator_link(&state.ports, claim).await.map_err(of_the_link)?;
    signed_in_response(&state, &signed_in).await
}

/// Become an operator with the account one has
///
/// With the code of the link that the registry printed, which is good once. Every session ends but a new one for whoever asks.
#[utoipa::path(
    tag = "accounts",
    request_body = OperatorCode,
    responses(
        (status = 201, description = "An operator, and signed in anew", body = SessionState),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The code is not, or no more, good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "An operator already", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[post("/account/operator")]
pub(super) async fn become_operator(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<OperatorCode>,
) -> Result<HttpResponse, Problem> {
    let signed_in =
        accounts::become_operator(&state.ports, &actor, body.code.expose_secret()).await.map_err(of_the_link)?;
    signed_in_response(&state, &signed_in).await
}

/// The operators' code comes from a command, and not by a letter.
pub(super) fn of_the_link(error: AccountError) -> Problem {
    let is_bad_code = matches!(error, AccountError::BadCode);
    let problem = Problem::from(error);
    if is_bad_code {
        problem.hint(
            "On the machine of the registry, `adx-registry admin link` makes another one; the one before is void then.",
        )
    } else {
        problem
    }
}

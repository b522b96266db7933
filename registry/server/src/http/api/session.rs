//! `/api/v1/session`: signing in and out.

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, delete, get, http::header, post, web};
use adx_registry_core::{
    accounts::{self, SignedIn, authenticate_session, csrf_token, second_factor_state},
    actor::Actor,
    authenticate::AuthenticateError,
};
use secrecy::ExposeSecret as _;

use crate::http::{
    browser::Browser,
    caller::Caller,
    dto::{
        Account, MailAddress, SessionState, SignIn,
        from_people::{factor, password},
    },
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Read who is signed in
///
/// Nobody is no error. The token that comes with it goes into the header `X-CSRF-Token` of every request that changes something.
#[utoipa::path(
    tag = "accounts",
    responses((status = 200, description = "Who is signed in, if anybody is", body = SessionState)),
)]
#[get("/session")]
pub(super) async fn get_session(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let openid = openid(&state);
    let passkeys = state.ports.passkeys.is_some();
    let nobody = SessionState { account: None, csrf_token: None, openid: openid.clone(), passkeys };
    let Some(cookie) = state.cookie.shown(request.headers()) else {
        return Ok(personal(HttpResponse::Ok()).json(nobody));
    };
    match authenticate_session(&state.ports, &cookie).await {
        Ok(Actor::Person { account, .. }) => {
            let second_factor = second_factor_state(&state.ports, &account).await?;
            let (account, csrf_token) = (Some(Account::of(&account, second_factor)), Some(csrf_token(&cookie)));
            Ok(personal(HttpResponse::Ok()).json(SessionState { account, csrf_token, openid, passkeys }))
        }
        Err(AuthenticateError::SessionEnded) => {
            Ok(personal(HttpResponse::Ok()).insert_header((header::SET_COOKIE, state.cookie.clear())).json(nobody))
        }
        Ok(_) => Ok(personal(HttpResponse::Ok()).json(nobody)),
        Err(other) => Err(other.into()),
    }
}

/// Sign in
///
/// Sets the session's cookie. Whoever tries too often waits longer and longer; a letter (`POST /api/v1/session/unlock`) helps.
#[utoipa::path(
    tag = "accounts",
    request_body = SignIn,
    responses(
        (status = 201, description = "Signed in", body = SessionState),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Wrong, or a second factor is needed besides: `methods` says which there are", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Wrong second factor, a disabled account, or another site's page", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The code of the letter is not, or no more, good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Browsers would use no passkey for this registry", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not an address", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/session")]
pub(super) async fn sign_in(
    state: web::Data<State>,
    browser: Browser,
    JsonBody(body): JsonBody<SignIn>,
) -> Result<HttpResponse, Problem> {
    let request = accounts::SignIn {
        email: body.email.parse()?,
        password: password(&body.password),
        second_factor: factor(body.second_factor.as_ref(), body.passkey.as_ref())?,
        unlock: body.unlock.map(|code| code.expose_secret().to_owned()),
        network: browser.network,
        device: browser.device,
        replaces: browser.cookie,
    };
    let signed_in = accounts::sign_in(&state.ports, request).await?;
    signed_in_response(&state, &signed_in).await
}

/// Sign out
#[utoipa::path(
    tag = "accounts",
    responses(
        (status = 204, description = "Signed out"),
        (status = 401, description = "Nobody is signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[delete("/session")]
pub(super) async fn sign_out(state: web::Data<State>, Caller(actor): Caller) -> Result<HttpResponse, Problem> {
    accounts::sign_out(&state.ports, &actor).await?;
    Ok(signed_out(&state))
}

/// Ask for a letter with which one need not wait
///
/// Says nothing about whether the address has an account.
#[utoipa::path(
    tag = "accounts",
    request_body = MailAddress,
    responses(
        (status = 202, description = "If there is something to write, it is written"),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Another site's page", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not an address", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many letters", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/session/unlock")]
pub(super) async fn ask_unlock(
    state: web::Data<State>,
    browser: Browser,
    JsonBody(body): JsonBody<MailAddress>,
) -> Result<HttpResponse, Problem> {
    accounts::ask_unlock(&state.ports, &body.email.parse()?, &browser.network).await?;
    state.commits.announce_work();
    Ok(HttpResponse::Accepted().finish())
}

/// What people call the provider of identities, if there is one.
fn openid(state: &State) -> Option<String> {
    state.ports.identity.as_ref().map(|provider| provider.name().to_owned())
}

/// An answer that is for one person: no cache keeps it.
pub(super) fn personal(mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response
}

/// The answer to whoever has just signed in.
pub(super) async fn signed_in_response(state: &State, signed_in: &SignedIn) -> Result<HttpResponse, Problem> {
    let second_factor = second_factor_state(&state.ports, &signed_in.account).await?;
    let secret = signed_in.secret.expose();
    Ok(personal(HttpResponse::Created()).insert_header((header::SET_COOKIE, state.cookie.set(secret))).json(
        SessionState {
            account: Some(Account::of(&signed_in.account, second_factor)),
            csrf_token: Some(csrf_token(secret)),
            openid: openid(state),
            passkeys: state.ports.passkeys.is_some(),
        },
    ))
}

/// The answer to whoever is signed in no more.
pub(super) fn signed_out(state: &State) -> HttpResponse {
    personal(HttpResponse::NoContent()).insert_header((header::SET_COOKIE, state.cookie.clear())).finish()
}

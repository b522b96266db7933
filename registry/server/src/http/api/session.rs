//! `/api/v1/session`: signing in and out.

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, delete, get, http::header, post, web};
use adx_registry_core::{
    account,
    accounts::{self, SignedIn, csrf_token, is_proven, must_add_second_factor, recognise_session, second_factor_state},
    actor::Actor,
    authenticate::AuthenticateError,
};
use secrecy::ExposeSecret as _;

use crate::http::{
    browser::Browser,
    caller::CallerToBe,
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
    let nobody = nobody(&state);
    let Some(cookie) = state.cookie.shown(request.headers()) else {
        return Ok(personal(HttpResponse::Ok()).json(nobody));
    };
    match recognise_session(&state.ports, &cookie).await {
        Ok(Actor::Person { account, session, .. }) => {
            let somebody = somebody(&state, &account, &session, &cookie).await?;
            Ok(personal(HttpResponse::Ok()).json(somebody))
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
        (status = 403, description = "Wrong second factor, a disabled account, another site's page, or there are no passwords here", body = ProblemBody, content_type = "application/problem+json"),
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
pub(super) async fn sign_out(state: web::Data<State>, CallerToBe(actor): CallerToBe) -> Result<HttpResponse, Problem> {
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
        (status = 403, description = "Another site's page, or there are no passwords here", body = ProblemBody, content_type = "application/problem+json"),
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

/// What is said where nobody is signed in: how one would.
fn nobody(state: &State) -> SessionState {
    SessionState {
        account: None,
        csrf_token: None,
        openid: state.ports.identity.as_ref().map(|provider| provider.name().to_owned()),
        passkeys: state.ports.passkeys.is_some(),
        passwords: state.ports.ways_in.takes_passwords(),
        needs_second_factor: false,
        is_proven: false,
    }
}

/// What is said of whoever is signed in; `secret` is what the cookie holds.
async fn somebody(
    state: &State,
    account: &account::Account,
    session: &account::Session,
    secret: &str,
) -> Result<SessionState, Problem> {
    let second_factor = second_factor_state(&state.ports, account).await?;
    Ok(SessionState {
        account: Some(Account::of(account, second_factor, state.ports.ways_in)),
        csrf_token: Some(csrf_token(secret)),
        needs_second_factor: must_add_second_factor(&state.ports, session, second_factor),
        is_proven: is_proven(&state.ports, session),
        ..nobody(state)
    })
}

/// An answer that is for one person: no cache keeps it.
pub(super) fn personal(mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response
}

/// The answer to whoever has just signed in.
pub(super) async fn signed_in_response(state: &State, signed_in: &SignedIn) -> Result<HttpResponse, Problem> {
    let secret = signed_in.secret.expose();
    let somebody = somebody(state, &signed_in.account, &signed_in.session, secret).await?;
    Ok(personal(HttpResponse::Created()).insert_header((header::SET_COOKIE, state.cookie.set(secret))).json(somebody))
}

/// The answer to whoever is signed in no more.
pub(super) fn signed_out(state: &State) -> HttpResponse {
    personal(HttpResponse::NoContent()).insert_header((header::SET_COOKIE, state.cookie.clear())).finish()
}

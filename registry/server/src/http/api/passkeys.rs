//! `/api/v1/account/passkeys`, and signing in with one.

use actix_web::{HttpResponse, delete, get, http::header, post, put, web};
use adx_registry_core::{
    Id,
    accounts::{self, BegunRound, csrf_token},
};
use secrecy::ExposeSecret as _;

use super::session::personal;
use crate::http::{
    browser::Browser,
    caller::{Caller, CallerToBe},
    dto::{
        NewPasskey, Passkey, PasskeyAdded, PasskeyList, PasskeyRound, PasskeySignIn, PasswordProof, SecondFactorProof,
        from_people::{answer, factor, password},
    },
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// List one's passkeys
#[utoipa::path(
    tag = "accounts",
    responses(
        (status = 200, description = "The passkeys, the oldest first", body = PasskeyList),
        (status = 401, description = "Nobody is signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [])),
)]
#[get("/account/passkeys")]
pub(super) async fn list_passkeys(state: web::Data<State>, Caller(actor): Caller) -> Result<HttpResponse, Problem> {
    let passkeys = accounts::list_passkeys(&state.ports, &actor).await?;
    let passkeys = passkeys.iter().map(Passkey::of).collect();
    Ok(personal(HttpResponse::Ok()).json(PasskeyList { passkeys }))
}

/// Begin to add a passkey
///
/// Gives what the browser hands to the device. Asks for the password and, where the account has a second factor, for a one-time password, a
/// recovery code, or what a passkey signed.
#[utoipa::path(
    tag = "accounts",
    request_body = SecondFactorProof,
    responses(
        (status = 201, description = "What the device is asked", body = PasskeyRound),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is signed in, or a second factor is needed besides", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Wrong password or second factor, without a password and not signed in at the provider just now, without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "As many as there may be, or browsers would use none for this registry", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[post("/account/passkeys")]
pub(super) async fn begin_passkey(
    state: web::Data<State>,
    CallerToBe(actor): CallerToBe,
    JsonBody(body): JsonBody<SecondFactorProof>,
) -> Result<HttpResponse, Problem> {
    let shown = factor(body.second_factor.as_ref(), body.passkey.as_ref())?;
    asked(&accounts::begin_passkey(&state.ports, &actor, &password(&body.password), shown).await?)
}

/// Add a passkey
///
/// With what the device made. Gives recovery codes, once, where the account has none. Ends every session; the answer sets the cookie of a
/// new one.
#[utoipa::path(
    tag = "accounts",
    request_body = NewPasskey,
    responses(
        (status = 200, description = "Added", body = PasskeyAdded),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not what was asked of the device, or too late; without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Added before, as many as there may be, or browsers would use none for this registry", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a name", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[put("/account/passkeys")]
pub(super) async fn add_passkey(
    state: web::Data<State>,
    CallerToBe(actor): CallerToBe,
    JsonBody(body): JsonBody<NewPasskey>,
) -> Result<HttpResponse, Problem> {
    let answer = answer(&body.round, &body.credential);
    let added = accounts::add_passkey(&state.ports, &actor, body.name.parse()?, answer).await?;
    state.commits.announce_work();
    let secret = added.codes.signed_in.secret.expose();
    Ok(personal(HttpResponse::Ok()).insert_header((header::SET_COOKIE, state.cookie.set(secret))).json(PasskeyAdded {
        passkey: Passkey::of(&added.passkey),
        recovery_codes: added.codes.codes.iter().map(|code| code.to_string()).collect(),
        csrf_token: csrf_token(secret),
    }))
}

/// Ask for a passkey's word, to change what signing in takes
///
/// What it signs is good for adding or removing a passkey, for turning one-time passwords on or off, for connecting an identity, for changing
/// the address or the password, and for erasing the account. Asks for the password.
#[utoipa::path(
    tag = "accounts",
    request_body = PasswordProof,
    responses(
        (status = 201, description = "What the device is asked", body = PasskeyRound),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Wrong password, without a password and not signed in at the provider just now, without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The account has no passkey, or browsers would use none for this registry", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[post("/account/passkeys/assertion")]
pub(super) async fn begin_change(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<PasswordProof>,
) -> Result<HttpResponse, Problem> {
    asked(&accounts::begin_change(&state.ports, &actor, &password(&body.password)).await?)
}

/// Remove a passkey
///
/// Asks for the password, and for a one-time password, a recovery code, or what a passkey signed. With the last second factor the
/// recovery codes go as well.
#[utoipa::path(
    tag = "accounts",
    params(("id" = String, Path, description = "The passkey's id")),
    request_body = SecondFactorProof,
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is signed in, or a second factor is needed besides", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Wrong password or second factor, without a password and not signed in at the provider just now, without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such passkey", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Browsers would use no passkey for this registry", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[delete("/account/passkeys/{id}")]
pub(super) async fn remove_passkey(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<SecondFactorProof>,
) -> Result<HttpResponse, Problem> {
    actor.person()?;
    // What is no id is no passkey's id.
    let id = path.parse::<Id<_>>().map_err(|_| Problem::not_found("there is no such passkey"))?;
    let shown = factor(body.second_factor.as_ref(), body.passkey.as_ref())?;
    accounts::remove_passkey(&state.ports, &actor, &password(&body.password), id, shown).await?;
    state.commits.announce_work();
    Ok(HttpResponse::NoContent().finish())
}

/// Begin to sign in with a passkey
///
/// Gives what the browser hands to the device, to whoever knows the password. What it signs is sent with address and password to
/// `POST /api/v1/session`. Attempts are counted as there.
#[utoipa::path(
    tag = "accounts",
    request_body = PasskeySignIn,
    responses(
        (status = 201, description = "What the device is asked", body = PasskeyRound),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A disabled account, another site's page, or there are no passwords here", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The code of the letter is not, or no more, good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The account has no passkey, or browsers would use none for this registry", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not an address", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/session/passkey")]
pub(super) async fn begin_passkey_sign_in(
    state: web::Data<State>,
    browser: Browser,
    JsonBody(body): JsonBody<PasskeySignIn>,
) -> Result<HttpResponse, Problem> {
    let request = accounts::SignIn {
        email: body.email.parse()?,
        password: password(&body.password),
        second_factor: None,
        unlock: body.unlock.map(|code| code.expose_secret().to_owned()),
        network: browser.network,
        device: browser.device,
        replaces: None,
    };
    asked(&accounts::begin_passkey_sign_in(&state.ports, &request).await?)
}

fn asked(begun: &BegunRound) -> Result<HttpResponse, Problem> {
    let options = serde_json::from_str(&begun.options).map_err(|error| Problem::internal(&error))?;
    let round = begun.round.expose().to_owned();
    Ok(personal(HttpResponse::Created()).json(PasskeyRound { round, options }))
}

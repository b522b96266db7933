//! `/api/v1/account/second-factor`: one-time passwords; `/api/v1/account/recovery-codes`.

use actix_web::{HttpResponse, delete, http::header, post, put, web};
use adx_registry_core::accounts::{self, csrf_token};
use secrecy::ExposeSecret as _;

use super::session::personal;
use crate::http::{
    caller::{Caller, CallerToBe},
    dto::{
        NewRecoveryCodes, OneTimePassword, RecoveryCodeList, SecondFactorProof, SecondFactorSeed,
        from_people::{factor, password},
    },
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Begin with one-time passwords
///
/// Gives a seed for the device that shows them, once. They are on when one of them was sent back. Asks for the password and, where the account
/// has a passkey, for what one signed, or a recovery code.
#[utoipa::path(
    tag = "accounts",
    request_body = SecondFactorProof,
    responses(
        (status = 201, description = "The seed", body = SecondFactorSeed),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is signed in, or a second factor is needed besides", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Wrong password or second factor, without a password and not signed in at the provider just now, without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "They are on", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[post("/account/second-factor")]
pub(super) async fn begin_second_factor(
    state: web::Data<State>,
    CallerToBe(actor): CallerToBe,
    JsonBody(body): JsonBody<SecondFactorProof>,
) -> Result<HttpResponse, Problem> {
    let shown = factor(body.second_factor.as_ref(), body.passkey.as_ref())?;
    let begun = accounts::begin_second_factor(&state.ports, &actor, &password(&body.password), shown).await?;
    Ok(personal(HttpResponse::Created())
        .json(SecondFactorSeed { seed: begun.seed.to_string(), otpauth_url: begun.otpauth_url.to_string() }))
}

/// Turn one-time passwords on
///
/// With one of them. Gives recovery codes, once, where the account has none. Ends every session; the answer sets the cookie of a new one.
#[utoipa::path(
    tag = "accounts",
    request_body = OneTimePassword,
    responses(
        (status = 200, description = "On; the recovery codes", body = RecoveryCodeList),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Wrong one-time password, without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Not begun, or on", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[put("/account/second-factor")]
pub(super) async fn confirm_second_factor(
    state: web::Data<State>,
    CallerToBe(actor): CallerToBe,
    JsonBody(body): JsonBody<OneTimePassword>,
) -> Result<HttpResponse, Problem> {
    let shown = body.second_factor.expose_secret();
    let confirmed = accounts::confirm_second_factor(&state.ports, &actor, shown).await?;
    state.commits.announce_work();
    let secret = confirmed.signed_in.secret.expose();
    Ok(personal(HttpResponse::Ok()).insert_header((header::SET_COOKIE, state.cookie.set(secret))).json(
        RecoveryCodeList {
            recovery_codes: confirmed.codes.iter().map(|code| code.to_string()).collect(),
            csrf_token: csrf_token(secret),
        },
    ))
}

/// Turn one-time passwords off
///
/// Asks for the password, and for a one-time password, a recovery code, or what a passkey signed. With the last second factor the
/// recovery codes go as well.
#[utoipa::path(
    tag = "accounts",
    request_body = SecondFactorProof,
    responses(
        (status = 204, description = "Off"),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is signed in, or a second factor is needed besides", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Wrong password or second factor, without a password and not signed in at the provider just now, without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "They are not on", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[delete("/account/second-factor")]
pub(super) async fn remove_second_factor(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<SecondFactorProof>,
) -> Result<HttpResponse, Problem> {
    let shown = factor(body.second_factor.as_ref(), body.passkey.as_ref())?;
    accounts::remove_second_factor(&state.ports, &actor, &password(&body.password), shown).await?;
    state.commits.announce_work();
    Ok(HttpResponse::NoContent().finish())
}

/// Make new recovery codes
///
/// Gives ten, once, in the place of those that the account has. Asks for the password, and for a one-time password, a recovery code, or what a
/// passkey signed.
#[utoipa::path(
    tag = "accounts",
    request_body = SecondFactorProof,
    responses(
        (status = 201, description = "The codes; those before count no more", body = NewRecoveryCodes),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is signed in, or a second factor is needed besides", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Wrong password or second factor, without a password and not signed in at the provider just now, without the session's token, or with a token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The account has no second factor, no password so far, or browsers would use no passkey for this registry", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[post("/account/recovery-codes")]
pub(super) async fn renew_recovery_codes(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<SecondFactorProof>,
) -> Result<HttpResponse, Problem> {
    let shown = factor(body.second_factor.as_ref(), body.passkey.as_ref())?;
    let codes = accounts::renew_recovery_codes(&state.ports, &actor, &password(&body.password), shown).await?;
    state.commits.announce_work();
    let recovery_codes = codes.iter().map(|code| code.to_string()).collect();
    Ok(personal(HttpResponse::Created()).json(NewRecoveryCodes { recovery_codes }))
}

//! `/api/v1/session/openid`: signing in at a provider of identities, and connecting an identity there to an account.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, HeaderValue},
    post, web,
};
use adx_registry_core::{
    accounts::{self, OpenIdAnswer, OpenIdEnd, Visit, authenticate_session},
    actor::Actor,
    authenticate::AuthenticateError,
};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{session::personal, sign_up::of_the_link};
use crate::http::{
    browser::Browser,
    dto::{
        OpenIdAddress, OpenIdStart,
        from_people::{factor, password},
    },
    input::{JsonBody, Query},
    problem::{Problem, ProblemBody},
    state::State,
};

/// Begin to sign in at the provider of identities
///
/// Answers where the browser goes, and sets a cookie that it brings back within ten minutes. In a session, it connects the identity
/// to the person's account: that takes the session's token, the password where there is one, and where the account has a second factor, a
/// one-time password, a recovery code, or what a passkey signed. With `prove`, it shows at the provider that it is the person who is signed in:
/// for ten minutes that stands in for the password of an account without one. With `operator`, whoever signs in becomes an operator.
#[utoipa::path(
    tag = "accounts",
    request_body = OpenIdStart,
    responses(
        (status = 201, description = "Begun", body = OpenIdAddress),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "In a session: a second factor is needed besides; with `prove`: nobody is signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Another site's page; in a session: without its token, a wrong password or second factor, or without a password where the provider was not asked anew", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "There is no provider, or the code of the operators' link is not good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The provider cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/session/openid")]
pub(super) async fn begin_openid(
    state: web::Data<State>,
    request: HttpRequest,
    browser: Browser,
    JsonBody(body): JsonBody<OpenIdStart>,
) -> Result<HttpResponse, Problem> {
    let actor = match &browser.cookie {
        None => Actor::Anonymous,
        Some(secret) => match authenticate_session(&state.ports, secret).await {
            Ok(actor) => {
                state.cookie.refuse_forged(request.method(), request.headers(), secret)?;
                actor
            }
            // What has ended is in nobody's way.
            Err(AuthenticateError::SessionEnded) => Actor::Anonymous,
            Err(other) => return Err(other.into()),
        },
    };
    let begun = match &body.operator {
        Some(_) if body.prove => {
            return Err(Problem::bad_request("the body has both `prove` and `operator`").hint("Send one of them."));
        }
        Some(code) => {
            accounts::begin_openid_as_operator(&state.ports, code.expose_secret()).await.map_err(of_the_link)?
        }
        None if body.prove => accounts::begin_openid_proof(&state.ports, &actor).await?,
        None => {
            let shown = body.password.as_ref().map(password);
            let besides = factor(body.second_factor.as_ref(), body.passkey.as_ref())?;
            accounts::begin_openid(&state.ports, &actor, shown.as_ref(), besides).await?
        }
    };
    Ok(personal(HttpResponse::Created())
        .insert_header((header::SET_COOKIE, state.cookie.set_openid(&begun.sealed)))
        .json(OpenIdAddress { address: begun.address.into() }))
}

/// With what the provider sends the browser back.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Callback {
    /// The code that tells the registry who it was.
    code: Option<String>,
    /// What the registry gave the browser along.
    state: Option<String>,
    /// Why there is no code.
    error: Option<String>,
}

/// Come back from the provider of identities
///
/// For browsers only. Sets the session's cookie and leads to `/account`, or to `/sign-in?refused=WORD` (`/account?refused=WORD` for
/// whoever was signed in). The words: `declined`, `failed`, `unavailable`, `wait`, `unverified`, `address-taken`, `not-invited`,
/// `identity-taken`, `disabled`, `signed-out`, `somebody-else`, `not-anew`, `link-over`.
#[utoipa::path(
    tag = "accounts",
    params(Callback),
    responses(
        (status = 303, description = "To a page", headers(("Location" = String, description = "The page"))),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "There is no provider", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/session/openid/callback")]
pub(super) async fn finish_openid(
    state: web::Data<State>,
    request: HttpRequest,
    Query(callback): Query<Callback>,
) -> Result<HttpResponse, Problem> {
    let answer = OpenIdAnswer {
        sealed: state.cookie.openid_shown(request.headers()),
        state: callback.state,
        code: callback.code,
        error: callback.error,
    };
    let browser = Browser::of(&state, &request);
    let visit = Visit { network: browser.network, device: browser.device, session: browser.cookie };
    let outcome = accounts::finish_openid(&state.ports, answer, &visit).await?;
    let mut response = personal(HttpResponse::SeeOther());
    response
        // The address holds a code.
        .insert_header((header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")))
        .append_header((header::SET_COOKIE, state.cookie.clear_openid()));
    let page = match outcome.end {
        Ok(OpenIdEnd::SignedIn(signed_in)) => {
            response.append_header((header::SET_COOKIE, state.cookie.set(signed_in.secret.expose())));
            state.commits.announce_work();
            "account".to_owned()
        }
        Ok(OpenIdEnd::Connected) => {
            state.commits.announce_work();
            "account".to_owned()
        }
        Ok(OpenIdEnd::Proven) => "account".to_owned(),
        Err(refusal) if outcome.is_connecting => format!("account?refused={}", refusal.as_str()),
        Err(refusal) => format!("sign-in?refused={}", refusal.as_str()),
    };
    Ok(response.insert_header((header::LOCATION, state.ports.page(&page))).finish())
}

//! What whoever takes the money tells, and what only that can change.

use actix_web::{HttpRequest, HttpResponse, post, web};
use adx_registry_core::market::{self, HearError, hear_payments};

use super::orders::order_id;
use crate::http::{
    caller::Caller,
    dto::CardPage,
    problem::{Problem, ProblemBody},
    state::State,
};

/// The header with what shows that Stripe sent it.
const SIGNATURE: &str = "stripe-signature";
/// The largest event that is taken: an invoice with all its lines is some ten KiB.
const MAX_EVENT_BYTES: usize = 512 * 1024;

/// Tell what happened to a payment
///
/// For Stripe, which signs what it sends (`Stripe-Signature`): what is forged or was signed more than five minutes ago changes nothing. Of an event, only what it is about is believed; what happened is asked for there. Told twice, it is done once, and kinds that are about no order are acknowledged.
#[utoipa::path(
    tag = "market",
    params(("Stripe-Signature" = Option<String>, Header, description = "`t=SECONDS,v1=HEX`")),
    request_body(content = serde_json::Value, description = "An event of Stripe's", content_type = "application/json"),
    responses(
        (status = 204, description = "Heard"),
        (status = 400, description = "Not signed by Stripe, not lately, or of the other mode (test or live)", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "This registry is not paid by Stripe", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/payments/stripe/events")]
pub(super) async fn hear_stripe(
    state: web::Data<State>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let body = payload.to_bytes_limited(MAX_EVENT_BYTES).await;
    let body = body
        .map_err(|_| Problem::too_large(format!("an event has at most {MAX_EVENT_BYTES} bytes")))?
        .map_err(|_| Problem::bad_request("the body did not arrive whole").hint("Send it again."))?;
    let signature = request.headers().get(SIGNATURE).and_then(|signature| signature.to_str().ok());
    hear_payments(&state.ports, signature, &body).await.map_err(refused)?;
    state.commits.announce_work();
    Ok(HttpResponse::NoContent().finish())
}

/// Open the page on which the card is changed
///
/// The card that later periods are taken from is kept by whoever takes the money, and changed on a page of theirs. For owners and the role billing.
#[utoipa::path(
    tag = "market",
    params(("id" = String, Path, description = "The id of the order")),
    responses(
        (status = 200, description = "Where it is", body = CardPage),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such order of the caller's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Nothing is taken by itself for it", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/orders/{id}/card")]
pub(super) async fn change_card(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<CardPage>, Problem> {
    actor.somebody()?;
    let page = market::change_card(&state.ports, &actor, order_id(&path)?).await?;
    Ok(web::Json(CardPage { page: page.into() }))
}

fn refused(error: HearError) -> Problem {
    match error {
        HearError::NoProvider => Problem::not_found("this registry is not paid by Stripe"),
        HearError::NotBelieved(reason) => {
            Problem::bad_request(reason.to_string()).hint("Look at `stripe.webhook_secret`, and at the clock.")
        }
        HearError::Store(error) => error.into(),
    }
}

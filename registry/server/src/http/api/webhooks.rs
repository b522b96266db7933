//! `/api/v1/webhooks`: telling others over HTTP what happened.

use actix_web::{HttpResponse, delete, get, post, put, web};
use adx_registry_core::{
    Id,
    actor::Actor,
    webhooks::{self, Event, HookChange, HookUrl, Replay, Wanted, WebhookError},
};

use crate::{
    http::{
        caller::{Caller, namespace},
        dto::{
            DeliveriesQuery, Delivery, DeliveryList, NewReplay, NewWebhook, Replayed, Webhook, WebhookChange,
            WebhookCreated, WebhookList, WebhooksQuery,
        },
        input::{JsonBody, Query, page_size},
        problem::{Problem, ProblemBody},
        refusals::unprocessable,
        state::State,
    },
    webhooks::hook_url,
};

/// Deliveries of a page, unless it is said otherwise.
const PAGE: u32 = 20;

/// List webhooks
///
/// Those of a namespace, for its owners; without one, those of the operators, for operators.
#[utoipa::path(
    tag = "webhooks",
    params(WebhooksQuery),
    responses(
        (status = 200, description = "The webhooks", body = WebhookList),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Neither an operator nor an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["read"]), ("token" = ["webhooks"]), ("session" = [])),
)]
#[get("/webhooks")]
pub(super) async fn list_webhooks(
    state: web::Data<State>,
    Caller(actor): Caller,
    Query(query): Query<WebhooksQuery>,
) -> Result<web::Json<WebhookList>, Problem> {
    let of = query.namespace.as_deref().map(namespace).transpose()?;
    let hooks = webhooks::list_webhooks(&state.ports, &actor, of.as_ref()).await?;
    Ok(web::Json(WebhookList { webhooks: hooks.iter().map(Webhook::from).collect() }))
}

/// Create a webhook
///
/// Of a namespace, by one of its owners; without one, by an operator, who is told of every publisher. What is sent is signed as
/// Standard Webhooks says; the secret is shown this once. At most 16.
#[utoipa::path(
    tag = "webhooks",
    request_body = NewWebhook,
    responses(
        (status = 201, description = "Created", body = WebhookCreated),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Neither an operator nor an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "There are enough", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not an address or an event that can be", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["webhooks"]), ("session" = [], "csrf" = [])),
)]
#[post("/webhooks")]
pub(super) async fn create_webhook(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<NewWebhook>,
) -> Result<HttpResponse, Problem> {
    let new = webhooks::NewWebhook {
        namespace: body.namespace.as_deref().map(namespace).transpose()?,
        url: url(&state, &body.url)?,
        events: events(&body.events)?,
    };
    let (hook, secret) = webhooks::create_webhook(&state.ports, &actor, new).await?;
    Ok(HttpResponse::Created().json(shown(&hook, &secret)))
}

/// Get a webhook
#[utoipa::path(
    tag = "webhooks",
    params(("id" = String, Path, description = "The id of the webhook")),
    responses(
        (status = 200, description = "The webhook", body = Webhook),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Neither an operator nor an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/webhooks/{id}")]
pub(super) async fn get_webhook(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<Webhook>, Problem> {
    actor_may(&actor, Wanted::Look)?;
    let hook = webhooks::read_webhook(&state.ports, &actor, hook_id(&path)?).await?;
    Ok(web::Json(Webhook::from(&hook)))
}

/// Change a webhook
///
/// What is not named stays as it is.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = String, Path, description = "The id of the webhook")),
    request_body = WebhookChange,
    responses(
        (status = 200, description = "Changed", body = Webhook),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Neither an operator nor an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not an address or an event that can be", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[put("/webhooks/{id}")]
pub(super) async fn change_webhook(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<WebhookChange>,
) -> Result<web::Json<Webhook>, Problem> {
    actor_may(&actor, Wanted::Change)?;
    let change = HookChange {
        url: body.url.as_deref().map(|text| url(&state, text)).transpose()?,
        events: body.events.as_deref().map(events).transpose()?,
        enabled: body.enabled,
    };
    let hook = webhooks::change_webhook(&state.ports, &actor, hook_id(&path)?, change).await?;
    state.commits.announce_told();
    Ok(web::Json(Webhook::from(&hook)))
}

/// Remove a webhook
///
/// With what it was sent.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = String, Path, description = "The id of the webhook")),
    responses(
        (status = 204, description = "Removed"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Neither an operator nor an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[delete("/webhooks/{id}")]
pub(super) async fn remove_webhook(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    actor_may(&actor, Wanted::Change)?;
    webhooks::remove_webhook(&state.ports, &actor, hook_id(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Send a test event
///
/// The event `ping`, at once.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = String, Path, description = "The id of the webhook")),
    responses(
        (status = 202, description = "It is sent", body = Delivery),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Neither an operator nor an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is turned off, or too much waits for it", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/webhooks/{id}/ping")]
pub(super) async fn ping_webhook(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    actor_may(&actor, Wanted::Change)?;
    let delivery = webhooks::ping_webhook(&state.ports, &actor, hook_id(&path)?).await?;
    state.commits.announce_told();
    Ok(HttpResponse::Accepted().json(Delivery::from(&delivery)))
}

/// Give a webhook another secret
///
/// The one before signs as well for 24 hours. The new one is shown this once.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = String, Path, description = "The id of the webhook")),
    responses(
        (status = 200, description = "It has another secret", body = WebhookCreated),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Neither an operator nor an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/webhooks/{id}/secret")]
pub(super) async fn rotate_webhook_secret(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<WebhookCreated>, Problem> {
    actor_may(&actor, Wanted::Change)?;
    let (hook, secret) = webhooks::rotate_secret(&state.ports, &actor, hook_id(&path)?).await?;
    Ok(web::Json(shown(&hook, &secret)))
}

/// List what a webhook was sent
///
/// The newest first, with how it went. It is kept for 30 days.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = String, Path, description = "The id of the webhook"), DeliveriesQuery),
    responses(
        (status = 200, description = "The deliveries", body = DeliveryList),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Neither an operator nor an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/webhooks/{id}/deliveries")]
pub(super) async fn list_deliveries(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    Query(query): Query<DeliveriesQuery>,
) -> Result<web::Json<DeliveryList>, Problem> {
    actor_may(&actor, Wanted::Look)?;
    let before = query.before.as_deref().map(str::parse).transpose();
    let before = before.map_err(|_| Problem::bad_request("`before` is not the `next` of a page before"))?;
    let limit = page_size(query.limit, PAGE, webhooks::MAX_DELIVERIES_PAGE)?;
    let page = webhooks::list_deliveries(&state.ports, &actor, hook_id(&path)?, before, limit).await?;
    Ok(web::Json(DeliveryList {
        deliveries: page.deliveries.iter().map(Delivery::from).collect(),
        next: page.next.map(|next| next.to_string()),
    }))
}

/// Send deliveries once more
///
/// One, or all that were made since a time and are kept, with the ids that they had: also those that were taken.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = String, Path, description = "The id of the webhook")),
    request_body = NewReplay,
    responses(
        (status = 202, description = "They are sent", body = Replayed),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Neither an operator nor an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook or delivery", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is turned off", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/webhooks/{id}/replay")]
pub(super) async fn replay_deliveries(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewReplay>,
) -> Result<HttpResponse, Problem> {
    actor_may(&actor, Wanted::Change)?;
    let which = match (body.delivery, body.since) {
        (Some(delivery), None) => Replay::One(delivery.parse().map_err(|_| Problem::from(WebhookError::NoDelivery))?),
        (None, Some(since)) => Replay::Since(since),
        _ => return Err(Problem::bad_request("name one of `delivery` and `since`")),
    };
    let deliveries = webhooks::replay(&state.ports, &actor, hook_id(&path)?, which).await?;
    state.commits.announce_told();
    Ok(HttpResponse::Accepted().json(Replayed { deliveries }))
}

/// Who asks is settled before what they ask: a stranger learns nothing from the other refusals.
fn actor_may(actor: &Actor, wanted: Wanted) -> Result<(), Problem> {
    Ok(webhooks::may_have_any(actor, wanted)?)
}

fn shown(hook: &webhooks::Webhook, secret: &webhooks::HookSecret) -> WebhookCreated {
    WebhookCreated { webhook: Webhook::from(hook), secret: secret.expose().to_string() }
}

fn hook_id(text: &str) -> Result<Id<webhooks::Webhook>, Problem> {
    text.parse().map_err(|_| WebhookError::NotFound.into())
}

fn url(state: &State, text: &str) -> Result<HookUrl, Problem> {
    hook_url(text, &state.ports.webhooks).map_err(|error| WebhookError::Url(error).into())
}

fn events(words: &[String]) -> Result<Vec<Event>, Problem> {
    let events: Result<Vec<Event>, _> = words.iter().map(|word| word.parse()).collect();
    events.map_err(|error| unprocessable("unknown-event", "Unknown event", error.to_string()))
}

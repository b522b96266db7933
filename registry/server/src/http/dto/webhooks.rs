//! Webhooks and what they were sent.

use adx_registry_core::webhooks;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

/// A webhook that is wanted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Whose events it is told. Without it, those of every publisher, as operators may want.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Where it is: `https://…`.
    #[schema(example = "https://example.org/adx")]
    pub url: String,
    /// Which events; all if none is named.
    #[serde(default)]
    #[schema(example = json!(["release.published", "key.added"]))]
    pub events: Vec<String>,
}

/// What a webhook shall be: what is not named stays as it is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChange {
    /// Somewhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Told other events; all if the list is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// On, or off. Turned on, it is sent what waited meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// A webhook.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// Where it is.
    pub url: String,
    /// Which events it is told; all if none is named.
    pub events: Vec<String>,
    /// Whether it is told of every publisher.
    pub of_operators: bool,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Whether it is sent anything.
    pub enabled: bool,
    /// When it was turned off.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<OffsetDateTime>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_for: Option<String>,
    /// Until when what is sent is signed with the secret before as well.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub previous_secret_until: Option<OffsetDateTime>,
}

/// A webhook at the only moment its secret is shown.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WebhookCreated {
    /// The webhook.
    pub webhook: Webhook,
    /// The secret, `whsec_…`, with which what is sent is signed.
    pub secret: String,
}

/// Webhooks.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WebhookList {
    /// In the order they were made.
    pub webhooks: Vec<Webhook>,
}

/// Whose webhooks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WebhooksQuery {
    /// Those of this namespace; without it, those of the operators.
    pub namespace: Option<String>,
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DeliveriesQuery {
    /// Those before: `next` of the page before.
    pub before: Option<String>,
    /// At most so many, 1 to 100.
    #[param(default = 20, minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// How far a delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is due, or will be.
    Waiting,
    /// It is being sent.
    Sending,
    /// The receiver took it.
    Delivered,
    /// It was given up.
    Failed,
}

/// One event for one webhook.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// Its id, which the receiver gets as `webhook-id`.
    pub id: String,
    /// What happened.
    #[schema(example = "release.published")]
    pub event: String,
    /// The entry of the audit log that it tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_seq: Option<u64>,
    /// How far it is.
    pub state: DeliveryState,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it is sent next, while it waits.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub next_at: Option<OffsetDateTime>,
    /// What is sent.
    pub body: String,
    /// How it went, the newest first; the last 20.
    pub attempts: Vec<DeliveryAttempt>,
}

/// How it went once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryAttempt {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The status of the answer, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Deliveries, the newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryList {
    /// The deliveries.
    pub deliveries: Vec<Delivery>,
    /// `before` of the next page, if there may be one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What is sent once more: one of the two.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReplay {
    /// One delivery, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<String>,
    /// Every delivery that was made from then on.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub since: Option<OffsetDateTime>,
}

/// What is sent once more.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Replayed {
    /// How many deliveries.
    pub deliveries: u64,
}

impl From<&webhooks::Webhook> for Webhook {
    fn from(hook: &webhooks::Webhook) -> Self {
        Self {
            id: hook.id.to_string(),
            url: hook.url.to_string(),
            events: hook.events.iter().map(ToString::to_string).collect(),
            of_operators: hook.publisher.is_none(),
            created_at: hook.created_at,
            enabled: hook.disabled.is_none(),
            disabled_at: hook.disabled.as_ref().map(|(at, _)| *at),
            disabled_for: hook.disabled.as_ref().map(|(_, reason)| reason.clone()),
            previous_secret_until: hook.sealed_before.as_ref().map(|(_, until)| *until),
        }
    }
}

impl From<&webhooks::Delivery> for Delivery {
    fn from(delivery: &webhooks::Delivery) -> Self {
        let state = match delivery.state {
            webhooks::DeliveryState::Waiting => DeliveryState::Waiting,
            webhooks::DeliveryState::Leased => DeliveryState::Sending,
            webhooks::DeliveryState::Delivered => DeliveryState::Delivered,
            webhooks::DeliveryState::Failed => DeliveryState::Failed,
        };
        Self {
            id: delivery.id.to_string(),
            event: delivery.event.to_string(),
            audit_seq: delivery.entry,
            state,
            created_at: delivery.created_at,
            next_at: (state == DeliveryState::Waiting).then_some(delivery.run_at),
            body: delivery.body.clone(),
            attempts: delivery.log.iter().map(DeliveryAttempt::from).collect(),
        }
    }
}

impl From<&webhooks::SendAttempt> for DeliveryAttempt {
    fn from(attempt: &webhooks::SendAttempt) -> Self {
        let webhooks::SendAttempt { at, status, duration_ms, error } = attempt;
        Self { at: *at, status: *status, duration_ms: *duration_ms, error: error.clone() }
    }
}

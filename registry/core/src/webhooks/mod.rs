//! Telling others what happened, over HTTP: hooks that owners and operators set up, and deliveries that follow from the audit log.
//!
//! What the audit log tells is what hooks are told: [`announce`] reads it behind a cursor, so that no use case has to say anything twice
//! and nothing is told that was not committed. The form is that of Standard Webhooks.
//! Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

mod announce;
mod deliver;
mod event;
mod hook;
mod manage;
mod places;
mod replay;
mod rights;
mod secret;

use std::time::Duration;

use thiserror::Error;

use crate::actor::Denied;
use crate::ports::{NotOurs, StoreError};
use adx_signing::name::Namespace;

pub use announce::announce;
pub use deliver::{Delivered, claim_delivery, deliver, due_webhooks, sweep_deliveries};
pub use event::{Event, UnknownEvent};
pub use hook::{BadHookUrl, Delivery, DeliveryState, HookUrl, SendAttempt, Webhook};
pub use manage::{
    DeliveryPage, HookChange, MAX_DELIVERIES_PAGE, MAX_WEBHOOKS, NewWebhook, change_webhook, create_webhook,
    list_deliveries, list_webhooks, read_webhook, remove_webhook, rotate_secret,
};
pub(crate) use manage::{of_disabled, remove_all};
pub use places::{DueWebhook, Places};
pub use replay::{Replay, ping_webhook, replay};
pub use rights::{Wanted, may_have_any};
pub use secret::{HookSecret, SECRET_OVERLAP, signatures};

/// How deliveries are retried, and where they may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookRules {
    /// How long one is tried before it is given up.
    pub retry_for: Duration,
    /// The wait before the second attempt; each next one is four times as long, up to twelve hours.
    pub first_retry: Duration,
    /// Whether hooks may be on this machine, and plain http there: for development and tests.
    pub loopback: bool,
}

impl Default for WebhookRules {
    fn default() -> Self {
        Self { retry_for: Duration::from_secs(3 * 24 * 3_600), first_retry: Duration::from_secs(5), loopback: false }
    }
}

/// Why a hook is not shown, or stays as it is.
#[derive(Debug, Error)]
pub enum WebhookError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Nobody owns the namespace.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// There is no such hook, or it is somebody else's. Which of these is nobody's business.
    #[error("there is no such webhook")]
    NotFound,
    /// The hook has no such delivery.
    #[error("the webhook has no such delivery")]
    NoDelivery,
    /// The address is of no use.
    #[error(transparent)]
    Url(#[from] BadHookUrl),
    /// A publisher is never told it.
    #[error(
        "`{0}` is told to operators only; a publisher's webhook may be told {known}",
        known = Event::of_publishers().map(Event::as_str).collect::<Vec<_>>().join(", ")
    )]
    ForOperators(Event),
    /// There are enough.
    #[error("there are at most {MAX_WEBHOOKS} webhooks of one publisher, and as many of the operators")]
    TooMany,
    /// It is turned off.
    #[error("the webhook is turned off")]
    Off,
    /// So much waits for it that no more is taken.
    #[error("{0} deliveries wait for the webhook")]
    Full(u64),
    /// A secret in the database does not open.
    #[error(transparent)]
    Vault(#[from] NotOurs),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

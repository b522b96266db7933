//! Sending once more, and sending to see whether it works.

use serde_json::json;
use time::OffsetDateTime;

use super::announce::{body, delivery};
use super::deliver::{most_wait, room};
use super::manage::{deed, end, lock};
use super::{Delivery, Event, Webhook, WebhookError};
use crate::actor::Actor;
use crate::audit::Act;
use crate::{Id, Ports};

/// What is sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// One delivery.
    One(Id<Delivery>),
    /// Every delivery that was made from then on and is kept.
    Since(OffsetDateTime),
}

/// Sends deliveries once more, with the ids that they had; how many. They may have been taken the first time.
///
/// # Errors
/// [`WebhookError`]; nothing is sent then.
#[tracing::instrument(name = "webhook.replay", skip_all, fields(webhook = %id))]
pub async fn replay(ports: &Ports, actor: &Actor, id: Id<Webhook>, which: Replay) -> Result<u64, WebhookError> {
    let mut transaction = ports.store.begin().await?;
    let replayed = async {
        let (hook, publisher) = lock(&mut *transaction, actor, id).await?;
        if hook.disabled.is_some() {
            return Err(WebhookError::Off);
        }
        let now = ports.now();
        let renewed = match which {
            Replay::One(delivery) => {
                if !transaction.renew_delivery(id, delivery, now).await? {
                    return Err(WebhookError::NoDelivery);
                }
                1
            }
            Replay::Since(since) => transaction.renew_deliveries(id, since, now).await?,
        };
        let deed = deed(Act::WebhookReplay, &hook, publisher.as_ref());
        deed.with(json!({ "deliveries": renewed })).tell(ports, &mut *transaction);
        Ok(renewed)
    }
    .await;
    end(transaction, replayed).await
}

/// Sends the event `ping`.
///
/// # Errors
/// [`WebhookError`]; nothing is sent then.
#[tracing::instrument(name = "webhook.ping", skip_all, fields(webhook = %id))]
pub async fn ping_webhook(ports: &Ports, actor: &Actor, id: Id<Webhook>) -> Result<Delivery, WebhookError> {
    let mut transaction = ports.store.begin().await?;
    let pinged = async {
        let (hook, publisher) = lock(&mut *transaction, actor, id).await?;
        if hook.disabled.is_some() {
            return Err(WebhookError::Off);
        }
        if room(&mut *transaction, &hook).await? == 0 {
            return Err(WebhookError::Full(most_wait(&hook)));
        }
        let namespace = publisher.as_ref().map(|publisher| &publisher.namespace);
        let body = body(Event::Ping, ports.now(), &json!({ "webhook": id, "namespace": namespace }));
        let delivery = delivery(ports, &hook, Event::Ping, None, body);
        transaction.insert_delivery(&delivery).await?;
        deed(Act::WebhookPing, &hook, publisher.as_ref()).tell(ports, &mut *transaction);
        Ok(delivery)
    }
    .await;
    end(transaction, pinged).await
}

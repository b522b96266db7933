//! Sending what is due, and what comes of it.

use time::{Duration, OffsetDateTime};

use super::{Delivery, DeliveryState, DueWebhook, SendAttempt, Webhook, of_disabled, signatures};
use crate::job::Notice;
use crate::ports::{HookRequest, Messenger, StoreError, SystemWrite, Transaction, Written};
use crate::proposals::notify_owners;
use crate::{Id, Ports};

/// How long a delivery belongs to whoever sends it: longer than a send may take.
const LEASE: Duration = Duration::seconds(15);
/// The longest wait before another attempt.
const LONGEST_RETRY: Duration = Duration::hours(12);
/// How much of a wait is left to chance, in hundredths: many that failed together do not come back together.
const JITTER_PERCENT: u32 = 20;
/// How long a delivery that ended is kept.
const KEPT: Duration = Duration::days(30);
/// How many deliveries of one hook are kept.
const MOST_KEPT: u32 = 10_000;
/// How many deliveries wait for one hook of a publisher before it is turned off: stops a receiver that takes less than happens from
/// filling the database.
const MOST_WAIT: u64 = 10_000;
/// The same for a hook of operators, which is told what all publishers do: one of them must not have it turned off.
const MOST_WAIT_FOR_OPERATORS: u64 = 100_000;
/// HTTP: there is nothing any more, and never will be. Source: Standard Webhooks, "Deliverability".
const GONE: u16 = 410;
/// Longest error kept, in bytes.
const MAX_ERROR_BYTES: usize = 500;

/// How a delivery went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// The receiver took it.
    Taken,
    /// It is tried again later.
    Retried,
    /// It was given up, and the hook is off.
    Failed,
    /// The receiver wants nothing any more, and the hook is off.
    Gone,
    /// Somebody else has it, or the hook was removed or turned off meanwhile.
    Lost,
}

/// The hooks to which something is due: [`Places`](super::Places) says whose turn it is.
///
/// # Errors
/// [`StoreError`]
pub async fn due_webhooks(ports: &Ports) -> Result<Vec<DueWebhook>, StoreError> {
    ports.store.read().await?.due_webhooks(ports.now()).await
}

/// Leases the delivery to a hook that is due longest, unless another server has it.
///
/// # Errors
/// [`StoreError`]
pub async fn claim_delivery(ports: &Ports, hook: Id<Webhook>) -> Result<Option<Delivery>, StoreError> {
    let now = ports.now();
    let mut transaction = ports.store.begin().await?;
    let claimed = transaction.claim_delivery(hook, now, now + LEASE).await?;
    transaction.commit(Written::System(SystemWrite::Delivery)).await?;
    Ok(claimed)
}

/// Sends a leased delivery once, and records how that went. What was sent and not recorded is sent again, with the same id.
///
/// # Errors
/// [`StoreError`] if it could not be recorded.
#[tracing::instrument(name = "webhook.deliver", skip_all, fields(delivery = %delivery.id, event = %delivery.event))]
pub async fn deliver(ports: &Ports, messenger: &dyn Messenger, delivery: &Delivery) -> Result<Delivered, StoreError> {
    let hook = ports.store.read().await?.webhook(delivery.webhook).await?;
    let Some(hook) = hook.filter(|hook| hook.disabled.is_none()) else { return Ok(Delivered::Lost) };
    let at = ports.now();
    let answer = match signatures(ports, &hook, delivery.id, at, &delivery.body) {
        Ok(signature) => {
            let (url, body) = (hook.url.clone(), delivery.body.clone());
            let id = delivery.id.to_string();
            let request = HookRequest { url, id, timestamp: at.unix_timestamp(), signature, body };
            messenger.send(&request).await.map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
    };
    let duration_ms = u64::try_from((ports.now() - at).whole_milliseconds()).unwrap_or(0);
    let (status, error) = match answer {
        Ok(status) if (200..300).contains(&status) => (Some(status), None),
        Ok(status) => (Some(status), Some(format!("the receiver answered {status}"))),
        Err(mut error) => {
            error.truncate(error.floor_char_boundary(MAX_ERROR_BYTES));
            (None, Some(error))
        }
    };
    ports.progress.delivered();
    let attempt = SendAttempt { at, status, duration_ms, error };
    record(ports, &hook, delivery, &attempt).await
}

async fn record(
    ports: &Ports,
    hook: &Webhook,
    delivery: &Delivery,
    attempt: &SendAttempt,
) -> Result<Delivered, StoreError> {
    let now = ports.now();
    let next = now + wait(ports, delivery.attempts);
    let retry_for = Duration::try_from(ports.webhooks.retry_for).unwrap_or(Duration::MAX);
    let (state, came) = match attempt {
        SendAttempt { error: None, .. } => (DeliveryState::Delivered, Delivered::Taken),
        SendAttempt { status: Some(GONE), .. } => (DeliveryState::Failed, Delivered::Gone),
        _ if next - delivery.started_at > retry_for => (DeliveryState::Failed, Delivered::Failed),
        _ => (DeliveryState::Waiting, Delivered::Retried),
    };
    let ended = Delivery { state, run_at: next, ..delivery.clone() };
    let mut transaction = ports.store.begin().await?;
    if !transaction.record_attempt(&ended, attempt).await? {
        transaction.rollback().await?;
        return Ok(Delivered::Lost);
    }
    let reason = match came {
        Delivered::Gone => Some("the receiver answered 410: it wants nothing any more"),
        Delivered::Failed => Some("the receiver took nothing for as long as deliveries are tried"),
        Delivered::Taken | Delivered::Retried | Delivered::Lost => None,
    };
    if let Some(reason) = reason {
        turn_off(ports, &mut *transaction, hook, reason).await?;
        tracing::warn!(webhook = %hook.id, reason, "a webhook is turned off");
        transaction.commit(Written::ToldIfChanged).await?;
    } else {
        transaction.commit(Written::System(SystemWrite::Delivery)).await?;
    }
    Ok(came)
}

/// How many more deliveries may wait for a hook.
pub(super) async fn room(transaction: &mut dyn Transaction, hook: &Webhook) -> Result<u64, StoreError> {
    Ok(most_wait(hook).saturating_sub(transaction.waiting_deliveries(hook.id).await?))
}

/// How many deliveries wait for a hook at most.
pub(super) const fn most_wait(hook: &Webhook) -> u64 {
    if hook.publisher.is_some() { MOST_WAIT } else { MOST_WAIT_FOR_OPERATORS }
}

/// Turns off a hook for which no more may wait. What waits is given up: once the hook is on again, its owners say what is sent.
pub(super) async fn turn_off_full(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    hook: &Webhook,
) -> Result<(), StoreError> {
    let reason = "the receiver takes less than happens: too many deliveries waited for it, and were given up";
    turn_off(ports, transaction, hook, reason).await?;
    transaction.give_up_deliveries(hook.id).await?;
    tracing::warn!(webhook = %hook.id, reason, "a webhook is turned off");
    Ok(())
}

/// Turns a hook off, unless it is, and tells its owners.
async fn turn_off(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    hook: &Webhook,
    reason: &str,
) -> Result<(), StoreError> {
    let locked = transaction.lock_webhook(hook.id).await?;
    let Some(hook) = locked.filter(|hook| hook.disabled.is_none()) else { return Ok(()) };
    let disabled = Some((ports.now(), reason.to_owned()));
    let hook = Webhook { disabled, ..hook };
    transaction.update_webhook(&hook).await?;
    let publisher = match hook.publisher {
        Some(publisher) => transaction.publisher(publisher).await?,
        None => None,
    };
    of_disabled(&hook, publisher.as_ref()).tell(ports, transaction);
    match publisher {
        Some(publisher) => {
            notify_owners(ports, transaction, &publisher, Notice::WebhookDisabled { webhook: hook.id }).await
        }
        None => Ok(()),
    }
}

/// The wait after so many attempts: four times as long each, a fifth of it left to chance.
fn wait(ports: &Ports, attempts: u32) -> Duration {
    let first = Duration::try_from(ports.webhooks.first_retry).unwrap_or(LONGEST_RETRY);
    let longer = first.checked_mul(4_i32.saturating_pow(attempts.saturating_sub(1).min(15)));
    let wait = longer.map_or(LONGEST_RETRY, |wait| wait.min(LONGEST_RETRY));
    let mut random = [0];
    ports.entropy.fill(&mut random);
    wait * (100 - JITTER_PERCENT + u32::from(random[0]) * 2 * JITTER_PERCENT / 255) / 100
}

/// Removes deliveries that ended long ago, and what is too much; how many.
///
/// # Errors
/// [`StoreError`]
pub async fn sweep_deliveries(ports: &Ports) -> Result<u64, StoreError> {
    let before: OffsetDateTime = ports.now() - KEPT;
    let mut transaction = ports.store.begin().await?;
    let removed = transaction.sweep_deliveries(before, MOST_KEPT).await?;
    transaction.commit(Written::System(SystemWrite::Sweep)).await?;
    Ok(removed)
}

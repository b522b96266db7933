//! What the provider of payments tells over HTTP.

use thiserror::Error;

use super::settle::settle_order;
use crate::job::{NewJob, Task};
use crate::ports::{About, NotBelieved, StoreError, SystemWrite, Written};
use crate::run_jobs::JobError;
use crate::{Id, Ports};

/// Why nothing was heard.
#[derive(Debug, Error)]
pub enum HearError {
    /// Money is taken by nobody who tells.
    #[error("payments here are told of by nobody")]
    NoProvider,
    /// It is not the provider's.
    #[error(transparent)]
    NotBelieved(#[from] NotBelieved),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes what somebody tells who says to be the provider. Only which order it is about is believed: a job asks the provider how that
/// stands. What was told before, or is about nothing of ours, changes nothing.
///
/// # Errors
/// [`HearError`]; nothing was written then.
#[tracing::instrument(name = "payments.hear", skip_all)]
pub async fn hear_payments(ports: &Ports, signature: Option<&str>, body: &[u8]) -> Result<(), HearError> {
    let collector = ports.payments.collector().ok_or(HearError::NoProvider)?;
    let now = ports.now();
    let heard = collector.hear(signature, body, now)?;
    let task = match heard.about {
        About::Order(order) => Task::SettleOrder { order },
        About::Handle(handle) => Task::FollowPayment { handle },
        About::Nothing => return Ok(()),
    };
    let mut transaction = ports.store.begin().await?;
    if !transaction.note_payment_event(&heard.id, &heard.kind, now).await? {
        // Whoever is answered tells it no more: what was noted before is on disk when this returns.
        transaction.rollback().await?;
        return Ok(());
    }
    transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?;
    transaction.commit(Written::System(SystemWrite::Outbox)).await?;
    tracing::info!(kind = heard.kind, "the provider of payments tells");
    Ok(())
}

/// Finds out which order something of the provider's belongs to, and compares that.
#[tracing::instrument(name = "payments.follow", skip_all)]
pub(crate) async fn follow_payment(ports: &Ports, handle: &str) -> Result<(), JobError> {
    let Some(collector) = ports.payments.collector() else { return Ok(()) };
    let known = ports.store.read().await?.order_paid_by(handle).await?;
    let order = match known {
        Some(order) => Some(order),
        None => collector.order_of(handle).await?,
    };
    match order {
        Some(order) => settle_order(ports, order).await,
        None => Ok(()),
    }
}

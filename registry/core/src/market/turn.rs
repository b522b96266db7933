//! What time does to orders: a job of the worker.

use super::carry_out::{Told, carry_out};
use super::end;
use super::error::MarketError;
use super::order::{Event, Order, OrderState};
use crate::audit::Act;
use crate::ports::{Transaction, Written};
use crate::run_jobs::JobError;
use crate::{Id, Ports};

/// Orders that one job looks at; the next job takes the others.
const MOST_OF_A_JOB: u32 = 1_000;

/// Asks for the next period, freezes what was not paid, ends what is over: each order in a transaction of its own. One that cannot go on
/// holds up no other.
///
/// # Errors
/// [`JobError`]
#[tracing::instrument(name = "order.turn", skip_all)]
pub(crate) async fn turn_orders(ports: &Ports) -> Result<(), JobError> {
    let due = ports.store.read().await?.orders_due(ports.now(), MOST_OF_A_JOB).await?;
    for id in due {
        // Some are behind by several steps.
        loop {
            match turn(ports, id).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(MarketError::Store(error)) => return Err(error.into()),
                Err(error) => {
                    tracing::error!(order = %id, error = %error, "an order cannot go on");
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Whether something has changed.
async fn turn(ports: &Ports, id: Id<Order>) -> Result<bool, MarketError> {
    let mut transaction = ports.store.begin().await?;
    let turned = within(ports, &mut *transaction, id).await;
    end(transaction, Written::ToldIfChanged, turned).await
}

async fn within(ports: &Ports, transaction: &mut dyn Transaction, id: Id<Order>) -> Result<bool, MarketError> {
    let now = ports.now();
    let is_due = |order: &Order| order.next_at().is_some_and(|at| at <= now);
    let Some(placed) = transaction.lock_order(id).await?.filter(|placed| is_due(&placed.order)) else {
        return Ok(false);
    };
    let (next, _) = placed.order.apply(Event::Time, now)?;
    let act = match next.state {
        OrderState::Frozen => Act::OrderFreeze,
        OrderState::Expired => Act::OrderExpire,
        OrderState::Cancelled => Act::OrderEnd,
        _ => Act::OrderRenew,
    };
    carry_out(ports, transaction, placed, Event::Time, &Told::new(act, "job".to_owned())).await?;
    Ok(true)
}

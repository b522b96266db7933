//! What an operator notes of an order: what the bank says of it, and what is given back.

use super::carry_out::{Told, carry_out};
use super::end;
use super::error::MarketError;
use super::ledger::EntryKind;
use super::order::{Event, Order, OrderState, Refused};
use super::placed::{PlacedOrder, ShortText};
use crate::actor::Actor;
use crate::audit::Act;
use crate::money::Money;
use crate::operator_scope::OperatorScope;
use crate::ports::{Transaction, Written};
use crate::reason::Reason;
use crate::submissions::by;
use crate::{Id, Ports};

/// What an operator notes.
#[derive(Debug, Clone)]
pub enum Operation {
    /// The money has come.
    Paid {
        /// What the bank calls it: noted twice, it counts once.
        reference: ShortText,
        /// How much; what is due if nobody says.
        amount: Option<Money>,
    },
    /// The order is not taken.
    Decline(Reason),
    /// What was paid is given back.
    Refund {
        /// What the bank calls it: noted twice, it counts once.
        reference: ShortText,
        /// Why.
        reason: Reason,
    },
    /// The buyer's bank wants the money back.
    Dispute(Reason),
    /// It does not get it.
    DisputeWon(Reason),
    /// It has got it.
    DisputeLost(Reason),
}

/// Notes something as an operator's request.
///
/// # Errors
/// [`MarketError`]; nothing has changed then.
pub async fn operate(
    ports: &Ports,
    actor: &Actor,
    id: Id<Order>,
    operation: &Operation,
) -> Result<PlacedOrder, MarketError> {
    actor.operator(OperatorScope::Orders)?;
    note(ports, by(actor)?, id, operation).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`MarketError`]; nothing has changed then.
pub async fn operate_on_the_machine(
    ports: &Ports,
    id: Id<Order>,
    operation: &Operation,
) -> Result<PlacedOrder, MarketError> {
    note(ports, "machine".to_owned(), id, operation).await
}

#[tracing::instrument(name = "order.operate", skip_all, fields(order = %id))]
async fn note(ports: &Ports, by: String, id: Id<Order>, operation: &Operation) -> Result<PlacedOrder, MarketError> {
    let mut transaction = ports.store.begin().await?;
    let noted = within(ports, &mut *transaction, by, id, operation).await;
    let noted = end(transaction, Written::ToldIfChanged, noted).await?;
    if noted.order.state == OrderState::Refunded {
        // A round is due, which tells of the licence that was taken back.
        ports.progress.logged();
    }
    Ok(noted)
}

async fn within(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    by: String,
    id: Id<Order>,
    operation: &Operation,
) -> Result<PlacedOrder, MarketError> {
    let placed = transaction.lock_order(id).await?.ok_or(MarketError::NoOrder)?;
    let once = match operation {
        Operation::Paid { reference, .. } => Some((EntryKind::Payment, reference)),
        Operation::Refund { reference, .. } => Some((EntryKind::Refund, reference)),
        Operation::Decline(_) | Operation::Dispute(_) | Operation::DisputeWon(_) | Operation::DisputeLost(_) => None,
    };
    if let Some((kind, reference)) = once
        && transaction.has_entry(id, kind, reference.as_str()).await?
    {
        return Ok(placed);
    }
    let due = placed.order.course.due.map(|due| due.total);
    let (act, event) = match operation {
        Operation::Paid { amount, .. } => {
            let amount = amount.or(due).ok_or(Refused::NothingDue)?;
            (Act::OrderPay, Event::Pay(amount))
        }
        Operation::Decline(_) => (Act::OrderDecline, Event::Decline),
        Operation::Refund { .. } => (Act::OrderRefund, Event::Refund),
        Operation::Dispute(_) => (Act::OrderDispute, Event::Dispute),
        Operation::DisputeWon(_) => (Act::OrderSettle, Event::DisputeWon),
        Operation::DisputeLost(_) => (Act::OrderSettle, Event::DisputeLost),
    };
    let reason = match operation {
        Operation::Paid { .. } => None,
        Operation::Decline(reason)
        | Operation::Refund { reason, .. }
        | Operation::Dispute(reason)
        | Operation::DisputeWon(reason)
        | Operation::DisputeLost(reason) => Some(reason.to_string()),
    };
    let reference = once.map(|(_, reference)| reference.to_string());
    carry_out(ports, transaction, placed, event, &Told { act, by, reason, reference }).await
}

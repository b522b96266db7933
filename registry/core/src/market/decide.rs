//! What is asked for is approved, or refused.

use super::access::{has, order_for};
use super::carry_out::{Told, carry_out};
use super::end;
use super::error::MarketError;
use super::order::{Event, Order};
use super::place::exceeded_cap;
use super::placed::PlacedOrder;
use crate::actor::Actor;
use crate::audit::Act;
use crate::members::{Right, Role};
use crate::ports::{Transaction, Written};
use crate::reason::Reason;
use crate::submissions::by;
use crate::{Id, Ports};

/// Approves an order that somebody asked for: it is bought with it. What is beyond what may be spent in a month takes an owner.
///
/// # Errors
/// [`MarketError`]; nothing has changed then.
#[tracing::instrument(name = "order.approve", skip_all, fields(order = %id))]
pub async fn approve_order(ports: &Ports, actor: &Actor, id: Id<Order>) -> Result<PlacedOrder, MarketError> {
    decide(ports, actor, id, None).await
}

/// Refuses it.
///
/// # Errors
/// [`MarketError`]; nothing has changed then.
#[tracing::instrument(name = "order.refuse", skip_all, fields(order = %id))]
pub async fn refuse_order(
    ports: &Ports,
    actor: &Actor,
    id: Id<Order>,
    reason: &Reason,
) -> Result<PlacedOrder, MarketError> {
    decide(ports, actor, id, Some(reason)).await
}

async fn decide(
    ports: &Ports,
    actor: &Actor,
    id: Id<Order>,
    refusal: Option<&Reason>,
) -> Result<PlacedOrder, MarketError> {
    actor.somebody()?;
    let mut transaction = ports.store.begin().await?;
    let decided = within(ports, &mut *transaction, actor, id, refusal).await;
    end(transaction, Written::Told, decided).await
}

async fn within(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    id: Id<Order>,
    refusal: Option<&Reason>,
) -> Result<PlacedOrder, MarketError> {
    let (_, tenant, role) = order_for(transaction, actor, id).await?;
    has(role, Right::Buy)?;
    transaction.lock_tenant(tenant.id).await?;
    let placed = transaction.lock_order(id).await?.ok_or(MarketError::NoOrder)?;
    let Some(reason) = refusal else {
        let due = placed.order.terms.quote(1)?.due();
        if role != Role::Owner
            && let Some(cap) = exceeded_cap(transaction, &tenant, due, ports.now()).await?
        {
            return Err(MarketError::OverCap(cap));
        }
        let told = Told::new(Act::OrderApprove, by(actor)?);
        return carry_out(ports, transaction, placed, Event::Confirm, &told).await;
    };
    let told = Told { reason: Some(reason.to_string()), ..Told::new(Act::OrderRefuse, by(actor)?) };
    carry_out(ports, transaction, placed, Event::Decline, &told).await
}

//! The buyer wants it no more.

use super::access::{has, order_for};
use super::carry_out::{Told, carry_out};
use super::end;
use super::error::MarketError;
use super::order::{Event, Order};
use super::placed::PlacedOrder;
use crate::actor::Actor;
use crate::audit::Act;
use crate::members::Right;
use crate::ports::{Transaction, Written};
use crate::submissions::by;
use crate::{Id, Ports};

/// Cancels an order: one that waits at once, a subscription at the end of what was paid for. Who may buy may, and whoever asked for it as
/// long as nobody has approved it.
///
/// # Errors
/// [`MarketError`]; nothing has changed then.
#[tracing::instrument(name = "order.cancel", skip_all, fields(order = %id))]
pub async fn cancel_order(ports: &Ports, actor: &Actor, id: Id<Order>) -> Result<PlacedOrder, MarketError> {
    actor.somebody()?;
    let mut transaction = ports.store.begin().await?;
    let cancelled = within(ports, &mut *transaction, actor, id).await;
    end(transaction, Written::Told, cancelled).await
}

async fn within(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    id: Id<Order>,
) -> Result<PlacedOrder, MarketError> {
    let (_, tenant, role) = order_for(transaction, actor, id).await?;
    transaction.lock_tenant(tenant.id).await?;
    let placed = transaction.lock_order(id).await?.ok_or(MarketError::NoOrder)?;
    let asker = by(actor)?;
    let is_own = placed.placed_by == asker && placed.order.state == super::order::OrderState::Created;
    if !is_own {
        has(role, Right::Buy)?;
    }
    carry_out(ports, transaction, placed, Event::Cancel, &Told::new(Act::OrderCancel, asker)).await
}

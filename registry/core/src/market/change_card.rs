//! The card that later periods are taken from: whoever takes the money changes it, and not we.

use url::Url;

use super::access::{has, order_for};
use super::checkout::Checkout;
use super::error::MarketError;
use super::order::{Order, OrderState};
use crate::actor::Actor;
use crate::members::Right;
use crate::{Id, Ports};

/// A page of the provider's where the card is changed that later periods are taken from. It is good for some minutes, for whoever has its
/// address. For those who may buy.
///
/// # Errors
/// [`MarketError::NoCard`] where nothing is taken by itself; other [`MarketError`]s.
#[tracing::instrument(name = "order.change_card", skip_all, fields(order = %id))]
pub async fn change_card(ports: &Ports, actor: &Actor, id: Id<Order>) -> Result<Url, MarketError> {
    let mut reader = ports.store.read().await?;
    let (_, _, role) = order_for(&mut *reader, actor, id).await?;
    has(role, Right::Buy)?;
    let opened = reader.checkouts_of(id).await?;
    drop(reader);
    let collector = ports.payments.collector().ok_or(MarketError::NoCard)?;
    collector.change_card(&opened).await?.ok_or(MarketError::NoCard)
}

/// Whether later periods of an order are taken from a card, as far as we know without asking the provider.
pub(super) fn is_by_card(ports: &Ports, order: &Order, opened: &[Checkout]) -> bool {
    let goes_on = matches!(order.state, OrderState::Active | OrderState::Frozen) && !order.course.ends;
    let collector = ports.payments.collector().filter(|_| goes_on);
    collector.is_some_and(|collector| collector.takes_later_ones(&order.terms, opened))
}

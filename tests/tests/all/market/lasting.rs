//! What time does: the next period is asked for, and what is not paid is frozen.

use adx_registry_core::market::cancel_order;
use adx_registry_core::market::entitlement::EntitlementState;
use adx_registry_core::market::invoice::InvoiceState;
use adx_registry_core::market::order::OrderState;

use super::world::{Market, euros, notes};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    a_subscription_goes_on_at_its_price_and_is_frozen_where_it_is_not_paid,
    what_is_cancelled_ends_with_its_month,
    what_nobody_pays_expires,
);

async fn a_subscription_goes_on_at_its_price_and_is_frozen_where_it_is_not_paid(engine: Engine) {
    let market = Market::new(engine).await;
    let bought = market.bought().await;
    let id = bought.order.id;
    market.release("2.0.0", 9_900).await;
    market.pass(17).await;
    let invoices = market.ports.store.read().await.unwrap().invoices_of(id).await.unwrap();
    assert_eq!(invoices.iter().map(|invoice| invoice.total).collect::<Vec<_>>(), [euros(5_700), euros(5_700)]);
    let until = bought.order.course.period.unwrap().until.unwrap();
    assert_eq!((invoices[1].state, invoices[1].due_at), (InvoiceState::Open, until));
    market.letters().await;
    // The month ends, and the grace after it.
    market.pass(14).await;
    assert_eq!(market.state(id).await, OrderState::Active);
    market.pass(14).await;
    assert_eq!(market.state(id).await, OrderState::Frozen);
    let entitlement = market.ports.store.read().await.unwrap().entitlement_of(id).await.unwrap().unwrap();
    assert_eq!((entitlement.state, entitlement.until), (EntitlementState::Frozen, Some(until)));
    assert!(market.letters().await.contains(&("ada@example.org".to_owned(), "shop/notes is frozen".to_owned())));
    let thawed = market.paid(&bought, "bank 2").await.unwrap();
    assert_eq!(thawed.order.state, OrderState::Active);
    let again = market.ports.store.read().await.unwrap().entitlement_of(id).await.unwrap().unwrap();
    assert_eq!((again.id, again.state), (entitlement.id, EntitlementState::InForce));
    assert!(again.until > entitlement.until);
}

async fn what_is_cancelled_ends_with_its_month(engine: Engine) {
    let market = Market::new(engine).await;
    let bought = market.bought().await;
    let id = bought.order.id;
    let cancelled = cancel_order(&market.ports, &market.ada, id).await.unwrap();
    assert_eq!((cancelled.order.state, cancelled.order.course.ends), (OrderState::Active, true));
    market.pass(31).await;
    assert_eq!(market.state(id).await, OrderState::Cancelled);
    let mut reader = market.ports.store.read().await.unwrap();
    assert_eq!(reader.invoices_of(id).await.unwrap().len(), 1, "nothing more was asked for");
    assert_eq!(reader.entitlement_of(id).await.unwrap().unwrap().state, EntitlementState::Ended);
}

async fn what_nobody_pays_expires(engine: Engine) {
    let market = Market::new(engine).await;
    market.office(None).await;
    let placed = market.place(&market.ada, &notes(1), "one").await.unwrap();
    market.pass(29).await;
    assert_eq!(market.state(placed.order.id).await, OrderState::Pending);
    market.pass(1).await;
    assert_eq!(market.state(placed.order.id).await, OrderState::Expired);
    let invoices = market.ports.store.read().await.unwrap().invoices_of(placed.order.id).await.unwrap();
    assert_eq!(invoices.iter().map(|invoice| invoice.state).collect::<Vec<_>>(), [InvoiceState::Void]);
    assert!(market.paid(&placed, "bank 1").await.is_err());
}

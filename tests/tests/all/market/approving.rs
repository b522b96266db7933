//! Who may not buy asks, and who may decides.

use adx_registry_core::market::order::OrderState;
use adx_registry_core::market::{MarketError, approve_order, cancel_order, refuse_order, statement_of_tenant};
use adx_registry_core::members::{Right, Role};

use super::world::{Market, notes};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    who_may_only_ask_is_answered_by_who_may_buy,
    what_is_beyond_the_cap_takes_an_owner,
    what_is_refused_is_not_bought,
);

async fn who_may_only_ask_is_answered_by_who_may_buy(engine: Engine) {
    let market = Market::new(engine).await;
    let ports = &market.ports;
    let office = market.office(None).await;
    let (rita, _) = market.world.member("rita", Role::Reader).await;
    let (bill, _) = market.world.member("bill", Role::Billing).await;
    let (rita, bill) = (rita.actor(ports).await, bill.actor(ports).await);
    market.letters().await;
    let asked = market.place(&rita, &notes(1), "one").await.unwrap();
    assert_eq!(asked.order.state, OrderState::Created);
    let subject = "Somebody asks for shop/notes".to_owned();
    let told = ["ada@example.org", "bill@example.org"].map(|to| (to.to_owned(), subject.clone()));
    assert_eq!(market.letters().await, told, "who only asks decides nothing");
    let refused = approve_order(ports, &rita, asked.order.id).await;
    assert!(matches!(refused, Err(MarketError::Role { role: Role::Reader, right: Right::Buy })), "{refused:?}");
    let refused = statement_of_tenant(ports, &rita, &office.name, None).await;
    assert!(matches!(refused, Err(MarketError::Role { .. })), "{refused:?}");
    let approved = approve_order(ports, &bill, asked.order.id).await.unwrap();
    assert_eq!(approved.order.state, OrderState::Pending);
    let again = approve_order(ports, &bill, asked.order.id).await;
    assert!(matches!(again, Err(MarketError::Refused(_))), "{again:?}");
    let refused = cancel_order(ports, &rita, asked.order.id).await;
    assert!(matches!(refused, Err(MarketError::Role { .. })), "it is bought: {refused:?}");
    // Whoever has left may nothing more, whatever the session says.
    let own = market.place(&rita, &notes(2), "two").await.unwrap();
    assert_eq!(cancel_order(ports, &rita, own.order.id).await.unwrap().order.state, OrderState::Cancelled);
}

async fn what_is_beyond_the_cap_takes_an_owner(engine: Engine) {
    let market = Market::new(engine).await;
    let ports = &market.ports;
    market.office(Some(4_000)).await;
    let (bill, _) = market.world.member("bill", Role::Billing).await;
    let bill = bill.actor(ports).await;
    let within = market.place(&bill, &notes(2), "one").await.unwrap();
    assert_eq!(within.order.state, OrderState::Pending, "38 of 40 euros");
    let beyond = market.place(&bill, &notes(1), "two").await.unwrap();
    assert_eq!(beyond.order.state, OrderState::Created, "57 of 40 euros");
    let refused = approve_order(ports, &bill, beyond.order.id).await;
    assert!(matches!(refused, Err(MarketError::OverCap(_))), "{refused:?}");
    assert_eq!(approve_order(ports, &market.ada, beyond.order.id).await.unwrap().order.state, OrderState::Pending);
    // What need not be paid does not count, nor what was asked for in another month.
    let next = market.place(&bill, &notes(1), "three").await.unwrap();
    market.pass(28).await;
    assert_eq!(approve_order(ports, &bill, next.order.id).await.unwrap().order.state, OrderState::Pending);
}

async fn what_is_refused_is_not_bought(engine: Engine) {
    let market = Market::new(engine).await;
    let ports = &market.ports;
    market.office(None).await;
    let (max, _) = market.world.member("max", Role::Maintainer).await;
    let max = max.actor(ports).await;
    let asked = market.place(&max, &notes(1), "one").await.unwrap();
    market.tick();
    let reason = "we have another".parse().unwrap();
    let refused = refuse_order(ports, &market.ada, asked.order.id, &reason).await.unwrap();
    assert_eq!(refused.order.state, OrderState::Declined);
    let events = ports.store.read().await.unwrap().order_events(asked.order.id).await.unwrap();
    let told: Vec<_> = events.iter().map(|event| (event.what.as_str(), event.reason.as_deref())).collect();
    assert_eq!(told, [("order.place", None), ("order.refuse", Some("we have another"))]);
    assert!(ports.store.read().await.unwrap().entitlement_of(asked.order.id).await.unwrap().is_none());
}

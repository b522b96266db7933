//! The licences of what is bought: signed with the order, leased to whoever shows one, and taken back with the money.

use std::sync::Arc;

use adx_registry::world::FileVault;
use adx_registry_core::Ports;
use adx_registry_core::actor::Actor;
use adx_registry_core::licences::LicenceKeyError;
use adx_registry_core::market::order::OrderState;
use adx_registry_core::market::price::Wish;
use adx_registry_core::market::{LicenceForm, MarketError, NewOrder, Operation, Shown};
use adx_registry_core::market::{lease, licence, operate_on_the_machine};
use adx_signing::licence::{Authority, Kind, LicenceError, LicenceKey, Verified, armour, verify};
use adx_signing::name::{ModuleId, TenantId};
use adx_signing::utc::UtcSecond;
use time::Duration;

use super::world::{Market, notes};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    what_is_paid_has_a_licence_that_agents_read,
    nothing_is_paid_where_no_licence_can_be_signed,
    whoever_shows_a_licence_gets_what_was_paid_for_since,
    what_is_given_back_is_taken_back_for_everybody,
    a_licence_from_before_there_were_any_is_signed_when_it_is_asked_for,
);

fn office() -> TenantId {
    "office".parse().unwrap()
}

fn module() -> ModuleId {
    "shop/notes".parse().unwrap()
}

/// What agents know of the registry's licences after the next round.
async fn authority(ports: &Ports) -> Authority {
    let mut reader = ports.store.read().await.unwrap();
    let keys = reader.licence_keys().await.unwrap();
    let revoked = reader.revoked_licences().await.unwrap();
    let registry = keys[0].registry.clone();
    Authority { registry, keys: keys.into_iter().map(|key| LicenceKey { public: key.public }).collect(), revoked }
}

async fn read(ports: &Ports, token: &str) -> Verified {
    verify(token, &authority(ports).await).unwrap()
}

async fn given(market: &Market, actor: &Actor) -> Result<String, MarketError> {
    licence(&market.ports, actor, &office(), &module(), LicenceForm::Token).await
}

async fn leased(market: &Market, shown: &str) -> Result<String, MarketError> {
    lease(&market.ports, Shown::Licence(shown), &office(), &module()).await
}

async fn what_is_paid_has_a_licence_that_agents_read(engine: Engine) {
    let market = Market::new(engine).await;
    market.office(None).await;
    let placed = market.place(&market.ada, &notes(3), "one").await.unwrap();
    let none = given(&market, &market.ada).await;
    assert!(matches!(none, Err(MarketError::NoLicence { .. })), "{none:?}");
    let paid = market.paid(&placed, "bank 1").await.unwrap();
    let token = given(&market, &market.ada).await.unwrap();
    let verified = read(&market.ports, &token).await;
    let licence_of = verified.licence();
    assert_eq!((&licence_of.tenant, &licence_of.module), (&office(), &module()));
    assert_eq!((licence_of.kind, licence_of.seats), (Kind::Subscription, Some(3)));
    let until = paid.order.course.period.unwrap().until.map(UtcSecond::from);
    assert_eq!((licence_of.until, verified.lease_until()), (until, None));
    assert_eq!(licence_of.grace, 14 * 86_400, "for as long as the next month may be paid late");
    let kept = market.ports.store.read().await.unwrap().entitlement_of(placed.order.id).await.unwrap().unwrap();
    assert_eq!((kept.token.as_deref(), kept.licence_id()), (Some(&*token), licence_of.id));

    let file = licence(&market.ports, &market.ada, &office(), &module(), LicenceForm::File).await.unwrap();
    assert_eq!(armour::read(&file, &authority(&market.ports).await).unwrap().0, token);
    let eve = market.world.person("eve").await.actor(&market.ports).await;
    let refused = given(&market, &eve).await;
    assert!(matches!(refused, Err(MarketError::NoTenant(_))), "{refused:?}");
    let trial = NewOrder { wish: Wish { trial: true, seats: None }, ..notes(1) };
    market.place(&market.ada, &trial, "two").await.unwrap();
    assert_eq!(given(&market, &market.ada).await.unwrap(), token, "of several, the one that lasts longest");
}

async fn nothing_is_paid_where_no_licence_can_be_signed(engine: Engine) {
    let market = Market::new(engine).await;
    market.office(None).await;
    let placed = market.place(&market.ada, &notes(1), "one").await.unwrap();
    // Restored without the key that sealed the licence key, and not started since.
    let ports = Ports { vault: Arc::new(FileVault::of(&[9; 32])), ..market.ports.clone() };
    let paid = Operation::Paid { reference: "bank 1".parse().unwrap(), amount: None };
    let refused = operate_on_the_machine(&ports, placed.order.id, &paid).await;
    assert!(matches!(refused, Err(MarketError::Licence(LicenceKeyError::Sealed { .. }))), "{refused:?}");
    assert_eq!(market.order(placed.order.id).await, placed);
    let kept = market.ports.store.read().await.unwrap().entitlement_of(placed.order.id).await.unwrap();
    assert_eq!(kept, None);
    assert_eq!(market.paid(&placed, "bank 1").await.unwrap().order.state, OrderState::Active, "it was not noted");
}

async fn whoever_shows_a_licence_gets_what_was_paid_for_since(engine: Engine) {
    let market = Market::new(engine).await;
    let bought = market.bought().await;
    let first = given(&market, &market.ada).await.unwrap();
    let now = UtcSecond::from(market.ports.now());
    let until_of_first = read(&market.ports, &first).await.licence().until.unwrap();
    let lease_of_it = leased(&market, &first).await.unwrap();
    let verified = read(&market.ports, &lease_of_it).await;
    assert_eq!(verified.lease_until(), Some(now.after(Duration::days(7))));
    assert_eq!(verified.licence(), read(&market.ports, &first).await.licence());

    market.pass(17).await;
    market.paid(&bought, "bank 2").await.unwrap();
    // Both are from before, and the lease is over.
    for shown in [&first, &lease_of_it] {
        let next = read(&market.ports, &leased(&market, shown).await.unwrap()).await;
        assert!(next.licence().until.unwrap() > until_of_first, "{next:?}");
        assert_eq!(next.licence().id, verified.licence().id);
    }
    // What is not paid is leased no more, and is again when it is.
    market.pass(31 + 28 + 15).await;
    assert_eq!(market.state(bought.order.id).await, OrderState::Frozen);
    let frozen = leased(&market, &first).await;
    assert!(matches!(frozen, Err(MarketError::NoLicence { .. })), "{frozen:?}");
    market.paid(&bought, "bank 3").await.unwrap();
    leased(&market, &lease_of_it).await.unwrap();

    let ports = &market.ports;
    let (tenant, other): (_, ModuleId) = (office(), "shop/other".parse().unwrap());
    let refused = lease(ports, Shown::Licence(&first), &tenant, &other).await;
    assert!(matches!(refused, Err(MarketError::NoLicence { .. })), "{refused:?}");
    let refused = lease(ports, Shown::Licence(&first), &"others".parse().unwrap(), &module()).await;
    assert!(matches!(refused, Err(MarketError::NoTenant(_))), "{refused:?}");
    let cut = &first[..first.len() - 3];
    for forged in [cut, "a.b.c", ""] {
        let refused = leased(&market, forged).await;
        let is_refused =
            matches!(&refused, Err(MarketError::NotBelieved(LicenceError::Signature | LicenceError::Malformed { .. })));
        assert!(is_refused, "{forged}: {refused:?}");
    }
    let refused = lease(ports, Shown::Actor(&Actor::Anonymous), &tenant, &module()).await;
    assert!(matches!(refused, Err(MarketError::Denied(_))), "{refused:?}");
    lease(ports, Shown::Actor(&market.ada), &tenant, &module()).await.unwrap();
}

async fn what_is_given_back_is_taken_back_for_everybody(engine: Engine) {
    let market = Market::new(engine).await;
    let bought = market.bought().await;
    let token = given(&market, &market.ada).await.unwrap();
    let id = read(&market.ports, &token).await.licence().id;
    let before = market.ports.store.read().await.unwrap().revocations_revision().await.unwrap();
    let reason = "it does not do what it says".parse().unwrap();
    let refund = Operation::Refund { reference: "bank 2".parse().unwrap(), reason };
    operate_on_the_machine(&market.ports, bought.order.id, &refund).await.unwrap();
    let told = authority(&market.ports).await;
    let revoked = &told.revoked[&id];
    assert_eq!((revoked.at, told.revoked.len()), (UtcSecond::from(market.ports.now()), 1));
    assert!(!revoked.reason.contains("what it says"), "what the buyer is told is for the buyer: {revoked:?}");
    assert!(market.ports.store.read().await.unwrap().revocations_revision().await.unwrap() > before);
    for refused in [given(&market, &market.ada).await, leased(&market, &token).await] {
        assert!(matches!(refused, Err(MarketError::NoLicence { .. })), "{refused:?}");
    }
    // Bought anew it is another licence, which is not for whoever has the one before.
    let again = market.place(&market.ada, &notes(1), "two").await.unwrap();
    market.paid(&again, "bank 3").await.unwrap();
    let refused = leased(&market, &token).await;
    assert!(matches!(refused, Err(MarketError::NoLicence { .. })), "{refused:?}");
    assert_ne!(read(&market.ports, &given(&market, &market.ada).await.unwrap()).await.licence().id, id);
}

async fn a_licence_from_before_there_were_any_is_signed_when_it_is_asked_for(engine: Engine) {
    let market = Market::new(engine).await;
    let bought = market.bought().await;
    let token = given(&market, &market.ada).await.unwrap();
    let mut transaction = market.ports.store.begin().await.unwrap();
    let mut kept = transaction.entitlement_of(bought.order.id).await.unwrap().unwrap();
    kept.token = None;
    transaction.put_entitlement(&kept).await.unwrap();
    transaction.commit(adx_registry_core::ports::Written::SAMPLE).await.unwrap();
    let signed = given(&market, &market.ada).await.unwrap();
    assert_eq!(read(&market.ports, &signed).await.licence(), read(&market.ports, &token).await.licence());
}

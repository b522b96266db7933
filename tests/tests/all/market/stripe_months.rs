//! Paid by Stripe, or by a program that stands for it, over the months that a clock of the test's own lets pass. Nothing is told: all of it
//! is learned by comparing.

use std::sync::Arc;

use adx_registry::payments::{ByStripe, StripeSettings};
use adx_registry_core::Id;
use adx_registry_core::market::entitlement::EntitlementState;
use adx_registry_core::market::ledger::EntryKind;
use adx_registry_core::market::order::{Order, OrderState};
use adx_registry_core::market::price::Wish;
use adx_registry_core::market::{
    NewOrder, cancel_order, change_card, create_coupon, look_at_order, statement_of_tenant,
};
use adx_registry_core::ports::NextStep;
use adx_tests::stripe::{CARD, DECLINED, SECRET_KEY, Stripe, WEBHOOK_SECRET};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::Value;

use super::buying::{coupon, owner_of_shop};
use super::world::{Market, euros, notes};
use crate::engines::{Engine, on_every_engine};
use crate::submissions::stage::text;

on_every_engine!(
    a_module_is_tried_taken_frozen_thawed_and_left,
    what_changes_in_between_is_paid_period_by_period,
    what_a_bank_wants_back_freezes_until_it_has_decided,
);

/// A market whose money Stripe takes.
struct Shop {
    market: Market,
    stripe: Stripe,
}

impl Shop {
    async fn open(engine: Engine) -> Option<Self> {
        let made = async move {
            let stripe = Stripe::start().await?;
            let settings = StripeSettings {
                secret_key: SecretString::from(SECRET_KEY),
                webhook_secret: SecretString::from(WEBHOOK_SECRET),
                api_url: stripe.url.parse().unwrap(),
                public_url: "https://registry.example.org".parse().unwrap(),
            };
            let mut market = Market::new(engine).await;
            market.pay_by(Arc::new(ByStripe::new(&settings).unwrap()));
            market.office(None).await;
            Some(Self { market, stripe })
        };
        // It is large, and is waited for in many places.
        Box::pin(made).await
    }

    async fn order(&self, new: &NewOrder, key: &str) -> Id<Order> {
        self.market.place(&self.market.ada, new, key).await.unwrap().order.id
    }

    async fn step(&self, id: Id<Order>) -> NextStep {
        let page = look_at_order(&self.market.ports, &self.market.ada, id).await.unwrap();
        page.next_step.expect("something is to be paid")
    }

    /// Where the open invoice is paid.
    async fn page(&self, id: Id<Order>) -> String {
        self.step(id).await.page.expect("a page").into()
    }

    /// Pays the open invoice, and compares.
    async fn pay(&self, id: Id<Order>) -> String {
        let page = self.page(id).await;
        assert!(self.stripe.pay(&page, CARD).await);
        self.market.tick();
        self.market.reconcile().await;
        page
    }

    async fn stands(&self, id: Id<Order>) -> (OrderState, EntitlementState) {
        let held = self.market.ports.store.read().await.unwrap().entitlement_of(id).await.unwrap();
        (self.market.state(id).await, held.expect("a licence").state)
    }

    async fn period(&self, id: Id<Order>) -> u32 {
        self.market.order(id).await.order.course.period.expect("a period").number
    }

    async fn subscription(&self, id: &str) -> Value {
        self.stripe.call(Method::GET, &format!("subscriptions/{id}"), &[]).await.1
    }

    /// Kinds and amounts of what the tenant's account says.
    async fn books(&self) -> Vec<(EntryKind, i64)> {
        let office = "office".parse().unwrap();
        let statement = statement_of_tenant(&self.market.ports, &self.market.ada, &office, None).await.unwrap();
        statement.lines.iter().map(|line| (line.kind, line.amount.minor)).collect()
    }

    fn assert_understood(&self) {
        assert_eq!(self.stripe.refused(), Vec::<String>::new(), "what Stripe's description does not allow");
    }
}

async fn a_module_is_tried_taken_frozen_thawed_and_left(engine: Engine) {
    let Some(shop) = Shop::open(engine).await else { return };
    let market = &shop.market;
    let trial = NewOrder { wish: Wish { trial: true, seats: None }, ..notes(1) };
    let tried = shop.order(&trial, "try").await;
    assert_eq!(shop.stands(tried).await, (OrderState::Active, EntitlementState::InForce));
    market.pass(14).await;
    assert_eq!(shop.stands(tried).await, (OrderState::Expired, EntitlementState::Ended));

    let id = shop.order(&notes(3), "buy").await;
    let page = shop.page(id).await;
    assert!(!shop.stripe.pay(&page, DECLINED).await);
    market.reconcile().await;
    assert_eq!(market.state(id).await, OrderState::Pending, "a card that is declined pays nothing");
    assert_eq!(shop.pay(id).await, page, "it is open until it is paid");
    assert_eq!(shop.stands(id).await, (OrderState::Active, EntitlementState::InForce));
    let subscription = text(&shop.stripe.session(&page)["subscription"]).to_owned();

    // The next month is asked for, which Stripe takes by itself, and cannot.
    market.pass(17).await;
    let step = shop.step(id).await;
    assert!(step.instructions.contains("nothing is to be done") && step.page.is_none(), "{step:?}");
    shop.stripe.change_card(&subscription, DECLINED).await;
    let invoice = shop.stripe.renew(&subscription).await;
    market.reconcile().await;
    let step = shop.step(id).await;
    assert!(step.instructions.contains("57.00 EUR could not be taken"), "{step:?}");
    assert_eq!(step.page.unwrap().as_str(), format!("https://invoice.example/i/{invoice}"));
    market.pass(14).await;
    assert_eq!(shop.stands(id).await, (OrderState::Active, EntitlementState::InForce), "there is some grace");
    market.pass(14).await;
    assert_eq!(shop.stands(id).await, (OrderState::Frozen, EntitlementState::Frozen));

    // Another card pays it.
    let portal = change_card(&market.ports, &market.ada, id).await.unwrap();
    assert!(portal.as_str().starts_with("https://billing.example/p/session/cus_"), "{portal}");
    shop.stripe.change_card(&subscription, CARD).await;
    assert!(shop.stripe.collect(&invoice).await);
    for _ in 0..2 {
        market.reconcile().await;
        assert_eq!(shop.stands(id).await, (OrderState::Active, EntitlementState::InForce));
    }
    assert_eq!(shop.period(id).await, 2);

    // What is cancelled here ends there with what was paid for.
    market.tick();
    cancel_order(&market.ports, &market.ada, id).await.unwrap();
    market.work().await;
    let known = shop.subscription(&subscription).await;
    assert_eq!((&known["status"], &known["cancel_at_period_end"]), (&"active".into(), &true.into()), "{known}");
    market.pass(32).await;
    assert_eq!(shop.stands(id).await, (OrderState::Cancelled, EntitlementState::Ended));
    assert_eq!(shop.subscription(&subscription).await["status"], "canceled");
    let month = [(EntryKind::Invoice, 5_700), (EntryKind::Payment, -5_700)];
    assert_eq!(shop.books().await, [month, month].concat());
    shop.assert_understood();
}

async fn what_changes_in_between_is_paid_period_by_period(engine: Engine) {
    let Some(shop) = Shop::open(engine).await else { return };
    let market = &shop.market;
    let sue = owner_of_shop(market).await;
    create_coupon(&market.ports, &sue, &"shop".parse().unwrap(), coupon("SPRING", 2_500)).await.unwrap();
    let id = shop.order(&NewOrder { coupon: Some("SPRING".parse().unwrap()), ..notes(2) }, "buy").await;
    let first = shop.pay(id).await;
    assert_eq!(shop.stands(id).await, (OrderState::Active, EntitlementState::InForce));
    assert_eq!(shop.stripe.session(&first)["subscription"], Value::Null, "what costs less once is no subscription");
    let shown = look_at_order(&market.ports, &market.ada, id).await.unwrap();
    assert!(!shown.by_card && shown.next_step.is_none());
    market.pass(17).await;
    // A page that nobody used closes, and another is opened.
    let page = shop.page(id).await;
    shop.stripe.expire(&page);
    market.pass(2).await;
    let other = shop.page(id).await;
    assert!(other != page && page != first, "{first} {page} {other}");
    assert_eq!(shop.pay(id).await, other);
    assert_eq!((shop.stands(id).await.0, shop.period(id).await), (OrderState::Active, 2));
    let paid = market.order(id).await.order.course.paid.unwrap().total().unwrap();
    assert_eq!(paid, euros(3_800), "the second month costs what it costs");
    assert_eq!(shop.books().await.len(), 4);
    shop.assert_understood();
}

async fn what_a_bank_wants_back_freezes_until_it_has_decided(engine: Engine) {
    let Some(shop) = Shop::open(engine).await else { return };
    let market = &shop.market;
    let id = shop.order(&notes(3), "buy").await;
    let page = shop.pay(id).await;
    let entries = market.ports.store.read().await.unwrap().entries_of(id).await.unwrap();
    let payment = entries.into_iter().find_map(|entry| entry.reference).expect("a payment");
    for (status, wanted) in [
        ("warning_needs_response", (OrderState::Active, EntitlementState::InForce)),
        ("needs_response", (OrderState::Disputed, EntitlementState::Frozen)),
        ("under_review", (OrderState::Disputed, EntitlementState::Frozen)),
        ("won", (OrderState::Active, EntitlementState::InForce)),
        ("lost", (OrderState::Refunded, EntitlementState::Revoked)),
    ] {
        shop.stripe.dispute(&payment, status);
        for _ in 0..2 {
            market.tick();
            market.reconcile().await;
            assert_eq!(shop.stands(id).await, wanted, "{status}");
        }
    }
    let subscription = text(&shop.stripe.session(&page)["subscription"]).to_owned();
    assert_eq!(shop.subscription(&subscription).await["status"], "canceled", "nothing is taken for what is gone");
    let refunds = shop.stripe.call(Method::GET, "refunds", &[]).await.1;
    assert_eq!(refunds["data"], Value::Array(Vec::new()), "the bank has it: it is not given back as well");
    shop.assert_understood();
}

//! A provider that takes money by itself: what it tells, in whatever order, and what it does not tell.

use std::sync::{Arc, Mutex, PoisonError};

use adx_registry_core::Id;
use adx_registry_core::actor::Actor;
use adx_registry_core::market::checkout::{
    Checkout, CheckoutState, Dispute, Misfit, Standing, Subscription, SubscriptionState, Taken,
};
use adx_registry_core::market::entitlement::EntitlementState;
use adx_registry_core::market::ledger::{Account, EntryKind};
use adx_registry_core::market::order::{Order, OrderState};
use adx_registry_core::market::placed::PlacedOrder;
use adx_registry_core::market::price::Terms;
use adx_registry_core::market::{
    HearError, MarketError, Operation, cancel_order, change_card, check_misfits_on_the_machine, hear_payments,
    look_at_order, misfits_on_the_machine, operate_on_the_machine, statement_of_tenant,
};
use adx_registry_core::members::Role;
use adx_registry_core::ports::{
    About, Begun, Bill, Collector, Heard, NextStep, NotBelieved, PaymentError, Payments, Stop,
};
use async_trait::async_trait;
use time::{Duration, OffsetDateTime};
use url::Url;

use super::world::{Market, euros, notes};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    what_is_told_twice_or_forged_is_done_once_or_never,
    what_nobody_told_is_found,
    a_page_is_opened_once_and_again_when_it_has_closed,
    what_is_paid_late_thaws,
    what_is_given_back_here_is_given_back_there,
    what_is_given_back_there_is_given_back_here,
    what_the_bank_takes_is_gone,
    what_is_cancelled_on_one_side_is_cancelled_on_both,
    who_may_buy_changes_the_card,
    what_fits_nothing_is_told_to_operators,
    what_has_expired_is_not_paid,
);

/// What stands for the signature of the provider.
const SIGNED: Option<&str> = Some("signed");

/// A provider whose side a test writes.
#[derive(Default)]
pub(super) struct Provider {
    standing: Mutex<Standing>,
    done: Mutex<Vec<String>>,
    /// Whether it answers nothing.
    is_gone: Mutex<bool>,
}

impl Provider {
    pub(super) fn set(&self, change: impl FnOnce(&mut Standing)) {
        change(&mut self.standing.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What it was asked to do since the last time.
    pub(super) fn done(&self) -> Vec<String> {
        std::mem::take(&mut self.done.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, what: String) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    fn answers(&self) -> Result<(), PaymentError> {
        if *self.is_gone.lock().unwrap_or_else(PoisonError::into_inner) {
            return Err(PaymentError("it is gone".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl Payments for Provider {
    async fn begin(&self, bill: &Bill<'_>) -> Result<Begun, PaymentError> {
        self.answers()?;
        let period = bill.invoice.period;
        let last = bill.opened.iter().rfind(|checkout| checkout.period == period);
        let step = |checkout: &Checkout| NextStep {
            instructions: format!("Pay {}.", bill.invoice.total),
            page: Some(checkout.page.clone()),
        };
        if let Some(open) = last.filter(|checkout| bill.now < checkout.closes_at) {
            return Ok(Begun { step: step(open), opened: None });
        }
        let attempt = last.map_or(1, |checkout| checkout.attempt + 1);
        let handle = format!("{}-{period}-{attempt}", bill.invoice.order);
        self.note("open".to_owned());
        let opened = Checkout {
            order: bill.invoice.order,
            period,
            attempt,
            page: format!("https://pay.example/{handle}").parse().unwrap(),
            handle,
            state: CheckoutState::Open,
            opened_at: bill.now,
            closes_at: bill.now + Duration::DAY,
        };
        Ok(Begun { step: step(&opened), opened: Some(opened) })
    }

    fn collector(&self) -> Option<&dyn Collector> {
        Some(self)
    }
}

#[async_trait]
impl Collector for Provider {
    /// An event is `id about`.
    fn hear(&self, signature: Option<&str>, body: &[u8], _: OffsetDateTime) -> Result<Heard, NotBelieved> {
        if signature != SIGNED {
            return Err(NotBelieved::Signature);
        }
        let text = String::from_utf8_lossy(body);
        let (id, about) = text.split_once(' ').ok_or(NotBelieved::Malformed)?;
        let about = about.parse().map_or_else(|_| About::Handle(about.to_owned()), About::Order);
        Ok(Heard { id: id.to_owned(), kind: "paid".to_owned(), about })
    }

    async fn order_of(&self, _: &str) -> Result<Option<Id<Order>>, PaymentError> {
        self.answers().map(|()| None)
    }

    async fn look(&self, _: &[Checkout], _: OffsetDateTime) -> Result<Standing, PaymentError> {
        self.answers()?;
        Ok(self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn give_back(&self, payment: &str, key: &str) -> Result<(), PaymentError> {
        self.note(format!("give back {payment} as {}", key.split_once('-').unwrap().1));
        self.set(|standing| {
            let taken = standing.taken.iter_mut().find(|taken| taken.reference == payment).unwrap();
            taken.given_back = taken.amount;
        });
        Ok(())
    }

    async fn stop(&self, subscription: &str, when: Stop) -> Result<(), PaymentError> {
        self.note(format!("stop {subscription} {when:?}"));
        let state = if when == Stop::Now { SubscriptionState::Ended } else { SubscriptionState::Ends };
        self.set(|standing| standing.subscription.as_mut().unwrap().state = state);
        Ok(())
    }

    fn takes_later_ones(&self, _: &Terms, opened: &[Checkout]) -> bool {
        opened.iter().any(|checkout| checkout.state == CheckoutState::Done)
    }

    async fn change_card(&self, _: &[Checkout]) -> Result<Option<Url>, PaymentError> {
        self.answers()?;
        let standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        let running = standing.subscription.as_ref().filter(|subscription| !subscription.state.is_over());
        Ok(running.map(|subscription| format!("https://pay.example/card/{}", subscription.handle).parse().unwrap()))
    }

    async fn close(&self, checkout: &str) -> Result<(), PaymentError> {
        self.note(format!("close {}", checkout.split_once('-').unwrap().1));
        self.set(|standing| standing.pages.clear());
        Ok(())
    }
}

/// A market whose money a provider takes, and an order of three seats that waits for it.
pub(super) struct Collected {
    pub(super) market: Market,
    pub(super) provider: Arc<Provider>,
    pub(super) id: Id<Order>,
}

impl Collected {
    pub(super) async fn new(engine: Engine) -> Self {
        let made = async move {
            let mut market = Market::new(engine).await;
            let provider = Arc::new(Provider::default());
            market.pay_by(Arc::clone(&provider) as Arc<dyn Payments>);
            market.office(None).await;
            let placed = market.place(&market.ada, &notes(3), "one").await.unwrap();
            let collected = Self { market, provider, id: placed.order.id };
            collected.market.letters().await;
            assert_eq!(collected.provider.done(), ["open"], "the letter says how to pay");
            collected
        };
        // It is large, and is waited for in many places.
        Box::pin(made).await
    }

    /// The same, paid by a subscription.
    async fn paid(engine: Engine) -> Self {
        let made = async move {
            let collected = Self::new(engine).await;
            collected.takes("pi_1", 5_700);
            collected.provider.set(|standing| {
                let state = SubscriptionState::Runs;
                standing.subscription = Some(Subscription { handle: "sub_1".to_owned(), state });
            });
            collected.tell("evt_1").await;
            assert_eq!(collected.state().await, OrderState::Active);
            collected.market.letters().await;
            collected
        };
        // It is large, and is waited for in many places.
        Box::pin(made).await
    }

    pub(super) fn takes(&self, reference: &str, minor: i64) {
        let (reference, amount, given_back) = (reference.to_owned(), euros(minor), euros(0));
        self.provider.set(|standing| standing.taken.push(Taken { reference, amount, given_back, dispute: None }));
    }

    /// Changes the last payment.
    fn last(&self, change: impl FnOnce(&mut Taken)) {
        self.provider.set(|standing| change(standing.taken.last_mut().unwrap()));
    }

    async fn hear(&self, body: &str) -> Result<(), HearError> {
        self.market.tick();
        hear_payments(&self.market.ports, SIGNED, body.as_bytes()).await
    }

    /// Tells of the order, and lets the worker work.
    pub(super) async fn tell(&self, event: &str) {
        self.hear(&format!("{event} {}", self.id)).await.unwrap();
        self.work().await;
    }

    pub(super) async fn work(&self) {
        self.market.work().await;
    }

    /// What the job does that runs now and then.
    pub(super) async fn reconcile(&self) {
        self.market.reconcile().await;
    }

    pub(super) async fn order(&self) -> PlacedOrder {
        self.market.order(self.id).await
    }

    async fn state(&self) -> OrderState {
        self.market.state(self.id).await
    }

    async fn licence(&self) -> EntitlementState {
        let mut reader = self.market.ports.store.read().await.unwrap();
        reader.entitlement_of(self.id).await.unwrap().unwrap().state
    }

    pub(super) async fn misfits(&self) -> Vec<Misfit> {
        self.market.ports.store.read().await.unwrap().misfits_of(self.id).await.unwrap()
    }

    /// How many payments wait for an operator.
    async fn to_check(&self) -> u64 {
        self.market.ports.store.read().await.unwrap().counts().await.unwrap().decisions.payments
    }

    /// Kinds and amounts of what the tenant's account says.
    pub(super) async fn books(&self) -> Vec<(EntryKind, i64)> {
        let office = "office".parse().unwrap();
        let statement = statement_of_tenant(&self.market.ports, &self.market.ada, &office, None).await.unwrap();
        statement.lines.iter().map(|line| (line.kind, line.amount.minor)).collect()
    }
}

async fn what_is_told_twice_or_forged_is_done_once_or_never(engine: Engine) {
    let collected = Collected::new(engine).await;
    let event = format!("evt_1 {}", collected.id);
    collected.takes("pi_1", 5_700);
    for signature in [None, Some("forged")] {
        let refused = hear_payments(&collected.market.ports, signature, event.as_bytes()).await;
        assert!(matches!(refused, Err(HearError::NotBelieved(NotBelieved::Signature))), "{refused:?}");
    }
    collected.work().await;
    assert_eq!(collected.state().await, OrderState::Pending, "what is forged does nothing");
    for event in ["evt_1", "evt_1", "evt_2"] {
        collected.tell(event).await;
        assert_eq!(collected.state().await, OrderState::Active);
    }
    let books = [(EntryKind::Invoice, 5_700), (EntryKind::Payment, -5_700)];
    assert_eq!(collected.books().await, books);
    let mut transaction = collected.market.ports.store.begin().await.unwrap();
    let now = collected.market.ports.now();
    assert!(!transaction.note_payment_event("evt_1", "paid", now).await.unwrap());
    transaction.forget_payment_events(now + Duration::SECOND).await.unwrap();
    assert!(transaction.note_payment_event("evt_1", "paid", now).await.unwrap(), "it is not remembered for ever");
    transaction.rollback().await.unwrap();
    // Nothing of ours, and nothing that is known.
    collected.hear("evt_3 pi_7").await.unwrap();
    collected.work().await;
    assert_eq!(collected.books().await, books);
    let page = look_at_order(&collected.market.ports, &collected.market.ada, collected.id).await.unwrap();
    let by: Vec<_> = page.events.iter().map(|event| (event.what.as_str(), event.by == "provider")).collect();
    assert_eq!(by, [("order.place", false), ("order.pay", true)]);
}

async fn what_nobody_told_is_found(engine: Engine) {
    let collected = Collected::new(engine).await;
    collected.takes("pi_1", 5_700);
    *collected.provider.is_gone.lock().unwrap() = true;
    collected.reconcile().await;
    assert_eq!(collected.state().await, OrderState::Pending);
    *collected.provider.is_gone.lock().unwrap() = false;
    for _ in 0..2 {
        collected.reconcile().await;
        assert_eq!(collected.state().await, OrderState::Active);
    }
    assert_eq!(collected.books().await.len(), 2, "twice is once");
    assert_eq!(collected.misfits().await, Vec::new());
}

async fn a_page_is_opened_once_and_again_when_it_has_closed(engine: Engine) {
    let collected = Collected::new(engine).await;
    let look = async || {
        let page = look_at_order(&collected.market.ports, &collected.market.ada, collected.id).await.unwrap();
        page.next_step.unwrap()
    };
    let first = look().await.page.unwrap();
    assert_eq!(look().await.page.unwrap(), first);
    assert_eq!(collected.provider.done(), [""; 0], "it is the one of the letter");
    collected.market.world.acme.clock.pass(Duration::DAY);
    let second = look().await.page.unwrap();
    assert!(second != first && look().await.page.unwrap() == second, "{second}");
    assert_eq!(collected.provider.done(), ["open"]);
    // The order is shown although nobody says how to pay it.
    *collected.provider.is_gone.lock().unwrap() = true;
    let step = look().await;
    assert!(step.page.is_none() && step.instructions.contains("57.00 EUR"), "{step:?}");
    *collected.provider.is_gone.lock().unwrap() = false;
    // What is not wanted any more cannot be paid any more.
    collected.provider.set(|standing| standing.pages = vec![(format!("{}-1-2", collected.id), CheckoutState::Open)]);
    cancel_order(&collected.market.ports, &collected.market.ada, collected.id).await.unwrap();
    collected.work().await;
    assert_eq!(collected.provider.done(), ["close 1-2"]);
}

async fn what_is_paid_late_thaws(engine: Engine) {
    let collected = Collected::paid(engine).await;
    collected.market.pass(31 + 14).await;
    assert_eq!((collected.state().await, collected.licence().await), (OrderState::Frozen, EntitlementState::Frozen));
    assert_eq!(collected.provider.done(), ["open"], "the second period has a page of its own");
    collected.takes("pi_2", 5_700);
    collected.tell("evt_2").await;
    assert_eq!((collected.state().await, collected.licence().await), (OrderState::Active, EntitlementState::InForce));
    assert_eq!(collected.order().await.order.course.period.unwrap().number, 2);
    // Told of again in another order, it stays so.
    collected.provider.set(|standing| standing.taken.reverse());
    collected.tell("evt_3").await;
    assert_eq!(collected.books().await.len(), 4);
    assert_eq!(collected.misfits().await, Vec::new());
}

async fn what_is_given_back_here_is_given_back_there(engine: Engine) {
    let collected = Collected::paid(engine).await;
    let reason = "it does not do what it says".parse().unwrap();
    let refund = Operation::Refund { reference: "by us".parse().unwrap(), reason };
    collected.market.tick();
    operate_on_the_machine(&collected.market.ports, collected.id, &refund).await.unwrap();
    collected.work().await;
    assert_eq!(collected.provider.done(), ["stop sub_1 Now", "give back pi_1 as 1-back"]);
    collected.tell("evt_2").await;
    assert_eq!(collected.provider.done(), [""; 0], "what it tells of it then is known");
    // One entry of three: from the publisher and the operator to the tenant, and from the bank.
    let books = collected.books().await;
    assert_eq!(books.iter().filter(|(kind, _)| *kind == EntryKind::Refund).count(), 3, "{books:?}");
    assert_eq!(collected.misfits().await, Vec::new());
}

async fn what_is_given_back_there_is_given_back_here(engine: Engine) {
    let collected = Collected::paid(engine).await;
    collected.last(|taken| taken.given_back = euros(1_900));
    collected.hear("evt_2 pi_1").await.unwrap();
    collected.work().await;
    assert_eq!(collected.state().await, OrderState::Active);
    assert_eq!(collected.misfits().await.len(), 1, "a part of it is nothing that an order knows");
    collected.last(|taken| taken.given_back = euros(5_700));
    collected.tell("evt_3").await;
    assert_eq!((collected.state().await, collected.licence().await), (OrderState::Refunded, EntitlementState::Revoked));
    assert_eq!(collected.provider.done(), ["stop sub_1 Now"], "it is not given back twice");
    assert_eq!(collected.misfits().await, Vec::new());
    for account in [Account::Publisher(collected.market.shop().id), Account::Operator, Account::Bank, Account::Unpaid] {
        assert_eq!(collected.market.balance(account).await, 0, "{account}");
    }
}

async fn what_the_bank_takes_is_gone(engine: Engine) {
    let collected = Collected::paid(engine).await;
    for (number, (dispute, state, licence)) in [
        (Dispute::Open, OrderState::Disputed, EntitlementState::Frozen),
        (Dispute::Open, OrderState::Disputed, EntitlementState::Frozen),
        (Dispute::Won, OrderState::Active, EntitlementState::InForce),
        (Dispute::Won, OrderState::Active, EntitlementState::InForce),
        // Nobody told that it began again.
        (Dispute::Lost, OrderState::Refunded, EntitlementState::Revoked),
        (Dispute::Lost, OrderState::Refunded, EntitlementState::Revoked),
    ]
    .into_iter()
    .enumerate()
    {
        collected.last(|taken| taken.dispute = Some(dispute));
        collected.tell(&format!("evt_of_dispute_{number}")).await;
        assert_eq!((collected.state().await, collected.licence().await), (state, licence), "{number}: {dispute:?}");
    }
    let books = collected.books().await;
    assert_eq!(
        books.iter().filter(|(kind, _)| *kind == EntryKind::Chargeback).count(),
        3,
        "one entry of three: {books:?}"
    );
    assert_eq!(collected.provider.done(), ["stop sub_1 Now"], "the bank has taken it: it is not given back as well");
    assert_eq!(collected.misfits().await, Vec::new());
}

async fn what_is_cancelled_on_one_side_is_cancelled_on_both(engine: Engine) {
    let collected = Collected::paid(engine).await;
    collected.market.tick();
    cancel_order(&collected.market.ports, &collected.market.ada, collected.id).await.unwrap();
    collected.work().await;
    assert_eq!(collected.provider.done(), ["stop sub_1 AtTheEnd"]);
    collected.tell("evt_2").await;
    assert!(collected.order().await.order.course.ends && collected.provider.done().is_empty());
    collected.market.pass(32).await;
    assert_eq!(collected.state().await, OrderState::Cancelled);
    assert_eq!(collected.provider.done(), ["stop sub_1 Now"]);
}

async fn who_may_buy_changes_the_card(engine: Engine) {
    let collected = Collected::new(engine).await;
    let (market, id) = (&collected.market, collected.id);
    let is_by_card = async || look_at_order(&market.ports, &market.ada, id).await.unwrap().by_card;
    let change = async |actor: &Actor| change_card(&market.ports, actor, id).await;
    let refused = change(&market.ada).await;
    assert!(matches!(refused, Err(MarketError::NoCard)) && !is_by_card().await, "it is not paid: {refused:?}");
    collected.takes("pi_1", 5_700);
    collected.provider.set(|standing| {
        standing.pages = vec![(format!("{id}-1-1"), CheckoutState::Done)];
        let state = SubscriptionState::Runs;
        standing.subscription = Some(Subscription { handle: "sub_1".to_owned(), state });
    });
    collected.tell("evt_1").await;
    assert!(is_by_card().await);
    assert_eq!(change(&market.ada).await.unwrap().as_str(), "https://pay.example/card/sub_1");
    let (joe, _) = market.world.member("joe", Role::Reader).await;
    let refused = change(&joe.actor(&market.ports).await).await;
    assert!(matches!(refused, Err(MarketError::Role { .. })), "{refused:?}");
    let eve = market.world.person("eve").await;
    let refused = change(&eve.actor(&market.ports).await).await;
    assert!(matches!(refused, Err(MarketError::NoOrder)), "strangers are not told: {refused:?}");
    market.tick();
    cancel_order(&market.ports, &market.ada, id).await.unwrap();
    collected.work().await;
    assert!(!is_by_card().await, "nothing is taken any more");
    collected.provider.set(|standing| standing.subscription.as_mut().unwrap().state = SubscriptionState::Ended);
    let refused = change(&market.ada).await;
    assert!(matches!(refused, Err(MarketError::NoCard)), "{refused:?}");
}

async fn what_fits_nothing_is_told_to_operators(engine: Engine) {
    let collected = Collected::new(engine).await;
    collected.market.operator().await;
    collected.takes("pi_1", 5_000);
    collected.tell("evt_1").await;
    assert_eq!(collected.state().await, OrderState::Pending);
    let misfits = collected.misfits().await;
    let words = "57.00 EUR are to be paid, and not 50.00 EUR";
    assert_eq!(misfits, [Misfit { reference: "pi_1".to_owned(), reason: words.to_owned(), is_checked: false }]);
    let letters = collected.market.letters().await;
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(letters[0].1, "A payment does not fit its order");
    assert_eq!(collected.to_check().await, 1);
    collected.tell("evt_2").await;
    assert_eq!(collected.market.letters().await, Vec::new(), "they are told once");
    // What somebody has looked at is counted no more, however often it is compared, and told with the order.
    let ports = &collected.market.ports;
    assert_eq!(misfits_on_the_machine(ports).await.unwrap(), [(collected.id, misfits[0].clone())]);
    let reason = "the rest comes tomorrow".parse().unwrap();
    check_misfits_on_the_machine(ports, collected.id, &reason).await.unwrap();
    let again = check_misfits_on_the_machine(ports, collected.id, &reason).await;
    assert!(matches!(again, Err(MarketError::NoMisfit)), "{again:?}");
    collected.tell("evt_of_the_same").await;
    assert_eq!((collected.to_check().await, collected.misfits().await.len()), (0, 1));
    let page = look_at_order(ports, &collected.market.ada, collected.id).await.unwrap();
    assert_eq!(page.events.last().map(|event| event.what.as_str()), Some("order.check"));
    // It went back, and the right amount came.
    collected.last(|taken| taken.given_back = taken.amount);
    collected.takes("pi_2", 5_700);
    collected.tell("evt_3").await;
    assert_eq!((collected.state().await, collected.misfits().await), (OrderState::Active, Vec::new()));
    // Paid twice.
    collected.takes("pi_3", 5_700);
    collected.tell("evt_4").await;
    assert_eq!(collected.misfits().await[0].reason, "nothing is to be paid for this order");
    assert_eq!(collected.to_check().await, 1, "what is new is looked at anew");
}

async fn what_has_expired_is_not_paid(engine: Engine) {
    let collected = Collected::new(engine).await;
    collected.market.pass(31).await;
    assert_eq!(collected.state().await, OrderState::Expired);
    collected.takes("pi_1", 5_700);
    collected.tell("evt_1").await;
    assert_eq!(collected.state().await, OrderState::Expired);
    assert_eq!(collected.misfits().await[0].reason, "an order that is expired cannot be paid");
}

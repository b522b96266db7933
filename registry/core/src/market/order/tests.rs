//! What holds whatever happens to an order, and in which order.

use adx_index::manifest::{Interval, Marketplace, Price, Pricing};
use adx_signing::utc::UtcSecond;
use proptest::prelude::*;
use time::Duration;
use time::macros::datetime;

use super::super::entitlement::Entitlement;
use super::super::ledger::{Account, Posting, sums};
use super::super::price::Wish;
use super::*;
use crate::licences::licence_of;
use crate::ports::Entropy;

const START: OffsetDateTime = datetime!(2027-01-31 10:00 UTC);

struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

fn euros(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

/// What a licence is by the effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Licence {
    None,
    InForce,
    Frozen,
    Ended,
    Revoked,
}

/// An order, and what came of it.
struct World {
    order: Order,
    now: OffsetDateTime,
    postings: Vec<Posting>,
    licence: Licence,
    entitlement: Option<Entitlement>,
    signed: Option<adx_signing::licence::Licence>,
    is_taken_back: bool,
    invoices: u32,
}

impl World {
    fn new(model: Model) -> Self {
        let price = Price { amount_minor: 1_900, currency: "EUR".to_owned(), per_seat: false, tiers: Vec::new() };
        let pricing = match model {
            Model::Free => Pricing::Free,
            Model::OneTime => Pricing::OneTime { price },
            Model::Year => Pricing::Subscription { price, interval: Interval::Year },
            Model::Trial | Model::Month => Pricing::Subscription { price, interval: Interval::Month },
        };
        let offered = Marketplace { pricing, trial_days: 14, ..Marketplace::default() };
        let wish = Wish { trial: model == Model::Trial, seats: None };
        let terms = Terms::of("acme/notes".parse().unwrap(), &offered, &wish, None, 1_500).unwrap();
        let order = Order::new(Id::new(START, &Zeros), Id::new(START, &Zeros), Id::new(START, &Zeros), terms, START);
        Self {
            order,
            now: START,
            postings: Vec::new(),
            licence: Licence::None,
            entitlement: None,
            signed: None,
            is_taken_back: false,
            invoices: 0,
        }
    }

    fn try_apply(&mut self, event: Event) -> Result<Vec<Effect>, Refused> {
        let (order, effects) = self.order.apply(event, self.now)?;
        for effect in &effects {
            match effect {
                Effect::Post(draft) => self.postings.extend(draft.postings()),
                Effect::Invoice(..) => self.invoices += 1,
                Effect::Licence(change) => {
                    self.licence = match (self.licence, change) {
                        (Licence::None, LicenceChange::Issue(_))
                        | (Licence::InForce | Licence::Frozen, LicenceChange::Renew(_))
                        | (Licence::Frozen, LicenceChange::Thaw) => Licence::InForce,
                        (Licence::InForce, LicenceChange::Freeze) => Licence::Frozen,
                        (Licence::InForce | Licence::Frozen, LicenceChange::End) => Licence::Ended,
                        (Licence::InForce | Licence::Frozen | Licence::Ended, LicenceChange::Revoke) => {
                            Licence::Revoked
                        }
                        (licence, change) => panic!("{change:?} of a licence that is {licence:?}"),
                    };
                    self.sign(*change);
                }
                Effect::Letter(_) => {}
            }
        }
        self.order = order;
        Ok(effects)
    }

    /// What becomes of the licence, as it is written.
    fn sign(&mut self, change: LicenceChange) {
        let known = self.entitlement.take();
        let known = known.unwrap_or_else(|| Entitlement::new(Id::new(self.now, &Zeros), &self.order, self.now));
        let entitlement = known.changed(change, self.now);
        if entitlement.is_in_force() {
            let (tenant, registry) = ("office".parse().unwrap(), "registry.test/log".parse().unwrap());
            self.signed = Some(licence_of(&entitlement, &self.order.terms, &tenant, &registry));
        }
        self.is_taken_back |= change == LicenceChange::Revoke;
        self.entitlement = Some(entitlement);
    }

    fn apply(&mut self, event: Event) -> Vec<Effect> {
        self.try_apply(event).unwrap()
    }

    /// Lets days pass, and does what comes of each, as the worker does.
    fn pass(&mut self, days: i64) {
        for _ in 0..days {
            self.now += Duration::DAY;
            while !self.apply(Event::Time).is_empty() {}
        }
    }

    fn pay(&mut self) {
        let due = self.order.course.due.unwrap();
        self.apply(Event::Pay(due.total));
    }

    fn balance(&self, account: Account) -> i64 {
        self.postings.iter().filter(|posting| posting.account == account).map(|posting| posting.money.minor).sum()
    }

    fn until(&self) -> OffsetDateTime {
        self.order.course.period.unwrap().until.unwrap()
    }

    /// What holds of its licence: there is one for all that was paid for, that says until when, and none is given but by an order that is
    /// active.
    fn holds_of_the_licence(&self) {
        let Order { state, course, .. } = &self.order;
        let is_given = self.entitlement.as_ref().is_some_and(Entitlement::is_in_force);
        assert_eq!(is_given, *state == OrderState::Active, "{state}");
        assert_eq!(self.is_taken_back, *state == OrderState::Refunded, "{state}");
        let Some(licence) = &self.signed else {
            assert!(course.period.is_none() && course.paid.is_none(), "it was paid, and no licence was signed");
            return;
        };
        licence.check().expect("agents read it");
        let period = course.period.expect("a licence is signed for a period");
        assert_eq!(licence.until, period.until.map(UtcSecond::from), "{state}");
        assert_eq!(Some(licence.id), self.entitlement.as_ref().map(Entitlement::licence_id), "one order has one");
    }

    /// The three properties, and those of the licence.
    fn holds(&self) {
        self.holds_of_the_licence();
        let Order { state, course, tenant, publisher, .. } = &self.order;
        assert!(sums(&self.postings).unwrap().values().all(|sum| sum.minor == 0), "{:?}", self.postings);
        let due = course.due.map_or(0, |due| due.total.minor);
        assert_eq!(self.balance(Account::Tenant(*tenant)), due, "a tenant owes what is due, and nothing else");
        assert_eq!(self.balance(Account::Unpaid), -due);
        let owed = -self.balance(Account::Publisher(*publisher)) - self.balance(Account::Operator);
        assert_eq!(self.balance(Account::Bank), owed, "what is held is somebody's");
        assert!(self.balance(Account::Bank) >= 0);
        let licence = match state {
            OrderState::Active => Some(Licence::InForce),
            OrderState::Frozen | OrderState::Disputed => Some(Licence::Frozen),
            OrderState::Refunded => Some(Licence::Revoked),
            OrderState::Created | OrderState::Pending | OrderState::Declined => Some(Licence::None),
            OrderState::Expired | OrderState::Cancelled => None,
        };
        match licence {
            Some(licence) => assert_eq!(self.licence, licence, "{state}"),
            None => assert!(matches!(self.licence, Licence::None | Licence::Ended), "{state}: {:?}", self.licence),
        }
        if matches!(state, OrderState::Pending) {
            assert!(course.due.is_some());
        }
        if course.paid.is_some() {
            assert!(self.licence != Licence::None, "it was paid, and there is no licence");
        }
        let paid_for = matches!(self.order.terms.model, Model::OneTime | Model::Month | Model::Year);
        if *state == OrderState::Active && paid_for {
            assert!(course.paid.is_some(), "it is active, and nobody paid");
        }
    }
}

fn events() -> impl Strategy<Value = (Event, i64)> {
    let event = prop_oneof![
        4 => Just(Event::Confirm),
        6 => Just(Event::Pay(euros(1_900))),
        1 => Just(Event::Pay(euros(1))),
        1 => Just(Event::Decline),
        1 => Just(Event::Cancel),
        1 => Just(Event::Refund),
        1 => Just(Event::Dispute),
        1 => Just(Event::DisputeWon),
        1 => Just(Event::DisputeLost),
        4 => Just(Event::Time),
    ];
    (event, 0..60_i64)
}

fn models() -> impl Strategy<Value = Model> {
    prop::sample::select(vec![Model::Free, Model::Trial, Model::OneTime, Model::Month, Model::Year])
}

proptest! {
    #[test]
    fn the_ledger_balances_and_licences_follow_orders(
        model in models(), happened in prop::collection::vec(events(), 1..40), day_by_day in any::<bool>(),
    ) {
        let mut world = World::new(model);
        for (event, days) in happened {
            if day_by_day {
                world.pass(days);
            } else {
                world.now += Duration::days(days);
            }
            let before = world.order.clone();
            if world.try_apply(event).is_err() {
                prop_assert_eq!(&world.order, &before, "what is refused changes nothing");
            }
            world.holds();
        }
    }

    #[test]
    fn time_changes_something_when_it_was_said_and_nothing_before(
        model in models(), happened in prop::collection::vec(events(), 1..20),
    ) {
        let mut world = World::new(model);
        for (event, _) in happened {
            let _ = world.try_apply(event);
            if let Some(at) = world.order.next_at() {
                let (same, effects) = world.order.apply(Event::Time, at - Duration::SECOND).unwrap();
                prop_assert!(effects.is_empty() && same == world.order);
                world.now = world.now.max(at);
                prop_assert!(!world.apply(Event::Time).is_empty());
                world.holds();
            }
        }
    }
}

#[test]
fn a_subscription_is_asked_for_before_it_ends_and_frozen_once_its_grace_is_over() {
    let mut world = World::new(Model::Month);
    world.apply(Event::Confirm);
    assert_eq!((world.order.state, world.order.course.due.unwrap().at), (OrderState::Pending, START + PAY_WITHIN));
    world.pass(3);
    let wrong = world.order.apply(Event::Pay(euros(1_000)), world.now);
    assert_eq!(wrong, Err(Refused::Amount { due: euros(1_900), paid: euros(1_000) }));
    world.pay();
    let first = world.until();
    assert_eq!(first, datetime!(2027-03-03 10:00 UTC), "from the day on which it was paid");
    world.pass(14);
    assert_eq!(world.order.course.due.unwrap().at, first, "the next month is asked for before");
    world.pay();
    assert_eq!(world.until(), datetime!(2027-04-03 10:00 UTC));
    world.pass(60);
    assert_eq!((world.order.state, world.licence), (OrderState::Frozen, Licence::Frozen));
    assert_eq!(world.invoices, 3);
    world.pay();
    assert_eq!((world.order.state, world.licence), (OrderState::Active, Licence::InForce));
    assert!(world.until() > world.now + Duration::days(27), "a whole month from now on");
    world.holds();
}

#[test]
fn what_is_cancelled_ends_with_its_period_and_what_was_paid_once_does_not() {
    let mut world = World::new(Model::Year);
    world.apply(Event::Confirm);
    world.pay();
    world.apply(Event::Cancel);
    assert_eq!(world.order.state, OrderState::Active);
    assert_eq!(world.try_apply(Event::Cancel), Err(Refused::Ends));
    world.pass(364);
    assert_eq!(world.order.state, OrderState::Active);
    world.pass(1);
    assert_eq!((world.order.state, world.invoices, world.licence), (OrderState::Cancelled, 1, Licence::Ended));
    let mut once = World::new(Model::OneTime);
    once.apply(Event::Confirm);
    once.pay();
    assert_eq!(once.try_apply(Event::Cancel), Err(Refused::NothingRenews));
    assert_eq!(once.order.next_at(), None);
}

#[test]
fn what_was_paid_is_divided_and_goes_back_from_both() {
    let mut world = World::new(Model::OneTime);
    world.apply(Event::Confirm);
    assert_eq!(world.try_apply(Event::Refund), Err(Refused::State { state: OrderState::Pending, what: "refunded" }));
    world.pay();
    let (seller, operator) = (Account::Publisher(world.order.publisher), Account::Operator);
    assert_eq!([seller, operator, Account::Bank].map(|account| world.balance(account)), [-1_615, -285, 1_900]);
    world.apply(Event::Refund);
    assert_eq!([seller, operator, Account::Bank].map(|account| world.balance(account)), [0, 0, 0]);
    assert_eq!((world.order.state, world.licence), (OrderState::Refunded, Licence::Revoked));
    assert!(world.try_apply(Event::Refund).is_err());
}

#[test]
fn nobody_decides_or_pays_for_too_long() {
    let mut world = World::new(Model::Month);
    world.pass(30);
    assert_eq!(world.order.state, OrderState::Expired);
    let mut world = World::new(Model::Month);
    world.apply(Event::Confirm);
    world.pass(30);
    assert_eq!((world.order.state, world.order.course.due), (OrderState::Expired, None));
    assert!(matches!(world.try_apply(Event::Pay(euros(1_900))), Err(Refused::State { .. })));
    let mut frozen = World::new(Model::Month);
    frozen.apply(Event::Confirm);
    frozen.pay();
    frozen.pass(28 + 90);
    assert_eq!((frozen.order.state, frozen.licence), (OrderState::Cancelled, Licence::Ended));
    frozen.holds();
}

#[test]
fn a_trial_ends_by_itself() {
    let mut world = World::new(Model::Trial);
    let effects = world.apply(Event::Confirm);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Post(_) | Effect::Invoice(..))));
    assert_eq!(world.until(), START + Duration::days(14));
    world.pass(14);
    assert_eq!((world.order.state, world.licence), (OrderState::Expired, Licence::Ended));
}

#[test]
fn a_dispute_freezes_until_it_is_settled() {
    for (event, state, licence) in [
        (Event::DisputeWon, OrderState::Active, Licence::InForce),
        (Event::DisputeLost, OrderState::Refunded, Licence::Revoked),
    ] {
        let mut world = World::new(Model::Month);
        world.apply(Event::Confirm);
        world.pay();
        world.apply(Event::Dispute);
        assert_eq!((world.order.state, world.licence), (OrderState::Disputed, Licence::Frozen));
        world.apply(event);
        assert_eq!((world.order.state, world.licence), (state, licence));
        world.holds();
    }
}

#[test]
fn every_state_reads_back() {
    for state in OrderState::ALL {
        assert_eq!(state.as_str().parse(), Ok(state));
    }
    assert!("paid".parse::<OrderState>().is_err());
}

//! Whatever happens at a provider and here, told or not: both sides come to the same, and then rest.

use adx_registry_core::market::checkout::{Dispute, Standing, Subscription, SubscriptionState, Taken};
use adx_registry_core::market::entitlement::EntitlementState;
use adx_registry_core::market::ledger::Account;
use adx_registry_core::market::order::OrderState;
use adx_registry_core::market::{Operation, cancel_order, operate_on_the_machine};

use super::collected::Collected;
use super::world::euros;
use crate::engines::Engine;

/// Orders to which something happens.
const ORDERS: u64 = 12;
/// Things that happen to each.
const STEPS: u64 = 30;

/// What is random and the same each time (`SplitMix64`).
struct Chance(u64);

impl Chance {
    /// A number below `most`.
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % most
    }
}

/// Lets something happen, and says what.
async fn happen(collected: &Collected, chance: &mut Chance, step: u64) -> String {
    let (market, id) = (&collected.market, collected.id);
    let last = |change: fn(&mut Taken)| {
        collected.provider.set(|standing| {
            if let Some(taken) = standing.taken.last_mut() {
                change(taken);
            }
        });
    };
    let what = chance.below(11);
    match what {
        0..=2 => {
            if let Some(due) = collected.order().await.order.course.due {
                collected.takes(&format!("pi_{step}"), due.total.minor);
            }
        }
        3 => collected.takes(&format!("pi_{step}"), 5_000),
        4 => last(|taken| taken.given_back = taken.amount),
        5 => last(|taken| taken.given_back = if taken.given_back.minor == 0 { euros(1_900) } else { taken.given_back }),
        // What is lost stays so.
        6 => {
            last(|taken| taken.dispute = taken.dispute.filter(|known| *known == Dispute::Lost).or(Some(Dispute::Open)));
        }
        7 => last(|taken| {
            taken.dispute = taken.dispute.map(|known| if known == Dispute::Open { Dispute::Won } else { known });
        }),
        8 => last(|taken| taken.dispute = taken.dispute.map(|_| Dispute::Lost)),
        9 => market.pass(1 + chance.below(20).cast_signed()).await,
        _ => match chance.below(3) {
            0 => collected.provider.set(|standing| {
                let state = SubscriptionState::Ends;
                standing.subscription = Some(Subscription { handle: "sub_1".to_owned(), state });
            }),
            // Not all of it can be done to every order.
            1 => drop(cancel_order(&market.ports, &market.ada, id).await),
            _ => {
                let reason = "it does not do what it says".parse().unwrap();
                let refund = Operation::Refund { reference: format!("back {step}").parse().unwrap(), reason };
                drop(operate_on_the_machine(&market.ports, id, &refund).await);
            }
        },
    }
    market.tick();
    format!("{what}")
}

/// What a provider has of all that it took.
fn left(standing: &Standing) -> i64 {
    let kept = standing.taken.iter().filter(|taken| taken.dispute != Some(Dispute::Lost));
    kept.map(|taken| taken.amount.minor - taken.given_back.minor).sum()
}

/// Compares both sides, and holds what must hold then.
async fn hold(collected: &Collected, told: &str) {
    let market = &collected.market;
    // What is done at one side is seen at the next comparison by the other.
    for _ in 0..2 {
        collected.reconcile().await;
    }
    collected.provider.done();
    let before = (collected.order().await, collected.books().await, collected.misfits().await);
    collected.reconcile().await;
    let after = (collected.order().await, collected.books().await, collected.misfits().await);
    assert_eq!(before, after, "nothing new has happened: {told}");
    assert_eq!(collected.provider.done(), [""; 0], "nothing is to be done: {told}");

    let (order, _, misfits) = after;
    let accounts = [
        Account::Tenant(order.order.tenant),
        Account::Publisher(order.order.publisher),
        Account::Operator,
        Account::Unpaid,
        Account::Bank,
    ];
    let mut balances = Vec::new();
    for account in accounts {
        balances.push(market.balance(account).await);
    }
    assert_eq!(balances.iter().sum::<i64>(), 0, "{balances:?}: {told}");
    let held = market.ports.store.read().await.unwrap().entitlement_of(collected.id).await.unwrap();
    let is_in_force = held.is_some_and(|held| held.state == EntitlementState::InForce);
    assert_eq!(is_in_force, order.order.state == OrderState::Active, "{}: {told}", order.order.state);
    let (mut there, mut is_decided) = (0, true);
    collected.provider.set(|standing| {
        there = left(standing);
        is_decided = standing.taken.iter().all(|taken| taken.dispute != Some(Dispute::Open));
    });
    // What is disputed is given back by nobody until that is decided.
    if misfits.is_empty() && is_decided {
        assert_eq!(balances[4], there, "what fits is the same on both sides: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_come_to_the_same_whatever_happens() {
    for seed in 0..ORDERS {
        let engine = Engine::sqlite().await.expect("there is one everywhere");
        let collected = Collected::new(engine).await;
        let (mut chance, mut told) = (Chance(seed), format!("order {seed}:"));
        for step in 0..STEPS {
            let what = happen(&collected, &mut chance, step).await;
            told.push_str(&format!(" {what}"));
            // Told at once, twice, late or never.
            match chance.below(4) {
                0 => collected.tell(&format!("evt_{step}")).await,
                1 => {
                    collected.tell(&format!("evt_{step}")).await;
                    collected.tell(&format!("evt_{}", step / 2)).await;
                }
                2 => hold(&collected, &told).await,
                _ => {}
            }
        }
        hold(&collected, &told).await;
    }
}

//! What a provider took by itself, compared with what we know of it: what one side has missed is made up for, whichever it is, and what
//! fits nothing is told to operators.

use std::collections::BTreeMap;

use time::Duration;

use super::carry_out::{Told, carry_out};
use super::checkout::{CheckoutState, Dispute, Misfit, Standing, Taken};
use super::end;
use super::error::MarketError;
use super::ledger::EntryKind;
use super::misfits::note_misfits;
use super::order::{Event, Order, OrderState, Refused};
use super::placed::PlacedOrder;
use crate::audit::Act;
use crate::ports::{Collector, Stop, SystemWrite, Transaction, Written};
use crate::run_jobs::{JobError, chain};
use crate::{Id, Ports};

/// For how long an order is looked at again that nothing is to happen to any more: banks take money back for some months.
const LOOKED_AT_FOR: Duration = Duration::days(200);
/// For how long it is remembered what the provider told: it tells what was not taken for three days.
const REMEMBERED_FOR: Duration = Duration::days(30);
/// Orders that are read at once.
const MOST_AT_ONCE: u32 = 100;
/// After how many orders in a row that it says nothing of the provider is asked no more.
const MOST_UNANSWERED: u32 = 3;
/// Who did it, with an order.
const PROVIDER: &str = "provider";

/// Compares all that a provider took: what nobody told us of is found here.
///
/// # Errors
/// [`JobError`]
#[tracing::instrument(name = "payments.reconcile", skip_all)]
pub(crate) async fn reconcile_payments(ports: &Ports) -> Result<(), JobError> {
    if ports.payments.collector().is_none() {
        return Ok(());
    }
    let now = ports.now();
    let mut transaction = ports.store.begin().await?;
    transaction.forget_payment_events(now - REMEMBERED_FOR).await?;
    transaction.commit(Written::System(SystemWrite::Sweep)).await?;
    let (mut after, mut unanswered) = (None, 0);
    loop {
        let orders = ports.store.read().await?.orders_collected(now - LOOKED_AT_FOR, after, MOST_AT_ONCE).await?;
        let Some(last) = orders.last().copied() else { return Ok(()) };
        for order in orders {
            match settle_order(ports, order).await {
                Ok(()) => unanswered = 0,
                Err(JobError::Store(error)) => return Err(error.into()),
                Err(error) => {
                    unanswered = if matches!(error, JobError::Payment(_)) { unanswered + 1 } else { 0 };
                    if unanswered == MOST_UNANSWERED {
                        return Err(error);
                    }
                    tracing::error!(%order, error = %chain(&error), "an order cannot be compared with its payments");
                }
            }
        }
        after = Some(last);
    }
}

/// Compares what a provider took for one order. Where both sides are as one, nothing happens.
///
/// # Errors
/// [`JobError`]; [`JobError::Contended`] when somebody changed the order meanwhile.
#[tracing::instrument(name = "payments.settle", skip_all, fields(order = %id))]
pub(crate) async fn settle_order(ports: &Ports, id: Id<Order>) -> Result<(), JobError> {
    let Some(collector) = ports.payments.collector() else { return Ok(()) };
    let mut reader = ports.store.read().await?;
    let (placed, opened) = (reader.order(id).await?, reader.checkouts_of(id).await?);
    drop(reader);
    let Some(placed) = placed.filter(|_| !opened.is_empty()) else { return Ok(()) };
    let standing = collector.look(&opened, ports.now()).await?;
    let settled = take_over(ports, &placed, &standing).await?.ok_or(JobError::Contended)?;
    hand_over(collector, &settled, &standing).await
}

/// An order as it is now, and which payment paid and gave back which period.
struct Settled {
    placed: PlacedOrder,
    paid: BTreeMap<String, u32>,
    /// What we gave back, or the buyer's bank took.
    back: BTreeMap<u32, EntryKind>,
}

/// Brings our side up to date; nothing where the order is another than the provider was asked about.
async fn take_over(ports: &Ports, known: &PlacedOrder, standing: &Standing) -> Result<Option<Settled>, JobError> {
    let mut transaction = ports.store.begin().await?;
    let settled = within(ports, &mut *transaction, known, standing).await;
    let settled = end(transaction, Written::ToldIfChanged, settled).await?;
    if settled.as_ref().is_some_and(|settled| settled.placed.order.state == OrderState::Refunded) {
        // A round is due, which tells of the licence that was taken back.
        ports.progress.logged();
    }
    Ok(settled)
}

async fn within(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    known: &PlacedOrder,
    standing: &Standing,
) -> Result<Option<Settled>, MarketError> {
    let id = known.order.id;
    let Some(placed) = transaction.lock_order(id).await?.filter(|placed| placed == known) else { return Ok(None) };
    for (handle, state) in &standing.pages {
        transaction.set_checkout_state(handle, *state).await?;
    }
    let mut settled = Settled { placed, paid: BTreeMap::new(), back: BTreeMap::new() };
    for entry in transaction.entries_of(id).await? {
        let period = entry.draft.period();
        match (entry.draft.kind(), entry.reference) {
            (EntryKind::Payment, Some(reference)) => {
                settled.paid.insert(reference, period);
            }
            (kind @ (EntryKind::Refund | EntryKind::Chargeback), _) => {
                settled.back.insert(period, kind);
            }
            _ => {}
        }
    }
    let mut comparison = Comparison { ports, transaction: &mut *transaction, settled, misfits: Vec::new() };
    for taken in &standing.taken {
        comparison.compare(taken).await?;
    }
    if standing.subscription.as_ref().is_some_and(|subscription| subscription.state.is_unwanted()) {
        comparison.cancel().await?;
    }
    let Comparison { settled, misfits, .. } = comparison;
    note_misfits(ports, transaction, id, misfits).await?;
    Ok(Some(settled))
}

/// An order that is locked, as it is compared.
struct Comparison<'a> {
    ports: &'a Ports,
    transaction: &'a mut dyn Transaction,
    settled: Settled,
    misfits: Vec<Misfit>,
}

impl Comparison<'_> {
    fn order(&self) -> &Order {
        &self.settled.placed.order
    }

    async fn compare(&mut self, taken: &Taken) -> Result<(), MarketError> {
        let Some(period) = self.period_of(taken).await? else { return Ok(()) };
        let state = self.order().state;
        let is_back = self.settled.back.contains_key(&period);
        let course = &self.order().course;
        // What was paid for an earlier period cannot be given back by an event.
        let is_present = course.paid.is_some() && course.period.is_some_and(|present| present.number == period);
        let is_used = matches!(state, OrderState::Active | OrderState::Frozen);
        match taken.dispute {
            Some(Dispute::Open) if is_present && is_used => {
                self.happen(taken, Event::Dispute, Act::OrderDispute).await?;
            }
            Some(Dispute::Won) if is_present && state == OrderState::Disputed => {
                self.happen(taken, Event::DisputeWon, Act::OrderSettle).await?;
            }
            Some(Dispute::Lost) if is_present && (is_used || state == OrderState::Disputed) => {
                if is_used {
                    self.happen(taken, Event::Dispute, Act::OrderDispute).await?;
                }
                if self.happen(taken, Event::DisputeLost, Act::OrderSettle).await? {
                    self.settled.back.insert(period, EntryKind::Chargeback);
                }
                return Ok(());
            }
            // The bank has not decided yet.
            Some(Dispute::Open) if is_present && state == OrderState::Disputed => {}
            Some(Dispute::Open | Dispute::Lost) if !is_back => {
                self.misfit(taken, "the buyer's bank wants it back, and it is not what was paid for now".to_owned());
            }
            Some(Dispute::Lost) if taken.given_back.minor > 0 => {
                self.misfit(taken, format!("{} went back, and the buyer's bank has got it besides", taken.given_back));
            }
            _ => {}
        }
        if taken.given_back.minor == 0 || is_back {
            return Ok(());
        }
        let is_whole = taken.given_back == taken.amount && is_present;
        if is_whole && (is_used || state == OrderState::Cancelled) {
            if self.happen(taken, Event::Refund, Act::OrderRefund).await? {
                self.settled.back.insert(period, EntryKind::Refund);
            }
        } else {
            self.misfit(
                taken,
                format!("{} of {} went back, which gives no period back", taken.given_back, taken.amount),
            );
        }
        Ok(())
    }

    /// The period that a payment paid: noted by now, if it was not before and fits.
    async fn period_of(&mut self, taken: &Taken) -> Result<Option<u32>, MarketError> {
        if let Some(period) = self.settled.paid.get(&taken.reference) {
            return Ok(Some(*period));
        }
        if taken.amount == taken.given_back {
            // It came and went back without us: nothing is left of it.
            return Ok(None);
        }
        let due = self.order().course.due;
        if !self.happen(taken, Event::Pay(taken.amount), Act::OrderPay).await? {
            return Ok(None);
        }
        let period = due.map(|due| due.period);
        if let Some(period) = period {
            self.settled.paid.insert(taken.reference.clone(), period);
        }
        Ok(period)
    }

    /// The buyer wants it no more, and said so to the provider.
    async fn cancel(&mut self) -> Result<(), MarketError> {
        let order = self.order();
        let is_wanted = matches!(order.state, OrderState::Active | OrderState::Frozen) && !order.course.ends;
        if !is_wanted || order.terms.model.months().is_none() {
            return Ok(());
        }
        let told = Told::new(Act::OrderCancel, PROVIDER.to_owned());
        let cancelled =
            carry_out(self.ports, self.transaction, self.settled.placed.clone(), Event::Cancel, &told).await?;
        self.settled.placed = cancelled;
        Ok(())
    }

    /// Lets something happen; what the order refuses is a misfit.
    async fn happen(&mut self, taken: &Taken, event: Event, act: Act) -> Result<bool, MarketError> {
        let reference = Some(taken.reference.clone());
        let told = Told { reference, ..Told::new(act, PROVIDER.to_owned()) };
        // It is refused before anything is written.
        match carry_out(self.ports, self.transaction, self.settled.placed.clone(), event, &told).await {
            Ok(placed) => {
                self.settled.placed = placed;
                Ok(true)
            }
            Err(MarketError::Refused(
                refused @ (Refused::State { .. } | Refused::NothingDue | Refused::Amount { .. } | Refused::NothingPaid),
            )) => {
                self.misfit(taken, refused.to_string());
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn misfit(&mut self, taken: &Taken, reason: String) {
        self.misfits.push(Misfit { reference: taken.reference.clone(), reason, is_checked: false });
    }
}

/// Brings the provider's side up to date.
async fn hand_over(collector: &dyn Collector, settled: &Settled, standing: &Standing) -> Result<(), JobError> {
    let order = &settled.placed.order;
    let is_over = matches!(
        order.state,
        OrderState::Declined | OrderState::Expired | OrderState::Cancelled | OrderState::Refunded
    );
    if let Some(subscription) = standing.subscription.as_ref().filter(|subscription| !subscription.state.is_over()) {
        if is_over {
            collector.stop(&subscription.handle, Stop::Now).await?;
        } else if order.course.ends && !subscription.state.is_unwanted() {
            collector.stop(&subscription.handle, Stop::AtTheEnd).await?;
        }
    }
    for (handle, state) in &standing.pages {
        if is_over && *state == CheckoutState::Open {
            collector.close(handle).await?;
        }
    }
    for Taken { reference, amount, given_back, dispute } in &standing.taken {
        let Some(period) = settled.paid.get(reference) else { continue };
        let is_ours = given_back != amount && !matches!(dispute, Some(Dispute::Open | Dispute::Lost));
        if is_ours && settled.back.get(period) == Some(&EntryKind::Refund) {
            collector.give_back(reference, &format!("{}-{period}-back", order.id)).await?;
        }
    }
    Ok(())
}

//! What happens to an order, with all that comes of it, in one transaction.

use serde_json::json;

use super::entitlement::Entitlement;
use super::error::MarketError;
use super::invoice::{Invoice, InvoiceState};
use super::ledger::{Draft, Entry, EntryKind};
use super::letters::promise;
use super::order::{Due, Effect, Event, LicenceChange, Order};
use super::placed::{OrderEvent, PlacedOrder};
use super::price::Quote;
use super::tenant::{Buyer, Tenant};
use crate::audit::{Act, Deed};
use crate::job::{NewJob, Task};
use crate::licences::{LicenceKeyError, licence_of, revoke, signer};
use crate::ports::{Constraint, StoreError, Transaction};
use crate::{Id, Ports};

/// Why a licence was taken back, for everybody who reads the list; what the buyer is told is for the buyer.
const GIVEN_BACK: &str = "what was paid for it was given back";

/// Who did it, and why.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) act: Act,
    /// `token:` or `account:` with an id, `machine`, `job`, or `provider`: who takes the money.
    pub(super) by: String,
    pub(super) reason: Option<String>,
    /// What the bank calls the money that moves.
    pub(super) reference: Option<String>,
}

impl Told {
    pub(super) fn new(act: Act, by: String) -> Self {
        Self { act, by, reason: None, reference: None }
    }
}

/// Lets something happen to an order that is locked, and writes what comes of it.
pub(super) async fn carry_out(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    placed: PlacedOrder,
    event: Event,
    told: &Told,
) -> Result<PlacedOrder, MarketError> {
    let now = ports.now();
    let (order, effects) = placed.order.apply(event, now)?;
    let placed = PlacedOrder { order, ..placed };
    transaction.update_order(&placed.order).await?;
    let tenant = transaction.tenant(placed.order.tenant).await?.ok_or(MarketError::NoOrder)?;
    for effect in effects {
        match effect {
            Effect::Post(draft) => post(ports, transaction, &placed.order, draft, told).await?,
            Effect::Invoice(due, quote) => write(ports, transaction, &placed, &tenant, due, quote).await?,
            Effect::Licence(change) => entitle(ports, transaction, &placed.order, &tenant, change).await?,
            Effect::Letter(letter) => promise(ports, transaction, &placed.order, &tenant, letter).await?,
        }
    }
    note(ports, transaction, &placed, &tenant, told).await?;
    if matches!(event, Event::Decline | Event::Cancel | Event::Refund | Event::Time)
        && ports.payments.collector().is_some()
    {
        // Whoever takes the money by itself is to know.
        let task = Task::SettleOrder { order: placed.order.id };
        transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?;
    }
    Ok(placed)
}

/// Notes what happened, with the order and in the audit log.
pub(super) async fn note(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    placed: &PlacedOrder,
    tenant: &Tenant,
    told: &Told,
) -> Result<(), StoreError> {
    let now = ports.now();
    let order = &placed.order;
    let reason = told.reason.clone().or_else(|| told.reference.clone());
    let event = OrderEvent {
        id: Id::new(now, &*ports.entropy),
        order: order.id,
        what: told.act.as_str().to_owned(),
        state: order.state,
        by: told.by.clone(),
        at: now,
        reason,
    };
    transaction.insert_order_event(&event).await?;
    let detail = json!({ "tenant": tenant.name, "module": order.terms.module, "state": order.state.as_str() });
    tell(ports, transaction, tenant, Deed::new(told.act).id(order.id).with(detail)).await
}

/// Tells the audit log, in the name of the organisation that buys.
pub(super) async fn tell(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    tenant: &Tenant,
    deed: Deed,
) -> Result<(), StoreError> {
    let publisher = match tenant.buyer {
        Buyer::Organisation(publisher) => transaction.publisher(publisher).await?,
        Buyer::Account(_) => None,
    };
    let deed = match &publisher {
        Some(publisher) => deed.of(publisher),
        None => deed,
    };
    deed.tell(ports, transaction);
    Ok(())
}

async fn post(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    order: &Order,
    draft: Draft,
    told: &Told,
) -> Result<(), MarketError> {
    let (kind, period, at) = (draft.kind(), draft.period(), ports.now());
    let reference = match kind {
        EntryKind::Invoice | EntryKind::Void => None,
        EntryKind::Payment | EntryKind::Refund | EntryKind::Chargeback => told.reference.clone(),
    };
    let entry = Entry { id: Id::new(at, &*ports.entropy), order: order.id, at, reference, draft };
    transaction.insert_entry(&entry).await.map_err(|error| match error {
        StoreError::Violated(Constraint::LedgerReference) => MarketError::ReferenceUsed,
        other => other.into(),
    })?;
    match kind {
        EntryKind::Payment => transaction.settle_invoice(order.id, period, InvoiceState::Paid).await?,
        EntryKind::Void => transaction.settle_invoice(order.id, period, InvoiceState::Void).await?,
        EntryKind::Invoice | EntryKind::Refund | EntryKind::Chargeback => {}
    }
    Ok(())
}

async fn write(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    placed: &PlacedOrder,
    tenant: &Tenant,
    due: Due,
    quote: Quote,
) -> Result<(), StoreError> {
    let written_at = ports.now();
    // No registry's clock is before the year 0.
    let number = transaction.next_invoice(u32::try_from(written_at.year()).unwrap_or_default()).await?;
    let invoice = Invoice {
        number,
        order: placed.order.id,
        tenant: tenant.id,
        period: due.period,
        state: InvoiceState::Open,
        seller: ports.market.seller.clone(),
        bill_to: tenant.bill_to.clone(),
        lines: quote.lines,
        total: due.total,
        cost_centre: placed.cost_centre.as_ref().map(ToString::to_string),
        written_at,
        due_at: due.at,
    };
    transaction.insert_invoice(&invoice).await
}

/// Writes what an order entitles to, with the licence that says so: there is no such order without one.
async fn entitle(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    order: &Order,
    tenant: &Tenant,
    change: LicenceChange,
) -> Result<(), MarketError> {
    let now = ports.now();
    let known = transaction.entitlement_of(order.id).await?;
    let known = known.unwrap_or_else(|| Entitlement::new(Id::new(now, &*ports.entropy), order, now));
    let mut entitlement = known.changed(change, now);
    if entitlement.is_in_force() {
        let signer = signer(ports, transaction).await?;
        let licence = licence_of(&entitlement, &order.terms, &tenant.name, &signer.registry);
        entitlement.token = Some(signer.sign(&licence, now.into()).map_err(LicenceKeyError::from)?);
    }
    if change == LicenceChange::Revoke {
        revoke(transaction, &entitlement.licence_id(), now.into(), GIVEN_BACK).await?;
    }
    Ok(transaction.put_entitlement(&entitlement).await?)
}

//! Looking at orders, invoices and licences: a tenant's people at their own, operators at all of them.

use adx_signing::name::{ModuleId, TenantId};

use super::access::{order_to_see, role_of, tenant_to_see};
use super::change_card::is_by_card;
use super::checkout::next_step;
use super::entitlement::Entitlement;
use super::error::MarketError;
use super::invoice::{Invoice, InvoiceNumber, InvoiceState};
use super::order::{Order, OrderState};
use super::placed::{OrderEvent, PlacedOrder};
use super::price::Terms;
use super::tenant::Tenant;
use crate::actor::Actor;
use crate::members::Right;
use crate::operator_scope::OperatorScope;
use crate::ports::{NextStep, Reader, StoreError};
use crate::run_jobs::{JobError, chain};
use crate::{Id, Ports, page};

/// Most orders of one page.
pub(super) const MAX_ORDERS: u32 = 100;

/// Some orders, and where the next are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orders {
    /// With whom they are for.
    pub orders: Vec<(PlacedOrder, Tenant)>,
    /// Where to go on, if there are more.
    pub next: Option<Id<Order>>,
}

/// An order with all that belongs to it.
#[derive(Debug, Clone)]
pub struct OrderPage {
    /// The order.
    pub placed: PlacedOrder,
    /// For whom.
    pub tenant: Tenant,
    /// What happened, in the order it happened.
    pub events: Vec<OrderEvent>,
    /// Its invoices, in the order they were written.
    pub invoices: Vec<Invoice>,
    /// What the buyer is to do, if something is to be paid.
    pub next_step: Option<NextStep>,
    /// Whether later periods are taken from a card.
    pub by_card: bool,
}

/// The orders of a tenant, the last one first, those before `before`, at most [`MAX_ORDERS`]: for its people, and operators.
///
/// # Errors
/// [`MarketError`]
pub async fn orders_of(
    ports: &Ports,
    actor: &Actor,
    name: &TenantId,
    before: Option<Id<Order>>,
) -> Result<Orders, MarketError> {
    actor.somebody()?;
    let mut reader = ports.store.read().await?;
    let tenant = tenant_to_see(&mut *reader, actor, name, Right::AskToBuy).await?;
    let found = reader.orders_of(tenant.id, before, MAX_ORDERS + 1).await?;
    Ok(cut(found.into_iter().map(|placed| (placed, tenant.clone())).collect()))
}

/// The orders of a state in the order they were placed, those after `after`, at most [`MAX_ORDERS`], for operators.
///
/// # Errors
/// [`MarketError`]
pub async fn orders(
    ports: &Ports,
    actor: &Actor,
    state: OrderState,
    after: Option<Id<Order>>,
) -> Result<Orders, MarketError> {
    actor.operator_sees(OperatorScope::Orders)?;
    Ok(orders_on_the_machine(ports, state, after).await?)
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`StoreError`]
pub async fn orders_on_the_machine(
    ports: &Ports,
    state: OrderState,
    after: Option<Id<Order>>,
) -> Result<Orders, StoreError> {
    let mut reader = ports.store.read().await?;
    let mut found = Vec::new();
    for placed in reader.orders_after(state, after, MAX_ORDERS + 1).await? {
        if let Some(tenant) = reader.tenant(placed.order.tenant).await? {
            found.push((placed, tenant));
        }
    }
    Ok(cut(found))
}

fn cut(mut orders: Vec<(PlacedOrder, Tenant)>) -> Orders {
    let next = page::cut(&mut orders, MAX_ORDERS, |(last, _)| last.order.id);
    Orders { orders, next }
}

/// An order with all that belongs to it: for the tenant's people, and operators.
///
/// # Errors
/// [`MarketError`]
pub async fn look_at_order(ports: &Ports, actor: &Actor, id: Id<Order>) -> Result<OrderPage, MarketError> {
    actor.somebody()?;
    let mut reader = ports.store.read().await?;
    let (placed, tenant) = order_to_see(&mut *reader, actor, id).await?;
    let (events, invoices) = (reader.order_events(id).await?, reader.invoices_of(id).await?);
    let by_card = is_by_card(ports, &placed.order, &reader.checkouts_of(id).await?);
    drop(reader);
    let open = invoices.iter().find(|invoice| invoice.state == InvoiceState::Open);
    let next_step = match open {
        Some(open) => Some(step_to_pay(ports, &placed.order.terms, open).await?),
        None => None,
    };
    Ok(OrderPage { placed, tenant, events, invoices, next_step, by_card })
}

/// What is to be done to pay. Whoever takes the money may not answer; the order is shown all the same.
async fn step_to_pay(ports: &Ports, terms: &Terms, open: &Invoice) -> Result<NextStep, MarketError> {
    match next_step(ports, terms, open).await {
        Ok(step) => Ok(step),
        Err(JobError::Store(error)) => Err(error.into()),
        Err(error) => {
            tracing::error!(order = %open.order, error = %chain(&error), "nobody says how an order is paid");
            let instructions =
                format!("Pay {}. The page to pay on cannot be opened now: look again in a while.", open.total);
            Ok(NextStep { instructions, page: None })
        }
    }
}

/// An invoice: for those who see what is about money, and operators. Strangers are not told whether it is there.
///
/// # Errors
/// [`MarketError`]
pub async fn invoice(ports: &Ports, actor: &Actor, number: InvoiceNumber) -> Result<Invoice, MarketError> {
    actor.somebody()?;
    let unknown = || MarketError::NoInvoice(number);
    let mut reader = ports.store.read().await?;
    let invoice = reader.invoice(number).await?.ok_or_else(unknown)?;
    if actor.operator_sees(OperatorScope::Orders).is_err() {
        let tenant = reader.tenant(invoice.tenant).await?.ok_or_else(unknown)?;
        let role = role_of(&mut *reader, actor, &tenant).await?.ok_or_else(unknown)?;
        super::access::has(role, Right::SeeMoney)?;
    }
    Ok(invoice)
}

/// What a tenant is entitled to, with what was agreed.
#[derive(Debug, Clone)]
pub struct Entitled {
    /// Whom.
    pub tenant: Tenant,
    /// To what.
    pub entitlement: Entitlement,
    /// On which terms.
    pub terms: Terms,
}

/// What a tenant is entitled to, or was, the last one first: for its people, and operators.
///
/// # Errors
/// [`MarketError`]
pub async fn entitlements(ports: &Ports, actor: &Actor, name: &TenantId) -> Result<Vec<Entitled>, MarketError> {
    actor.somebody()?;
    let mut reader = ports.store.read().await?;
    let tenant = tenant_to_see(&mut *reader, actor, name, Right::AskToBuy).await?;
    Ok(all_of(&mut *reader, &tenant).await?)
}

async fn all_of(reader: &mut dyn Reader, tenant: &Tenant) -> Result<Vec<Entitled>, StoreError> {
    let mut all = Vec::new();
    for entitlement in reader.entitlements_of(tenant.id).await? {
        if let Some(placed) = reader.order(entitlement.order).await? {
            all.push(Entitled { tenant: tenant.clone(), entitlement, terms: placed.order.terms });
        }
    }
    Ok(all)
}

/// What a tenant may use of a module now: of several, what lasts longest.
///
/// # Errors
/// [`MarketError`]; [`MarketError::NoLicence`] where nothing is in force.
pub(super) async fn best(reader: &mut dyn Reader, tenant: &Tenant, module: &ModuleId) -> Result<Entitled, MarketError> {
    let is_meant = |found: &Entitled| {
        found.entitlement.is_in_force() && found.entitlement.module.canonical() == module.canonical()
    };
    let lasting = |found: &Entitled| {
        let until = found.entitlement.until;
        (until.is_none(), until)
    };
    let best = all_of(reader, tenant).await?.into_iter().filter(is_meant).max_by_key(lasting);
    best.ok_or_else(|| MarketError::NoLicence { tenant: tenant.name.clone(), module: module.clone() })
}

/// The same for the tenant's people, and operators.
///
/// # Errors
/// [`MarketError`]; [`MarketError::NoLicence`] where nothing is in force.
pub async fn entitled(
    ports: &Ports,
    actor: &Actor,
    name: &TenantId,
    module: &ModuleId,
) -> Result<Entitled, MarketError> {
    actor.somebody()?;
    let mut reader = ports.store.read().await?;
    let tenant = tenant_to_see(&mut *reader, actor, name, Right::AskToBuy).await?;
    best(&mut *reader, &tenant, module).await
}

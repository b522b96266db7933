//! Quotes, and placing orders.

use adx_index::manifest::{Manifest, Marketplace};
use adx_signing::digest::Digest;
use adx_signing::name::{ModuleId, TenantId};
use serde::Serialize;
use time::{OffsetDateTime, Time};

use super::access::tenant_for;
use super::carry_out::{Told, carry_out, note};
use super::coupon::{CouponCode, CouponError};
use super::error::MarketError;
use super::letters::promise;
use super::order::{Event, Order, OrderLetter};
use super::placed::{PlacedOrder, ShortText};
use super::price::{Quote, Terms, Wish};
use super::tenant::Tenant;
use crate::actor::Actor;
use crate::audit::Act;
use crate::members::{Right, Role};
use crate::money::Money;
use crate::ports::{Constraint, Reader, StoreError, Transaction, Written};
use crate::publisher::Publisher;
use crate::submissions::by;
use crate::{Id, Ports};

/// What is wanted.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// For whom.
    pub tenant: TenantId,
    /// The module.
    pub module: ModuleId,
    /// How.
    pub wish: Wish,
    /// A coupon of the publisher's.
    pub coupon: Option<CouponCode>,
    /// What the buyer files it under.
    pub cost_centre: Option<ShortText>,
}

/// What it would cost.
#[derive(Debug, Clone)]
pub struct Quoted {
    /// What would be agreed.
    pub terms: Terms,
    /// What the first period costs.
    pub first: Quote,
    /// Whether whoever asks may buy it, or only ask for it.
    pub may_buy: bool,
}

/// What an order would cost whoever asks, who is somebody of the tenant's. Nothing is written.
///
/// # Errors
/// [`MarketError`]
pub async fn quote_order(ports: &Ports, actor: &Actor, new: &NewOrder) -> Result<Quoted, MarketError> {
    let mut reader = ports.store.read().await?;
    let (tenant, role) = tenant_for(&mut *reader, actor, &new.tenant, Right::AskToBuy).await?;
    let Offer { publisher, module, marketplace } = offer(&mut *reader, &new.module).await?;
    let discount = match &new.coupon {
        Some(code) => {
            let coupons = reader.coupons_of(publisher).await?;
            let coupon = coupons.into_iter().find(|coupon| coupon.code == *code);
            Some(coupon.ok_or_else(|| CouponError::Unknown(code.clone()))?.discount(&module, ports.now())?)
        }
        None => None,
    };
    let terms = Terms::of(module, &marketplace, &new.wish, discount, ports.market.share)?;
    let first = terms.quote(1)?;
    let may_buy = may_buy(&mut *reader, &tenant, role, first.due(), ports.now()).await?;
    Ok(Quoted { terms, first, may_buy })
}

/// Places an order. Whoever may buy buys with it; whoever may only ask asks those who may. The same order under the same key is the same
/// order.
///
/// # Errors
/// [`MarketError`]; nothing was ordered then.
#[tracing::instrument(name = "order.place", skip_all, fields(tenant = %new.tenant, module = %new.module))]
pub async fn place_order(
    ports: &Ports,
    actor: &Actor,
    new: &NewOrder,
    key: ShortText,
) -> Result<PlacedOrder, MarketError> {
    actor.somebody()?;
    let mut transaction = ports.store.begin().await?;
    let placed = within(ports, &mut *transaction, actor, new, key).await;
    match placed {
        Ok((placed, is_new)) => {
            if is_new {
                transaction.commit(Written::Told).await?;
                tracing::info!(order = %placed.order.id, state = placed.order.state.as_str(), "an order");
            } else {
                transaction.rollback().await?;
            }
            Ok(placed)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

async fn within(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    new: &NewOrder,
    key: ShortText,
) -> Result<(PlacedOrder, bool), MarketError> {
    let (tenant, role) = tenant_for(transaction, actor, &new.tenant, Right::AskToBuy).await?;
    transaction.lock_tenant(tenant.id).await?;
    let request = new.digest();
    if let Some(known) = transaction.order_by_key(tenant.id, key.as_str()).await? {
        return if known.request == request { Ok((known, false)) } else { Err(MarketError::KeyReused) };
    }
    let Offer { publisher, module, marketplace } = offer(transaction, &new.module).await?;
    let now = ports.now();
    let discount = match &new.coupon {
        Some(code) => {
            let coupon = transaction.lock_coupon(publisher, code).await?;
            let coupon = coupon.ok_or_else(|| CouponError::Unknown(code.clone()))?;
            let discount = coupon.discount(&module, now)?;
            transaction.use_coupon(coupon.id).await?;
            Some(discount)
        }
        None => None,
    };
    let terms = Terms::of(module, &marketplace, &new.wish, discount, ports.market.share)?;
    let due = terms.quote(1)?.due();
    let order = Order::new(Id::new(now, &*ports.entropy), tenant.id, publisher, terms, now);
    let placed = PlacedOrder { order, key, request, cost_centre: new.cost_centre.clone(), placed_by: by(actor)? };
    transaction.insert_order(&placed).await.map_err(|error| match error {
        StoreError::Violated(Constraint::Trial) => MarketError::Tried(new.module.clone()),
        other => other.into(),
    })?;
    let told = Told::new(Act::OrderPlace, placed.placed_by.clone());
    if may_buy(transaction, &tenant, role, due, now).await? {
        return Ok((carry_out(ports, transaction, placed, Event::Confirm, &told).await?, true));
    }
    note(ports, transaction, &placed, &tenant, &told).await?;
    promise(ports, transaction, &placed.order, &tenant, OrderLetter::Asked).await?;
    Ok((placed, true))
}

/// What can be bought.
struct Offer {
    publisher: Id<Publisher>,
    module: ModuleId,
    marketplace: Marketplace,
}

/// What the newest release of a module offers.
async fn offer(reader: &mut dyn Reader, wanted: &ModuleId) -> Result<Offer, MarketError> {
    let unknown = || MarketError::NoModule(wanted.clone());
    let module = reader.module(wanted).await?.filter(|module| module.deleted_at.is_none()).ok_or_else(unknown)?;
    let latest = module.latest.as_ref().ok_or_else(unknown)?;
    let release = reader.release(module.id, latest).await?.filter(|release| !release.is_withheld());
    let release = release.ok_or_else(unknown)?;
    let texts = reader.release_texts(release.id).await?.ok_or_else(unknown)?;
    let manifest = Manifest::parse(&texts.manifest).map_err(|error| {
        tracing::error!(module = %module.module, error = %error, "a manifest that was published cannot be read");
        unknown()
    })?;
    Ok(Offer { publisher: module.publisher, module: module.module, marketplace: manifest.marketplace })
}

/// Whether a role may buy: an owner always, others up to what may be spent in a month.
pub(super) async fn may_buy(
    reader: &mut dyn Reader,
    tenant: &Tenant,
    role: Role,
    due: Option<Money>,
    now: OffsetDateTime,
) -> Result<bool, MarketError> {
    Ok(role == Role::Owner || (role.has(Right::Buy) && exceeded_cap(reader, tenant, due, now).await?.is_none()))
}

/// What may be spent in this month (UTC) without an owner, if an amount is more than is left of it. One in another currency always is.
pub(super) async fn exceeded_cap(
    reader: &mut dyn Reader,
    tenant: &Tenant,
    due: Option<Money>,
    now: OffsetDateTime,
) -> Result<Option<Money>, MarketError> {
    let (Some(cap), Some(due)) = (tenant.cap, due) else { return Ok(None) };
    if cap.currency != due.currency {
        return Ok(Some(cap));
    }
    let month = now.replace_day(1).unwrap_or(now).replace_time(Time::MIDNIGHT);
    let asked = Money::new(reader.asked_since(tenant.id, cap.currency, month).await?, cap.currency);
    Ok((asked.plus(due)?.minor > cap.minor).then_some(cap))
}

impl NewOrder {
    /// What tells it from another under the same key.
    fn digest(&self) -> Digest {
        /// In the order in which it is hashed.
        #[derive(Serialize)]
        struct Sent<'a> {
            module: String,
            wish: &'a Wish,
            coupon: Option<&'a str>,
            cost_centre: Option<&'a str>,
        }
        let sent = Sent {
            module: self.module.to_string(),
            wish: &self.wish,
            coupon: self.coupon.as_ref().map(CouponCode::as_str),
            cost_centre: self.cost_centre.as_ref().map(ShortText::as_str),
        };
        // Text and numbers only: there is nothing in it that could not be written.
        Digest::of(serde_json::to_string(&sent).unwrap_or_default().as_bytes())
    }
}

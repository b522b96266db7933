//! Making coupons, and looking at them.

use adx_signing::name::{ModuleId, Name, Namespace};
use serde_json::json;
use time::OffsetDateTime;

use super::coupon::{Coupon, CouponCode, Off};
use super::end;
use super::error::MarketError;
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::members::Right;
use crate::ports::{Constraint, StoreError, Transaction, Written};
use crate::{Id, Ports};

/// Most coupons of a publisher: they are listed on one page.
pub const MAX_COUPONS: usize = 1_000;

/// A coupon to be made.
#[derive(Debug, Clone)]
pub struct NewCoupon {
    /// What a buyer types.
    pub code: CouponCode,
    /// For which module of the publisher's; for all if none is named.
    pub module: Option<Name>,
    /// What is taken off.
    pub off: Off,
    /// Of how many periods; of all if nobody says.
    pub periods: Option<u32>,
    /// For how many orders; for any number if nobody says.
    pub most: Option<u32>,
    /// From when on it is not taken any more.
    pub expires_at: Option<OffsetDateTime>,
}

/// Makes a coupon of a publisher, for its owners.
///
/// # Errors
/// [`MarketError`]; nothing was made then.
#[tracing::instrument(name = "coupon.create", skip_all, fields(%namespace))]
pub async fn create_coupon(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    new: NewCoupon,
) -> Result<Coupon, MarketError> {
    actor.owner_of(namespace)?;
    if !new.off.is_sound() || new.periods == Some(0) || new.most == Some(0) {
        return Err(MarketError::BadOff);
    }
    let mut transaction = ports.store.begin().await?;
    let made = insert(ports, &mut *transaction, namespace, new).await;
    end(transaction, Written::Told, made).await
}

async fn insert(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    namespace: &Namespace,
    new: NewCoupon,
) -> Result<Coupon, MarketError> {
    let publisher = transaction.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| MarketError::NoPublisher(namespace.clone()))?;
    let created_at = ports.now();
    let NewCoupon { code, module, off, periods, most, expires_at } = new;
    let coupon = Coupon {
        id: Id::new(created_at, &*ports.entropy),
        publisher: publisher.id,
        code,
        module: module.map(|name| ModuleId { namespace: publisher.namespace.clone(), name }),
        off,
        periods,
        most,
        used: 0,
        expires_at,
        created_at,
    };
    if transaction.coupons_of(publisher.id).await?.len() >= MAX_COUPONS {
        return Err(MarketError::TooMany { what: "coupons", most: MAX_COUPONS });
    }
    transaction.insert_coupon(&coupon).await.map_err(|error| match error {
        StoreError::Violated(Constraint::CouponCode) => MarketError::CouponExists(coupon.code.clone()),
        other => other.into(),
    })?;
    // Not its code: whoever reads the log could use it.
    Deed::new(Act::CouponCreate)
        .of(&publisher)
        .id(coupon.id)
        .with(json!({ "off": coupon.off }))
        .tell(ports, transaction);
    Ok(coupon)
}

/// The coupons of a publisher by code, for those who see what is about money, and operators.
///
/// # Errors
/// [`MarketError`]
pub async fn coupons_of(ports: &Ports, actor: &Actor, namespace: &Namespace) -> Result<Vec<Coupon>, MarketError> {
    actor.may_see(namespace, Right::SeeMoney)?;
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| MarketError::NoPublisher(namespace.clone()))?;
    Ok(reader.coupons_of(publisher.id).await?)
}

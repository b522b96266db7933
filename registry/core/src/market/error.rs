//! Why nothing was bought, or nothing became of it.

use adx_signing::licence::LicenceError;
use adx_signing::name::{ModuleId, Namespace, TenantId};
use thiserror::Error;

use super::coupon::{BadCode, CouponCode, CouponError};
use super::invoice::InvoiceNumber;
use super::order::Refused;
use super::placed::BadShortText;
use super::price::PriceError;
use crate::actor::Denied;
use crate::licences::LicenceKeyError;
use crate::members::{Right, Role};
use crate::money::{Money, MoneyError};
use crate::ports::{PaymentError, StoreError};

/// Why nothing was bought, or nothing became of it.
#[derive(Debug, Error)]
pub enum MarketError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The member's role is too little.
    #[error("a member with the role {role} may not {right}")]
    Role {
        /// The member's role.
        role: Role,
        /// What it lacks.
        right: Right,
    },
    /// It is more than may be spent without an owner.
    #[error("this is beyond the {0} that may be spent in a month: an owner decides")]
    OverCap(Money),
    /// There is no such tenant, or it is nobody's who asks.
    #[error("there is no tenant `{0}` of yours")]
    NoTenant(TenantId),
    /// The name is taken.
    #[error("the tenant `{0}` exists")]
    TenantExists(TenantId),
    /// The namespace has no publisher.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// What invoices are made out to is no address.
    #[error(
        "a name and an address are needed, up to {MAX_BILL_CHARS} characters of plain text in up to {MAX_BILL_LINES} lines"
    )]
    BadBillTo,
    /// A cap below nothing.
    #[error("what may be spent in a month is nothing or more")]
    BadCap,
    /// There are as many already as there may be.
    #[error("there are {most} {what} already, and no more are kept")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        most: usize,
    },
    /// There is nothing to buy.
    #[error("there is no module `{0}`, or no version of it that can be installed")]
    NoModule(ModuleId),
    /// There is no such order, or it is nobody's who asks.
    #[error("there is no such order of yours")]
    NoOrder,
    /// There is no such invoice, or it is nobody's who asks.
    #[error("there is no invoice {0} of yours")]
    NoInvoice(InvoiceNumber),
    /// Nothing is in force.
    #[error("the tenant `{tenant}` has no licence of `{module}` that is in force")]
    NoLicence {
        /// The tenant.
        tenant: TenantId,
        /// The module.
        module: ModuleId,
    },
    /// The key was used for something else.
    #[error("another order was sent under this idempotency key")]
    KeyReused,
    /// It was tried before.
    #[error("`{0}` was tried by this tenant before: a module is tried once")]
    Tried(ModuleId),
    /// The publisher has a coupon of that code.
    #[error("the coupon `{0}` exists")]
    CouponExists(CouponCode),
    /// A coupon that takes nothing off, or more than all.
    #[error("a coupon takes off more than nothing, and at most 100 %")]
    BadOff,
    /// The reference was noted for something else.
    #[error("this reference was noted for this order before")]
    ReferenceUsed,
    /// It is no code.
    #[error(transparent)]
    Code(#[from] BadCode),
    /// It is no line of text.
    #[error(transparent)]
    Text(#[from] BadShortText),
    /// The coupon is not taken.
    #[error(transparent)]
    Coupon(#[from] CouponError),
    /// There is no price for it.
    #[error(transparent)]
    Price(#[from] PriceError),
    /// The order is not so far, or too far.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// There is not that much money.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// Nothing is to be looked at.
    #[error("every payment of this order fits, or was looked at")]
    NoMisfit,
    /// There is no card.
    #[error("nothing is taken by itself for this order: there is no card to change")]
    NoCard,
    /// Nobody takes the money now.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// What was shown is no licence of this registry.
    #[error(transparent)]
    NotBelieved(LicenceError),
    /// Licences cannot be signed.
    #[error(transparent)]
    Licence(LicenceKeyError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<LicenceKeyError> for MarketError {
    fn from(error: LicenceKeyError) -> Self {
        match error {
            LicenceKeyError::Store(error) => Self::Store(error),
            error => Self::Licence(error),
        }
    }
}

/// Longest name and address of an invoice, in characters.
pub const MAX_BILL_CHARS: usize = 500;
/// Most lines of it.
pub const MAX_BILL_LINES: usize = 8;

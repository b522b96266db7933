//! From the errors about buying and selling to problems.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use adx_registry_core::market::{MarketError, coupon::CouponError, order::Refused};

use super::{
    problem::Problem,
    refusals::{conflict, unprocessable},
};

/// There is no such tenant, or it is nobody's who asks.
pub(super) fn no_tenant(words: impl Into<Cow<'static, str>>) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "tenant", "No such tenant", words).hint("GET /api/v1/tenants lists them.")
}

impl From<MarketError> for Problem {
    fn from(error: MarketError) -> Self {
        let words = error.to_string();
        match error {
            MarketError::Denied(denied) => denied.into(),
            MarketError::Store(error) => error.into(),
            MarketError::Payment(ref error) => Self::unavailable(error),
            MarketError::Licence(ref error) => Self::internal(error),
            MarketError::NotBelieved(ref error) => Self::unauthenticated(words).hint(error.hint()),
            MarketError::Role { .. } => Self::forbidden(words).hint("Ask an owner, or somebody with the role billing."),
            MarketError::OverCap(_) => Self::forbidden(words).hint("Ask an owner of the organisation."),
            MarketError::NoTenant(_) => no_tenant(words),
            MarketError::NoPublisher(_)
            | MarketError::NoOrder
            | MarketError::NoInvoice(_)
            | MarketError::NoModule(_) => Self::not_found(words),
            MarketError::NoLicence { .. } => Self::not_found(words).hint("Order it: POST /api/v1/orders."),
            MarketError::TenantExists(_) => conflict("tenant-exists", "Tenant exists", words),
            MarketError::TooMany { .. } => conflict("too-many", "Too many", words),
            MarketError::CouponExists(_) => conflict("coupon-exists", "Coupon exists", words),
            MarketError::KeyReused => conflict("idempotency-key-reused", "Key used for another order", words)
                .hint("Send another order under another `Idempotency-Key`."),
            MarketError::Tried(_) => conflict("tried-before", "Tried before", words),
            MarketError::ReferenceUsed => conflict("reference-used", "Reference used", words),
            MarketError::Coupon(CouponError::Unknown(_)) => {
                Self::new(StatusCode::NOT_FOUND, "coupon", "No such coupon", words)
            }
            MarketError::Coupon(CouponError::Expired(_) | CouponError::Used(_)) => {
                conflict("coupon-over", "Coupon not taken", words)
            }
            MarketError::Refused(Refused::Ledger(_) | Refused::Money(_)) => Self::internal(&error),
            MarketError::Refused(Refused::Amount { .. }) => conflict("other-amount", "Another amount is due", words)
                .hint("Note what the bank says, and refund the rest there."),
            MarketError::Refused(_) | MarketError::NoCard | MarketError::NoMisfit => {
                conflict("order-state", "Not possible now", words)
            }
            MarketError::BadBillTo
            | MarketError::BadCap
            | MarketError::BadOff
            | MarketError::Code(_)
            | MarketError::Text(_)
            | MarketError::Price(_)
            | MarketError::Money(_) => unprocessable("invalid", "Not valid", words),
        }
    }
}

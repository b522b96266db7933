//! Buying and selling: prices, orders, the ledger, and what follows from them.
//!
//! Nothing is bought but by [`place_order`], and nothing becomes of an order but by [`order::Order::apply`]: use cases say who may, and
//! write what comes of it in one transaction.

mod access;
mod cancel;
mod carry_out;
mod change_card;
pub mod checkout;
pub mod coupon;
mod coupons;
mod decide;
pub mod entitlement;
mod error;
mod hear;
pub mod invoice;
pub mod ledger;
mod letters;
mod licence;
mod look;
mod misfits;
mod operate;
pub mod order;
mod place;
pub mod placed;
pub mod price;
mod rules;
mod settle;
mod statement;
pub mod tenant;
mod tenants;
mod turn;

use crate::ports::{StoreError, Transaction, Written};

pub use cancel::cancel_order;
pub use change_card::change_card;
pub use coupons::{MAX_COUPONS, NewCoupon, coupons_of, create_coupon};
pub use decide::{approve_order, refuse_order};
pub use error::{MAX_BILL_CHARS, MAX_BILL_LINES, MarketError};
pub(crate) use hear::follow_payment;
pub use hear::{HearError, hear_payments};
pub use letters::Recipient;
pub(crate) use letters::send_order_letter;
pub use licence::{LicenceForm, Shown, lease, licence};
pub use look::{
    Entitled, OrderPage, Orders, entitled, entitlements, invoice, look_at_order, orders, orders_of,
    orders_on_the_machine,
};
pub(crate) use misfits::misfit_letter;
pub use misfits::{check_misfits_on_the_machine, misfits_on_the_machine};
pub use operate::{Operation, operate, operate_on_the_machine};
pub use place::{NewOrder, Quoted, place_order, quote_order};
pub use rules::MarketRules;
pub(crate) use settle::{reconcile_payments, settle_order};
pub use statement::{Statement, StatementLine, statement_of_publisher, statement_of_tenant};
pub use tenants::{MAX_TENANTS, NewTenant, TenantChange, change_tenant, create_tenant, tenant, tenants};
pub(crate) use turn::turn_orders;

/// Commits what was done, which must be told to the audit log or not, and nothing of what was refused.
async fn end<T, E: From<StoreError>>(
    transaction: Box<dyn Transaction>,
    written: Written,
    done: Result<T, E>,
) -> Result<T, E> {
    match done {
        Ok(done) => {
            transaction.commit(written).await?;
            Ok(done)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

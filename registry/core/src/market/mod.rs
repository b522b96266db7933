//! Buying and selling: prices, orders, the ledger, and what follows from them.
//!
//! Nothing becomes of an order but by [`order::Order::apply`], which gives what is to be done besides.

pub mod coupon;
pub mod ledger;
pub mod order;
pub mod price;
pub mod tenant;

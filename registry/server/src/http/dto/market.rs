//! What is bought and sold: tenants, orders, invoices, statements, coupons.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

/// An amount of money that is sent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// In the currency's minor unit, such as cents.
    pub amount_minor: i64,
    /// ISO 4217.
    #[schema(example = "EUR")]
    pub currency: String,
}

/// An amount of money.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Money {
    /// In the currency's minor unit, such as cents; below zero for what is owed.
    pub amount_minor: i64,
    /// ISO 4217.
    #[schema(example = "EUR")]
    pub currency: String,
    /// As people write it.
    #[schema(example = "57.00 EUR")]
    pub text: String,
}

/// A tenant to be made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// What agents call it: lowercase letters, digits, `-` and `_`.
    #[schema(example = "acme-office")]
    pub tenant: String,
    /// The organisation that buys for it; whoever asks does if none is named.
    pub namespace: Option<String>,
    /// What invoices are made out to: a name and an address, 8 lines at most.
    #[schema(example = "Acme\nKai 2\n20457 Hamburg")]
    pub bill_to: String,
    /// Where invoices go besides the people who may buy.
    pub bill_mail: Option<String>,
    /// What may be spent in a calendar month (UTC) without an owner; as much as anybody likes if nothing says.
    pub spending_cap: Option<Amount>,
}

/// What is changed of a tenant: all of it is written anew.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantChange {
    /// What invoices are made out to.
    pub bill_to: String,
    /// Where invoices go besides.
    pub bill_mail: Option<String>,
    /// What may be spent in a month without an owner.
    pub spending_cap: Option<Amount>,
}

/// For whom modules are bought.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Tenant {
    /// What agents call it.
    pub tenant: String,
    /// Who buys: `account` or `organisation`.
    pub buyer: String,
    /// What invoices are made out to.
    pub bill_to: String,
    /// Where invoices go besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill_mail: Option<String>,
    /// What may be spent in a month without an owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spending_cap: Option<Money>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// Tenants.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TenantList {
    /// The tenants.
    pub tenants: Vec<Tenant>,
}

/// What is wanted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// For whom.
    #[schema(example = "acme-office")]
    pub tenant: String,
    /// The module.
    #[schema(example = "adx/hello")]
    pub module: String,
    /// Try it, for the days that its publisher offers. Once for each tenant.
    #[serde(default)]
    pub trial: bool,
    /// For how many, where it is sold by the seat; 1 if nobody says.
    pub seats: Option<u32>,
    /// A coupon of its publisher's.
    pub coupon: Option<String>,
    /// What the buyer files it under.
    pub cost_centre: Option<String>,
}

/// One line of a quote or an invoice.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PriceLine {
    /// What it is for.
    pub text: String,
    /// How many.
    pub count: u32,
    /// What one costs, in the minor unit.
    pub each_minor: i64,
    /// What they cost, in the minor unit; below zero for what is taken off.
    pub amount_minor: i64,
}

/// What an order would cost.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderQuote {
    /// `free`, `trial`, `one-time`, `month` or `year`.
    pub model: String,
    /// For how many, where seats are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<u32>,
    /// For how many days, where it is tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial_days: Option<u32>,
    /// What the first period costs.
    pub lines: Vec<PriceLine>,
    /// The sum; none where nothing is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// Whether whoever asks may buy it; or else the order waits for somebody who may.
    pub may_buy: bool,
}

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Order {
    /// Its id.
    pub id: String,
    /// For whom.
    pub tenant: String,
    /// The module.
    pub module: String,
    /// `free`, `trial`, `one-time`, `month` or `year`.
    pub model: String,
    /// For how many, where seats are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<u32>,
    /// `created`, `pending`, `active`, `frozen`, `declined`, `expired`, `cancelled`, `refunded` or `disputed`.
    pub state: String,
    /// What the buyer files it under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_centre: Option<String>,
    /// What is to be paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Money>,
    /// When at the latest.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub due_at: Option<OffsetDateTime>,
    /// Until when it is paid for, or tried; for ever if it is active and nothing says.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub until: Option<OffsetDateTime>,
    /// Whether it ends then.
    pub ends: bool,
    /// Who placed it: `token:` or `account:` with an id.
    pub placed_by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub placed_at: OffsetDateTime,
}

/// Orders.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderList {
    /// The orders.
    pub orders: Vec<Order>,
    /// Where the next page begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OrdersQuery {
    /// How far they have come; those that wait for their money if nobody says.
    pub state: Option<String>,
    /// The last one already seen: `next` of the page before.
    pub after: Option<String>,
}

/// How a licence is written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LicenceQuery {
    /// `jwt`, the token by itself, or `file`, with readable lines around it for agents without a network. `jwt` if nothing is said.
    pub format: Option<String>,
}

/// Something that happened to an order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderEvent {
    /// What, in the words of the audit log: `order.place`, `order.pay`, …
    pub what: String,
    /// What it was afterwards.
    pub state: String,
    /// Who: `token:` or `account:` with an id, `machine`, `job`, or `provider`: who takes the money.
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Why, or what the bank calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An invoice.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Invoice {
    /// Its number, without gaps in each year (UTC).
    #[schema(example = "2027-000001")]
    pub number: String,
    /// Of which order.
    pub order: String,
    /// `open`, `paid` or `void`.
    pub state: String,
    /// Who asks for the money.
    pub seller: String,
    /// Who is asked.
    pub bill_to: String,
    /// What for.
    pub lines: Vec<PriceLine>,
    /// How much.
    pub total: Money,
    /// What the buyer files it under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_centre: Option<String>,
    /// When it was written.
    #[serde(with = "time::serde::rfc3339")]
    pub written_at: OffsetDateTime,
    /// When it is to be paid at the latest.
    #[serde(with = "time::serde::rfc3339")]
    pub due_at: OffsetDateTime,
}

/// An order with all that belongs to it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderDetail {
    /// The order.
    pub order: Order,
    /// What happened, in the order it happened.
    pub events: Vec<OrderEvent>,
    /// The numbers of its invoices, in the order they were written.
    pub invoices: Vec<String>,
    /// What the buyer is to do, if something is to be paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// Where it is done, or the invoice is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Whether later periods are taken from a card, which is changed by `POST /api/v1/orders/{id}/card`.
    #[serde(default)]
    pub by_card: bool,
}

/// Where the card is changed that later periods are taken from.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CardPage {
    /// A page of whoever takes the money: good for some minutes, for whoever has its address.
    #[schema(example = "https://billing.stripe.com/p/session/test_YWNjdF8x")]
    pub page: String,
}

/// What an order entitles its tenant to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Entitlement {
    /// The id of its licence.
    pub id: String,
    /// By which order.
    pub order: String,
    /// The module.
    pub module: String,
    /// `free`, `trial`, `one-time`, `month` or `year`.
    pub model: String,
    /// For how many, where seats are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<u32>,
    /// `in-force`, `frozen`, `ended` or `revoked`.
    pub state: String,
    /// From when on.
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    /// Until when; for ever if nothing says.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub until: Option<OffsetDateTime>,
}

/// What a tenant is entitled to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntitlementList {
    /// The last one first.
    pub licences: Vec<Entitlement>,
}

/// Why.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderReason {
    /// One line without markup, 500 characters at most.
    #[schema(example = "we have another")]
    pub reason: String,
}

/// That money has come.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayment {
    /// What the bank calls it: noted twice, it counts once.
    #[schema(example = "2027-03-01 4711")]
    pub reference: String,
    /// How much has come; what is due if nobody says.
    pub amount: Option<Amount>,
}

/// That money goes back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// What the bank calls it: noted twice, it counts once.
    pub reference: String,
    /// Why, for the buyer: one line without markup.
    pub reason: String,
}

/// One movement on an account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StatementLine {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// `invoice`, `void`, `payment`, `refund` or `chargeback`.
    pub kind: String,
    /// Of which order.
    pub order: String,
    /// What the bank calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// How much, with the sign of the balance.
    pub amount: Money,
}

/// What moved on an account, and what is left.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Statement {
    /// In the order in which it was written.
    pub lines: Vec<StatementLine>,
    /// What is left by now, of each currency: of a tenant what it owes, of a publisher what it is owed.
    pub balances: Vec<Money>,
    /// `after` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A coupon to be made. It takes off either a part or an amount.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCoupon {
    /// What a buyer types: capital letters, digits and `-`.
    #[schema(example = "SPRING-27")]
    pub code: String,
    /// The name of the module; all of the publisher's if none is named.
    pub module: Option<String>,
    /// Hundredths of a percent: 2500 is 25 %.
    pub part: Option<u16>,
    /// An amount, of each period.
    pub amount: Option<Amount>,
    /// Of how many periods, from the first on; of all if nobody says.
    pub periods: Option<u32>,
    /// For how many orders.
    pub most: Option<u32>,
    /// From when on it is not taken any more.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
}

/// A coupon.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Coupon {
    /// What a buyer types.
    pub code: String,
    /// The module; all of the publisher's if none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// Hundredths of a percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<u16>,
    /// An amount, of each period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Of how many periods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub periods: Option<u32>,
    /// For how many orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
    /// For how many it was used.
    pub used: u32,
    /// From when on it is not taken any more.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<OffsetDateTime>,
}

/// Coupons.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CouponList {
    /// The coupons.
    pub coupons: Vec<Coupon>,
}

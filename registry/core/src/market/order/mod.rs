//! An order: one state machine, from what was wanted to what was paid for. It knows no rows and no clock: what is to be done besides is
//! given as effects.
//!
//! ```text
//! created ─┬─▶ pending ─┬─▶ active ⇄ frozen ─▶ cancelled ─▶ refunded
//!          ├────────────┼─▶ declined   │  ▲
//!          └────────────┴─▶ expired    ▼  │
//!                                    disputed ─▶ refunded
//! ```

mod apply;
mod passing;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::{Duration, OffsetDateTime};

use super::ledger::{Draft, Parties, Unbalanced};
use super::price::{Model, Quote, Split, Terms};
use super::tenant::Tenant;
use crate::Id;
use crate::money::{Money, MoneyError};
use crate::publisher::Publisher;

/// How long somebody may take to approve an order.
pub const DECIDE_WITHIN: Duration = Duration::days(30);
/// How long a first invoice may take to be paid, and a later one at least.
pub const PAY_WITHIN: Duration = Duration::days(14);
/// How much longer the money may be on its way, before an order expires that was never paid.
pub const UNDER_WAY: Duration = Duration::days(16);
/// How long before a period ends the next one is asked for.
pub const ASK_BEFORE: Duration = Duration::days(14);
/// How long everything goes on where the next period is not paid.
pub const GRACE: Duration = Duration::days(14);
/// How long a frozen order can be thawed by a payment, from the day on which it was due.
pub const THAWS_WITHIN: Duration = Duration::days(90);

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderState {
    /// It waits for somebody who may buy.
    Created,
    /// It waits for the money.
    Pending,
    /// What was ordered may be used.
    Active,
    /// The next period was not paid.
    Frozen,
    /// Somebody who may buy, or an operator, said no.
    Declined,
    /// Nobody approved or paid in time, or what was tried is over.
    Expired,
    /// The buyer wants it no more, or did not pay for too long.
    Cancelled,
    /// The money was given back.
    Refunded,
    /// The buyer's bank wants the money back.
    Disputed,
}

/// A word that is no state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no state of an order: `pending` and `active` are two")]
pub struct UnknownOrderState(String);

impl OrderState {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Pending,
        Self::Active,
        Self::Frozen,
        Self::Declined,
        Self::Expired,
        Self::Cancelled,
        Self::Refunded,
        Self::Disputed,
    ];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Frozen => "frozen",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
            Self::Disputed => "disputed",
        }
    }
}

impl fmt::Display for OrderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for OrderState {
    type Err = UnknownOrderState;

    fn from_str(text: &str) -> Result<Self, UnknownOrderState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownOrderState(text.to_owned()))
    }
}

/// What was paid for, or is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// 1, 2, 3, …
    pub number: u32,
    /// From when on.
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    /// Until when; for ever if nothing says.
    #[serde(with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
}

/// What is to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The period that it is for.
    pub period: u32,
    /// How much.
    pub total: Money,
    /// When at the latest.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// From which period on the others are counted, so that a month that begins on the 31st begins then again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Anchor {
    period: u32,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
}

/// How far an order has come, as it is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// What was paid for.
    pub period: Option<Period>,
    /// What is to be paid.
    pub due: Option<Due>,
    /// What was paid for the period, and not given back.
    pub paid: Option<Split>,
    /// Whether it ends with its period.
    pub ends: bool,
    anchor: Option<Anchor>,
}

/// An order of a module by a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its identifier.
    pub id: Id<Order>,
    /// For whom.
    pub tenant: Id<Tenant>,
    /// Who sells it.
    pub publisher: Id<Publisher>,
    /// What was agreed.
    pub terms: Terms,
    /// How far it has come.
    pub state: OrderState,
    /// The same in days and money.
    pub course: Course,
    /// When it was placed.
    pub placed_at: OffsetDateTime,
}

/// What happens to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Somebody who may buy wants it.
    Confirm,
    /// So much was paid.
    Pay(Money),
    /// Somebody who may buy, or an operator, says no.
    Decline,
    /// The buyer wants it no more.
    Cancel,
    /// What was paid for the period is given back.
    Refund,
    /// The buyer's bank wants it back.
    Dispute,
    /// The bank does not get it.
    DisputeWon,
    /// The bank has got it.
    DisputeLost,
    /// Time has passed.
    Time,
}

impl Event {
    /// What it is called where it is refused, after "cannot be".
    const fn done(self) -> &'static str {
        match self {
            Self::Confirm => "approved",
            Self::Pay(_) => "paid",
            Self::Decline => "declined",
            Self::Cancel => "cancelled",
            Self::Refund => "refunded",
            Self::Dispute => "disputed",
            Self::DisputeWon | Self::DisputeLost => "settled",
            Self::Time => "gone on with",
        }
    }
}

/// What happens to an order's licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenceChange {
    /// There is one from now on.
    Issue(Period),
    /// It counts for longer, and is not frozen.
    Renew(Period),
    /// None is given until it is paid; what was given runs out.
    Freeze,
    /// It is given again.
    Thaw,
    /// None is given any more; what was given runs out.
    End,
    /// It counts no more, and everybody is told.
    Revoke,
}

/// What the buyers are told by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderLetter {
    /// Somebody asks for it.
    Asked,
    /// It is to be paid.
    Invoice,
    /// It may be used.
    Active,
    /// It is not to be had.
    Declined,
    /// It has expired.
    Expired,
    /// It is frozen.
    Frozen,
    /// It has ended.
    Cancelled,
    /// The money was given back.
    Refunded,
}

impl OrderLetter {
    /// The letter's name, as traced.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Invoice => "invoice",
            Self::Active => "active",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Frozen => "frozen",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }
}

/// What is to be done besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Write to the ledger.
    Post(Draft),
    /// Write an invoice.
    Invoice(Due, Quote),
    /// Change the licence.
    Licence(LicenceChange),
    /// Tell the buyers.
    Letter(OrderLetter),
}

/// Why nothing happened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refused {
    /// It is not so far, or too far.
    #[error("an order that is {state} cannot be {what}")]
    State {
        /// How far it has come.
        state: OrderState,
        /// What was wanted.
        what: &'static str,
    },
    /// Nothing is to be paid.
    #[error("nothing is to be paid for this order")]
    NothingDue,
    /// Something else is to be paid.
    #[error("{due} are to be paid, and not {paid}")]
    Amount {
        /// What is to be paid.
        due: Money,
        /// What was paid.
        paid: Money,
    },
    /// Nothing was paid.
    #[error("nothing was paid for this order that could be given back")]
    NothingPaid,
    /// It was paid for once, and goes on for ever.
    #[error("this was paid for once and renews by itself never: there is nothing to cancel")]
    NothingRenews,
    /// It ends already.
    #[error("this order ends with its period already")]
    Ends,
    /// The fault is ours.
    #[error(transparent)]
    Ledger(#[from] Unbalanced),
    /// There is not that much money.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl Order {
    /// An order that was just placed.
    pub fn new(
        id: Id<Order>,
        tenant: Id<Tenant>,
        publisher: Id<Publisher>,
        terms: Terms,
        placed_at: OffsetDateTime,
    ) -> Self {
        let (state, course) = (OrderState::Created, Course::default());
        Self { id, tenant, publisher, terms, state, course, placed_at }
    }

    /// What happens to it, and what is to be done besides. Time that changes nothing gives no effects.
    ///
    /// # Errors
    /// [`Refused`]
    pub fn apply(&self, event: Event, now: OffsetDateTime) -> Result<(Self, Vec<Effect>), Refused> {
        let mut step = Step { order: self.clone(), effects: Vec::new(), now };
        match event {
            Event::Time => step.pass()?,
            event => step.happen(event)?,
        }
        Ok((step.order, step.effects))
    }

    /// Whether what it is for may be used for ever.
    pub fn is_perpetual(&self) -> bool {
        matches!(self.terms.model, Model::Free | Model::OneTime)
    }

    fn parties(&self) -> Parties {
        Parties { tenant: self.tenant, publisher: self.publisher }
    }
}

/// An order as it changes.
struct Step {
    order: Order,
    effects: Vec<Effect>,
    now: OffsetDateTime,
}

//! Where a provider takes the money: pages that were opened for what is due, and what the provider says of them.

use std::str::FromStr;

use thiserror::Error;
use time::OffsetDateTime;
use url::Url;

use super::invoice::Invoice;
use super::order::Order;
use super::price::Terms;
use crate::money::Money;
use crate::ports::{Begun, Bill, NextStep, StoreError, SystemWrite, Written};
use crate::run_jobs::JobError;
use crate::{Id, Ports};

/// A page of the provider's on which a period of an order is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// Of which order.
    pub order: Id<Order>,
    /// For which period.
    pub period: u32,
    /// 1, 2, 3, …: each is open for some hours.
    pub attempt: u32,
    /// What the provider calls it.
    pub handle: String,
    /// Where it is.
    pub page: Url,
    /// What became of it, as far as we know.
    pub state: CheckoutState,
    /// When it was opened.
    pub opened_at: OffsetDateTime,
    /// When it closes by itself.
    pub closes_at: OffsetDateTime,
}

/// What became of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckoutState {
    /// Somebody can pay there.
    Open,
    /// Somebody did, or began to.
    Done,
    /// Nobody did, and nobody can any more.
    Closed,
}

/// A word that is no state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no state of a page to pay on")]
pub struct UnknownCheckoutState(String);

impl CheckoutState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Open, Self::Done, Self::Closed];

    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Closed => "closed",
        }
    }
}

impl FromStr for CheckoutState {
    type Err = UnknownCheckoutState;

    fn from_str(text: &str) -> Result<Self, UnknownCheckoutState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownCheckoutState(text.to_owned()))
    }
}

/// What a provider knows of an order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// What became of the pages that were asked about.
    pub pages: Vec<(String, CheckoutState)>,
    /// What was paid, the first one first.
    pub taken: Vec<Taken>,
    /// What takes the money of each period by itself.
    pub subscription: Option<Subscription>,
}

/// A payment that has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What the provider calls it.
    pub reference: String,
    /// How much.
    pub amount: Money,
    /// How much of it went back.
    pub given_back: Money,
    /// What the buyer's bank said of it, if it did.
    pub dispute: Option<Dispute>,
}

/// What became of what the buyer's bank wants back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispute {
    /// It is not decided.
    Open,
    /// The bank does not get it.
    Won,
    /// It has got it.
    Lost,
}

/// What takes the money of each period by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// What the provider calls it.
    pub handle: String,
    /// How it stands.
    pub state: SubscriptionState,
}

/// How a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionState {
    /// It goes on.
    Runs,
    /// It ends with what was paid for.
    Ends,
    /// It has ended: somebody wanted that.
    Ended,
    /// It has ended: it was not paid, however often that was tried.
    GivenUp,
}

impl SubscriptionState {
    /// Whether it takes no more money.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Ended | Self::GivenUp)
    }

    /// Whether somebody wants it no more.
    pub const fn is_unwanted(self) -> bool {
        matches!(self, Self::Ends | Self::Ended)
    }
}

/// Something at the provider's that does not fit an order: an operator has to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The payment, as the provider calls it.
    pub reference: String,
    /// Why it does not fit.
    pub reason: String,
    /// Whether an operator has looked at it.
    pub is_checked: bool,
}

/// What the buyer is to do to pay an invoice. A page that is opened for it is remembered, so that it is the same the next time.
///
/// # Errors
/// [`JobError::Payment`] when nobody takes the money now, [`JobError::Store`]
pub(super) async fn next_step(ports: &Ports, terms: &Terms, invoice: &Invoice) -> Result<NextStep, JobError> {
    let opened = ports.store.read().await?.checkouts_of(invoice.order).await?;
    let bill = Bill { invoice, terms, opened: &opened, now: ports.now() };
    let Begun { step, opened } = ports.payments.begin(&bill).await?;
    if let Some(opened) = opened {
        remember(ports, &opened).await?;
    }
    Ok(step)
}

async fn remember(ports: &Ports, opened: &Checkout) -> Result<(), StoreError> {
    let mut transaction = ports.store.begin().await?;
    transaction.insert_checkout(opened).await?;
    transaction.commit(Written::System(SystemWrite::Checkout)).await
}

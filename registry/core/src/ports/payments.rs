use async_trait::async_trait;
use thiserror::Error;
use time::OffsetDateTime;
use url::Url;

use crate::Id;
use crate::market::checkout::{Checkout, Standing};
use crate::market::invoice::Invoice;
use crate::market::order::Order;
use crate::market::price::Terms;

/// Who takes the money. What comes of it comes back as events of orders: from an operator who reads the bank's statement, or from a
/// provider that tells us.
#[async_trait]
pub trait Payments: Send + Sync {
    /// What the buyer is to do to pay an invoice. Asked twice, it is the same.
    ///
    /// # Errors
    /// [`PaymentError`]
    async fn begin(&self, bill: &Bill<'_>) -> Result<Begun, PaymentError>;

    /// The same provider where it takes money by itself, so that its side and ours are to be compared.
    fn collector(&self) -> Option<&dyn Collector>;
}

/// A provider that takes money by itself. What it says of an order is asked for anew each time: what it sends may be late, doubled, in
/// another order, or lost.
#[async_trait]
pub trait Collector: Send + Sync {
    /// What somebody tells who says to be the provider, if it is the provider.
    ///
    /// # Errors
    /// [`NotBelieved`]
    fn hear(&self, signature: Option<&str>, body: &[u8], now: OffsetDateTime) -> Result<Heard, NotBelieved>;

    /// The order that something of the provider's belongs to, if it does.
    ///
    /// # Errors
    /// [`PaymentError`]
    async fn order_of(&self, handle: &str) -> Result<Option<Id<Order>>, PaymentError>;

    /// What became of what was opened for an order.
    ///
    /// # Errors
    /// [`PaymentError`]
    async fn look(&self, opened: &[Checkout], now: OffsetDateTime) -> Result<Standing, PaymentError>;

    /// Gives back all of a payment that has not gone back yet. Under the same key it is the same refund.
    ///
    /// # Errors
    /// [`PaymentError`]
    async fn give_back(&self, payment: &str, key: &str) -> Result<(), PaymentError>;

    /// Asks for no more money of a subscription: from the end of what was paid for, or from now on.
    ///
    /// # Errors
    /// [`PaymentError`]
    async fn stop(&self, subscription: &str, when: Stop) -> Result<(), PaymentError>;

    /// Whether later periods are taken by a subscription, which was begun on one of the pages that were opened.
    fn takes_later_ones(&self, terms: &Terms, opened: &[Checkout]) -> bool;

    /// A page where the buyer changes the card that a subscription is taken from; none where there is no subscription, or not any more.
    ///
    /// # Errors
    /// [`PaymentError`]
    async fn change_card(&self, opened: &[Checkout]) -> Result<Option<Url>, PaymentError>;

    /// Closes a page on which somebody could pay.
    ///
    /// # Errors
    /// [`PaymentError`]
    async fn close(&self, checkout: &str) -> Result<(), PaymentError>;
}

/// What is to be paid.
#[derive(Debug, Clone, Copy)]
pub struct Bill<'a> {
    /// For what, and how much.
    pub invoice: &'a Invoice,
    /// What was agreed.
    pub terms: &'a Terms,
    /// What was opened for the order before, the last one last.
    pub opened: &'a [Checkout],
    /// The time.
    pub now: OffsetDateTime,
}

/// What a buyer is to do, and the page that was opened for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// What to do.
    pub step: NextStep,
    /// A page that is new, to be remembered.
    pub opened: Option<Checkout>,
}

/// What a buyer is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// In words, a few lines.
    pub instructions: String,
    /// Where to go, if it is done on a page.
    pub page: Option<Url>,
}

/// Something that the provider told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// What the provider calls it: told twice, it is one.
    pub id: String,
    /// Of which kind it is, in the provider's words.
    pub kind: String,
    /// What it is about.
    pub about: About,
}

/// What something that the provider told is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// An order.
    Order(Id<Order>),
    /// Something of the provider's that may belong to an order.
    Handle(String),
    /// Nothing of ours.
    Nothing,
}

/// When a subscription is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// With what was paid for.
    AtTheEnd,
    /// At once.
    Now,
}

/// Why nobody takes the money now.
#[derive(Debug, Error)]
#[error("whoever takes the money does not answer")]
pub struct PaymentError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Why what was told is not the provider's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotBelieved {
    /// There is no signature, or it is another's.
    #[error("the signature is missing, or not the provider's")]
    Signature,
    /// It was signed long ago, or will be.
    #[error("it was signed more than five minutes ago, or ahead of time")]
    Time,
    /// It is about the other of test and live.
    #[error("it is about payments of the other mode: test or live")]
    Mode,
    /// It cannot be read.
    #[error("it is signed, and is no event")]
    Malformed,
}

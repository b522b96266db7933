//! An order as it is kept: with who placed it, and what happened to it.

use std::fmt;
use std::str::FromStr;

use adx_signing::digest::Digest;
use thiserror::Error;
use time::OffsetDateTime;

use super::order::{Order, OrderState};
use crate::Id;
use crate::reason::is_of_one_line;

/// Longest cost centre, key and reference, in characters.
const MAX_CHARS: usize = 100;

/// One line of at most [`MAX_CHARS`] characters without markup: what a buyer files an order under, a bank's reference, an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortText(String);

/// A text that is too long, too short, or more than a line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("one line of 1 to {MAX_CHARS} characters is needed here, none of them `<`, `>` or a control character")]
pub struct BadShortText;

impl ShortText {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ShortText {
    type Err = BadShortText;

    fn from_str(text: &str) -> Result<Self, BadShortText> {
        let text = text.trim();
        if !(1..=MAX_CHARS).contains(&text.chars().count()) || !is_of_one_line(text) {
            return Err(BadShortText);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ShortText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An order, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedOrder {
    /// The order.
    pub order: Order,
    /// The key under which it was sent: the same again is the same order.
    pub key: ShortText,
    /// sha256 of what was sent with it.
    pub request: Digest,
    /// What the buyer files it under.
    pub cost_centre: Option<ShortText>,
    /// Who placed it: `token:` or `account:` with an id.
    pub placed_by: String,
}

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderEvent {
    /// Its identifier.
    pub id: Id<OrderEvent>,
    /// To which order.
    pub order: Id<Order>,
    /// What, in the words of the audit log.
    pub what: String,
    /// What it was afterwards.
    pub state: OrderState,
    /// Who: `token:` or `account:` with an id, `machine`, `job`, or `provider`: who takes the money.
    pub by: String,
    /// When.
    pub at: OffsetDateTime,
    /// Why, or what the bank calls it.
    pub reason: Option<String>,
}

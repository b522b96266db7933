//! Invoices: what a tenant was asked to pay, as it was written. Nothing but its state ever changes.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use time::OffsetDateTime;

use super::order::Order;
use super::price::Line;
use super::tenant::Tenant;
use crate::Id;
use crate::money::Money;

/// The number of an invoice, without gaps in each year (UTC): `2027-000001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct InvoiceNumber {
    /// The year in which it was written.
    pub year: u32,
    /// 1, 2, 3, …
    pub number: u32,
}

/// A text that is no number of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no number of an invoice: one is like `2027-000001`")]
pub struct BadInvoiceNumber(String);

impl fmt::Display for InvoiceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:06}", self.year, self.number)
    }
}

impl FromStr for InvoiceNumber {
    type Err = BadInvoiceNumber;

    fn from_str(text: &str) -> Result<Self, BadInvoiceNumber> {
        let bad = || BadInvoiceNumber(text.chars().take(40).collect());
        let (year, number) = text.split_once('-').ok_or_else(bad)?;
        let read = Self { year: year.parse().map_err(|_| bad())?, number: number.parse().map_err(|_| bad())? };
        // One form only: it stands in addresses.
        if read.to_string() == text { Ok(read) } else { Err(bad()) }
    }
}

/// What became of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvoiceState {
    /// It is to be paid.
    Open,
    /// It was paid.
    Paid,
    /// It need not be paid any more.
    Void,
}

/// A word that is no state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no state of an invoice")]
pub struct UnknownInvoiceState(String);

impl InvoiceState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Open, Self::Paid, Self::Void];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Void => "void",
        }
    }
}

impl FromStr for InvoiceState {
    type Err = UnknownInvoiceState;

    fn from_str(text: &str) -> Result<Self, UnknownInvoiceState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownInvoiceState(text.to_owned()))
    }
}

/// An invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its number.
    pub number: InvoiceNumber,
    /// Of which order.
    pub order: Id<Order>,
    /// To whom.
    pub tenant: Id<Tenant>,
    /// For which period.
    pub period: u32,
    /// What became of it.
    pub state: InvoiceState,
    /// Who asks for the money, a few lines.
    pub seller: String,
    /// Who is asked, a few lines.
    pub bill_to: String,
    /// What for.
    pub lines: Vec<Line>,
    /// How much.
    pub total: Money,
    /// What the buyer files it under.
    pub cost_centre: Option<String>,
    /// When it was written.
    pub written_at: OffsetDateTime,
    /// When it is to be paid at the latest.
    pub due_at: OffsetDateTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_form() {
        let number = InvoiceNumber { year: 2027, number: 1 };
        assert_eq!((number.to_string().as_str(), "2027-000001".parse()), ("2027-000001", Ok(number)));
        for text in ["2027-1", "2027", "27-000001", "2027-0000001", "x-000001", "2027-+00001", ""] {
            assert!(text.parse::<InvoiceNumber>().is_err(), "{text}");
        }
    }
}

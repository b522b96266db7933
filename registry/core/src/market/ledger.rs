//! The ledger: double entry. Whatever is written moves money from accounts to accounts, so that all of them always add up to nothing, for
//! each currency.
//!
//! What is owed is on `tenant:` accounts, what the operator holds on `bank`, what it owes publishers on `publisher:` accounts, and what it
//! has earned on `operator`. An invoice that nobody has paid yet stands on `unpaid`: a publisher is owed what was paid, and nothing before.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use time::OffsetDateTime;

use super::order::Order;
use super::price::Split;
use super::tenant::Tenant;
use crate::Id;
use crate::money::{Currency, Money, MoneyError};
use crate::publisher::Publisher;

/// Whose money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// What a tenant owes, above zero.
    Tenant(Id<Tenant>),
    /// What the operator owes a publisher, below zero.
    Publisher(Id<Publisher>),
    /// What the operator holds.
    Bank,
    /// What the operator has earned, below zero.
    Operator,
    /// What was asked for and not paid, below zero.
    Unpaid,
}

/// A text that names no account.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no account of the ledger")]
pub struct UnknownAccount(String);

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant(id) => write!(f, "tenant:{id}"),
            Self::Publisher(id) => write!(f, "publisher:{id}"),
            Self::Bank => f.write_str("bank"),
            Self::Operator => f.write_str("operator"),
            Self::Unpaid => f.write_str("unpaid"),
        }
    }
}

impl FromStr for Account {
    type Err = UnknownAccount;

    fn from_str(text: &str) -> Result<Self, UnknownAccount> {
        let unknown = || UnknownAccount(text.to_owned());
        match text.split_once(':') {
            Some(("tenant", id)) => id.parse().map(Self::Tenant).map_err(|_| unknown()),
            Some(("publisher", id)) => id.parse().map(Self::Publisher).map_err(|_| unknown()),
            None if text == "bank" => Ok(Self::Bank),
            None if text == "operator" => Ok(Self::Operator),
            None if text == "unpaid" => Ok(Self::Unpaid),
            _ => Err(unknown()),
        }
    }
}

/// Why money moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A tenant is asked to pay.
    Invoice,
    /// It need not pay any more.
    Void,
    /// It has paid.
    Payment,
    /// It was given back what it paid.
    Refund,
    /// Its bank took back what it paid.
    Chargeback,
}

/// A word that is no kind of entry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no kind of entry of the ledger")]
pub struct UnknownKind(String);

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Invoice, Self::Void, Self::Payment, Self::Refund, Self::Chargeback];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::Void => "void",
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Chargeback => "chargeback",
        }
    }
}

impl FromStr for EntryKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// Money to an account (above zero) or from it (below).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// Which account.
    pub account: Account,
    /// How much.
    pub money: Money,
}

/// Postings that add up to nothing, of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    kind: EntryKind,
    period: u32,
    postings: Vec<Posting>,
}

/// Postings do not add up to nothing: the fault is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unbalanced {
    /// They are so much too much.
    #[error("postings of the ledger are off by {0}")]
    By(Money),
    /// There is not that much money.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl Draft {
    /// An entry of postings; those of nothing are left out.
    ///
    /// # Errors
    /// [`Unbalanced`]
    pub fn new(kind: EntryKind, period: u32, postings: Vec<Posting>) -> Result<Self, Unbalanced> {
        if let Some(off) = sums(&postings)?.into_values().find(|sum| sum.minor != 0) {
            return Err(Unbalanced::By(off));
        }
        Ok(Self { kind, period, postings: postings.into_iter().filter(|posting| posting.money.minor != 0).collect() })
    }

    /// Why money moves.
    pub fn kind(&self) -> EntryKind {
        self.kind
    }

    /// The number of the period that it is for.
    pub fn period(&self) -> u32 {
        self.period
    }

    /// What moves.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }
}

/// What each currency's postings add up to.
///
/// # Errors
/// [`MoneyError`]
pub fn sums(postings: &[Posting]) -> Result<BTreeMap<Currency, Money>, MoneyError> {
    let mut sums: BTreeMap<Currency, Money> = BTreeMap::new();
    for Posting { money, .. } in postings {
        let sum = sums.entry(money.currency).or_insert(Money::new(0, money.currency));
        *sum = sum.plus(*money)?;
    }
    Ok(sums)
}

/// An entry that was written: nothing of it ever changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its identifier.
    pub id: Id<Entry>,
    /// The order.
    pub order: Id<Order>,
    /// When.
    pub at: OffsetDateTime,
    /// What the bank calls the payment, or what gave money back.
    pub reference: Option<String>,
    /// What moves.
    pub draft: Draft,
}

/// Who takes part in the entries of an order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parties {
    pub(super) tenant: Id<Tenant>,
    pub(super) publisher: Id<Publisher>,
}

impl Parties {
    /// The tenant is asked for an amount.
    pub(super) fn invoice(self, period: u32, total: Money) -> Result<Draft, Unbalanced> {
        Draft::new(EntryKind::Invoice, period, moved(Account::Unpaid, Account::Tenant(self.tenant), total))
    }

    /// It need not pay it any more.
    pub(super) fn void(self, period: u32, total: Money) -> Result<Draft, Unbalanced> {
        Draft::new(EntryKind::Void, period, moved(Account::Tenant(self.tenant), Account::Unpaid, total))
    }

    /// It has paid what it was asked for.
    pub(super) fn payment(self, period: u32, split: &Split) -> Result<Draft, Unbalanced> {
        let mut postings = moved(Account::Tenant(self.tenant), Account::Bank, split.total()?);
        postings.extend(moved(Account::Publisher(self.publisher), Account::Unpaid, split.publisher));
        postings.extend(moved(Account::Operator, Account::Unpaid, split.operator));
        Draft::new(EntryKind::Payment, period, postings)
    }

    /// What it paid goes back, from those who got it.
    pub(super) fn back(self, kind: EntryKind, period: u32, split: &Split) -> Result<Draft, Unbalanced> {
        let tenant = Account::Tenant(self.tenant);
        let mut postings = moved(tenant, Account::Publisher(self.publisher), split.publisher);
        postings.extend(moved(tenant, Account::Operator, split.operator));
        postings.extend(moved(Account::Bank, tenant, split.total()?));
        Draft::new(kind, period, postings)
    }
}

/// An amount from one account to another.
fn moved(from: Account, to: Account, money: Money) -> Vec<Posting> {
    let taken = Money { minor: -money.minor, ..money };
    vec![Posting { account: to, money }, Posting { account: from, money: taken }]
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::ports::Entropy;

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0);
        }
    }

    fn id<T>(days: i64) -> Id<T> {
        Id::new(OffsetDateTime::UNIX_EPOCH + Duration::days(days), &Zeros)
    }

    #[test]
    fn what_does_not_add_up_is_no_entry() {
        let money = |minor, code: &str| Money::new(minor, code.parse().unwrap());
        let posting = |account, money| Posting { account, money };
        let entry = |postings| Draft::new(EntryKind::Payment, 1, postings);
        let off = entry(vec![posting(Account::Bank, money(5, "EUR")), posting(Account::Unpaid, money(-4, "EUR"))]);
        assert_eq!(off, Err(Unbalanced::By(money(1, "EUR"))));
        // A dollar is no euro.
        let off = entry(vec![posting(Account::Bank, money(5, "EUR")), posting(Account::Unpaid, money(-5, "USD"))]);
        assert!(matches!(off, Err(Unbalanced::By(_))));
        let whole = vec![
            posting(Account::Bank, money(5, "EUR")),
            posting(Account::Unpaid, money(-5, "EUR")),
            posting(Account::Operator, money(0, "EUR")),
        ];
        assert_eq!(entry(whole).unwrap().postings().len(), 2);
    }

    #[test]
    fn every_account_reads_back() {
        for account in
            [Account::Tenant(id(7)), Account::Publisher(id(8)), Account::Bank, Account::Operator, Account::Unpaid]
        {
            assert_eq!(account.to_string().parse(), Ok(account));
        }
        assert!("tenant:".parse::<Account>().is_err() && "cash".parse::<Account>().is_err());
        for kind in EntryKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
    }
}

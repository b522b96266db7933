//! Statements: what moved on the account of a tenant or a publisher.

use adx_signing::name::{Namespace, TenantId};
use time::OffsetDateTime;

use super::access::tenant_to_see;
use super::error::MarketError;
use super::ledger::{Account, Entry, EntryKind};
use super::order::Order;
use crate::actor::Actor;
use crate::members::Right;
use crate::money::Money;
use crate::ports::Reader;
use crate::{Id, Ports};

/// Most lines of one page.
pub(super) const MAX_LINES: u32 = 1_000;

/// What moved, and what is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// In the order in which it was written.
    pub lines: Vec<StatementLine>,
    /// What is left by now, of each currency: of a tenant what it owes, of a publisher what it is owed.
    pub balances: Vec<Money>,
    /// Where to go on, if there are more.
    pub next: Option<Id<Entry>>,
}

/// One movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// The entry of the ledger.
    pub entry: Id<Entry>,
    /// When.
    pub at: OffsetDateTime,
    /// Why.
    pub kind: EntryKind,
    /// Of which order.
    pub order: Id<Order>,
    /// What the bank calls it.
    pub reference: Option<String>,
    /// How much, with the sign of the balance.
    pub amount: Money,
}

/// What moved on a tenant's account after an entry: for those who see what is about money, and operators.
///
/// # Errors
/// [`MarketError`]
pub async fn statement_of_tenant(
    ports: &Ports,
    actor: &Actor,
    name: &TenantId,
    after: Option<Id<Entry>>,
) -> Result<Statement, MarketError> {
    actor.somebody()?;
    let mut reader = ports.store.read().await?;
    let tenant = tenant_to_see(&mut *reader, actor, name, Right::SeeMoney).await?;
    statement(&mut *reader, Account::Tenant(tenant.id), 1, after).await
}

/// The same on a publisher's account.
///
/// # Errors
/// [`MarketError`]
pub async fn statement_of_publisher(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    after: Option<Id<Entry>>,
) -> Result<Statement, MarketError> {
    actor.may_see(namespace, Right::SeeMoney)?;
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| MarketError::NoPublisher(namespace.clone()))?;
    // What is owed to it stands on its account below zero.
    statement(&mut *reader, Account::Publisher(publisher.id), -1, after).await
}

async fn statement(
    reader: &mut dyn Reader,
    account: Account,
    sign: i64,
    after: Option<Id<Entry>>,
) -> Result<Statement, MarketError> {
    let mut entries = reader.entries_on(&account, after, MAX_LINES + 1).await?;
    let more = entries.len() > MAX_LINES as usize;
    entries.truncate(MAX_LINES as usize);
    let next = entries.last().filter(|_| more).map(|last| last.id);
    let lines = entries.iter().flat_map(|entry| lines(entry, account, sign)).collect();
    let balances = reader.balances_of(&account).await?;
    let signed = |money: Money| Money { minor: money.minor.saturating_mul(sign), ..money };
    Ok(Statement { lines, balances: balances.into_iter().map(signed).collect(), next })
}

/// What an entry moves on an account.
fn lines(entry: &Entry, account: Account, sign: i64) -> impl Iterator<Item = StatementLine> {
    let moved = entry.draft.postings().iter().filter(move |posting| posting.account == account);
    moved.map(move |posting| StatementLine {
        entry: entry.id,
        at: entry.at,
        kind: entry.draft.kind(),
        order: entry.order,
        reference: entry.reference.clone(),
        amount: Money { minor: posting.money.minor.saturating_mul(sign), ..posting.money },
    })
}

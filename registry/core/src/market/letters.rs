//! Letters about orders, to whoever may buy.

use adx_signing::utc::UtcSecond;
use serde::{Deserialize, Serialize};

use super::checkout::next_step;
use super::invoice::{Invoice, InvoiceState};
use super::order::{Order, OrderLetter};
use super::placed::PlacedOrder;
use super::tenant::{Buyer, Tenant};
use crate::account::Account;
use crate::job::{NewJob, Task};
use crate::members::{Member, Right};
use crate::ports::{Address, Message, NextStep, Reader, StoreError, Transaction};
use crate::run_jobs::JobError;
use crate::{Id, Ports};

/// To whom a letter goes: identifiers only, since the outbox is no place for addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A person who buys.
    Account(Id<Account>),
    /// A member who may buy.
    Member(Id<Member>),
    /// Where the tenant wants its invoices.
    Bill(Id<Tenant>),
}

impl Recipient {
    /// What tells it from others.
    pub(crate) fn key(self) -> String {
        match self {
            Self::Account(id) => format!("account:{id}"),
            Self::Member(id) => format!("member:{id}"),
            Self::Bill(id) => format!("bill:{id}"),
        }
    }
}

/// Promises a letter to everybody who may buy.
pub(super) async fn promise(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    order: &Order,
    tenant: &Tenant,
    letter: OrderLetter,
) -> Result<(), StoreError> {
    let now = ports.now();
    let mut recipients = match tenant.buyer {
        Buyer::Account(account) => vec![Recipient::Account(account)],
        Buyer::Organisation(publisher) => {
            let members = transaction.members_of(publisher).await?;
            let buys = |member: &&Member| member.is_accepted() && member.role.has(Right::Buy);
            members.iter().filter(buys).map(|member| Recipient::Member(member.id)).collect()
        }
    };
    if letter == OrderLetter::Invoice && tenant.bill_mail.is_some() {
        recipients.push(Recipient::Bill(tenant.id));
    }
    for to in recipients {
        let task = Task::SendOrderLetter { to, order: order.id, letter };
        transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?;
    }
    Ok(())
}

/// Writes and sends one letter. Whoever may buy no more gets none.
#[tracing::instrument(name = "order.send_letter", skip_all, fields(%order, letter = letter.as_str()))]
pub(crate) async fn send_order_letter(
    ports: &Ports,
    to: Recipient,
    order: Id<Order>,
    letter: OrderLetter,
) -> Result<(), JobError> {
    let mut reader = ports.store.read().await?;
    let Some(placed) = reader.order(order).await? else { return Ok(()) };
    let Some(tenant) = reader.tenant(placed.order.tenant).await? else { return Ok(()) };
    let Some(to) = address(&mut *reader, to).await? else { return Ok(()) };
    let invoices = if letter == OrderLetter::Invoice { reader.invoices_of(order).await? } else { Vec::new() };
    drop(reader);
    let open = invoices.into_iter().rev().find(|invoice| invoice.state == InvoiceState::Open);
    let bill = match open {
        Some(open) => {
            let step = next_step(ports, &placed.order.terms, &open).await?;
            Some((open, step))
        }
        None => None,
    };
    let Some((subject, text)) = words(ports, &placed, &tenant, letter, bill.as_ref()) else { return Ok(()) };
    ports.mail.send(&Message { to, subject, text }).await?;
    Ok(())
}

async fn address(reader: &mut dyn Reader, to: Recipient) -> Result<Option<Address>, StoreError> {
    Ok(match to {
        Recipient::Account(id) => {
            reader.account(id).await?.filter(Account::is_active).and_then(|account| account.email)
        }
        Recipient::Member(id) => {
            let member = reader.member(id).await?;
            member.filter(|member| member.is_accepted() && member.role.has(Right::Buy)).and_then(|member| member.email)
        }
        Recipient::Bill(id) => reader.tenant(id).await?.and_then(|tenant| tenant.bill_mail),
    })
}

/// Subject and text; nothing where there is nothing to tell any more.
fn words(
    ports: &Ports,
    placed: &PlacedOrder,
    tenant: &Tenant,
    letter: OrderLetter,
    bill: Option<&(Invoice, NextStep)>,
) -> Option<(String, String)> {
    let Order { id, terms, course, .. } = &placed.order;
    let (module, name) = (&terms.module, &tenant.name);
    let show = format!("adx order show {id}{}", ports.registry_flag());
    let (subject, text) = match letter {
        OrderLetter::Asked => (
            format!("Somebody asks for {module}"),
            format!(
                "Somebody asks to buy `{module}` for the tenant `{name}`. Look at it, and approve or refuse it:\n\n    {show}"
            ),
        ),
        OrderLetter::Invoice => {
            let (open, step) = bill?;
            let number = open.number;
            let pdf = ports.page(&format!("api/v1/invoices/{number}/pdf"));
            // A page to pay on closes within hours, and a letter is read when it is read: the order's page opens another.
            let page = match &step.page {
                Some(page) if page.as_str() != pdf => {
                    format!("\n\n    {}\n    {show}", ports.page(&format!("account/orders/{id}")))
                }
                _ => String::new(),
            };
            (
                format!("Invoice {number}: {} for {module}", open.total),
                format!(
                    "`{module}` for the tenant `{name}`.\n\n{}{page}\n\nThe invoice, for whoever is signed in:\n\n    {pdf}",
                    step.instructions
                ),
            )
        }
        OrderLetter::Active => {
            let until = course.period.and_then(|period| period.until);
            let until = until.map_or_else(String::new, |until| format!(" until {}", UtcSecond::from(until)));
            (
                format!("{module} may be used{until}"),
                format!("The tenant `{name}` may use `{module}`{until}.\n\n    {show}"),
            )
        }
        OrderLetter::Declined => (
            format!("{module} is not to be had"),
            format!(
                "The order of `{module}` for the tenant `{name}` was declined. Nothing is to be paid.\n\n    {show}"
            ),
        ),
        OrderLetter::Expired => (
            format!("The order of {module} has expired"),
            format!(
                "The order of `{module}` for the tenant `{name}` has expired. Nothing is to be paid.\n\n    {show}"
            ),
        ),
        OrderLetter::Frozen => (
            format!("{module} is frozen"),
            format!(
                "The invoice for `{module}` was not paid: the tenant `{name}` gets no licence any more until it is. What it has works by \
                 the steps that it says.\n\n    {show}"
            ),
        ),
        OrderLetter::Cancelled => (
            format!("The order of {module} has ended"),
            format!(
                "The order of `{module}` for the tenant `{name}` has ended. Nothing more is to be paid.\n\n    {show}"
            ),
        ),
        OrderLetter::Refunded => (
            format!("The money for {module} goes back"),
            format!(
                "What was paid for `{module}` goes back, and the licence of the tenant `{name}` counts no more.\n\n    {show}"
            ),
        ),
    };
    Some((
        subject,
        format!("{text}\n\nYou get this letter because you may buy for this tenant, or its invoices go to you.\n"),
    ))
}

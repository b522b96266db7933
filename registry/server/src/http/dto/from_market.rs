//! From what is bought and sold to what crosses the wire, and back.

use std::{fmt::Display, str::FromStr};

use adx_registry_core::{
    market::{self, coupon, invoice, order, placed::PlacedOrder, price, tenant},
    money,
};

use super::market::{
    Amount, Coupon, Entitlement, Invoice, Money, NewCoupon, NewOrder, NewTenant, Order, OrderDetail, OrderEvent,
    OrderList, OrderQuote, PriceLine, Statement, StatementLine, Tenant, TenantChange,
};
use crate::http::{problem::Problem, refusals::unprocessable};

fn invalid(error: &dyn Display) -> Problem {
    unprocessable("invalid", "Not valid", error.to_string())
}

/// Reads a text.
fn read<T>(text: &str) -> Result<T, Problem>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| invalid(&error))
}

impl Amount {
    /// Reads it.
    ///
    /// # Errors
    /// [`Problem`] for what is no currency.
    pub(in crate::http) fn read(&self) -> Result<money::Money, Problem> {
        Ok(money::Money::new(self.amount_minor, read(&self.currency)?))
    }
}

impl From<money::Money> for Money {
    fn from(money: money::Money) -> Self {
        Self { amount_minor: money.minor, currency: money.currency.code().to_owned(), text: money.to_string() }
    }
}

impl NewTenant {
    /// Reads it.
    ///
    /// # Errors
    /// [`Problem`]
    pub(in crate::http) fn read(self) -> Result<market::NewTenant, Problem> {
        let Self { tenant, namespace, bill_to, bill_mail, spending_cap } = self;
        Ok(market::NewTenant {
            name: read(&tenant)?,
            namespace: namespace.as_deref().map(crate::http::caller::namespace).transpose()?,
            change: TenantChange { bill_to, bill_mail, spending_cap }.read()?,
        })
    }
}

impl TenantChange {
    /// Reads it.
    ///
    /// # Errors
    /// [`Problem`]
    pub(in crate::http) fn read(self) -> Result<market::TenantChange, Problem> {
        Ok(market::TenantChange {
            bill_to: self.bill_to,
            bill_mail: self.bill_mail.as_deref().map(read).transpose()?,
            cap: self.spending_cap.map(|cap| cap.read()).transpose()?,
        })
    }
}

impl From<&tenant::Tenant> for Tenant {
    fn from(tenant: &tenant::Tenant) -> Self {
        Self {
            tenant: tenant.name.to_string(),
            buyer: match tenant.buyer {
                tenant::Buyer::Account(_) => "account",
                tenant::Buyer::Organisation(_) => "organisation",
            }
            .to_owned(),
            bill_to: tenant.bill_to.clone(),
            bill_mail: tenant.bill_mail.as_ref().map(|mail| mail.as_str().to_owned()),
            spending_cap: tenant.cap.map(Money::from),
            created_at: tenant.created_at,
        }
    }
}

impl NewOrder {
    /// Reads it.
    ///
    /// # Errors
    /// [`Problem`]
    pub(in crate::http) fn read(self) -> Result<market::NewOrder, Problem> {
        let Self { tenant, module, trial, seats, coupon, cost_centre } = self;
        Ok(market::NewOrder {
            tenant: read(&tenant)?,
            module: read(&module)?,
            wish: price::Wish { trial, seats },
            coupon: coupon.as_deref().map(read).transpose()?,
            cost_centre: cost_centre.as_deref().map(read).transpose()?,
        })
    }
}

impl From<&price::Line> for PriceLine {
    fn from(line: &price::Line) -> Self {
        let price::Line { text, count, each_minor, amount_minor } = line.clone();
        Self { text, count, each_minor, amount_minor }
    }
}

impl From<&market::Quoted> for OrderQuote {
    fn from(quoted: &market::Quoted) -> Self {
        let terms = &quoted.terms;
        Self {
            model: terms.model.as_str().to_owned(),
            seats: terms.seats,
            trial_days: Some(terms.trial_days).filter(|days| *days > 0),
            lines: quoted.first.lines.iter().map(PriceLine::from).collect(),
            total: quoted.first.total.map(Money::from),
            may_buy: quoted.may_buy,
        }
    }
}

impl Order {
    /// As everybody sees it who may.
    pub(in crate::http) fn of(placed: &PlacedOrder, tenant: &tenant::Tenant) -> Self {
        let order::Order { id, terms, state, course, placed_at, .. } = &placed.order;
        Self {
            id: id.to_string(),
            tenant: tenant.name.to_string(),
            module: terms.module.to_string(),
            model: terms.model.as_str().to_owned(),
            seats: terms.seats,
            state: state.as_str().to_owned(),
            cost_centre: placed.cost_centre.as_ref().map(ToString::to_string),
            due: course.due.map(|due| due.total.into()),
            due_at: course.due.map(|due| due.at),
            until: course.period.and_then(|period| period.until),
            ends: course.ends,
            placed_by: placed.placed_by.clone(),
            placed_at: *placed_at,
        }
    }
}

impl From<&market::Orders> for OrderList {
    fn from(found: &market::Orders) -> Self {
        Self {
            orders: found.orders.iter().map(|(placed, tenant)| Order::of(placed, tenant)).collect(),
            next: found.next.map(|next| next.to_string()),
        }
    }
}

impl From<&market::OrderPage> for OrderDetail {
    fn from(page: &market::OrderPage) -> Self {
        let event = |event: &market::placed::OrderEvent| OrderEvent {
            what: event.what.clone(),
            state: event.state.as_str().to_owned(),
            by: event.by.clone(),
            at: event.at,
            reason: event.reason.clone(),
        };
        let step = page.next_step.as_ref();
        Self {
            order: Order::of(&page.placed, &page.tenant),
            events: page.events.iter().map(event).collect(),
            invoices: page.invoices.iter().map(|invoice| invoice.number.to_string()).collect(),
            instructions: step.map(|step| step.instructions.clone()),
            page: step.and_then(|step| step.page.as_ref()).map(ToString::to_string),
            by_card: page.by_card,
        }
    }
}

impl From<&market::Entitled> for Entitlement {
    fn from(entitled: &market::Entitled) -> Self {
        let (held, terms) = (&entitled.entitlement, &entitled.terms);
        Self {
            id: held.licence_id().to_string(),
            order: held.order.to_string(),
            module: held.module.to_string(),
            model: terms.model.as_str().to_owned(),
            seats: terms.seats,
            state: held.state.as_str().to_owned(),
            from: held.from,
            until: held.until,
        }
    }
}

impl From<&invoice::Invoice> for Invoice {
    fn from(invoice: &invoice::Invoice) -> Self {
        Self {
            number: invoice.number.to_string(),
            order: invoice.order.to_string(),
            state: invoice.state.as_str().to_owned(),
            seller: invoice.seller.clone(),
            bill_to: invoice.bill_to.clone(),
            lines: invoice.lines.iter().map(PriceLine::from).collect(),
            total: invoice.total.into(),
            cost_centre: invoice.cost_centre.clone(),
            written_at: invoice.written_at,
            due_at: invoice.due_at,
        }
    }
}

impl From<&market::Statement> for Statement {
    fn from(statement: &market::Statement) -> Self {
        let line = |line: &market::StatementLine| StatementLine {
            at: line.at,
            kind: line.kind.as_str().to_owned(),
            order: line.order.to_string(),
            reference: line.reference.clone(),
            amount: line.amount.into(),
        };
        Self {
            lines: statement.lines.iter().map(line).collect(),
            balances: statement.balances.iter().copied().map(Money::from).collect(),
            next: statement.next.map(|next| next.to_string()),
        }
    }
}

impl NewCoupon {
    /// Reads it.
    ///
    /// # Errors
    /// [`Problem`]
    pub(in crate::http) fn read(self) -> Result<market::NewCoupon, Problem> {
        let off = match (self.part, self.amount) {
            (Some(part), None) => coupon::Off::Part(part),
            (None, Some(amount)) => coupon::Off::Amount(amount.read()?),
            _ => return Err(invalid(&"a coupon takes off either `part` or `amount`")),
        };
        Ok(market::NewCoupon {
            code: read(&self.code)?,
            module: self.module.as_deref().map(read).transpose()?,
            off,
            periods: self.periods,
            most: self.most,
            expires_at: self.expires_at,
        })
    }
}

impl From<&coupon::Coupon> for Coupon {
    fn from(coupon: &coupon::Coupon) -> Self {
        let (part, amount) = match coupon.off {
            coupon::Off::Part(part) => (Some(part), None),
            coupon::Off::Amount(amount) => (None, Some(amount.into())),
        };
        Self {
            code: coupon.code.to_string(),
            module: coupon.module.as_ref().map(ToString::to_string),
            part,
            amount,
            periods: coupon.periods,
            most: coupon.most,
            used: coupon.used,
            expires_at: coupon.expires_at,
        }
    }
}

//! What people and banks do to an order.

use time::OffsetDateTime;
use time::util::days_in_month;

use super::super::ledger::EntryKind;
use super::super::price::{Model, Split};
use super::{
    Anchor, Due, Effect, Event, GRACE, LicenceChange, OrderLetter, OrderState, PAY_WITHIN, Period, Refused, Step,
};
use crate::money::Money;

impl Step {
    pub(super) fn happen(&mut self, event: Event) -> Result<(), Refused> {
        match (self.order.state, event) {
            (OrderState::Created, Event::Confirm) => self.confirm(),
            (_, Event::Pay(money)) => self.pay(money),
            (OrderState::Created | OrderState::Pending, Event::Decline) => {
                self.void()?;
                self.end(OrderState::Declined, OrderLetter::Declined);
                Ok(())
            }
            (_, Event::Cancel) => self.cancel(),
            (OrderState::Active | OrderState::Frozen | OrderState::Cancelled, Event::Refund) => {
                self.give_back(EntryKind::Refund)
            }
            (OrderState::Active | OrderState::Frozen, Event::Dispute) => self.dispute(),
            (OrderState::Disputed, Event::DisputeWon) => {
                self.order.state = OrderState::Active;
                self.effects.push(Effect::Licence(LicenceChange::Thaw));
                Ok(())
            }
            (OrderState::Disputed, Event::DisputeLost) => self.give_back(EntryKind::Chargeback),
            (state, event) => Err(Refused::State { state, what: event.done() }),
        }
    }

    fn confirm(&mut self) -> Result<(), Refused> {
        if self.order.terms.quote(1)?.due().is_none() {
            self.begin(1, self.now);
            return Ok(());
        }
        self.ask(1, self.now + PAY_WITHIN)?;
        self.order.state = OrderState::Pending;
        Ok(())
    }

    fn pay(&mut self, paid: Money) -> Result<(), Refused> {
        let state = self.order.state;
        if !matches!(state, OrderState::Pending | OrderState::Active | OrderState::Frozen) {
            return Err(Refused::State { state, what: Event::Pay(paid).done() });
        }
        let Due { period, total, .. } = self.order.course.due.ok_or(Refused::NothingDue)?;
        if paid != total {
            return Err(Refused::Amount { due: total, paid });
        }
        let split = Split::of(total, self.order.terms.share)?;
        self.effects.push(Effect::Post(self.order.parties().payment(period, &split)?));
        self.order.course.due = None;
        self.order.course.paid = Some(split);
        match (state, self.order.course.period) {
            (OrderState::Active, Some(Period { until: Some(until), .. })) if until + GRACE > self.now => {
                self.go_on(period, until);
            }
            // Whoever was kept from it pays for the days from now on.
            _ => self.begin(period, self.now),
        }
        Ok(())
    }

    fn cancel(&mut self) -> Result<(), Refused> {
        let (state, model) = (self.order.state, self.order.terms.model);
        match state {
            OrderState::Created | OrderState::Pending => {
                self.void()?;
                self.end(OrderState::Cancelled, OrderLetter::Cancelled);
                Ok(())
            }
            OrderState::Frozen => {
                self.void()?;
                self.effects.push(Effect::Licence(LicenceChange::End));
                self.end(OrderState::Cancelled, OrderLetter::Cancelled);
                Ok(())
            }
            OrderState::Active if self.order.course.ends => Err(Refused::Ends),
            OrderState::Active if model.months().is_some() => {
                self.void()?;
                self.order.course.ends = true;
                Ok(())
            }
            OrderState::Active if model == Model::OneTime => Err(Refused::NothingRenews),
            OrderState::Active => {
                self.effects.push(Effect::Licence(LicenceChange::End));
                self.end(OrderState::Cancelled, OrderLetter::Cancelled);
                Ok(())
            }
            state => Err(Refused::State { state, what: Event::Cancel.done() }),
        }
    }

    fn dispute(&mut self) -> Result<(), Refused> {
        if self.order.course.paid.is_none() {
            return Err(Refused::NothingPaid);
        }
        if self.order.state == OrderState::Active {
            self.effects.push(Effect::Licence(LicenceChange::Freeze));
        }
        self.order.state = OrderState::Disputed;
        Ok(())
    }

    fn give_back(&mut self, kind: EntryKind) -> Result<(), Refused> {
        let split = self.order.course.paid.ok_or(Refused::NothingPaid)?;
        let period = self.order.course.period.map_or(1, |period| period.number);
        self.void()?;
        self.effects.push(Effect::Post(self.order.parties().back(kind, period, &split)?));
        self.order.course.paid = None;
        self.effects.push(Effect::Licence(LicenceChange::Revoke));
        self.end(OrderState::Refunded, OrderLetter::Refunded);
        Ok(())
    }

    /// Ends in a state, and tells the buyers.
    pub(super) fn end(&mut self, state: OrderState, letter: OrderLetter) {
        self.order.state = state;
        self.effects.push(Effect::Letter(letter));
    }

    /// Asks for the money of a period.
    pub(super) fn ask(&mut self, period: u32, at: OffsetDateTime) -> Result<(), Refused> {
        let quote = self.order.terms.quote(period)?;
        let total = quote.due().ok_or(Refused::NothingDue)?;
        let due = Due { period, total, at };
        self.order.course.due = Some(due);
        self.effects.push(Effect::Post(self.order.parties().invoice(period, total)?));
        self.effects.push(Effect::Invoice(due, quote));
        self.effects.push(Effect::Letter(OrderLetter::Invoice));
        Ok(())
    }

    /// Asks for it no more.
    pub(super) fn void(&mut self) -> Result<(), Refused> {
        if let Some(due) = self.order.course.due.take() {
            self.effects.push(Effect::Post(self.order.parties().void(due.period, due.total)?));
        }
        Ok(())
    }

    /// A period begins from which on the others are counted.
    fn begin(&mut self, number: u32, from: OffsetDateTime) {
        self.order.course.anchor = Some(Anchor { period: number, at: from });
        self.go_on(number, from);
    }

    /// The period of that number begins, and the licence counts until its end.
    pub(super) fn go_on(&mut self, number: u32, from: OffsetDateTime) {
        let period = Period { number, from, until: self.until(number, from) };
        let is_first = self.order.course.period.is_none();
        self.order.course.period = Some(period);
        self.order.state = OrderState::Active;
        self.effects.push(Effect::Licence(if is_first {
            LicenceChange::Issue(period)
        } else {
            LicenceChange::Renew(period)
        }));
        self.effects.push(Effect::Letter(OrderLetter::Active));
    }

    /// When a period ends.
    fn until(&self, number: u32, from: OffsetDateTime) -> Option<OffsetDateTime> {
        let terms = &self.order.terms;
        if terms.model == Model::Trial {
            return Some(from + time::Duration::days(i64::from(terms.trial_days)));
        }
        let months = terms.model.months()?;
        let anchor = self.order.course.anchor.unwrap_or(Anchor { period: number, at: from });
        let periods = number.saturating_sub(anchor.period).saturating_add(1);
        Some(after_months(anchor.at, periods.saturating_mul(months)))
    }
}

/// The same day and hour so many months later, or the last day of that month. The years end with 9999.
fn after_months(at: OffsetDateTime, months: u32) -> OffsetDateTime {
    let months_before = u32::try_from(at.year()).unwrap_or_default() * 12 + u32::from(u8::from(at.month())) - 1;
    let months = months_before.saturating_add(months);
    let year = i32::try_from(months / 12).unwrap_or(i32::MAX).min(9_999);
    let month = u8::try_from(months % 12 + 1).ok().and_then(|month| time::Month::try_from(month).ok());
    let month = month.unwrap_or(time::Month::December);
    let date = time::Date::from_calendar_date(year, month, at.day().min(days_in_month(month, year)));
    date.map_or(at, |date| at.replace_date(date))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn months_end_where_they_end() {
        let from = datetime!(2027-01-31 10:00 UTC);
        for (months, until) in [
            (1, datetime!(2027-02-28 10:00 UTC)),
            (2, datetime!(2027-03-31 10:00 UTC)),
            (11, datetime!(2027-12-31 10:00 UTC)),
            (12, datetime!(2028-01-31 10:00 UTC)),
            (13, datetime!(2028-02-29 10:00 UTC)),
        ] {
            assert_eq!(after_months(from, months), until, "{months}");
        }
        assert_eq!(after_months(from, u32::MAX / 2).year(), 9_999);
    }
}

//! What time does to an order.

use time::OffsetDateTime;

use super::super::price::Model;
use super::{
    ASK_BEFORE, DECIDE_WITHIN, Effect, GRACE, LicenceChange, Order, OrderLetter, OrderState, PAY_WITHIN, Period,
    Refused, Step, THAWS_WITHIN, UNDER_WAY,
};

/// What comes next by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Nobody approved or paid.
    Expire,
    /// What was tried is over.
    TrialEnds,
    /// It ends with its period.
    Ends,
    /// The next period costs nothing, and begins.
    GoOn(u32, OffsetDateTime),
    /// The next period is asked for.
    Ask(u32, OffsetDateTime),
    /// It was not paid.
    Freeze,
    /// It was not paid for too long.
    Lapse,
}

impl Order {
    /// When time will change something next, if it will.
    pub fn next_at(&self) -> Option<OffsetDateTime> {
        self.next().map(|(at, _)| at)
    }

    fn next(&self) -> Option<(OffsetDateTime, Next)> {
        let due = self.course.due;
        match self.state {
            OrderState::Created => Some((self.placed_at + DECIDE_WITHIN, Next::Expire)),
            OrderState::Pending => due.map(|due| (due.at + UNDER_WAY, Next::Expire)),
            OrderState::Frozen => due.map(|due| (due.at + THAWS_WITHIN, Next::Lapse)),
            OrderState::Active => {
                let Period { number, until, .. } = self.course.period?;
                let until = until?;
                if self.terms.model == Model::Trial {
                    return Some((until, Next::TrialEnds));
                }
                if self.course.ends {
                    return Some((until, Next::Ends));
                }
                if let Some(due) = due {
                    return Some((due.at + GRACE, Next::Freeze));
                }
                let next = number.saturating_add(1);
                // What cannot be reckoned is asked for as well, which fails aloud.
                let is_free = self.terms.quote(next).is_ok_and(|quote| quote.due().is_none());
                if is_free {
                    return Some((until, Next::GoOn(next, until)));
                }
                Some((until - ASK_BEFORE, Next::Ask(next, until)))
            }
            OrderState::Declined
            | OrderState::Expired
            | OrderState::Cancelled
            | OrderState::Refunded
            | OrderState::Disputed => None,
        }
    }
}

impl Step {
    pub(super) fn pass(&mut self) -> Result<(), Refused> {
        let Some((_, next)) = self.order.next().filter(|(at, _)| *at <= self.now) else { return Ok(()) };
        match next {
            Next::Expire => {
                self.void()?;
                self.end(OrderState::Expired, OrderLetter::Expired);
            }
            Next::TrialEnds => {
                self.effects.push(Effect::Licence(LicenceChange::End));
                self.end(OrderState::Expired, OrderLetter::Expired);
            }
            Next::Ends => {
                self.effects.push(Effect::Licence(LicenceChange::End));
                self.end(OrderState::Cancelled, OrderLetter::Cancelled);
            }
            Next::GoOn(number, from) => {
                self.order.course.paid = None;
                self.go_on(number, from);
            }
            // Nothing is due in the past, however long nobody looked.
            Next::Ask(number, until) => self.ask(number, until.max(self.now + PAY_WITHIN))?,
            Next::Freeze => {
                self.effects.push(Effect::Licence(LicenceChange::Freeze));
                self.end(OrderState::Frozen, OrderLetter::Frozen);
            }
            Next::Lapse => {
                self.void()?;
                self.effects.push(Effect::Licence(LicenceChange::End));
                self.end(OrderState::Cancelled, OrderLetter::Cancelled);
            }
        }
        Ok(())
    }
}

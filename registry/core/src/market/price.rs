//! What something costs: the terms of an order, which stay as they were when it was placed, and the quote that follows from them.

use adx_index::manifest::{Interval, Marketplace, Price, Pricing};
use adx_signing::name::ModuleId;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::coupon::{Discount, Off};
use crate::money::{Currency, Money, MoneyError, UnknownCurrency};

/// Most seats of one order.
pub const MAX_SEATS: u32 = 1_000_000;

/// How an order is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// Not at all.
    Free,
    /// Not at all, for some days.
    Trial,
    /// Once, for ever.
    OneTime,
    /// Each month.
    Month,
    /// Each year.
    Year,
}

impl Model {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Trial => "trial",
            Self::OneTime => "one-time",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// How many months one payment is for, if it is paid for again and again.
    pub const fn months(self) -> Option<u32> {
        match self {
            Self::Month => Some(1),
            Self::Year => Some(12),
            Self::Free | Self::Trial | Self::OneTime => None,
        }
    }
}

/// What a buyer wants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Wish {
    /// To try it first.
    pub trial: bool,
    /// For how many, where seats are counted; one if nobody says.
    pub seats: Option<u32>,
}

/// A price, and what seats beyond the first ones cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Of all, or of each seat.
    pub price: Money,
    /// The first seat that costs something else, and what each costs from there on, in the minor unit; ascending.
    pub tiers: Vec<(u32, i64)>,
}

/// What was agreed: a later price changes nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The module.
    pub module: ModuleId,
    /// How it is paid for.
    pub model: Model,
    /// What it costs; none where it costs nothing.
    pub rate: Option<Rate>,
    /// For how many; none where seats are not counted.
    pub seats: Option<u32>,
    /// For how many days it is tried.
    pub trial_days: u32,
    /// What is taken off.
    pub discount: Option<Discount>,
    /// The operator's share, in hundredths of a percent.
    pub share: u16,
}

/// Why there is no price.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PriceError {
    /// The manifest offers no trial.
    #[error("`{0}` cannot be tried: its publisher offers no trial")]
    NoTrial(ModuleId),
    /// The price is not one for each seat.
    #[error("`{0}` is not sold by the seat: leave the number of seats out")]
    NoSeats(ModuleId),
    /// A number of seats that nobody has.
    #[error("from 1 to {MAX_SEATS} seats can be bought at once")]
    Seats,
    /// Nothing is taken off nothing.
    #[error("a coupon is of no use where nothing is paid")]
    NothingToPay,
    /// The coupon is in another currency.
    #[error("the coupon is in {0}, and the price in {1}")]
    CouponCurrency(Currency, Currency),
    /// The manifest has a price in what is no currency.
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
    /// There is not that much money.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// One line of a quote or an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it is for.
    pub text: String,
    /// How many.
    pub count: u32,
    /// What one costs, in the minor unit.
    pub each_minor: i64,
    /// What they cost, in the minor unit; below zero for what is taken off.
    pub amount_minor: i64,
}

/// What one period costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// What adds up to it.
    pub lines: Vec<Line>,
    /// What is paid; none where nothing ever is.
    pub total: Option<Money>,
}

impl Quote {
    /// What is to be paid, if that is anything.
    pub fn due(&self) -> Option<Money> {
        self.total.filter(|total| total.minor > 0)
    }
}

/// How what was paid is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// What the publisher gets.
    pub publisher: Money,
    /// What the operator keeps.
    pub operator: Money,
}

impl Split {
    /// Divides an amount.
    ///
    /// # Errors
    /// [`MoneyError`]
    pub fn of(total: Money, share: u16) -> Result<Self, MoneyError> {
        let operator = total.part(share);
        let publisher = total.plus(Money { minor: -operator.minor, ..operator })?;
        Ok(Self { publisher, operator })
    }

    /// All of it.
    ///
    /// # Errors
    /// [`MoneyError`]
    pub fn total(&self) -> Result<Money, MoneyError> {
        self.publisher.plus(self.operator)
    }
}

impl Terms {
    /// What a manifest offers to whoever wants this.
    ///
    /// # Errors
    /// [`PriceError`]
    pub fn of(
        module: ModuleId,
        offered: &Marketplace,
        wish: &Wish,
        discount: Option<Discount>,
        share: u16,
    ) -> Result<Self, PriceError> {
        let (price, model) = match &offered.pricing {
            Pricing::Free => (None, Model::Free),
            Pricing::OneTime { price } => (Some(price), Model::OneTime),
            Pricing::Subscription { price, interval: Interval::Month } => (Some(price), Model::Month),
            Pricing::Subscription { price, interval: Interval::Year } => (Some(price), Model::Year),
        };
        let seats = match (price, wish.seats) {
            (Some(price), wanted) if price.per_seat => Some(wanted.unwrap_or(1)),
            (_, Some(_)) => return Err(PriceError::NoSeats(module)),
            (_, None) => None,
        };
        if seats.is_some_and(|seats| !(1..=MAX_SEATS).contains(&seats)) {
            return Err(PriceError::Seats);
        }
        if wish.trial && (offered.trial_days == 0 || price.is_none()) {
            return Err(PriceError::NoTrial(module));
        }
        let model = if wish.trial { Model::Trial } else { model };
        let rate = price.filter(|_| !wish.trial).map(rate).transpose()?;
        match (&rate, &discount) {
            (None, Some(_)) => return Err(PriceError::NothingToPay),
            (Some(rate), Some(Discount { off: Off::Amount(off), .. })) if off.currency != rate.price.currency => {
                return Err(PriceError::CouponCurrency(off.currency, rate.price.currency));
            }
            _ => {}
        }
        let trial_days = if wish.trial { offered.trial_days } else { 0 };
        Ok(Self { module, model, rate, seats, trial_days, discount, share })
    }

    /// What the period of that number costs; the first is 1.
    ///
    /// # Errors
    /// [`MoneyError`]
    pub fn quote(&self, period: u32) -> Result<Quote, MoneyError> {
        let Some(rate) = &self.rate else { return Ok(Quote { lines: Vec::new(), total: None }) };
        let currency = rate.price.currency;
        let what = match self.model {
            Model::Month => format!("{}, one month", self.module),
            Model::Year => format!("{}, one year", self.module),
            Model::Free | Model::Trial | Model::OneTime => self.module.to_string(),
        };
        let mut lines = Vec::new();
        match self.seats {
            None => lines.push(line(what, 1, rate.price)?),
            Some(seats) => {
                for (first, last, each_minor) in rate.steps(seats) {
                    let which =
                        if first == last { format!("seat {first}") } else { format!("seats {first} to {last}") };
                    let text = format!("{what}, {which}");
                    lines.push(line(text, last - first + 1, Money { minor: each_minor, currency })?);
                }
            }
        }
        let mut total = Money::new(0, currency);
        for line in &lines {
            total = total.plus(Money::new(line.amount_minor, currency))?;
        }
        if let Some(discount) = self.discount.as_ref().filter(|discount| discount.counts_in(period)) {
            let off = discount.of(total);
            lines.push(line(format!("coupon {}", discount.code), 1, off)?);
            total = total.plus(off)?;
        }
        Ok(Quote { lines, total: Some(total) })
    }
}

impl Rate {
    /// The first and the last seat of each step, and what one of them costs.
    fn steps(&self, seats: u32) -> Vec<(u32, u32, i64)> {
        let starts = std::iter::once((1, self.price.minor)).chain(self.tiers.iter().copied());
        let ends = self.tiers.iter().map(|(from, _)| from - 1).chain(std::iter::once(u32::MAX));
        let steps = starts.zip(ends).filter(|((from, _), _)| *from <= seats);
        steps.map(|((from, each), last)| (from, last.min(seats), each)).collect()
    }
}

fn line(text: String, count: u32, each: Money) -> Result<Line, MoneyError> {
    Ok(Line { text, count, each_minor: each.minor, amount_minor: each.times(count)?.minor })
}

fn rate(price: &Price) -> Result<Rate, PriceError> {
    let minor = |amount: u64| i64::try_from(amount).map_err(|_| MoneyError::TooLarge);
    let tier = |tier: &adx_index::manifest::Tier| Ok((tier.from, minor(tier.amount_minor)?));
    let tiers = price.tiers.iter().map(tier).collect::<Result<_, MoneyError>>()?;
    Ok(Rate { price: Money::new(minor(price.amount_minor)?, price.currency.parse()?), tiers })
}

#[cfg(test)]
mod tests {
    use adx_index::manifest::Tier;
    use proptest::prelude::*;

    use super::*;

    fn module() -> ModuleId {
        "acme/notes".parse().unwrap()
    }

    fn offered(per_seat: bool, tiers: Vec<Tier>) -> Marketplace {
        let price = Price { amount_minor: 1_900, currency: "EUR".to_owned(), per_seat, tiers };
        let pricing = Pricing::Subscription { price, interval: Interval::Month };
        Marketplace { pricing, trial_days: 14, ..Marketplace::default() }
    }

    fn seats(seats: u32) -> Wish {
        Wish { seats: Some(seats), trial: false }
    }

    fn terms(offered: &Marketplace, wish: &Wish, discount: Option<Discount>) -> Result<Terms, PriceError> {
        Terms::of(module(), offered, wish, discount, 1_500)
    }

    #[test]
    fn each_tier_counts_for_its_own_seats() {
        let tiers = vec![Tier { from: 11, amount_minor: 1_500 }, Tier { from: 101, amount_minor: 1_000 }];
        let offered = offered(true, tiers);
        for (wanted, total, lines) in [(1, 1_900, 1), (10, 19_000, 1), (11, 20_500, 2), (101, 155_000, 3)] {
            let quote = terms(&offered, &seats(wanted), None).unwrap().quote(1).unwrap();
            assert_eq!((quote.total.unwrap().minor, quote.lines.len()), (total, lines), "{wanted} seats");
        }
        assert_eq!(terms(&offered, &Wish::default(), None).unwrap().seats, Some(1));
        assert_eq!(terms(&offered, &seats(0), None), Err(PriceError::Seats));
    }

    #[test]
    fn what_is_not_offered_has_no_price() {
        assert_eq!(terms(&offered(false, Vec::new()), &seats(3), None), Err(PriceError::NoSeats(module())));
        let trial = Wish { trial: true, seats: None };
        let none = Marketplace { trial_days: 0, ..offered(false, Vec::new()) };
        assert_eq!(terms(&none, &trial, None), Err(PriceError::NoTrial(module())));
        assert_eq!(terms(&Marketplace::default(), &trial, None), Err(PriceError::NoTrial(module())));
        let tried = terms(&offered(false, Vec::new()), &trial, None).unwrap();
        assert_eq!((tried.model, tried.trial_days, tried.quote(1).unwrap().due()), (Model::Trial, 14, None));
        let off = Discount { code: "SPRING".to_owned(), off: Off::Part(2_500), periods: Some(1) };
        assert_eq!(terms(&Marketplace::default(), &Wish::default(), Some(off)), Err(PriceError::NothingToPay));
        let dollars = Off::Amount(Money::new(100, "USD".parse().unwrap()));
        let off = Discount { code: "SPRING".to_owned(), off: dollars, periods: None };
        let refused = terms(&offered(false, Vec::new()), &Wish::default(), Some(off));
        assert!(matches!(refused, Err(PriceError::CouponCurrency(..))), "{refused:?}");
    }

    #[test]
    fn a_coupon_counts_for_its_periods_and_never_below_nothing() {
        let off = |off| Some(Discount { code: "SPRING".to_owned(), off, periods: Some(2) });
        let total = |discount, period| {
            let terms = terms(&offered(false, Vec::new()), &Wish::default(), discount).unwrap();
            terms.quote(period).unwrap().total.unwrap().minor
        };
        assert_eq!([1, 2, 3].map(|period| total(off(Off::Part(2_500)), period)), [1_425, 1_425, 1_900]);
        let much = Off::Amount(Money::new(9_999, "EUR".parse().unwrap()));
        assert_eq!([1, 3].map(|period| total(off(much), period)), [0, 1_900]);
    }

    proptest! {
        #[test]
        fn lines_add_up_and_shares_too(
            wanted in 1..5_000_u32, first in 2..100_u32, each in 0..10_000_u64, part in 0..=10_000_u16, share in 0..=10_000_u16,
        ) {
            let discount = Some(Discount { code: "A".to_owned(), off: Off::Part(part), periods: None });
            let offered = offered(true, vec![Tier { from: first, amount_minor: each }]);
            let terms = Terms::of(module(), &offered, &seats(wanted), discount, share).unwrap();
            let quote = terms.quote(1).unwrap();
            let total = quote.total.unwrap();
            prop_assert_eq!(quote.lines.iter().map(|line| line.amount_minor).sum::<i64>(), total.minor);
            prop_assert!(total.minor >= 0);
            let split = Split::of(total, share).unwrap();
            prop_assert_eq!(split.total().unwrap(), total);
            prop_assert!(split.operator.minor >= 0 && split.publisher.minor >= 0);
        }
    }
}

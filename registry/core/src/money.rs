//! Amounts of money: whole numbers of a currency's minor unit, never without the currency, and checked arithmetic only.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A currency of ISO 4217 in which something can be paid: one that has a minor unit, or none such as the yen, but no metal and no unit of account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(iso_currency::Currency);

/// A text that is no currency.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no currency: its ISO 4217 code in capitals is needed, such as `EUR`")]
pub struct UnknownCurrency(String);

impl Currency {
    /// Its code, three capital letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals it is written with: 2 for the euro, 0 for the yen, 3 for the Kuwaiti dinar.
    pub fn digits(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        let known = iso_currency::Currency::from_code(code);
        let payable = known.filter(|known| known.exponent().is_some() && !known.is_special());
        payable.map(Self).ok_or_else(|| UnknownCurrency(code.to_owned()))
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(code: String) -> Result<Self, UnknownCurrency> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount of a currency, which may be owed: below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// In the currency's minor unit, such as cents.
    pub minor: i64,
    /// Which currency.
    pub currency: Currency,
}

/// Why amounts could not be reckoned with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Nobody has said what one is worth in the other.
    #[error("amounts in {0} and {1} cannot be added")]
    Currencies(Currency, Currency),
    /// There is not that much money.
    #[error("the amount is too large")]
    TooLarge,
}

impl Money {
    /// So many of the minor unit.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError`]
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Currencies(self.currency, other.currency));
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    /// So many times the amount.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`]
    pub fn times(self, count: u32) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(i64::from(count)).ok_or(MoneyError::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    /// So many hundredths of a percent of the amount, rounded towards zero; at most all of it.
    #[must_use]
    pub fn part(self, basis_points: u16) -> Self {
        let part = i128::from(self.minor) * i128::from(basis_points.min(WHOLE)) / i128::from(WHOLE);
        // A part of what fits is smaller than what fits.
        Self { minor: i64::try_from(part).unwrap_or(self.minor), ..self }
    }
}

/// All of an amount, in hundredths of a percent.
pub const WHOLE: u16 = 10_000;

impl fmt::Display for Money {
    /// As people write it: `-19.00 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.digits();
        let (sign, minor) = (if self.minor < 0 { "-" } else { "" }, self.minor.unsigned_abs());
        if digits == 0 {
            return write!(f, "{sign}{minor} {}", self.currency);
        }
        let unit = 10_u64.pow(digits);
        let width = usize::try_from(digits).unwrap_or_default();
        write!(f, "{sign}{}.{:0width$} {}", minor / unit, minor % unit, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, code.parse().unwrap())
    }

    #[test]
    fn amounts_are_written_with_the_decimals_of_their_currency() {
        for (minor, code, written) in [
            (1900, "EUR", "19.00 EUR"),
            (-5, "USD", "-0.05 USD"),
            (1900, "JPY", "1900 JPY"),
            (1, "KWD", "0.001 KWD"),
            (i64::MIN, "EUR", "-92233720368547758.08 EUR"),
        ] {
            assert_eq!(money(minor, code).to_string(), written);
        }
    }

    #[test]
    fn what_nobody_pays_with_is_no_currency() {
        for code in ["eur", "EURO", "", "ABC", "XAU", "XXX", "XTS"] {
            assert_eq!(code.parse::<Currency>(), Err(UnknownCurrency(code.to_owned())));
        }
        assert!(serde_json::from_str::<Currency>("\"XAU\"").is_err());
    }

    #[test]
    fn nothing_is_added_that_cannot_be() {
        assert_eq!(money(1, "EUR").plus(money(2, "EUR")), Ok(money(3, "EUR")));
        let (euro, dollar) = ("EUR".parse().unwrap(), "USD".parse().unwrap());
        assert_eq!(money(1, "EUR").plus(money(2, "USD")), Err(MoneyError::Currencies(euro, dollar)));
        assert_eq!(money(i64::MAX, "EUR").plus(money(1, "EUR")), Err(MoneyError::TooLarge));
        assert_eq!(money(i64::MAX, "EUR").times(2), Err(MoneyError::TooLarge));
    }

    #[test]
    fn a_part_is_never_more_than_the_whole() {
        assert_eq!(money(999, "EUR").part(1_500), money(149, "EUR"));
        assert_eq!(money(i64::MAX, "EUR").part(u16::MAX), money(i64::MAX, "EUR"));
    }
}

//! Coupons: what is taken off a price, for whom and until when.

use std::fmt;
use std::str::FromStr;

use adx_signing::name::ModuleId;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;

use crate::Id;
use crate::money::{Money, WHOLE};
use crate::publisher::Publisher;

/// Longest code, in characters.
const MAX_CODE_CHARS: usize = 40;

/// What is taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Off {
    /// So many hundredths of a percent.
    Part(u16),
    /// An amount, of each period.
    Amount(Money),
}

/// What an order holds of a coupon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// Its code.
    pub code: String,
    /// What is taken off.
    pub off: Off,
    /// Of how many periods, from the first on; of all if nobody says.
    pub periods: Option<u32>,
}

impl Discount {
    /// Whether it counts in the period of that number.
    pub fn counts_in(&self, period: u32) -> bool {
        self.periods.is_none_or(|periods| period <= periods)
    }

    /// What it takes off an amount, below zero; never more than the amount.
    pub fn of(&self, total: Money) -> Money {
        let off = match self.off {
            Off::Part(part) => total.part(part).minor,
            Off::Amount(amount) => amount.minor.clamp(0, total.minor),
        };
        Money { minor: -off, ..total }
    }
}

/// A coupon's code: capital letters, digits and `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponCode(String);

/// A text that is no code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the code of a coupon has 3 to {MAX_CODE_CHARS} capital letters, digits and `-`")]
pub struct BadCode;

impl CouponCode {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CouponCode {
    type Err = BadCode;

    /// Small letters are read as capital ones: codes are typed.
    fn from_str(text: &str) -> Result<Self, BadCode> {
        let code = text.to_ascii_uppercase();
        let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
        if !(3..=MAX_CODE_CHARS).contains(&code.len()) || !code.bytes().all(is_plain) {
            return Err(BadCode);
        }
        Ok(Self(code))
    }
}

impl fmt::Display for CouponCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A coupon of a publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    /// Its identifier.
    pub id: Id<Coupon>,
    /// Whose it is.
    pub publisher: Id<Publisher>,
    /// What a buyer types; one publisher has it once.
    pub code: CouponCode,
    /// For which module; for all of the publisher's if nobody says.
    pub module: Option<ModuleId>,
    /// What is taken off.
    pub off: Off,
    /// Of how many periods.
    pub periods: Option<u32>,
    /// For how many orders.
    pub most: Option<u32>,
    /// For how many it was used.
    pub used: u32,
    /// From when on it is not taken any more.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

/// Why a coupon is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CouponError {
    /// The publisher has none such, or it is for another module.
    #[error("there is no coupon `{0}` for this module")]
    Unknown(CouponCode),
    /// Its time is over.
    #[error("the coupon `{0}` has expired")]
    Expired(CouponCode),
    /// Others were first.
    #[error("the coupon `{0}` was used as often as it may be")]
    Used(CouponCode),
}

impl Coupon {
    /// What it takes off an order of a module that is placed now.
    ///
    /// # Errors
    /// [`CouponError`]
    pub fn discount(&self, module: &ModuleId, now: OffsetDateTime) -> Result<Discount, CouponError> {
        if self.module.as_ref().is_some_and(|only| only.canonical() != module.canonical()) {
            return Err(CouponError::Unknown(self.code.clone()));
        }
        if self.expires_at.is_some_and(|end| now >= end) {
            return Err(CouponError::Expired(self.code.clone()));
        }
        if self.most.is_some_and(|most| self.used >= most) {
            return Err(CouponError::Used(self.code.clone()));
        }
        Ok(Discount { code: self.code.to_string(), off: self.off, periods: self.periods })
    }
}

impl Off {
    /// Whether it is something that can be taken off.
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Part(part) => (1..=WHOLE).contains(part),
            Self::Amount(amount) => amount.minor > 0,
        }
    }
}

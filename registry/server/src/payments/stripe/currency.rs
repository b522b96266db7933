//! Amounts as Stripe counts them, which is in the minor unit but for a few currencies. Source: Stripe, "Supported currencies"
//! (<https://docs.stripe.com/currencies#minor-units>).

use adx_registry_core::money::{Currency, Money};

/// Currencies that Stripe writes with other decimals than ISO 4217, and with how many.
const OTHERWISE: [(&str, u32); 3] = [("ISK", 2), ("UGX", 2), ("MGA", 0)];

fn digits(currency: Currency) -> u32 {
    let otherwise = OTHERWISE.iter().find(|(code, _)| *code == currency.code());
    otherwise.map_or_else(|| currency.digits(), |(_, digits)| *digits)
}

/// An amount in Stripe's unit; none where Stripe cannot say it, as of three decimals the last one.
pub(super) fn to_stripe(money: Money) -> Option<i64> {
    let (ours, theirs) = (money.currency.digits(), digits(money.currency));
    let amount = scaled(money.minor, ours, theirs)?;
    // Of what has three decimals, the last one has to be a zero.
    (theirs < 3 || amount % 10 == 0).then_some(amount)
}

/// An amount that Stripe says.
pub(super) fn from_stripe(amount: i64, code: &str) -> Option<Money> {
    let currency: Currency = code.to_ascii_uppercase().parse().ok()?;
    Some(Money::new(scaled(amount, digits(currency), currency.digits())?, currency))
}

fn scaled(amount: i64, from: u32, to: u32) -> Option<i64> {
    if to >= from {
        return amount.checked_mul(10_i64.checked_pow(to - from)?);
    }
    let unit = 10_i64.checked_pow(from - to)?;
    (amount % unit == 0).then_some(amount / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_the_same_on_both_sides() {
        for (minor, code, theirs) in [
            (1_900, "EUR", Some(1_900)),
            (1_900, "JPY", Some(1_900)),
            (1_900, "KWD", Some(1_900)),
            (1_901, "KWD", None),
            (19, "UGX", Some(1_900)),
            (1_900, "MGA", Some(19)),
            (1_901, "MGA", None),
            (i64::MAX, "UGX", None),
        ] {
            let ours = Money::new(minor, code.parse().unwrap());
            assert_eq!(to_stripe(ours), theirs, "{minor} {code}");
            if let Some(theirs) = theirs {
                assert_eq!(from_stripe(theirs, &code.to_ascii_lowercase()), Some(ours), "{theirs} {code}");
            }
        }
        assert_eq!(from_stripe(1, "xxx"), None);
    }
}

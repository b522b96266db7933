//! What a module costs, in words.

use iso_currency::Currency;
use serde_json::Value;

use crate::output::counted;

/// What a listing says of the price: how much, how often, for each seat or not, and how long it may be tried; none where it says nothing.
pub(super) fn in_words(listing: &Value) -> Option<String> {
    let pricing = &listing["pricing"];
    let model = pricing["model"].as_str()?;
    let (Some(amount), Some(currency)) = (pricing["amount_minor"].as_u64(), pricing["currency"].as_str()) else {
        return Some(model.to_owned());
    };
    let mut words = money(amount, currency);
    match model {
        "one-time" => words.push_str(" once"),
        "monthly" => words.push_str(" a month"),
        "yearly" => words.push_str(" a year"),
        // A registry of a later version knows more.
        other => words.push_str(&format!(" ({other})")),
    }
    if pricing["per_seat"] == true {
        words.push_str(" for each seat");
    }
    for tier in pricing["tiers"].as_array().into_iter().flatten() {
        if let (Some(from), Some(amount)) = (tier["from"].as_u64(), tier["amount_minor"].as_u64()) {
            words.push_str(&format!(", {} from seat {from} on", money(amount, currency)));
        }
    }
    if let Some(days) = listing["trial_days"].as_u64().filter(|days| *days > 0) {
        words.push_str(&format!(", free to try for {}", counted(days, "day")));
    }
    Some(words)
}

/// An amount of the minor unit as people write it: `19.00 EUR`.
fn money(minor: u64, code: &str) -> String {
    let digits = Currency::from_code(code).and_then(Currency::exponent);
    match digits {
        Some(0) => format!("{minor} {code}"),
        Some(digits) => {
            let (unit, width) = (10_u64.pow(u32::from(digits)), usize::from(digits));
            format!("{}.{:0width$} {code}", minor / unit, minor % unit)
        }
        None => format!("{minor} of the minor unit of {code}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_price_says_how_much_how_often_and_how_long_it_may_be_tried() {
        let pricing = json!({"model": "monthly", "amount_minor": 1900, "currency": "EUR", "per_seat": true,
            "tiers": [{"from": 11, "amount_minor": 1505}]});
        let listing = |pricing: Value, days: u32| in_words(&json!({"pricing": pricing, "trial_days": days}));
        let words = "19.00 EUR a month for each seat, 15.05 EUR from seat 11 on, free to try for 14 days";
        assert_eq!(listing(pricing, 14).as_deref(), Some(words));
        let yen = json!({"model": "one-time", "amount_minor": 1900, "currency": "JPY"});
        assert_eq!(listing(yen, 1).as_deref(), Some("1900 JPY once, free to try for 1 day"));
        let none = json!({"model": "yearly", "amount_minor": 5, "currency": "ABC"});
        assert_eq!(listing(none, 0).as_deref(), Some("5 of the minor unit of ABC a year"));
        assert_eq!(listing(json!({"model": "free"}), 0).as_deref(), Some("free"));
        assert_eq!(in_words(&Value::Null), None);
    }
}

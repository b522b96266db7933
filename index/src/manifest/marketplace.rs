//! `[module.marketplace]`.

use adx_signing::Name;

use super::{
    Interval, Marketplace, Price, Pricing,
    reader::Section,
    runtime::{file_in, values},
};
use crate::limits::MAX_PATH_BYTES;

const MAX_TAGS: usize = 16;
const MAX_SCREENSHOTS: usize = 10;
const MAX_WORD_CHARS: usize = 60;
/// Ten million in a currency with two decimals: above it a slip of the keyboard is likelier.
const MAX_AMOUNT_MINOR: u64 = 1_000_000_000;

pub(super) fn marketplace(module: &Section<'_>) -> Marketplace {
    let Some(section) = module.section("marketplace") else {
        return Marketplace::default();
    };
    let marketplace = Marketplace {
        category: section.parsed("category", MAX_WORD_CHARS, word).map(|category| category.value),
        tags: values(section.parsed_list("tags", MAX_TAGS, MAX_WORD_CHARS, word)),
        pricing: section.section("pricing").and_then(pricing).unwrap_or_default(),
        trial_days: section.small_number("trial_days", 0, 365).map_or(0, |days| days.value),
        screenshots: values(
            section.parsed_list("screenshots", MAX_SCREENSHOTS, MAX_PATH_BYTES, |text| file_in("screenshots/", text)),
        ),
    };
    section.finish();
    marketplace
}

/// Categories and tags share the grammar of names: they stand in addresses of pages.
fn word(text: &str) -> Result<String, String> {
    match text.parse::<Name>() {
        Ok(_) if !text.contains('_') => Ok(text.to_owned()),
        _ => Err(format!(
            "`{text}` is not a category or tag, write lowercase words joined by `-`, such as `customer-management`"
        )),
    }
}

fn pricing(section: Section<'_>) -> Option<Pricing> {
    let model = section.required("model", MAX_WORD_CHARS, "\"free\"", |text| match text {
        "free" | "one-time" | "subscription" => Ok(text.to_owned()),
        _ => Err(format!("there is no pricing model `{text}`, write `free`, `one-time` or `subscription`")),
    });
    let pricing = match model.as_ref().map(|model| model.value.as_str()) {
        Some("one-time") => price(&section).map(|price| Pricing::OneTime { price }),
        Some("subscription") => subscription(&section),
        Some(_) => Some(Pricing::Free),
        None => return None,
    };
    section.finish();
    pricing
}

fn subscription(section: &Section<'_>) -> Option<Pricing> {
    let price = price(section);
    let interval = section.required("interval", MAX_WORD_CHARS, "\"month\"", |text| match text {
        "month" => Ok(Interval::Month),
        "year" => Ok(Interval::Year),
        _ => Err(format!("`{text}` is no interval, write `month` or `year`")),
    });
    Some(Pricing::Subscription { price: price?, interval: interval?.value })
}

fn price(section: &Section<'_>) -> Option<Price> {
    let amount_minor = section.required_number("amount_minor", 1, MAX_AMOUNT_MINOR, "1900");
    let currency = section.required("currency", MAX_WORD_CHARS, "\"EUR\"", |text| {
        if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Ok(text.to_owned());
        }
        Err(format!("`{text}` is not a currency, write its ISO 4217 code in capitals, such as `EUR`"))
    });
    Some(Price { amount_minor: amount_minor?.value, currency: currency?.value })
}

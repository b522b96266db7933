//! `[module.marketplace]`.

use adx_signing::Name;

use super::{
    Interval, Localised, Marketplace, Price, Pricing, Tier,
    identity::{MAX_DESCRIPTION_CHARS, MAX_TITLE_CHARS, MAX_URL_CHARS, web_address},
    reader::Section,
    runtime::{file_in, values},
};
use crate::limits::MAX_PATH_BYTES;

const MAX_TAGS: usize = 16;
/// Most screenshots of a module.
pub const MAX_SCREENSHOTS: usize = 10;
const MAX_WORD_CHARS: usize = 60;
const MAX_LANGUAGES: usize = 40;
/// Of `zh-TW`, and of `gsw-CH`, which is the longest.
const MAX_LANGUAGE_CHARS: usize = 6;
/// Ten million in a currency with two decimals: above it a slip of the keyboard is likelier.
const MAX_AMOUNT_MINOR: u64 = 1_000_000_000;
const MAX_TIERS: usize = 10;
/// More seats than any tenant has.
const MAX_SEATS: u32 = 1_000_000;

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
        demo: section.parsed("demo", MAX_URL_CHARS, web_address).map(|address| address.value),
        documentation: section.parsed("documentation", MAX_URL_CHARS, web_address).map(|address| address.value),
        support: section.parsed("support", MAX_URL_CHARS, contact).map(|contact| contact.value),
        localised: localised(&section),
    };
    section.finish();
    marketplace
}

/// What is said in other languages, each once.
fn localised(section: &Section<'_>) -> Vec<Localised> {
    let mut known: Vec<Localised> = Vec::new();
    for entry in section.sections("localised", MAX_LANGUAGES) {
        let language = entry.required("language", MAX_LANGUAGE_CHARS, "\"de\"", language);
        let display_name = entry.text("display_name", MAX_TITLE_CHARS).map(|text| text.value);
        let description = entry.text("description", MAX_DESCRIPTION_CHARS).map(|text| text.value);
        let readme = entry.parsed("readme", MAX_PATH_BYTES, |text| file_in("docs/", text)).map(|path| path.value);
        let changelog = entry.parsed("changelog", MAX_PATH_BYTES, |text| file_in("docs/", text)).map(|path| path.value);
        if let Some(language) = language {
            if known.iter().any(|known| known.language == language.value) {
                let problem = format_args!("`{}` is there already", language.value);
                section.reader().problem_with_hint(&language.spot, problem, "keep one");
            } else {
                known.push(Localised { language: language.value, display_name, description, readme, changelog });
            }
        }
        entry.finish();
    }
    known
}

/// A language, and a region if that matters, as BCP 47 has them: `de`, `pt-BR`.
fn language(text: &str) -> Result<String, String> {
    let (language, region) = text.split_once('-').map_or((text, None), |(language, region)| (language, Some(region)));
    let lower = (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
    let upper = region.is_none_or(|region| region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_uppercase()));
    if !(lower && upper) {
        return Err(format!("`{text}` is not a language, write its code, such as `de` or `pt-BR`"));
    }
    Ok(text.to_owned())
}

/// Where users ask: an address of mail, or of a page.
fn contact(text: &str) -> Result<String, String> {
    match text.split_once('@') {
        Some((name, domain)) if !text.contains("://") => {
            // Nothing that ends the address where the page links to it.
            let plain = |part: &str| {
                !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte))
            };
            if !(plain(name) && plain(domain) && domain.contains('.')) {
                return Err(format!("`{text}` is not a mail address, write such as `support@example.com`"));
            }
            Ok(text.to_owned())
        }
        _ => web_address(text),
    }
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
    let per = section.parsed("per", MAX_WORD_CHARS, |text| match text {
        "seat" => Ok(()),
        _ => Err(format!("`{text}` is nothing that is counted, write `seat` or leave `per` out")),
    });
    let tiers = tiers(section, per.is_some());
    let (amount_minor, currency) = (amount_minor?.value, currency?.value);
    Some(Price { amount_minor, currency, per_seat: per.is_some(), tiers })
}

/// What seats cost beyond the first ones.
fn tiers(section: &Section<'_>, per_seat: bool) -> Vec<Tier> {
    let mut tiers: Vec<Tier> = Vec::new();
    for entry in section.sections("tiers", MAX_TIERS) {
        let from = entry.required_number("from", 2, u64::from(MAX_SEATS), "11");
        let amount_minor = entry.required_number("amount_minor", 0, MAX_AMOUNT_MINOR, "1500");
        if let (Some(from), Some(amount_minor)) = (from, amount_minor) {
            let (seat, last) =
                (u32::try_from(from.value).unwrap_or(MAX_SEATS), tiers.last().map_or(1, |tier| tier.from));
            if !per_seat {
                let problem = "tiers are of prices for each seat";
                section.reader().problem_with_hint(
                    &from.spot,
                    problem,
                    "write `per = \"seat\"`, or leave the tiers out",
                );
            } else if seat <= last {
                let problem = format_args!("the tier from seat {seat} comes after one from seat {last}");
                section.reader().problem_with_hint(&from.spot, problem, "write the tiers in ascending order");
            } else {
                tiers.push(Tier { from: seat, amount_minor: amount_minor.value });
            }
        }
        entry.finish();
    }
    tiers
}

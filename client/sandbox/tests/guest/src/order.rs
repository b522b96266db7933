//! What an honest activity does: reads an order and a setting, computes its total, logs, answers. The bench calls it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Failure;
use crate::bindings::adx::module::{clock, config, log};

#[derive(Deserialize)]
struct Order {
    customer: String,
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    article: String,
    quantity: u32,
    price_cents: u64,
}

#[derive(Serialize)]
struct Priced<'a> {
    customer: &'a str,
    total_cents: u64,
    quantities: BTreeMap<&'a str, u32>,
    currency: Value,
    priced_at: i64,
    note: String,
}

pub(crate) fn price(input: &str) -> Result<String, Failure> {
    let order: Order = crate::decode(input)?;
    let mut quantities = BTreeMap::new();
    let mut total_cents = 0;
    for item in &order.items {
        *quantities.entry(item.article.as_str()).or_default() += item.quantity;
        total_cents += u64::from(item.quantity) * item.price_cents;
    }
    let currency = config::get("/currency").map_err(|error| ("failed".to_owned(), error.to_string(), false))?;
    let currency = crate::decode(currency.as_deref().unwrap_or("null"))?;
    let note = format!("{} items for {}", order.items.len(), order.customer);
    log::write(
        log::Level::Info,
        &note,
        &[log::Field { key: "total_cents".to_owned(), value: total_cents.to_string() }],
    );
    let priced_at = clock::now().seconds;
    serde_json::to_string(&Priced { customer: &order.customer, total_cents, quantities, currency, priced_at, note })
        .map_err(|error| ("failed".to_owned(), error.to_string(), false))
}

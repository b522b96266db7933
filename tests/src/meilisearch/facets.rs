//! How many documents have which value of an attribute:
//! <https://www.meilisearch.com/docs/learn/filtering_and_sorting/search_with_facet_filters>.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use super::store::{Document, Settings};

/// The values of each facet asked for, among the documents that were found.
pub(super) fn distribution(facets: &[Value], found: &[&Document], settings: &Settings) -> Result<Value, Refusal> {
    let mut told = Map::new();
    for facet in facets.iter().filter_map(Value::as_str) {
        if !settings.filterable.iter().any(|known| known == facet) {
            let known = settings.filterable.join(", ");
            let message = format!(
                "Invalid facet distribution: Attribute `{facet}` is not filterable. Available filterable attributes \
                 patterns are: `{known}`."
            );
            return Err(Refusal::invalid("invalid_search_facets", message));
        }
        told.insert(facet.to_owned(), Value::Object(values(facet, found, settings)));
    }
    Ok(Value::Object(told))
}

fn values(facet: &str, found: &[&Document], settings: &Settings) -> Map<String, Value> {
    let mut counts = BTreeMap::<String, u64>::new();
    for value in found.iter().filter_map(|document| document.get(facet)) {
        let values = if let Value::Array(values) = value { values.as_slice() } else { std::slice::from_ref(value) };
        for text in values.iter().filter_map(text) {
            *counts.entry(text).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    if settings.by_count.iter().any(|known| known == facet || known == "*") {
        counts.sort_by_key(|(_, count)| Reverse(*count));
    }
    counts.into_iter().take(settings.max_values_per_facet).map(|(value, count)| (value, json!(count))).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

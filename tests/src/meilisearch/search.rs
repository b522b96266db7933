//! `POST /indexes/{uid}/search`: <https://www.meilisearch.com/docs/reference/api/search>.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::facets;
use super::filter::conditions;
use super::refusal::Refusal;
use super::relevance::{Rank, Words};
use super::store::{Document, Index, Settings};

/// Answers a (checked) body.
pub(super) fn search(index: &Index, body: &Value) -> Result<Value, Refusal> {
    let settings = &index.settings;
    let text = body["q"].as_str().unwrap_or_default();
    let words = Words::new(text, settings);
    let all = match body["matchingStrategy"].as_str() {
        Some("all") => true,
        None | Some("last") => false,
        Some(other) => return Err(Refusal::not_implemented(&format!("the matching strategy `{other}`"))),
    };
    let conditions = conditions(&body["filter"], settings)?;
    let orders = orders(&body["sort"], settings)?;

    let mut found: Vec<_> = index
        .documents
        .values()
        .filter(|document| conditions.iter().all(|condition| condition.holds(document)))
        .filter_map(|document| {
            let rank = if words.is_empty() { Some(Rank::default()) } else { words.rank(document, settings, all) };
            Some((rank?, document))
        })
        .collect();
    found.sort_by(|one, other| compare(one, other, &settings.ranking_rules, &orders));

    let count = |name: &str, default: u64| {
        let count = body[name].as_u64().unwrap_or(default);
        usize::try_from(count).unwrap_or(usize::MAX)
    };
    let offset = count("offset", 0).min(settings.max_total_hits);
    let limit = count("limit", 20).min(settings.max_total_hits - offset);
    let hits: Vec<_> = found.iter().skip(offset).take(limit).map(|(_, document)| hit(document, body, &words)).collect();
    let mut answer = json!({
        "hits": hits,
        "query": text,
        "processingTimeMs": 0,
        "limit": limit,
        "offset": offset,
        "estimatedTotalHits": found.len().min(settings.max_total_hits),
    });
    if let Some(facets) = body["facets"].as_array() {
        let documents: Vec<_> = found.iter().map(|(_, document)| *document).collect();
        answer["facetDistribution"] = facets::distribution(facets, &documents, settings)?;
        answer["facetStats"] = json!({});
    }
    Ok(answer)
}

fn compare(one: &(Rank, &Document), other: &(Rank, &Document), rules: &[String], orders: &[Order]) -> Ordering {
    rules.iter().fold(Ordering::Equal, |so_far, rule| {
        so_far.then_with(|| match Order::parse(rule) {
            Some(order) => order.compare(one.1, other.1),
            None if rule == "sort" => {
                orders.iter().fold(Ordering::Equal, |so_far, order| so_far.then_with(|| order.compare(one.1, other.1)))
            }
            None => one.0.compare(&other.0, rule),
        })
    })
}

fn hit(document: &Document, body: &Value, words: &Words) -> Value {
    let names = |field: &str| {
        let names = body[field].as_array()?;
        Some(names.iter().filter_map(Value::as_str).collect::<Vec<_>>())
    };
    let is_named = |names: &[&str], name: &str| names.contains(&"*") || names.contains(&name);
    let mut hit: Map<_, _> = match names("attributesToRetrieve") {
        Some(retrieved) => document.clone().into_iter().filter(|(name, _)| is_named(&retrieved, name)).collect(),
        None => document.clone(),
    };
    if let Some(highlighted) = names("attributesToHighlight") {
        let opening = body["highlightPreTag"].as_str().unwrap_or("<em>");
        let closing = body["highlightPostTag"].as_str().unwrap_or("</em>");
        let format = |name: &String, value: &Value| match value {
            Value::String(text) if is_named(&highlighted, name) => json!(words.highlight(text, opening, closing)),
            Value::Array(texts) if is_named(&highlighted, name) => texts
                .iter()
                .map(|text| text.as_str().map_or(text.clone(), |text| json!(words.highlight(text, opening, closing))))
                .collect(),
            Value::Number(number) => json!(number.to_string()),
            value => value.clone(),
        };
        let formatted: Map<_, _> = hit.iter().map(|(name, value)| (name.clone(), format(name, value))).collect();
        hit.insert("_formatted".to_owned(), Value::Object(formatted));
    }
    Value::Object(hit)
}

/// `attribute:asc` or `attribute:desc`.
pub(super) struct Order {
    attribute: String,
    descending: bool,
}

impl Order {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (attribute, direction) = text.rsplit_once(':')?;
        let descending = match direction {
            "asc" => false,
            "desc" => true,
            _ => return None,
        };
        Some(Self { attribute: attribute.to_owned(), descending })
    }

    /// Documents without the attribute come last, either way.
    fn compare(&self, one: &Document, other: &Document) -> Ordering {
        let direct = |order: Ordering| if self.descending { order.reverse() } else { order };
        match (one.get(&self.attribute), other.get(&self.attribute)) {
            (Some(Value::Number(one)), Some(Value::Number(other))) => {
                direct(one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal))
            }
            (Some(Value::String(one)), Some(Value::String(other))) => direct(one.cmp(other)),
            (one, other) => other.is_some().cmp(&one.is_some()),
        }
    }
}

fn orders(sort: &Value, settings: &Settings) -> Result<Vec<Order>, Refusal> {
    let texts = sort.as_array().into_iter().flatten().filter_map(Value::as_str);
    let order = |text: &str| {
        let message = format!(
            "Invalid syntax for the sort parameter: expected expression ending by `:asc` or `:desc`, found `{text}`."
        );
        let order = Order::parse(text).ok_or_else(|| Refusal::invalid("invalid_search_sort", message))?;
        if settings.sortable.contains(&order.attribute) {
            return Ok(order);
        }
        let known = settings.sortable.join(", ");
        let message =
            format!("Attribute `{}` is not sortable. Available sortable attributes are: `{known}`.", order.attribute);
        Err(Refusal::invalid("invalid_search_sort", message))
    };
    texts.map(order).collect()
}

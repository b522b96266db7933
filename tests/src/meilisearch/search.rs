//! `POST /indexes/{uid}/search`: <https://www.meilisearch.com/docs/reference/api/search>.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

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
    Ok(json!({
        "hits": hits,
        "query": text,
        "processingTimeMs": 0,
        "limit": limit,
        "offset": offset,
        "estimatedTotalHits": found.len().min(settings.max_total_hits),
    }))
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

/// `attribute = value` or `attribute != value`; of the filter language only these, and lists of them that all hold.
struct Condition {
    attribute: String,
    equal: bool,
    value: String,
}

impl Condition {
    /// As Meilisearch compares texts: without regard to case.
    fn holds(&self, document: &Document) -> bool {
        let is_it = |value: &Value| match value {
            Value::String(text) => text.to_lowercase() == self.value.to_lowercase(),
            Value::Number(number) => number.to_string() == self.value,
            _ => false,
        };
        let found = match document.get(&self.attribute) {
            Some(Value::Array(values)) => values.iter().any(is_it),
            Some(value) => is_it(value),
            None => false,
        };
        found == self.equal
    }
}

fn conditions(filter: &Value, settings: &Settings) -> Result<Vec<Condition>, Refusal> {
    let texts: Vec<_> = match filter {
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
        Value::String(text) => vec![text.as_str()],
        _ => Vec::new(),
    };
    texts.into_iter().map(|text| condition(text, settings)).collect()
}

fn condition(text: &str, settings: &Settings) -> Result<Condition, Refusal> {
    let refuse = |what: &str| Refusal::invalid("invalid_search_filter", format!("{what}\n{text}"));
    let word = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '.');
    let end = text.find(|character| !word(character)).unwrap_or(text.len());
    let (attribute, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let (equal, rest) = match (rest.strip_prefix("!="), rest.strip_prefix('=')) {
        (Some(rest), _) => (false, rest),
        (None, Some(rest)) => (true, rest),
        (None, None) => return Err(refuse("Was expecting an operation `=` or `!=`.")),
    };
    let (value, rest) = value(rest.trim_start()).ok_or_else(|| refuse("Was expecting a value."))?;
    if !rest.trim().is_empty() {
        return Err(refuse(&format!("Found unexpected characters at the end of the filter: `{rest}`.")));
    }
    if !settings.filterable.iter().any(|known| known == attribute) {
        let known = settings.filterable.join("`, `");
        let message = format!(
            "Attribute `{attribute}` is not filterable. Available filterable attributes patterns are: `{known}`."
        );
        return Err(refuse(&message));
    }
    Ok(Condition { attribute: attribute.to_owned(), equal, value })
}

/// A value in quotes, where `\"` is a quote, or a word; and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|character: char| character.is_whitespace() || "\"'()".contains(character));
        let (word, rest) = text.split_at(end.unwrap_or(text.len()));
        return (!word.is_empty()).then(|| (word.to_owned(), rest));
    };
    let mut characters = quoted.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '"' => return Some((quoted[..place].replace(r#"\""#, "\""), &quoted[place + 1..])),
            _ => {}
        }
    }
    None
}

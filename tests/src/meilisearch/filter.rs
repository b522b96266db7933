//! Filters of a search: <https://www.meilisearch.com/docs/learn/filtering_and_sorting/filter_expression_reference>.

use serde_json::Value;

use super::refusal::Refusal;
use super::store::{Document, Settings};

/// `attribute = value`, `attribute != value`, `attribute IN [value, …]` or `attribute NOT IN [value, …]`; of the filter
/// language only these, and lists of them that all hold.
pub(super) struct Condition {
    attribute: String,
    equal: bool,
    values: Vec<String>,
}

impl Condition {
    /// As Meilisearch compares texts: without regard to case.
    pub(super) fn holds(&self, document: &Document) -> bool {
        let is_it = |value: &Value| match value {
            Value::String(text) => self.values.iter().any(|value| text.to_lowercase() == value.to_lowercase()),
            Value::Number(_) | Value::Bool(_) => self.values.contains(&value.to_string()),
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

/// What a (checked) filter asks.
pub(super) fn conditions(filter: &Value, settings: &Settings) -> Result<Vec<Condition>, Refusal> {
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
    let operation = [("NOT IN", false, true), ("IN", true, true), ("!=", false, false), ("=", true, false)]
        .into_iter()
        .find_map(|(sign, equal, many)| Some((rest.strip_prefix(sign)?.trim_start(), equal, many)));
    let Some((rest, equal, many)) = operation else {
        return Err(refuse("Was expecting an operation `=`, `!=`, `IN` or `NOT IN`."));
    };
    let found = if many { values(rest) } else { value(rest).map(|(value, rest)| (vec![value], rest)) };
    let (values, rest) = found.ok_or_else(|| refuse("Was expecting a value."))?;
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
    Ok(Condition { attribute: attribute.to_owned(), equal, values })
}

/// `[value, …]`; and what follows it.
fn values(text: &str) -> Option<(Vec<String>, &str)> {
    let mut rest = text.strip_prefix('[')?.trim_start();
    let mut values = Vec::new();
    loop {
        if let Some(rest) = rest.strip_prefix(']') {
            return Some((values, rest));
        }
        let (value, after) = value(rest)?;
        values.push(value);
        let after = after.trim_start();
        rest = after.strip_prefix(',').map_or(after, str::trim_start);
        if !after.starts_with([',', ']']) {
            return None;
        }
    }
}

/// A value in quotes, where `\"` is a quote, or a word; and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|character: char| character.is_whitespace() || "\"'()[],".contains(character));
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

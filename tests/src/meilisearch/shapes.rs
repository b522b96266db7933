//! What the bodies of requests may hold.

use serde_json::Value;

use super::refusal::Refusal;

/// What a field may hold.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Count,
    Switch,
    Texts,
    /// A text, or a list of texts all of which hold.
    Filter,
    OneOf(&'static [&'static str]),
    Object(&'static [Field]),
    /// For each name, a list of texts.
    Lists,
    /// For each name, a text.
    Named,
    /// Documented, and not implemented by the double.
    Other,
}

/// A field of a body.
pub(super) struct Field {
    name: &'static str,
    kind: Kind,
    /// Whether `null` stands for leaving it out.
    nullable: bool,
    /// The code of the error about it.
    code: &'static str,
}

const fn field(name: &'static str, kind: Kind, code: &'static str) -> Field {
    Field { name, kind, nullable: true, code }
}

const fn set(name: &'static str, kind: Kind, code: &'static str) -> Field {
    Field { name, kind, nullable: false, code }
}

const fn other(name: &'static str) -> Field {
    field(name, Kind::Other, "not_implemented")
}

/// `POST /indexes`.
pub(super) const INDEX: &[Field] =
    &[set("uid", Kind::Text, "invalid_index_uid"), field("primaryKey", Kind::Text, "invalid_index_primary_key")];

const TYPO_TOLERANCE: &str = "invalid_settings_typo_tolerance";

/// `PATCH /indexes/{uid}/settings`.
pub(super) const SETTINGS: &[Field] = &[
    field("displayedAttributes", Kind::Other, "invalid_settings_displayed_attributes"),
    field("searchableAttributes", Kind::Texts, "invalid_settings_searchable_attributes"),
    field("filterableAttributes", Kind::Texts, "invalid_settings_filterable_attributes"),
    field("sortableAttributes", Kind::Texts, "invalid_settings_sortable_attributes"),
    field("rankingRules", Kind::Texts, "invalid_settings_ranking_rules"),
    field(
        "typoTolerance",
        Kind::Object(&[
            field("enabled", Kind::Switch, TYPO_TOLERANCE),
            field(
                "minWordSizeForTypos",
                Kind::Object(&[
                    field("oneTypo", Kind::Count, TYPO_TOLERANCE),
                    field("twoTypos", Kind::Count, TYPO_TOLERANCE),
                ]),
                TYPO_TOLERANCE,
            ),
            other("disableOnWords"),
            other("disableOnAttributes"),
            other("disableOnNumbers"),
        ]),
        TYPO_TOLERANCE,
    ),
    field(
        "pagination",
        Kind::Object(&[field("maxTotalHits", Kind::Count, "invalid_settings_pagination")]),
        "invalid_settings_pagination",
    ),
    other("stopWords"),
    other("nonSeparatorTokens"),
    other("separatorTokens"),
    other("dictionary"),
    field("synonyms", Kind::Lists, "invalid_settings_synonyms"),
    other("distinctAttribute"),
    other("proximityPrecision"),
    field(
        "faceting",
        Kind::Object(&[
            field("maxValuesPerFacet", Kind::Count, "invalid_settings_faceting"),
            field("sortFacetValuesBy", Kind::Named, "invalid_settings_faceting"),
        ]),
        "invalid_settings_faceting",
    ),
    other("embedders"),
    other("searchCutoffMs"),
    other("localizedAttributes"),
    other("facetSearch"),
    other("prefixSearch"),
];

/// `POST /indexes/{uid}/search`.
pub(super) const SEARCH: &[Field] = &[
    field("q", Kind::Text, "invalid_search_q"),
    set("offset", Kind::Count, "invalid_search_offset"),
    set("limit", Kind::Count, "invalid_search_limit"),
    field("attributesToRetrieve", Kind::Texts, "invalid_search_attributes_to_retrieve"),
    field("attributesToHighlight", Kind::Texts, "invalid_search_attributes_to_highlight"),
    set("highlightPreTag", Kind::Text, "invalid_search_highlight_pre_tag"),
    set("highlightPostTag", Kind::Text, "invalid_search_highlight_post_tag"),
    field("filter", Kind::Filter, "invalid_search_filter"),
    field("sort", Kind::Texts, "invalid_search_sort"),
    set("matchingStrategy", Kind::OneOf(&["last", "all", "frequency"]), "invalid_search_matching_strategy"),
    other("page"),
    other("hitsPerPage"),
    other("attributesToCrop"),
    other("cropLength"),
    other("cropMarker"),
    field("facets", Kind::Texts, "invalid_search_facets"),
    other("distinct"),
    other("attributesToSearchOn"),
    other("showMatchesPosition"),
    other("showRankingScore"),
    other("showRankingScoreDetails"),
    other("rankingScoreThreshold"),
    other("vector"),
    other("hybrid"),
    other("retrieveVectors"),
    other("locales"),
];

/// Checks a body against its fields.
pub(super) fn check(body: &Value, fields: &[Field]) -> Result<(), Refusal> {
    check_object(body, "", fields, "bad_request")
}

fn check_object(body: &Value, place: &str, fields: &[Field], code: &'static str) -> Result<(), Refusal> {
    let Value::Object(object) = body else {
        return Err(wrong_type(body, place, "an object", code));
    };
    for (name, value) in object {
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            let expected: Vec<_> = fields.iter().map(|field| format!("`{}`", field.name)).collect();
            let inside = if place.is_empty() { String::new() } else { format!(" inside `{place}`") };
            let expected = expected.join(", ");
            let message = format!("Unknown field `{name}`{inside}: expected one of {expected}");
            return Err(Refusal::invalid("bad_request", message));
        };
        if !(value.is_null() && field.nullable) {
            check_value(value, &format!("{place}.{name}"), field)?;
        }
    }
    Ok(())
}

fn check_value(value: &Value, place: &str, field: &Field) -> Result<(), Refusal> {
    let texts = |value: &Value| value.as_array().is_some_and(|values| values.iter().all(Value::is_string));
    let (holds, expected) = match field.kind {
        Kind::Text => (value.is_string(), "a string"),
        Kind::Count => (value.is_u64(), "a positive integer"),
        Kind::Switch => (value.is_boolean(), "a boolean"),
        Kind::Texts => (texts(value), "an array"),
        Kind::Filter => (value.is_string() || texts(value), "a string or an array"),
        Kind::OneOf(known) => {
            let Some(text) = value.as_str() else {
                return Err(wrong_type(value, place, "a string", field.code));
            };
            if !known.contains(&text) {
                let known: Vec<_> = known.iter().map(|known| format!("`{known}`")).collect();
                let known = known.join(", ");
                let message = format!("Unknown value `{text}` at `{place}`: expected one of {known}");
                return Err(Refusal::invalid(field.code, message));
            }
            return Ok(());
        }
        Kind::Lists => (value.as_object().is_some_and(|lists| lists.values().all(texts)), "an object"),
        Kind::Named => (value.as_object().is_some_and(|named| named.values().all(Value::is_string)), "an object"),
        Kind::Object(fields) => return check_object(value, place, fields, field.code),
        Kind::Other => return Err(Refusal::not_implemented(&format!("`{place}`"))),
    };
    if holds { Ok(()) } else { Err(wrong_type(value, place, expected, field.code)) }
}

fn wrong_type(value: &Value, place: &str, expected: &str, code: &'static str) -> Refusal {
    let found = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => format!("a boolean: `{value}`"),
        Value::Number(number) if number.is_u64() => format!("a positive integer: `{value}`"),
        Value::Number(number) if number.is_i64() => format!("a negative integer: `{value}`"),
        Value::Number(_) => format!("a float: `{value}`"),
        Value::String(_) => format!("a string: `{value}`"),
        Value::Array(_) => format!("an array: `{value}`"),
        Value::Object(_) => format!("an object: `{value}`"),
    };
    let place = if place.is_empty() { String::new() } else { format!(" at `{place}`") };
    Refusal::invalid(code, format!("Invalid value type{place}: expected {expected}, but found {found}"))
}

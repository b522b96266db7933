//! What Meilisearch keeps of a document, and by which rules it finds it.

use std::collections::{BTreeMap, HashMap};

use adx_index::document::{PriceModel, SearchDocument};
use adx_index::line::Deprecated;
use adx_registry_core::ports::{Facet, SearchHit};
use adx_signing::name::ModuleId;
use meilisearch_sdk::search::SearchResult;
use meilisearch_sdk::settings::{
    FacetSortValue, FacetingSettings, MinWordSizeForTypos, PaginationSetting, Settings, TypoToleranceSettings,
};
use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::search::highlight::{self, without_marks};
use crate::search::synonyms::Synonyms;
use crate::search::{ONE_ERROR_LETTERS, TWO_ERRORS_LETTERS};

/// Raised when documents written before would answer differently; they are then written anew.
pub(super) const VERSION: u32 = 3;
/// The primary key of both indexes.
pub(super) const KEY: &str = "key";
/// How deep pages go; Meilisearch counts no further.
const MAX_TOTAL_HITS: usize = 100_000;
/// Most values of a facet that Meilisearch tells, and so most requirements of platforms among which a query chooses.
const MAX_REQUIREMENTS: usize = 1_000;
/// What a hit is made of.
pub(super) const OF_A_HIT: [&str; 9] =
    ["id", "display_name", "description", "latest", "category", "tags", "deprecated", "price", "verified"];
/// Where words are looked for, the most telling first.
pub(super) const SEARCHED: [&str; 6] = ["name", "display_name", "namespace", "tags", "category", "description"];
/// Last released first, then by name.
pub(super) const BY_AGE: [&str; 3] = ["updated_at_us:desc", "name:asc", "namespace:asc"];
/// First released last, then by name.
pub(super) const BY_BEGINNING: [&str; 3] = ["created_at_us:desc", "name:asc", "namespace:asc"];
/// Most installed first, in the last days or ever.
pub(super) const BY_RECENT_INSTALLS: [&str; 3] = ["recent_installs:desc", "name:asc", "namespace:asc"];
pub(super) const BY_INSTALLS: [&str; 3] = ["installs:desc", "name:asc", "namespace:asc"];
/// By name, then by namespace.
pub(super) const BY_NAME: [&str; 2] = ["name:asc", "namespace:asc"];
/// Highest first.
pub(super) const BY_GENERATION: [&str; 1] = ["generation:desc"];

/// A module, as its document in Meilisearch.
#[derive(Debug, Serialize)]
pub(super) struct ModuleDocument {
    key: String,
    /// For sorting; an instant that cannot be read counts as the oldest. Microseconds stay whole numbers in the doubles
    /// that Meilisearch sorts by.
    updated_at_us: i64,
    created_at_us: i64,
    /// Whole stars of the mean rating, if it was rated.
    stars: Option<u8>,
    /// 1 for a module that its publisher advises against, else 0.
    is_deprecated: u8,
    #[serde(flatten)]
    document: SearchDocument,
}

/// That the documents of a schema were complete at a generation. The highest of them counts. They are only ever added, and
/// lower ones removed, so that two servers writing at once cannot lower it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct GenerationDocument {
    pub(super) key: String,
    version: u32,
    pub(super) generation: u64,
}

/// What a query asks back of a document.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Found {
    id: ModuleId,
    display_name: String,
    description: String,
    latest: Version,
    category: Option<String>,
    tags: Vec<String>,
    #[serde(default)]
    deprecated: Option<Deprecated>,
    price: PriceModel,
    verified: bool,
}

impl ModuleDocument {
    pub(super) fn new(document: &SearchDocument) -> Self {
        Self {
            key: key(&document.id),
            is_deprecated: u8::from(document.deprecated.is_some()),
            updated_at_us: microseconds(&document.updated_at),
            created_at_us: microseconds(&document.created_at),
            stars: document.ratings.whole_stars(),
            document: SearchDocument {
                description: without_marks(&document.description),
                display_name: without_marks(&document.display_name),
                ..document.clone()
            },
        }
    }
}

impl GenerationDocument {
    pub(super) fn new(generation: u64) -> Self {
        Self { key: format!("{VERSION}-{generation}"), version: VERSION, generation }
    }
}

fn microseconds(rfc3339: &str) -> i64 {
    let instant = OffsetDateTime::parse(rfc3339, &Rfc3339).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    i64::try_from(instant.unix_timestamp_nanos() / 1_000).unwrap_or_default()
}

/// A module's key. Meilisearch takes letters, digits, `-` and `_`; names hold no `--`, so no two modules share one.
pub(super) fn key(module: &ModuleId) -> String {
    format!("{}--{}", module.namespace, module.name)
}

/// How modules are found.
pub(super) fn modules(synonyms: &Synonyms) -> Settings {
    let typing_errors = TypoToleranceSettings {
        enabled: Some(true),
        min_word_size_for_typos: Some(MinWordSizeForTypos {
            one_typo: Some(ONE_ERROR_LETTERS),
            two_typos: Some(TWO_ERRORS_LETTERS),
        }),
        ..TypoToleranceSettings::default()
    };
    Settings::new()
        .with_searchable_attributes(SEARCHED)
        .with_filterable_attributes(Facet::ALL.map(attribute).into_iter().chain([KEY]))
        .with_sortable_attributes([
            "updated_at_us",
            "created_at_us",
            "installs",
            "recent_installs",
            "name",
            "namespace",
        ])
        // An order that is asked for comes first; what the rules do not tell apart stands by name.
        .with_ranking_rules([
            "sort",
            // Whatever their publishers advise against comes after all else that matches.
            "is_deprecated:asc",
            "words",
            "typo",
            "attribute",
            "exactness",
            "proximity",
            "quality:desc",
            "name:asc",
            "namespace:asc",
        ])
        .with_typo_tolerance(typing_errors)
        .with_synonyms(synonyms.all().clone().into_iter().collect::<HashMap<_, _>>())
        .with_faceting(FacetingSettings {
            max_values_per_facet: MAX_REQUIREMENTS,
            sort_facet_values_by: Some(BTreeMap::from([("*".to_owned(), FacetSortValue::Count)])),
        })
        .with_pagination(PaginationSetting { max_total_hits: MAX_TOTAL_HITS })
}

/// How generations are found.
pub(super) fn generations() -> Settings {
    Settings::new()
        .with_searchable_attributes([KEY])
        .with_filterable_attributes(["version"])
        .with_sortable_attributes(["generation"])
        .with_ranking_rules(["sort"])
}

/// The attribute that holds the values of a facet.
pub(super) const fn attribute(facet: Facet) -> &'static str {
    match facet {
        Facet::Category => "category",
        Facet::Tag => "tags",
        Facet::Price => "price",
        Facet::Publisher => "namespace",
        Facet::Compatibility => "requires",
        Facet::Rating => "stars",
        Facet::Verified => "verified",
    }
}

/// A condition that holds for these values of an attribute and no other.
pub(super) fn is_one_of<'v>(attribute: &str, values: impl IntoIterator<Item = &'v str>) -> String {
    format!("{attribute} IN [{}]", list(values))
}

/// A condition that holds for every value of an attribute but these.
pub(super) fn is_none_of<'v>(attribute: &str, values: impl IntoIterator<Item = &'v str>) -> String {
    format!("{attribute} NOT IN [{}]", list(values))
}

fn list<'v>(values: impl IntoIterator<Item = &'v str>) -> String {
    values.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

/// A condition that holds for this value of an attribute and no other.
pub(super) fn equals(attribute: &str, value: &str) -> String {
    format!("{attribute} = {}", quoted(value))
}

/// A condition that holds for every value of an attribute but this.
pub(super) fn differs(attribute: &str, value: &str) -> String {
    format!("{attribute} != {}", quoted(value))
}

/// A value that cannot end its quotes, whatever it holds.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', r"\\").replace('"', r#"\""#))
}

/// The hit that a found document is.
pub(super) fn hit(result: SearchResult<Found>) -> SearchHit {
    let formatted = result.formatted_result.unwrap_or_default();
    let marked = |attribute: &str| {
        let marked = formatted.get(attribute).and_then(Value::as_str).unwrap_or_default();
        highlight::html(marked)
    };
    let found = result.result;
    SearchHit {
        module: found.id,
        display_name: found.display_name,
        description: found.description,
        latest: found.latest,
        category: found.category,
        tags: found.tags,
        deprecated: found.deprecated,
        price: found.price,
        verified: found.verified,
        highlight: marked("description"),
        name_highlight: marked("display_name"),
    }
}

//! A query in Meilisearch's terms.

use std::collections::BTreeMap;

use adx_registry_core::ports::{Facet, SearchQuery, SearchSort};

use super::schema::{self, KEY};
use crate::search::MAX_WORDS;

/// A query in Meilisearch's terms.
pub(super) struct Wanted {
    pub(super) words: String,
    /// What must hold of the module's key, if something must.
    pub(super) itself: Option<String>,
    excluded: Option<String>,
    /// What must hold of each facet.
    filters: BTreeMap<Facet, Vec<String>>,
    pub(super) order: &'static [&'static str],
}

impl Wanted {
    pub(super) fn new(query: &SearchQuery) -> Self {
        // Meilisearch reads `"…"` as a phrase and `-…` as what must not occur: only words are handed on.
        let words = query.text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
        let words = words.take(MAX_WORDS).collect::<Vec<_>>().join(" ");
        let order: &[&str] = match query.sort {
            SearchSort::Relevance if !words.is_empty() => &[],
            SearchSort::Relevance | SearchSort::Updated => &schema::BY_AGE,
            SearchSort::New => &schema::BY_BEGINNING,
            SearchSort::Trending => &schema::BY_RECENT_INSTALLS,
            SearchSort::Installs => &schema::BY_INSTALLS,
            SearchSort::Name => &schema::BY_NAME,
        };
        let keys: Vec<_> = query.exclude.iter().map(schema::key).collect();
        let excluded = (!keys.is_empty()).then(|| schema::is_none_of(KEY, keys.iter().map(String::as_str)));
        let mut wanted = Self { words, itself: None, excluded, filters: BTreeMap::new(), order };
        for (facet, values) in &query.filters {
            wanted.must(*facet, values);
        }
        wanted
    }

    /// Asks besides for one of these values of a facet.
    pub(super) fn must(&mut self, facet: Facet, values: &[String]) {
        let condition = schema::is_one_of(schema::attribute(facet), values.iter().map(String::as_str));
        self.filters.entry(facet).or_default().push(condition);
    }

    /// All of them hold.
    pub(super) fn conditions(&self) -> Vec<&str> {
        self.conditions_but(None)
    }

    /// All but those of one facet.
    pub(super) fn conditions_but(&self, facet: Option<Facet>) -> Vec<&str> {
        let filters = self.filters.iter().filter(|(of, _)| facet != Some(**of)).flat_map(|(_, conditions)| conditions);
        self.itself.iter().chain(&self.excluded).chain(filters).map(String::as_str).collect()
    }

    /// The facets of which something is asked.
    pub(super) fn filtered(&self) -> impl Iterator<Item = Facet> + '_ {
        self.filters.keys().copied()
    }
}

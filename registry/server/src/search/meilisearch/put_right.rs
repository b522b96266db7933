//! The words of a query as they stand in modules. Meilisearch suggests nothing; but it shows what it took a word for.

use meilisearch_sdk::errors::Error;
use meilisearch_sdk::search::{MatchingStrategies, SearchResults, Selectors};
use serde_json::{Map, Value};

use super::MeilisearchIndex;
use super::schema::SEARCHED;
use crate::search::highlight::{CLOSING, OPENING};

impl MeilisearchIndex {
    /// The words with what each was taken for in place of those that stand in no module; `None` if all do, or one was taken
    /// for nothing.
    pub(super) async fn put_right(&self, words: &str) -> Result<Option<String>, Error> {
        let mut right = Vec::new();
        let words: Vec<_> = words.split_whitespace().map(str::to_lowercase).collect();
        let mut changed = false;
        for (place, word) in words.iter().enumerate() {
            // With a space after it, it is no beginning.
            let asked = if place + 1 < words.len() { format!("{word} ") } else { word.clone() };
            let Some(taken_for) = self.taken_for(&asked).await? else { return Ok(None) };
            changed |= taken_for != *word;
            right.push(taken_for);
        }
        Ok(changed.then(|| right.join(" ")))
    }

    /// The first word that Meilisearch marks in the module that matches best.
    async fn taken_for(&self, asked: &str) -> Result<Option<String>, Error> {
        let (opening, closing) = (OPENING.to_string(), CLOSING.to_string());
        let mut search = self.modules.search();
        search
            .with_query(asked)
            .with_matching_strategy(MatchingStrategies::ALL)
            .with_limit(1)
            .with_attributes_to_highlight(Selectors::Some(&SEARCHED))
            .with_highlight_pre_tag(&opening)
            .with_highlight_post_tag(&closing);
        let found: SearchResults<Value> = search.execute().await?;
        let formatted = found.hits.into_iter().next().and_then(|hit| hit.formatted_result).unwrap_or_default();
        Ok(SEARCHED.into_iter().find_map(|attribute| marked(&formatted, attribute)))
    }
}

fn marked(formatted: &Map<String, Value>, attribute: &str) -> Option<String> {
    let texts = match formatted.get(attribute)? {
        Value::Array(texts) => texts.as_slice(),
        text => std::slice::from_ref(text),
    };
    texts.iter().filter_map(Value::as_str).find_map(|text| {
        let (_, rest) = text.split_once(OPENING)?;
        let (word, _) = rest.split_once(CLOSING)?;
        Some(word.to_lowercase())
    })
}

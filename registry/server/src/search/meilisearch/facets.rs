//! How many modules have which value.

use std::collections::HashMap;

use adx_registry_core::ports::{Facet, FacetCount, FacetCounts};
use adx_registry_core::search::MAX_FACET_VALUES;
use meilisearch_sdk::errors::Error;
use meilisearch_sdk::search::{MatchingStrategies, SearchResults, Selectors};
use semver::{Version, VersionReq};
use serde_json::Value;

use super::MeilisearchIndex;
use super::schema::attribute;
use super::wanted::Wanted;

impl MeilisearchIndex {
    /// The values of each facet. One request, and one more for each facet of which something is asked: its counts are those
    /// without its own filter.
    pub(super) async fn facets(&self, wanted: &Wanted) -> Result<FacetCounts, Error> {
        let mut told = self.counts(&wanted.words, wanted.conditions(), &Facet::ALL).await?;
        for facet in wanted.filtered() {
            told.extend(self.counts(&wanted.words, wanted.conditions_but(Some(facet)), &[facet]).await?);
        }
        Ok(told)
    }

    /// The requirements of modules that a version of the platform meets.
    pub(super) async fn requirements_met(&self, platform: &Version) -> Result<Vec<String>, Error> {
        let requirements = self.distribution("", Vec::new(), &[Facet::Compatibility]).await?;
        let meets = |requirement: &String| {
            VersionReq::parse(requirement).is_ok_and(|requirement| requirement.matches(platform))
        };
        Ok(requirements.into_values().flat_map(HashMap::into_keys).filter(meets).collect())
    }

    async fn counts(&self, words: &str, conditions: Vec<&str>, facets: &[Facet]) -> Result<FacetCounts, Error> {
        let mut found = self.distribution(words, conditions, facets).await?;
        Ok(facets.iter().map(|facet| (*facet, first(found.remove(attribute(*facet)).unwrap_or_default()))).collect())
    }

    async fn distribution(
        &self,
        words: &str,
        conditions: Vec<&str>,
        facets: &[Facet],
    ) -> Result<HashMap<String, HashMap<String, usize>>, Error> {
        let attributes: Vec<_> = facets.iter().copied().map(attribute).collect();
        let mut search = self.modules.search();
        search
            .with_query(words)
            .with_matching_strategy(MatchingStrategies::ALL)
            .with_limit(0)
            .with_facets(Selectors::Some(&attributes));
        if !conditions.is_empty() {
            search.with_array_filter(conditions);
        }
        let found: SearchResults<Value> = search.execute().await?;
        Ok(found.facet_distribution.unwrap_or_default())
    }
}

/// The most frequent, then by name.
fn first(counts: HashMap<String, usize>) -> Vec<FacetCount> {
    let mut counts: Vec<_> =
        counts.into_iter().map(|(value, modules)| FacetCount { value, modules: modules as u64 }).collect();
    counts.sort_by(|one, other| other.modules.cmp(&one.modules).then_with(|| one.value.cmp(&other.value)));
    counts.truncate(MAX_FACET_VALUES);
    counts
}

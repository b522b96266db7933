//! One page of hits.

use adx_index::document::SearchDocument;
use adx_registry_core::ports::{SearchError, SearchHit, SearchPage, SearchQuery, SearchSort};
use adx_registry_core::search::FEW_HITS;
use adx_signing::name::ModuleId;
use tantivy::collector::DocSetCollector;
use tantivy::query::TermQuery;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, SegmentReader, TantivyDocument};

use super::facets::{Filters, Tally};
use super::keys;
use super::matching::{Wanted, each};
use super::ranking::{Best, key, merge};
use super::schema::Fields;
use super::values::Values;
use super::view::{View, Views};
use crate::search::synonyms::Synonyms;
use crate::search::{cursor, failed, highlight};

/// Answers a query whose page begins after `offset` hits.
///
/// # Errors
/// [`SearchError::Engine`]
pub(super) fn page(
    views: &Views,
    fields: &Fields,
    synonyms: &Synonyms,
    query: &SearchQuery,
    offset: usize,
) -> Result<SearchPage, SearchError> {
    let view = views.now();
    let wanted = Wanted::new(&query.text, fields, synonyms);
    let found = {
        let values = views.values();
        find(&view, &values, fields, &wanted, query, offset).map_err(failed)?
    };
    let mut hits = Vec::with_capacity(found.addresses.len());
    for address in found.addresses {
        let document: TantivyDocument = view.searcher.doc(address).map_err(failed)?;
        hits.push(hit(fields.read(&document).map_err(failed)?, &wanted));
    }
    let end = offset.saturating_add(hits.len());
    let next_cursor = (!hits.is_empty() && end < found.total).then(|| cursor::after(query, end));
    let total = found.total as u64;
    let did_you_mean = if total < FEW_HITS { put_right(&view, fields, &wanted).map_err(failed)? } else { None };
    Ok(SearchPage { total, hits, next_cursor, facets: found.facets, did_you_mean })
}

/// The documents of these modules.
///
/// # Errors
/// [`SearchError::Engine`]
pub(super) fn documents(
    views: &Views,
    fields: &Fields,
    modules: &[ModuleId],
) -> Result<Vec<SearchDocument>, SearchError> {
    let view = views.now();
    let mut documents = Vec::with_capacity(modules.len());
    for module in modules {
        let key = TermQuery::new(fields.key(module), IndexRecordOption::Basic);
        for address in view.searcher.search(&key, &DocSetCollector).map_err(failed)? {
            let document: TantivyDocument = view.searcher.doc(address).map_err(failed)?;
            documents.push(fields.read(&document).map_err(failed)?);
        }
    }
    Ok(documents)
}

/// What was found.
struct Found {
    total: usize,
    addresses: Vec<DocAddress>,
    facets: adx_registry_core::ports::FacetCounts,
}

fn find(
    view: &View,
    values: &Values,
    fields: &Fields,
    wanted: &Wanted,
    query: &SearchQuery,
    offset: usize,
) -> tantivy::Result<Found> {
    let sort = if wanted.is_empty() && query.sort == SearchSort::Relevance { SearchSort::Updated } else { query.sort };
    let filters = Filters::new(query, values);
    let everything_passes = filters.is_empty();
    // More than there are would be room made for nothing: both numbers come from outside.
    let most = usize::try_from(view.searcher.num_docs()).unwrap_or(usize::MAX).min(offset.saturating_add(query.limit));
    let mut tally = query.facets.then(|| Tally::new(values));
    let mut best = Vec::with_capacity(view.segments.len());
    let mut total = 0;
    for (reader, segment) in view.searcher.segment_readers().iter().zip(&view.segments) {
        let mut scores = wanted.scores(reader, fields)?;
        leave_out(reader, fields, query, &mut scores)?;
        let mut of_segment = Best::new(most);
        let mut matching = 0;
        for (document, score) in (0..).zip(&mut scores) {
            if *score == 0 {
                continue;
            }
            if !everything_passes {
                let fails = filters.fails(segment, document);
                if fails != 0 {
                    *score = 0;
                    if let Some(tally) = &mut tally {
                        tally.keep_out(fails, segment, document);
                    }
                    continue;
                }
            }
            matching += 1;
            let score = *score + filters.standing(segment, document);
            of_segment.offer(key(sort, score, segment, document), segment, document);
        }
        if let Some(tally) = &mut tally {
            tally.passing.add_matching(segment, &scores, matching, values);
        }
        total += matching;
        best.push(of_segment);
    }
    let addresses = merge(view, best, offset..offset.saturating_add(query.limit))?;
    Ok(Found { total, addresses, facets: tally.map(|tally| tally.told(values)).unwrap_or_default() })
}

/// Sets the score of the modules that are not wanted to 0.
fn leave_out(segment: &SegmentReader, fields: &Fields, query: &SearchQuery, scores: &mut [u32]) -> tantivy::Result<()> {
    if query.exclude.is_empty() {
        return Ok(());
    }
    let ids = segment.inverted_index(fields.id)?;
    for module in &query.exclude {
        if let Some(postings) = ids.read_block_postings(&fields.key(module), IndexRecordOption::Basic)? {
            each(postings, |document| scores[document as usize] = 0);
        }
    }
    Ok(())
}

/// The words with the nearest in place of each that stands in no module; `None` if all do, or nothing is near.
fn put_right(view: &View, fields: &Fields, wanted: &Wanted) -> tantivy::Result<Option<String>> {
    let mut words = Vec::with_capacity(wanted.words.len());
    let mut changed = false;
    for word in &wanted.words {
        if keys::occurs(&view.searcher, fields, word)? {
            words.push(word.text.clone());
            continue;
        }
        let Some(nearest) = keys::nearest(&view.searcher, fields, &word.text)? else { return Ok(None) };
        words.push(nearest);
        changed = true;
    }
    Ok(changed.then(|| words.join(" ")))
}

fn hit(document: SearchDocument, wanted: &Wanted) -> SearchHit {
    SearchHit {
        highlight: highlight::html(&wanted.mark(&document.description)),
        name_highlight: highlight::html(&wanted.mark(&document.display_name)),
        module: document.id,
        display_name: document.display_name,
        description: document.description,
        latest: document.latest,
        category: document.category,
        tags: document.tags,
        deprecated: document.deprecated,
        price: document.price,
        verified: document.verified,
    }
}

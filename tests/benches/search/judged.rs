//! How well each engine answers queries that somebody judged: `judged.txt`.

use std::collections::HashMap;

use adx_index::document::{PriceModel, SearchDocument};
use adx_index::quality::{Ratings, Signals, quality};
use adx_registry::{config, search};
use adx_registry_core::ports::SearchQuery;
use adx_signing::name::ModuleId;
use adx_tests::skip::variable;
use anyhow::{Context as _, Result, ensure};

use super::fts::Fts;

/// Hits that count.
const DEPTH: usize = 10;

/// A query, and how good which answers are.
struct Judged {
    text: String,
    grades: HashMap<String, u32>,
}

/// Prints nDCG@10 of the embedded engine, of Meilisearch if `MEILI_URL` names one, and of SQLite FTS5.
pub(crate) async fn relevance(report: &impl Fn(&str, f64, &str, Option<f64>, &str)) -> Result<()> {
    let (documents, queries) = read()?;
    let folder = tempfile::tempdir()?;
    let baseline = Fts::create(&folder.path().join("fts.sqlite"))?;
    baseline.insert(&documents)?;
    let mut theirs = 0.0;
    for query in &queries {
        theirs += ndcg(query, &baseline.search(&query.text)?);
    }
    let url = folder.path().join("index").display().to_string();
    let mut engines = vec![("search.relevance.tantivy", config::Search { url, ..config::Search::default() })];
    if let Some(url) = variable("MEILI_URL") {
        let api_key = variable("MEILI_KEY").map(Into::into);
        let index = format!("bench-{}", std::process::id());
        let config = config::Search { url, api_key, index, ..config::Search::default() };
        engines.push(("search.relevance.meilisearch", config));
    }
    let show = variable("ADX_BENCH_WORST").is_some();
    for (name, config) in engines {
        let index = search::open(&config).await?;
        index.upsert(&documents).await?;
        let mut ours = 0.0;
        for judged in &queries {
            let query = SearchQuery { text: judged.text.clone(), limit: DEPTH, ..SearchQuery::default() };
            let found: Vec<_> = index.query(&query).await?.hits.iter().map(|hit| hit.module.to_string()).collect();
            let gain = ndcg(judged, &found);
            if show && gain < 0.9 {
                println!("  {gain:.2} {}: {found:?}", judged.text);
            }
            ours += gain;
        }
        let count = f64::from(u32::try_from(queries.len())?);
        report(name, ours / count, "nDCG@10", Some(ours / theirs), "SQLite FTS5");
    }
    Ok(())
}

/// Normalised discounted cumulative gain: <https://doi.org/10.1145/582415.582418>, with gains of 2^grade - 1.
fn ndcg(query: &Judged, found: &[String]) -> f64 {
    let gain = |grade: u32| f64::from((1_u32 << grade) - 1);
    let discounted = |grades: &mut dyn Iterator<Item = u32>| -> f64 {
        (2_u32..).zip(grades.take(DEPTH)).map(|(place, grade)| gain(grade) / f64::from(place).log2()).sum()
    };
    let mut best: Vec<_> = query.grades.values().copied().collect();
    best.sort_unstable_by(|one, other| other.cmp(one));
    let graded = &mut found.iter().map(|id| query.grades.get(id).copied().unwrap_or_default());
    discounted(graded) / discounted(&mut best.into_iter())
}

fn read() -> Result<(Vec<SearchDocument>, Vec<Judged>)> {
    let (mut documents, mut queries) = (Vec::new(), Vec::new());
    let text = include_str!("judged.txt");
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some((text, grades)) = line.split_once(" => ") {
            let grades = grades.split_whitespace().map(|grade| {
                let (id, grade) = grade.split_once(':').context("`id:grade`")?;
                Ok((id.to_owned(), grade.parse()?))
            });
            queries.push(Judged { text: text.to_owned(), grades: grades.collect::<Result<_>>()? });
        } else {
            documents.push(listing(line).with_context(|| line.to_owned())?);
        }
    }
    for query in &queries {
        for id in query.grades.keys() {
            let is_listed = documents.iter().any(|document| document.id.to_string() == *id);
            ensure!(is_listed, "`{}` is answered with `{id}`, which is not listed", query.text);
        }
    }
    Ok((documents, queries))
}

fn listing(line: &str) -> Result<SearchDocument> {
    let parts: Vec<_> = line.split('|').map(str::trim).collect();
    let [id, display_name, category, tags, description, installs] = parts.as_slice() else {
        anyhow::bail!("six parts");
    };
    let id: ModuleId = id.parse()?;
    let installs = installs.parse()?;
    let moment = "2026-01-01T00:00:00Z".to_owned();
    Ok(SearchDocument {
        namespace: id.namespace.clone(),
        name: id.name.clone(),
        display_name: (*display_name).to_owned(),
        description: (*description).to_owned(),
        category: Some((*category).to_owned()),
        tags: tags.split_whitespace().map(str::to_owned).collect(),
        latest: semver::Version::new(1, 0, 0),
        permissions: Vec::new(),
        created_at: moment.clone(),
        updated_at: moment,
        deprecated: None,
        requires: ">=1.0".to_owned(),
        price: PriceModel::Free,
        verified: false,
        ratings: Ratings::default(),
        installs,
        recent_installs: 0,
        quality: quality(&Signals { installs, compatible: true, ..Signals::default() }),
        id,
    })
}

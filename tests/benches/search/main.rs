//! `search.typing`: how long the embedded engine takes for what is typed, letter by letter, with facets, among a million listings,
//! beside plain SQLite FTS5 with counts of categories; `search.visible`: from a change to a query that sees it; and
//! `search.relevance`: nDCG@10 over the judged queries of `judged.txt`.
//!
//! `ADX_BENCH_LISTINGS` asks for fewer listings.

mod fts;
mod judged;
mod listings;

use std::time::{Duration, Instant};

use adx_index::document::SearchDocument;
use adx_registry::{config, search};
use adx_registry_core::ports::SearchQuery;
use adx_tests::skip::variable;
use anyhow::Result;
use listings::{Seeded, listing, typed, vocabulary};

const LISTINGS: usize = 1_000_000;
/// Listings handed over at once.
const BATCH: usize = 20_000;
/// Words typed, letter by letter.
const QUESTIONS: usize = 150;
/// Changes until each was visible.
const CHANGES: usize = 20;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let wanted = |name: &str| arguments.iter().all(|argument| !argument.starts_with("search.") || argument == name);
    let runtime = tokio::runtime::Runtime::new()?;
    let report = |name: &str, value: f64, unit: &str, ratio: Option<f64>, to: &str| {
        if json {
            println!(
                "{}",
                serde_json::json!({ "bench": name, "value": value, "unit": unit, "ratio": ratio, "to": to })
            );
        } else {
            let ratio = ratio.map(|ratio| format!("   {ratio:.2} × {to}")).unwrap_or_default();
            println!("{name:<28} {value:>10.3} {unit}{ratio}");
        }
    };
    if wanted("search.typing") || wanted("search.visible") {
        runtime.block_on(at_scale(&report))?;
    }
    if wanted("search.relevance") {
        runtime.block_on(judged::relevance(&report))?;
    }
    Ok(())
}

async fn at_scale(report: &impl Fn(&str, f64, &str, Option<f64>, &str)) -> Result<()> {
    let listings = variable("ADX_BENCH_LISTINGS").map(|text| text.parse()).transpose()?.unwrap_or(LISTINGS);
    let vocabulary = vocabulary();
    let folder = tempfile::tempdir()?;
    let url = folder.path().join("index").display().to_string();
    let config = config::Search { url, ..config::Search::default() };
    let index = search::open(&config).await?;
    let baseline = fts::Fts::create(&folder.path().join("fts.sqlite"))?;

    let began = Instant::now();
    for from in (0..listings).step_by(BATCH) {
        index.upsert(&batch(from, listings, &vocabulary)).await?;
    }
    report("search.index", rate(listings, began.elapsed()), "listings/s", None, "");
    let began = Instant::now();
    for from in (0..listings).step_by(BATCH) {
        baseline.insert(&batch(from, listings, &vocabulary))?;
    }
    report("search.index.fts5", rate(listings, began.elapsed()), "listings/s", None, "");

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for question in questions(&vocabulary) {
        for text in typed(&question) {
            let query = SearchQuery { text: text.to_owned(), facets: true, limit: 20, ..SearchQuery::default() };
            let began = Instant::now();
            index.query(&query).await?;
            ours.push((began.elapsed(), text.to_owned()));
            let began = Instant::now();
            baseline.search(text)?;
            theirs.push((began.elapsed(), text.to_owned()));
        }
    }
    for (name, part) in [("search.typing.p50", 0.50), ("search.typing.p99", 0.99)] {
        let (mine, base) = (percentile(&mut ours, part), percentile(&mut theirs, part));
        report(name, mine, "ms", Some(mine / base), "SQLite FTS5");
    }
    if std::env::var_os("ADX_BENCH_SLOWEST").is_some() {
        for (took, text) in ours.iter().rev().take(20) {
            println!("  {:>9.3} ms  {text}", took.as_secs_f64() * 1_000.0);
        }
    }

    let mut visible = Vec::new();
    for number in 0..CHANGES {
        let document = listing(listings + number, &vocabulary);
        let query = SearchQuery { text: document.id.to_string(), limit: 1, ..SearchQuery::default() };
        let began = Instant::now();
        index.upsert(std::slice::from_ref(&document)).await?;
        let page = index.query(&query).await?;
        visible.push((began.elapsed(), String::new()));
        anyhow::ensure!(page.hits.first().is_some_and(|hit| hit.module == document.id), "{} is not seen", document.id);
    }
    report("search.visible.p50", percentile(&mut visible, 0.50), "ms", None, "");
    report("search.visible.max", percentile(&mut visible, 1.0), "ms", None, "");
    Ok(())
}

fn batch(from: usize, listings: usize, vocabulary: &[String]) -> Vec<SearchDocument> {
    (from..(from + BATCH).min(listings)).map(|number| listing(number, vocabulary)).collect()
}

/// One word, two words, and one with a letter wrong, in turn.
fn questions(vocabulary: &[String]) -> Vec<String> {
    let mut seeded = Seeded::new(99);
    let mut word = || vocabulary[seeded.frequent(vocabulary.len())].clone();
    (0..QUESTIONS)
        .map(|number| match number % 3 {
            0 => word(),
            1 => format!("{} {}", word(), word()),
            _ => {
                let mut word = word();
                word.replace_range(1..2, "x");
                word
            }
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
fn rate(listings: usize, took: Duration) -> f64 {
    listings as f64 / took.as_secs_f64()
}

/// In milliseconds; sorts them.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place among few"
)]
fn percentile(times: &mut [(Duration, String)], part: f64) -> f64 {
    times.sort_unstable();
    let place = ((times.len() as f64 * part).ceil() as usize).clamp(1, times.len()) - 1;
    times[place].0.as_secs_f64() * 1_000.0
}

//! How many modules have which values, and what filters leave.

use adx_index::document::{PriceModel, SearchDocument};
use adx_index::quality::Ratings;
use adx_registry_core::ports::{Facet, SearchQuery};
use adx_registry_core::search::MAX_FACET_VALUES;

use super::{Engine, categorized, document, names, on_every_index, tagged, words};

on_every_index!(
    every_facet_counts_what_matches,
    a_filter_leaves_the_counts_of_its_own_facet,
    values_of_a_facet_are_alternatives_and_facets_are_conditions,
    only_the_most_frequent_values_are_told,
    removed_modules_are_not_counted,
    a_platform_filters_by_what_modules_require,
    what_somebody_has_is_left_out,
);

/// Five modules that differ in every facet.
fn shelf() -> [SearchDocument; 5] {
    let rated = |stars, count| Ratings { stars, count };
    [
        SearchDocument {
            category: Some("finance".to_owned()),
            price: PriceModel::Subscription,
            verified: true,
            ratings: rated(9, 2),
            ..tagged("acme/ledger", &["money", "books"])
        },
        SearchDocument { ratings: rated(20, 4), ..categorized("acme/bank", "finance") },
        SearchDocument {
            price: PriceModel::OneTime,
            requires: ">=2.0".to_owned(),
            ..tagged("other/coins", &["money"])
        },
        SearchDocument { verified: true, ..categorized("other/chat", "communication") },
        document("third/nothing"),
    ]
}

async fn counts(engine: &Engine, query: SearchQuery, facet: Facet) -> Vec<(String, u64)> {
    let page = engine.page(SearchQuery { facets: true, ..query }).await;
    assert_eq!(page.facets.len(), Facet::ALL.len());
    page.facets[&facet].iter().map(|count| (count.value.clone(), count.modules)).collect()
}

fn told(counts: &[(&str, u64)]) -> Vec<(String, u64)> {
    counts.iter().map(|(value, modules)| ((*value).to_owned(), *modules)).collect()
}

fn only(facet: Facet, values: &[&str]) -> SearchQuery {
    let values = values.iter().copied().map(str::to_owned).collect();
    SearchQuery { filters: [(facet, values)].into(), ..words("") }
}

async fn every_facet_counts_what_matches(engine: Engine) {
    let engine = engine.holding(&shelf()).await;
    for (facet, expected) in [
        (Facet::Category, told(&[("finance", 2), ("communication", 1)])),
        (Facet::Tag, told(&[("money", 2), ("books", 1)])),
        (Facet::Price, told(&[("free", 3), ("one-time", 1), ("subscription", 1)])),
        (Facet::Publisher, told(&[("acme", 2), ("other", 2), ("third", 1)])),
        (Facet::Compatibility, told(&[(">=1.0", 4), (">=2.0", 1)])),
        (Facet::Rating, told(&[("4", 1), ("5", 1)])),
        (Facet::Verified, told(&[("false", 3), ("true", 2)])),
    ] {
        assert_eq!(counts(&engine, words(""), facet).await, expected, "{facet:?}");
    }
    assert_eq!(counts(&engine, words("money"), Facet::Tag).await, told(&[("money", 2), ("books", 1)]));
    assert_eq!(counts(&engine, words("ledger"), Facet::Publisher).await, told(&[("acme", 1)]));
    assert_eq!(counts(&engine, words("submarine"), Facet::Publisher).await, told(&[]));
    assert!(engine.page(words("")).await.facets.is_empty(), "nobody asked");
}

async fn a_filter_leaves_the_counts_of_its_own_facet(engine: Engine) {
    let engine = engine.holding(&shelf()).await;
    let finance = || only(Facet::Category, &["finance"]);
    assert_eq!(engine.page(finance()).await.total, 2);
    let categories = told(&[("finance", 2), ("communication", 1)]);
    assert_eq!(counts(&engine, finance(), Facet::Category).await, categories, "another can still be chosen");
    assert_eq!(counts(&engine, finance(), Facet::Publisher).await, told(&[("acme", 2)]), "other facets heed it");
    let of_acme = || only(Facet::Publisher, &["acme"]);
    assert_eq!(counts(&engine, of_acme(), Facet::Category).await, told(&[("finance", 2)]));
    let publishers = told(&[("acme", 2), ("other", 2), ("third", 1)]);
    assert_eq!(counts(&engine, of_acme(), Facet::Publisher).await, publishers);
    let books = || only(Facet::Tag, &["books"]);
    assert_eq!(counts(&engine, books(), Facet::Tag).await, told(&[("money", 2), ("books", 1)]));
    assert_eq!(counts(&engine, books(), Facet::Verified).await, told(&[("true", 1)]));
}

async fn values_of_a_facet_are_alternatives_and_facets_are_conditions(engine: Engine) {
    let engine = engine.holding(&shelf()).await;
    let found = async |query: SearchQuery| names(&engine.page(query).await.hits);
    let either = only(Facet::Category, &["finance", "communication"]);
    assert_eq!(found(either.clone()).await, ["acme/bank", "other/chat", "acme/ledger"]);
    let mut both = either;
    both.filters.insert(Facet::Verified, vec!["true".to_owned()]);
    assert_eq!(found(both.clone()).await, ["other/chat", "acme/ledger"]);
    both.filters.insert(Facet::Rating, vec!["4".to_owned()]);
    assert_eq!(found(both).await, ["acme/ledger"]);
    assert_eq!(found(only(Facet::Price, &["one-time"])).await, ["other/coins"]);
    assert_eq!(found(only(Facet::Rating, &["1", "5"])).await, ["acme/bank"]);
    for facet in Facet::ALL {
        for hostile in ["\" OR verified = \"true", "\\", "]", "none", ""] {
            assert!(found(only(facet, &[hostile])).await.is_empty(), "{facet:?} {hostile}");
        }
    }
}

async fn only_the_most_frequent_values_are_told(engine: Engine) {
    let tags: Vec<_> = (0..MAX_FACET_VALUES + 10).map(|number| format!("tag-{number:02}")).collect();
    let documents: Vec<_> = (0..tags.len())
        .map(|number| {
            // Every module has the tags up to its number, so that the first is the most frequent.
            let tags: Vec<_> = tags[..=number].iter().map(String::as_str).collect();
            tagged(&format!("acme/module-{number:02}"), &tags)
        })
        .collect();
    let engine = engine.holding(&documents).await;
    let counts = counts(&engine, words(""), Facet::Tag).await;
    let all = tags.len() as u64;
    let expected: Vec<_> = tags.into_iter().zip((1..=all).rev()).take(MAX_FACET_VALUES).collect();
    assert_eq!(counts, expected);
}

async fn removed_modules_are_not_counted(engine: Engine) {
    let engine = engine.holding(&shelf()).await;
    engine.index.remove(&["acme/ledger".parse().unwrap()]).await.unwrap();
    engine.index.upsert(&[categorized("acme/bank", "banking")]).await.unwrap();
    let categories = told(&[("banking", 1), ("communication", 1)]);
    assert_eq!(counts(&engine, words(""), Facet::Category).await, categories);
    assert_eq!(counts(&engine, words(""), Facet::Tag).await, told(&[("money", 1)]));
}

async fn a_platform_filters_by_what_modules_require(engine: Engine) {
    let requiring = |id: &str, requires: &str| SearchDocument { requires: requires.to_owned(), ..document(id) };
    let engine = engine
        .holding(&[
            requiring("acme/any", "*"),
            requiring("acme/one", ">=1.0, <2"),
            requiring("acme/two", "^2.1"),
            requiring("acme/exact", "=1.4.0"),
        ])
        .await;
    let on = |platform: &str| SearchQuery { platform: Some(platform.parse().unwrap()), ..words("") };
    let found = async |platform: &str| names(&engine.page(on(platform)).await.hits);
    assert_eq!(found("1.4.0").await, ["acme/any", "acme/exact", "acme/one"]);
    assert_eq!(found("2.3.1").await, ["acme/any", "acme/two"]);
    assert_eq!(found("9.0.0").await, ["acme/any"]);
    let requirements = told(&[("*", 1), ("=1.4.0", 1), (">=1.0, <2", 1), ("^2.1", 1)]);
    assert_eq!(counts(&engine, on("9.0.0"), Facet::Compatibility).await, requirements);
    assert_eq!(counts(&engine, on("9.0.0"), Facet::Publisher).await, told(&[("acme", 1)]));
}

async fn what_somebody_has_is_left_out(engine: Engine) {
    let engine = engine.holding(&shelf()).await;
    let exclude = ["acme/bank", "third/nothing", "not/there"].map(|id| id.parse().unwrap()).to_vec();
    let query = SearchQuery { exclude, ..words("") };
    let page = engine.page(query.clone()).await;
    assert_eq!(names(&page.hits), ["other/chat", "other/coins", "acme/ledger"]);
    assert_eq!(page.total, 3);
    assert_eq!(counts(&engine, query.clone(), Facet::Publisher).await, told(&[("other", 2), ("acme", 1)]));
    let typed = SearchQuery { text: "acme/bank".to_owned(), ..query };
    assert_eq!(engine.page(typed).await.total, 0, "not even by its id");
}

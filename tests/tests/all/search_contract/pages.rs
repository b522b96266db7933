//! Filters, orders and pages.

use adx_index::document::SearchDocument;
use adx_registry_core::ports::{Facet, SearchError, SearchPage, SearchQuery, SearchSort};

use super::{Engine, categorized, document, names, on_every_index, released, words};

on_every_index!(
    a_category_filters,
    hits_are_sorted_by_age_and_by_name,
    hits_are_sorted_by_beginning_and_by_installs,
    without_words_the_last_released_comes_first,
    pages_give_each_hit_once,
    a_cursor_that_no_page_gave_out_is_refused,
);

async fn a_category_filters(engine: Engine) {
    let engine = engine
        .holding(&[
            categorized("acme/one", "finance"),
            categorized("acme/two", "finance"),
            categorized("acme/three", "finance-tools"),
            document("acme/four"),
        ])
        .await;
    let of = |text: &str, category: &str| {
        let filters = [(Facet::Category, vec![category.to_owned()])].into();
        SearchQuery { filters, ..words(text) }
    };
    assert_eq!(names(&engine.page(of("", "finance")).await.hits), ["acme/one", "acme/two"]);
    assert_eq!(names(&engine.page(of("two", "finance")).await.hits), ["acme/two"]);
    assert_eq!(engine.page(of("four", "finance")).await.total, 0);
    for hostile in ["finance\" OR category = \"finance", "\"", "\\", "finance\\", "\\\"", "(", "finance OR true", ""] {
        assert_eq!(engine.page(of("", hostile)).await.total, 0, "{hostile}");
    }
}

async fn hits_are_sorted_by_age_and_by_name(engine: Engine) {
    let engine = engine
        .holding(&[
            released("zeta/beta", "2026-01-01T00:00:00Z"),
            released("acme/gamma", "2026-01-01T00:00:00.5Z"),
            released("beta/alpha", "2025-12-31T23:59:59.999999Z"),
            released("acme/beta", "2026-01-01T00:00:00.25Z"),
        ])
        .await;
    let by = |sort| SearchQuery { sort, ..words("thing") };
    let by_age = ["acme/gamma", "acme/beta", "zeta/beta", "beta/alpha"];
    assert_eq!(names(&engine.page(by(SearchSort::Updated)).await.hits), by_age);
    let by_name = ["beta/alpha", "acme/beta", "zeta/beta", "acme/gamma"];
    assert_eq!(names(&engine.page(by(SearchSort::Name)).await.hits), by_name);
    // An order that was asked for counts more than how well a hit matches.
    let typed = SearchQuery { sort: SearchSort::Name, ..words("beta") };
    assert_eq!(names(&engine.page(typed).await.hits), ["beta/alpha", "acme/beta", "zeta/beta"]);
}

async fn hits_are_sorted_by_beginning_and_by_installs(engine: Engine) {
    let module = |id: &str, created_at: &str, installs, recent_installs| SearchDocument {
        created_at: created_at.to_owned(),
        installs,
        recent_installs,
        ..document(id)
    };
    let engine = engine
        .holding(&[
            module("acme/old", "2020-01-01T00:00:00Z", 5_000, 3),
            module("acme/new", "2026-01-01T00:00:00Z", 10, 10),
            module("acme/b-none", "2023-01-01T00:00:00Z", 0, 0),
            module("acme/a-none", "2023-01-01T00:00:00Z", 0, 0),
        ])
        .await;
    let by = |sort| SearchQuery { sort, ..words("thing") };
    let newest = ["acme/new", "acme/a-none", "acme/b-none", "acme/old"];
    assert_eq!(names(&engine.page(by(SearchSort::New)).await.hits), newest);
    let installed = ["acme/old", "acme/new", "acme/a-none", "acme/b-none"];
    assert_eq!(names(&engine.page(by(SearchSort::Installs)).await.hits), installed);
    let trending = ["acme/new", "acme/old", "acme/a-none", "acme/b-none"];
    assert_eq!(names(&engine.page(by(SearchSort::Trending)).await.hits), trending);
}

async fn without_words_the_last_released_comes_first(engine: Engine) {
    let engine = engine
        .holding(&[
            released("acme/old", "2024-05-01T00:00:00Z"),
            released("acme/new", "2026-05-01T00:00:00Z"),
            released("acme/middle", "2025-05-01T00:00:00Z"),
        ])
        .await;
    assert_eq!(engine.find("").await, ["acme/new", "acme/middle", "acme/old"]);
    assert_eq!(engine.find("  ").await, ["acme/new", "acme/middle", "acme/old"]);
}

async fn pages_give_each_hit_once(engine: Engine) {
    let documents: Vec<_> = (0..23).map(|number| document(&format!("acme/module-{number:02}"))).collect();
    // In several commits and backwards, so that hits of equal rank come from several places, in another order than theirs.
    for some in documents.rchunks(5) {
        engine.index.upsert(some).await.unwrap();
    }
    for sort in [SearchSort::Relevance, SearchSort::Updated, SearchSort::Name, SearchSort::Trending] {
        for text in ["", "module"] {
            let query = SearchQuery { sort, ..words(text) };
            let pages = engine.pages(&query, 10).await;
            assert!(pages.iter().all(|page| page.total == 23), "{pages:?}");
            assert_eq!(pages.iter().map(|page| page.hits.len()).collect::<Vec<_>>(), [10, 10, 3]);
            let paged: Vec<_> = pages.iter().flat_map(|page| names(&page.hits)).collect();
            assert_eq!(paged, documents.iter().map(|document| document.id.to_string()).collect::<Vec<_>>());
            // The next page may be of another size.
            let next = SearchQuery { cursor: pages[0].next_cursor.clone(), limit: 4, ..query };
            assert_eq!(names(&engine.page(next).await.hits), paged[10..14]);
        }
    }
    assert_eq!(engine.pages(&words("module"), 23).await.len(), 1, "no page after the last hit");
}

async fn a_cursor_that_no_page_gave_out_is_refused(engine: Engine) {
    let engine = engine.holding(&[document("acme/one"), document("acme/two"), document("acme/three")]).await;
    let query = SearchQuery { limit: 1, ..words("acme") };
    let cursor = engine.page(query.clone()).await.next_cursor;
    assert!(cursor.is_some());
    let of_another_query = [
        SearchQuery { text: "thing".to_owned(), cursor: cursor.clone(), ..query.clone() },
        SearchQuery { sort: SearchSort::Name, cursor: cursor.clone(), ..query.clone() },
        SearchQuery {
            filters: [(Facet::Category, vec!["finance".to_owned()])].into(),
            cursor: cursor.clone(),
            ..query.clone()
        },
        SearchQuery { platform: Some("1.0.0".parse().unwrap()), cursor: cursor.clone(), ..query.clone() },
        SearchQuery { exclude: vec!["acme/two".parse().unwrap()], cursor: cursor.clone(), ..query.clone() },
    ];
    let garbage = ["", "1", "-1", "null", "AAAA", "🧾", "////", &"A".repeat(5_000)];
    let garbage = garbage.map(|garbage| SearchQuery { cursor: Some(garbage.to_owned()), ..query.clone() });
    for query in of_another_query.into_iter().chain(garbage) {
        let refused = engine.index.query(&query).await;
        assert!(matches!(refused, Err(SearchError::BadCursor)), "{query:?}: {refused:?}");
    }
    // What a page gave out stays good when there is less to give.
    engine.index.remove(&["acme/two", "acme/three", "acme/one"].map(|id| id.parse().unwrap())).await.unwrap();
    assert_eq!(engine.page(SearchQuery { cursor, ..query }).await, SearchPage::default());
}

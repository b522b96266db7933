//! What every search index must do: Tantivy, Meilisearch.

use std::collections::BTreeSet;
use std::sync::Arc;

use adx_index::document::SearchDocument;
use adx_registry::search::OpenError;
use adx_registry::{config, search};
use adx_registry_core::ports::{SearchError, SearchHit, SearchIndex, SearchPage, SearchQuery, SearchSort};
use adx_signing::name::ModuleId;
use adx_tests::meilisearch::Meilisearch;
use futures::future::join_all;
use secrecy::SecretString;

/// An index, and what must stay alive for it.
struct Engine {
    index: Arc<dyn SearchIndex>,
    config: config::Search,
    folder: Option<tempfile::TempDir>,
}

impl Engine {
    async fn tantivy() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().join("the index").display().to_string();
        let config = config::Search { url, ..config::Search::default() };
        Self { index: search::open(&config).await.unwrap(), config, folder: Some(folder) }
    }

    async fn meilisearch() -> Self {
        let meilisearch = Meilisearch::shared();
        let mut random = [0_u8; 8];
        getrandom::fill(&mut random).unwrap();
        let config = config::Search {
            url: meilisearch.url().to_owned(),
            api_key: meilisearch.key().map(SecretString::from),
            index: format!("test-{}", hex::encode(random)),
        };
        Self { index: search::open(&config).await.unwrap(), config, folder: None }
    }

    /// The same index, as the next process opens it.
    async fn reopened(self) -> Self {
        let Self { index, config, folder } = self;
        drop(index);
        Self { index: search::open(&config).await.unwrap(), config, folder }
    }

    async fn holding(self, documents: &[SearchDocument]) -> Self {
        self.index.upsert(documents, 1).await.unwrap();
        self
    }

    async fn page(&self, query: SearchQuery) -> SearchPage {
        self.index.query(&query).await.unwrap_or_else(|error| panic!("{query:?}: {error:?}"))
    }

    /// What a text finds, best first.
    async fn find(&self, text: &str) -> Vec<String> {
        let page = self.page(words(text)).await;
        assert_eq!(page.total, page.hits.len() as u64, "{text}");
        assert_eq!(page.next_cursor, None);
        names(&page.hits)
    }

    /// All pages of a query, of so many hits each.
    async fn pages(&self, query: &SearchQuery, limit: usize) -> Vec<SearchPage> {
        let mut query = SearchQuery { limit, ..query.clone() };
        let mut pages = Vec::new();
        loop {
            let page = self.page(query.clone()).await;
            query.cursor = page.next_cursor.clone();
            pages.push(page);
            if query.cursor.is_none() {
                return pages;
            }
        }
    }
}

fn words(text: &str) -> SearchQuery {
    SearchQuery { text: text.to_owned(), limit: 50, ..SearchQuery::default() }
}

fn names(hits: &[SearchHit]) -> Vec<String> {
    hits.iter().map(|hit| hit.module.to_string()).collect()
}

/// A module about nothing that a test looks for.
fn document(id: &str) -> SearchDocument {
    let id: ModuleId = id.parse().unwrap();
    SearchDocument {
        namespace: id.namespace.clone(),
        name: id.name.clone(),
        display_name: "Thing".to_owned(),
        description: "Does one thing.".to_owned(),
        category: None,
        tags: Vec::new(),
        latest: "1.2.3".parse().unwrap(),
        permissions: vec!["kv".to_owned()],
        updated_at: "2026-01-01T00:00:00Z".to_owned(),
        id,
    }
}

fn described(id: &str, description: &str) -> SearchDocument {
    SearchDocument { description: description.to_owned(), ..document(id) }
}

fn tagged(id: &str, tags: &[&str]) -> SearchDocument {
    SearchDocument { tags: tags.iter().copied().map(str::to_owned).collect(), ..document(id) }
}

fn categorized(id: &str, category: &str) -> SearchDocument {
    SearchDocument { category: Some(category.to_owned()), ..document(id) }
}

fn released(id: &str, updated_at: &str) -> SearchDocument {
    SearchDocument { updated_at: updated_at.to_owned(), ..document(id) }
}

macro_rules! on_every_index {
    ($($test:ident),* $(,)?) => {
        on_every_index!(@one tantivy $($test)*);
        on_every_index!(@one meilisearch $($test)*);
    };
    (@one $engine:ident $($test:ident)*) => {
        mod $engine {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(super::Engine::$engine().await).await;
            })*
        }
    };
}

on_every_index!(
    an_empty_index_is_new_and_finds_nothing,
    a_hit_says_what_the_document_says,
    modules_are_found_by_name_tag_category_and_description,
    every_word_must_occur,
    the_last_word_may_be_only_begun,
    typing_errors_are_forgiven_in_long_words,
    better_matches_come_first,
    an_id_typed_whole_comes_first,
    a_category_filters,
    hits_are_sorted_by_age_and_by_name,
    without_words_the_last_released_comes_first,
    pages_give_each_hit_once,
    a_cursor_that_no_page_gave_out_is_refused,
    a_document_is_replaced,
    ids_that_look_alike_are_kept_apart,
    a_module_is_removed,
    the_highest_generation_is_kept,
    whatever_is_typed_is_only_words,
    a_highlight_is_safe_html,
    all_concurrent_changes_are_kept,
);

async fn an_empty_index_is_new_and_finds_nothing(engine: Engine) {
    assert_eq!(engine.index.generation().await.unwrap(), None);
    assert_eq!(engine.page(words("")).await, SearchPage::default());
    assert_eq!(engine.page(words("invoices")).await, SearchPage::default());
    let engine = engine.reopened().await;
    assert_eq!(engine.index.generation().await.unwrap(), None);
    assert_eq!(engine.page(words("")).await, SearchPage::default());
}

async fn a_hit_says_what_the_document_says(engine: Engine) {
    let written = SearchDocument {
        display_name: "Ádx & Söhne".to_owned(),
        description: "Schreibt Rechnungen. 发票 🧾".to_owned(),
        category: Some("finance".to_owned()),
        tags: vec!["e-invoice".to_owned(), "steuer".to_owned()],
        latest: "2.0.0-rc.1+build.5".parse().unwrap(),
        ..document("acme/invoices")
    };
    let engine = engine.holding(std::slice::from_ref(&written)).await;
    let hit = SearchHit {
        module: written.id,
        display_name: written.display_name,
        description: written.description,
        latest: written.latest,
        category: written.category,
        tags: written.tags,
        highlight: None,
    };
    assert_eq!(engine.page(words("steuer")).await, SearchPage { total: 1, hits: vec![hit], next_cursor: None });
}

async fn modules_are_found_by_name_tag_category_and_description(engine: Engine) {
    let engine = engine
        .holding(&[
            document("acme/invoice-printer"),
            SearchDocument { display_name: "Grüße".to_owned(), ..document("acme/greeter") },
            tagged("acme/ledger", &["double-entry", "taxes"]),
            categorized("acme/chat", "communication"),
            described("acme/clock", "Tells when the train leaves."),
        ])
        .await;
    assert_eq!(engine.find("printer").await, ["acme/invoice-printer"]);
    assert_eq!(engine.find("INVOICE").await, ["acme/invoice-printer"]);
    assert_eq!(engine.find("Grüße").await, ["acme/greeter"]);
    assert_eq!(engine.find("taxes").await, ["acme/ledger"]);
    assert_eq!(engine.find("entry").await, ["acme/ledger"]);
    assert_eq!(engine.find("communication").await, ["acme/chat"]);
    assert_eq!(engine.find("train").await, ["acme/clock"]);
    assert_eq!(engine.find("acme").await.len(), 5);
    assert!(engine.find("submarine").await.is_empty());
}

async fn every_word_must_occur(engine: Engine) {
    let engine = engine
        .holding(&[
            described("acme/one", "Prints invoices on paper."),
            described("acme/two", "Prints tickets on paper."),
            tagged("acme/three", &["invoices"]),
        ])
        .await;
    assert_eq!(engine.find("invoices paper").await, ["acme/one"]);
    assert_eq!(engine.find("paper invoices").await, ["acme/one"]);
    assert_eq!(engine.find("three invoices").await, ["acme/three"]);
    assert!(engine.find("tickets invoices").await.is_empty());
}

async fn the_last_word_may_be_only_begun(engine: Engine) {
    let engine =
        engine.holding(&[document("acme/invoices"), described("acme/paper", "For invoices and letters.")]).await;
    assert_eq!(engine.find("inv").await, ["acme/invoices", "acme/paper"]);
    assert_eq!(engine.find("letters inv").await, ["acme/paper"]);
    assert_eq!(engine.find("i").await.len(), 2);
    assert!(engine.find("inv letters").await.is_empty(), "only the last");
    assert!(engine.find("voices").await.is_empty(), "not its end");
}

async fn typing_errors_are_forgiven_in_long_words(engine: Engine) {
    let engine = engine.holding(&[document("acme/crm"), document("acme/mail"), document("acme/calendar")]).await;
    assert_eq!(engine.find("mial").await, ["acme/mail"], "four letters, two of them exchanged");
    assert_eq!(engine.find("calandra").await, ["acme/calendar"], "eight letters, two errors");
    assert_eq!(engine.find("calander acme").await, ["acme/calendar"], "not only in the last word");
    assert_eq!(engine.find("calander").await, ["acme/calendar"]);
    assert!(engine.find("crn").await.is_empty(), "three letters");
    assert!(engine.find("moil acme").await == ["acme/mail"] && engine.find("moal acme").await.is_empty());
}

async fn better_matches_come_first(engine: Engine) {
    let engine = engine
        .holding(&[
            document("acme/invoise"),
            described("acme/ledger", "Writes an invoice."),
            tagged("acme/billing", &["invoice"]),
            document("acme/invoice-printer"),
            document("acme/invoice"),
        ])
        .await;
    let found = engine.find("invoice").await;
    let expected = ["acme/invoice", "acme/invoice-printer", "acme/billing", "acme/ledger", "acme/invoise"];
    assert_eq!(found, expected);
}

async fn an_id_typed_whole_comes_first(engine: Engine) {
    let engine = engine
        .holding(&[
            document("acme/hello-world"),
            document("others/acme-hello"),
            described("others/greeter", "Better than acme/hello."),
            tagged("others/tagged", &["acme", "hello"]),
            document("acme/hello"),
        ])
        .await;
    for typed in ["acme/hello", " Acme/Hello "] {
        let found = engine.find(typed).await;
        assert_eq!(found[0], "acme/hello", "{found:?}");
        assert_eq!(found.len(), 5, "{found:?}");
    }
    let paged: Vec<_> = engine.pages(&words("acme/hello"), 1).await;
    assert!(paged.iter().all(|page| page.total == 5 && page.hits.len() == 1), "{paged:?}");
    let paged: Vec<_> = paged.iter().flat_map(|page| names(&page.hits)).collect();
    assert_eq!(paged, engine.find("acme/hello").await);
    let of_category = SearchQuery { category: Some("none".to_owned()), ..words("acme/hello") };
    assert_eq!(engine.page(of_category).await.total, 0);
}

async fn a_category_filters(engine: Engine) {
    let engine = engine
        .holding(&[
            categorized("acme/one", "finance"),
            categorized("acme/two", "finance"),
            categorized("acme/three", "finance-tools"),
            document("acme/four"),
        ])
        .await;
    let of = |text: &str, category: &str| SearchQuery { category: Some(category.to_owned()), ..words(text) };
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
        engine.index.upsert(some, 1).await.unwrap();
    }
    for sort in [SearchSort::Relevance, SearchSort::Updated, SearchSort::Name] {
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
        SearchQuery { category: Some("finance".to_owned()), cursor: cursor.clone(), ..query.clone() },
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

async fn a_document_is_replaced(engine: Engine) {
    let engine = engine.holding(&[described("acme/one", "Prints invoices.")]).await;
    engine.index.upsert(&[described("acme/one", "Prints tickets."), document("acme/two")], 2).await.unwrap();
    assert!(engine.find("invoices").await.is_empty());
    assert_eq!(engine.find("tickets").await, ["acme/one"]);
    assert_eq!(engine.find("").await.len(), 2);
    // The last counts, also of one call.
    engine.index.upsert(&[described("acme/one", "Cuts wood."), described("acme/one", "Cuts glass.")], 3).await.unwrap();
    assert!(engine.find("wood").await.is_empty());
    assert_eq!(engine.find("glass").await, ["acme/one"]);
    assert_eq!(engine.find("").await.len(), 2);
}

async fn ids_that_look_alike_are_kept_apart(engine: Engine) {
    let alike = ["aa-bb/cc", "aa/bb-cc", "aa_bb/cc", "aa/bb_cc"];
    let engine = engine.holding(&alike.map(document)).await;
    let found: BTreeSet<_> = engine.find("").await.into_iter().collect();
    assert_eq!(found, alike.map(str::to_owned).into());
    engine.index.remove(&["aa/bb-cc".parse().unwrap()]).await.unwrap();
    assert!(!engine.find("").await.contains(&"aa/bb-cc".to_owned()));
    assert_eq!(engine.find("").await.len(), 3);
}

async fn a_module_is_removed(engine: Engine) {
    let (one, two): (ModuleId, ModuleId) = ("acme/one".parse().unwrap(), "acme/two".parse().unwrap());
    engine.index.remove(std::slice::from_ref(&one)).await.unwrap();
    assert_eq!(engine.index.generation().await.unwrap(), None, "still new");
    let engine = engine.holding(&[document("acme/one"), document("acme/two"), document("acme/three")]).await;
    engine.index.remove(&[one, two, "acme/four".parse().unwrap()]).await.unwrap();
    assert_eq!(engine.find("").await, ["acme/three"]);
    engine.index.remove(&[]).await.unwrap();
    assert_eq!(engine.index.generation().await.unwrap(), Some(1));
}

async fn the_highest_generation_is_kept(engine: Engine) {
    engine.index.upsert(&[document("acme/one")], 7).await.unwrap();
    assert_eq!(engine.index.generation().await.unwrap(), Some(7));
    engine.index.upsert(&[document("acme/two")], 3).await.unwrap();
    assert_eq!(engine.index.generation().await.unwrap(), Some(7));
    let engine = engine.reopened().await;
    assert_eq!(engine.index.generation().await.unwrap(), Some(7));
    assert_eq!(engine.find("").await.len(), 2);
    engine.index.upsert(&[], 12).await.unwrap();
    engine.index.remove(&["acme/two".parse().unwrap()]).await.unwrap();
    let engine = engine.reopened().await;
    assert_eq!(engine.index.generation().await.unwrap(), Some(12));
    assert_eq!(engine.find("").await, ["acme/one"]);
    engine.index.upsert(&[], 0).await.unwrap();
    assert_eq!(engine.index.generation().await.unwrap(), Some(12));
}

async fn whatever_is_typed_is_only_words(engine: Engine) {
    let engine = engine
        .holding(&[
            described("acme/one", "Prints invoices."),
            described("acme/two", "Prints tickets."),
            described("acme/emoji", "Prints 🧾 and 发票."),
        ])
        .await;
    // What engines read as exclusion, phrase, field, group, escape.
    for typed in [
        "-prints invoices",
        "prints -invoices",
        "\"invoices prints\"",
        "invoices\"prints (",
        "prints:invoices",
        "(+prints ~invoices*",
        "prints\\ invoices\\",
        "/prints/ {invoices}",
    ] {
        assert_eq!(engine.find(typed).await, ["acme/one"], "{typed}");
    }
    for typed in ["prints AND NOT invoices", "[prints TO invoices}", "prints^9 invoices~2", "acme/", "/", "a/b/c"] {
        engine.page(words(typed)).await;
    }
    let many_words = "prints ".repeat(36);
    let long_word = "x".repeat(256);
    for typed in ["(", "\"", "\\", "*", "?", "-", "🧾", "发票", "\0", "\u{202e}prints", "' OR 1=1 --", "<b>"] {
        engine.page(words(typed)).await;
        engine.page(words(&typed.repeat(256 / typed.len()))).await;
    }
    assert_eq!(engine.page(words(&many_words)).await.total, 3);
    assert_eq!(engine.page(words(&long_word)).await.total, 0);
}

async fn a_highlight_is_safe_html(engine: Engine) {
    let engine = engine
        .holding(&[
            described("acme/one", "Sends <b>invoices</b> & \"reminders\" <script>alert('x')</script> by mail."),
            // What an engine marks words with must not pass through either.
            described("acme/two", "\u{e000}Not\u{e001} <em>marked</em> \u{e001}\u{e000}."),
            tagged("acme/three", &["stamps"]),
        ])
        .await;
    let highlight = async |text: &str| {
        let page = engine.page(words(text)).await;
        assert_eq!(page.hits.len(), 1, "{text}: {page:?}");
        page.hits[0].highlight.clone()
    };
    let expected = "Sends &lt;b&gt;invoices&lt;/b&gt; &amp; &quot;<b>reminders</b>&quot; \
                    &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; by <b>mail</b>.";
    assert_eq!(highlight("reminders mail").await.as_deref(), Some(expected));
    assert_eq!(highlight("marked").await.as_deref(), Some("Not &lt;em&gt;<b>marked</b>&lt;/em&gt; ."));
    assert_eq!(highlight("stamps").await, None, "it was found by a tag");
    assert!(engine.page(words("")).await.hits.iter().all(|hit| hit.highlight.is_none()));
}

async fn all_concurrent_changes_are_kept(engine: Engine) {
    let ids: Vec<_> = (0..20).map(|number| format!("acme/module-{number}")).collect();
    let changes = ids.iter().zip(1..).map(|(id, generation)| {
        let index = Arc::clone(&engine.index);
        let document = document(id);
        async move {
            index.upsert(std::slice::from_ref(&document), generation).await.unwrap();
            // Visible to whoever wrote it, at once.
            let page = index.query(&words(&document.id.to_string())).await.unwrap();
            assert_eq!(page.hits[0].module, document.id);
        }
    });
    join_all(changes.map(tokio::spawn)).await.into_iter().for_each(Result::unwrap);
    let found: BTreeSet<_> = engine.find("").await.into_iter().collect();
    assert_eq!(found, ids.into_iter().collect());
    assert_eq!(engine.index.generation().await.unwrap(), Some(20));
}

#[tokio::test]
async fn what_is_no_address_of_an_index_is_refused() {
    let open = async |config: config::Search| search::open(&config).await.map(drop);
    let at = |url: &str| config::Search { url: url.to_owned(), ..config::Search::default() };
    let refused = open(at("redis://localhost")).await;
    assert!(matches!(&refused, Err(OpenError::UnknownEngine { scheme }) if scheme == "redis"), "{refused:?}");
    let refused = open(at("file://elsewhere/index")).await;
    assert!(matches!(refused, Err(OpenError::Folder { .. })), "{refused:?}");
    for name in ["", "a b", "../../keys", &"x".repeat(201)] {
        let refused = open(config::Search { index: name.to_owned(), ..at("http://127.0.0.1:9") }).await;
        assert!(matches!(refused, Err(OpenError::IndexName { .. })), "{refused:?}");
    }
    let split = Some(SecretString::from("key\r\nX-Other: header".to_owned()));
    let refused = open(config::Search { api_key: split, ..at("http://127.0.0.1:9") }).await;
    assert!(matches!(refused, Err(OpenError::ApiKey)), "{refused:?}");
    // Nobody listens at a port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = open(at(&format!("http://{free}"))).await;
    assert!(matches!(refused, Err(OpenError::Meilisearch { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_not_shown() {
    if Meilisearch::shared().key().is_none() {
        return;
    }
    let config = config::Search {
        url: format!("{}/", Meilisearch::shared().url()),
        api_key: Some(SecretString::from("not-the-key".to_owned())),
        index: "modules".to_owned(),
    };
    let refused = search::open(&config).await.map(drop).unwrap_err();
    assert!(matches!(refused, OpenError::Meilisearch { .. }), "{refused:?}");
    assert!(!format!("{refused:?}").contains("not-the-key"));
}

#[tokio::test]
async fn a_folder_can_be_given_as_an_address_and_opened_once() {
    let folder = tempfile::tempdir().unwrap();
    let url = url::Url::from_file_path(folder.path().join("the index")).unwrap();
    let by_address = config::Search { url: url.to_string(), ..config::Search::default() };
    let by_path = folder.path().join("the index").display().to_string();
    let by_path = config::Search { url: by_path, ..config::Search::default() };
    let first = search::open(&by_address).await.unwrap();
    first.upsert(&[document("acme/one")], 7).await.unwrap();
    let refused = search::open(&by_path).await.map(drop);
    assert!(matches!(refused, Err(OpenError::InUse { .. })), "{refused:?}");
    drop(first);
    assert_eq!(search::open(&by_path).await.unwrap().generation().await.unwrap(), Some(7));
}

#[tokio::test]
async fn an_index_deleted_at_meilisearch_is_new() {
    let engine = Engine::meilisearch().await.holding(&[document("acme/one")]).await;
    assert_eq!(engine.index.generation().await.unwrap(), Some(1));
    let mut request = reqwest::Client::new().delete(format!("{}/indexes/{}", engine.config.url, engine.config.index));
    if let Some(key) = Meilisearch::shared().key() {
        request = request.bearer_auth(key);
    }
    assert_eq!(request.send().await.unwrap().status(), 202);
    // Tasks are done in their order: when this one is, so is the deletion.
    engine.index.upsert(&[], 2).await.unwrap();
    let engine = engine.reopened().await;
    assert_eq!(engine.index.generation().await.unwrap(), None);
    assert_eq!(engine.find("").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_tantivy_index_whose_files_are_gone_takes_no_changes_and_can_be_made_anew() {
    let engine = Engine::tantivy().await.holding(&[document("acme/one")]).await;
    let files = engine.folder.as_ref().unwrap().path().join("the index/index");
    std::fs::remove_dir_all(files).unwrap();
    for _ in 0..3 {
        let refused = engine.index.upsert(&[document("acme/two")], 2).await;
        assert!(matches!(refused, Err(SearchError::Engine(_))), "{refused:?}");
    }
    let engine = engine.reopened().await;
    assert_eq!(engine.index.generation().await.unwrap(), None);
    engine.index.upsert(&[document("acme/two")], 2).await.unwrap();
    assert_eq!(engine.find("").await, ["acme/two"]);
}

//! What a text finds, in which order, and what a hit shows.

use adx_index::document::SearchDocument;
use adx_index::line::Deprecated;
use adx_registry_core::ports::{SearchHit, SearchPage, SearchQuery};

use super::{Engine, categorized, described, document, names, on_every_index, tagged, words};

on_every_index!(
    a_hit_says_what_the_document_says,
    modules_are_found_by_name_tag_category_and_description,
    every_word_must_occur,
    the_last_word_may_be_only_begun,
    typing_errors_are_forgiven_in_long_words,
    better_matches_come_first,
    an_id_typed_whole_comes_first,
    what_a_publisher_advises_against_comes_last,
    whatever_is_typed_is_only_words,
    a_highlight_is_safe_html,
);

async fn what_a_publisher_advises_against_comes_last(engine: Engine) {
    let deprecated =
        Deprecated { message: "not maintained".to_owned(), replacement: Some("acme/b-mail".parse().unwrap()) };
    let old = SearchDocument { deprecated: Some(deprecated.clone()), ..document("acme/mail") };
    let described = SearchDocument { description: "Sends mail.".to_owned(), ..document("acme/sender") };
    let engine = engine.holding(&[old, document("acme/b-mail"), described]).await;
    let page = engine.page(words("mail")).await;
    let found: Vec<_> = page.hits.iter().map(|hit| hit.module.to_string()).collect();
    assert_eq!(found, ["acme/b-mail", "acme/sender", "acme/mail"], "though its name is the very word");
    assert_eq!(page.hits[2].deprecated, Some(deprecated));
    let page = engine.page(words("acme/mail")).await;
    assert_eq!(page.hits[0].module.to_string(), "acme/mail", "whoever types all of it means it");
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
        deprecated: None,
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

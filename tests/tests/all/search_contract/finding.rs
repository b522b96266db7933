//! What a text finds, in which order, and what a hit shows.

use adx_index::document::{PriceModel, SearchDocument};
use adx_index::line::Deprecated;
use adx_registry_core::ports::{Facet, SearchHit, SearchPage, SearchQuery};

use super::{Engine, categorized, described, document, names, on_every_index, tagged, words};

on_every_index!(
    a_hit_says_what_the_document_says,
    modules_are_found_by_name_tag_category_and_description,
    every_word_must_occur,
    the_last_word_may_be_only_begun,
    typing_errors_are_forgiven_in_long_words,
    of_equal_matches_the_better_module_comes_first,
    words_that_mean_the_same_are_found,
    words_that_stand_nowhere_are_put_right,
    a_name_is_highlighted,
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
        price: PriceModel::Subscription,
        verified: true,
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
        name_highlight: None,
        deprecated: None,
        price: PriceModel::Subscription,
        verified: true,
    };
    let expected = SearchPage { total: 1, hits: vec![hit], ..SearchPage::default() };
    assert_eq!(engine.page(words("steuer")).await, expected);
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
    let names = ["acme/mail", "acme/board", "acme/register", "acme/reporting"];
    let engine = engine.holding(&names.map(document)).await;
    assert!(engine.find("mial").await.is_empty(), "four letters");
    assert_eq!(engine.find("baord").await, ["acme/board"], "five letters, two of them exchanged");
    assert!(engine.find("baard acme").await == ["acme/board"] && engine.find("baarx acme").await.is_empty());
    assert!(engine.find("rexistxr acme").await.is_empty(), "eight letters, two errors");
    assert_eq!(engine.find("reporteng").await, ["acme/reporting"]);
    assert_eq!(engine.find("reportnig acme").await, ["acme/reporting"], "not only in the last word");
    assert_eq!(engine.find("reparteng").await, ["acme/reporting"], "nine letters, two errors");
    assert_eq!(engine.find("reporteng acme").await, ["acme/reporting"]);
}

async fn of_equal_matches_the_better_module_comes_first(engine: Engine) {
    let worth = |id: &str, quality| SearchDocument { quality, ..document(id) };
    let engine = engine
        .holding(&[
            worth("acme/mail-one", 300),
            worth("acme/mail-two", 900),
            worth("acme/mail-three", 301),
            SearchDocument { quality: 1_000, ..tagged("acme/letters", &["mail"]) },
            SearchDocument { quality: 0, ..document("acme/mail") },
        ])
        .await;
    let found = engine.find("mail").await;
    // Text first: the whole name before all, the better field before the better module.
    assert_eq!(found, ["acme/mail", "acme/mail-two", "acme/mail-three", "acme/mail-one", "acme/letters"]);
    assert_eq!(engine.find("mai").await.last().unwrap(), "acme/letters");
}

async fn words_that_mean_the_same_are_found(engine: Engine) {
    let engine = engine.holding(&[document("acme/invoice-writer"), described("acme/money", "For billing.")]).await;
    assert_eq!(engine.find("invoice").await, ["acme/invoice-writer", "acme/money"]);
    assert_eq!(engine.find("billing").await.len(), 2);
    assert_eq!(engine.find("bill writer").await, ["acme/invoice-writer"]);
}

async fn words_that_stand_nowhere_are_put_right(engine: Engine) {
    let engine = engine.holding(&[document("acme/invoice-printer"), document("acme/calendar")]).await;
    let meant = async |text: &str| engine.page(words(text)).await.did_you_mean;
    assert_eq!(meant("invoise printar").await.as_deref(), Some("invoice printer"));
    assert_eq!(meant("calender").await.as_deref(), Some("calendar"));
    for right in ["invoice printer", "invoice pri", "", "xylophone", "invoise xylophone"] {
        assert_eq!(meant(right).await, None, "{right}");
    }
    let many = ["acme/printer-a", "acme/printer-b", "acme/printer-c"].map(document);
    engine.index.upsert(&many).await.unwrap();
    assert_eq!(meant("printar").await, None, "enough is found");
}

async fn a_name_is_highlighted(engine: Engine) {
    let named = SearchDocument { display_name: "Invoices <for> all".to_owned(), ..document("acme/one") };
    let engine = engine.holding(&[named]).await;
    let page = engine.page(words("invoices")).await;
    assert_eq!(page.hits[0].name_highlight.as_deref(), Some("<b>Invoices</b> &lt;for&gt; all"));
    assert_eq!(page.hits[0].highlight, None);
}

async fn better_matches_come_first(engine: Engine) {
    let engine = engine
        .holding(&[
            document("acme/invoise"),
            described("acme/ledger", "Writes an invoice."),
            tagged("acme/papers", &["invoice"]),
            document("acme/invoice-printer"),
            document("acme/invoice"),
        ])
        .await;
    let found = engine.find("invoice").await;
    let expected = ["acme/invoice", "acme/invoice-printer", "acme/papers", "acme/ledger", "acme/invoise"];
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
    let none = [(Facet::Category, vec!["none".to_owned()])];
    let of_category = SearchQuery { filters: none.into(), ..words("acme/hello") };
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

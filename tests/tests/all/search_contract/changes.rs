//! What is written is found, what is removed is not, and only a completed index has a generation.

use std::collections::BTreeSet;
use std::sync::Arc;

use adx_registry_core::ports::SearchPage;
use adx_signing::name::ModuleId;
use futures::future::join_all;

use super::{Engine, described, document, on_every_index, words};

on_every_index!(
    an_empty_index_is_new_and_finds_nothing,
    a_document_is_replaced,
    ids_that_look_alike_are_kept_apart,
    a_module_is_removed,
    only_completing_gives_a_generation,
    the_highest_generation_is_kept,
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

async fn a_document_is_replaced(engine: Engine) {
    let engine = engine.holding(&[described("acme/one", "Prints invoices.")]).await;
    engine.index.upsert(&[described("acme/one", "Prints tickets."), document("acme/two")]).await.unwrap();
    assert!(engine.find("invoices").await.is_empty());
    assert_eq!(engine.find("tickets").await, ["acme/one"]);
    assert_eq!(engine.find("").await.len(), 2);
    // The last counts, also of one call.
    engine.index.upsert(&[described("acme/one", "Cuts wood."), described("acme/one", "Cuts glass.")]).await.unwrap();
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
    let engine = engine.holding(&[document("acme/one"), document("acme/two"), document("acme/three")]).await;
    engine.index.remove(&[one, two, "acme/four".parse().unwrap()]).await.unwrap();
    assert_eq!(engine.find("").await, ["acme/three"]);
    engine.index.remove(&[]).await.unwrap();
    assert_eq!(engine.find("").await, ["acme/three"]);
}

async fn only_completing_gives_a_generation(engine: Engine) {
    engine.index.upsert(&[document("acme/one"), document("acme/two")]).await.unwrap();
    engine.index.remove(&["acme/two".parse().unwrap()]).await.unwrap();
    assert_eq!(engine.index.generation().await.unwrap(), None);
    let engine = engine.reopened().await;
    assert_eq!(engine.index.generation().await.unwrap(), None, "the next process knows that it is not complete");
    assert_eq!(engine.find("").await, ["acme/one"], "and what there is can be found");
    engine.index.complete(0).await.unwrap();
    assert_eq!(
        engine.index.generation().await.unwrap(),
        Some(0),
        "a registry without releases has a complete index too"
    );
}

async fn the_highest_generation_is_kept(engine: Engine) {
    engine.index.upsert(&[document("acme/one")]).await.unwrap();
    engine.index.complete(7).await.unwrap();
    assert_eq!(engine.index.generation().await.unwrap(), Some(7));
    engine.index.complete(3).await.unwrap();
    assert_eq!(engine.index.generation().await.unwrap(), Some(7));
    let engine = engine.reopened().await;
    assert_eq!(engine.index.generation().await.unwrap(), Some(7));
    assert_eq!(engine.find("").await, ["acme/one"]);
    engine.index.complete(12).await.unwrap();
    engine.index.upsert(&[document("acme/two")]).await.unwrap();
    engine.index.remove(&["acme/one".parse().unwrap()]).await.unwrap();
    let engine = engine.reopened().await;
    assert_eq!(engine.index.generation().await.unwrap(), Some(12), "changes leave it as it is");
    assert_eq!(engine.find("").await, ["acme/two"]);
}

async fn all_concurrent_changes_are_kept(engine: Engine) {
    let ids: Vec<_> = (0..20).map(|number| format!("acme/module-{number}")).collect();
    let changes = ids.iter().zip(1..).map(|(id, generation)| {
        let index = Arc::clone(&engine.index);
        let document = document(id);
        async move {
            index.upsert(std::slice::from_ref(&document)).await.unwrap();
            index.complete(generation).await.unwrap();
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

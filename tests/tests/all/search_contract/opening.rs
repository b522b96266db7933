//! Which addresses are those of an index, and what makes one new.

use adx_registry::search::OpenError;
use adx_registry::{config, search};
use adx_registry_core::ports::SearchError;
use adx_tests::meilisearch::Meilisearch;
use secrecy::SecretString;

use super::{Engine, document};

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
        synonyms: None,
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
    first.complete(7).await.unwrap();
    let refused = search::open(&by_path).await.map(drop);
    assert!(matches!(refused, Err(OpenError::InUse { .. })), "{refused:?}");
    drop(first);
    assert_eq!(search::open(&by_path).await.unwrap().generation().await.unwrap(), Some(7));
}

#[tokio::test]
async fn an_index_deleted_at_meilisearch_is_new() {
    let engine = Engine::meilisearch().await.holding(&[document("acme/one")]).await;
    engine.index.complete(1).await.unwrap();
    assert_eq!(engine.index.generation().await.unwrap(), Some(1));
    let mut request = reqwest::Client::new().delete(format!("{}/indexes/{}", engine.config.url, engine.config.index));
    if let Some(key) = Meilisearch::shared().key() {
        request = request.bearer_auth(key);
    }
    assert_eq!(request.send().await.unwrap().status(), 202);
    // Tasks are done in their order: when this one is, so is the deletion.
    engine.index.complete(2).await.unwrap();
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
        let refused = engine.index.upsert(&[document("acme/two")]).await;
        assert!(matches!(refused, Err(SearchError::Engine(_))), "{refused:?}");
    }
    let engine = engine.reopened().await;
    assert_eq!(engine.index.generation().await.unwrap(), None);
    engine.index.upsert(&[document("acme/two")]).await.unwrap();
    assert_eq!(engine.find("").await, ["acme/two"]);
}

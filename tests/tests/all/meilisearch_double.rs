//! That the double of Meilisearch is as strict as Meilisearch. With `MEILI_URL` set, the same is asked of the real one.

use adx_tests::meilisearch::Meilisearch;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

fn request(method: Method, path: &str) -> RequestBuilder {
    let meilisearch = Meilisearch::shared();
    let request = Client::new().request(method, format!("{}{path}", meilisearch.url()));
    match meilisearch.key() {
        Some(key) => request.bearer_auth(key),
        None => request,
    }
}

/// Creates an index of its own for a test.
async fn index() -> String {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).unwrap();
    let uid = format!("test-{}", hex::encode(random));
    done(request(Method::POST, "/indexes").json(&json!({ "uid": uid, "primaryKey": "key" }))).await.unwrap();
    uid
}

/// Sends what is answered with a task, and says how the task ended: `Err` with the code of its error.
async fn done(request: RequestBuilder) -> Result<(), String> {
    let queued = request.send().await.unwrap();
    assert_eq!(queued.status(), 202);
    let queued: Value = queued.json().await.unwrap();
    assert_eq!(queued["status"], "enqueued");
    loop {
        let task = self::request(Method::GET, &format!("/tasks/{}", queued["taskUid"])).send().await.unwrap();
        let task: Value = task.json().await.unwrap();
        match task["status"].as_str().unwrap() {
            "succeeded" => return Ok(()),
            "failed" => return Err(task["error"]["code"].as_str().unwrap().to_owned()),
            waiting => assert!(["enqueued", "processing"].contains(&waiting), "{task}"),
        }
    }
}

async fn refused(response: Response, status: u16, code: &str) {
    assert_eq!(response.status(), status);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["code"], code, "{body}");
    assert_eq!(body["link"], format!("https://docs.meilisearch.com/errors#{code}"));
    assert!(body["type"].is_string() && body["message"].is_string(), "{body}");
}

#[tokio::test]
async fn nothing_is_answered_without_the_key() {
    if Meilisearch::shared().key().is_none() {
        return;
    }
    let url = format!("{}/indexes/modules", Meilisearch::shared().url());
    refused(Client::new().get(&url).send().await.unwrap(), 401, "missing_authorization_header").await;
    refused(Client::new().get(&url).bearer_auth("wrong").send().await.unwrap(), 403, "invalid_api_key").await;
}

#[tokio::test]
async fn a_body_must_be_of_the_documented_shape() {
    let uid = index().await;
    let search = format!("/indexes/{uid}/search");
    let settings = format!("/indexes/{uid}/settings");
    let typos = json!({ "typoTolerance": { "minWordSizeForTypos": { "oneTypo": 9, "twoTypos": 8 } } });
    for (method, path, body, code) in [
        (Method::POST, &search, json!({ "query": "mail" }), "bad_request"),
        (Method::POST, &search, json!({ "q": ["mail"] }), "invalid_search_q"),
        (Method::POST, &search, json!({ "limit": "ten" }), "invalid_search_limit"),
        (Method::POST, &search, json!({ "offset": -1 }), "invalid_search_offset"),
        (Method::POST, &search, json!({ "matchingStrategy": "some" }), "invalid_search_matching_strategy"),
        (Method::POST, &search, json!({ "filter": "color = red" }), "invalid_search_filter"),
        (Method::POST, &search, json!({ "filter": "key = \"a\" b" }), "invalid_search_filter"),
        (Method::POST, &search, json!({ "sort": ["color:asc"] }), "invalid_search_sort"),
        (Method::PATCH, &settings, json!({ "searchable": ["name"] }), "bad_request"),
        (Method::PATCH, &settings, json!({ "sortableAttributes": "name" }), "invalid_settings_sortable_attributes"),
        (Method::PATCH, &settings, json!({ "rankingRules": ["luck"] }), "invalid_settings_ranking_rules"),
        (Method::PATCH, &settings, typos, "invalid_settings_typo_tolerance"),
        (Method::POST, &"/indexes".to_owned(), json!({ "primaryKey": "key" }), "missing_index_uid"),
        (Method::POST, &"/indexes".to_owned(), json!({ "uid": "a b" }), "invalid_index_uid"),
    ] {
        refused(request(method, path).json(&body).send().await.unwrap(), 400, code).await;
    }
    let documents = format!("/indexes/{uid}/documents");
    let text = request(Method::POST, &documents).header("content-type", "text/plain").body("[]");
    refused(text.send().await.unwrap(), 415, "invalid_content_type").await;
    refused(request(Method::POST, &documents).body("[]").send().await.unwrap(), 415, "missing_content_type").await;
    let cut = request(Method::POST, &documents).header("content-type", "application/json").body("[{");
    refused(cut.send().await.unwrap(), 400, "malformed_payload").await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    refused(request(Method::GET, "/indexes/none").send().await.unwrap(), 404, "index_not_found").await;
    let search = request(Method::POST, "/indexes/none/search").json(&json!({}));
    refused(search.send().await.unwrap(), 404, "index_not_found").await;
    refused(request(Method::GET, "/tasks/4294967295").send().await.unwrap(), 404, "task_not_found").await;
}

#[tokio::test]
async fn tasks_fail_as_they_must() {
    let uid = index().await;
    let again = request(Method::POST, "/indexes").json(&json!({ "uid": uid, "primaryKey": "key" }));
    assert_eq!(done(again).await, Err("index_already_exists".to_owned()));
    let add = |document: Value| request(Method::POST, &format!("/indexes/{uid}/documents")).json(&json!([document]));
    assert_eq!(done(add(json!({ "key": "acme/one" }))).await, Err("invalid_document_id".to_owned()));
    assert_eq!(done(add(json!({ "name": "one" }))).await, Err("missing_document_id".to_owned()));
    assert_eq!(done(add(json!({ "key": "acme--one" }))).await, Ok(()));
    let other_key = request(Method::POST, &format!("/indexes/{uid}/documents?primaryKey=name"));
    let other_key = other_key.json(&json!([{ "name": "one" }]));
    assert_eq!(done(other_key).await, Err("index_primary_key_already_exists".to_owned()));
}

#[tokio::test]
async fn documents_are_found_when_their_task_is_done() {
    let uid = index().await;
    let add = request(Method::POST, &format!("/indexes/{uid}/documents"));
    done(add.json(&json!([{ "key": "a", "text": "Sends mail" }, { "key": "b", "text": "Sends parcels" }])))
        .await
        .unwrap();
    let search = async |body: Value| {
        let found = request(Method::POST, &format!("/indexes/{uid}/search")).json(&body).send().await.unwrap();
        let found: Value = found.json().await.unwrap();
        let keys = found["hits"].as_array().unwrap().iter().map(|hit| hit["key"].as_str().unwrap().to_owned());
        keys.collect::<Vec<_>>()
    };
    assert_eq!(search(json!({ "q": "sends mail", "matchingStrategy": "all" })).await, ["a"]);
    assert_eq!(
        search(json!({ "q": "sends mail" })).await,
        ["a", "b"],
        "not all words must match unless it is asked for"
    );
    assert_eq!(search(json!({ "q": "sends -mail" })).await, ["b"]);
    assert_eq!(search(json!({ "q": "\"mail sends\"" })).await, Vec::<String>::new());
    assert_eq!(search(json!({ "q": "par" })).await, ["b"]);
    assert_eq!(search(json!({ "q": "par " })).await, Vec::<String>::new(), "a word with a space after it is complete");
}

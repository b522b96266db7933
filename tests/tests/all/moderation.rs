//! What is withheld and what is revoked, from the request to the agent: yanking, quarantine, the kill list.

use adx_index::line::{IndexLine, parse_file};
use adx_signing::Digest;
use adx_signing::log::leaf::{Event, Revoked};
use adx_tests::eventually;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::repository::Repository;
use adx_tests::stage::{Agent, Registry, client, install_hello, request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A registry with releases of hello.
async fn registry(versions: &[&str]) -> (Registry, Process) {
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    for version in versions {
        let package = hello::package(version, Behaviour::Plain);
        let answer = registry.publish(&running, &package).await.expect("the registry answers");
        assert_eq!(answer.status(), StatusCode::CREATED);
    }
    running.wait_until_signed().await;
    (registry, running)
}

fn sha256(version: &str) -> String {
    Digest::of(&hello::package(version, Behaviour::Plain)).to_string()
}

async fn post(running: &Process, token: &str, version: &str, verb: &str, body: Option<Value>) -> (StatusCode, Value) {
    let path = format!("/api/v1/modules/adx/hello/versions/{version}/{verb}");
    request(running, token, Method::POST, &path, body).await
}

async fn get(running: &Process, path: &str) -> Value {
    let answer = client().get(format!("{}{path}", running.url)).send().await.expect("the registry answers");
    answer.json().await.expect("JSON")
}

/// The lines of hello's index file, as signed.
async fn lines(running: &Process) -> Vec<IndexLine> {
    running.wait_until_signed().await;
    let answer = client().get(format!("{}/index/ad/he/adx/hello", running.url)).send().await;
    let text = answer.expect("the registry answers").text().await.expect("text");
    parse_file(&text, &"adx/hello".parse().unwrap()).expect("an index file")
}

async fn versions(running: &Process) -> Vec<(String, bool)> {
    lines(running).await.into_iter().map(|line| (line.version.to_string(), line.yanked)).collect()
}

/// What happened to releases after they were published, by the log.
async fn events(running: &Process) -> Vec<String> {
    running.wait_until_signed().await;
    let leaves = Repository::fetch(&running.url).await.leaves;
    let word = |event: Event| match event {
        Event::Yank(name) => Some(format!("yank {}", name.version)),
        Event::Unyank(name) => Some(format!("unyank {}", name.version)),
        Event::Quarantine(name) => Some(format!("quarantine {}", name.version)),
        Event::ReleaseFromQuarantine(name) => Some(format!("release-from-quarantine {}", name.version)),
        Event::Revoked(_) => Some("revoked".to_owned()),
        Event::Unrevoked(_) => Some("unrevoked".to_owned()),
        _ => None,
    };
    leaves.into_iter().filter_map(|leaf| word(leaf.event)).collect()
}

async fn feed(running: &Process) -> Vec<String> {
    let feed = get(running, "/api/v1/changes").await;
    let word = |change: &Value| format!("{} {}", change["kind"].as_str().unwrap(), change["version"].as_str().unwrap());
    feed["changes"].as_array().expect("changes").iter().map(word).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yanked_version_is_not_chosen_until_that_is_taken_back() {
    let (registry, running) = registry(&["1.0.0", "1.1.0"]).await;
    let stranger = registry.create_publisher("stranger");
    let keys_only = request(
        &running,
        &registry.token,
        Method::POST,
        "/api/v1/tokens",
        Some(json!({ "label": "keys", "scopes": [{ "scope": "keys" }] })),
    );
    let keys_only = keys_only.await.1["secret"].as_str().unwrap().to_owned();
    for (token, wanted) in
        [("", StatusCode::UNAUTHORIZED), (&*stranger, StatusCode::FORBIDDEN), (&*keys_only, StatusCode::FORBIDDEN)]
    {
        for verb in ["yank", "unyank"] {
            assert_eq!(post(&running, token, "1.1.0", verb, None).await.0, wanted, "{verb}");
        }
    }
    assert_eq!(post(&running, &registry.token, "9.0.0", "yank", None).await.0, StatusCode::NOT_FOUND);
    let nowhere = "/api/v1/modules/adx/nothing/versions/1.0.0/yank";
    assert_eq!(request(&running, &registry.token, Method::POST, nowhere, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(request(&running, &registry.token, Method::GET, "/api/v1/modules/adx/nothing", None).await.0, 404);
    assert!(events(&running).await.is_empty(), "who may not changes nothing");

    for _ in 0..2 {
        let (status, answer) = post(&running, &registry.token, "1.1.0", "yank", None).await;
        assert_eq!((status, &answer["yanked"]), (StatusCode::OK, &json!(true)));
    }
    assert_eq!(versions(&running).await, [("1.0.0".to_owned(), false), ("1.1.0".to_owned(), true)]);
    assert_eq!(events(&running).await, ["yank 1.1.0"], "the second time nothing happened");
    assert_eq!(feed(&running).await, ["release 1.0.0", "release 1.1.0", "yank 1.1.0"]);
    assert_eq!(get(&running, "/api/v1/modules/adx/hello").await["latest"], "1.0.0");
    eventually("search shows the version before", async || {
        get(&running, "/api/v1/search?q=hello").await["hits"][0]["latest"] == "1.0.0"
    })
    .await;

    let agent = Agent::of(&registry);
    let agent_running = agent.start(&running.url);
    let tenant = agent.create_tenant(&agent_running, "acme").await;
    tenant.install_hello(&agent_running, "^1").await;
    let (_, installed) = tenant.request(&agent_running, Method::GET, "/installations/adx/hello", None).await;
    assert_eq!(installed["version"], "1.0.0", "{installed}");

    for _ in 0..2 {
        let (status, answer) = post(&running, &registry.token, "1.1.0", "unyank", None).await;
        assert_eq!((status, &answer["yanked"]), (StatusCode::OK, &json!(false)));
    }
    assert_eq!(versions(&running).await, [("1.0.0".to_owned(), false), ("1.1.0".to_owned(), false)]);
    assert_eq!(events(&running).await, ["yank 1.1.0", "unyank 1.1.0"]);
    assert_eq!(get(&running, "/api/v1/modules/adx/hello").await["latest"], "1.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_leads_again_when_all_before_it_are_yanked() {
    let (registry, running) = registry(&["2.0.0"]).await;
    assert_eq!(post(&running, &registry.token, "2.0.0", "yank", None).await.0, StatusCode::OK);
    assert_eq!(get(&running, "/api/v1/modules/adx/hello").await["latest"], "2.0.0", "the newest of all, when all are");
    let answer = registry.publish(&running, &hello::package("1.0.1", Behaviour::Plain)).await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(get(&running, "/api/v1/modules/adx/hello").await["latest"], "1.0.1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_in_quarantine_cannot_be_installed_and_runs_on_where_it_is() {
    let (registry, running) = registry(&["1.0.0", "1.1.0"]).await;
    let operator = registry.create_operator_token();
    let agent = Agent::of(&registry);
    let agent_running = agent.start_with(&running.url, |command| {
        command.env("ADX_AGENT__SYNC__REFRESH", "1s");
    });
    let before = agent.create_tenant(&agent_running, "before").await;
    before.install_hello(&agent_running, "=1.1.0").await;

    let why = Some(json!({ "reason": "sends what it is told to strangers" }));
    for (token, wanted) in [("", StatusCode::UNAUTHORIZED), (&*registry.token, StatusCode::FORBIDDEN)] {
        assert_eq!(post(&running, token, "1.1.0", "quarantine", why.clone()).await.0, wanted);
        assert_eq!(post(&running, token, "1.1.0", "release-from-quarantine", None).await.0, wanted);
    }
    assert_eq!(post(&running, &operator, "9.0.0", "quarantine", why.clone()).await.0, StatusCode::NOT_FOUND);
    for reason in ["", "<b>bad</b>", "two\nlines", &"x".repeat(501)] {
        let answer = post(&running, &operator, "1.1.0", "quarantine", Some(json!({ "reason": reason }))).await;
        assert_eq!(answer.0, StatusCode::UNPROCESSABLE_ENTITY, "{reason}");
    }
    for _ in 0..2 {
        let (status, answer) = post(&running, &operator, "1.1.0", "quarantine", why.clone()).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["quarantined_for"], "sends what it is told to strangers");
    }
    assert_eq!(versions(&running).await, [("1.0.0".to_owned(), false)], "no line, whatever the age of who reads");
    assert_eq!(events(&running).await, ["quarantine 1.1.0"]);
    assert_eq!(Repository::fetch(&running.url).await.packages.len(), 1, "no target either");
    assert_eq!(feed(&running).await.last().unwrap(), "quarantine 1.1.0");
    let page = get(&running, "/api/v1/modules/adx/hello").await;
    assert_eq!((&page["latest"], &page["versions"][0]["version"]), (&json!("1.0.0"), &json!("1.1.0")));
    assert_eq!(page["versions"][0]["quarantined_for"], "sends what it is told to strangers");

    let after = agent.create_tenant(&agent_running, "after").await;
    let refused = after.operate(&agent_running, Method::POST, "/installations", Some(install_hello("=1.1.0"))).await;
    assert_eq!(refused["status"], "failed", "{refused}");
    after.install_hello(&agent_running, "^1").await;
    let (_, installed) = after.request(&agent_running, Method::GET, "/installations/adx/hello", None).await;
    assert_eq!(installed["version"], "1.0.0", "{installed}");
    assert_eq!(before.greet(&agent_running, "Ada").await.0, StatusCode::OK, "what is installed runs on");

    for _ in 0..2 {
        let (status, answer) = post(&running, &operator, "1.1.0", "release-from-quarantine", None).await;
        assert_eq!((status, answer.get("quarantined_for")), (StatusCode::OK, None));
    }
    assert_eq!(versions(&running).await, [("1.0.0".to_owned(), false), ("1.1.0".to_owned(), false)]);
    assert_eq!(events(&running).await, ["quarantine 1.1.0", "release-from-quarantine 1.1.0"]);
    assert_eq!(Repository::fetch(&running.url).await.packages.len(), 2);
    eventually("who was held back is updated", async || {
        let (_, installed) = after.request(&agent_running, Method::GET, "/installations/adx/hello", None).await;
        installed["version"] == "1.1.0"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_whose_every_version_is_in_quarantine_is_not_found_by_searching() {
    let (registry, running) = registry(&["1.0.0"]).await;
    let operator = registry.create_operator_token();
    let found = async || get(&running, "/api/v1/search?q=hello").await["total"].as_u64();
    eventually("it is found", async || found().await == Some(1)).await;
    post(&running, &operator, "1.0.0", "quarantine", Some(json!({ "reason": "it steals" }))).await;
    eventually("it is not", async || found().await == Some(0)).await;
    assert!(lines(&running).await.is_empty());
    post(&running, &operator, "1.0.0", "release-from-quarantine", None).await;
    eventually("it is found again", async || found().await == Some(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_withheld_and_offered_again_on_the_registrys_machine() {
    let (registry, running) = registry(&["1.0.0", "1.1.0"]).await;
    for _ in 0..2 {
        let held = registry.admin(&["quarantine", "adx/hello", "1.1.0", "--reason", "it leaks"]);
        assert_eq!((&held["version"], &held["quarantined_for"]), (&json!("1.1.0"), &json!("it leaks")), "{held}");
    }
    assert_eq!(versions(&running).await, [("1.0.0".to_owned(), false)]);
    assert_eq!(get(&running, "/api/v1/modules/adx/hello/versions/1.1.0").await["quarantined_for"], "it leaks");
    let unknown = registry.try_admin(&["quarantine", "adx/hello", "9.0.0", "--reason", "it leaks"]);
    assert!(!unknown.status.success());
    assert!(
        String::from_utf8_lossy(&unknown.stderr).contains("there is no version 9.0.0 of `adx/hello`"),
        "{unknown:?}"
    );
    let marked_up = registry.try_admin(&["quarantine", "adx/hello", "1.0.0", "--reason", "<b>it leaks</b>"]);
    assert_eq!(marked_up.status.code(), Some(2), "{marked_up:?}");

    let free = registry.admin(&["release-from-quarantine", "adx/hello", "1.1.0"]);
    assert_eq!(free["quarantined_for"], Value::Null, "{free}");
    assert_eq!(versions(&running).await, [("1.0.0".to_owned(), false), ("1.1.0".to_owned(), false)]);
    assert_eq!(events(&running).await, ["quarantine 1.1.0", "release-from-quarantine 1.1.0"], "each once");

    // What is on the kill list is not let out behind its back.
    registry.admin(&["revoke", "--package", &sha256("1.1.0"), "--reason", "it steals"]);
    let refused = registry.try_admin(&["release-from-quarantine", "adx/hello", "1.1.0"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is revoked, and stays in quarantine"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_stops_what_was_revoked_on_the_registrys_machine() {
    let (registry, running) = registry(&["1.0.0"]).await;
    let operator = registry.create_operator_token();
    let agent = Agent::of(&registry);
    let agent_running = agent.start_with(&running.url, |command| {
        command.env("ADX_AGENT__SYNC__REFRESH", "1s");
    });
    let tenant = agent.create_tenant(&agent_running, "acme").await;
    tenant.install_hello(&agent_running, "^1").await;
    assert_eq!(tenant.greet(&agent_running, "Ada").await.0, StatusCode::OK);

    let package = sha256("1.0.0");
    let unknown = registry.try_admin(&["revoke", "--package", &"0".repeat(64), "--reason", "it steals"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no release has the package"), "{unknown:?}");
    let first = registry.admin(&["revoke", "--package", &package, "--reason", "it steals"]);
    let again = registry.admin(&["revoke", "--package", &package, "--reason", "it steals"]);
    assert_eq!((&first["is_new"], &again["is_new"]), (&json!(true), &json!(false)));
    eventually("the agent stops it", async || tenant.greet(&agent_running, "Ada").await.0 != StatusCode::OK).await;
    let (_, installation) = tenant.request(&agent_running, Method::GET, "/installations/adx/hello", None).await;
    assert!(installation.to_string().contains("it steals"), "the reason is shown: {installation}");
    assert_eq!(events(&running).await, ["quarantine 1.0.0", "revoked"], "once");
    assert!(lines(&running).await.is_empty());
    let (status, problem) = post(&running, &operator, "1.0.0", "release-from-quarantine", None).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");

    registry.admin(&["unrevoke", "--package", &package]);
    let (_, told) = request(&running, &operator, Method::GET, "/api/v1/audit?act=package.unrevoke", None).await;
    let subject = &told["entries"][0]["subject"];
    assert_eq!((&subject["namespace"], &subject["module"]), (&json!("adx"), &json!("hello")), "its publisher is told");
    let twice = registry.try_admin(&["unrevoke", "--package", &package]);
    assert!(String::from_utf8_lossy(&twice.stderr).contains("it is not revoked"), "{twice:?}");
    assert_eq!(events(&running).await.last().map(String::as_str), Some("unrevoked"));
    eventually("it takes calls again", async || tenant.greet(&agent_running, "Ada").await.0 == StatusCode::OK).await;
    assert!(lines(&running).await.is_empty(), "it stays in quarantine");
    assert_eq!(post(&running, &operator, "1.0.0", "release-from-quarantine", None).await.0, StatusCode::OK);
    assert_eq!(lines(&running).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_list_has_a_leaf_for_each_entry_and_says_what_was_said_last() {
    let (registry, running) = registry(&["1.0.0"]).await;
    let operator = registry.create_operator_token();
    let revoke = async |token: &str, body: Value| {
        request(&running, token, Method::POST, "/api/v1/revocations", Some(body)).await.0
    };
    let delete = async |token: &str, path: &str| {
        request(&running, token, Method::DELETE, &format!("/api/v1/revocations/{path}"), None).await.0
    };
    let key = registry.key.public().id();
    let body = |reason: &str, from_leaf: u64| json!({ "key_id": key, "from_leaf": from_leaf, "reason": reason });
    assert_eq!(revoke("", body("stolen", 3)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(revoke(&registry.token, body("stolen", 3)).await, StatusCode::FORBIDDEN);
    for invalid in [
        json!({ "reason": "nothing is named" }),
        json!({ "key_id": key, "sha256": "0".repeat(64), "reason": "two are" }),
        json!({ "sha256": "0".repeat(64), "from_leaf": 3, "reason": "a package has no leaf to begin at" }),
        json!({ "key_id": "no key", "reason": "stolen" }),
        body("<i>stolen</i>", 3),
    ] {
        assert_eq!(revoke(&operator, invalid.clone()).await, StatusCode::UNPROCESSABLE_ENTITY, "{invalid}");
    }
    let unknown = json!({ "key_id": "0".repeat(64), "reason": "stolen" });
    assert_eq!(revoke(&operator, unknown).await, StatusCode::NOT_FOUND);
    let before = Repository::fetch(&running.url).await;
    assert!(before.revocations.keys.is_empty());

    assert_eq!(revoke(&operator, body("stolen", 3)).await, StatusCode::CREATED);
    assert_eq!(revoke(&operator, body("stolen earlier", 2)).await, StatusCode::NO_CONTENT);
    eventually("it is signed", async || {
        let list = Repository::fetch(&running.url).await.revocations;
        list.keys.get(&key).is_some_and(|key| key.from_leaf == 2 && key.reason == "stolen earlier")
    })
    .await;
    // The list may be ahead of the leaves by what was said while they were signed.
    running.wait_until_signed().await;
    let after = Repository::fetch(&running.url).await;
    after.assert_follows(&before);
    let added: Vec<_> = after.leaves[before.leaves.len()..].iter().map(|leaf| leaf.event.clone()).collect();
    let leaf = |from_leaf| Revoked::Key { from_leaf, keyid: key };
    assert_eq!(
        added,
        [Event::Revoked(leaf(3)), Event::Revoked(leaf(2))],
        "from which leaf on is never told in silence"
    );
    assert_eq!(revoke(&operator, body("stolen, as we know now", 2)).await, StatusCode::NO_CONTENT);

    // A key's revocation is no package's.
    assert_eq!(delete(&operator, &format!("packages/{}", sha256("1.0.0"))).await, StatusCode::NOT_FOUND);
    assert_eq!(delete("", &format!("keys/{key}")).await, StatusCode::UNAUTHORIZED);
    assert_eq!(delete(&registry.token, &format!("keys/{key}")).await, StatusCode::FORBIDDEN);
    assert_eq!(delete(&operator, &format!("keys/{key}")).await, StatusCode::NO_CONTENT);
    assert_eq!(delete(&operator, &format!("keys/{key}")).await, StatusCode::NOT_FOUND);
    eventually("it is gone", async || Repository::fetch(&running.url).await.revocations.keys.is_empty()).await;
    let last = Repository::fetch(&running.url).await.leaves.split_off(after.leaves.len());
    assert_eq!(last.into_iter().map(|leaf| leaf.event).collect::<Vec<_>>(), [Event::Unrevoked(leaf(2))]);
    // Once what is listed is what was said, nothing more is signed.
    let signed = Repository::fetch(&running.url).await.versions;
    running.wait_until_signed().await;
    assert_eq!(Repository::fetch(&running.url).await.versions, signed);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_revoked_while_no_server_ran_is_signed_at_the_start() {
    let (registry, running) = registry(&["1.0.0"]).await;
    assert!(running.stop().success());
    registry.admin(&["revoke", "--package", &sha256("1.0.0"), "--reason", "it steals"]);
    let running = registry.start();
    running.wait_until_signed().await;
    let repository = Repository::fetch(&running.url).await;
    let revoked = repository.revocations.packages.values().next().expect("it is on the list");
    assert_eq!((revoked.version.to_string(), revoked.reason.as_str()), ("1.0.0".to_owned(), "it steals"));
    assert!(repository.packages.is_empty());
}

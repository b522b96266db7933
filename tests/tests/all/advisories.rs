//! What is said of releases once they are out, from the request to the agent: why one was yanked, that one is deprecated, advisories.

use adx_index::advisory::AdvisoryList;
use adx_index::line::{IndexLine, parse_file};
use adx_signing::Digest;
use adx_signing::log::leaf::Event;
use adx_tests::eventually;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::programs::programs;
use adx_tests::repository::Repository;
use adx_tests::stage::{Agent, Registry, Tenant, client, install_hello, request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const HELLO: &str = "/api/v1/modules/adx/hello";

/// A registry with releases of hello.
async fn registry(versions: &[&str]) -> (Registry, Process) {
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    for version in versions {
        publish(&registry, &running, version).await;
    }
    running.wait_until_signed().await;
    (registry, running)
}

async fn publish(registry: &Registry, running: &Process, version: &str) {
    let answer = registry.publish(running, &hello::package(version, Behaviour::Plain)).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::CREATED);
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

async fn leaves(running: &Process) -> Vec<Event> {
    running.wait_until_signed().await;
    Repository::fetch(&running.url).await.leaves.into_iter().map(|leaf| leaf.event).collect()
}

async fn installed(tenant: &Tenant, agent: &Process) -> Value {
    tenant.request(agent, Method::GET, "/installations/adx/hello", None).await.1
}

/// An agent that looks every second, and a tenant that follows no release by itself.
async fn agent_at(registry: &Registry, url: &str, version: &str) -> (Agent, Process, Tenant) {
    let agent = Agent::of(registry);
    let running = agent.start_with(url, |command| {
        command.env("ADX_AGENT__SYNC__REFRESH", "1s");
    });
    let tenant = agent.create_tenant(&running, "acme").await;
    let mut body = install_hello(version);
    body["auto_update"] = json!(false);
    let done = tenant.operate(&running, Method::POST, "/installations", Some(body)).await;
    assert_eq!(done["status"], "succeeded", "{done}");
    (agent, running, tenant)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yank_says_why_and_agents_repeat_it() {
    let (registry, running) = registry(&["1.0.0", "1.1.0"]).await;
    let yank = format!("{HELLO}/versions/1.1.0/yank");
    let post =
        async |path: &str, body: Option<Value>| request(&running, &registry.token, Method::POST, path, body).await;
    for reason in ["<b>bad</b>", "two\nlines", &"x".repeat(501)] {
        assert_eq!(
            post(&yank, Some(json!({ "reason": reason }))).await.0,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{reason}"
        );
    }
    let unknown = post(&yank, Some(json!({ "why": "loses lines" }))).await;
    assert_eq!(unknown.0, StatusCode::BAD_REQUEST, "{}", unknown.1);
    for reason in ["loses lines", "loses lines", "loses the last line"] {
        let (status, answer) = post(&yank, Some(json!({ "reason": reason }))).await;
        assert_eq!((status, &answer["yanked_for"]), (StatusCode::OK, &json!(reason)), "{answer}");
    }
    let said = lines(&running).await;
    assert_eq!(said[1].yanked_for.as_deref(), Some("loses the last line"));
    let yanks = leaves(&running).await.into_iter().filter(|event| matches!(event, Event::Yank(_))).count();
    assert_eq!(yanks, 2, "each line that was signed has a leaf");
    assert_eq!(get(&running, &format!("{HELLO}/versions/1.1.0")).await["yanked_for"], "loses the last line");

    let agent = Agent::of(&registry);
    let agent_running = agent.start(&running.url);
    let tenant = agent.create_tenant(&agent_running, "acme").await;
    let refused = tenant.operate(&agent_running, Method::POST, "/installations", Some(install_hello("=1.1.0"))).await;
    assert_eq!(refused["status"], "failed");
    assert!(refused["error"].to_string().contains("1.1.0 was yanked: loses the last line"), "{refused}");

    let unyank = format!("{HELLO}/versions/1.1.0/unyank");
    let (_, answer) = post(&unyank, None).await;
    assert_eq!((&answer["yanked"], answer.get("yanked_for"), answer.get("unyanked_for")), (&json!(false), None, None));
    assert_eq!(lines(&running).await[1].yanked_for, None);
    let (status, answer) = post(&unyank, Some(json!({ "reason": "too late" }))).await;
    assert_eq!((status, answer.get("unyanked_for")), (StatusCode::OK, None), "one that is not yanked stays as it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yank_that_is_taken_back_says_why_until_the_next_one() {
    let (registry, running) = registry(&["1.0.0"]).await;
    let version = format!("{HELLO}/versions/1.0.0");
    let post = async |verb: &str, body: Value| {
        request(&running, &registry.token, Method::POST, &format!("{version}/{verb}"), Some(body)).await
    };
    let why = "the last line was there all along";
    assert_eq!(post("yank", json!({ "reason": "loses the last line" })).await.0, StatusCode::OK);
    for (body, wanted) in [
        (json!({ "reason": "<b>good</b>" }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "reason": "x".repeat(501) }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "why": why }), StatusCode::BAD_REQUEST),
    ] {
        let (status, problem) = post("unyank", body.clone()).await;
        assert_eq!(status, wanted, "{body}: {problem}");
    }
    assert_eq!(get(&running, &version).await["yanked"], true, "nothing that was refused has done anything");

    let (status, answer) = post("unyank", json!({ "reason": why })).await;
    assert_eq!((status, &answer["yanked"], &answer["unyanked_for"]), (StatusCode::OK, &json!(false), &json!(why)));
    let answer = get(&running, &version).await;
    assert_eq!((&answer["unyanked_for"], answer.get("yanked_for")), (&json!(why), None));
    assert_eq!(get(&running, HELLO).await["versions"][0]["unyanked_for"], why);

    let (_, answer) = post("yank", json!({ "reason": "loses the first line" })).await;
    assert_eq!((&answer["yanked_for"], answer.get("unyanked_for")), (&json!("loses the first line"), None));
    let told = leaves(&running).await;
    let told = told.iter().filter(|event| matches!(event, Event::Yank(_) | Event::Unyank(_))).count();
    assert_eq!(told, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deprecation_is_told_wherever_the_module_is_met() {
    let (registry, running) = registry(&["1.0.0", "2.0.0"]).await;
    let path = format!("{HELLO}/deprecation");
    let put = async |token: &str, body: Value| request(&running, token, Method::PUT, &path, Some(body)).await;
    let stranger = registry.create_publisher("stranger");
    assert_eq!(put(&stranger, json!({ "message": "x" })).await.0, StatusCode::FORBIDDEN);
    for (body, wanted) in [
        (json!({ "message": "<i>" }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "message": "x", "versions": "newer" }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "message": "x", "versions": ">2, <1" }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "message": "x", "replacement": "adx/nothing" }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "message": "x", "replacement": "adx/hello" }), StatusCode::CONFLICT),
    ] {
        let (status, problem) = put(&registry.token, body.clone()).await;
        assert_eq!(status, wanted, "{body}: {problem}");
    }
    let (agent, agent_running, tenant) = agent_at(&registry, &running.url, "=1.0.0").await;

    for _ in 0..2 {
        let (status, said) = put(&registry.token, json!({ "message": "use version 2", "versions": "<2" })).await;
        assert_eq!((status, &said["versions"]), (StatusCode::OK, &json!("<2")), "{said}");
    }
    let said = lines(&running).await;
    assert_eq!(said[0].deprecated.as_ref().map(|said| said.message.as_str()), Some("use version 2"));
    assert_eq!(said[1].deprecated, None, "2.0.0 is not meant");
    let told = leaves(&running).await.into_iter().filter(|event| matches!(event, Event::Deprecate(_))).count();
    assert_eq!(told, 1, "the second time nothing happened");
    assert_eq!(get(&running, HELLO).await["deprecation"]["message"], "use version 2");
    assert_eq!(get(&running, &format!("{HELLO}/versions/2.0.0")).await.get("deprecation"), None);
    eventually("the agent tells of it", async || {
        installed(&tenant, &agent_running).await["deprecated"]["message"] == "use version 2"
    })
    .await;
    let offer = tenant.request(&agent_running, Method::GET, "/releases/adx/hello?version=%3D1.0.0", None).await.1;
    assert_eq!(offer["deprecated"]["message"], "use version 2", "{offer}");
    drop(agent);

    put(&registry.token, json!({ "message": "not maintained any more" })).await;
    eventually("the search marks it", async || {
        let found = get(&running, "/api/v1/search?q=hello").await;
        found["hits"][0]["deprecation"]["message"] == "not maintained any more"
    })
    .await;
    let undone = request(&running, &registry.token, Method::DELETE, &path, None).await;
    assert_eq!(undone.0, StatusCode::NO_CONTENT);
    assert!(lines(&running).await.iter().all(|line| line.deprecated.is_none()));
    eventually("nobody says so any more", async || {
        let found = get(&running, "/api/v1/search?q=hello").await;
        found["hits"][0].get("deprecation").is_none()
            && installed(&tenant, &agent_running).await.get("deprecated").is_none()
    })
    .await;
}

fn advisory(severity: &str, affected: &Value) -> Value {
    json!({
        "title": "answers strangers",
        "details": "# How\n\n<script>alert(1)</script> *does it*",
        "severity": severity,
        "cvss": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
        "affected": [affected],
        "references": ["https://example.org/story"],
        "aliases": ["CVE-2026-12345"],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_advisory_is_signed_and_logged_and_agents_act_on_it() {
    let (registry, running) = registry(&["1.0.0", "1.1.0"]).await;
    let operator = registry.create_operator_token();
    let (_agent, agent_running, tenant) = agent_at(&registry, &running.url, "^1").await;
    publish(&registry, &running, "1.2.0").await;
    let post = async |token: &str, body: Value| {
        request(&running, token, Method::POST, &format!("{HELLO}/advisories"), Some(body)).await
    };
    for (member, value) in [
        ("title", json!("<b>")),
        ("cvss", json!("CVSS:3.1/AV:X")),
        ("cvss", json!("7.5")),
        ("affected", json!([])),
        ("affected", json!([{ "requirement": ">2, <1" }])),
        ("affected", json!([{ "requirement": "<1", "fixed": "1.0.0" }])),
        ("references", json!(["javascript:alert(1)"])),
        ("aliases", json!(["CVE 1"])),
        ("details", json!("\u{7}")),
    ] {
        let mut bad = advisory("high", &json!({ "requirement": "<1.2" }));
        bad[member] = value.clone();
        let (status, problem) = post(&registry.token, bad).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{member} {value}: {problem}");
    }

    // The publisher's own word: told, and nothing else.
    let (status, filed) = post(&registry.token, advisory("critical", &json!({ "requirement": "<1.2.0" }))).await;
    assert_eq!(status, StatusCode::CREATED, "{filed}");
    let id = filed["id"].as_str().expect("a name").to_owned();
    assert!(id.starts_with("ADX-") && id.ends_with("-0001"), "{id}");
    assert_eq!((&filed["confirmed"], &filed["patched"]), (&json!(false), &json!(["1.2.0"])));
    assert!(!filed["details_html"].as_str().unwrap().contains("<script"), "{filed}");
    eventually("the agent tells of it", async || installed(&tenant, &agent_running).await["advisories"][0]["id"] == id)
        .await;
    assert_eq!(installed(&tenant, &agent_running).await["version"], "1.1.0", "it stays on its publisher's word");
    let metrics = client().get(format!("{}/metrics", agent_running.url)).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains(r#"adx_agent_installations_affected{severity="critical"} 1"#), "{metrics}");
    let refused = tenant.request(&agent_running, Method::GET, "/releases/adx/hello?version=%3D1.0.0", None).await;
    assert_eq!(refused.0, StatusCode::CONFLICT, "{}", refused.1);
    assert!(refused.1.to_string().contains(&id), "{}", refused.1);

    // What the index root names is what is served and logged.
    let repository = Repository::fetch(&running.url).await;
    let named = repository.advisories.expect("it names the list");
    let file = async |sha256: Digest| {
        let answer = client().get(format!("{}/index/advisories/{sha256}.json", running.url)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.bytes().await.unwrap()
    };
    let list = file(named.sha256).await;
    assert!(named.is_of(&list));
    let list = AdvisoryList::from_json(&list).expect("a list");
    let listed = &list.advisories[&id.parse().unwrap()];
    let document = file(listed.document.sha256).await;
    let osv: Value = serde_json::from_slice(&document).unwrap();
    assert_eq!(osv, filed["osv"], "the document that was answered is the one that is served");
    let told = leaves(&running).await.into_iter().find_map(|event| match event {
        Event::Advisory(told) => Some(told),
        _ => None,
    });
    let told = told.expect("a leaf");
    assert_eq!((told.revision, told.sha256), (1, Digest::of(&document)));

    // An operator stands for it: whoever has it leaves it, although it follows nothing by itself.
    let change = async |token: &str, body: Value| {
        request(&running, token, Method::PUT, &format!("/api/v1/advisories/{id}"), Some(body)).await
    };
    let (status, confirmed) = change(&operator, advisory("critical", &json!({ "requirement": "<1.2.0" }))).await;
    assert_eq!((status, &confirmed["confirmed"]), (StatusCode::OK, &json!(true)), "{confirmed}");
    eventually("it is updated", async || installed(&tenant, &agent_running).await["version"] == "1.2.0").await;
    assert_eq!(installed(&tenant, &agent_running).await["advisories"], json!([]));
    let (status, problem) = change(&registry.token, advisory("low", &json!({ "fixed": "1.0.0" }))).await;
    assert_eq!(status, StatusCode::CONFLICT, "it is not the publisher's any more: {problem}");

    let withdraw = format!("/api/v1/advisories/{id}/withdraw");
    assert_eq!(request(&running, &registry.token, Method::POST, &withdraw, None).await.0, StatusCode::CONFLICT);
    for _ in 0..2 {
        let (status, withdrawn) = request(&running, &operator, Method::POST, &withdraw, None).await;
        assert_eq!((status, &withdrawn["revision"]), (StatusCode::OK, &json!(3)), "{withdrawn}");
    }
    running.wait_until_signed().await;
    eventually("what it held of can be installed again", async || {
        let offer = tenant.request(&agent_running, Method::GET, "/releases/adx/hello?version=%3D1.0.0", None).await;
        offer.0 == StatusCode::OK
    })
    .await;
    let (_, second) = post(&operator, advisory("low", &json!({ "introduced": "1.0.0" }))).await;
    assert!(second["id"].as_str().unwrap().ends_with("-0002"), "without a gap: {second}");
    let listed = get(&running, "/api/v1/advisories?module=adx/hello&limit=1").await;
    assert_eq!(listed["advisories"][0]["id"], id);
    let next = listed["next_cursor"].as_str().expect("more");
    let listed = get(&running, &format!("/api/v1/advisories?cursor={next}")).await;
    assert_eq!(listed["advisories"][0]["id"], second["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_finds_what_an_advisory_holds_of() {
    let (registry, running) = registry(&["1.0.0", "1.1.0"]).await;
    let audit = |what: &str| {
        let mut command = std::process::Command::new(&programs().adx);
        command.args(["audit", what, "--json"]).env("ADX_REGISTRY", &running.url);
        command.output().expect("adx runs")
    };
    assert_eq!(audit("adx/hello@=1.0.0").status.code(), Some(0));
    let body = advisory("high", &json!({ "requirement": "<1.1" }));
    let filed = request(&running, &registry.token, Method::POST, &format!("{HELLO}/advisories"), Some(body)).await;
    assert_eq!(filed.0, StatusCode::CREATED);
    let found = audit("adx/hello@=1.0.0");
    assert_eq!(found.status.code(), Some(1), "{found:?}");
    let document: Value = serde_json::from_slice(&found.stdout).expect("JSON");
    assert_eq!(document["checked"][0]["advisories"][0]["title"], "answers strangers");
    assert_eq!(audit("adx/hello@^1").status.code(), Some(0), "the newest is not affected");

    // A version that is withheld is not offered, and affected all the same; what is not known is no all-clear.
    let yank = format!("{HELLO}/versions/1.0.0/yank");
    assert_eq!(request(&running, &registry.token, Method::POST, &yank, None).await.0, StatusCode::OK);
    assert_eq!(audit("adx/hello@=1.0.0").status.code(), Some(1));
    let unknown = audit("adx/hello@^3");
    assert!(!unknown.status.success(), "{unknown:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("advisory.json");
    std::fs::write(&file, advisory("low", &json!({ "requirement": "=1.1.0" })).to_string()).unwrap();
    let file = file.to_str().unwrap();
    let by_operator = registry.admin(&["advisory", "file", "adx/hello", file]);
    assert_eq!(by_operator["confirmed"], true, "{by_operator}");
    let withdrawn = registry.admin(&["advisory", "withdraw", by_operator["id"].as_str().unwrap()]);
    assert!(withdrawn["withdrawn_at"].is_string(), "{withdrawn}");
    assert_eq!(registry.admin(&["advisory", "list"])["advisories"].as_array().map(Vec::len), Some(2));

    let list = folder.path().join("list.json");
    std::fs::write(&list, json!({ "installations": [{ "module": "adx/hello", "version": "1.0.0" }] }).to_string())
        .unwrap();
    assert_eq!(audit(list.to_str().unwrap()).status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_publisher_says_by_command_what_is_wrong_with_a_version() {
    let (registry, running) = registry(&["1.0.0"]).await;
    let adx = |arguments: &[&str]| -> Value {
        let mut command = std::process::Command::new(&programs().adx);
        command.arg("advisory").args(arguments).arg("--json");
        command.env("ADX_REGISTRY", &running.url).env("ADX_TOKEN", &registry.token);
        let output = command.output().expect("adx runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let told = ["--title", "answers strangers", "--severity", "low", "--details", "It **answers**."];
    let filed = adx(&[&["publish", "adx/hello", "--affected", "<1.1"], &told[..]].concat());
    let id = filed["id"].as_str().expect("an id");
    let changed = adx(&["change", id, "--severity", "high"]);
    assert_eq!((&changed["severity"], &changed["details"]), (&json!("high"), &json!("It **answers**.")));
    assert_eq!(changed["affected"], filed["affected"]);
    assert_eq!(adx(&["show", id]), changed);
    assert!(adx(&["withdraw", id])["withdrawn_at"].is_string());
    let listed = adx(&["list", "adx/hello"]);
    assert_eq!(
        (&listed["advisories"][0]["id"], listed["advisories"].as_array().map(Vec::len)),
        (&filed["id"], Some(1))
    );
}

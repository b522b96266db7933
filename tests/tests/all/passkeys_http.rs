//! Passkeys over HTTP, with a browser and a device of another project.

use adx_tests::device::Devices;
use adx_tests::person::{PASSWORD, Person, cookie_of, post};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

/// The registry's address, as browsers have it.
const ORIGIN: &str = "http://localhost:8787";
const PASSKEYS: &str = "/api/v1/account/passkeys";

fn start(registry: &Registry, public_url: &str) -> Process {
    registry.start_with(|command| {
        command.env("ADX_REGISTRY__SERVER__PUBLIC_URL", public_url);
    })
}

async fn refused(answer: Response, status: StatusCode, slug: &str) -> Value {
    let answered = answer.status();
    let problem: Value = answer.json().await.expect("a problem");
    assert_eq!(
        (answered, &problem["type"]),
        (status, &json!(format!("https://adx-core.dev/problems/{slug}"))),
        "{problem}"
    );
    problem
}

async fn send(person: &Person, method: Method, path: &str, body: &Value) -> Response {
    person.request(method, path).json(body).send().await.expect("the registry answers")
}

/// What a device is asked.
async fn asked(answer: Response) -> Value {
    assert_eq!(
        (answer.status(), &answer.headers()["cache-control"]),
        (StatusCode::CREATED, &"no-store".parse().unwrap())
    );
    answer.json().await.expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_adds_one_signs_in_with_it_and_removes_it() {
    let Some(devices) = Devices::start() else { return };
    let registry = Registry::new();
    let running = start(&registry, ORIGIN);
    let ada = Person::sign_up(&registry, &running, "ada").await;
    let device = devices.make().await;
    let proof = json!({ "password": PASSWORD });
    let begun = asked(send(&ada, Method::POST, PASSKEYS, &proof).await).await;
    assert_eq!(begun["options"]["rp"]["id"], "localhost");
    let credential = device.create(ORIGIN, &begun["options"]).await;
    let body = json!({ "round": begun["round"], "name": "<b>", "credential": credential });
    refused(send(&ada, Method::PUT, PASSKEYS, &body).await, StatusCode::UNPROCESSABLE_ENTITY, "passkey-name").await;
    let body = json!({ "round": begun["round"], "name": "Blue key", "credential": credential });
    let added = send(&ada, Method::PUT, PASSKEYS, &body).await;
    assert_eq!(added.status(), StatusCode::OK);
    let cookie = cookie_of(&added).expect("a session");
    let added: Value = added.json().await.expect("JSON");
    assert_eq!(added["recovery_codes"].as_array().map(Vec::len), Some(10));
    let seen = client().get(format!("{}/api/v1/session", running.url)).header("cookie", &cookie).send().await;
    let seen: Value = seen.expect("the registry answers").json().await.expect("JSON");
    assert_eq!((&seen["csrf_token"], &seen["passkeys"]), (&added["csrf_token"], &json!(true)));
    let account = &seen["account"];
    assert_eq!((&account["has_second_factor"], &account["has_one_time_passwords"]), (&json!(true), &json!(false)));
    registry.letter_to(&ada.email, "passkey was added").await;

    let known = json!({ "email": ada.email, "password": PASSWORD });
    let needed = post(&running, "/api/v1/session", &known).await;
    let needed = refused(needed, StatusCode::UNAUTHORIZED, "second-factor-needed").await;
    assert_eq!(needed["methods"], json!(["passkey", "recovery-code"]));
    let wrong = json!({ "email": ada.email, "password": "not the password" });
    refused(post(&running, "/api/v1/session/passkey", &wrong).await, StatusCode::UNAUTHORIZED, "credentials").await;
    let begun = asked(post(&running, "/api/v1/session/passkey", &known).await).await;
    let signed = device.sign(ORIGIN, &begun["options"]).await;
    let shown = |signed: &Value, begun: &Value| {
        let passkey = json!({ "round": begun["round"], "credential": signed });
        json!({ "email": ada.email, "password": PASSWORD, "passkey": passkey })
    };
    let mut both = shown(&signed, &begun);
    both["second_factor"] = added["recovery_codes"][0].clone();
    refused(post(&running, "/api/v1/session", &both).await, StatusCode::BAD_REQUEST, "bad-request").await;
    let ada = Person::of(&running, post(&running, "/api/v1/session", &shown(&signed, &begun)).await).await;
    let again = post(&running, "/api/v1/session", &shown(&signed, &begun)).await;
    refused(again, StatusCode::FORBIDDEN, "passkey-round").await;
    let other = asked(post(&running, "/api/v1/session/passkey", &known).await).await;
    refused(post(&running, "/api/v1/session", &shown(&signed, &other)).await, StatusCode::FORBIDDEN, "passkey").await;
    let other = asked(post(&running, "/api/v1/session/passkey", &known).await).await;
    let elsewhere = device.sign("http://localhost:9999", &other["options"]).await;
    refused(post(&running, "/api/v1/session", &shown(&elsewhere, &other)).await, StatusCode::FORBIDDEN, "passkey")
        .await;

    let (_, listed) = ada.send(Method::GET, PASSKEYS, None).await;
    let passkey = &listed["passkeys"][0];
    assert_eq!(passkey["name"], "Blue key");
    assert!(passkey["last_used_at"].is_string() && passkey.get("credential").is_none(), "{passkey}");
    // One more takes one that is there.
    for beginning in [PASSKEYS, "/api/v1/account/second-factor"] {
        let needed = send(&ada, Method::POST, beginning, &proof).await;
        let needed = refused(needed, StatusCode::UNAUTHORIZED, "second-factor-needed").await;
        assert_eq!(needed["methods"], json!(["passkey", "recovery-code"]));
        let asked = asked(send(&ada, Method::POST, "/api/v1/account/passkeys/assertion", &proof).await).await;
        let signed = device.sign(ORIGIN, &asked["options"]).await;
        let shown = json!({ "password": PASSWORD, "passkey": { "round": asked["round"], "credential": signed } });
        assert_eq!(send(&ada, Method::POST, beginning, &shown).await.status(), StatusCode::CREATED);
    }
    let path = format!("{PASSKEYS}/{}", passkey["id"].as_str().expect("an id"));
    let needed = send(&ada, Method::DELETE, &path, &proof).await;
    refused(needed, StatusCode::UNAUTHORIZED, "second-factor-needed").await;
    let begun = asked(send(&ada, Method::POST, "/api/v1/account/passkeys/assertion", &proof).await).await;
    let signed = device.sign(ORIGIN, &begun["options"]).await;
    let proof = json!({ "password": PASSWORD, "passkey": { "round": begun["round"], "credential": signed } });
    assert_eq!(send(&ada, Method::DELETE, &path, &proof).await.status(), StatusCode::NO_CONTENT);
    registry.letter_to(&ada.email, "passkey was removed").await;
    Person::of(&running, post(&running, "/api/v1/session", &known).await).await;

    let log = running.log();
    for personal in ["example.org", "Blue key", PASSWORD, begun["round"].as_str().expect("text")] {
        assert!(!log.contains(personal), "{personal}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_browsers_give_no_passkeys_says_what_to_do() {
    let registry = Registry::new();
    let running = start(&registry, "http://registry.example.org");
    let known = json!({ "email": "ada@example.org", "password": PASSWORD });
    let problem =
        refused(post(&running, "/api/v1/session/passkey", &known).await, StatusCode::CONFLICT, "passkeys-unavailable")
            .await;
    assert!(problem["hint"].as_str().is_some_and(|hint| hint.contains("server.public_url")), "{problem}");
}

//! Signing in at a provider of identities over HTTP, as a browser does, with everything real but the person.

use adx_registry::world::SystemClock;
use adx_registry_core::accounts::OpenIdRefusal;
use adx_registry_core::ports::Clock as _;
use adx_tests::eventually;
use adx_tests::issuer::{CLIENT_ID, CLIENT_SECRET, Forgery, Issuer, User};
use adx_tests::person::{PASSWORD, Person, cookie_of};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

const BEGIN: &str = "/api/v1/session/openid";

fn start(registry: &Registry, issuer: &Issuer) -> Process {
    registry.start_with(|command| {
        command
            .env("ADX_REGISTRY__OPENID__ISSUER", &issuer.url)
            .env("ADX_REGISTRY__OPENID__CLIENT_ID", CLIENT_ID)
            .env("ADX_REGISTRY__OPENID__CLIENT_SECRET", CLIENT_SECRET)
            .env("ADX_REGISTRY__OPENID__NAME", "Example ID");
    })
}

/// Goes where it is sent by hand only.
fn browser() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("an HTTP client")
}

async fn begin(running: &Process, person: Option<&Person>) -> Response {
    let path = format!("{}{BEGIN}", running.url);
    let request = match person {
        None => client().post(path).json(&json!({})),
        Some(person) => person.request(Method::POST, BEGIN).json(&json!({ "password": PASSWORD })),
    };
    request.send().await.expect("the registry answers")
}

/// To the provider and back, with a session's cookie or none.
async fn come_back(running: &Process, issuer: &Issuer, person: Option<&Person>) -> Response {
    follow(running, issuer, begin(running, person).await, person.map(|person| person.cookie.as_str())).await
}

/// The same, once it has begun.
async fn follow(running: &Process, issuer: &Issuer, begun: Response, session: Option<&str>) -> Response {
    assert_eq!(begun.status(), StatusCode::CREATED);
    let kept = cookie_of(&begun).expect("a cookie");
    let begun: Value = begun.json().await.expect("JSON");
    let back = issuer.visit(begun["address"].as_str().expect("an address")).await;
    assert!(back.as_str().starts_with(&format!("{}{BEGIN}/callback?", running.url)));
    let cookies = session.map_or_else(|| kept.clone(), |session| format!("{session}; {kept}"));
    browser().get(back).header("cookie", cookies).send().await.expect("the registry answers")
}

fn location(answer: &Response) -> String {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    answer.headers()["location"].to_str().expect("text").to_owned()
}

/// The cookies that an answer sets.
fn cookies(answer: &Response) -> Vec<String> {
    let set = answer.headers().get_all("set-cookie").iter();
    set.map(|cookie| cookie.to_str().expect("text").to_owned()).collect()
}

async fn session(running: &Process, cookie: &str) -> Value {
    let answer = client().get(format!("{}/api/v1/session", running.url)).header("cookie", cookie).send().await;
    answer.expect("the registry answers").json().await.expect("JSON")
}

/// The session of an answer that signed somebody in.
fn session_cookie(answer: &Response) -> String {
    let set = cookies(answer);
    assert!(set.iter().any(|cookie| cookie.starts_with("adx_openid=; Path=/; Max-Age=0;")), "{set:?}");
    let session = set.iter().find(|cookie| cookie.starts_with("adx_session=")).expect("a session");
    assert!(session.contains("HttpOnly; SameSite=Lax"), "{session}");
    session.split(';').next().expect("a cookie").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_without_a_password_of_ours() {
    let (registry, issuer) = (Registry::new(), Issuer::start());
    let running = start(&registry, &issuer);
    let nobody = json!({
        "account": null,
        "csrf_token": null,
        "openid": "Example ID",
        "passkeys": false,
        "passwords": true,
        "needs_second_factor": false,
        "is_proven": false,
    });
    assert_eq!(session(&running, "").await, nobody);
    let begun = begin(&running, None).await;
    let set = &cookies(&begun)[0];
    assert!(set.starts_with("adx_openid=") && set.contains("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"), "{set}");

    let back = come_back(&running, &issuer, None).await;
    assert_eq!(location(&back), format!("{}/account", running.url));
    let cookie = session_cookie(&back);
    let seen = session(&running, &cookie).await;
    assert_eq!((&seen["account"]["email"], &seen["account"]["name"]), (&json!("ada@example.org"), &json!("ada")));
    assert_eq!(seen["account"]["has_password"], json!(false));
    let csrf = seen["csrf_token"].as_str().expect("a token").to_owned();
    let send = async |method: Method, path: &str, body: Value| {
        let request = client().request(method, format!("{}{path}", running.url)).header("cookie", &cookie);
        let answer = request.header("x-csrf-token", &csrf).json(&body).send().await.expect("the registry answers");
        let status = answer.status();
        (status, answer.json::<Value>().await.unwrap_or_default())
    };
    let (status, listed) = send(Method::GET, "/api/v1/account/identities", Value::Null).await;
    assert_eq!((status, &listed["identities"][0]["issuer"]), (StatusCode::OK, &json!(issuer.url)));
    let path = format!("/api/v1/account/identities/{}", listed["identities"][0]["id"].as_str().expect("an id"));
    let (status, problem) = send(Method::DELETE, &path, Value::Null).await;
    assert_eq!((status, &problem["title"]), (StatusCode::CONFLICT, &json!("Only way to sign in")));
    let (status, problem) = send(Method::DELETE, "/api/v1/account", json!({})).await;
    assert_eq!((status, &problem["title"]), (StatusCode::FORBIDDEN, &json!("Sign in once more")));
    assert!(problem["hint"].as_str().expect("a hint").contains("/api/v1/session/openid"));
    let change = json!({ "current": "", "new": PASSWORD });
    let (status, problem) = send(Method::PUT, "/api/v1/account/password", change).await;
    assert_eq!((status, &problem["title"]), (StatusCode::CONFLICT, &json!("No password")));
    assert!(problem["hint"].as_str().expect("a hint").contains("/api/v1/password-reset"));

    // Neither codes nor secrets nor people stand in the log.
    let log = running.log();
    for secret in [CLIENT_SECRET, "example.org", "code 1", "subject of", cookie.split_once('=').expect("a cookie").1] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_signs_nobody_in_and_connects_nothing() {
    let (registry, issuer) = (Registry::new(), Issuer::start());
    let running = start(&registry, &issuer);
    let ada = Person::sign_up(&registry, &running, "ada").await;
    // A stranger's answer in a browser that began nothing.
    let begun: Value = begin(&running, None).await.json().await.expect("JSON");
    let back = issuer.visit(begun["address"].as_str().expect("an address")).await;
    for cookie in ["", ada.cookie.as_str()] {
        let answer = browser().get(back.clone()).header("cookie", cookie).send().await.expect("the registry answers");
        assert_eq!(location(&answer), format!("{}/sign-in?refused=failed", running.url));
        assert!(cookies(&answer).iter().all(|cookie| !cookie.starts_with("adx_session")), "{:?}", cookies(&answer));
    }
    // The address is ada's: she connects, nobody else does.
    let refused = come_back(&running, &issuer, None).await;
    assert_eq!(location(&refused), format!("{}/sign-in?refused=address-taken", running.url));
    let url = format!("{}{BEGIN}", running.url);
    let body = json!({ "password": PASSWORD });
    let without_token = client().post(&url).header("cookie", &ada.cookie).json(&body).send().await;
    assert_eq!(without_token.expect("the registry answers").status(), StatusCode::FORBIDDEN);
    let foreign = ada.request(Method::POST, BEGIN).header("origin", "https://evil.example").json(&body).send().await;
    assert_eq!(foreign.expect("the registry answers").status(), StatusCode::FORBIDDEN);
    let (status, _) = ada.send(Method::POST, BEGIN, Some(json!({ "password": "a guess of many" }))).await;
    assert_eq!(status, StatusCode::FORBIDDEN);

    let connected = come_back(&running, &issuer, Some(&ada)).await;
    assert_eq!(location(&connected), format!("{}/account", running.url));
    registry.letter_to(&ada.email, "Another way to sign in").await;
    let back = come_back(&running, &issuer, None).await;
    assert_eq!(session(&running, &session_cookie(&back)).await["account"]["id"], json!(ada.id));
    let eve = Person::sign_up(&registry, &running, "eve").await;
    let refused = come_back(&running, &issuer, Some(&eve)).await;
    assert_eq!(location(&refused), format!("{}/account?refused=identity-taken", running.url));
    let (_, listed) = ada.send(Method::GET, "/api/v1/account/identities", None).await;
    let path = format!("/api/v1/account/identities/{}", listed["identities"][0]["id"].as_str().expect("an id"));
    assert_eq!(eve.send(Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(ada.send(Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_keeps_nobody_else_out() {
    let (registry, issuer) = (Registry::new(), Issuer::start());
    issuer.stop();
    let running = start(&registry, &issuer);
    let refused = begin(&running, None).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(cookies(&refused).is_empty());
    let eve = Person::sign_up(&registry, &running, "eve").await;
    eve.sign_in(&running).await;
    issuer.start_again();
    eventually("the provider is asked again", async || begin(&running, None).await.status() == StatusCode::CREATED)
        .await;
    issuer.sign_in_as(User::called("grace"));
    let back = come_back(&running, &issuer, None).await;
    assert_eq!(session(&running, &session_cookie(&back)).await["account"]["email"], json!("grace@example.org"));
}

/// A request in a session, and its answer.
async fn send(
    running: &Process,
    (cookie, csrf): (&str, &str),
    method: Method,
    path: &str,
    body: &Value,
) -> (StatusCode, Value) {
    let request = client().request(method, format!("{}{path}", running.url)).header("cookie", cookie);
    let answer = request.header("x-csrf-token", csrf).json(body).send().await.expect("the registry answers");
    let status = answer.status();
    (status, answer.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_passwords_everybody_comes_in_at_the_provider() {
    let issuer = Issuer::start();
    let set = |key: &str, value: &str| (format!("ADX_REGISTRY__{key}"), value.to_owned());
    let registry = Registry::with_environment(vec![
        set("ACCOUNTS__PASSWORDS", "off"),
        set("ACCOUNTS__SIGN_UP", "invited"),
        set("OPENID__ISSUER", &issuer.url),
        set("OPENID__CLIENT_ID", CLIENT_ID),
        set("OPENID__CLIENT_SECRET", CLIENT_SECRET),
        set("OPENID__NAME", "Example ID"),
    ]);
    let running = registry.start();
    let nobody = session(&running, "").await;
    assert_eq!((&nobody["passwords"], &nobody["openid"]), (&json!(false), &json!("Example ID")));
    let refused = |path: &str, (status, problem): (StatusCode, Value)| {
        let kind = problem["type"].as_str().unwrap_or_default();
        assert!(status == StatusCode::FORBIDDEN && kind.ends_with("/passwords-off"), "{path}: {status} {problem}");
        assert!(problem["detail"].as_str().expect("words").contains("sign in with Example ID"), "{problem}");
        assert!(problem["hint"].is_string(), "{problem}");
    };
    let (address, known) =
        (json!({ "email": "ada@example.org" }), json!({ "email": "ada@example.org", "password": PASSWORD }));
    for (path, body) in [
        ("/api/v1/sign-up", address.clone()),
        ("/api/v1/sign-up/verify", json!({ "code": "0", "name": "Ada", "password": PASSWORD })),
        ("/api/v1/session", known.clone()),
        ("/api/v1/session/passkey", known),
        ("/api/v1/session/unlock", address.clone()),
        ("/api/v1/password-reset", address),
        ("/api/v1/password-reset/confirm", json!({ "code": "0", "password": PASSWORD })),
        ("/api/v1/operator", json!({ "code": "0", "email": "ada@example.org", "name": "Ada", "password": PASSWORD })),
    ] {
        refused(path, send(&running, ("", ""), Method::POST, path, &body).await);
    }

    // The link of the first start leads by the provider, whoever was invited.
    let stranger = come_back(&running, &issuer, None).await;
    assert_eq!(location(&stranger), format!("{}/sign-in?refused=not-invited", running.url));
    let link = format!("{}/operator#", running.url);
    eventually("the link is printed", async || running.log().contains(&link)).await;
    let log = running.log();
    let code = log.split_once(&link).expect("a link").1.split_whitespace().next().expect("a code").to_owned();
    let begin_with = async |body: Value| {
        client().post(format!("{}{BEGIN}", running.url)).json(&body).send().await.expect("the registry answers")
    };
    let wrong = begin_with(json!({ "operator": "0" })).await;
    assert_eq!(wrong.status(), StatusCode::NOT_FOUND);
    let hint = wrong.json::<Value>().await.expect("JSON")["hint"].as_str().expect("a hint").to_owned();
    assert!(hint.contains("adx-registry admin link"), "{hint}");
    assert_eq!(begin_with(json!({ "operator": code, "prove": true })).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(begin_with(json!({ "prove": true })).await.status(), StatusCode::UNAUTHORIZED);
    let back = follow(&running, &issuer, begin_with(json!({ "operator": code })).await, None).await;
    assert_eq!(location(&back), format!("{}/account", running.url));
    let cookie = session_cookie(&back);
    let seen = session(&running, &cookie).await;
    assert_eq!((&seen["account"]["is_operator"], &seen["is_proven"]), (&json!(true), &json!(false)));
    let csrf = seen["csrf_token"].as_str().expect("a token").to_owned();
    let shown = (cookie.as_str(), csrf.as_str());

    let path = "/api/v1/account/password";
    let change = json!({ "current": PASSWORD, "new": "staple that battery" });
    refused(path, send(&running, shown, Method::PUT, path, &change).await);
    let path = "/api/v1/account/address";
    let body = json!({ "email": "king@example.org" });
    let (status, problem) = send(&running, shown, Method::POST, path, &body).await;
    assert_eq!((status, &problem["title"]), (StatusCode::FORBIDDEN, &json!("Sign in once more")));
    assert!(problem["detail"].as_str().expect("words").contains("Example ID"), "{problem}");
    let prove = async || {
        let request = client().post(format!("{}{BEGIN}", running.url)).header("cookie", &cookie);
        let request = request.header("x-csrf-token", &csrf).json(&json!({ "prove": true }));
        let begun = request.send().await.expect("the registry answers");
        location(&follow(&running, &issuer, begun, Some(&cookie)).await)
    };
    assert_eq!(prove().await, format!("{}/account?refused=not-anew", running.url));
    let now = SystemClock.now().unix_timestamp();
    issuer.forge(Forgery { claims: vec![("auth_time", json!(now))], ..Forgery::default() });
    assert_eq!(prove().await, format!("{}/account", running.url));
    assert_eq!(session(&running, &cookie).await["is_proven"], json!(true));
    let (status, _) = send(&running, shown, Method::POST, path, &body).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(send(&running, shown, Method::DELETE, "/api/v1/account", &json!({})).await.0, StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_provider_there_is_nothing_to_begin() {
    let registry = Registry::new();
    let running = registry.start();
    assert_eq!(session(&running, "").await["openid"], Value::Null);
    assert_eq!(begin(&running, None).await.status(), StatusCode::NOT_FOUND);
    let mut command = std::process::Command::new(&adx_tests::programs::programs().registry);
    command.args(["serve", "--data"]).arg(registry.data()).env("ADX_REGISTRY__OPENID__ISSUER", "https://id.example");
    let refused = command.output().expect("the registry runs");
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && words.contains("`openid.client_id`"), "{words}");
}

#[test]
fn the_page_has_words_for_every_refusal() {
    let words = std::fs::read_to_string(adx_tests::programs::checkout().join("web/src/i18n/messages.ts"));
    let words = words.expect("the page's words");
    let (_, words) = words.split_once("openidRefused: {").expect("those of refusals");
    let (words, _) = words.split_once("},").expect("their end");
    for word in OpenIdRefusal::ALL.map(OpenIdRefusal::as_str) {
        assert!(words.contains(&format!(" {word}:")) || words.contains(&format!("'{word}':")), "{word}");
    }
}

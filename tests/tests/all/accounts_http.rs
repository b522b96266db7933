//! Accounts over HTTP and by mail: from signing up to the end of the account, and what a browser is told.

use adx_registry::world::SystemClock;
use adx_registry_core::ports::Clock as _;
use adx_tests::eventually;
use adx_tests::person::{PASSWORD, Person, cookie_of, post};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const OTHER: &str = "staple that battery";

async fn session(running: &Process, cookie: &str) -> Value {
    let answer = client().get(format!("{}/api/v1/session", running.url)).header("cookie", cookie).send().await;
    let answer = answer.expect("the registry answers");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert!(!answer.headers().contains_key("access-control-allow-origin"), "no other site reads who is signed in");
    answer.json().await.expect("JSON")
}

async fn refused(answer: reqwest::Response, status: StatusCode, slug: &str) -> Value {
    let answered = answer.status();
    let problem: Value = answer.json().await.expect("a problem");
    assert_eq!(
        (answered, &problem["type"]),
        (status, &json!(format!("https://adx-core.dev/problems/{slug}"))),
        "{problem}"
    );
    problem
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_up_in_and_out_and_leaves() {
    let registry = Registry::new();
    let running = registry.start();
    let ada = Person::sign_up(&registry, &running, "ada").await;
    let seen = session(&running, &ada.cookie).await;
    assert_eq!((&seen["account"]["id"], &seen["account"]["email"]), (&json!(ada.id), &json!("ada@example.org")));
    assert_eq!(seen["csrf_token"], json!(ada.csrf));
    assert_eq!(
        session(&running, "").await,
        json!({
            "account": null,
            "csrf_token": null,
            "openid": null,
            "passkeys": false,
            "passwords": true,
            "needs_second_factor": false,
            "is_proven": false,
        })
    );
    let (status, me) = ada.send(Method::GET, "/api/v1/me", None).await;
    assert_eq!((status, me), (StatusCode::OK, json!({ "kind": "person", "account": ada.id })));

    let elsewhere = ada.sign_in(&running).await;
    let (_, listed) = ada.send(Method::GET, "/api/v1/account/sessions", None).await;
    let sessions = listed["sessions"].as_array().expect("sessions");
    assert_eq!(sessions.iter().filter(|session| session["is_current"] == true).count(), 1);
    let other = sessions.iter().find(|session| session["is_current"] == false).expect("another")["id"].clone();
    let path = format!("/api/v1/account/sessions/{}", other.as_str().expect("an id"));
    assert_eq!(ada.send(Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(session(&running, &elsewhere.cookie).await["account"], Value::Null);
    let ended = client().get(format!("{}/api/v1/me", running.url)).header("cookie", &elsewhere.cookie).send().await;
    refused(ended.expect("the registry answers"), StatusCode::UNAUTHORIZED, "unauthenticated").await;

    let change = json!({ "current": PASSWORD, "new": OTHER });
    let changed = ada.request(Method::PUT, "/api/v1/account/password").json(&change).send().await;
    let renewed = Person::of(&running, changed.expect("the registry answers")).await;
    assert_ne!((&renewed.cookie, &renewed.csrf), (&ada.cookie, &ada.csrf));
    assert_eq!(session(&running, &ada.cookie).await["account"], Value::Null);
    registry.letter_to("ada@example.org", "password was changed").await;
    let old = post(&running, "/api/v1/session", &json!({ "email": ada.email, "password": PASSWORD })).await;
    refused(old, StatusCode::UNAUTHORIZED, "credentials").await;

    let asked = post(&running, "/api/v1/password-reset", &json!({ "email": "nobody@example.org" })).await;
    assert_eq!(asked.status(), StatusCode::ACCEPTED, "as for everybody");
    let signed_out = renewed.request(Method::DELETE, "/api/v1/session").send().await.expect("the registry answers");
    assert_eq!(signed_out.status(), StatusCode::NO_CONTENT);
    assert_eq!(cookie_of(&signed_out).as_deref(), Some("adx_session="));
    assert_eq!(session(&running, &renewed.cookie).await["account"], Value::Null);

    let again = post(&running, "/api/v1/session", &json!({ "email": "ADA@example.org", "password": OTHER })).await;
    let again = Person::of(&running, again).await;
    let wrong = again.send(Method::DELETE, "/api/v1/account", Some(json!({ "password": PASSWORD }))).await;
    assert_eq!(wrong.0, StatusCode::FORBIDDEN);
    let erased = again.send(Method::DELETE, "/api/v1/account", Some(json!({ "password": OTHER }))).await;
    assert_eq!(erased.0, StatusCode::NO_CONTENT);
    assert_eq!(session(&running, &again.cookie).await["account"], Value::Null);

    // Nothing personal is logged, and no secret; nor do the rows hold what only its person knows.
    let secrets = [&ada.cookie, &again.cookie].map(|cookie| cookie.split_once('=').expect("a cookie").1.to_owned());
    let log = running.log();
    for personal in ["example.org", PASSWORD, OTHER, secrets[0].as_str(), secrets[1].as_str()] {
        assert!(!log.contains(personal), "{personal}: {log}");
    }
    assert!(running.stop().success());
    let database = std::fs::read(registry.data().join("registry.sqlite")).expect("the database");
    for secret in [PASSWORD, OTHER, secrets[0].as_str(), secrets[1].as_str()] {
        assert!(!database.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_set_anew_by_mail() {
    let registry = Registry::new();
    let running = registry.start();
    let ada = Person::sign_up(&registry, &running, "ada").await;
    // One letter a minute to one address: that for signing up was just sent.
    forget_attempts(&registry);
    let asked = post(&running, "/api/v1/password-reset", &json!({ "email": ada.email })).await;
    assert_eq!(asked.status(), StatusCode::ACCEPTED);
    let code = registry.code_of_letter_to(&ada.email, "reset").await;
    let easy = json!({ "code": code, "password": "password1234" });
    let easy = post(&running, "/api/v1/password-reset/confirm", &easy);
    let problem = refused(easy.await, StatusCode::UNPROCESSABLE_ENTITY, "password-refused").await;
    assert!(problem["hint"].is_string());
    let body = json!({ "code": code, "password": OTHER });
    assert_eq!(post(&running, "/api/v1/password-reset/confirm", &body).await.status(), StatusCode::NO_CONTENT);
    refused(post(&running, "/api/v1/password-reset/confirm", &body).await, StatusCode::NOT_FOUND, "code").await;
    assert_eq!(session(&running, &ada.cookie).await["account"], Value::Null);
    let signed_in = post(&running, "/api/v1/session", &json!({ "email": ada.email, "password": OTHER })).await;
    Person::of(&running, signed_in).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_taken_back_by_the_letter_to_the_address_of_before() {
    let registry = Registry::new();
    let running = registry.start();
    let ada = Person::sign_up(&registry, &running, "ada").await;
    let wanted = json!({ "email": "thief@example.org", "password": PASSWORD });
    assert_eq!(ada.send(Method::POST, "/api/v1/account/address", Some(wanted)).await.0, StatusCode::ACCEPTED);
    let confirm = json!({ "code": registry.code_of_letter_to("thief@example.org", "confirm-address").await });
    let back = json!({ "code": registry.code_of_letter_to(&ada.email, "restore-address").await });
    assert_eq!(post(&running, "/api/v1/confirm-address", &confirm).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(session(&running, &ada.cookie).await["account"]["email"], "thief@example.org");
    assert_eq!(post(&running, "/api/v1/restore-address", &back).await.status(), StatusCode::NO_CONTENT);
    refused(post(&running, "/api/v1/restore-address", &back).await, StatusCode::NOT_FOUND, "code").await;
    assert_eq!(session(&running, &ada.cookie).await["account"], Value::Null);
    let known = json!({ "email": ada.email, "password": PASSWORD });
    refused(post(&running, "/api/v1/session", &known).await, StatusCode::UNAUTHORIZED, "credentials").await;
    let body = json!({ "code": registry.code_of_letter_to(&ada.email, "reset").await, "password": OTHER });
    assert_eq!(post(&running, "/api/v1/password-reset/confirm", &body).await.status(), StatusCode::NO_CONTENT);
    let signed_in = post(&running, "/api/v1/session", &json!({ "email": ada.email, "password": OTHER })).await;
    Person::of(&running, signed_in).await;
}

/// The time, as the registry's machine has it.
fn unix_seconds() -> u64 {
    u64::try_from(SystemClock.now().unix_timestamp()).expect("after 1970")
}

/// As if a day had passed since the last letter.
fn forget_attempts(registry: &Registry) {
    let database = rusqlite::Connection::open(registry.data().join("registry.sqlite")).expect("the database");
    database.busy_timeout(std::time::Duration::from_secs(30)).expect("a timeout");
    database.execute("DELETE FROM account_attempts", []).expect("deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_time_passwords_are_asked_for_beside_the_password() {
    let registry = Registry::new();
    let running = registry.start();
    let ada = Person::sign_up(&registry, &running, "ada").await;
    let path = "/api/v1/account/second-factor";
    let (status, begun) = ada.send(Method::POST, path, Some(json!({ "password": PASSWORD }))).await;
    assert_eq!(status, StatusCode::CREATED, "{begun}");
    let totp = totp_rs::Totp::from_url(begun["otpauth_url"].as_str().expect("an address")).expect("one-time passwords");
    let body = json!({ "second_factor": totp.generate(unix_seconds()).to_string() });
    let confirmed = ada.request(Method::PUT, path).json(&body).send().await.expect("the registry answers");
    assert_eq!(confirmed.status(), StatusCode::OK);
    let cookie = cookie_of(&confirmed).expect("a session");
    let confirmed: Value = confirmed.json().await.expect("JSON");
    let codes = confirmed["recovery_codes"].as_array().expect("codes").clone();
    assert_eq!(codes.len(), 10);
    let seen = session(&running, &cookie).await;
    assert_eq!((&seen["csrf_token"], &seen["account"]["has_second_factor"]), (&confirmed["csrf_token"], &json!(true)));
    assert_eq!(session(&running, &ada.cookie).await["account"], Value::Null);

    let sign_in = async |code: Option<&Value>| {
        let body = json!({ "email": ada.email, "password": PASSWORD, "second_factor": code });
        post(&running, "/api/v1/session", &body).await
    };
    let needed = refused(sign_in(None).await, StatusCode::UNAUTHORIZED, "second-factor-needed").await;
    assert_eq!(needed["methods"], json!(["totp", "recovery-code"]));
    refused(sign_in(Some(&json!("000000"))).await, StatusCode::FORBIDDEN, "second-factor").await;
    let ada = Person::of(&running, sign_in(Some(&codes[0])).await).await;
    let mut address = json!({ "email": "king@example.org", "password": PASSWORD });
    for (method, path, body) in [
        (Method::POST, "/api/v1/account/address", &address),
        (Method::PUT, "/api/v1/account/password", &json!({ "current": PASSWORD, "new": OTHER })),
        (Method::DELETE, "/api/v1/account", &json!({ "password": PASSWORD })),
    ] {
        let needed = ada.request(method, path).json(body).send().await.expect("the registry answers");
        refused(needed, StatusCode::UNAUTHORIZED, "second-factor-needed").await;
    }
    address["second_factor"] = codes[2].clone();
    assert_eq!(ada.send(Method::POST, "/api/v1/account/address", Some(address)).await.0, StatusCode::ACCEPTED);
    let mut proof = json!({ "password": PASSWORD });
    let needed = ada.request(Method::POST, "/api/v1/account/recovery-codes").json(&proof).send().await;
    refused(needed.expect("the registry answers"), StatusCode::UNAUTHORIZED, "second-factor-needed").await;
    proof["second_factor"] = codes[3].clone();
    let (status, renewed) = ada.send(Method::POST, "/api/v1/account/recovery-codes", Some(proof)).await;
    assert_eq!((status, renewed["recovery_codes"].as_array().map(Vec::len)), (StatusCode::CREATED, Some(10)));
    registry.letter_to(&ada.email, "New recovery codes").await;
    let off = json!({ "password": PASSWORD, "second_factor": renewed["recovery_codes"][1] });
    assert_eq!(ada.send(Method::DELETE, path, Some(off)).await.0, StatusCode::NO_CONTENT);
    Person::of(&running, sign_in(None).await).await;
    registry.letter_to(&ada.email, "One-time passwords are off").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_operator_follows_the_link_that_the_registry_prints() {
    let registry = Registry::new();
    let running = registry.start();
    let link = format!("{}/operator#", running.url);
    eventually("the link is printed", async || running.log().contains(&link)).await;
    let log = running.log();
    let code = log.split_once(&link).expect("a link").1.split_whitespace().next().expect("a code").to_owned();
    drop(running);
    let running = registry.start();
    running.wait_until_signed().await;
    assert_eq!(running.log().matches("/operator#").count(), 1, "once");
    let body = json!({ "code": code, "email": "grace@example.org", "name": "Grace", "password": PASSWORD });
    let grace = Person::of(&running, post(&running, "/api/v1/operator", &body).await).await;
    let used = refused(post(&running, "/api/v1/operator", &body).await, StatusCode::NOT_FOUND, "code").await;
    let hint = used["hint"].as_str().expect("a hint");
    assert!(hint.contains("adx-registry admin link") && !hint.contains("letter"), "{hint}");
    let publisher = json!({ "namespace": "acme", "display_name": "Acme" });
    assert_eq!(grace.send(Method::POST, "/api/v1/publishers", Some(publisher)).await.0, StatusCode::CREATED);

    let ada = Person::sign_up(&registry, &running, "ada").await;
    let listed = registry.admin(&["account", "list"]);
    let rows = listed["accounts"].as_array().expect("accounts");
    let row = |id: &str| rows.iter().find(|row| row["id"] == *id).expect("an account");
    assert_eq!((&row(&grace.id)["is_operator"], &row(&ada.id)["is_operator"]), (&json!(true), &json!(false)));
    assert_eq!(row(&ada.id)["email"], "ada@example.org");
    assert_eq!(registry.admin(&["account", "disable", &ada.id])["state"], "disabled");
    assert_eq!(session(&running, &ada.cookie).await["account"], Value::Null);
    let shut = post(&running, "/api/v1/session", &json!({ "email": ada.email, "password": PASSWORD })).await;
    refused(shut, StatusCode::FORBIDDEN, "disabled").await;
    registry.admin(&["account", "enable", &ada.id]);
    ada.sign_in(&running).await;
    let nobody = registry.try_admin(&["account", "disable", &"0".repeat(32)]);
    assert!(!nobody.status.success());
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("no such account"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_does_nothing() {
    let registry = Registry::new();
    let running = registry.start();
    let ada = Person::sign_up(&registry, &running, "ada").await;
    let credentials = json!({ "email": ada.email, "password": PASSWORD });
    let sign_in = |origin: &str| {
        let request = client().post(format!("{}/api/v1/session", running.url)).json(&credentials);
        request.header("origin", origin).send()
    };
    // Signed in as somebody else, a person would do what that somebody sees.
    let foreign = sign_in("https://evil.example").await.expect("the registry answers");
    refused(foreign, StatusCode::FORBIDDEN, "forbidden").await;
    let own = sign_in(&running.url).await.expect("the registry answers");
    assert_eq!(own.status(), StatusCode::CREATED);
    let set = own.headers()["set-cookie"].to_str().expect("text");
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"), "{set}");
    let as_form = client().post(format!("{}/api/v1/session", running.url));
    let as_form = as_form.header("content-type", "text/plain").body(credentials.to_string()).send().await;
    refused(as_form.expect("the registry answers"), StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json").await;
    for (header, value) in [("origin", "https://evil.example"), ("x-csrf-token", "made-up")] {
        let forged = client().delete(format!("{}/api/v1/account/sessions", running.url)).header("cookie", &ada.cookie);
        let forged = if header == "origin" { forged.header("x-csrf-token", &ada.csrf) } else { forged };
        let forged = forged.header(header, value).send().await.expect("the registry answers");
        refused(forged, StatusCode::FORBIDDEN, "forbidden").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_is_told_how_long_to_wait() {
    let registry = Registry::new();
    let running = registry.start();
    let guess = json!({ "email": "nobody@example.org", "password": "a guess of many" });
    // The first waits may be over by the time that the next guess comes.
    let mut guesses = 0;
    let answer = loop {
        let answer = post(&running, "/api/v1/session", &guess).await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
        refused(answer, StatusCode::UNAUTHORIZED, "credentials").await;
        guesses += 1;
    };
    assert!(guesses >= 6, "{guesses}");
    assert!(answer.headers()["retry-after"].to_str().expect("text").parse::<u64>().expect("seconds") >= 1);
    refused(answer, StatusCode::TOO_MANY_REQUESTS, "too-many-attempts").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_sign_up_is_closed_whoever_is_invited_makes_an_account() {
    let invited = ("ADX_REGISTRY__ACCOUNTS__SIGN_UP".to_owned(), "invited".to_owned());
    let registry = Registry::with_environment(vec![invited]);
    let running = registry.start();
    let ask = async || post(&running, "/api/v1/sign-up", &json!({ "email": "bob@example.org" })).await;
    let problem = refused(ask().await, StatusCode::FORBIDDEN, "sign-up-closed").await;
    assert!(problem["detail"].as_str().unwrap().contains("only whom a publisher has invited"), "{problem}");
    assert!(problem["hint"].as_str().unwrap().contains("invite this address"), "{problem}");

    registry.admin(&["owner", "invite", "adx", "--name", "Bob", "--email", "bob@example.org"]);
    registry.invitation_code("bob@example.org").await;
    let bob = Person::sign_up(&registry, &running, "bob").await;
    // Whoever has an account is told the same as everybody, and signs in as ever.
    Person::operator(&registry, &running, "ada").await;
    let ada = post(&running, "/api/v1/sign-up", &json!({ "email": "ada@example.org" })).await;
    refused(ada, StatusCode::FORBIDDEN, "sign-up-closed").await;
    bob.sign_in(&running).await;
}

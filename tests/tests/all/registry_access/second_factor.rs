//! Every operation with a session that lacks the second factor that everybody has to have.

use adx_registry::world::SystemClock;
use adx_registry_core::ports::Clock as _;
use adx_tests::dns::DnsServer;
use adx_tests::person::{PASSWORD, Person, cookie_of};
use adx_tests::stage::{Registry, client};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Rule, Shown, ask_in, operations};

/// What leads to a second factor, and out again.
const ALLOWED: [&str; 6] = [
    "GET /api/v1/me",
    "POST /api/v1/account/second-factor",
    "PUT /api/v1/account/second-factor",
    "POST /api/v1/account/passkeys",
    "PUT /api/v1/account/passkeys",
    SIGN_OUT,
];

const SIGN_OUT: &str = "DELETE /api/v1/session";

/// The id of nothing.
const NEVER_MADE: &str = "00000000000000000000000000000000";

/// How the type of a problem ends.
fn kind(problem: &Value) -> &str {
    problem["type"].as_str().and_then(|kind| kind.rsplit('/').next()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_without_the_second_factor_that_is_required_adds_one_and_does_nothing_else() {
    let dns = DnsServer::start().await;
    let registry = Registry::with_environment(vec![
        ("ADX_REGISTRY__DOMAINS__RESOLVER".to_owned(), dns.address.to_string()),
        ("ADX_REGISTRY__ACCOUNTS__SECOND_FACTOR".to_owned(), "required".to_owned()),
    ]);
    let running = registry.start();
    // Whoever may do the most, so that nothing else is in the way.
    let mut ada = Person::operator(&registry, &running, "ada").await;
    let read = async |person: &Person| {
        let answer = person.request(Method::GET, "/api/v1/session").send().await.expect("the registry answers");
        answer.json::<Value>().await.expect("JSON")
    };
    assert_eq!(read(&ada).await["needs_second_factor"], json!(true));
    for (operation, rule) in operations() {
        // What everybody may do, whoever is signed in or not.
        if matches!(rule, Rule::Public | Rule::Exchange) || operation == SIGN_OUT {
            continue;
        }
        let answer = ask_in(&running, &operation, Shown::Session(&ada), "adx", NEVER_MADE).await;
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap_or_default();
        let is_refused = status == StatusCode::FORBIDDEN && kind(&answer) == "second-factor-missing";
        let is_allowed = ALLOWED.contains(&operation.as_str());
        assert_eq!(is_refused, !is_allowed, "{operation}: {status} {answer}");
        assert!(!is_refused || answer["hint"].is_string(), "{operation}: {answer}");
    }

    let factor = "/api/v1/account/second-factor";
    let (status, begun) = ada.send(Method::POST, factor, Some(json!({ "password": PASSWORD }))).await;
    assert_eq!(status, StatusCode::CREATED, "{begun}");
    let totp = totp_rs::Totp::from_url(begun["otpauth_url"].as_str().expect("an address")).expect("one-time passwords");
    let now = u64::try_from(SystemClock.now().unix_timestamp()).expect("after 1970");
    let shown = json!({ "second_factor": totp.generate(now).to_string() });
    let on = ada.request(Method::PUT, factor).json(&shown).send().await.expect("the registry answers");
    assert_eq!(on.status(), StatusCode::OK);
    let cookie = cookie_of(&on).expect("a session");
    let on: Value = on.json().await.expect("JSON");
    let csrf = on["csrf_token"].as_str().expect("a token").to_owned();
    (ada.cookie, ada.csrf) = (cookie, csrf);
    assert_eq!(read(&ada).await["needs_second_factor"], json!(false));
    assert_eq!(ada.send(Method::GET, "/api/v1/account/sessions", None).await.0, StatusCode::OK);
    let off = json!({ "password": PASSWORD, "second_factor": on["recovery_codes"][0] });
    let (status, kept) = ada.send(Method::DELETE, factor, Some(off)).await;
    assert_eq!((status, kind(&kept)), (StatusCode::CONFLICT, "last-second-factor"), "{kept}");

    let ben = Person::sign_up(&registry, &running, "ben").await;
    let (status, refused) = ben.send(Method::GET, "/api/v1/account/publishers", None).await;
    assert_eq!((status, kind(&refused)), (StatusCode::FORBIDDEN, "second-factor-missing"), "{refused}");
    assert_eq!(ben.send(Method::DELETE, "/api/v1/session", None).await.0, StatusCode::NO_CONTENT);
    let again = client().get(format!("{}/api/v1/me", running.url)).header("cookie", &ben.cookie).send().await;
    assert_eq!(again.expect("the registry answers").status(), StatusCode::UNAUTHORIZED);
}

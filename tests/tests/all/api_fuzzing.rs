//! Every operation of `openapi.yaml`, called by a program that knows the description, and what there is.

use std::collections::{BTreeMap, BTreeSet};

use adx_signing::digest::Digest;
use adx_tests::dns::DnsServer;
use adx_tests::hello::{self, Behaviour};
use adx_tests::person::Person;
use adx_tests::programs::checkout;
use adx_tests::schemathesis::{Answer, Caller, Schemathesis};
use adx_tests::stage::{Registry, client, request};
use reqwest::{Method, StatusCode};

use crate::registry_access::{Rule, operations};
use crate::world::{World, ok};

/// Of so many answers one may be that the caller is nobody: some operations ask for the password as well, which is made up.
const ONE_REFUSED_OF: usize = 20;

/// Calls everything with who calls, and from a number on which everything that is tried depends. At least so many of the operations that
/// `may` says are called with success.
async fn call(who: impl AsyncFnOnce(&World) -> Caller, seed: u32, may: fn(Rule) -> bool, at_least: usize) {
    let Some(schemathesis) = Schemathesis::find() else { return };
    // So that no operation asks a name server that is none of ours.
    let dns = DnsServer::start().await;
    let resolver = ("ADX_REGISTRY__DOMAINS__RESOLVER".to_owned(), dns.address.to_string());
    let world = World::of(Registry::with_environment(vec![resolver])).await;
    let who = who(&world).await;
    let caller =
        Caller { parameters: parameters(&world), ids: world.ids.iter().cloned().chain(who.ids).collect(), ..who };
    let server = world.running;
    let (headers, url) = (caller.headers.clone(), server.url.clone());
    let description = checkout().join("openapi.yaml");
    let called = tokio::task::spawn_blocking(move || schemathesis.call(&description, &url, &caller, seed));
    let answers = called.await.unwrap().unwrap_or_else(|said| panic!("{said}\n{}", server.log()));
    if !headers.is_empty() {
        let mut me = client().get(format!("{}/api/v1/me", server.url));
        for (name, value) in &headers {
            me = me.header(*name, value);
        }
        let status = me.send().await.unwrap().status();
        assert_eq!(status, StatusCode::OK, "who calls is still known");
    }
    assert_reached(&answers, may, at_least);
    assert!(server.stop().success());
}

/// Values of the parameters of addresses but of `{id}`.
fn parameters(world: &World) -> BTreeMap<&'static str, String> {
    let package = hello::package("1.0.0", Behaviour::Plain);
    BTreeMap::from([
        ("namespace", "adx".to_owned()),
        ("name", "hello".to_owned()),
        ("version", "1.0.0".to_owned()),
        ("sha256", Digest::of(&package).to_string()),
        ("key_id", world.registry.key.public().id().to_string()),
        ("first", "ad".to_owned()),
        ("second", "he".to_owned()),
        ("file", "timestamp.json".to_owned()),
        ("switch", "staged".to_owned()),
    ])
}

/// Fails where calls were those of nobody, or named what is not there.
fn assert_reached(answers: &[Answer], may: fn(Rule) -> bool, at_least: usize) {
    let allowed: BTreeSet<_> =
        operations().into_iter().filter(|(_, rule)| may(*rule)).map(|(operation, _)| operation).collect();
    let counted: Vec<_> = answers.iter().filter(|answer| answer.shown && allowed.contains(&answer.operation)).collect();
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for answer in &counted {
        *statuses.entry(answer.status).or_default() += 1;
    }
    let refused = statuses.get(&401).copied().unwrap_or_default();
    assert!(refused * ONE_REFUSED_OF <= counted.len(), "who calls was nobody: {statuses:?}");
    let granted = |answer: &&&Answer| (200..300).contains(&answer.status);
    let reached: BTreeSet<_> = counted.iter().filter(granted).map(|answer| &answer.operation).collect();
    let missed: Vec<_> = allowed.iter().filter(|operation| !reached.contains(operation)).collect();
    assert!(reached.len() >= at_least, "{} were called with success, but not {missed:#?}: {statuses:?}", reached.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_publisher_brings_a_fault_about() {
    let publisher = async |world: &World| {
        let (status, mine) = request(&world.running, &world.registry.token, Method::GET, "/api/v1/tokens", None).await;
        assert_eq!(status, StatusCode::OK, "{mine}");
        let is_shown = |token: &&serde_json::Value| token["label"] == "first token";
        let own = mine["tokens"].as_array().unwrap().iter().find(is_shown).unwrap();
        Caller {
            headers: BTreeMap::from([("Authorization", format!("Bearer {}", world.registry.token))]),
            own: vec![own["id"].as_str().unwrap().to_owned()],
            ..Caller::default()
        }
    };
    let may = |rule: Rule| {
        matches!(
            rule,
            Rule::Known
                | Rule::Owner(_)
                | Rule::Itself(_)
                | Rule::OwnToken
                | Rule::SeesOwners
                | Rule::Concerned
                | Rule::Author
                | Rule::AnyAuthor
                | Rule::Appellant
        )
    };
    call(publisher, 2, may, 20).await;
}

/// The operator owns what there is besides: so is allowed what people are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_operator_brings_a_fault_about() {
    let operator = async |world: &World| {
        world.registry.admin(&["account", "make-operator", &world.ada.id]);
        let (first, second) = (world.ada.sign_in(&world.running).await, world.ada.sign_in(&world.running).await);
        Caller {
            headers: BTreeMap::from([("Cookie", second.cookie.clone()), ("X-CSRF-Token", second.csrf.clone())]),
            own: vec![current_session(&second).await, membership(&second).await],
            ids: BTreeMap::from([("/account/sessions/", current_session(&first).await)]),
            ..Caller::default()
        }
    };
    let may =
        |rule: Rule| !matches!(rule, Rule::Public | Rule::Exchange | Rule::Owner(_) | Rule::Itself(_) | Rule::OwnToken);
    call(operator, 3, may, 60).await;
}

/// The id of the session in which a person asks.
async fn current_session(person: &Person) -> String {
    let listed = ok(person, Method::GET, "/api/v1/account/sessions", None).await;
    let sessions = listed["sessions"].as_array().unwrap();
    let current = sessions.iter().find(|session| session["is_current"] == true).unwrap();
    current["id"].as_str().unwrap().to_owned()
}

/// The id that a person has as a member of `adx`.
async fn membership(person: &Person) -> String {
    let mine = ok(person, Method::GET, "/api/v1/account/publishers", None).await;
    mine["publishers"][0]["member"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_brings_a_fault_about() {
    call(async |_| Caller::default(), 1, |_| false, 0).await;
}

//! A new name that resembles another waits for an operator, who is not the only one to know.

use adx_registry_core::names::MAX_WAITING;
use adx_tests::person::Person;
use adx_tests::stage::{Registry, request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::stage::{Publisher, get, kind};

/// Files of packages and envelopes.
fn stored_files(registry: &Registry) -> usize {
    std::fs::read_dir(registry.data().join("files/packages")).unwrap().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_whose_name_resembles_anothers_is_published_once_an_operator_allowed_it() {
    let registry = Registry::new();
    let running = registry.start();
    let acme = Publisher::new(&registry, &running, "acme").await;
    let operator = registry.create_operator_token();
    let (status, _) = acme.publish(&running, "acme/invoices").await;
    assert_eq!(status, StatusCode::CREATED);
    let (status, _) = acme.publish(&running, "acme/invoices-2").await;
    assert_eq!(status, StatusCode::CREATED, "one's own modules may be alike");

    let (token, ada) = (registry.create_publisher("stranger"), "ada");
    registry.owner(&running, &operator, "stranger", ada).await;
    let stranger = Publisher::with_token(&running, "stranger", token.clone()).await;
    let (status, answer) = stranger.publish(&running, "stranger/invoices").await;
    assert_eq!(status, StatusCode::CREATED, "the namespace tells the same name apart: {answer}");
    let before = stored_files(&registry);
    for _ in 0..2 {
        let (status, problem) = stranger.publish(&running, "stranger/invoces").await;
        assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "name-held"), "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("`stranger/invoces` leaves out a character of `acme/invoices`"), "{problem}");
        assert!(problem["hint"].as_str().unwrap().contains("/api/v1/publishers/stranger/names"), "{problem}");
    }
    assert_eq!(stored_files(&registry), before, "nothing of it is stored");
    assert_eq!(get(&running, "/api/v1/modules/stranger/invoces").await.0, StatusCode::NOT_FOUND);

    // Nobody fills the operators' list.
    for number in 1..MAX_WAITING {
        let (_, problem) = stranger.publish(&running, &format!("stranger/invoices{number}")).await;
        assert_eq!(kind(&problem), "name-held", "{problem}");
    }
    let (status, problem) = stranger.publish(&running, "stranger/invoices-too").await;
    assert_eq!(status, StatusCode::CREATED, "what resembles nothing is not concerned: {problem}");
    let (status, problem) = stranger.publish(&running, "stranger/lnvoices").await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "too-many-names"), "{problem}");

    // Who asked sees it, and so do the operators, once.
    let own = request(&running, &token, Method::GET, "/api/v1/publishers/stranger/names", None).await.1;
    let waiting = request(&running, &operator, Method::GET, "/api/v1/names/held", None).await.1;
    let (last, first) = (&own["names"][MAX_WAITING - 1], &waiting["names"][0]);
    for (names, one) in [(&own["names"], last), (&waiting["names"], first)] {
        assert_eq!(names.as_array().unwrap().len(), MAX_WAITING, "each once: {names}");
        let shown = (&one["name"], &one["resembles"], &one["likeness"], &one["state"]);
        let wanted = (&json!("stranger/invoces"), &json!("acme/invoices"), &json!("omitted"), &json!("held"));
        assert_eq!(shown, wanted);
    }
    let on_the_machine = registry.admin(&["names", "list"])["names"][0].clone();
    assert_eq!(on_the_machine["id"], waiting["names"][0]["id"]);
    assert_eq!((&on_the_machine["publisher"], &first["publisher"]), (&json!("stranger"), &json!("stranger")));

    // Refused for a reason, then allowed after all.
    let id = waiting["names"][0]["id"].as_str().unwrap();
    let decide = async |verb: &str, body: Option<Value>| {
        request(&running, &operator, Method::POST, &format!("/api/v1/names/held/{id}/{verb}"), body).await
    };
    let (status, problem) = decide("refuse", Some(json!({ "reason": "two\nlines" }))).await;
    assert_eq!((status, kind(&problem)), (StatusCode::UNPROCESSABLE_ENTITY, "invalid"));
    let (status, refused) = decide("refuse", Some(json!({ "reason": "it would be taken for acme/invoices" }))).await;
    assert_eq!((status, &refused["state"]), (StatusCode::OK, &json!("refused")), "{refused}");
    assert!(refused["decided_by"].as_str().unwrap().starts_with("token:"), "{refused}");
    let (status, problem) = stranger.publish(&running, "stranger/invoces").await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "name-refused"), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("it would be taken for acme/invoices"), "{problem}");
    let letter = registry.letter_to("ada@example.org", "it would be taken for acme/invoices").await;
    assert!(letter.contains("stranger/invoces"), "{letter}");
    let own = request(&running, &token, Method::GET, "/api/v1/publishers/stranger/names", None).await.1;
    let own = &own["names"][MAX_WAITING - 1];
    assert_eq!(own["reason"], "it would be taken for acme/invoices");
    assert!(own.get("decided_by").is_none(), "who decided is for operators: {own}");

    let grace = Person::operator(&registry, &running, "grace").await;
    let allow = format!("/api/v1/names/held/{id}/allow");
    let (status, allowed) = grace.send(Method::POST, &allow, None).await;
    assert_eq!((status, &allowed["state"]), (StatusCode::OK, &json!("allowed")), "{allowed}");
    assert_eq!(allowed["decided_by"], format!("account:{}", grace.id));
    registry.letter_to("ada@example.org", "adx publish").await;
    let (status, released) = stranger.publish(&running, "stranger/invoces").await;
    assert_eq!(status, StatusCode::CREATED, "{released}");
    let found = request(&running, &operator, Method::GET, "/api/v1/names/held?state=allowed", None).await.1;
    assert_eq!(found["names"][0]["id"], id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_resembles_another_takes_a_second_word() {
    let registry = Registry::new();
    registry.create_publisher("north-wind");
    let running = registry.start();
    let operator = registry.create_operator_token();
    let create = async |namespace: &str| {
        let body = json!({ "namespace": namespace, "display_name": "It" });
        request(&running, &operator, Method::POST, "/api/v1/publishers", Some(body)).await
    };
    for (namespace, words) in [
        ("wind-north", "has in another order the words of"),
        ("north-wnid", "swaps two characters of"),
        ("northwind", "leaves out a character of"),
        ("n0rth-w1nd", "looks like"),
    ] {
        let (status, problem) = create(namespace).await;
        assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "name-held"), "{namespace}: {problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(&format!("`{namespace}` {words} `north-wind`")), "{problem}");
        assert_eq!(get(&running, &format!("/api/v1/publishers/{namespace}")).await.0, StatusCode::NOT_FOUND);
    }
    let (status, problem) = create("north_wind").await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "namespace-taken"), "{problem}");
    assert_eq!(create("south-wind").await.0, StatusCode::CREATED);

    let names = registry.admin(&["names", "list"])["names"].clone();
    let names = names.as_array().unwrap();
    assert_eq!(names.len(), 4);
    let id = |name: &str| names.iter().find(|held| held["name"] == name).unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(registry.admin(&["names", "allow", &id("wind-north")])["decided_by"], "machine");
    assert!(names.iter().all(|held| held["publisher"].is_null() && held["asked_by"].is_null()), "{names:?}");
    registry.admin(&["names", "refuse", &id("n0rth-w1nd"), "--reason", "nobody types that by accident"]);
    assert_eq!(create("wind-north").await.0, StatusCode::CREATED);
    let (status, problem) = create("n0rth-w1nd").await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "name-refused"), "{problem}");
    let unknown = registry.try_admin(&["names", "allow", &"0".repeat(32)]);
    let said = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(
        said.contains("there is no such held name") && said.contains("hint: `adx-registry admin names list`"),
        "{said}"
    );

    // Whoever sits at the machine is told, and goes on.
    assert_eq!(registry.admin(&["create-publisher", "north-winds"])["resembles"], "north-wind");
    assert_eq!(registry.admin(&["create-publisher", "east-coast"])["resembles"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_allowed_is_kept_for_whoever_asked() {
    let registry = Registry::new();
    registry.create_publisher("north-wind");
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__PUBLISHERS__OPEN", "true");
    });
    let (ada, eve) =
        (Person::sign_up(&registry, &running, "ada").await, Person::sign_up(&registry, &running, "eve").await);
    let ask = async |person: &Person| {
        let body = json!({ "namespace": "n0rth-wind", "display_name": "It" });
        person.send(Method::POST, "/api/v1/publishers", Some(body)).await
    };
    let (status, problem) = ask(&ada).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "name-held"), "{problem}");
    let held = registry.admin(&["names", "list"]);
    registry.admin(&["names", "allow", held["names"][0]["id"].as_str().unwrap()]);
    let (status, problem) = ask(&eve).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "name-promised"), "{problem}");
    assert_eq!(ask(&ada).await.0, StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_asked_for_a_held_namespace_is_told_what_to_do_and_what_was_decided() {
    let registry = Registry::new();
    registry.create_publisher("north-wind");
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__PUBLISHERS__OPEN", "true");
    });
    let eve = Person::sign_up(&registry, &running, "eve").await;
    let mallory = Person::sign_up(&registry, &running, "mallory").await;
    let ask = async |person: &Person, namespace: &str| {
        let body = json!({ "namespace": namespace, "display_name": "It" });
        let (status, problem) = person.send(Method::POST, "/api/v1/publishers", Some(body)).await;
        (status, problem["hint"].as_str().unwrap_or_default().to_owned(), problem)
    };
    for namespace in ["northwind", "n0rth-w1nd"] {
        for _ in ["first", "again"] {
            let (status, hint, problem) = ask(&eve, namespace).await;
            assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "name-held"), "{problem}");
            assert!(hint.contains("You get a letter") && !hint.contains("/names/held/"), "{problem}");
        }
    }
    let (_, hint, problem) = ask(&mallory, "northwind").await;
    assert!(hint.contains("Choose another name") && !hint.contains("letter"), "{problem}");
    let (_, hint, problem) = ask(&mallory, "admin").await;
    assert!(kind(&problem) == "name-reserved" && !hint.contains("create-publisher"), "{problem}");

    let names = registry.admin(&["names", "list"])["names"].clone();
    let names = names.as_array().unwrap();
    let id = |name: &str| names.iter().find(|held| held["name"] == name).unwrap()["id"].as_str().unwrap().to_owned();
    // Operators see who asked first.
    let operator = registry.create_operator_token();
    let seen = request(&running, &operator, Method::GET, "/api/v1/names/held", None).await.1;
    assert_eq!(seen["names"][0]["asked_by"], json!({ "name": "eve", "email": eve.email }), "{seen}");
    registry.admin(&["names", "allow", &id("northwind")]);
    registry.letter_to(&eve.email, "An operator has allowed it").await;
    registry.admin(&["names", "refuse", &id("n0rth-w1nd"), "--reason", "nobody types that by accident"]);
    let letter = registry.letter_to(&eve.email, "An operator has refused it").await;
    assert!(letter.contains("nobody types that by accident") && letter.contains("/account/appeals"), "{letter}");
    assert_eq!(ask(&eve, "northwind").await.0, StatusCode::CREATED);
}

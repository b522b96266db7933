//! The same over HTTP: from the quote to the statement.

use adx_registry_core::licences::adopt_key;
use adx_tests::hello::{self, Behaviour};
use adx_tests::stage::client;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::engines::{Engine, on_every_engine};
use crate::submissions::stage::{Stage, kind, package, pipeline, text};

on_every_engine!(a_module_is_bought_and_paid);

/// A package of hello that costs 19 euros.
pub(super) fn priced() -> Vec<u8> {
    let manifest = hello::files("1.0.0", Behaviour::Plain).remove(&hello::path("module.toml")).unwrap();
    let price = "\n[module.marketplace.pricing]\nmodel = \"one-time\"\namount_minor = 1900\ncurrency = \"EUR\"\n";
    let manifest = String::from_utf8(manifest).unwrap() + price;
    package("1.0.0", &[("module.toml", &manifest)])
}

/// A registry that sells hello, and an owner's tenant.
async fn shop(engine: Engine) -> Stage {
    let stage = Stage::new(engine, pipeline("never")).await;
    adopt_key(&stage.ports, &"registry.test/log".parse().unwrap()).await.unwrap();
    let (status, answer) = stage.send(&priced()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let tenant = json!({ "tenant": "office", "namespace": "adx", "bill_to": "ADX\nKai 2" });
    let (status, answer) = stage.post(&stage.owner, "/tenants", tenant).await;
    assert_eq!((status, &answer["buyer"]), (StatusCode::CREATED, &json!("organisation")), "{answer}");
    stage
}

async fn order(stage: &Stage, key: Option<&str>, body: &Value) -> (StatusCode, Value) {
    let mut request = client().post(format!("{}/api/v1/orders", stage.url())).bearer_auth(&stage.owner).json(body);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

async fn a_module_is_bought_and_paid(engine: Engine) {
    let stage = shop(engine).await;
    let wanted = json!({ "tenant": "office", "module": "adx/hello", "cost_centre": "4711" });
    let (status, quote) = stage.post(&stage.owner, "/quotes", wanted.clone()).await;
    let total = json!({ "amount_minor": 1_900, "currency": "EUR", "text": "19.00 EUR" });
    assert_eq!((status, &quote["total"], &quote["may_buy"]), (StatusCode::OK, &total, &json!(true)), "{quote}");
    let (status, problem) = stage.post(&stage.publisher, "/quotes", wanted.clone()).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "a publisher's token buys nothing: {problem}");
    let (status, problem) = order(&stage, None, &wanted).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    let (status, placed) = order(&stage, Some("one"), &wanted).await;
    assert_eq!((status, &placed["state"]), (StatusCode::CREATED, &json!("pending")), "{placed}");
    assert_eq!(order(&stage, Some("one"), &wanted).await.1["id"], placed["id"]);
    let other = json!({ "tenant": "office", "module": "adx/hello" });
    let (status, problem) = order(&stage, Some("one"), &other).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "idempotency-key-reused"), "{problem}");

    let path = format!("/orders/{}", text(&placed["id"]));
    let (_, shown) = stage.get(&stage.owner, &path).await;
    let number = text(&shown["invoices"][0]).to_owned();
    assert!(text(&shown["instructions"]).contains(&number), "{shown}");
    let (status, pdf) = stage.bytes(Some(&stage.owner), &format!("/api/v1/invoices/{number}/pdf")).await;
    assert!(status == StatusCode::OK && pdf.starts_with(b"%PDF-"));
    let (_, waiting) = stage.get(&stage.operator, "/orders").await;
    assert_eq!(waiting["orders"][0]["id"], placed["id"], "{waiting}");
    let (status, problem) = stage.post(&stage.owner, &format!("{path}/paid"), json!({ "reference": "1" })).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{problem}");
    let wrong = json!({ "reference": "1", "amount": { "amount_minor": 1, "currency": "EUR" } });
    let (status, problem) = stage.post(&stage.operator, &format!("{path}/paid"), wrong).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "other-amount"), "{problem}");
    for _ in 0..2 {
        let (status, paid) = stage.post(&stage.operator, &format!("{path}/paid"), json!({ "reference": "=1+1" })).await;
        assert_eq!((status, &paid["order"]["state"]), (StatusCode::OK, &json!("active")), "{paid}");
    }
    let (_, licences) = stage.get(&stage.owner, "/tenants/office/licences").await;
    assert_eq!(licences["licences"][0]["state"], "in-force", "{licences}");
    the_licence_is_given_out(&stage, &licences["licences"][0]["id"]).await;
    let (_, statement) = stage.get(&stage.owner, "/publishers/adx/statement").await;
    assert_eq!(statement["balances"][0]["text"], "19.00 EUR", "{statement}");
    let (status, table) = stage.bytes(Some(&stage.owner), "/api/v1/tenants/office/statement.csv").await;
    let table = String::from_utf8(table).unwrap();
    assert!(
        status == StatusCode::OK && table.starts_with("at,kind,order,reference,amount_minor,currency\n"),
        "{table}"
    );
    assert!(table.contains(",'=1+1,-1900,EUR\n"), "no reference is a formula: {table}");
    let (status, problem) = stage.post(&stage.owner, &format!("{path}/cancel"), json!({})).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "order-state"), "{problem}");
    let (status, problem) = stage.call(&stage.owner, Method::DELETE, "/modules/adx/hello", None).await;
    assert_eq!(
        (status, kind(&problem)),
        (StatusCode::CONFLICT, "module-ordered"),
        "what was paid for stays: {problem}"
    );
}

/// To the tenant's people as it is and for some days, and to whoever has it for some days.
async fn the_licence_is_given_out(stage: &Stage, id: &Value) {
    const LICENCE: &str = "/api/v1/tenants/office/licences/adx/hello";
    let text_of = async |token: &str, path: &str| {
        let (status, bytes) = stage.bytes(Some(token), path).await;
        (status, String::from_utf8(bytes).unwrap())
    };
    let claims = |token: &str| -> Value {
        let claims = token.split('.').nth(1).expect("three parts");
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
    };
    let (status, licence) = text_of(&stage.owner, LICENCE).await;
    assert_eq!(status, StatusCode::OK, "{licence}");
    let said = claims(&licence);
    assert_eq!((&said["jti"], &said["sub"], &said["kind"]), (id, &json!("office"), &json!("perpetual")), "{said}");
    assert_eq!(said["exp"], Value::Null, "it is the licence itself");
    let (_, file) = text_of(&stage.owner, &format!("{LICENCE}?format=file")).await;
    assert!(file.starts_with("-----BEGIN ADX LICENCE-----\n") && file.contains("\nTenant: office\n"), "{file}");
    assert_eq!(text_of(&stage.owner, &format!("{LICENCE}?format=pdf")).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(text_of(&stage.publisher, LICENCE).await.0, StatusCode::NOT_FOUND, "a publisher's token sees none");

    let path = format!("{LICENCE}/lease");
    for shown in [&stage.owner, &licence] {
        let (status, lease) = text_of(shown, &path).await;
        assert_eq!(status, StatusCode::OK, "{lease}");
        assert!(claims(&lease)["exp"].is_number(), "{lease}");
    }
    let (status, problem) = text_of(&licence[..licence.len() - 3], &path).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{problem}");
    assert_eq!(text_of(&licence, LICENCE).await.0, StatusCode::UNAUTHORIZED, "it is no token of ours");
    let (status, problem) = text_of(&licence, "/api/v1/tenants/other/licences/adx/hello/lease").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
}

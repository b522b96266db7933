//! The same over HTTP: from the quote to the statement.

use adx_tests::hello::{self, Behaviour};
use adx_tests::stage::client;
use reqwest::StatusCode;
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
}

//! Paid by Stripe: by a program that stands for it, whose signed events come late, doubled, in another order, changed, or not at all.

use adx_tests::eventually;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client};
use adx_tests::stripe::{CARD, DECLINED, SECRET_KEY, Stripe, Told, WEBHOOK_SECRET};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;
use time::OffsetDateTime;

use super::commands::Buyer;
use super::http::priced;
use crate::submissions::stage::{package, text};

/// The same module for 19 euros a month.
fn monthly() -> Vec<u8> {
    let manifest = hello::files("1.1.0", Behaviour::Plain).remove(&hello::path("module.toml")).unwrap();
    let price = "\n[module.marketplace.pricing]\nmodel = \"subscription\"\namount_minor = 1900\ncurrency = \"EUR\"\n\
                 interval = \"month\"\n";
    let manifest = String::from_utf8(manifest).unwrap() + price;
    package("1.1.0", &[("module.toml", &manifest)])
}

/// Gives the registry something that was told.
async fn deliver(running: &Process, told: &Told) -> StatusCode {
    let request = client().post(format!("{}/api/v1/payments/stripe/events", running.url));
    let request = request.header("content-type", "application/json").header("stripe-signature", &told.signature);
    request.body(told.body.clone()).send().await.expect("the registry answers").status()
}

/// What was told of a kind, once it was.
async fn told(stripe: &Stripe, kind: &str, count: usize) -> Vec<Told> {
    let of_kind = || stripe.told().into_iter().filter(|told| told.kind() == kind).collect::<Vec<_>>();
    eventually(&format!("{kind} is told"), async || of_kind().len() >= count).await;
    of_kind()
}

/// A registry without rounds of comparing, so that nothing is learned but from what is told.
fn start(registry: &Registry, sweep_every: &str) -> Process {
    registry.start_with(|command| {
        command.env("ADX_REGISTRY__WORKER__SWEEP_EVERY", sweep_every);
    })
}

fn state(buyer: &Buyer<'_>, order: &str) -> Value {
    buyer.done(&["order", "show", order])["order"]["state"].clone()
}

async fn becomes(buyer: &Buyer<'_>, order: &str, wanted: &str) {
    eventually(&format!("the order is {wanted}"), async || state(buyer, order) == wanted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stripe_takes_is_noted_by_itself() {
    let Some(stripe) = Stripe::start().await else { return };
    let registry = Registry::with_environment(stripe.settings());
    let running = start(&registry, "1h");
    let operator = registry.create_operator_token();
    let token = registry.owner(&running, &operator, "adx", "ada").await;
    registry.register_key(&running).await;
    let sent = registry.publish(&running, &priced()).await.expect("the registry answers");
    assert_eq!(sent.status(), StatusCode::CREATED);
    let buyer = Buyer { registry: &registry, running: &running, token: token.clone() };
    buyer.done(&["tenant", "register", "office", "--bill-to", "ADX\\nKai 2", "--publisher", "adx"]);

    // A page of Stripe's, which is the same as long as it is open.
    let ordered = buyer.done(&["buy", "adx/hello", "--yes"]);
    let first = text(&ordered["id"]).to_owned();
    let shown = buyer.done(&["order", "show", &first]);
    let page = text(&shown["page"]).to_owned();
    assert!(page.starts_with("https://checkout.example/") && text(&shown["instructions"]).contains("test"), "{shown}");
    assert_eq!(buyer.done(&["order", "show", &first])["page"], json!(page));

    // A card that is declined pays nothing; one that is not, does.
    assert!(!stripe.pay(&page, DECLINED).await);
    let failed = told(&stripe, "payment_intent.payment_failed", 1).await.remove(0);
    assert!(stripe.pay(&page, CARD).await);
    let paid = told(&stripe, "payment_intent.succeeded", 1).await.remove(0);
    for forged in [
        Told { signature: String::new(), ..paid.clone() },
        Told { signature: paid.signature.replace("v1=", "v1=0"), ..paid.clone() },
        Told { body: [&paid.body[..], b" "].concat(), ..paid.clone() },
        Told { signature: paid.signature.replacen("t=1", "t=0", 1), ..paid.clone() },
    ] {
        assert_eq!(deliver(&running, &forged).await, StatusCode::BAD_REQUEST, "{}", forged.signature);
    }
    assert_eq!(state(&buyer, &first), "pending", "nothing came of what was forged");
    for _ in 0..3 {
        assert_eq!(deliver(&running, &paid).await, StatusCode::NO_CONTENT);
    }
    becomes(&buyer, &first, "active").await;
    // What came before is told late, and changes nothing.
    assert_eq!(deliver(&running, &failed).await, StatusCode::NO_CONTENT);
    let events = buyer.done(&["order", "show", &first])["events"].clone();
    let paid_by: Vec<_> = events.as_array().unwrap().iter().filter(|event| event["what"] == "order.pay").collect();
    assert_eq!(paid_by.len(), 1, "{events}");
    assert_eq!(paid_by[0]["by"], "provider", "{events}");
    drop(running);

    // What nobody told is found at the next round, which a start is.
    let running = start(&registry, "1h");
    let buyer = Buyer { registry: &registry, running: &running, token: token.clone() };
    let sent = registry.publish(&running, &monthly()).await.expect("the registry answers");
    assert_eq!(sent.status(), StatusCode::CREATED);
    let second = text(&buyer.done(&["buy", "adx/hello", "--yes"])["id"]).to_owned();
    let page = text(&buyer.done(&["order", "show", &second])["page"]).to_owned();
    let before = stripe.told().len();
    assert!(stripe.pay(&page, CARD).await);
    let invoices = told(&stripe, "invoice.payment_succeeded", 1).await;
    assert_eq!(state(&buyer, &second), "pending");
    drop(running);
    let running = start(&registry, "1h");
    let buyer = Buyer { registry: &registry, running: &running, token: token.clone() };
    becomes(&buyer, &second, "active").await;
    // Told at last, and in another order, it is known.
    for told in stripe.told()[before..].iter().rev().chain(&invoices) {
        assert_eq!(deliver(&running, told).await, StatusCode::NO_CONTENT, "{}", told.kind());
    }

    // The card is changed on a page of Stripe's, where something is taken by itself.
    let card = buyer.done(&["order", "card", &second]);
    assert!(text(&card["page"]).starts_with("https://billing.example/p/session/cus_"), "{card}");
    assert_eq!(buyer.done(&["order", "show", &second])["by_card"], true);
    let said = buyer.refused(&["order", "card", &first]);
    assert!(said.contains("there is no card to change") && said.contains("hint: "), "{said}");

    // What is cancelled here ends there, and what is given back here is given back there.
    buyer.done(&["order", "cancel", &second]);
    let subscription = text(&stripe.session(&page)["subscription"]).to_owned();
    eventually("the subscription ends with its period", async || {
        let path = format!("subscriptions/{subscription}");
        stripe.call(Method::GET, &path, &[]).await.1["cancel_at_period_end"] == true
    })
    .await;
    registry.admin(&["order", "refund", &second, "--reference", "by us", "--reason", "it does not do what it says"]);
    eventually("the money is given back, and the subscription over", async || {
        let path = format!("subscriptions/{subscription}");
        let is_over = stripe.call(Method::GET, &path, &[]).await.1["status"] == "canceled";
        let refunds = stripe.call(Method::GET, "refunds", &[]).await.1;
        is_over && refunds["data"].as_array().is_some_and(|refunds| refunds.len() == 1 && refunds[0]["amount"] == 1_900)
    })
    .await;
    // Money that Stripe gives back by itself is noted by the round.
    let payments = stripe.call(Method::GET, "payment_intents", &[("limit", "100")]).await.1;
    let of_first = |payment: &&Value| payment["metadata"]["order"] == json!(first) && payment["status"] == "succeeded";
    let payment = payments["data"].as_array().unwrap().iter().find(of_first).expect("the first payment");
    let (status, _) = stripe.call(Method::POST, "refunds", &[("payment_intent", text(&payment["id"]))]).await;
    assert_eq!(status, StatusCode::OK);
    drop(running);
    let running = start(&registry, "1h");
    let buyer = Buyer { registry: &registry, running: &running, token };
    becomes(&buyer, &first, "refunded").await;

    let log = running.log();
    assert!(!log.contains(SECRET_KEY) && !log.contains(WEBHOOK_SECRET));
    assert_eq!(stripe.refused(), Vec::<String>::new(), "what Stripe's description does not allow");
}

/// An event as Stripe signs it, so many seconds from now.
#[expect(clippy::disallowed_methods, reason = "the server under test has the time of this machine")]
fn signed(body: &Value, seconds: i64) -> Told {
    let (body, at) = (body.to_string().into_bytes(), OffsetDateTime::now_utc().unix_timestamp() + seconds);
    let mut mac = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).unwrap();
    mac.update(format!("{at}.").as_bytes());
    mac.update(&body);
    Told { signature: format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes())), body }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_is_taken_although_stripe_does_not_answer() {
    let settings = [
        ("PAYMENTS__PROVIDER", "stripe"),
        ("STRIPE__SECRET_KEY", SECRET_KEY),
        ("STRIPE__WEBHOOK_SECRET", WEBHOOK_SECRET),
        ("STRIPE__API_URL", "http://127.0.0.1:9"),
        ("SERVER__PUBLIC_URL", "https://registry.example.org"),
    ];
    let settings = settings.map(|(key, value)| (format!("ADX_REGISTRY__{key}"), value.to_owned()));
    let registry = Registry::with_environment(settings.into());
    let running = registry.start();
    let event = |kind: &str, live: bool, padding: usize| {
        let object = json!({ "id": "pi_1", "object": "payment_intent", "description": " ".repeat(padding) });
        json!({ "id": "evt_1", "type": kind, "livemode": live, "data": { "object": object } })
    };
    let ours = event("payment_intent.succeeded", false, 0);
    for (told, wanted) in [
        (signed(&ours, 0), StatusCode::NO_CONTENT),
        (signed(&ours, 0), StatusCode::NO_CONTENT),
        (signed(&event("payout.paid", false, 0), 0), StatusCode::NO_CONTENT),
        (signed(&ours, -301), StatusCode::BAD_REQUEST),
        (signed(&ours, 600), StatusCode::BAD_REQUEST),
        (signed(&event("payment_intent.succeeded", true, 0), 0), StatusCode::BAD_REQUEST),
        (signed(&json!([]), 0), StatusCode::BAD_REQUEST),
        (signed(&event("payment_intent.succeeded", false, 512 * 1024), 0), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let length = told.body.len();
        assert_eq!(deliver(&running, &told).await, wanted, "{} of {length} bytes", told.signature);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_is_paid_by_invoice_is_told_nothing() {
    let registry = Registry::new();
    let running = registry.start();
    let told = Told { signature: "t=1,v1=00".to_owned(), body: b"{}".to_vec() };
    assert_eq!(deliver(&running, &told).await, StatusCode::NOT_FOUND);
}

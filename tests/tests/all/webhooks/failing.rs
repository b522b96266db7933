//! Receivers that fail, hang and vanish, and servers that die.

use std::time::{Duration, Instant};

use adx_tests::stage::{Registry, request};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::receiver::{
    Answer, Receiver, configure, create, deliveries, everything_of_adx, metric, ping, start, webhook,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_is_called_again_with_the_same_id() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    let running = start(&registry, "72h");
    let owner = registry.owner(&running, &operator, "adx", "ada").await;
    let receiver = Receiver::new().await;
    let (id, secret) = create(&running, &owner, everything_of_adx(&receiver)).await;
    receiver.answer_next([Answer::Status(500), Answer::Status(429)]);
    assert_eq!(ping(&running, &owner, &id).await, StatusCode::ACCEPTED);
    let received = receiver.wait_for(3).await;
    assert!(received.iter().all(|request| request.id() == received[0].id() && request.is_signed_with(&secret)));
    let mut log = Vec::new();
    adx_tests::eventually("it is recorded", async || {
        log = deliveries(&running, &owner, &id).await;
        log[0]["state"] == "delivered"
    })
    .await;
    let statuses: Vec<_> =
        log[0]["attempts"].as_array().unwrap().iter().map(|attempt| attempt["status"].clone()).collect();
    assert_eq!(statuses, [json!(204), json!(429), json!(500)]);
    assert!(log[0]["attempts"][1]["error"].as_str().unwrap().contains("429"), "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_gone_or_fails_for_too_long_is_called_no_more() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    let running = start(&registry, "1s");
    let owner = registry.owner(&running, &operator, "adx", "ada").await;
    let (gone, failing) = (Receiver::new().await, Receiver::new().await);
    gone.answer_all(Answer::Status(410));
    failing.answer_all(Answer::Status(503));
    let (gone_id, _) = create(&running, &owner, everything_of_adx(&gone)).await;
    let (failing_id, _) = create(&running, &owner, everything_of_adx(&failing)).await;
    for id in [&gone_id, &failing_id] {
        assert_eq!(ping(&running, &owner, id).await, StatusCode::ACCEPTED);
        adx_tests::eventually("it is turned off", async || webhook(&running, &owner, id).await["enabled"] == false)
            .await;
        let letter = registry.letter_to("ada@example.org", id).await;
        assert!(letter.contains("turned off") && !letter.contains("from=adx"), "{letter}");
    }
    assert_eq!(gone.received().len(), 1);
    let tried = failing.received().len();
    assert!(tried > 1, "it was tried again");
    assert_eq!(metric(&running, "adx_webhook_deliveries_failed").await, 2);
    assert_eq!(metric(&running, "adx_webhooks_off").await, 2);
    let told = registry.admin(&["audit", "--act", "webhook.disable"]);
    assert_eq!(told["entries"].as_array().unwrap().len(), 2);
    assert_eq!(told["entries"][0]["who"], "job");

    // Once it works, what was given up is sent on demand.
    failing.answer_all(Answer::Status(200));
    let path = format!("/api/v1/webhooks/{failing_id}");
    assert_eq!(request(&running, &owner, Method::PUT, &path, Some(json!({ "enabled": true }))).await.0, StatusCode::OK);
    let failed = deliveries(&running, &owner, &failing_id).await[0]["id"].clone();
    let replay = format!("{path}/replay");
    let (status, _) = request(&running, &owner, Method::POST, &replay, Some(json!({ "delivery": failed }))).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    failing.wait_for(tried + 1).await;
    adx_tests::eventually("it is delivered", async || metric(&running, "adx_webhook_deliveries_failed").await == 1)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_does_not_end_its_answer_keeps_no_server_from_stopping() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    let running = registry.start_with(|command| {
        configure(command, "72h");
        command.env("ADX_REGISTRY__SERVER__SHUTDOWN_TIMEOUT", "1s");
    });
    let owner = registry.owner(&running, &operator, "adx", "ada").await;
    let receiver = Receiver::new().await;
    let (id, _) = create(&running, &owner, everything_of_adx(&receiver)).await;
    receiver.answer_all(Answer::Slowly);
    let asked = Instant::now();
    assert_eq!(ping(&running, &owner, &id).await, StatusCode::ACCEPTED);
    receiver.wait_for(1).await;
    assert!(running.stop().success());
    assert!(asked.elapsed() < Duration::from_secs(8), "an answer is waited for ten seconds otherwise");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_by_a_server_that_died_is_sent_again_with_the_same_id() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    let receiver = Receiver::new().await;
    let running = start(&registry, "72h");
    let owner = registry.owner(&running, &operator, "adx", "ada").await;
    let (id, _) = create(&running, &owner, everything_of_adx(&receiver)).await;
    assert!(running.stop().success());
    let dying = registry.start_with(|command| {
        configure(command, "72h");
        command.env(adx_tests::stage::ABORT_AT, "webhook.sent");
    });
    // The answer may not arrive any more: the lane is quick.
    let _ =
        adx_tests::stage::try_request(&dying, &owner, Method::POST, &format!("/api/v1/webhooks/{id}/ping"), None).await;
    let first = receiver.wait_for(1).await.remove(0);
    drop(dying);
    let running = start(&registry, "72h");
    let again = receiver.wait_for(2).await.remove(1);
    assert_eq!((again.id(), &again.body), (first.id(), &first.body));
    adx_tests::eventually("it is recorded", async || {
        deliveries(&running, &owner, &id).await[0]["state"] == "delivered"
    })
    .await;
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_answers_byte_by_byte_holds_up_nobody_else() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    let running = start(&registry, "72h");
    let owner = registry.owner(&running, &operator, "adx", "ada").await;
    let (slow, quick) = (Receiver::new().await, Receiver::new().await);
    slow.answer_all(Answer::Slowly);
    let (slow_id, _) = create(&running, &owner, everything_of_adx(&slow)).await;
    let (quick_id, _) = create(&running, &owner, everything_of_adx(&quick)).await;
    for _ in 0..20 {
        assert_eq!(ping(&running, &owner, &slow_id).await, StatusCode::ACCEPTED);
    }
    slow.wait_for(4).await;
    let begun = Instant::now();
    assert_eq!(ping(&running, &owner, &quick_id).await, StatusCode::ACCEPTED);
    quick.wait_for(1).await;
    // A letter is a job like any other.
    let body = json!({ "email": "new@example.org" });
    assert!(adx_tests::person::post(&running, "/api/v1/sign-up", &body).await.status().is_success());
    registry.letter_to("new@example.org", "verify").await;
    assert!(begun.elapsed() < Duration::from_secs(9), "nobody waited for the slow one: {:?}", begun.elapsed());
    assert_eq!(slow.received().len(), 4, "no more than so many at once to one host");
    // It is given up on after ten seconds, not held for ever.
    adx_tests::eventually("the slow one is an error", async || {
        let log = deliveries(&running, &owner, &slow_id).await;
        log.iter().any(|delivery| delivery["attempts"][0]["error"].is_string())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_with_many_slow_receivers_holds_up_nobody_else() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    let running = start(&registry, "72h");
    let slow_owner = registry.owner(&running, &operator, "adx", "ada").await;
    registry.create_publisher("other");
    let owner = registry.owner(&running, &operator, "other", "eve").await;
    let (quick, of_operators) = (Receiver::new().await, Receiver::new().await);
    let (quick_id, _) = create(&running, &owner, json!({ "namespace": "other", "url": quick.url })).await;
    let (of_operators_id, _) =
        create(&running, &operator, json!({ "url": of_operators.url, "events": ["ping"] })).await;
    // Each at a port of its own, as one machine can have as many as it likes.
    let mut slow = Vec::new();
    for _ in 0..5 {
        let receiver = Receiver::new().await;
        receiver.answer_all(Answer::Slowly);
        slow.push((create(&running, &slow_owner, everything_of_adx(&receiver)).await.0, receiver));
    }
    for _ in 0..5 {
        for (id, _) in &slow {
            assert_eq!(ping(&running, &slow_owner, id).await, StatusCode::ACCEPTED);
        }
    }
    slow[0].1.wait_for(1).await;
    let begun = Instant::now();
    assert_eq!(ping(&running, &owner, &quick_id).await, StatusCode::ACCEPTED);
    assert_eq!(ping(&running, &operator, &of_operators_id).await, StatusCode::ACCEPTED);
    quick.wait_for(1).await;
    of_operators.wait_for(1).await;
    assert!(begun.elapsed() < Duration::from_secs(9), "nobody waited for the slow ones: {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_followed_elsewhere_and_no_proxy_is_asked() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    let proxy = Receiver::new().await;
    let address = proxy.url.split("/hook").next().unwrap().to_owned();
    let running = registry.start_with(|command| {
        configure(command, "72h");
        for variable in ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"] {
            command.env(variable, &address);
        }
    });
    let owner = registry.owner(&running, &operator, "adx", "ada").await;
    let (receiver, elsewhere) = (Receiver::new().await, Receiver::new().await);
    receiver.answer_next([Answer::Redirect(elsewhere.url.clone())]);
    let (id, _) = create(&running, &owner, everything_of_adx(&receiver)).await;
    assert_eq!(ping(&running, &owner, &id).await, StatusCode::ACCEPTED);
    // Where it leads is not asked; the receiver itself is, once more.
    let received = receiver.wait_for(2).await;
    assert_eq!(received[0].id(), received[1].id());
    assert!(elsewhere.received().is_empty() && proxy.received().is_empty());
}

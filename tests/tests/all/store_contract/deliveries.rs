//! Each webhook has its deliveries, whatever waits for another, and no more of them than one takes.

use std::sync::Arc;

use adx_registry_core::Id;
use adx_registry_core::audit::{Act, AuditFilter, NewEntry, Subject, Who};
use adx_registry_core::ports::Written;
use adx_registry_core::publisher::Publisher;
use adx_registry_core::webhooks::{
    Delivery, DeliveryState, Event, HookUrl, SendAttempt, Webhook, announce, due_webhooks,
};
use serde_json::json;
use time::Duration;

use crate::engines::{Engine, Samples, on_every_engine};
use crate::lock_order::ports;

on_every_engine!(
    each_webhook_is_due_by_itself,
    one_for_which_too_much_waits_is_turned_off,
    words_of_a_newer_version_hold_up_nobody,
);

fn webhook(samples: &Samples, publisher: Option<Id<Publisher>>, url: &str) -> Webhook {
    Webhook {
        id: samples.id(),
        publisher,
        url: HookUrl::stored(url).unwrap(),
        events: Vec::new(),
        sealed_secret: "sealed".to_owned(),
        sealed_before: None,
        created_at: Samples::now(),
        disabled: None,
    }
}

fn delivery(samples: &Samples, hook: &Webhook, minutes: i64) -> Delivery {
    Delivery {
        id: samples.id(),
        webhook: hook.id,
        host: hook.url.host(),
        event: Event::Ping,
        entry: None,
        body: "{}".to_owned(),
        created_at: Samples::now(),
        started_at: Samples::now(),
        state: DeliveryState::Waiting,
        run_at: Samples::now() + Duration::minutes(minutes),
        attempts: 0,
        log: Vec::new(),
    }
}

async fn each_webhook_is_due_by_itself(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "acme").await;
    let busy = webhook(&samples, Some(signer.publisher.id), "https://busy.example:8443/hook");
    let quiet = webhook(&samples, None, "https://quiet.example/hook");
    let off = Webhook { disabled: Some((Samples::now(), "off".to_owned())), ..busy.clone() };
    let off = Webhook { id: samples.id(), ..off };
    let [first, second, later] = [1, 2, 60].map(|minutes| delivery(&samples, &busy, minutes));
    let of_quiet = delivery(&samples, &quiet, 3);
    let mut transaction = engine.store.begin().await.unwrap();
    for hook in [&busy, &quiet, &off] {
        transaction.insert_webhook(hook).await.unwrap();
    }
    for delivery in [&second, &later, &first, &of_quiet, &delivery(&samples, &off, 0)] {
        transaction.insert_delivery(delivery).await.unwrap();
    }
    transaction.commit(Written::SAMPLE).await.unwrap();

    let at = |minutes| Samples::now() + Duration::minutes(minutes);
    let due = async |minutes| {
        let due = engine.store.read().await.unwrap().due_webhooks(at(minutes)).await.unwrap();
        due.into_iter().map(|hook| (hook.id, hook.publisher, hook.host, hook.since)).collect::<Vec<_>>()
    };
    let claim = async |hook: &Webhook, minutes| {
        let mut transaction = engine.store.begin().await.unwrap();
        let claimed = transaction.claim_delivery(hook.id, at(minutes), at(minutes + 1)).await.unwrap();
        transaction.commit(Written::SAMPLE).await.unwrap();
        claimed
    };
    assert!(due(0).await.is_empty());
    let is_busy = (busy.id, busy.publisher, "busy.example:8443".to_owned(), first.run_at);
    assert_eq!(due(2).await, [is_busy]);
    assert_eq!(claim(&quiet, 2).await, None);
    let claimed = claim(&busy, 2).await.unwrap();
    assert_eq!((claimed.id, claimed.state, claimed.attempts), (first.id, DeliveryState::Leased, 1));
    assert_eq!(engine.store.read().await.unwrap().waiting_deliveries(busy.id).await.unwrap(), 2);
    // Its lease has run out: it goes before what waits.
    let again = claim(&busy, 3).await.unwrap();
    assert_eq!((again.id, again.attempts), (first.id, 2));
    assert_eq!(claim(&busy, 3).await.unwrap().id, second.id);
    assert_eq!(claim(&busy, 3).await, None, "nothing else of it is due");
    assert_eq!(claim(&off, 3).await, None);
    assert_eq!(due(3).await, [(quiet.id, None, "quiet.example:443".to_owned(), of_quiet.run_at)]);

    let taken = Delivery { state: DeliveryState::Delivered, ..again };
    let attempt = SendAttempt { at: at(3), status: Some(204), duration_ms: 1, error: None };
    let mut transaction = engine.store.begin().await.unwrap();
    assert!(transaction.record_attempt(&taken, &attempt).await.unwrap());
    transaction.give_up_deliveries(busy.id).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut reader = engine.store.read().await.unwrap();
    let mut states = Vec::new();
    for id in [first.id, second.id, later.id, of_quiet.id] {
        states.push(reader.delivery(id).await.unwrap().unwrap().state);
    }
    let leased = DeliveryState::Leased;
    assert_eq!(states, [DeliveryState::Delivered, leased, DeliveryState::Failed, DeliveryState::Waiting]);
}

/// 9,999 that wait for the one webhook of the publisher `acme`.
const MANY_WAIT: &str = "
    INSERT INTO webhook_deliveries (id, webhook_id, host, event, body, created_at, started_at, state, run_at, attempts)
    SELECT '0000000000000000000000' || CAST(1000000000 + n.number AS TEXT), w.id, 'full.example:443', 'ping', '{}', 0, 0,
           'waiting', 0, 0
    FROM webhooks w CROSS JOIN (
        WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 9999)
        SELECT number FROM numbers
    ) AS n WHERE w.publisher_id IS NOT NULL";

async fn one_for_which_too_much_waits_is_turned_off(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "acme").await;
    let full = webhook(&samples, Some(signer.publisher.id), "https://full.example/hook");
    let of_operators = webhook(&samples, None, "https://quiet.example/hook");
    let mut transaction = engine.store.begin().await.unwrap();
    for hook in [&full, &of_operators] {
        transaction.insert_webhook(hook).await.unwrap();
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
    engine.execute(MANY_WAIT).await;
    let ports = ports(Arc::clone(&engine.store));
    let happens = async || {
        let told = NewEntry {
            at: Samples::now(),
            who: Who::Machine,
            network: None,
            request: None,
            act: Act::TokenCreate,
            subject: Subject { publisher: Some(signer.publisher.id), ..Subject::default() },
            detail: json!({}),
            leaf: None,
        };
        let mut transaction = engine.store.begin().await.unwrap();
        transaction.tell(told);
        transaction.commit(Written::Told).await.unwrap();
        announce(&ports).await.unwrap()
    };
    assert_eq!(happens().await, 2, "as many as may wait");
    assert_eq!(happens().await, 1, "the operators' alone");
    let mut reader = engine.store.read().await.unwrap();
    let (_, reason) = reader.webhook(full.id).await.unwrap().unwrap().disabled.expect("it is off");
    assert!(reason.contains("too many deliveries"), "{reason}");
    assert_eq!(reader.waiting_deliveries(full.id).await.unwrap(), 0, "they were given up");
    assert_eq!(reader.webhook_counts().await.unwrap().failed, 10_000);
    assert_eq!(reader.waiting_deliveries(of_operators.id).await.unwrap(), 2);
    let off = AuditFilter { act: Some(Act::WebhookDisable), ..AuditFilter::default() };
    assert_eq!(reader.audit_after(&off, 0, 9).await.unwrap().len(), 1);
    let due = due_webhooks(&ports).await.unwrap();
    assert_eq!(due.iter().map(|hook| hook.id).collect::<Vec<_>>(), [of_operators.id]);
}

async fn words_of_a_newer_version_hold_up_nobody(engine: Engine) {
    let samples = Samples::default();
    let hook = webhook(&samples, None, "https://quiet.example/hook");
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.insert_webhook(&hook).await.unwrap();
    transaction.insert_delivery(&delivery(&samples, &hook, 0)).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    engine.execute("UPDATE webhooks SET events = '[\"moon.rose\"]'").await;
    engine.execute("UPDATE webhook_deliveries SET event = 'moon.rose'").await;

    let mut transaction = engine.store.begin().await.unwrap();
    let [known] = &transaction.active_webhooks().await.unwrap()[..] else { panic!("one is on") };
    let words = |hook: &Webhook| hook.events.iter().map(|event| event.as_str()).collect::<Vec<_>>();
    assert_eq!(words(known), ["moon.rose"]);
    assert!(!known.is_told(Event::TokenCreated, None), "it is not told everything for that");
    transaction.update_webhook(known).await.unwrap();
    let kept = transaction.webhook(hook.id).await.unwrap().unwrap();
    assert_eq!(words(&kept), ["moon.rose"], "an older version forgets nothing of it");
    let now = Samples::now();
    let claimed = transaction.claim_delivery(hook.id, now, now + Duration::minutes(1)).await.unwrap().unwrap();
    assert_eq!(claimed.event.as_str(), "moon.rose", "what was to be sent is sent");
    transaction.commit(Written::SAMPLE).await.unwrap();
}

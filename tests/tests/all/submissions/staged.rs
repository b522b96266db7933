//! What an owner has to confirm.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use adx_registry_core::actor::Actor;
use adx_registry_core::authenticate::authenticate;
use adx_registry_core::checks::{Check, CheckBroke, Finding, Subject};
use adx_registry_core::owners::accept_invitation;
use adx_registry_core::renew_tokens::{renew_publisher_token_on_the_machine, revoke_token_on_the_machine};
use adx_registry_core::review::{CheckRule, Pipeline};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::stage::{Stage, kind, package, path_of, pipeline, text, with};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    what_an_owner_has_to_confirm_waits_for_that_alone,
    an_owner_has_the_last_word_after_an_operator,
    what_was_sent_before_the_rule_is_confirmed_too,
    the_first_owner_does_not_confirm_what_the_operators_token_sent,
    what_a_token_of_nobody_known_sent_no_owner_confirms_and_an_operator_does,
    the_operators_token_ends_with_the_first_owner,
    what_is_under_way_when_the_rule_is_turned_on_is_not_released,
    what_is_under_way_when_its_publisher_is_put_on_hold_is_not_released,
);

/// Ada, who has the token that the operator made the publisher with since she became its owner, has a second owner, whose token this
/// gives, and turns the rule on.
async fn staged(stage: &Stage) -> String {
    let bob = invite_bob(stage).await;
    let path = "/publishers/adx/publishing/staged";
    let (status, rules) = stage.call(&stage.owner, Method::POST, path, None).await;
    assert_eq!((status, &rules["staged"]), (StatusCode::OK, &json!(true)), "{rules}");
    stage.work().await;
    stage.mail.take();
    bob
}

async fn invite_bob(stage: &Stage) -> String {
    let action = json!({ "kind": "invite-owner", "name": "bob", "email": "bob@example.org" });
    let (status, done) = stage.post(&stage.owner, "/publishers/adx/proposals", json!({ "action": action })).await;
    assert_eq!((status, &done["state"]), (StatusCode::CREATED, &json!("done")), "{done}");
    stage.work().await;
    let bob = accept_invitation(&stage.ports, &stage.mail.code("bob")).await.unwrap();
    bob.issued.text.expose().to_owned()
}

async fn what_an_owner_has_to_confirm_waits_for_that_alone(engine: Engine) {
    let stage = Stage::new(engine, pipeline("never")).await;
    let bob = staged(&stage).await;
    let bytes = package("1.0.0", &[]);
    let (status, waits) = stage.send(&bytes).await;
    assert_eq!(
        (status, &waits["state"], &waits["causes"]),
        (StatusCode::ACCEPTED, &json!("staged"), &json!(["staged"])),
        "{waits}"
    );
    stage.assert_unseen(&bytes).await;
    let id = text(&waits["id"]);
    stage.work().await;
    let letters = stage.mail.take();
    let mut told: Vec<_> = letters.iter().map(|letter| letter.to.as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, ["ada@example.org", "bob@example.org"], "operators are not asked");
    assert!(letters.iter().all(|letter| letter.text.contains(&format!("adx submissions confirm {id}"))), "{letters:?}");
    let (_, queue) = stage.get(&stage.operator, "/submissions").await;
    assert_eq!(queue["submissions"], json!([]), "no operator has to decide");

    let confirm = format!("/submissions/{id}/confirm");
    for (token, expected) in [(&stage.publisher, StatusCode::FORBIDDEN), (&stage.operator, StatusCode::FORBIDDEN)] {
        assert_eq!(stage.call(token, Method::POST, &confirm, None).await.0, expected);
    }
    let (status, problem) = stage.post(&stage.operator, &format!("/submissions/{id}/approve"), json!({})).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "submission-waits-for-another"), "{problem}");
    assert_eq!(stage.releases().await, 0);

    let both = futures::future::join(
        stage.call(&bob, Method::POST, &confirm, None),
        stage.call(&bob, Method::POST, &confirm, None),
    );
    let (one, other) = both.await;
    let mut statuses = [one.0.as_u16(), other.0.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{one:?} {other:?}");
    let (told, _) = stage.both_views(&waits["id"]).await;
    assert_eq!(path_of(&told), ["started", "validating", "scanning", "staged", "released"]);
    let (status, again) = stage.send(&bytes).await;
    assert_eq!((status, &again["version"]), (StatusCode::OK, &json!("1.0.0")), "{again}");

    let (_, next) = stage.send(&package("1.1.0", &[])).await;
    let withdraw = format!("/submissions/{}/withdraw", text(&next["id"]));
    assert_eq!(stage.call(&stage.owner, Method::POST, &withdraw, None).await.0, StatusCode::OK);
    assert_eq!(stage.releases().await, 1);
}

async fn an_owner_has_the_last_word_after_an_operator(engine: Engine) {
    let stage = Stage::new(engine, pipeline("findings")).await;
    let bob = staged(&stage).await;
    for (version, severity, state) in [("1.0.0", "warning", "in-review"), ("2.0.0", "harmful", "quarantined")] {
        let (status, waits) = stage.send(&package(version, &[("docs/first.txt", &format!("{severity} thing"))])).await;
        assert_eq!(
            (status, &waits["state"], &waits["causes"]),
            (StatusCode::ACCEPTED, &json!("in-review"), &json!(["findings", "staged"])),
            "{waits}"
        );
        let id = text(&waits["id"]);
        let (_, seen) = stage.both_views(&waits["id"]).await;
        assert_eq!(seen["submission"]["state"], state);
        let confirm = format!("/submissions/{id}/confirm");
        let (status, problem) = stage.call(&bob, Method::POST, &confirm, None).await;
        assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "submission-waits-for-another"), "{problem}");
        let body = json!({ "reason": "it is fine" });
        let (status, approved) = stage.post(&stage.operator, &format!("/submissions/{id}/approve"), body).await;
        assert_eq!((status, &approved["state"]), (StatusCode::ACCEPTED, &json!("staged")), "{approved}");
        let releases = stage.releases().await;
        let (status, receipt) = stage.call(&bob, Method::POST, &confirm, None).await;
        assert_eq!((status, &receipt["version"]), (StatusCode::OK, &json!(version)), "{receipt}");
        assert_eq!(stage.releases().await, releases + 1);
    }
}

async fn what_was_sent_before_the_rule_is_confirmed_too(engine: Engine) {
    let stage = Stage::new(engine, pipeline("always")).await;
    let (_, waits) = stage.send(&package("1.0.0", &[])).await;
    assert_eq!(waits["causes"], json!(["always"]));
    staged(&stage).await;
    let approve = format!("/submissions/{}/approve", text(&waits["id"]));
    let (status, approved) = stage.post(&stage.operator, &approve, json!({})).await;
    assert_eq!((status, &approved["state"]), (StatusCode::ACCEPTED, &json!("staged")), "{approved}");
    let reject = format!("/submissions/{}/reject", text(&waits["id"]));
    let (status, rejected) = stage.post(&stage.operator, &reject, json!({ "reason": "after all not" })).await;
    assert_eq!((status, &rejected["state"]), (StatusCode::OK, &json!("rejected")), "{rejected}");
    assert_eq!(stage.releases().await, 0);
}

/// Sends a version that waits for an owner; gives the path of what is asked of it.
async fn waiting(stage: &Stage, version: &str) -> String {
    let (status, waits) = stage.send(&package(version, &[])).await;
    assert_eq!((status, &waits["state"]), (StatusCode::ACCEPTED, &json!("staged")), "{waits}");
    format!("/submissions/{}", text(&waits["id"]))
}

async fn refused(stage: &Stage, owner: &str, submission: &str, with: &str) {
    let releases = stage.releases().await;
    let (status, problem) = stage.call(owner, Method::POST, &format!("{submission}/confirm"), None).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, with), "{problem}");
    assert_eq!(stage.releases().await, releases);
}

async fn the_first_owner_does_not_confirm_what_the_operators_token_sent(engine: Engine) {
    let mut stage = Stage::new(engine, pipeline("never")).await;
    let bob = staged(&stage).await;
    let first = waiting(&stage, "1.0.0").await;
    refused(&stage, &stage.owner, &first, "another-owner-confirms").await;
    let (status, receipt) = stage.call(&bob, Method::POST, &format!("{first}/confirm"), None).await;
    assert_eq!((status, &receipt["version"]), (StatusCode::OK, &json!("1.0.0")), "{receipt}");

    // One that takes its place is of whoever had that.
    let namespace = "adx".parse().unwrap();
    let (renewed, _) = renew_publisher_token_on_the_machine(&stage.ports, &namespace).await.unwrap();
    stage.publisher = renewed.text.expose().to_owned();
    let second = waiting(&stage, "2.0.0").await;
    refused(&stage, &stage.owner, &second, "another-owner-confirms").await;
    let (status, receipt) = stage.call(&bob, Method::POST, &format!("{second}/confirm"), None).await;
    assert_eq!((status, &receipt["version"]), (StatusCode::OK, &json!("2.0.0")), "{receipt}");
}

async fn what_a_token_of_nobody_known_sent_no_owner_confirms_and_an_operator_does(engine: Engine) {
    let mut stage = Stage::new(engine, pipeline("never")).await;
    let bob = staged(&stage).await;
    // None is left that tells whose the next is.
    let Actor::Publisher { token, .. } = authenticate(&stage.ports, Some(&stage.publisher)).await.unwrap() else {
        panic!("a publisher's token");
    };
    revoke_token_on_the_machine(&stage.ports, token.id).await.unwrap();
    let (renewed, before) = renew_publisher_token_on_the_machine(&stage.ports, &"adx".parse().unwrap()).await.unwrap();
    assert_eq!(before, 0);
    stage.publisher = renewed.text.expose().to_owned();
    let submission = waiting(&stage, "1.0.0").await;
    for owner in [&stage.owner, &bob] {
        refused(&stage, owner, &submission, "operator-confirms").await;
    }
    let approve = format!("{submission}/approve");
    assert_eq!(stage.post(&bob, &approve, json!({})).await.0, StatusCode::FORBIDDEN);
    let (status, receipt) = stage.post(&stage.operator, &approve, json!({})).await;
    assert_eq!((status, &receipt["version"]), (StatusCode::OK, &json!("1.0.0")), "{receipt}");
    assert_eq!(stage.releases().await, 1);
}

async fn the_operators_token_ends_with_the_first_owner(engine: Engine) {
    let stage = Stage::new(engine, pipeline("never")).await;
    let bob = invite_bob(&stage).await;
    assert_eq!(stage.get(&stage.publisher, "/tokens").await.0, StatusCode::OK);
    let (_, owners) = stage.get(&bob, "/publishers/adx/owners").await;
    let listed = owners["owners"].as_array().unwrap_or_else(|| panic!("{owners}"));
    let ada = listed.iter().find(|owner| owner["name"] == "ada").unwrap();
    let action = json!({ "kind": "remove-owner", "owner": ada["id"] });
    let (status, open) = stage.post(&bob, "/publishers/adx/proposals", json!({ "action": action })).await;
    assert_eq!(status, StatusCode::CREATED, "{open}");
    let approve = format!("/publishers/adx/proposals/{}/approve", text(&open["id"]));
    let (status, done) = stage.call(&stage.owner, Method::POST, &approve, None).await;
    assert_eq!((status, &done["state"]), (StatusCode::OK, &json!("done")), "{done}");
    assert_eq!(stage.get(&stage.publisher, "/tokens").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(stage.send(&package("1.0.0", &[])).await.0, StatusCode::UNAUTHORIZED);
}

/// A check that says that it has begun, and ends when it may.
struct Gate {
    began: SyncSender<()>,
    may_end: Mutex<Receiver<()>>,
}

impl Check for Gate {
    fn name(&self) -> &'static str {
        "gate"
    }

    fn run(&self, _: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        // Nobody waits for the second time.
        let _ = self.began.send(());
        self.may_end.lock().expect("nobody panicked").recv().expect("somebody ends it");
        Ok(Vec::new())
    }
}

/// A registry whose check ends when it may; what tells that it began, and what lets it end.
async fn gated(engine: Engine) -> (Stage, Receiver<()>, SyncSender<()>) {
    let ((began, has_begun), (end, may_end)) = (sync_channel(1), sync_channel(1));
    let gate = Gate { began, may_end: Mutex::new(may_end) };
    let pipeline = Pipeline { checks: vec![with(gate, CheckRule::ENFORCED)], ..pipeline("never") };
    (Stage::new(engine, pipeline).await, has_begun, end)
}

async fn what_is_under_way_when_the_rule_is_turned_on_is_not_released(engine: Engine) {
    let (stage, has_begun, end) = gated(engine).await;
    let bytes = package("1.0.0", &[]);
    let between = async {
        tokio::task::spawn_blocking(move || has_begun.recv().expect("it begins")).await.unwrap();
        staged(&stage).await;
        end.send(()).unwrap();
    };
    let ((status, problem), ()) = futures::future::join(stage.send(&bytes), between).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "publishing-stricter"), "{problem}");
    assert_eq!(stage.releases().await, 0);
    end.send(()).unwrap();
    let (status, waits) = stage.send(&bytes).await;
    assert_eq!((status, &waits["state"]), (StatusCode::ACCEPTED, &json!("staged")), "{waits}");
}

async fn what_is_under_way_when_its_publisher_is_put_on_hold_is_not_released(engine: Engine) {
    let (stage, has_begun, end) = gated(engine).await;
    let bytes = package("1.0.0", &[]);
    let between = async {
        tokio::task::spawn_blocking(move || has_begun.recv().expect("it begins")).await.unwrap();
        stage.stand("held").await;
        end.send(()).unwrap();
    };
    let ((status, problem), ()) = futures::future::join(stage.send(&bytes), between).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "publishing-stricter"), "{problem}");
    assert!(text(&problem["hint"]).contains("operator"), "{problem}");
    assert_eq!(stage.releases().await, 0);
    end.send(()).unwrap();
    let (status, waits) = stage.send(&bytes).await;
    assert_eq!((status, &waits["causes"]), (StatusCode::ACCEPTED, &json!(["publisher"])), "{waits}");
}

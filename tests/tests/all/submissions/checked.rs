//! What checks find, and what comes of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use adx_registry::config::Config;
use adx_registry::world::SystemClock;
use adx_registry_core::Ports;
use adx_registry_core::actor::Actor;
use adx_registry_core::authenticate::authenticate;
use adx_registry_core::checks::{Check, CheckBroke, Finding, Subject};
use adx_registry_core::ports::Blocking;
use adx_registry_core::publish::{PublishError, PublishRequest, publish};
use adx_registry_core::review::{CheckRule, Configured, Pipeline, Refuses};
use adx_signing::digest::Digest;
use adx_signing::statement::sign_release;
use adx_tests::stage::release;
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream;
use reqwest::StatusCode;
use serde_json::json;

use super::stage::{Breaks, ByFile, Stage, kind, package, path_of, pipeline, text, with};
use crate::engines::{Engine, on_every_engine};
use crate::owners::secret;

on_every_engine!(
    what_passes_is_released_at_once_with_what_was_found,
    what_a_check_refuses_is_kept_and_seen_by_nobody,
    a_package_that_is_none_is_kept_as_refused,
    a_package_that_breaks_what_reads_it_is_kept_as_errored,
    a_check_that_is_reported_refuses_nothing,
    a_check_that_is_strict_refuses_warnings_and_says_so,
    what_cannot_be_looked_over_is_not_released,
    what_is_harmful_is_told_to_operators_alone,
    checks_together_have_one_deadline,
    a_check_that_asks_for_it_gets_the_release_before,
    an_update_from_the_release_before_is_tried,
);

async fn what_passes_is_released_at_once_with_what_was_found(engine: Engine) {
    let stage = Stage::new(engine, pipeline("findings")).await;
    let bytes = package("1.0.0", &[("docs/first.txt", "note curious")]);
    let (status, receipt) = stage.send(&bytes).await;
    assert_eq!((status, &receipt["sha256"]), (StatusCode::CREATED, &json!(Digest::of(&bytes).to_string())));
    let (_, own) = stage.get(&stage.publisher, "/publishers/adx/submissions").await;
    let submission = &own["submissions"][0];
    assert_eq!((&submission["state"], &submission["findings"][0]["code"]), (&json!("released"), &json!("curious")));
    let (told, seen) = stage.both_views(&submission["id"]).await;
    assert_eq!(path_of(&told), ["started", "validating", "scanning", "released"]);
    assert!(text(&seen["events"][0]["by"]).starts_with("token:"), "{seen}");
    assert!(told["events"][0].get("by").is_none(), "who is not told to the other side: {told}");

    // The same bytes again are no other submission.
    assert_eq!(stage.send(&bytes).await.0, StatusCode::OK);
    let (_, own) = stage.get(&stage.publisher, "/publishers/adx/submissions").await;
    assert_eq!(own["submissions"].as_array().unwrap().len(), 1);
}

async fn what_a_check_refuses_is_kept_and_seen_by_nobody(engine: Engine) {
    let stage = Stage::new(engine, pipeline("never")).await;
    let bytes = package(
        "1.0.0",
        &[("docs/first.txt", "warning strange"), ("docs/second.txt", "error private-key\nerror other")],
    );
    let (status, problem) = stage.send(&bytes).await;
    assert_eq!((status, kind(&problem)), (StatusCode::UNPROCESSABLE_ENTITY, "check-failed"), "{problem}");
    assert!(text(&problem["detail"]).contains("there is a private-key: remove it (and 1 more)"), "{problem}");
    let codes: Vec<_> = problem["findings"].as_array().unwrap().iter().map(|found| text(&found["code"])).collect();
    assert_eq!(codes, ["private-key", "other", "strange"], "the worst first: {problem}");
    assert_eq!(problem["findings"][0]["place"], "docs/second.txt");
    stage.assert_unseen(&bytes).await;

    let (told, _) = stage.both_views(&problem["submission"]).await;
    assert_eq!(path_of(&told), ["started", "validating", "scanning", "rejected"]);
    assert_eq!(
        (&told["submission"]["decided_by"], &told["submission"]["findings"]),
        (&json!("registry"), &problem["findings"])
    );
    assert_eq!(
        stage.get("adx_p_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "/submissions").await.0,
        StatusCode::UNAUTHORIZED
    );

    let mended = package("1.0.0", &[("docs/first.txt", "warning strange")]);
    let (status, receipt) = stage.send(&mended).await;
    assert_eq!(status, StatusCode::CREATED, "the version is free still: {receipt}");
    let found = (&receipt["findings"][0]["severity"], &receipt["findings"][0]["code"]);
    assert_eq!(found, (&json!("warning"), &json!("strange")), "what is released is told of as well");
}

async fn a_package_that_is_none_is_kept_as_refused(engine: Engine) {
    let stage = Stage::new(engine, pipeline("never")).await;
    let sound = package("1.0.0", &[]);
    let mut broken = sound.clone();
    broken.truncate(sound.len() / 2);
    let read = adx_index::package::Package::read(sound.as_slice()).unwrap();
    let actor = authenticate(&stage.ports, Some(&stage.publisher)).await.unwrap();
    let envelope = sign_release(&release(&read), Digest::of(&broken), &secret(1)).to_json();
    let refused = put(&stage.ports, &actor, "1.0.0", envelope, broken).await.unwrap_err();
    assert!(matches!(refused, PublishError::Refused(_)), "{refused:?}");
    let (_, own) = stage.get(&stage.publisher, "/publishers/adx/submissions").await;
    let submission = &own["submissions"][0];
    let shown = (&submission["state"], &submission["findings"][0]["code"]);
    assert_eq!(shown, (&json!("rejected"), &json!("package-refused")), "{own}");
    let (told, _) = stage.both_views(&submission["id"]).await;
    assert_eq!(path_of(&told), ["started", "validating", "rejected"]);
}

/// Work that stops before its end, as when it panics.
struct Stops;

#[async_trait]
impl Blocking for Stops {
    async fn run(&self, work: Box<dyn FnOnce() + Send>) {
        drop(work);
    }
}

async fn a_package_that_breaks_what_reads_it_is_kept_as_errored(engine: Engine) {
    let stage = Stage::new(engine, pipeline("never")).await;
    let actor = authenticate(&stage.ports, Some(&stage.publisher)).await.unwrap();
    let bytes = package("1.0.0", &[]);
    let read = adx_index::package::Package::read(&*bytes).unwrap();
    let envelope = sign_release(&release(&read), Digest::of(&bytes), &secret(1)).to_json();
    let ports = Ports { blocking: Arc::new(Stops), ..stage.ports.clone() };
    let broke = put(&ports, &actor, "1.0.0", envelope, bytes.clone()).await.unwrap_err();
    assert!(matches!(broke, PublishError::NotChecked(_)), "{broke:?}");
    let (_, listed) = stage.get(&stage.publisher, "/publishers/adx/submissions").await;
    assert_eq!(listed["submissions"][0]["state"], "errored", "{listed}");
    stage.assert_unseen(&bytes).await;
    assert_eq!(stage.send(&bytes).await.0, StatusCode::CREATED, "the same bytes may be sent again");
}

async fn a_check_that_is_reported_refuses_nothing(engine: Engine) {
    let reported = CheckRule { refuses: Refuses::Nothing, required: true };
    let pipeline = Pipeline { checks: vec![with(ByFile("first"), reported)], ..pipeline("never") };
    let stage = Stage::new(engine, pipeline).await;
    assert_eq!(stage.send(&package("1.0.0", &[("docs/first.txt", "error old-word")])).await.0, StatusCode::CREATED);
    let (_, own) = stage.get(&stage.publisher, "/publishers/adx/submissions").await;
    let shown = (&own["submissions"][0]["state"], &own["submissions"][0]["findings"][0]["severity"]);
    assert_eq!(shown, (&json!("released"), &json!("warning")));
    // But for what is known to be harmful, whatever is enforced.
    let (status, _) = stage.send(&package("1.0.1", &[("docs/first.txt", "harmful drainer")])).await;
    assert_eq!(status, StatusCode::ACCEPTED);
}

async fn a_check_that_is_strict_refuses_warnings_and_says_so(engine: Engine) {
    let strict = CheckRule { refuses: Refuses::Warnings, required: true };
    let checks = vec![with(ByFile("first"), strict), with(ByFile("second"), CheckRule::ENFORCED)];
    let stage = Stage::new(engine, Pipeline { checks, ..pipeline("never") }).await;
    let bytes = package("1.0.0", &[("docs/first.txt", "note curious\nwarning strange")]);
    let (status, problem) = stage.send(&bytes).await;
    assert_eq!((status, kind(&problem)), (StatusCode::UNPROCESSABLE_ENTITY, "check-failed"), "{problem}");
    let told: Vec<_> = problem["findings"].as_array().unwrap().iter().map(|found| text(&found["severity"])).collect();
    assert_eq!(told, ["error", "note"], "{problem}");
    stage.assert_unseen(&bytes).await;
    let mended = [("docs/first.txt", "note curious"), ("docs/second.txt", "warning strange")];
    assert_eq!(stage.send(&package("1.0.0", &mended)).await.0, StatusCode::CREATED, "other checks are not strict");
}

async fn what_cannot_be_looked_over_is_not_released(engine: Engine) {
    let breaks = Arc::new(AtomicBool::new(true));
    let optional = CheckRule { refuses: Refuses::Errors, required: false };
    let checks = vec![with(Breaks(Arc::clone(&breaks)), CheckRule::ENFORCED), with(ByFile("first"), optional)];
    let stage = Stage::new(engine, Pipeline { checks, ..pipeline("never") }).await;
    let bytes = package("1.0.0", &[("docs/first.txt", "panic")]);
    let (status, problem) = stage.send(&bytes).await;
    assert_eq!((status, kind(&problem)), (StatusCode::SERVICE_UNAVAILABLE, "not-checked"), "{problem}");
    assert!(!problem.to_string().contains("advisories is gone"), "that is for operators: {problem}");
    stage.assert_unseen(&bytes).await;
    let (told, _) = stage.both_views(&problem["submission"]).await;
    assert_eq!(path_of(&told), ["started", "validating", "scanning", "errored"]);

    // Sent again it is released: what panics in a check that may is a note.
    breaks.store(false, Ordering::Relaxed);
    assert_eq!(stage.send(&bytes).await.0, StatusCode::CREATED);
    let (_, own) = stage.get(&stage.publisher, "/publishers/adx/submissions").await;
    let states: Vec<_> = own["submissions"].as_array().unwrap().iter().map(|one| text(&one["state"])).collect();
    assert!(states.contains(&"released") && states.contains(&"errored"), "{own}");
    let released = own["submissions"].as_array().unwrap().iter().find(|one| one["state"] == "released").unwrap();
    assert_eq!(
        (&released["findings"][0]["code"], &released["findings"][0]["severity"]),
        (&json!("not-finished"), &json!("note"))
    );
}

async fn what_is_harmful_is_told_to_operators_alone(engine: Engine) {
    let stage = Stage::new(engine, pipeline("never")).await;
    // An error beside it: the answer must not differ from that of any other review.
    let bytes = package("1.0.0", &[("docs/first.txt", "harmful drainer"), ("docs/second.txt", "error private-key")]);
    let (status, waits) = stage.send(&bytes).await;
    assert_eq!((status, &waits["state"]), (StatusCode::ACCEPTED, &json!("in-review")));
    assert_eq!(waits["findings"], json!([]), "{waits}");
    stage.assert_unseen(&bytes).await;
    let (told, seen) = stage.both_views(&waits["id"]).await;
    assert_eq!(path_of(&told), ["started", "validating", "scanning", "in-review"]);
    assert_eq!(path_of(&seen), ["started", "validating", "scanning", "quarantined"]);
    assert!(!told.to_string().contains("drainer") && seen.to_string().contains("drainer"), "{told}");
    let (_, queue) = stage.get(&stage.operator, "/submissions").await;
    assert_eq!(queue["submissions"][0]["state"], "quarantined", "{queue}");
    let found = async |token: &str, path: &str| {
        let (status, list) = stage.get(token, path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {list}");
        list["submissions"].as_array().map(Vec::len)
    };
    for (query, count) in [("state=in-review", 0), ("state=quarantined", 1), ("cause=findings", 1), ("cause=price", 0)]
    {
        assert_eq!(found(&stage.operator, &format!("/submissions?{query}")).await, Some(count), "{query}");
    }
    // Neither does the list of its publisher tell.
    for (state, count) in [("in-review", 1), ("quarantined", 1), ("released", 0)] {
        let path = format!("/publishers/adx/submissions?state={state}");
        assert_eq!(found(&stage.publisher, &path).await, Some(count), "{state}");
    }

    let path = format!("/submissions/{}/reject", text(&waits["id"]));
    let (status, _) = stage.post(&stage.operator, &path, json!({ "reason": "it takes what is not its own" })).await;
    assert_eq!(status, StatusCode::OK);
    let (status, problem) = stage.send(&bytes).await;
    assert_eq!((status, kind(&problem)), (StatusCode::FORBIDDEN, "refused-by-operator"), "{problem}");
    assert!(text(&problem["detail"]).contains("it takes what is not its own"), "{problem}");
    assert_eq!(stage.send(&package("1.0.0", &[])).await.0, StatusCode::CREATED, "other bytes may be sent");
}

/// A check that takes longer than anybody waits.
struct Slow;

impl Check for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    fn run(&self, _: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        std::thread::sleep(Duration::from_secs(2));
        Ok(Vec::new())
    }
}

async fn checks_together_have_one_deadline(engine: Engine) {
    let checks = vec![with(Slow, CheckRule::ENFORCED), with(ByFile("first"), CheckRule::ENFORCED)];
    let deadline = Duration::from_millis(50);
    let stage = Stage::new(engine, Pipeline { checks, deadline, ..pipeline("never") }).await;
    // A clock that goes: the one of the stage stands still.
    let ports = Ports { clock: Arc::new(SystemClock), ..stage.ports.clone() };
    let actor = authenticate(&ports, Some(&stage.publisher)).await.unwrap();
    let bytes = package("1.0.0", &[("docs/first.txt", "note fast")]);
    let read = adx_index::package::Package::read(bytes.as_slice()).unwrap();
    let envelope = sign_release(&release(&read), Digest::of(&bytes), &secret(1)).to_json();
    match put(&ports, &actor, "1.0.0", envelope, bytes).await.unwrap_err() {
        PublishError::NotChecked(submission) => {
            let codes: Vec<_> = submission.findings.iter().map(|found| found.finding.code.as_str()).collect();
            assert_eq!(codes, ["not-finished", "fast"], "what was in time is kept");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(stage.releases().await, 0);
}

/// A check that tells which release it got to compare with.
struct Compares {
    asks: bool,
}

impl Check for Compares {
    fn name(&self) -> &'static str {
        "compares"
    }

    fn needs_before(&self) -> bool {
        self.asks
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let before = subject.before.map_or("nothing".to_owned(), |before| before.manifest.module.version.to_string());
        Ok(vec![Finding::note("compared", before)])
    }
}

async fn a_check_that_asks_for_it_gets_the_release_before(engine: Engine) {
    let checks = |asks| vec![with(Compares { asks }, CheckRule::ENFORCED)];
    let mut stage = Stage::new(engine, Pipeline { checks: checks(true), ..pipeline("never") }).await;
    let compared = async |stage: &Stage| {
        let (_, own) = stage.get(&stage.publisher, "/publishers/adx/submissions").await;
        text(&own["submissions"][0]["findings"][0]["message"]).to_owned()
    };
    for (version, before) in [("1.0.0", "nothing"), ("1.1.0", "1.0.0"), ("1.0.1", "1.1.0")] {
        assert_eq!(stage.send(&package(version, &[])).await.0, StatusCode::CREATED);
        assert_eq!(compared(&stage).await, before, "{version}");
    }
    // What a release was compared with is told where nobody had to decide, too.
    let (_, own) = stage.get(&stage.publisher, "/publishers/adx/submissions").await;
    let told: Vec<_> = own["submissions"].as_array().unwrap().iter().map(|one| &one["compared_with"]).collect();
    assert_eq!(told, [&json!("1.1.0"), &json!("1.0.0"), &serde_json::Value::Null]);
    // Nobody reads it for checks that do not ask.
    stage.ports.pipeline = Arc::new(Pipeline { checks: checks(false), ..pipeline("never") });
    stage.clock.pass(time::Duration::MILLISECOND);
    let actor = authenticate(&stage.ports, Some(&stage.publisher)).await.unwrap();
    let bytes = package("1.2.0", &[]);
    let read = adx_index::package::Package::read(bytes.as_slice()).unwrap();
    let envelope = sign_release(&release(&read), Digest::of(&bytes), &secret(1)).to_json();
    put(&stage.ports, &actor, "1.2.0", envelope, bytes).await.unwrap();
    assert_eq!(compared(&stage).await, "nothing");
}

/// The trial run as a registry has it.
async fn an_update_from_the_release_before_is_tried(engine: Engine) {
    let checks = adx_registry::checks::checks(&Config::default()).unwrap();
    let trial = checks.into_iter().find(|check| check.name() == "trial").unwrap();
    let checks = vec![Configured { check: trial, rule: CheckRule::ENFORCED }];
    let stage = Stage::new(engine, Pipeline { checks, ..pipeline("never") }).await;
    assert_eq!(stage.send(&package("1.0.0", &[])).await.0, StatusCode::CREATED);
    // By itself it is sound. Whoever has 1.0.0 has the tables of another migration of that number.
    let other = [("migrations/0001_visits.up.sql", "CREATE TABLE visits (name TEXT PRIMARY KEY, visits INTEGER)")];
    let (status, refused) = stage.send(&package("1.1.0", &other)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
    assert_eq!(refused["findings"][0]["code"], "migration-fails", "{refused}");
    assert!(text(&refused["findings"][0]["message"]).contains("1.0.0"), "{refused}");
    assert_eq!(stage.send(&package("0.9.0", &other)).await.0, StatusCode::CREATED, "nobody updates to what is older");
    // On empty tables it does what it should. The release before greets somebody whose name is too short for it.
    let narrower = [
        (
            "migrations/0002_guests.up.sql",
            "CREATE TABLE guests (name TEXT CHECK (length(name) > 1)) STRICT;
            INSERT INTO guests (name) SELECT name FROM visits;",
        ),
        ("migrations/0002_guests.down.sql", "DROP TABLE guests"),
    ];
    let (status, released) = stage.send(&package("1.2.0", &narrower)).await;
    assert_eq!(status, StatusCode::CREATED, "{released}");
    let (_, own) = stage.get(&stage.publisher, "/publishers/adx/submissions").await;
    let finding = &own["submissions"][0]["findings"][0];
    assert_eq!(
        (&finding["code"], &finding["severity"]),
        (&json!("migration-fails-on-rows"), &json!("warning")),
        "{own}"
    );
}

async fn put(
    ports: &Ports,
    actor: &Actor,
    version: &str,
    envelope: String,
    bytes: Vec<u8>,
) -> Result<(), PublishError> {
    let (module, version) = ("adx/hello".parse().unwrap(), version.parse().unwrap());
    let request = PublishRequest { module, version, envelope, size_bytes: None };
    let body = stream::iter([Ok::<_, std::io::Error>(Bytes::from(bytes))]);
    publish(ports, actor, request, body).await.map(drop)
}

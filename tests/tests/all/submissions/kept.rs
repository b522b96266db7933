//! How long submissions and their bytes are kept.

use adx_registry_core::Id;
use adx_registry_core::ports::{BlobKey, Written};
use adx_registry_core::submissions::{
    KEPT_BYTES, KEPT_REFUSED, KEPT_REFUSED_OF_A_MODULE, KEPT_REFUSED_OF_A_PUBLISHER, Submission, SubmissionState,
    sweep_submissions,
};
use adx_registry_core::sweep::Sweep;
use adx_registry_core::verify::{Damage, verify};
use futures::TryStreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::json;
use time::Duration;

use super::stage::{Stage, package, pipeline, text};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    bytes_that_wait_no_more_are_removed_in_time,
    the_last_refusals_of_a_module_are_kept,
    the_last_refusals_of_a_publisher_are_kept_whatever_they_were_called,
    bytes_that_wait_are_verified,
);

impl Stage {
    async fn blobs(&self) -> usize {
        self.ports.blobs.list_submissions().try_collect::<Vec<_>>().await.unwrap().len()
    }

    async fn sweep(&self) -> u64 {
        let told = sweep_submissions(&self.ports, Sweep::Look).await.unwrap();
        let removed = sweep_submissions(&self.ports, Sweep::Remove).await.unwrap();
        assert_eq!(told, removed, "what would be removed is removed");
        removed
    }
}

async fn bytes_that_wait_no_more_are_removed_in_time(engine: Engine) {
    let stage = Stage::new(engine, pipeline("always")).await;
    // Blobs of the memory are of today, and so must the rows be.
    stage.clock.set(time_now());
    let mut ids = Vec::new();
    for version in ["1.0.0", "1.0.1", "1.0.2", "1.0.3"] {
        let (_, waits) = stage.send(&package(version, &[])).await;
        ids.push(text(&waits["id"]).to_owned());
    }
    let path = |number: usize, verb: &str| format!("/submissions/{}/{verb}", ids[number]);
    assert_eq!(stage.post(&stage.operator, &path(0, "approve"), json!({})).await.0, StatusCode::OK);
    assert_eq!(stage.post(&stage.operator, &path(1, "reject"), json!({ "reason": "no" })).await.0, StatusCode::OK);
    assert_eq!(stage.call(&stage.publisher, Method::POST, &path(2, "withdraw"), None).await.0, StatusCode::OK);
    // A publish that died before its row was written.
    let orphan = BlobKey::Submission("00000000000000000000000000000007".parse().unwrap());
    stage.ports.blobs.put(&orphan, bytes::Bytes::from_static(b"orphan")).await.unwrap();

    assert_eq!((stage.sweep().await, stage.blobs().await), (0, 5), "a backup under way finds them all");
    stage.clock.pass(Duration::hours(25));
    assert_eq!((stage.sweep().await, stage.blobs().await), (3, 2), "the release's copy, the withdrawn and the orphan");
    stage.clock.pass(KEPT_BYTES);
    assert_eq!((stage.sweep().await, stage.blobs().await), (1, 1), "nobody can appeal any more");
    stage.clock.pass(KEPT_REFUSED);
    assert_eq!((stage.sweep().await, stage.blobs().await), (2, 1), "the two rows");
    let (_, own) = stage.get(&stage.operator, "/publishers/adx/submissions").await;
    let left: Vec<_> = own["submissions"].as_array().unwrap().iter().map(|one| text(&one["state"])).collect();
    assert_eq!(left, ["in-review", "released"]);
}

async fn the_last_refusals_of_a_module_are_kept(engine: Engine) {
    let stage = Stage::new(engine, pipeline("never")).await;
    let more = KEPT_REFUSED_OF_A_MODULE + 3;
    for number in 0..more {
        let (status, _) = stage.send(&package(&format!("1.0.{number}"), &[("docs/first.txt", "error bad")])).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let (_, own) = stage.get(&stage.publisher, "/publishers/adx/submissions").await;
    let own = own["submissions"].as_array().unwrap();
    assert_eq!((own.len(), &own[0]["version"]), (100, &json!(format!("1.0.{}", more - 1))), "the newest first");
    assert_eq!(own[99]["version"], "1.0.3");
}

async fn the_last_refusals_of_a_publisher_are_kept_whatever_they_were_called(engine: Engine) {
    let stage = Stage::new(engine, pipeline("never")).await;
    let refused = async |version: &str| {
        let (status, problem) = stage.send(&package(version, &[("docs/first.txt", "error bad")])).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        text(&problem["submission"]).parse::<Id<Submission>>().unwrap()
    };
    let first = refused("1.0.0").await;
    let mut reader = stage.ports.store.read().await.unwrap();
    let known = reader.submission(first).await.unwrap().unwrap();
    drop(reader);
    // As many as are kept, each under a name of its own: sending them takes too long.
    let mut others = Vec::new();
    let mut transaction = stage.ports.store.begin().await.unwrap();
    for number in 0..KEPT_REFUSED_OF_A_PUBLISHER {
        stage.clock.pass(Duration::MILLISECOND);
        let module = format!("adx/other-{number}").parse().unwrap();
        let other = Submission { id: Id::new(stage.ports.now(), &*stage.ports.entropy), module, ..known.clone() };
        transaction.insert_submission(&other, &[]).await.unwrap();
        others.push(other.id);
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
    let last = refused("1.0.1").await;
    let mut reader = stage.ports.store.read().await.unwrap();
    let kept = reader.count_submissions(SubmissionState::Rejected).await.unwrap();
    assert_eq!(kept, u64::from(KEPT_REFUSED_OF_A_PUBLISHER));
    for (id, is_kept) in [(first, false), (others[0], false), (others[1], true), (last, true)] {
        assert_eq!(reader.submission(id).await.unwrap().is_some(), is_kept, "the oldest go first");
    }
}

async fn bytes_that_wait_are_verified(engine: Engine) {
    let stage = Stage::new(engine, pipeline("always")).await;
    let (_, waits) = stage.send(&package("1.0.0", &[])).await;
    let key = BlobKey::Submission(text(&waits["id"]).parse().unwrap());
    let damages = async || verify(&stage.ports, None).await.unwrap().damages;
    let of_it = |damage: &Damage| damage.to_string().contains(&key.to_string());
    assert!(!damages().await.iter().any(of_it));
    stage.ports.blobs.put(&key, bytes::Bytes::from_static(b"other")).await.unwrap();
    assert!(damages().await.contains(&Damage::OtherBytes { what: key.to_string() }));
    stage.ports.blobs.delete(&key).await.unwrap();
    assert!(damages().await.contains(&Damage::Missing { what: key.to_string() }));
}

#[expect(clippy::disallowed_methods, reason = "the storage tells the age of blobs by the time there is")]
fn time_now() -> time::OffsetDateTime {
    time::OffsetDateTime::now_utc()
}

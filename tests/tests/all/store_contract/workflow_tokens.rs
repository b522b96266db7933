//! Tokens of runs of workflows: every run leaves one.

use adx_registry_core::ports::Written;
use adx_registry_core::publisher::Publisher;
use adx_registry_core::submissions::{EventKind, Side, Submission, SubmissionEvent, SubmissionState};
use adx_registry_core::token::{Token, TokenOwner};
use adx_registry_core::trusted::Provenance;
use adx_signing::digest::Digest;
use time::{Duration, OffsetDateTime};

use crate::engines::{Engine, Samples, Signer, on_every_engine};

on_every_engine!(
    runs_that_are_over_are_neither_listed_nor_counted,
    tokens_of_runs_of_which_nothing_came_are_removed,
    tokens_of_runs_that_released_are_looked_at_once,
);

async fn runs_that_are_over_are_neither_listed_nor_counted(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let other = samples.signer(&*engine.store, "other").await;
    let now = Samples::now();
    let ended = Token {
        expires_at: Some(now),
        created_at: now - Duration::days(1),
        ..samples.token(TokenOwner::Publisher(signer.publisher.id))
    };
    let forever = Token { expires_at: None, created_at: now + Duration::seconds(1), ..ended.clone() };
    let forever = Token { id: samples.id(), hash: Digest::of(b"forever"), ..forever };
    let revoked = Token { revoked_at: Some(now), ..samples.token(TokenOwner::Publisher(signer.publisher.id)) };
    let (over, runs) =
        (of_run(&samples, &signer.publisher, now), of_run(&samples, &signer.publisher, now + Duration::minutes(1)));
    let mut transaction = engine.store.begin().await.unwrap();
    for token in [&ended, &forever, &revoked, &over, &runs] {
        transaction.insert_token(token).await.unwrap();
    }
    transaction.commit(Written::SAMPLE).await.unwrap();

    let mut reader = engine.store.read().await.unwrap();
    let mut listed: Vec<_> = reader.tokens_of(signer.publisher.id, now).await.unwrap();
    listed.sort_unstable_by_key(|token| token.id.to_string());
    let mut wanted = vec![ended, forever, runs, signer.token];
    wanted.sort_unstable_by_key(|token| token.id.to_string());
    assert_eq!(listed, wanted, "a person sees which of theirs has ended");
    assert_eq!(reader.count_tokens(signer.publisher.id, now).await.unwrap(), 2, "that one and the one for good");
    assert_eq!(reader.count_tokens(other.publisher.id, now).await.unwrap(), 1);
}

async fn tokens_of_runs_of_which_nothing_came_are_removed(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let now = Samples::now();
    let at = |days: i64| of_run(&samples, &signer.publisher, now - Duration::days(days));
    let [oldest, old, young, released, sent] = [at(60), at(31), at(29), at(50), at(40)];
    let ended = Token {
        expires_at: Some(now - Duration::days(70)),
        ..samples.token(TokenOwner::Publisher(signer.publisher.id))
    };
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.insert_token(&ended).await.unwrap();
    for token in [&oldest, &old, &young, &released, &sent] {
        transaction.insert_token(token).await.unwrap();
        transaction.insert_provenance(token.id, &run(token)).await.unwrap();
    }
    let of_run = Signer { token: released.clone(), ..signer };
    let release = samples.write_release(&mut *transaction, &of_run, "hello", "1.0.0").await.unwrap();
    let (submission, event) = submission(&samples, &of_run.publisher, &sent);
    transaction.insert_submission(&submission, &[event]).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();

    let before = now - Duration::days(30);
    let mut transaction = engine.store.begin().await.unwrap();
    assert_eq!(transaction.sweep_workflow_tokens(before, 1).await.unwrap(), 1);
    assert_eq!(transaction.token(oldest.id).await.unwrap(), None, "the one that ended first goes first");
    assert!(transaction.token(old.id).await.unwrap().is_some());
    assert_eq!(transaction.sweep_workflow_tokens(before, 10).await.unwrap(), 1);
    assert_eq!(transaction.sweep_workflow_tokens(before, 10).await.unwrap(), 0);
    transaction.commit(Written::SAMPLE).await.unwrap();

    let mut reader = engine.store.read().await.unwrap();
    for gone in [&oldest, &old] {
        assert_eq!(reader.token(gone.id).await.unwrap(), None);
        assert_eq!(reader.provenance(gone.id).await.unwrap(), None, "nor is anything kept of the run");
    }
    for kept in [&young, &released, &sent] {
        assert_eq!(reader.token(kept.id).await.unwrap().as_ref(), Some(kept));
        assert_eq!(reader.provenance(kept.id).await.unwrap(), Some(run(kept)));
    }
    assert_eq!(reader.token(ended.id).await.unwrap(), Some(ended), "no run's");
    let shown = reader.release(release.module_row, &release.version).await.unwrap().unwrap();
    assert_eq!(shown.published_with, released.id, "and a release tells where it is from as before");
}

async fn tokens_of_runs_that_released_are_looked_at_once(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let released = of_run(&samples, &signer.publisher, Samples::now() - Duration::days(60));
    let of_run = Signer { token: released.clone(), ..signer };
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.insert_token(&released).await.unwrap();
    samples.write_release(&mut *transaction, &of_run, "hello", "1.0.0").await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let sweep = async || {
        let mut transaction = engine.store.begin().await.unwrap();
        let removed = transaction.sweep_workflow_tokens(Samples::now() - Duration::days(30), 10).await.unwrap();
        transaction.commit(Written::SAMPLE).await.unwrap();
        removed
    };
    assert_eq!(sweep().await, 0);
    // As it never is: whoever looked for releases of it once more would find none.
    engine.execute("UPDATE releases SET token_id = (SELECT id FROM tokens WHERE NOT of_workflow)").await;
    assert_eq!(sweep().await, 0);
    assert_eq!(engine.store.read().await.unwrap().token(released.id).await.unwrap(), Some(released));
}

/// A token of a run that ends, or ended, at a time.
fn of_run(samples: &Samples, publisher: &Publisher, end: OffsetDateTime) -> Token {
    Token {
        created_at: end - Duration::minutes(30),
        expires_at: Some(end),
        ..samples.token(TokenOwner::Workflow(publisher.id))
    }
}

/// The run that it was made for.
fn run(token: &Token) -> Provenance {
    Provenance {
        admitted_by: Vec::new(),
        issuer: "https://ci.example.com".to_owned(),
        repository_id: "74".to_owned(),
        repository: "acme/tools".to_owned(),
        workflow: "publish.yml".to_owned(),
        environment: Some("release".to_owned()),
        git_ref: "refs/tags/v1.0.0".to_owned(),
        sha: "0f1e2d".to_owned(),
        run_id: token.id.to_string(),
        actor: Some("ada-at-ci".to_owned()),
        exchanged_at: token.created_at,
    }
}

/// Something that a run sent and that waits.
fn submission(samples: &Samples, publisher: &Publisher, token: &Token) -> (Submission, SubmissionEvent) {
    let now = Samples::now();
    let state = SubmissionState::InReview;
    let submission = Submission {
        id: samples.id(),
        publisher: publisher.id,
        module: "adx/greeter".parse().expect("a module"),
        version: "1.0.0".parse().expect("a version"),
        sha256: Digest::of(b"greeter"),
        size_bytes: 1,
        token: token.id,
        state,
        causes: Vec::new(),
        compared_with: None,
        findings: Vec::new(),
        envelope: Some("{}".to_owned()),
        verdict: None,
        created_at: now,
        changed_at: now,
        checked_at: None,
    };
    let by = format!("token:{}", token.id);
    let kind = EventKind::Became(state);
    let event = SubmissionEvent { number: 1, kind, at: now, side: Side::Publisher, by, text: None };
    (submission, event)
}

//! What waits when a namespace is given to somebody else.

use adx_registry_core::Id;
use adx_registry_core::issue_token::{IssueTokenRequest, issue_token};
use adx_registry_core::networks::Networks;
use adx_registry_core::ports::Written;
use adx_registry_core::proposal::ProposedAction;
use adx_registry_core::proposals::open_proposal;
use adx_registry_core::review::{ApproveError, Cause, DecideError, approve_on_the_machine};
use adx_registry_core::submissions::{
    EventKind, Side, Submission, SubmissionEvent, SubmissionState, Verdict, show_submission,
};
use adx_registry_core::transfers::accept_transfer;
use adx_signing::digest::Digest;

use super::world::{World, code_to};
use crate::engines::{Engine, on_every_engine};
use crate::owners::{address, namespace};

on_every_engine!(what_waits_is_withdrawn,);

async fn what_waits_is_withdrawn(engine: Engine) {
    let world = World::new(engine).await;
    let ports = world.ports();
    let reviewed = sent(&world, "1.0.0", SubmissionState::InReview).await;
    let harmful = sent(&world, "1.1.0", SubmissionState::Quarantined).await;
    let staged = sent(&world, "1.3.0", SubmissionState::Staged).await;
    let refused = sent(&world, "1.2.0", SubmissionState::Rejected).await;

    let eve = world.person("eve").await;
    let ada = world.ada.actor(ports).await;
    let offer = ProposedAction::Transfer { name: "eve".parse().unwrap(), email: Some(address("eve").parse().unwrap()) };
    open_proposal(ports, &ada, &namespace(), offer).await.unwrap();
    world.acme.work().await;
    let code = code_to(&world.acme.mail.take(), "eve", "transfer");
    assert_eq!(state_of(&world, reviewed).await, SubmissionState::InReview, "as long as it is only offered");
    accept_transfer(ports, &eve.actor(ports).await, &code).await.unwrap();

    // Its new owner sees what became of it, and nobody can release it any more.
    let eve = eve.actor(ports).await;
    for waited in [reviewed, harmful, staged] {
        let seen = show_submission(ports, &eve, waited).await.unwrap();
        let reason = Some("the publisher was transferred".to_owned());
        assert_eq!(seen.submission.state, SubmissionState::Withdrawn);
        assert_eq!(seen.submission.verdict, Some(Verdict { by: Side::Registry, reason: reason.clone() }));
        let last = seen.events.last().unwrap();
        assert_eq!((last.number, last.kind), (2, EventKind::Became(SubmissionState::Withdrawn)));
        assert_eq!((last.side, last.by.as_str(), &last.text), (Side::Registry, "registry", &reason));
        let late = approve_on_the_machine(ports, waited, None).await.expect_err("refused");
        let withdrawn = SubmissionState::Withdrawn;
        assert!(
            matches!(late, ApproveError::Decide(DecideError::NotWaiting { state }) if state == withdrawn),
            "{late:?}"
        );
    }
    assert_eq!(state_of(&world, refused).await, SubmissionState::Rejected);
    assert!(show_submission(ports, &world.ada.actor(ports).await, reviewed).await.is_err(), "it is not Ada's");
    world.acme.work().await;
    let told = world.acme.mail.take();
    let ada = told.iter().find(|letter| letter.to.as_str() == address("ada")).expect("a letter to Ada");
    assert!(ada.text.contains("waited there to be released is withdrawn"), "{}", ada.text);
}

async fn state_of(world: &World, id: Id<Submission>) -> SubmissionState {
    world.ports().store.read().await.unwrap().submission(id).await.unwrap().unwrap().state
}

/// A version of `acme` that was sent and has come so far.
pub(super) async fn sent(world: &World, version: &str, state: SubmissionState) -> Id<Submission> {
    let ports = world.ports();
    let ada = world.ada.actor(ports).await;
    let scopes = vec!["publish:*".parse().unwrap()];
    let request =
        IssueTokenRequest { label: version.to_owned(), scopes, networks: Networks::default(), expires_at: None };
    let token = issue_token(ports, &ada, Some(&namespace()), request).await.unwrap().token;
    let now = ports.now();
    let submission = Submission {
        id: Id::new(now, &*ports.entropy),
        publisher: ada.owner_of(&namespace()).unwrap().1.id,
        module: "acme/greeter".parse().unwrap(),
        version: version.parse().unwrap(),
        sha256: Digest::of(version.as_bytes()),
        size_bytes: 1,
        token: token.id,
        state,
        causes: vec![Cause::FirstRelease],
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
    let mut transaction = ports.store.begin().await.unwrap();
    transaction.insert_submission(&submission, &[event]).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    submission.id
}

//! From a run to a token.

use adx_registry_core::actor::{Actor, Denied};
use adx_registry_core::authenticate::AuthenticateError;
use adx_registry_core::authenticate::authenticate;
use adx_registry_core::issue_token::{Descendants, list_tokens, revoke_token};
use adx_registry_core::job::Task;
use adx_registry_core::proposal::{ProposalState, ProposedAction};
use adx_registry_core::proposals::ProposalError;
use adx_registry_core::run_jobs::enqueue;
use adx_registry_core::token::{Action, TokenOwner};
use adx_registry_core::trusted::{
    BadWorkflow, ENDED_WORKFLOW_TOKEN_KEPT, ExchangeError, TrustedError, WORKFLOW_TOKEN_LASTS, Workflow, exchange,
    remove_trusted_publisher,
};
use adx_signing::token::TokenKind;
use serde_json::json;
use time::Duration;

use super::world::Ci;
use crate::engines::{Engine, on_every_engine};
use crate::owners::namespace;

on_every_engine!(
    a_run_publishes_what_it_may_for_half_an_hour,
    what_is_kept_of_a_run_that_sent_nothing_is_removed,
    a_token_is_exchanged_once,
    of_many_at_once_one_gets_a_token,
    several_workflows_of_one_run_add_up,
    who_is_not_trusted_any_more_has_no_token,
    a_second_owner_approves_whom_to_trust,
    what_no_run_can_be_is_not_proposed,
);

async fn a_run_publishes_what_it_may_for_half_an_hour(engine: Engine) {
    let (ci, ada) = Ci::trusting(engine).await;
    let exchanged = ci.exchange(&ci.token("one", &json!({}))).await.unwrap();
    let text = exchanged.issued.text;
    assert!(text.expose().starts_with("adx_c_"));
    assert_eq!(text.kind(), TokenKind::Workflow);

    let actor = ci.world.actor(text.expose()).await;
    let publishes =
        |name: &str| actor.publisher_of(&namespace(), Action::Publish, Some(&name.parse().unwrap())).map(drop);
    assert_eq!(publishes("hello"), Ok(()));
    assert!(matches!(publishes("other"), Err(Denied::MissingScope { .. })));
    for action in [Action::Keys, Action::Tokens] {
        assert!(actor.publisher_of(&namespace(), action, None).is_err(), "{action:?}");
    }
    let elsewhere = actor.publisher_of(&"other".parse().unwrap(), Action::Publish, Some(&"hello".parse().unwrap()));
    assert!(matches!(elsewhere, Err(Denied::OtherNamespace { .. })));

    let Actor::Publisher { token, .. } = &actor else { panic!("not a publisher") };
    assert!(matches!(token.owner, TokenOwner::Workflow(_)));
    assert_eq!(token.label, "publish.yml of acme/tools, run 9001");
    assert_eq!(token.expires_at, Some(token.created_at + WORKFLOW_TOKEN_LASTS));
    let kept = ci.world.ports.store.read().await.unwrap().provenance(token.id).await.unwrap().unwrap();
    assert_eq!(kept.admitted_by, [ci.trusted(&ada).await[0].id]);
    assert_eq!(
        (kept.sha.as_str(), kept.run_id.as_str(), kept.git_ref.as_str()),
        ("0f1e2d", "9001", "refs/tags/v1.0.0")
    );
    assert_eq!((kept.actor.as_deref(), kept.environment.as_deref()), (Some("ada-at-ci"), Some("release")));
    let listed = async || list_tokens(&ci.world.ports, &ci.world.publisher, None).await.unwrap().len();
    assert_eq!(listed().await, 2);

    ci.world.clock.pass(WORKFLOW_TOKEN_LASTS);
    let ended = authenticate(&ci.world.ports, Some(text.expose())).await;
    assert!(matches!(ended, Err(AuthenticateError::Expired(_))));
    assert_eq!(listed().await, 1, "runs that are over are not listed");
}

async fn what_is_kept_of_a_run_that_sent_nothing_is_removed(engine: Engine) {
    let (ci, _) = Ci::trusting(engine).await;
    let ports = &ci.world.ports;
    let token = ci.exchange(&ci.token("one", &json!({}))).await.unwrap().issued.token.id;
    let kept = async || {
        enqueue(ports, Task::SweepAccounts).await.unwrap();
        ci.world.work().await;
        let mut reader = ports.store.read().await.unwrap();
        (reader.token(token).await.unwrap().is_some(), reader.provenance(token).await.unwrap().is_some())
    };
    ci.world.clock.pass(WORKFLOW_TOKEN_LASTS + ENDED_WORKFLOW_TOKEN_KEPT);
    assert_eq!(kept().await, (true, true), "somebody may ask what it was");
    ci.world.clock.pass(Duration::seconds(1));
    assert_eq!(kept().await, (false, false));
}

async fn a_token_is_exchanged_once(engine: Engine) {
    let (ci, _) = Ci::trusting(engine).await;
    let token = ci.token("one", &json!({}));
    let first = ci.exchange(&token).await.unwrap();
    assert!(matches!(ci.exchange(&token).await, Err(ExchangeError::Replayed)));
    // Written anew it is the same: what counts is which one it is.
    let again = ci.token("one", &json!({ "sha": "999999" }));
    assert!(matches!(ci.exchange(&again).await, Err(ExchangeError::Replayed)));
    // The token may be given back, and another run is another's.
    let actor = ci.world.actor(first.issued.text.expose()).await;
    revoke_token(&ci.world.ports, &actor, None, first.issued.token.id, Descendants::Revoke).await.unwrap();
    assert!(matches!(ci.exchange(&token).await, Err(ExchangeError::Replayed)));
    ci.exchange(&ci.token("two", &json!({}))).await.unwrap();

    // It is remembered for longer than it could be shown.
    ci.world.clock.pass(Duration::seconds(359));
    assert!(matches!(ci.exchange(&token).await, Err(ExchangeError::Replayed)));
    ci.world.clock.pass(Duration::hours(2));
    assert!(matches!(ci.exchange(&token).await, Err(ExchangeError::Claims(_))));
    ci.exchange(&ci.token("three", &json!({}))).await.unwrap();
}

async fn of_many_at_once_one_gets_a_token(engine: Engine) {
    let (ci, _) = Ci::trusting(engine).await;
    let token = ci.token("one", &json!({}));
    let another = ci.world.another_server().await;
    let another = adx_registry_core::Ports { workflows: ci.world.ports.workflows.clone(), ..another };
    let attempt = |number: usize| {
        let ports = if number.is_multiple_of(2) { ci.world.ports.clone() } else { another.clone() };
        let token = token.clone();
        tokio::spawn(async move { exchange(&ports, &namespace(), &token).await })
    };
    let attempts: Vec<_> = (0..8).map(attempt).collect();
    let mut given = 0;
    for attempt in attempts {
        match attempt.await.unwrap() {
            Ok(_) => given += 1,
            Err(ExchangeError::Replayed) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(given, 1);
    assert_eq!(list_tokens(&ci.world.ports, &ci.world.publisher, None).await.unwrap().len(), 2);
}

async fn several_workflows_of_one_run_add_up(engine: Engine) {
    let (ci, ada) = Ci::trusting(engine).await;
    ci.trust(&ada, Workflow { modules: "tool".parse().unwrap(), environment: None, ..ci.workflow() }).await;
    ci.trust(&ada, Workflow { modules: "never".parse().unwrap(), workflow: "other.yml".to_owned(), ..ci.workflow() })
        .await;
    let exchanged = ci.exchange(&ci.token("one", &json!({}))).await.unwrap();
    let mut scopes: Vec<_> = exchanged.issued.token.scopes.iter().map(ToString::to_string).collect();
    scopes.sort();
    assert_eq!(scopes, ["publish:hel*", "publish:tool"]);
    let outside = ci.exchange(&ci.token("two", &json!({ "environment": null }))).await.unwrap();
    assert_eq!(outside.issued.token.scopes.len(), 1, "only the one that asks for no environment");
}

async fn who_is_not_trusted_any_more_has_no_token(engine: Engine) {
    let (ci, ada) = Ci::trusting(engine).await;
    ci.trust(&ada, Workflow { workflow: "other.yml".to_owned(), ..ci.workflow() }).await;
    let removed = ci.exchange(&ci.token("one", &json!({}))).await.unwrap();
    let path = "acme/tools/.github/workflows/other.yml@refs/tags/v1.0.0";
    let stays = ci.exchange(&ci.token("two", &json!({ "workflow_ref": path }))).await.unwrap();

    let trusted = ci.trusted(&ada).await;
    let id = trusted.iter().find(|trusted| trusted.workflow == ci.workflow()).unwrap().id;
    let by_token = remove_trusted_publisher(&ci.world.ports, &ci.world.publisher, &namespace(), id).await;
    assert!(matches!(by_token, Err(TrustedError::Denied(Denied::OwnerOnly))));
    remove_trusted_publisher(&ci.world.ports, &ada, &namespace(), id).await.unwrap();
    let again = remove_trusted_publisher(&ci.world.ports, &ada, &namespace(), id).await;
    assert!(matches!(again, Err(TrustedError::NotFound)));

    let shown = authenticate(&ci.world.ports, Some(removed.issued.text.expose())).await;
    assert!(matches!(shown, Err(AuthenticateError::Invalid)));
    ci.world.actor(stays.issued.text.expose()).await;
    assert!(matches!(ci.exchange(&ci.token("three", &json!({}))).await, Err(ExchangeError::NotTrusted { .. })));
    ci.world.work().await;
    assert!(ci.world.mail.sent("took the trust away from the workflow publish.yml"));
}

async fn a_second_owner_approves_whom_to_trust(engine: Engine) {
    let (ci, [ada, grace]) = Ci::new(engine, ["Ada", "Grace"]).await;
    let opened = ci.world.open(&ada, ProposedAction::AddTrustedPublisher(ci.workflow())).await.unwrap();
    assert_eq!((opened.state, opened.needed), (ProposalState::Open, None));
    assert!(ci.trusted(&ada).await.is_empty());
    assert!(matches!(ci.exchange(&ci.token("one", &json!({}))).await, Err(ExchangeError::NotTrusted { .. })));
    ci.world.work().await;
    assert!(ci.world.mail.sent("let every run of the workflow publish.yml of the repository acme/tools"));
    assert_eq!(ci.world.approve(&grace, opened.id).await.unwrap().state, ProposalState::Done);
    // What was refused was not used up.
    ci.exchange(&ci.token("one", &json!({}))).await.unwrap();

    let known = ci.world.open(&ada, ProposedAction::AddTrustedPublisher(ci.workflow())).await;
    assert!(matches!(known, Err(ProposalError::Trusted(TrustedError::Known))));
    // Either of them stops what the other began.
    let other = Workflow { modules: "*".parse().unwrap(), ..ci.workflow() };
    let opened = ci.world.open(&ada, ProposedAction::AddTrustedPublisher(other)).await.unwrap();
    assert_eq!(ci.world.cancel(&grace, opened.id).await.unwrap().state, ProposalState::Cancelled);
    assert_eq!(ci.trusted(&ada).await.len(), 1);
}

async fn what_no_run_can_be_is_not_proposed(engine: Engine) {
    let (ci, [ada]) = Ci::new(engine, ["Ada"]).await;
    let evil = Workflow { issuer: "https://evil.example".to_owned(), ..ci.workflow() };
    let refused = ci.world.open(&ada, ProposedAction::AddTrustedPublisher(evil)).await;
    assert!(matches!(refused, Err(ProposalError::Trusted(TrustedError::Workflow(BadWorkflow::Issuer(..))))));
    for number in 0..32 {
        ci.trust(&ada, Workflow { repository_id: number.to_string(), ..ci.workflow() }).await;
    }
    let one_more = ci.world.open(&ada, ProposedAction::AddTrustedPublisher(ci.workflow())).await;
    assert!(matches!(one_more, Err(ProposalError::Trusted(TrustedError::TooMany))));
}

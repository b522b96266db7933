//! A publisher is given to somebody else: both sides agree, the old one loses it, and agents go on believing its keys.

use adx_registry_core::actor::Actor;
use adx_registry_core::audit::{Act, AuditFilter, list_audit};
use adx_registry_core::authenticate::authenticate;
use adx_registry_core::issue_token::{IssueTokenRequest, issue_token};
use adx_registry_core::members::{Role, list_members};
use adx_registry_core::networks::Networks;
use adx_registry_core::ports::{StoreError, Written};
use adx_registry_core::proposal::{Proposal, ProposalState, ProposedAction};
use adx_registry_core::proposals::{ProposalError, open_proposal, read_proposal};
use adx_registry_core::publisher::Publisher;
use adx_registry_core::quotas::{Allowance, Limits};
use adx_registry_core::rates::{Action, Caller, RateAllowance};
use adx_registry_core::review::{PublisherStanding, Standing};
use adx_registry_core::transfers::{
    TRANSFER_EXPIRES, TransferError, accept_transfer, decline_transfer, look_at_transfer, read_transfer,
    withdraw_transfer,
};
use adx_registry_core::trusted::{
    Provider, PublishingRules, TrustedPublisher, Workflow, list_trusted_publishers, read_rules,
};
use adx_registry_core::webhooks::{HookUrl, NewWebhook, WebhookError, WebhookRules, create_webhook, list_webhooks};
use adx_signing::key_change::{Change, NewKey};
use adx_signing::log::Event;

use super::world::{World, code_to};
use crate::engines::{Engine, on_every_engine};
use crate::owners::{address, both, invite, namespace, secret};

on_every_engine!(
    both_sides_agree_and_the_old_one_loses_it,
    two_owners_offer_together,
    an_offer_is_declined_withdrawn_and_expires,
    an_offer_at_once_is_accepted_once,
);

fn transfer(name: &str) -> ProposedAction {
    ProposedAction::Transfer { name: name.parse().unwrap(), email: Some(address(name).parse().unwrap()) }
}

async fn open(world: &World, actor: &Actor, action: ProposedAction) -> Result<Proposal, ProposalError> {
    open_proposal(world.ports(), actor, &namespace(), action).await.map(|found| found.proposals[0].clone())
}

/// Offers `acme` by its only owner, and gives the code.
async fn offered(world: &World, name: &str) -> String {
    let ada = world.ada.actor(world.ports()).await;
    let decided = open(world, &ada, transfer(name)).await.unwrap();
    assert_eq!(
        (decided.state, &decided.action),
        (ProposalState::Done, &without_address(name)),
        "an address is forgotten"
    );
    world.acme.work().await;
    code_to(&world.acme.mail.take(), name, "transfer")
}

fn without_address(name: &str) -> ProposedAction {
    ProposedAction::Transfer { name: name.parse().unwrap(), email: None }
}

async fn both_sides_agree_and_the_old_one_loses_it(engine: Engine) {
    let world = World::new(engine).await;
    let (ports, acme) = (world.ports(), namespace());
    let (max, _) = world.member("max", Role::Maintainer).await;
    world.invite("late", Role::Reader).await.unwrap();
    let ada = world.ada.actor(ports).await;
    let scopes = vec!["publish:*".parse().unwrap()];
    let request = IssueTokenRequest { label: "ci".to_owned(), scopes, networks: Networks::default(), expires_at: None };
    let ci = issue_token(ports, &ada, Some(&acme), request).await.unwrap().text;
    let hook = || {
        let url = HookUrl::parse("https://example.org/hook", &WebhookRules::default()).unwrap();
        NewWebhook { namespace: Some(namespace()), url, events: Vec::new() }
    };
    create_webhook(ports, &ada, hook()).await.unwrap();
    // A change of keys is announced when the namespace goes: it is not made any more.
    let new = NewKey { not_after: None, public: secret(7).public(), purposes: both() };
    let announced = open(&world, &ada, ProposedAction::Keys(Change::Add(new))).await.unwrap();
    assert_eq!(announced.state, ProposalState::Announced);
    let eve = world.person("eve").await;
    let code = offered(&world, "eve").await;
    trust_a_workflow_only(&world, &ada).await.unwrap();
    favour(&world, ada.owner_of(&acme).unwrap().1).await;
    let (_, offer) = read_transfer(ports, &ada, &acme).await.unwrap();
    assert_eq!(offer.expires_at - offer.offered_at, TRANSFER_EXPIRES);
    assert!(read_transfer(ports, &max.actor(ports).await, &acme).await.unwrap().1.email.is_none());

    let bad = accept_transfer(ports, &eve.actor(ports).await, "0").await;
    assert!(matches!(bad, Err(TransferError::BadCode)), "{bad:?}");
    let bad = look_at_transfer(ports, &eve.actor(ports).await, "0").await;
    assert!(matches!(bad, Err(TransferError::BadCode)), "{bad:?}");
    let seen = look_at_transfer(ports, &eve.actor(ports).await, &code).await.unwrap();
    assert_eq!((seen.publisher.namespace, seen.transfer.expires_at), (acme.clone(), offer.expires_at));
    assert_eq!(seen.offered_by.iter().map(ToString::to_string).collect::<Vec<_>>(), ["Ada"], "not its maintainer");
    let keys = world.acme.keys().await;
    let accepted = accept_transfer(ports, &eve.actor(ports).await, &code).await.unwrap();
    assert_eq!((accepted.member.role, accepted.publisher.namespace.clone()), (Role::Owner, acme.clone()));
    let eve = eve.actor(ports).await;
    let members = list_members(ports, &eve, &acme).await.unwrap().members;
    assert_eq!(members.iter().map(|member| member.id).collect::<Vec<_>>(), [accepted.member.id]);
    for old in [&world.ada, &max] {
        assert!(old.actor(ports).await.sees_owners_of(&acme).is_err(), "{}", old.name);
    }
    assert!(authenticate(ports, Some(ci.expose())).await.is_err());
    // What the old owners trusted, and asked of releases, was theirs.
    assert_eq!(list_trusted_publishers(ports, &eve, &acme).await.unwrap(), []);
    assert_eq!(read_rules(ports, &eve, &acme).await.unwrap(), PublishingRules::default());
    // Nor is what an operator thought of them true of the new one; what was held back stays so.
    let mut reader = ports.store.read().await.unwrap();
    assert!(reader.publisher_standing(accepted.publisher.id).await.unwrap().is_none());
    let kept = reader.quota_allowance(accepted.publisher.id).await.unwrap().unwrap().limits;
    assert_eq!((kept.modules, kept.package_bytes, kept.rate_factor), (Some(1), None, None));
    assert_eq!(reader.rate_allowances().await.unwrap(), []);
    drop(reader);
    // Nor do they hear of anything any more.
    assert!(list_webhooks(ports, &eve, Some(&acme)).await.unwrap().is_empty());
    let stale = create_webhook(ports, &ada, hook()).await.expect_err("refused");
    assert!(matches!(stale, WebhookError::Denied(_)), "a request that began before: {stale:?}");
    let log = list_audit(ports, &eve, Some(&acme), AuditFilter::default(), 0, 1_000).await.unwrap();
    let acts: Vec<_> = log.entries.iter().map(|entry| entry.told.act).collect();
    for act in [Act::TransferOffer, Act::TransferAccept, Act::ProposalCancel, Act::WebhookRemove] {
        assert_eq!(acts.iter().filter(|told| **told == act).count(), 1, "{act}: {acts:?}");
    }
    let stale = open(&world, &ada, invite("Ben")).await.expect_err("refused");
    assert!(matches!(stale, ProposalError::Denied(_)), "a request that began before: {stale:?}");

    // The keys are the same, with their history, and the log says whose it is by then.
    assert_eq!(world.acme.keys().await, keys);
    let one_owner = |event: &Event| matches!(event, Event::Ownership(of) if of.namespace == acme && of.owners == 1);
    assert!(one_owner(&world.acme.leaves().await.values().last().unwrap().event));
    assert_eq!(world.acme.count(|event| matches!(event, Event::KeyRecoveryCancelled(_))).await, 1);
    world.acme.clock.pass(time::Duration::days(10));
    world.acme.work().await;
    let proposal = read_proposal(ports, &eve_again(&world).await, &acme, announced.id).await.unwrap();
    assert_eq!(proposal.proposals[0].state, ProposalState::Cancelled);
    world.acme.checked_by_agents().await.expect("believed");

    // Everybody who had it is told, and nobody's address is kept.
    let mut told: Vec<_> = world.acme.mail.take().iter().map(|letter| letter.to.as_str().to_owned()).collect();
    told.retain(|to| to == "ada@example.org" || to == "max@example.org");
    told.sort();
    told.dedup();
    assert_eq!(told, ["ada@example.org", "max@example.org"]);
    let rows = ports.store.read().await.unwrap().members_of(accepted.publisher.id).await.unwrap();
    assert!(rows.iter().all(|row| row.is_owner() || row.email.is_none()), "{rows:?}");
    let again = accept_transfer(ports, &eve, &code).await;
    assert!(matches!(again, Err(TransferError::BadCode)), "{again:?}");
    let again = look_at_transfer(ports, &eve, &code).await;
    assert!(matches!(again, Err(TransferError::BadCode)), "{again:?}");
}

/// `acme` trusts a workflow, whose runs alone publish.
async fn trust_a_workflow_only(world: &World, owner: &Actor) -> Result<(), StoreError> {
    let (member, publisher) = owner.owner_of(&namespace()).unwrap();
    let workflow = Workflow {
        provider: Provider::GitHub,
        issuer: "https://token.actions.example".to_owned(),
        repository_id: "74".to_owned(),
        repository: "acme/tools".to_owned(),
        workflow: "publish.yml".to_owned(),
        environment: None,
        git_ref: None,
        modules: "*".parse().unwrap(),
        staged: false,
    };
    let id = member.id.to_string().parse().unwrap();
    let trusted = TrustedPublisher { id, publisher: publisher.id, workflow, added_at: member.created_at };
    let rules = PublishingRules { trusted_only: true, staged: true };
    let mut transaction = world.ports().store.begin().await?;
    transaction.insert_trusted_publisher(&trusted).await?;
    transaction.set_publishing_rules(publisher.id, rules).await?;
    transaction.commit(Written::SAMPLE).await
}

async fn eve_again(world: &World) -> Actor {
    let mut reader = world.ports().store.read().await.unwrap();
    let publisher = reader.publisher_by_namespace(&namespace()).await.unwrap().unwrap();
    drop(reader);
    let issued =
        adx_registry_core::renew_tokens::renew_publisher_token_on_the_machine(world.ports(), &publisher.namespace);
    world.acme.actor(issued.await.unwrap().0.text.expose()).await
}

async fn two_owners_offer_together(engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.ada.actor(world.ports()).await;
    let (ben, id) = world.member("ben", Role::Reader).await;
    open(&world, &ada, ProposedAction::ChangeRole { member: id, role: Role::Owner }).await.unwrap();
    let opened = open(&world, &ada, transfer("eve")).await.unwrap();
    assert_eq!(opened.state, ProposalState::Open);
    assert!(matches!(read_transfer(world.ports(), &ada, &namespace()).await, Err(TransferError::NotOffered(_))));
    let ben = ben.actor(world.ports()).await;
    assert_eq!(world.acme.approve(&ben, opened.id).await.unwrap().state, ProposalState::Done);
    read_transfer(world.ports(), &ada, &namespace()).await.unwrap();
    let second = open(&world, &ada, transfer("mallory")).await.expect_err("refused");
    assert!(matches!(second, ProposalError::Transfer(TransferError::Offered(_))), "{second:?}");
    // Any of them takes it back alone.
    withdraw_transfer(world.ports(), &ben, &namespace()).await.unwrap();
    assert!(matches!(read_transfer(world.ports(), &ada, &namespace()).await, Err(TransferError::NotOffered(_))));
}

async fn an_offer_is_declined_withdrawn_and_expires(engine: Engine) {
    let world = World::new(engine).await;
    let eve = world.person("eve").await;
    let ada = async || world.ada.actor(world.ports()).await;
    let code = offered(&world, "eve").await;
    decline_transfer(world.ports(), &eve.actor(world.ports()).await, &code).await.unwrap();
    let code = offered(&world, "eve").await;
    withdraw_transfer(world.ports(), &ada().await, &namespace()).await.unwrap();
    let gone = accept_transfer(world.ports(), &eve.actor(world.ports()).await, &code).await;
    assert!(matches!(gone, Err(TransferError::BadCode)), "{gone:?}");
    let code = offered(&world, "eve").await;
    world.acme.clock.pass(TRANSFER_EXPIRES - time::Duration::HOUR);
    // Sessions are used meanwhile.
    let (eve, ada) = (eve.actor(world.ports()).await, ada().await);
    world.acme.clock.pass(time::Duration::HOUR);
    let late = accept_transfer(world.ports(), &eve, &code).await;
    assert!(matches!(late, Err(TransferError::BadCode)), "{late:?}");
    // One that has expired stands in nobody's way.
    assert_eq!(open(&world, &ada, transfer("eve")).await.unwrap().state, ProposalState::Done);
}

async fn an_offer_at_once_is_accepted_once(engine: Engine) {
    let world = World::new(engine).await;
    let (eve, max) = (world.person("eve").await, world.person("max").await);
    let code = offered(&world, "eve").await;
    let other = world.acme.another_server().await;
    let (eve, max) = (eve.actor(world.ports()).await, max.actor(&other).await);
    let (one, two) = tokio::join!(accept_transfer(world.ports(), &eve, &code), accept_transfer(&other, &max, &code));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}

/// An operator trusts a publisher, allows it more bytes and requests, and fewer modules.
async fn favour(world: &World, publisher: &Publisher) {
    let (at, reason) = (world.ports().now(), "known for years".to_owned());
    let by = "machine".to_owned();
    let standing = PublisherStanding { standing: Standing::Trusted, reason: reason.clone(), by: by.clone(), at };
    let limits =
        Limits { modules: Some(1), package_bytes: Some(1 << 50), releases_a_day: None, rate_factor: Some(100) };
    let mut transaction = world.ports().store.begin().await.unwrap();
    transaction.set_publisher_standing(publisher.id, Some(&standing)).await.unwrap();
    let caller = Caller::Publisher(publisher.id);
    let (reason_of_rate, by_whom) = (reason.clone(), by.clone());
    let rate = RateAllowance { caller, action: Some(Action::Read), factor: 2, reason: reason_of_rate, by: by_whom, at };
    transaction.set_rate_allowance(&rate).await.unwrap();
    transaction.set_quota_allowance(publisher.id, Some(&Allowance { limits, reason, by, at })).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
}

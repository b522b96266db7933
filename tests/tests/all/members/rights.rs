//! What each role may do, asked of the use cases.

use adx_registry_core::actor::{Actor, Denied};
use adx_registry_core::advisories::may_speak;
use adx_registry_core::change_keys::{AddKeyRequest, ChangeKeyError, add_key};
use adx_registry_core::create_publisher::create_publisher_on_the_machine;
use adx_registry_core::deprecate::{DeprecateError, deprecate};
use adx_registry_core::issue_token::{
    Descendants, IssueTokenRequest, TokenError, issue_token, list_tokens, revoke_token,
};
use adx_registry_core::market::price::Wish;
use adx_registry_core::market::{
    MarketError, NewOrder, NewTenant, TenantChange, create_tenant, quote_order, statement_of_tenant,
};
use adx_registry_core::members::{MemberError, Right, Role, change_role, list_members};
use adx_registry_core::names::held_names_of;
use adx_registry_core::networks::Networks;
use adx_registry_core::owner::needed;
use adx_registry_core::owners::list_owners;
use adx_registry_core::proposal::{ProposalState, ProposedAction};
use adx_registry_core::proposals::{list_proposals, open_proposal};
use adx_registry_core::submissions::{SubmissionState, submissions_of};
use adx_registry_core::token::Action;
use adx_registry_core::trusted::{PublishingSwitch, TrustedError, list_trusted_publishers, read_rules, turn_on};
use adx_registry_core::yank::{Yank, YankError, yank};
use adx_signing::name::{ModuleId, TenantId};

use super::world::World;
use crate::engines::{Engine, on_every_engine};
use crate::owners::{both, namespace, secret};

on_every_engine!(
    every_role_has_its_rights_and_no_other,
    a_member_of_another_publisher_has_none,
    a_token_counts_no_longer_than_its_maker,
    a_maintainer_gives_no_more_than_it_has,
    an_owner_signed_in_decides_with_one_that_has_a_token,
    what_was_allowed_when_the_request_began_is_looked_at_again,
);

/// Asks for everything there is, and says what is allowed.
async fn allowed(world: &World, actor: &Actor) -> Vec<Right> {
    let (ports, acme) = (world.ports(), namespace());
    let module = "acme/nothing".parse().unwrap();
    let mut allowed = Vec::new();
    // A right that is there meets what is not: no such version, a key that is not signed for.
    match yank(ports, actor, &module, &"1.0.0".parse().unwrap(), Yank::Undo(None)).await {
        Err(YankError::NotFound { .. }) => allowed.push(Right::Publish),
        other => assert!(matches!(other, Err(YankError::Denied(_))), "{other:?}"),
    }
    let deprecated = deprecate(ports, actor, &module, None).await.expect_err("there is no such module");
    let publishes = matches!(deprecated, DeprecateError::NotFound(_));
    assert_eq!((publishes, may_speak(actor).is_ok()), (allowed == [Right::Publish], publishes), "{deprecated:?}");
    let key = AddKeyRequest { key: secret(9).public(), purposes: both(), not_after: None, envelope: None };
    match add_key(ports, actor, &acme, key).await {
        Err(ChangeKeyError::Unsigned(_)) => allowed.push(Right::Keys),
        other => assert!(matches!(other, Err(ChangeKeyError::Denied(_))), "{other:?}"),
    }
    match issue_token(ports, actor, Some(&acme), request("publish:*")).await {
        Ok(_) => allowed.push(Right::Tokens),
        other => assert!(matches!(other, Err(TokenError::Denied(_))), "{other:?}"),
    }
    match list_tokens(ports, actor, Some(&acme)).await {
        Ok(_) => allowed.push(Right::SeeTokens),
        other => assert!(matches!(other, Err(TokenError::Denied(_))), "{other:?}"),
    }
    match list_members(ports, actor, &acme).await {
        Ok(list) => {
            allowed.push(Right::SeeMembers);
            list_owners(ports, actor, &acme).await.unwrap();
            list_proposals(ports, actor, &acme, None).await.unwrap();
            list_trusted_publishers(ports, actor, &acme).await.unwrap();
            read_rules(ports, actor, &acme).await.unwrap();
            if list.members.iter().any(|member| member.email.is_some()) {
                allowed.push(Right::SeeAddresses);
            }
        }
        Err(refused) => assert!(matches!(refused, MemberError::Denied(_)), "{refused:?}"),
    }
    let sees = held_names_of(ports, actor, &acme, None).await.is_ok();
    assert_eq!(submissions_of(ports, actor, &acme, &SubmissionState::ALL, None).await.is_ok(), sees);
    if sees {
        allowed.push(Right::SeeSubmissions);
    }
    let nobody = "0".repeat(32).parse().unwrap();
    match change_role(ports, actor, &acme, nobody, Role::Reader).await {
        Err(MemberError::Unknown(_)) => allowed.push(Right::Members),
        other => assert!(matches!(other, Err(MemberError::Denied(_))), "{other:?}"),
    }
    let threshold = ProposedAction::SetThreshold { threshold: needed(None, 1) };
    let decides = open_proposal(ports, actor, &acme, threshold).await.is_ok();
    let turned = turn_on(ports, actor, &acme, PublishingSwitch::TrustedOnly).await.expect_err("nothing is trusted");
    assert_eq!(matches!(turned, TrustedError::NoneTrusted), decides, "{turned:?}");
    if decides {
        allowed.push(Right::Decide);
    }
    allowed.extend(of_market(world, actor).await);
    allowed
}

/// What somebody may buy for the tenant `office`, which is made with the first who asks.
async fn of_market(world: &World, actor: &Actor) -> Vec<Right> {
    let (ports, office): (_, TenantId) = (world.ports(), "office".parse().unwrap());
    let change = TenantChange { bill_to: "Acme".to_owned(), bill_mail: None, cap: None };
    let new = NewTenant { name: office.clone(), namespace: Some(namespace()), change };
    let _ = create_tenant(ports, actor, new).await;
    let mut allowed = Vec::new();
    let module: ModuleId = "shop/none".parse().unwrap();
    let new = NewOrder { tenant: office, module, wish: Wish::default(), coupon: None, cost_centre: None };
    // There is no such module, which strangers are not told.
    if matches!(quote_order(ports, actor, &new).await, Err(MarketError::NoModule(_))) {
        allowed.push(Right::AskToBuy);
    }
    if statement_of_tenant(ports, actor, &new.tenant, None).await.is_ok() {
        // Who sees what is about money buys: tests of the market show it.
        allowed.extend([Right::Buy, Right::SeeMoney]);
    }
    allowed
}

fn request(scope: &str) -> IssueTokenRequest {
    IssueTokenRequest {
        label: "ci".to_owned(),
        scopes: vec![scope.parse().unwrap()],
        networks: Networks::default(),
        expires_at: None,
    }
}

async fn every_role_has_its_rights_and_no_other(engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.ada.actor(world.ports()).await;
    assert_eq!(allowed(&world, &ada).await, Right::ALL);
    for (name, role) in [("max", Role::Maintainer), ("bill", Role::Billing), ("rita", Role::Reader)] {
        let (person, _) = world.member(name, role).await;
        let actor = person.actor(world.ports()).await;
        let wanted: Vec<_> = Right::ALL.into_iter().filter(|right| role.has(*right)).collect();
        assert_eq!(allowed(&world, &actor).await, wanted, "{role}");
        // What publishes is a token, whoever is signed in.
        assert_eq!(actor.publisher().expect_err("refused"), Denied::PublisherOnly);
    }
}

async fn a_member_of_another_publisher_has_none(engine: Engine) {
    let world = World::new(engine).await;
    let other = "other".parse().unwrap();
    create_publisher_on_the_machine(world.ports(), other, "Other").await.unwrap();
    let stranger = world.person("eve").await.actor(world.ports()).await;
    assert_eq!(allowed(&world, &stranger).await, []);
    let ada = world.ada.actor(world.ports()).await;
    let denied = ada.publisher_of(&"other".parse().unwrap(), Action::Publish, None).map(drop);
    assert_eq!(denied, Err(Denied::NotMember("other".parse().unwrap())));
    assert_eq!(allowed(&world, &Actor::Anonymous).await, []);
}

async fn a_token_counts_no_longer_than_its_maker(engine: Engine) {
    let world = World::new(engine).await;
    let (max, id) = world.member("max", Role::Maintainer).await;
    let (ports, acme) = (world.ports(), namespace());
    let actor = max.actor(ports).await;
    let made = issue_token(ports, &actor, Some(&acme), request("publish:*")).await.unwrap();
    world.acme.actor(made.text.expose()).await;
    let ada = world.ada.actor(ports).await;
    change_role(ports, &ada, &acme, id, Role::Reader).await.unwrap();
    let shown = adx_registry_core::authenticate::authenticate(ports, Some(made.text.expose())).await;
    assert!(shown.is_err(), "a reader has no token that publishes");
    // What a token of an owner's session made ends with the owner as well.
    let wide = issue_token(ports, &ada, Some(&acme), request("tokens:*")).await.unwrap();
    let wide = world.acme.actor(wide.text.expose()).await;
    let narrow = issue_token(ports, &wide, None, request("tokens:*")).await.unwrap();
    let tokens = list_tokens(ports, &ada, Some(&acme)).await.unwrap();
    assert!(tokens.iter().any(|token| token.id == narrow.token.id));
    let (ben, ben_id) = world.member("ben", Role::Maintainer).await;
    let promote = ProposedAction::ChangeRole { member: ben_id, role: Role::Owner };
    let promoted = world.acme.open(&ada, promote).await.unwrap();
    assert_eq!(promoted.state, ProposalState::Done, "one owner decides alone");
    let demote = |member| ProposedAction::ChangeRole { member, role: Role::Reader };
    let (ada_member, _) = ada.owner_of(&acme).unwrap();
    let opened = world.acme.open(&ada, demote(ada_member.id)).await.unwrap();
    assert_eq!(opened.state, ProposalState::Open, "two must approve");
    let ben = ben.actor(ports).await;
    assert_eq!(world.acme.approve(&ben, opened.id).await.unwrap().state, ProposalState::Done);
    for text in [&narrow.text] {
        let shown = adx_registry_core::authenticate::authenticate(ports, Some(text.expose())).await;
        assert!(shown.is_err());
    }
    assert_eq!(world.acme.open(&ada, demote(ben_id)).await.map(drop).unwrap_err().to_string(), {
        "only an owner of the namespace may do this"
    });
}

async fn a_maintainer_gives_no_more_than_it_has(engine: Engine) {
    let world = World::new(engine).await;
    let (max, _) = world.member("max", Role::Maintainer).await;
    let (ports, acme) = (world.ports(), namespace());
    let actor = max.actor(ports).await;
    let refused = issue_token(ports, &actor, Some(&acme), request("tokens:*")).await.expect_err("refused");
    assert!(matches!(refused, TokenError::WiderThanIssuer(_)), "{refused:?}");
    let wide = list_tokens(ports, &actor, Some(&acme)).await.unwrap().remove(0);
    let refused = revoke_token(ports, &actor, Some(&acme), wide.id, Descendants::Revoke).await.expect_err("refused");
    assert!(matches!(refused, TokenError::WiderThanIssuer(_)), "{refused:?}");
    let own = issue_token(ports, &actor, Some(&acme), request("publish:hello")).await.unwrap();
    revoke_token(ports, &actor, Some(&acme), own.token.id, Descendants::Revoke).await.unwrap();
    let again = revoke_token(ports, &actor, Some(&acme), own.token.id, Descendants::Revoke).await.expect_err("refused");
    assert!(matches!(again, TokenError::NotFound), "{again:?}");
}

async fn an_owner_signed_in_decides_with_one_that_has_a_token(engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.ada.actor(world.ports()).await;
    let opened = world.acme.open(&ada, crate::owners::invite("Ben")).await.unwrap();
    assert_eq!(opened.state, ProposalState::Done);
    world.acme.work().await;
    let ben = world.acme.accept("Ben").await;
    let opened = world.acme.open(&ben, crate::owners::invite("Cid")).await.unwrap();
    assert_eq!(opened.state, ProposalState::Open);
    let approved = world.acme.approve(&ada, opened.id).await.unwrap();
    assert_eq!(approved.state, ProposalState::Done);
    assert_eq!(approved.approved_by(&list_members(world.ports(), &ada, &namespace()).await.unwrap().members), 2);
}

async fn what_was_allowed_when_the_request_began_is_looked_at_again(engine: Engine) {
    let world = World::new(engine).await;
    let (max, id) = world.member("max", Role::Maintainer).await;
    let (ports, acme) = (world.ports(), namespace());
    let before = max.actor(ports).await;
    change_role(ports, &world.ada.actor(ports).await, &acme, id, Role::Reader).await.unwrap();
    let refused = issue_token(ports, &before, Some(&acme), request("publish:*")).await.expect_err("refused");
    assert!(matches!(refused, TokenError::Denied(Denied::Revoked)), "{refused:?}");
    let key = AddKeyRequest { key: secret(9).public(), purposes: both(), not_after: None, envelope: None };
    let refused = add_key(ports, &before, &acme, key).await.expect_err("refused");
    assert!(matches!(refused, ChangeKeyError::Denied(Denied::Revoked)), "{refused:?}");
}

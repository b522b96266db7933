//! How somebody becomes a member: by a letter's code, or by a token from before accounts.

use adx_registry::world::Behalf;
use adx_registry_core::actor::Actor;
use adx_registry_core::audit::{Origin, Who};
use adx_registry_core::members::{
    Invitation, MAX_MEMBERS, MemberError, Role, accept_with_account, connect_owner, invite_member, list_members,
    look_at_invitation, my_publishers,
};
use adx_registry_core::owner::OwnerName;
use adx_registry_core::owners::{INVITATION_EXPIRES, OwnerError, accept_invitation};
use adx_registry_core::proposal::{ProposalState, ProposedAction};
use adx_signing::log::Event;
use time::Duration;

use super::world::{World, code_to};
use crate::engines::{Engine, on_every_engine};
use crate::owners::{address, invite, namespace};

on_every_engine!(
    a_code_is_good_once_and_for_a_week,
    an_invitation_to_ones_own_address_needs_no_code,
    what_an_invitation_is_to_is_told_before_it_is_accepted,
    a_token_accepts_for_owners_only,
    an_owner_is_invited_by_owners_only,
    an_account_is_a_member_once,
    a_person_who_accepts_as_owner_is_told_of_in_the_log,
    an_owner_connects_its_account_by_its_token,
    the_same_code_at_once_is_accepted_once,
    there_are_only_so_many,
);

async fn a_code_is_good_once_and_for_a_week(engine: Engine) {
    let world = World::new(engine).await;
    let (max, eve) = (world.person("max").await, world.person("eve").await);
    world.invite("max", Role::Reader).await.unwrap();
    let first = world.code("max").await;
    world.invite("max", Role::Maintainer).await.unwrap();
    let code = world.code("max").await;
    let accept = async |code: &str| {
        let actor = max.actor(world.ports()).await;
        accept_with_account(world.ports(), &actor, &Invitation::Code(code.to_owned())).await
    };
    for bad in [&first, "", "0", &"0".repeat(40), &"0".repeat(100)] {
        assert!(matches!(accept(bad).await, Err(MemberError::BadCode)), "{bad}");
    }
    let accepted = accept(&format!(" {code}\n")).await.unwrap();
    assert_eq!((accepted.member.role, accepted.member.name.to_string()), (Role::Maintainer, "max".to_owned()));
    assert!(matches!(accept(&code).await, Err(MemberError::BadCode)), "used");
    world.invite("eve", Role::Reader).await.unwrap();
    let code = world.code("eve").await;
    world.acme.clock.pass(Duration::days(7));
    let late = accept_with_account(world.ports(), &eve.actor(world.ports()).await, &Invitation::Code(code)).await;
    assert!(matches!(late, Err(MemberError::BadCode)), "{late:?}");
}

async fn an_invitation_to_ones_own_address_needs_no_code(engine: Engine) {
    let world = World::new(engine).await;
    let (max, eve) = (world.person("max").await, world.person("eve").await);
    let invited = world.invite("MAX", Role::Reader).await.unwrap();
    let (max, eve) = (max.actor(world.ports()).await, eve.actor(world.ports()).await);
    assert!(my_publishers(world.ports(), &max).await.unwrap().invitations.is_empty(), "nothing was sent yet");
    world.acme.work().await;
    let mine = my_publishers(world.ports(), &max).await.unwrap().invitations;
    assert_eq!(mine.iter().map(|mine| mine.membership.member.id).collect::<Vec<_>>(), [invited.id]);
    assert!(my_publishers(world.ports(), &eve).await.unwrap().invitations.is_empty());
    let by_eve = accept_with_account(world.ports(), &eve, &Invitation::Mine(invited.id)).await;
    assert!(matches!(by_eve, Err(MemberError::BadCode)), "{by_eve:?}");
    accept_with_account(world.ports(), &max, &Invitation::Mine(invited.id)).await.unwrap();
    let mine = my_publishers(world.ports(), &max).await.unwrap();
    assert_eq!((mine.memberships.len(), mine.invitations.len()), (1, 0));
}

async fn what_an_invitation_is_to_is_told_before_it_is_accepted(engine: Engine) {
    let world = World::new(engine).await;
    let ports = world.ports();
    let (max, eve) = (world.person("max").await, world.person("eve").await);
    let (max, eve) = (max.actor(ports).await, eve.actor(ports).await);
    let ben = world.member("ben", Role::Reader).await.0;
    world.acme.open(&world.ada.actor(ports).await, role_of(&world, "ben", Role::Owner).await).await.unwrap();
    let names = |people: &[OwnerName]| people.iter().map(ToString::to_string).collect::<Vec<_>>();

    world.invite("max", Role::Reader).await.unwrap();
    let by_ada = world.code("max").await;
    let (name, email) = ("max".parse().unwrap(), address("max").parse().unwrap());
    let ben = ben.actor(ports).await;
    let acme = namespace();
    let inviting = invite_member(ports, &ben, &acme, Role::Maintainer, name, email);
    Behalf::of(Origin::of(Who::from(&ben))).run(inviting).await.unwrap();
    let code = world.code("max").await;
    let void = look_at_invitation(ports, &max, &by_ada).await;
    assert!(matches!(void, Err(MemberError::BadCode)), "{void:?}");
    // Whoever has the code, as with accepting.
    for actor in [&max, &eve] {
        let seen = look_at_invitation(ports, actor, &code).await.unwrap();
        let membership = &seen.membership;
        assert_eq!((membership.member.role, &membership.publisher.namespace), (Role::Maintainer, &namespace()));
        assert_eq!(names(&seen.invited_by), ["ben"], "who invited last");
        assert_eq!(seen.expires_at, ports.now() + INVITATION_EXPIRES);
    }
    let mine = my_publishers(ports, &max).await.unwrap();
    assert_eq!(names(&mine.invitations[0].invited_by), ["ben"]);
    let nobody = look_at_invitation(ports, &Actor::Anonymous, &code).await;
    assert!(matches!(nobody, Err(MemberError::Denied(_))), "{nobody:?}");
    accept_with_account(ports, &max, &Invitation::Code(code.clone())).await.expect("looking accepts nothing");
    let used = look_at_invitation(ports, &max, &code).await;
    assert!(matches!(used, Err(MemberError::BadCode)), "{used:?}");

    // Owners decide together who else is one.
    let proposed = world.acme.open(&world.ada.actor(ports).await, invite("eve")).await.unwrap();
    world.acme.approve(&ben, proposed.id).await.unwrap();
    let code = world.code("eve").await;
    let seen = look_at_invitation(ports, &eve, &code).await.unwrap();
    let mut together = names(&seen.invited_by);
    together.sort();
    assert_eq!((seen.membership.member.role, together), (Role::Owner, vec!["Ada".to_owned(), "ben".to_owned()]));
    world.acme.clock.pass(Duration::days(7));
    let late = look_at_invitation(ports, &eve, &code).await;
    assert!(matches!(late, Err(MemberError::BadCode)), "{late:?}");
}

/// That somebody shall have another role.
async fn role_of(world: &World, name: &str, role: Role) -> ProposedAction {
    let ada = world.ada.actor(world.ports()).await;
    let members = list_members(world.ports(), &ada, &namespace()).await.unwrap().members;
    let member = members.iter().find(|member| member.name.to_string() == name).expect("a member");
    ProposedAction::ChangeRole { member: member.id, role }
}

async fn a_token_accepts_for_owners_only(engine: Engine) {
    let world = World::new(engine).await;
    world.invite("max", Role::Maintainer).await.unwrap();
    let code = world.code("max").await;
    let refused = accept_invitation(world.ports(), &code).await.expect_err("refused");
    assert!(matches!(refused, OwnerError::NeedsAccount(Role::Maintainer)), "{refused:?}");
}

async fn an_owner_is_invited_by_owners_only(engine: Engine) {
    let world = World::new(engine).await;
    let refused = world.invite("max", Role::Owner).await.expect_err("refused");
    assert!(matches!(refused, MemberError::OwnersDecide(_)), "{refused:?}");
    let ada = world.ada.actor(world.ports()).await;
    let (ben, _) = world.member("ben", Role::Maintainer).await;
    let refused = world.acme.open(&ada, invite("Ben")).await.expect_err("refused");
    assert!(refused.to_string().contains("maintainer"), "{refused}");
    // What owners decided is not for one of them to weaken.
    assert_eq!(world.acme.open(&ada, invite("Cid")).await.unwrap().state, ProposalState::Done);
    let refused = world.invite("Cid", Role::Reader).await.expect_err("refused");
    assert!(matches!(refused, MemberError::IsInvitedAsOwner), "{refused:?}");
    let ben = ben.actor(world.ports()).await;
    let (name, email) = ("Eve".parse().unwrap(), address("eve").parse().unwrap());
    let refused = invite_member(world.ports(), &ben, &namespace(), Role::Reader, name, email).await;
    assert!(matches!(refused, Err(MemberError::Denied(_))), "{refused:?}");
}

async fn an_account_is_a_member_once(engine: Engine) {
    let world = World::new(engine).await;
    let (max, _) = world.member("max", Role::Maintainer).await;
    let refused = world.invite("Max", Role::Reader).await.expect_err("refused");
    assert!(matches!(refused, MemberError::IsMember { role: Role::Maintainer, .. }), "{refused:?}");
    // By another address neither.
    world.invite("maximilian", Role::Reader).await.unwrap();
    let code = world.code("maximilian").await;
    let actor = max.actor(world.ports()).await;
    let refused = accept_with_account(world.ports(), &actor, &Invitation::Code(code)).await.expect_err("refused");
    assert!(matches!(refused, MemberError::IsMember { role: Role::Maintainer, .. }), "{refused:?}");
}

async fn a_person_who_accepts_as_owner_is_told_of_in_the_log(engine: Engine) {
    let world = World::new(engine).await;
    let owners = async |count: u32| {
        world.acme.count(|event| matches!(event, Event::Ownership(ownership) if ownership.owners == count)).await
    };
    let ada = world.ada.actor(world.ports()).await;
    world.acme.open(&ada, invite("ben")).await.unwrap();
    world.acme.work().await;
    let code = code_to(&world.acme.mail.take(), "ben", "invitation");
    let ben = world.person("ben").await;
    let (before, _) = (owners(2).await, world.join(&world.person("max").await, Role::Maintainer).await.unwrap());
    assert_eq!(owners(2).await, before, "who is no owner is nobody's business");
    accept_with_account(world.ports(), &ben.actor(world.ports()).await, &Invitation::Code(code)).await.unwrap();
    assert_eq!(owners(2).await, before + 1);
    world.acme.checked_by_agents().await.expect("believed");
}

async fn an_owner_connects_its_account_by_its_token(engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.ada.actor(world.ports()).await;
    world.acme.open(&ada, invite("Ben")).await.unwrap();
    world.acme.work().await;
    let code = world.acme.mail.code("Ben");
    let token = accept_invitation(world.ports(), &code).await.unwrap().issued.text;
    let (ben, eve) = (world.person("ben").await, world.person("eve").await);
    let ben = async || ben.actor(world.ports()).await;
    for bad in ["", "adx_w_", "letmein", "adx_w_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let refused = connect_owner(world.ports(), &ben().await, bad).await.expect_err("refused");
        assert!(matches!(refused, MemberError::NoOwnerToken), "{bad}: {refused:?}");
    }
    let refused = connect_owner(world.ports(), &ada, token.expose()).await.expect_err("refused");
    assert!(matches!(refused, MemberError::IsMember { role: Role::Owner, .. }), "{refused:?}");
    for _ in 0..2 {
        let connected = connect_owner(world.ports(), &ben().await, token.expose()).await.unwrap();
        assert_eq!(connected.publisher.namespace, namespace());
    }
    let eve = eve.actor(world.ports()).await;
    let refused = connect_owner(world.ports(), &eve, token.expose()).await.expect_err("refused");
    assert!(matches!(refused, MemberError::IsConnected), "{refused:?}");
    assert!(ben().await.owner_of(&namespace()).is_ok());
    world.acme.actor(token.expose()).await.owner_of(&namespace()).expect("the token counts as before");
}

async fn the_same_code_at_once_is_accepted_once(engine: Engine) {
    let world = World::new(engine).await;
    let (max, eve) = (world.person("max").await, world.person("eve").await);
    world.invite("max", Role::Maintainer).await.unwrap();
    let code = world.code("max").await;
    let other = world.acme.another_server().await;
    let (max, eve) = (max.actor(world.ports()).await, eve.actor(&other).await);
    let invitation = Invitation::Code(code);
    let (one, two) = tokio::join!(
        accept_with_account(world.ports(), &max, &invitation),
        accept_with_account(&other, &eve, &invitation)
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}

async fn there_are_only_so_many(engine: Engine) {
    let world = World::new(engine).await;
    for number in 1..MAX_MEMBERS {
        world.invite(&format!("m{number}"), Role::Reader).await.unwrap();
    }
    let refused = world.invite("late", Role::Reader).await.expect_err("refused");
    assert!(matches!(refused, MemberError::TooMany), "{refused:?}");
    let ada = world.ada.actor(world.ports()).await;
    assert_eq!(list_members(world.ports(), &ada, &namespace()).await.unwrap().members.len(), MAX_MEMBERS);
}

//! Who goes, and who must stay.

use adx_registry_core::accounts::{AccountError, Password, erase_account};
use adx_registry_core::actor::Actor;
use adx_registry_core::members::{MemberError, MemberState, Role, list_members, remove_member};
use adx_registry_core::owners::OwnerError;
use adx_registry_core::proposal::{ProposalState, ProposedAction};

use super::world::{PASSWORD, Person, World};
use crate::engines::{Engine, on_every_engine};
use crate::owners::namespace;

on_every_engine!(
    a_member_leaves_and_is_removed_by_an_owner,
    an_owner_leaves_alone_and_is_removed_by_the_owners,
    the_last_owner_stays,
    two_last_owners_at_once_leave_one,
    an_account_is_erased_unless_it_is_the_last_owner,
);

async fn leave(world: &World, person: &Person) -> Result<(), MemberError> {
    let actor = person.actor(world.ports()).await;
    let Actor::Person { memberships, .. } = &actor else { panic!("not a person") };
    remove_member(world.ports(), &actor, &namespace(), memberships[0].member.id).await
}

/// Another owner with an account.
async fn owner(
    world: &World,
    name: &'static str,
) -> (Person, adx_registry_core::Id<adx_registry_core::members::Member>) {
    let (person, id) = world.member(name, Role::Maintainer).await;
    let ada = world.ada.actor(world.ports()).await;
    let promote = ProposedAction::ChangeRole { member: id, role: Role::Owner };
    assert_eq!(world.acme.open(&ada, promote).await.unwrap().state, ProposalState::Done);
    (person, id)
}

async fn a_member_leaves_and_is_removed_by_an_owner(engine: Engine) {
    let world = World::new(engine).await;
    let (max, max_id) = world.member("max", Role::Maintainer).await;
    let (rita, rita_id) = world.member("rita", Role::Reader).await;
    let by_rita = remove_member(world.ports(), &rita.actor(world.ports()).await, &namespace(), max_id).await;
    assert!(matches!(by_rita, Err(MemberError::Denied(_))), "{by_rita:?}");
    leave(&world, &max).await.unwrap();
    let ada = world.ada.actor(world.ports()).await;
    remove_member(world.ports(), &ada, &namespace(), rita_id).await.unwrap();
    let again = remove_member(world.ports(), &ada, &namespace(), rita_id).await;
    assert!(matches!(again, Err(MemberError::Unknown(_))), "{again:?}");
    assert!(rita.actor(world.ports()).await.sees_owners_of(&namespace()).is_err());
    let gone = world.ports().store.read().await.unwrap().member(rita_id).await.unwrap().unwrap();
    assert_eq!((gone.state, gone.email), (MemberState::Removed, None));
    // Whoever left can come again.
    world.join(&max, Role::Reader).await.unwrap();
}

async fn an_owner_leaves_alone_and_is_removed_by_the_owners(engine: Engine) {
    let world = World::new(engine).await;
    let (ben, ben_id) = owner(&world, "ben").await;
    let ada = world.ada.actor(world.ports()).await;
    let refused = remove_member(world.ports(), &ada, &namespace(), ben_id).await;
    assert!(matches!(refused, Err(MemberError::OwnersDecide(_))), "{refused:?}");
    world.acme.work().await;
    world.acme.mail.take();
    leave(&world, &ben).await.unwrap();
    world.acme.work().await;
    let letters = world.acme.mail.take();
    assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), ["ada@example.org"]);
    assert_eq!(letters[0].subject, "acme: ben left");
}

async fn the_last_owner_stays(engine: Engine) {
    let world = World::new(engine).await;
    world.member("max", Role::Maintainer).await;
    let refused = leave(&world, &world.ada).await;
    assert!(matches!(refused, Err(MemberError::Owners(OwnerError::Last))), "{refused:?}");
    let ada = world.ada.actor(world.ports()).await;
    let (member, _) = ada.owner_of(&namespace()).unwrap();
    for action in [
        ProposedAction::ChangeRole { member: member.id, role: Role::Maintainer },
        ProposedAction::RemoveOwner { owner: member.id },
    ] {
        let refused = world.acme.open(&ada, action).await.expect_err("refused");
        assert_eq!(refused.to_string(), "the last owner stays");
    }
}

async fn two_last_owners_at_once_leave_one(engine: Engine) {
    let world = World::new(engine).await;
    let (ben, ben_id) = owner(&world, "ben").await;
    let other = world.acme.another_server().await;
    let (ada, ben) = (world.ada.actor(world.ports()).await, ben.actor(&other).await);
    let ada_id = ada.owner_of(&namespace()).unwrap().0.id;
    let acme = namespace();
    let (one, two) =
        tokio::join!(remove_member(world.ports(), &ada, &acme, ada_id), remove_member(&other, &ben, &acme, ben_id));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let members =
        world.ports().store.read().await.unwrap().members_of(ada.owner_of(&acme).unwrap().1.id).await.unwrap();
    assert_eq!(members.iter().filter(|member| member.is_owner()).count(), 1);
}

async fn an_account_is_erased_unless_it_is_the_last_owner(engine: Engine) {
    let world = World::new(engine).await;
    let password = || Password::new(PASSWORD.to_owned());
    let erase = async |person: &Person| {
        erase_account(world.ports(), &person.actor(world.ports()).await, &password(), None).await
    };
    let refused = erase(&world.ada).await.expect_err("refused");
    assert!(matches!(&refused, AccountError::LastOwner(of) if *of == namespace()), "{refused:?}");
    let (ben, ben_id) = owner(&world, "ben").await;
    let (max, max_id) = world.member("max", Role::Maintainer).await;
    erase(&max).await.unwrap();
    erase(&ben).await.unwrap();
    let mut reader = world.ports().store.read().await.unwrap();
    for id in [max_id, ben_id] {
        let left = reader.member(id).await.unwrap().unwrap();
        assert_eq!(
            (left.state, left.email, left.name.to_string()),
            (MemberState::Removed, None, "erased account".to_owned())
        );
    }
    drop(reader);
    let ada = world.ada.actor(world.ports()).await;
    assert_eq!(list_members(world.ports(), &ada, &namespace()).await.unwrap().members.len(), 1);
}

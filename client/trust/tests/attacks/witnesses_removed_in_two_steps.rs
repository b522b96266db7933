//! Witnesses cosign whatever grows. So whoever has the online keys first has one honest checkpoint cosigned, beside a policy that asks
//! for no witness: it holds under the policy before and under the new one. From then on nobody is asked, and each agent gets a history
//! of its own. Whom to believe about the log is therefore not for online keys to say.

use std::collections::BTreeMap;

use adx_signing::{
    log::{LogPolicy, policy::PolicyError},
    tuf::{RoleName, Signed, Targets, control::ControlFile as _},
};
use adx_trust::{Refusal, log::LogError, repository::RepositoryError};
use serde_json::Value;
use tempfile::TempDir;

use crate::world::{MODULE, World, policy, refusal, taken};

const ORIGIN: &str = "registry.example.com/log";

fn unwatched(world: &World) -> LogPolicy {
    policy(ORIGIN, &world.online.log, &[], 0)
}

/// Lists and serves a policy as the server can: by its own keys.
fn list(world: &mut World, policy: &LogPolicy) {
    world.target(&LogPolicy::target_name(), &policy.to_json());
}

fn is_unwitnessed(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Checkpoint(LogError::Policy(PolicyError::Quorum { needed: 2, .. })))
}

#[tokio::test]
async fn two_histories_are_refused_by_both_who_are_shown_them() {
    let mut thief = World::new();
    let states = [(); 2].map(|()| TempDir::new().expect("a folder"));
    let agents = [0, 1].map(|agent: usize| thief.open(states[agent].path()).expect("a registry"));
    for agent in &agents {
        taken(agent, MODULE, "1.0.0", thief.now).await;
    }

    // Step one: the witnesses cosign an honest step.
    thief.later(1);
    let unwatched = unwatched(&thief);
    list(&mut thief, &unwatched);
    thief.fill(1);
    thief.round();
    for agent in &agents {
        agent.refresh(thief.now).await.expect("nothing is wrong with the log");
        assert_eq!(agent.witnessed().await.expect("a checkpoint").quorum, 2, "people signed that two must cosign");
    }
    drop(agents);

    // Step two: they are not asked any more, and the log is forked.
    thief.witnesses.clear();
    let mut other = thief.parted();
    for (world, state, version) in [(&mut thief, &states[0], "1.1.0"), (&mut other, &states[1], "6.6.6")] {
        world.later(1);
        world.release(MODULE, version);
        world.round();
        let agent = world.open(state.path()).expect("a registry");
        let refused = refusal(&agent, MODULE, version, world.now).await;
        assert!(is_unwitnessed(&refused), "{refused:?}");
    }
    // Nor does an agent take it that never saw the log before.
    let (new, now) = (TempDir::new().expect("a folder"), thief.now);
    let refused = thief.open(new.path()).expect("a registry").refresh(now).await.expect_err("no witness");
    assert!(is_unwitnessed(&refused), "{refused:?}");
}

#[tokio::test]
async fn a_targets_document_of_the_thief_is_not_believed() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;

    // Signed by the keys that are on the server.
    let mut thief = world.parted();
    thief.targets_keys = vec![thief.online.control.clone(), thief.online.snapshot.clone()];
    let unwatched = unwatched(&thief);
    thief.later(1);
    thief.agree(unwatched.clone());
    thief.round();
    let registry_of_the_thief = {
        drop(registry);
        thief.open(state.path()).expect("a registry")
    };
    let refused = registry_of_the_thief.refresh(thief.now).await.expect_err("not by people");
    let Refusal::Metadata(RepositoryError::Threshold { file, found: 0, needed: 2 }) = &refused else {
        panic!("{refused:?}");
    };
    assert_eq!(file, "2.targets.json");
    drop(registry_of_the_thief);

    // One that people signed and that says nothing of the log, as registries had before: an online list is no substitute.
    let mut silent: Value = serde_json::from_slice(&world.targets.to_json()).expect("JSON");
    silent["signed"]["targets"] = Value::Object(serde_json::Map::new());
    silent["signed"]["version"] = 2.into();
    let silent = serde_json::to_vec(&silent).expect("JSON");
    let mut silent = Signed::unsigned(Signed::<Targets>::from_json(&silent).expect("targets").into_document());
    world.targets_keys.iter().take(2).for_each(|key| silent.sign(key));
    world.later(1);
    world.new_targets = Some(silent);
    list(&mut world, &unwatched);
    world.round();
    let new = TempDir::new().expect("a folder");
    let refused = world.open(new.path()).expect("a registry").refresh(world.now).await.expect_err("listed online");
    let Refusal::Metadata(RepositoryError::ListedOnline { name, role }) = &refused else { panic!("{refused:?}") };
    assert_eq!(name, "log-policy.json");
    assert!(role.starts_with("bin-"), "{role}");
}

/// The people once asked for no witness, and that document has not expired. A client forgets the versions of a snapshot whose key was
/// changed, and who has the new one begins with the old document again.
#[tokio::test]
async fn an_earlier_word_of_the_people_is_not_shown_again() {
    let mut world = World::new();
    let watched = world.policy.clone();
    world.agree(unwatched(&world));
    let (early, early_policy) = (world.targets.clone(), world.policy.clone());
    world.round();
    world.later(1);
    world.agree(watched);
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    drop(registry);

    let mut thief = world.parted();
    let before = thief.online.clone();
    thief.rotate("rotated");
    // The bins and control files of the early document were signed by keys that this server had too.
    (thief.online.bins, thief.online.control) = (before.bins, before.control);
    (thief.snapshot, thief.new_targets, thief.policy) = (None, Some(early), early_policy);
    let roles: Vec<RoleName> = thief.contents.keys().cloned().collect();
    thief.contents = roles.into_iter().map(|role| (role, Targets::unpublished())).collect::<BTreeMap<_, _>>();
    thief.witnesses.clear();
    thief.later(1);
    thief.release(MODULE, "6.6.6");
    thief.round();
    let refused = refusal(&thief.open(state.path()).expect("a registry"), MODULE, "6.6.6", thief.now).await;
    let text = "metadata: targets is version 2, version 3 was seen before: this is a rollback";
    assert_eq!(refused.to_string(), text);
}

/// What people change is believed, also where a witness that would have to cosign the change is gone for good.
#[tokio::test]
async fn people_replace_a_witness_that_is_gone() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    world.later(1);
    world.witnesses.truncate(1);
    world.release(MODULE, "1.0.1");
    world.round();
    let refused = registry.refresh(world.now).await.expect_err("one of two");
    assert!(is_unwitnessed(&refused), "{refused:?}");

    let left = world.witnesses.clone();
    world.agree(policy(ORIGIN, &world.online.log, &left, 1));
    world.release(MODULE, "1.0.2");
    world.round();
    taken(&registry, MODULE, "1.0.2", world.now).await;
    assert_eq!(registry.witnessed().await.expect("a checkpoint").quorum, 1);

    // Another log altogether is not this one, whoever says so.
    world.agree(policy("elsewhere.example.com/log", &world.online.log, &[], 0));
    world.witnesses.clear();
    world.round();
    let refused = registry.refresh(world.now).await.expect_err("another log");
    assert!(matches!(refused, Refusal::Checkpoint(LogError::OtherLog { .. })), "{refused:?}");
}

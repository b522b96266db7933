use adx_signing::{
    Namespace,
    key_change::Change,
    log::{Event, leaf::KeyRecovery},
    tuf::key_history::{Authorization, RECOVERY_DELAY},
};
use adx_trust::{Demands, FastLane, Limits, Outcome, Proof, Refusal, Source, decide};
use tempfile::TempDir;
use time::Duration;

use crate::{
    server::Server,
    world::{MODULE, World, ask, at, key, made, minute, module, new_key, refusal, taken},
};

#[tokio::test]
async fn a_release_is_taken_from_a_folder_and_over_http() {
    let world = World::new();
    let server = Server::start(world.path().to_owned()).await;
    for source in [Source::folder(world.path()), Source::parse(&server.url, &Limits::default()).expect("an address")] {
        let state = TempDir::new().expect("a folder");
        let registry = world.open_at(source, state.path()).expect("a registry");
        let decision = ask(&registry, MODULE, "1.0.0", minute(1)).await.expect("evidence");
        let release = decision.outcome.expect("every proof holds");
        assert_eq!((release.leaf, release.logged_at), (1, minute(0)));
        assert_eq!((release.registry.as_str(), &release.signed_by[..]), ("main", &[world.publisher.public().id()][..]));
        assert_eq!(release.permissions, ["kv"]);
        let proofs: Vec<_> = decision.steps.iter().map(|step| (step.proof, step.outcome)).collect();
        let all = [
            Proof::Namespace,
            Proof::Clock,
            Proof::Metadata,
            Proof::Target,
            Proof::Checkpoint,
            Proof::Inclusion,
            Proof::PublisherKey,
            Proof::Signature,
            Proof::Revocation,
            Proof::Cooldown,
        ];
        assert_eq!(proofs, all.map(|proof| (proof, Outcome::Holds)));
    }
}

#[tokio::test]
async fn a_client_follows_what_happens() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    // Over the edge of a tile of the log.
    world.release("acme/other", "1.7.0");
    world.fill(300);
    world.release("acme/other", "1.299.0");
    world.round();
    world.later(1);
    world.release(MODULE, "1.1.0");
    world.round();
    taken(&registry, MODULE, "1.1.0", world.now).await;
    taken(&registry, MODULE, "1.0.0", world.now).await;
    taken(&registry, "acme/other", "1.7.0", world.now).await;
    let lines = registry.lines(&module(MODULE), world.now).await.expect("lines");
    assert_eq!(lines.iter().map(|line| line.version.to_string()).collect::<Vec<_>>(), ["1.0.0", "1.1.0"]);
    assert_eq!(registry.lines(&module("acme/nothing"), world.now).await, Ok(vec![]));

    // The same after the process ended.
    drop(registry);
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, "acme/other", "1.299.0", world.now).await;
}

/// A name that differs in `-` and `_` alone is the same: whoever mistook it is told how it is written.
#[tokio::test]
async fn a_module_is_found_by_the_other_spellings_of_its_name() {
    let mut world = World::new();
    world.release("acme/hello-my_world", "1.0.0");
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    registry.refresh(world.now).await.expect("a refresh");
    let spelled = async |name: &str| {
        assert_eq!(registry.lines(&module(name), world.now).await, Ok(vec![]), "{name}");
        registry.spelled(&module(name), world.now).await.expect("a signed index")
    };
    for name in ["acme/hello_my-world", "acme/hello-my-world", "acme/hello_my_world"] {
        assert_eq!(spelled(name).await, Some(module("acme/hello-my_world")), "{name}");
    }
    assert_eq!(spelled("acme/hello-world").await, None);
    assert_eq!(spelled("acme/nothing").await, None);
}

/// Releases in more lists than are held in memory, and again after something was signed.
#[tokio::test]
async fn lists_are_let_go_of_and_read_again() {
    let mut world = World::new();
    for number in 0..60 {
        world.release("acme/other", &format!("1.{number}.0"));
    }
    world.round();
    let state = TempDir::new().expect("a folder");
    let server = Server::start(world.path().to_owned()).await;
    let source = Source::parse(&server.url, &Limits::default()).expect("an address");
    let registry = world.open_at(source, state.path()).expect("a registry");
    registry.refresh(world.now).await.expect("fresh");
    for _ in 0..2 {
        for number in 0..60 {
            let version = format!("1.{number}.0").parse().expect("a version");
            let evidence = registry.evidence(&module("acme/other"), &version, world.now).await;
            evidence.target().expect("a target");
        }
    }
    let lists: Vec<_> = server.asked().into_iter().filter(|path| path.contains(".bin-")).collect();
    let distinct: std::collections::BTreeSet<_> = lists.iter().collect();
    assert_eq!((lists.len(), distinct.len()), (16, 16), "each is fetched once");
    world.later(1);
    world.release(MODULE, "1.1.0");
    world.round();
    taken(&registry, MODULE, "1.1.0", world.now).await;
    taken(&registry, "acme/other", "1.59.0", world.now).await;
}

#[tokio::test]
async fn an_up_to_date_client_asks_for_three_small_files() {
    let world = World::new();
    let server = Server::start(world.path().to_owned()).await;
    let state = TempDir::new().expect("a folder");
    let source = Source::parse(&server.url, &Limits::default()).expect("an address");
    let registry = world.open_at(source.clone(), state.path()).expect("a registry");
    registry.refresh(world.now).await.expect("fresh");
    let before = server.asked().len();
    registry.refresh(world.now).await.expect("fresh");
    assert_eq!(server.asked()[before..], ["tuf/2.root.json", "tuf/timestamp.json", "log/checkpoint"]);

    // Nothing more after the process ended: all else is kept.
    drop(registry);
    let registry = world.open_at(source, state.path()).expect("a registry");
    let before = server.asked().len();
    registry.refresh(world.now).await.expect("fresh");
    assert_eq!(server.asked()[before..], ["tuf/2.root.json", "tuf/timestamp.json", "log/checkpoint"]);
}

#[tokio::test]
async fn a_tenant_waits_and_two_people_let_a_security_fix_past() {
    let world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    registry.refresh(minute(10)).await.expect("fresh");
    let version = "1.0.0".parse().expect("a version");
    let evidence = registry.evidence(&module(MODULE), &version, minute(10)).await;
    let sha256 = evidence.target().expect("a target").sha256;
    let (package, envelope) =
        (world.read(&format!("packages/{sha256}.adxm")), registry.envelope(&sha256).await.expect("an envelope"));
    let mut demands = Demands { cooldown: time::Duration::days(1), fast_lane: None };
    let decision = decide(&evidence, &package, &envelope, &demands, minute(10));
    let refusal = decision.outcome.expect_err("too young");
    assert_eq!(refusal, Refusal::Cooldown { since: minute(0), until: at("2026-11-26T08:00:00Z") });
    assert!(refusal.is_passing() && refusal.to_string().starts_with("cooldown: it is public since"), "{refusal}");

    // The same person twice is one person.
    let one = ["ada".to_owned(), "ada".to_owned()];
    assert_eq!(FastLane::new(one).expect_err("one").to_string().split(' ').next(), Some("1"));
    demands.fast_lane = Some(FastLane::new(["ada".to_owned(), "grace".to_owned()]).expect("two"));
    let decision = decide(&evidence, &package, &envelope, &demands, minute(10));
    assert_eq!(decision.steps[9].detail, "a security fix, approved by ada and grace");
    assert!(decision.outcome.is_ok());
    demands.fast_lane = None;
    assert!(decide(&evidence, &package, &envelope, &demands, minute(23 * 60)).outcome.is_err());
}

#[tokio::test]
async fn the_first_proof_that_fails_is_named_and_the_others_are_told() {
    let world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    registry.refresh(world.now).await.expect("fresh");
    let evidence = registry.evidence(&module(MODULE), &"1.0.0".parse().expect("a version"), world.now).await;
    let decision = decide(&evidence, b"something else", b"{}", &Demands::default(), world.now);
    let refusal = decision.outcome.expect_err("another package");
    assert!(refusal.to_string().starts_with("target: the package has 14 bytes"), "{refusal}");
    let outcomes: Vec<_> = decision.steps.iter().map(|step| step.outcome.as_str()).collect();
    let (holds, fails, not) = ("holds", "fails", "not asked");
    assert_eq!(outcomes, [holds, holds, holds, fails, holds, fails, not, not, not, not]);
    assert!(!refusal.hint().is_empty());
}

#[tokio::test]
async fn what_was_never_released_is_not_there() {
    let world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refusal = refusal(&registry, MODULE, "9.9.9", world.now).await;
    assert_eq!(refusal.to_string(), "target: the metadata lists no `acme--hello--9.9.9.adxm`");
}

/// An agent looks just before the announcement, by a clock that is ahead: by that it seems to have been announced later than it was,
/// and the registry waits no longer than it must.
#[tokio::test]
async fn a_clock_that_is_ahead_by_little_makes_no_recovery_too_soon() {
    let mut world = World::new();
    let ahead = |world: &World| world.now.after(Duration::seconds(4 * 60));
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    registry.refresh(ahead(&world)).await.expect("fresh");
    world.now = world.now.after(Duration::seconds(10));
    let announced = world.now;
    let (own, namespace) = (key("the owners' new"), "acme".parse::<Namespace>().expect("a namespace"));
    let recovery = KeyRecovery { change: Change::Add(new_key(&own)), namespace: namespace.clone() };
    let announced_at_leaf = world.log(Event::KeyRecoveryAnnounced(recovery));
    for _ in 0..8 {
        world.round();
        registry.refresh(ahead(&world)).await.expect("fresh");
        world.later(20 * 60);
        world.fill(1);
    }
    world.now = announced.after(RECOVERY_DELAY);
    world.slip_in(&namespace, &own, Authorization::Recovery { announced_at_leaf });
    world.accept(&made(MODULE, "1.0.3", &own), own.public().id());
    world.round();
    for version in ["1.0.0", "1.0.3"] {
        taken(&registry, MODULE, version, ahead(&world)).await;
    }
}

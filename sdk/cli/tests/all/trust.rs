//! `adx verify`, `adx mirror` and `adx bundle`, with a true registry in a folder.

use std::fs;

use adx_signing::UtcSecond;
use serde_json::Value;

use crate::support::{Adx, Run};
use crate::world::{MODULE, World, key, made};

/// The package's name as a target.
const PACKAGE: &str = "acme--hello--1.0.0.adxm";

/// A registry that begins now, and a person who was handed its root and a package.
fn stage() -> (World, Adx) {
    #[expect(clippy::disallowed_methods, reason = "the command reads the true clock")]
    let now = UtcSecond::from(time::OffsetDateTime::now_utc());
    let mut world = World::begun("registry.example.com/log", "registry", key("acme"), now);
    world.release(MODULE, "1.0.0");
    world.round();
    let adx = Adx::new();
    fs::write(adx.work().join("root.json"), world.read("tuf/1.root.json")).expect("a file");
    fs::write(adx.work().join(PACKAGE), made(MODULE, "1.0.0", &world.publisher).package).expect("a file");
    (world, adx.with("ADX_ROOT", "root.json"))
}

fn outcomes(run: &Run) -> Vec<String> {
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{run}"));
    let steps = document["steps"].as_array().expect("steps");
    let word = |step: &Value, name: &str| step[name].as_str().expect("text").to_owned();
    steps.iter().map(|step| format!("{}: {}", word(step, "proof"), word(step, "outcome"))).collect()
}

#[test]
fn every_proof_is_told() {
    let (world, adx) = stage();
    let from = world.path().display().to_string();
    let run = adx.run(&["verify", PACKAGE, "--from", &from]);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""), "{run}");
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 11, "{run}");
    assert!(lines[1..].iter().all(|line| line.starts_with("    holds  ")), "{run}");
    assert!(lines[6].contains("inclusion      leaf 1, "), "{run}");
    let witnesses = ", cosigned by witness.example.org/one and witness.example.org/two: 2 of 2 must";
    assert!(lines[5].contains("checkpoint     2 leaves") && lines[5].ends_with(witnesses), "{run}");
    let document = adx.json(&["verify", PACKAGE, "--from", &from]);
    let told = &document["steps"][4]["witnesses"];
    assert_eq!((&told["known"], &told["quorum"]), (&Value::from(2), &Value::from(2)), "{document}");
    assert_eq!(told["cosigned"][1]["name"], "witness.example.org/two");
    assert!(
        document["steps"].as_array().expect("steps").iter().filter(|step| step["witnesses"].is_object()).count() == 1
    );
}

#[test]
fn another_package_is_refused_and_told_why() {
    let (world, adx) = stage();
    let from = world.path().display().to_string();
    fs::write(adx.work().join(PACKAGE), "another package").expect("a file");
    let run = adx.run(&["--json", "verify", PACKAGE, "--from", &from]);
    assert_eq!(run.exit, 4, "{run}");
    let told = outcomes(&run);
    assert_eq!(told[2..6], ["metadata: holds", "target: fails", "checkpoint: holds", "inclusion: fails"]);
    let error: Value = serde_json::from_str(&run.stderr).expect("a failure");
    let cause = error["error"]["causes"][0].as_str().expect("a cause");
    assert!(cause.starts_with("target: the package has 15 bytes"), "{cause}");
    assert_eq!(error["error"]["message"], "acme/hello 1.0.0 is refused");
}

#[test]
fn what_was_seen_before_is_remembered() {
    let (mut world, adx) = stage();
    let before = world.parted();
    world.release(MODULE, "1.1.0");
    world.round();
    let from = |world: &World| world.path().display().to_string();
    let run = adx.run(&["verify", PACKAGE, "--from", &from(&world)]);
    assert_eq!(run.exit, 0, "{run}");
    let run = adx.run(&["--json", "verify", PACKAGE, "--from", &from(&before)]);
    assert_eq!(run.exit, 4, "{run}");
    assert!(run.stderr.contains("version 2 was seen before: this is a rollback"), "{run}");
    assert_eq!(outcomes(&run)[2], "metadata: fails");
}

/// A log that is shown shorter than before, or without its witnesses, is told step by step as any other lie.
#[test]
fn what_the_log_lacks_is_told_with_the_steps() {
    let (mut world, adx) = stage();
    let before = world.parted();
    world.release(MODULE, "1.1.0");
    world.round();
    let from = world.path().display().to_string();
    assert_eq!(adx.run(&["verify", PACKAGE, "--from", &from]).exit, 0);
    let shown = |run: Run| {
        assert_eq!(run.exit, 4, "{run}");
        let told = outcomes(&run);
        assert_eq!((told[2].as_str(), told[4].as_str()), ("metadata: holds", "checkpoint: fails"), "{run}");
        run.stderr
    };
    // The log alone goes back.
    world.serve("log/checkpoint", &before.read("log/checkpoint"));
    let why = shown(adx.run(&["--json", "verify", PACKAGE, "--from", &from]));
    assert!(why.contains("a mirror may be behind"), "{why}");
    // A checkpoint that one witness cosigned, of two that must. It is another one: who knows it asks for nothing more.
    world.release(MODULE, "1.2.0");
    world.round();
    let note = String::from_utf8(world.read("log/checkpoint")).expect("text");
    let last = note.trim_end().rfind('\n').expect("several lines");
    world.serve("log/checkpoint", format!("{}\n", &note[..last]).as_bytes());
    shown(adx.run(&["--json", "verify", PACKAGE, "--from", &from]));
    fs::remove_file(world.file("log/checkpoint")).expect("it was there");
    shown(adx.run(&["--json", "verify", PACKAGE, "--from", &from]));
}

#[test]
fn a_root_of_another_registry_is_thought_of() {
    let (mut world, adx) = stage();
    world.rotate("next");
    world.publish_root();
    let other = World::begun("other.example.com/log", "another", key("globex"), world.now);
    fs::write(adx.work().join("root.json"), other.read("tuf/1.root.json")).expect("a file");
    let run = adx.run(&["verify", PACKAGE, "--from", &world.path().display().to_string()]);
    assert_eq!(run.exit, 4, "{run}");
    assert!(run.stderr.contains("hint: is --root the first root of this registry"), "{run}");
}

#[test]
fn a_registry_that_does_not_answer_is_not_a_refusal() {
    let (_, adx) = stage();
    let run = adx.run(&["verify", PACKAGE, "--from", "http://127.0.0.1:1/"]);
    assert_eq!(run.exit, 5, "{run}");
    let run = adx.run(&["verify", PACKAGE, "--from", "ftp://example.com/"]);
    assert_eq!(run.exit, 2, "{run}");
}

#[test]
fn an_envelope_that_is_missing_or_none_is_called_so() {
    let (world, adx) = stage();
    let from = world.path().display().to_string();
    let released = made(MODULE, "1.0.0", &world.publisher);
    let served = world.file(&format!("packages/{}.dsse.json", released.sha256()));
    let envelope = fs::read(&served).expect("it is served");
    fs::remove_file(&served).expect("it was there");
    let run = adx.run(&["verify", PACKAGE, "--from", &from]);
    assert_eq!(run.exit, 4, "{run}");
    let why = "inclusion: leaf 1 names the publisher's envelope, and the source has none of this package";
    assert!(run.stderr.contains(why) && run.stderr.contains("--envelope FILE"), "{run}");
    assert!(!run.stderr.contains("tell the publisher"), "{run}");

    fs::write(adx.work().join("own.dsse.json"), envelope).expect("a file");
    let run = adx.run(&["verify", PACKAGE, "--from", &from, "--envelope", "own.dsse.json"]);
    assert_eq!(run.exit, 0, "{run}");
    fs::write(adx.work().join("alice.pem"), "-----BEGIN PRIVATE KEY-----\n").expect("a file");
    let run = adx.run(&["verify", PACKAGE, "--from", &from, "--envelope", "alice.pem"]);
    assert_eq!((run.exit, run.stdout.as_str()), (2, ""), "{run}");
    assert!(run.stderr.contains("error: alice.pem is not an envelope"), "{run}");
}

#[test]
fn a_file_that_is_no_root_is_not_the_sources_fault() {
    let (world, adx) = stage();
    fs::write(adx.work().join("alice.pem"), "a key").expect("a file");
    let from = world.path().display().to_string();
    let run = adx.run(&["verify", PACKAGE, "--root", "alice.pem", "--from", &from]);
    assert_eq!(run.exit, 2, "{run}");
    assert!(run.stderr.contains("error: alice.pem is not a registry's root"), "{run}");
}

#[test]
fn a_mirror_and_a_bundle_verify_as_the_registry_does() {
    let (world, adx) = stage();
    let from = world.path().display().to_string();
    let mirrored = adx.json(&["mirror", "pages", "--from", &from]);
    assert_eq!((&mirrored["releases"], &mirrored["timestamp_version"]), (&Value::from(1), &Value::from(1)));
    let again = adx.json(&["mirror", "pages", "--from", &from]);
    assert_eq!(again["written_files"], 0);

    // The bundle is made of the mirror, and the machine it is carried to has neither.
    let bundled = adx.json(&["bundle", MODULE, "--output", "some.adxb", "--from", "pages"]);
    assert_eq!(bundled["releases"], Value::from(vec!["acme/hello@1.0.0"]));
    for from in ["pages", "some.adxb"] {
        let run = adx.run(&["verify", PACKAGE, "--from", from]);
        assert_eq!(run.exit, 0, "{run}");
    }
    let run = adx.run(&["bundle", "acme/nothing", "--output", "none.adxb", "--from", "pages"]);
    assert_eq!(run.exit, 3, "{run}");
    let run = adx.run(&["bundle", MODULE, "--output", "large.adxb", "--from", "pages", "--known-log-size", "2000"]);
    assert_eq!(run.exit, 2, "{run}");
    assert!(run.stderr.contains("has 2 leaves, so that no machine knows 2000"), "{run}");
    let run = adx.run(&["bundle", MODULE, "--output", "some.tar", "--from", "pages"]);
    assert_eq!(run.exit, 2, "{run}");
    fs::write(adx.work().join("broken.adxb"), "no bundle").expect("a file");
    let run = adx.run(&["verify", PACKAGE, "--from", "broken.adxb"]);
    assert_eq!(run.exit, 4, "{run}");
    assert!(run.stderr.contains("this is not a bundle"), "{run}");
}

#[test]
fn a_mirror_of_nothing_is_not_found_and_a_folder_of_something_else_is_left_alone() {
    let (world, adx) = stage();
    let from = world.path().display().to_string();
    let run = adx.run(&["mirror", "some", "acme/hallo", "--from", &from]);
    assert_eq!(run.exit, 3, "{run}");
    assert!(run.stderr.contains("no released version matches"), "{run}");
    assert!(!adx.work().join("some/tuf/timestamp.json").exists(), "a mirror of nothing was published");
    // With one that is there, the other is told. The folder is a mirror already.
    let run = adx.run(&["mirror", "some", "acme/hello", "acme/hallo", "--from", &from]);
    assert_eq!(run.exit, 0, "{run}");
    assert!(run.stderr.contains("warning: no released version of acme/hallo matches"), "{run}");

    let kept = adx.work().join("pages/index.html");
    fs::create_dir(adx.work().join("pages")).expect("a folder");
    fs::write(&kept, "mine").expect("a file");
    let run = adx.run(&["mirror", "pages", "--from", &from]);
    assert_eq!(run.exit, 4, "{run}");
    assert!(run.stderr.contains("pages holds other files, and is no mirror"), "{run}");
    assert_eq!(fs::read_dir(adx.work().join("pages")).expect("a folder").count(), 1, "something was written there");
    fs::remove_file(&kept).expect("removed");
    assert_eq!(adx.run(&["mirror", "pages", "--from", &from]).exit, 0);
}

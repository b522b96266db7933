//! Trial runs of small components, each wrong in one way.

use std::sync::LazyLock;
use std::time::Duration;

use adx_index::{Manifest, Package};
use adx_registry_core::checks::{Check as _, Finding, Severity, Subject};
use adx_signing::Digest;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::super::trial::Trial;
use super::{codes, package, run};

static TRIAL: LazyLock<Trial> = LazyLock::new(|| Trial::new(Duration::from_secs(60)).expect("a sandbox starts"));

/// A module with the activity `work`, from the bodies of functions in the text format. At address 0 stands success; at 128, the text
/// `null`; at 400, the error `unknown-activity`; at 440, the error `Bad Kind`; at 480, `not json`; at 520, the error `failed`.
fn component(functions: &[(&str, &str)]) -> Vec<u8> {
    let body = |name: &str| {
        let given = functions.iter().find(|(given, _)| *given == name);
        match (given, name) {
            (Some((_, body)), _) => *body,
            (None, "names") => "(i32.const 300)",
            (None, "call") => "(i32.const 128)",
            (None, "unknown") => "(i32.const 400)",
            (None, "memory") => "2",
            (None, "import") => "",
            (None, _) => "(i32.const 0)",
        }
    };
    let hooks: String = ["install", "activate", "deactivate", "uninstall", "health"]
        .map(|name| format!("(func (export \"adx:module/lifecycle@1.0.0#{name}\") (result i32) {})", body(name)))
        .concat();
    let wat = format!(
        r#"(module
            {import}
            (memory (export "memory") {memory})
            (global $free (mut i32) (i32.const 4096))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
                (global.set $free (i32.add (local.get $at) (local.get 3)))
                (local.get $at))
            {hooks}
            (func (export "adx:module/lifecycle@1.0.0#upgrade") (param i32 i32) (result i32) {upgrade})
            (func (export "adx:module/activities@1.0.0#names") (result i32) {names})
            (func (export "adx:module/activities@1.0.0#call") (param i32 i32 i32 i32) (result i32)
                (if (i32.eq (local.get 1) (i32.const 4)) (then (return {call})))
                {unknown})
            (data (i32.const 128) "\00\00\00\00\c8\00\00\00\04\00\00\00") (data (i32.const 200) "null")
            (data (i32.const 300) "\40\01\00\00\01\00\00\00") (data (i32.const 320) "\54\01\00\00\04\00\00\00")
            (data (i32.const 340) "work")
            (data (i32.const 400) "\01\00\00\00\58\02\00\00\10\00\00\00\58\02\00\00\10\00\00\00\00")
            (data (i32.const 600) "unknown-activity")
            (data (i32.const 440) "\01\00\00\00\80\02\00\00\08\00\00\00\80\02\00\00\08\00\00\00\00") (data (i32.const 640) "Bad Kind")
            (data (i32.const 480) "\00\00\00\00\90\02\00\00\08\00\00\00") (data (i32.const 656) "not json")
            (data (i32.const 520) "\01\00\00\00\a0\02\00\00\06\00\00\00\a0\02\00\00\06\00\00\00\00") (data (i32.const 672) "failed"))"#,
        import = body("import"),
        memory = body("memory"),
        upgrade = body("upgrade"),
        names = body("names"),
        call = body("call"),
        unknown = body("unknown"),
    );
    let mut module = wat::parse_str(wat).expect("the module is one");
    let mut resolve = Resolve::default();
    let contract = include_str!("../../../../../sdk/wit/module.wit");
    let package = resolve.push_str("module.wit", contract).expect("the contract is WIT");
    let world = resolve.packages[package].worlds["module"];
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("embedded");
    ComponentEncoder::default().module(&module).expect("a module").validate(true).encode().expect("a component")
}

fn of(functions: &[(&str, &str)]) -> Vec<Finding> {
    let more = "[module.resources]\nmemory_mib = 1\ncpu_time_ms = 300\nwall_time_ms = 5000\n";
    run(&*TRIAL, &package(more, &component(functions), &[]))
}

const TRAP: &str = "unreachable";
const LOOP: &str = "(loop (br 0)) unreachable";
/// A guest that wants memory until it has none, and traps then, as allocators do.
const GROW: &str = "(loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable";

#[test]
fn a_module_that_works_is_no_finding() {
    assert_eq!(of(&[]), []);
    // It may say that it wants another input.
    assert_eq!(of(&[("call", "(i32.const 520)")]), []);
}

#[test]
fn each_fault_once_at_its_function() {
    for (functions, code, place, severity) in [
        (("install", TRAP), "trial-trap", "lifecycle.install", Severity::Error),
        (("uninstall", TRAP), "trial-trap", "lifecycle.uninstall", Severity::Error),
        (("call", TRAP), "trial-trap", "activity work", Severity::Error),
        (("names", TRAP), "trial-trap", "activities.names", Severity::Error),
        (("unknown", TRAP), "trial-trap", "activities.call", Severity::Error),
        (("activate", LOOP), "trial-cpu-time", "lifecycle.activate", Severity::Error),
        (("call", GROW), "trial-out-of-memory", "activity work", Severity::Error),
        (("call", "(i32.const 480)"), "trial-invalid-output", "activity work", Severity::Error),
        (("call", "(i32.const -8)"), "trial-trap", "activity work", Severity::Error),
        (("call", "(i32.const 400)"), "activity-unknown", "activity work", Severity::Error),
        (("unknown", "(i32.const 128)"), "activity-unknown", "activities.call", Severity::Error),
        (("unknown", "(i32.const 520)"), "activity-unknown", "activities.call", Severity::Error),
        (("call", "(i32.const 440)"), "error-kind", "activity work", Severity::Warning),
        (("install", "(i32.const 520)"), "hook-failed", "lifecycle.install", Severity::Warning),
        (("health", "(i32.const 520)"), "hook-failed", "lifecycle.health", Severity::Note),
    ] {
        let findings = of(&[functions]);
        assert_eq!(codes(&findings), [code], "{functions:?} {findings:?}");
        assert_eq!(findings[0].place.as_deref(), Some(place), "{functions:?}");
        assert_eq!(findings[0].severity, severity, "{functions:?}");
    }
}

#[test]
fn what_no_agent_could_start() {
    let findings = run(&*TRIAL, &package("", b"rubbish", &[]));
    assert_eq!(codes(&findings), ["does-not-load"]);
    // It begins with more than it asks for.
    let findings = of(&[("memory", "17")]);
    assert!(!findings.is_empty() && codes(&findings).iter().all(|code| *code == "trial-out-of-memory"), "{findings:?}");
}

#[test]
fn an_activity_of_the_manifest_that_is_not_there() {
    let more = "[module.workflows]\ntask_queue = \"q\"\nworkflows = []\n[[module.workflows.activities]]\nname = \"work\"\n\
        [[module.workflows.activities]]\nname = \"rest\"\n";
    let findings = run(&*TRIAL, &package(more, &component(&[]), &[]));
    assert_eq!(codes(&findings), ["activity-missing"]);
    assert!(findings[0].message.contains("`rest`"), "{findings:?}");
}

const UP: &str = "migrations/0001_visits.up.sql";
const DOWN: &str = "migrations/0001_visits.down.sql";

#[test]
fn migrations_are_run_up_and_down() {
    let with = |up: &str, down: &str| run(&*TRIAL, &package("", &component(&[]), &[(UP, up), (DOWN, down)]));
    assert_eq!(with("CREATE TABLE visits (name TEXT)", "DROP TABLE visits"), []);
    for (up, down) in
        [("CREATE TABEL visits", "DROP TABLE visits"), ("CREATE TABLE visits (name TEXT)", "DROP TABLE other")]
    {
        assert_eq!(codes(&with(up, down)), ["migration-fails"]);
    }
    // The way down leaves a table, so that there is no second way up.
    assert_eq!(codes(&with("CREATE TABLE visits (name TEXT)", "SELECT 1")), ["migration-fails"]);
}

/// The same package of another version.
fn at_version(package: Package, version: &str) -> Package {
    let manifest_text = package.manifest_text.replace("version = \"1.1.0\"", &format!("version = \"{version}\""));
    Package { manifest: Manifest::parse(&manifest_text).unwrap(), manifest_text, ..package }
}

#[test]
fn an_update_begins_with_what_people_have() {
    assert!(TRIAL.needs_before());
    let table = "CREATE TABLE visits (name TEXT)";
    let down = (DOWN, "DROP TABLE IF EXISTS visits");
    let run_after = |before: &str, up: &str, functions: &[(&str, &str)]| {
        let before = at_version(package("", &component(&[]), &[(UP, table), down]), before);
        let package = package("", &component(functions), &[(UP, up), down]);
        let subject = Subject { package: &package, sha256: Digest::of(b""), before: Some(&before) };
        TRIAL.run(&subject).expect("the check ends")
    };
    let run = |up: &str, functions: &[(&str, &str)]| run_after("1.0.0", up, functions);
    assert_eq!(run(table, &[]), []);
    let other = "CREATE TABLE visits (name TEXT, visits INTEGER)";
    let findings = run(other, &[]);
    assert_eq!(codes(&findings), ["migration-fails"]);
    assert!(findings[0].message.starts_with("as an update of 1.0.0: "), "{findings:?}");
    // Nobody updates to what is older, so that an old line can be mended.
    assert_eq!(run_after("2.0.0", other, &[]), []);
    for (upgrade, code, severity) in
        [("(i32.const 520)", "hook-failed", Severity::Warning), (TRAP, "trial-trap", Severity::Error)]
    {
        let findings = run(table, &[("upgrade", upgrade)]);
        assert_eq!(codes(&findings), [code]);
        assert_eq!((findings[0].place.as_deref(), findings[0].severity), (Some("lifecycle.upgrade"), severity));
        assert!(findings[0].message.contains("as an update of 1.0.0"), "{findings:?}");
    }
    // Those who had nothing install it all the same.
    let findings = run(table, &[("install", TRAP)]);
    assert_eq!(codes(&findings), ["trial-trap"]);
    assert_eq!(findings[0].place.as_deref(), Some("lifecycle.install"));
}

/// What ends badly when the input has as many bytes.
fn when_it_has(bytes: usize, end: &str) -> String {
    format!("(if (i32.eq (local.get 3) (i32.const {bytes})) (then {end})) (i32.const 128)")
}

#[test]
fn what_was_made_up_is_told_so_that_it_can_be_sent_again() {
    for (bytes, told) in [
        (1, "called with `0`: "),
        (15, "called with `[null,1,\"a\",{}]`: "),
        (20, "called with `18446744073709551615`: "),
        (30_002, "called with `\"\\u20ac\"×10000`: "),
        (130, "called with `[[[["),
    ] {
        let findings = of(&[("call", &when_it_has(bytes, TRAP))]);
        assert_eq!(codes(&findings), ["trial-trap"], "{bytes}");
        assert_eq!(findings[0].place.as_deref(), Some("activity work"));
        assert!(findings[0].message.starts_with(told), "{bytes}: {findings:?}");
    }
}

#[test]
fn what_was_made_up_has_its_time() {
    let trial = Trial::new(Duration::from_secs(8)).unwrap();
    let more = "[module.resources]\ncpu_time_ms = 60000\nwall_time_ms = 60000\n";
    let findings = run(&trial, &package(more, &component(&[("call", &when_it_has(1, LOOP))]), &[]));
    assert_eq!(codes(&findings), ["trial-shortened"], "it is no fault that would keep it from being released");
    assert_eq!(findings[0].severity, Severity::Note);
}

/// A package whose module traps in `activate` when its settings are longer than 30 bytes.
fn with_settings(schema: &str) -> Vec<Finding> {
    let reads = "(call $settings (i32.const 1000))
        (if (i32.gt_u (i32.load (i32.const 1008)) (i32.const 30)) (then unreachable)) (i32.const 0)";
    let import = "(import \"adx:module/config@1.0.0\" \"all\" (func $settings (param i32)))";
    let component = component(&[("import", import), ("activate", reads)]);
    run(
        &*TRIAL,
        &package("[module.permissions]\nrequired = [\"config\"]\n", &component, &[("config.schema.json", schema)]),
    )
}

#[test]
fn settings_at_their_bounds_are_tried() {
    let schema = |most: u32| {
        format!(
            r#"{{"type": "object", "properties": {{"word": {{"type": "string", "maxLength": {most}, "default": "Hi"}}}}}}"#
        )
    };
    assert_eq!(with_settings(&schema(3)), []);
    let findings = with_settings(&schema(9));
    assert_eq!(codes(&findings), ["trial-trap"]);
    assert_eq!(findings[0].place.as_deref(), Some("lifecycle.activate"));
    let told = format!("`activate` with the settings `{{\"word\":\"{}\"}}`: ", "\\u20ac".repeat(9));
    assert!(findings[0].message.starts_with(&told), "{findings:?}");
}

#[test]
fn a_schema_that_nothing_can_be_made_for_is_told() {
    for (schema, words) in
        [("{\"not\": {}}", "nothing that was tried"), ("{\"unevaluatedProperties\": false}", "`unevaluatedProperties`")]
    {
        let findings = with_settings(schema);
        assert_eq!(codes(&findings), ["settings-not-made"]);
        assert_eq!((findings[0].severity, findings[0].place.as_deref()), (Severity::Note, Some("config.schema.json")));
        assert!(findings[0].message.contains(words), "{findings:?}");
    }
}

#[test]
fn a_trial_that_does_not_end_is_not_passed() {
    let trial = Trial::new(Duration::from_secs(2)).unwrap();
    let more = "[module.resources]\ncpu_time_ms = 60000\nwall_time_ms = 60000\n";
    let findings = run(&trial, &package(more, &component(&[("health", LOOP)]), &[]));
    assert!(matches!(codes(&findings)[..], ["trial-unfinished" | "trial-wall-time"]), "{findings:?}");
}

#[test]
fn it_can_be_run_on_a_thread_of_a_reactor() {
    let package = package("", &component(&[]), &[]);
    let reactor = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let findings = reactor.block_on(async move {
        tokio::task::spawn_blocking(move || run(&*TRIAL, &package)).await.expect("the thread ends")
    });
    assert_eq!(findings, []);
}

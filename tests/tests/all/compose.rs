//! That the compose file fits the programs: its settings are theirs, and what it runs is pinned.

use std::process::Command;

use adx_tests::programs::{checkout, programs};
use serde_yaml_ng::Value;

fn services() -> Vec<(String, Value)> {
    let text = std::fs::read_to_string(checkout().join("ops/compose/compose.yaml")).unwrap();
    let file: Value = serde_yaml_ng::from_str(&text).unwrap();
    let services = file["services"].as_mapping().unwrap();
    services.iter().map(|(name, service)| (name.as_str().unwrap().to_owned(), service.clone())).collect()
}

/// `${NAME:-default}` becomes the default, as where nobody overrides it.
fn with_defaults(text: &str) -> String {
    let mut told = String::new();
    let mut rest = text;
    while let Some((before, variable)) = rest.split_once("${") {
        let (inside, after) = variable.split_once('}').unwrap();
        told.push_str(before);
        told.push_str(inside.split_once(":-").expect("every variable has a default").1);
        rest = after;
    }
    told + rest
}

#[test]
fn its_settings_are_those_of_the_programs() {
    for (name, program) in [("registry", &programs().registry), ("agent", &programs().agent)] {
        let (_, service) = services().into_iter().find(|(service, _)| service == name).unwrap();
        let environment: Vec<(String, String)> = service["environment"]
            .as_mapping()
            .unwrap()
            .iter()
            .map(|(key, value)| (key.as_str().unwrap().to_owned(), with_defaults(value.as_str().unwrap())))
            .collect();
        let check = |environment: &[(String, String)]| {
            let mut check = Command::new(program);
            check.args(["config", "check"]).env_clear().envs(environment.iter().cloned()).output().unwrap()
        };
        let output = check(&environment);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        // The ceremony is in the service's volume, which is not here.
        let lacks_ceremony = name == "registry" && said.starts_with("error: `trust.dir` is not valid");
        assert!(output.status.success() || lacks_ceremony, "{name}: {said}");

        // The check sees what is in the environment: a setting that does not exist is refused.
        let prefix = environment[0].0.split("__").next().unwrap();
        let misspelt = (format!("{prefix}__DATABASE__ULR"), "sqlite://x".to_owned());
        assert!(!check(&[misspelt]).status.success(), "{name} takes any setting");
    }
}

#[test]
fn what_ends_by_itself_is_begun_again() {
    let services = services();
    // What others wait for until it is done is done once.
    let is_done_once = |name: &str| {
        let waits = |service: &Value| service["depends_on"][name]["condition"] == "service_completed_successfully";
        services.iter().any(|(_, service)| waits(service))
    };
    let lasting = services.iter().filter(|(name, _)| !is_done_once(name)).count();
    assert!((6..services.len()).contains(&lasting), "{lasting} services last");
    for (name, service) in &services {
        let wanted = if is_done_once(name) { Value::Null } else { Value::from("unless-stopped") };
        assert_eq!(service["restart"], wanted, "{name}");
    }
}

#[test]
fn the_unit_of_systemd_starts_the_registry_again_and_lets_it_end() {
    let unit = std::fs::read_to_string(checkout().join("ops/systemd/adx-registry.service")).unwrap();
    let said = |key: &str| {
        let lines: Vec<_> = unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect();
        let [value] = &lines[..] else { panic!("{key}: {lines:?}") };
        (*value).to_owned()
    };
    assert_eq!((said("Restart"), said("StartLimitIntervalSec")), ("always".to_owned(), "0".to_owned()));
    assert_eq!(said("RestartPreventExitStatus"), "2", "which says that a setting is wrong");
    // 30 seconds for all that is under way, and five for the last round, unless it is said otherwise.
    assert!(said("TimeoutStopSec").parse::<u32>().unwrap() > 35);
    let started = said("ExecStart");
    let arguments: Vec<_> = started.split(' ').skip(1).collect();
    assert!(Command::new(&programs().registry).args(arguments).arg("--help").output().unwrap().status.success());
}

/// To one release: a tag that moves on is none.
fn is_pinned(image: &str) -> bool {
    let release = image.split_once(':').map(|(_, tag)| tag.split('-').next().unwrap_or(tag));
    release.is_some_and(|release| release.contains('.'))
}

#[test]
fn every_image_is_pinned() {
    let services = services();
    let run = services.iter().filter_map(|(_, service)| service["image"].as_str().map(str::to_owned));
    let dockerfile = std::fs::read_to_string(checkout().join("ops/images/Dockerfile")).unwrap();
    let built = dockerfile.lines().filter_map(|line| line.strip_prefix("FROM ")?.split(' ').next());
    let stages = ["base"];
    let images: Vec<String> = run.chain(built.filter(|image| !stages.contains(image)).map(str::to_owned)).collect();
    assert!(images.len() >= 8, "{images:?}");
    for image in images {
        assert!(is_pinned(&image), "{image}");
    }
    assert!(!is_pinned("debian:bookworm-slim") && !is_pinned("postgres:17") && !is_pinned("postgres"));
}

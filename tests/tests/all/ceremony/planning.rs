//! Documents that are not made, not signed or not installed because they do not fit.

use std::fs;

use adx_registry::trust::{self, InstalledError};
use adx_signing::{
    PublicKey, UtcSecond,
    log::LogPolicy,
    tuf::{
        Authority, HashBins, Role as _, Root, Signed, Targets,
        ceremony::{RootPlan, TargetsPlan},
        control::ControlFile as _,
    },
};
use serde_json::Value;

use super::world::{Person, Stage, at, json, ok, path, refused, rotate, sign, sign_all, status};

#[test]
fn what_does_not_fit_is_refused_before_anything_is_written() {
    let stage = Stage::new();
    let carried = stage.carried();
    refused(&stage.init(&carried, &["--root-threshold", "6"]), "a threshold of 6 among 5 keys");
    refused(&stage.init(&carried, &["--root-threshold", "6"]), "ask for 1 to 5 by `--root-threshold`");
    refused(&stage.init(&carried, &["--targets-threshold", "0"]), "a threshold of 0 among 3 keys");
    refused(&stage.init(&carried, &["--root-key", path(&stage.roots[0].public)]), "is listed twice");
    refused(&stage.init(&carried, &["--root-key", path(&stage.roots[0].drawer)]), "SECRET half");
    refused(&stage.init(&carried, &["--root-expires", "2020-01-01T00:00:00Z"]), "choose a later time");
    refused(&stage.init(&carried, &["--quorum", "1"]), "larger than the number of witnesses");
    refused(&stage.init(&carried, &["--quorum", "1"]), "`--witness VKEY URL` names a witness");
    refused(&stage.init(&carried, &["--bins", "3"]), "choose a power of two");
    let scheme = stage.init(&carried, &["--origin", "https://registry.example.com/log/"]);
    assert_eq!(scheme.status.code(), Some(2));
    let said = String::from_utf8_lossy(&scheme.stderr).into_owned();
    assert!(said.contains("write `registry.example.com/log`"), "{said}");
    assert!(!carried.exists());

    // A key that people keep, for the timestamp.
    let mut online: Value = serde_json::from_slice(&fs::read(stage.path("online.json")).unwrap()).unwrap();
    let whole = online.clone();
    online["keys"]["timestamp"] = stage.targets[0].key.public().to_pem().into();
    fs::write(stage.path("online.json"), online.to_string()).unwrap();
    refused(&stage.init(&carried, &[]), "use two keys");
    online["keys"].as_object_mut().unwrap().remove("timestamp");
    fs::write(stage.path("online.json"), online.to_string()).unwrap();
    refused(&stage.init(&carried, &[]), "have none for `timestamp`");
    assert!(!carried.exists());

    fs::write(stage.path("online.json"), whole.to_string()).unwrap();
    ok(&stage.init(&carried, &[]));
    refused(&stage.init(&carried, &[]), "holds a ceremony already");
}

/// Documents as anyone can make them who does not use this program.
fn documents(stage: &Stage, expires: UtcSecond, threshold: u32) -> (Signed<Root>, Signed<Targets>) {
    let online: Value = serde_json::from_slice(&fs::read(stage.path("online.json")).unwrap()).unwrap();
    let key = |role: &str| PublicKey::from_pem(online["keys"][role].as_str().unwrap()).unwrap();
    let people = |people: &[Person], threshold| {
        Authority::new(&people.iter().map(|person| person.key.public()).collect::<Vec<_>>(), threshold).unwrap()
    };
    let timestamp = [key("timestamp"), stage.person("second").key.public()];
    let long_ago = at("2020-01-01T00:00:00Z");
    let first = fs::read(stage.carried().join("1.targets.json")).unwrap();
    let first = Signed::<Targets>::from_json(&first).unwrap().into_document();
    let root = RootPlan {
        expires,
        root: people(&stage.roots, 3),
        targets: people(&stage.targets, 2),
        snapshot: Authority::new(&[key("snapshot")], 1).unwrap(),
        timestamp: Authority::new(&timestamp, threshold).unwrap(),
    };
    let mut root = root.first(long_ago).unwrap();
    stage.roots.iter().for_each(|person| root.sign(&person.key));
    let targets = TargetsPlan {
        expires,
        bins: HashBins::new(4).unwrap(),
        bin_keys: Authority::new(&[key("bins")], 1).unwrap(),
        control_keys: Authority::new(&[key("control")], 1).unwrap(),
        log_policy: first.targets()[&LogPolicy::target_name()],
    };
    let mut targets = targets.first(root.document(), long_ago).unwrap();
    stage.targets.iter().for_each(|person| targets.sign(&person.key));
    (root, targets)
}

#[test]
fn expired_documents_are_neither_signed_nor_installed() {
    let stage = Stage::begun();
    let carried = stage.carried();
    let (root, targets) = documents(&stage, at("2024-01-01T00:00:00Z"), 1);
    fs::write(carried.join("1.root.json"), root.to_json()).unwrap();
    fs::write(carried.join("1.targets.json"), targets.to_json()).unwrap();
    let status = status(&carried);
    assert_eq!((&status["complete"], &status["documents"][0]["expired"]), (&false.into(), &true.into()));
    refused(&sign(&carried, &stage.roots[0].drawer), "expired at 2024-01-01");
    refused(&stage.install(&carried), "root version 1 expired at 2024-01-01");
    assert!(matches!(trust::read(&stage.trust(), None), Err(InstalledError::NotInstalled { .. })));

    // The next ones carry on from it, however late.
    ok(&rotate(&carried, &["--root-expires", "30d", "--targets-expires", "30d"]));
    sign_all(&carried, &stage.roots[..3], &stage.targets[..2]);
    assert_eq!(json(&stage.install(&carried))["root_version"], 2);
    assert_eq!(stage.read().root.version(), 2);
}

#[test]
fn documents_that_ask_the_server_for_what_it_cannot_do_are_refused() {
    let stage = Stage::begun();
    let carried = stage.carried();
    let later = at("2999-01-01T00:00:00Z");
    let (root, targets) = documents(&stage, later, 2);
    fs::write(carried.join("1.root.json"), root.to_json()).unwrap();
    fs::write(carried.join("1.targets.json"), targets.to_json()).unwrap();
    refused(&stage.install(&carried), "`timestamp` asks for 2 signatures");

    let (root, _) = documents(&stage, later, 1);
    let mut listing: Signed<Targets> = Signed::unsigned(Targets::unpublished());
    stage.targets.iter().for_each(|person| listing.sign(&person.key));
    let zero = String::from_utf8(listing.to_json()).unwrap();
    fs::write(carried.join("1.root.json"), root.to_json()).unwrap();
    fs::write(carried.join("1.targets.json"), zero).unwrap();
    refused(&stage.install(&carried), "1.targets.json` holds version 0");

    fs::remove_file(carried.join("1.targets.json")).unwrap();
    refused(&stage.install(&carried), "no `1.targets.json`");
}

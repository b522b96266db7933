//! The next documents: other people, other online keys, other witnesses.

use std::{collections::BTreeSet, fs};

use adx_signing::{
    KeyId, SecretKey,
    log::{KeyName, VerifierKey, note::NoteAlgorithm},
};
use adx_tests::stage::random;
use serde_json::Value;

use super::world::{Stage, json, list_log, missing, ok, path, refused, rotate, sign, sign_all, status};

#[test]
fn a_person_of_the_root_is_replaced() {
    let stage = Stage::installed();
    let (carried, before) = (stage.carried(), stage.copy("before"));
    let successor = stage.person("successor");
    let leaving = stage.roots[0].id().to_string();
    refused(&rotate(&carried, &[]), "nothing is to be changed");
    refused(&rotate(&carried, &["--remove-root-key", path(&successor.public)]), "is none of `root`");
    ok(&rotate(&carried, &["--remove-root-key", &leaving, "--add-root-key", path(&successor.public)]));
    refused(&rotate(&carried, &["--root-threshold", "2"]), "not complete");

    // Three of the old root and three of the new one; whoever stays counts for both.
    assert_eq!(missing(&carried), [3, 3, 0]);
    sign_all(&carried, &stage.roots[1..3], [&successor]);
    assert_eq!(missing(&carried), [1, 0, 0]);
    refused(&stage.install(&carried), "2 of the 3 keys that `root version 1` needs");
    ok(&sign(&carried, &stage.roots[0].drawer));
    assert_eq!(json(&stage.install(&carried))["root_version"], 2);
    let ceremony = stage.read();
    assert_eq!(ceremony.roots.len(), 2);
    assert!(ceremony.root.keys().get(&successor.id()).is_some());
    assert!(ceremony.root.keys().get(&stage.roots[0].id()).is_none());

    // Rollback: the folder as it was before.
    refused(&stage.install(&before), "root version 2 is installed, version 1 is older");
    // Fork: another second root, signed by as many.
    ok(&rotate(&before, &["--root-threshold", "4"]));
    sign_all(&before, &stage.roots[..4], []);
    assert_eq!(status(&before)["complete"], true);
    refused(&stage.install(&before), "another root version 2 is installed");
    assert_eq!(stage.read().roots, ceremony.roots);
}

#[test]
fn other_people_sign_the_targets_document() {
    let stage = Stage::installed();
    let (carried, before) = (stage.carried(), stage.copy("before"));
    let successor = stage.person("successor");
    ok(&rotate(
        &carried,
        &["--remove-targets-key", path(&stage.targets[0].public), "--add-targets-key", path(&successor.public)],
    ));
    // A new root says so, and a new targets document is theirs.
    assert_eq!(missing(&carried), [3, 3, 2]);
    refused(&sign(&carried, &stage.targets[0].drawer), "signs nothing here");
    sign_all(&carried, &stage.roots[..3], [&stage.targets[1], &successor]);
    let installed = json(&stage.install(&carried));
    assert_eq!((&installed["root_version"], &installed["targets_version"]), (&2.into(), &2.into()));

    // The new root under the old targets document: of those who signed it one is left.
    fs::copy(carried.join("2.root.json"), before.join("2.root.json")).unwrap();
    refused(&stage.install(&before), "1 of the 2 keys that `targets` needs");
}

#[test]
fn online_keys_are_replaced_and_the_old_ones_deleted() {
    let stage = Stage::installed();
    let carried = stage.carried();
    let before = stage.read();
    let roles = ["online-keys", "--role", "timestamp", "--role", "log", "--out"];
    ok(&stage.on_the_server(&roles, &[&stage.path("next.json")]));
    ok(&rotate(&carried, &["--online", path(&stage.path("next.json"))]));
    assert_eq!(missing(&carried), [3, 3, 2], "the root names the one, the targets document the other");
    sign_all(&carried, &stage.roots[..3], &stage.targets[..2]);

    // Until it is installed the server signs as before.
    assert_eq!(stage.read().keys.timestamp.public(), before.keys.timestamp.public());
    let installed = json(&stage.install(&carried));
    let old = [&before.keys.timestamp, &before.keys.log].map(|key| key.public().id());
    let retired: Vec<KeyId> = serde_json::from_value(installed["retired"].clone()).unwrap();
    assert_eq!(retired.iter().collect::<BTreeSet<_>>(), old.iter().collect());
    let after = stage.read();
    assert_ne!(after.keys.timestamp.public(), before.keys.timestamp.public());
    assert_eq!(after.keys.snapshot.public(), before.keys.snapshot.public());
    assert_eq!(after.log.earlier_keys.len(), 1, "what the old key of the log signed is believed still");
    assert_eq!(after.log.earlier_keys[0].key, before.keys.log.public());
    for id in old {
        assert!(!stage.trust().join(format!("keys/{id}.pem")).exists());
    }

    // A log that forgets its earlier key, or is called otherwise, whoever signs that.
    ok(&rotate(&carried, &["--targets-expires", "30d"]));
    let log_file = carried.join("log.json");
    let mut log: Value = serde_json::from_slice(&fs::read(&log_file).unwrap()).unwrap();
    log["earlier_keys"] = Value::Array(Vec::new());
    fs::write(&log_file, log.to_string()).unwrap();
    list_log(&carried);
    sign_all(&carried, [], &stage.targets[..2]);
    refused(&stage.install(&carried), "among its earlier keys");
    let name: KeyName = "other.example.com/log".parse().unwrap();
    log["origin"] = name.to_string().into();
    let key = VerifierKey { name, algorithm: NoteAlgorithm::Ed25519, key: after.keys.log.public() };
    log["key"] = key.to_string().into();
    fs::write(&log_file, log.to_string()).unwrap();
    list_log(&carried);
    sign_all(&carried, [], &stage.targets[..2]);
    refused(&stage.install(&carried), "its name cannot change");
}

#[test]
fn witnesses_come_and_go() {
    let stage = Stage::new();
    let carried = stage.carried();
    let vkey = |name: &str| {
        let key = SecretKey::generate(&mut random()).public();
        VerifierKey { name: name.parse().unwrap(), algorithm: NoteAlgorithm::CosignatureV1, key }.to_string()
    };
    let (first, second) = (vkey("one.example.org"), vkey("two.example.org"));
    refused(&stage.init(&carried, &["--witness", &first, "ftp://one.example.org/"]), "neither http nor https");
    ok(&stage.init(&carried, &["--witness", &first, "https://one.example.org/", "--quorum", "1"]));
    sign_all(&carried, &stage.roots[..3], &stage.targets[..2]);
    ok(&stage.install(&carried));
    let policy = stage.read().log_policy().unwrap();
    assert_eq!((policy.quorum(), policy.witnesses()[0].to_string()), (1, first.clone()));

    refused(&rotate(&carried, &["--add-witness", &first, "https://one.example.org/again"]), "is listed twice");
    refused(&rotate(&carried, &["--remove-witness", "three.example.org"]), "is no witness of this log");
    ok(&rotate(
        &carried,
        &["--add-witness", &second, "https://two.example.org/w", "--remove-witness", "one.example.org"],
    ));
    assert_eq!(missing(&carried), [0, 2], "the people of the targets document sign that");
    refused(&stage.install(&carried), "0 of the 2 keys");
    sign_all(&carried, [], &stage.targets[1..]);
    assert_eq!(json(&stage.install(&carried))["changed"], true);
    let log = stage.read().log;
    assert_eq!(log.witnesses.len(), 1);
    assert_eq!(log.witnesses[0].url.as_str(), "https://two.example.org/w");
}

//! What the log is called, by which key it signs and who watches it: no more than the people of the targets document signed.

use std::{fs, path::Path};

use adx_signing::{
    SecretKey,
    log::{VerifierKey, note::NoteAlgorithm},
    tuf::TopRole,
};
use adx_tests::stage::random;
use serde_json::{Value, json as value};

use super::world::{Stage, json, missing, ok, refused, rotate, sign, sign_all, status, trust_command};

const LOG: &str = "log.json";
const SIGNATURES: &str = "log.sig.json";

fn verifier(name: &str, algorithm: NoteAlgorithm) -> String {
    let key = SecretKey::generate(&mut random()).public();
    VerifierKey { name: name.parse().unwrap(), algorithm, key }.to_string()
}

fn witness(name: &str) -> String {
    verifier(name, NoteAlgorithm::CosignatureV1)
}

/// Two witnesses, both of whom must cosign; signed by everyone who must.
fn watched() -> Stage {
    let stage = Stage::new();
    let (one, two) = (witness("one.example.org"), witness("two.example.org"));
    let witnesses = ["--witness", &one, "https://one.example.org/", "--witness", &two, "https://two.example.org/"];
    ok(&stage.init(&stage.carried(), &[witnesses.as_slice(), &["--quorum", "2"]].concat()));
    sign_all(&stage.carried(), &stage.roots[..3], &stage.targets[..2]);
    stage
}

fn read(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
}

fn write(folder: &Path, name: &str, content: &Value) {
    fs::write(folder.join(name), content.to_string()).unwrap();
}

/// Another member of `log.json`, as somebody on the way would write it.
fn alter(folder: &Path, member: &str, to: Value) {
    let mut log = read(folder, LOG);
    log[member] = to;
    write(folder, LOG, &log);
}

#[test]
fn what_somebody_changed_on_the_way_is_not_installed() {
    let stage = watched();
    let carried = stage.carried();
    let whole = read(&carried, LOG);
    let mut other_witness = whole["witnesses"].clone();
    other_witness[1] = value!({ "url": "https://evil.example.org/", "verifier": witness("evil.example.org") });
    let mut other_address = whole["witnesses"].clone();
    other_address[0]["url"] = "https://evil.example.org/".into();
    let other_key = verifier(whole["origin"].as_str().unwrap(), NoteAlgorithm::Ed25519);
    let changes = [
        ("witnesses", other_witness),
        ("witnesses", other_address),
        ("quorum", 0.into()),
        ("key", other_key.clone().into()),
        ("earlier_keys", vec![other_key].into()),
    ];
    for (member, changed) in changes {
        alter(&carried, member, changed);
        assert_eq!(missing(&carried), [0, 0, 2], "{member}");
        assert_eq!(status(&carried)["complete"], false, "{member}");
        let refusal = stage.install(&carried);
        refused(&refusal, "0 of the 2 keys that `log.json` needs signed it for targets version 1");
        refused(&refusal, "adx-registry trust sign");
        for person in &stage.targets {
            refused(&refusal, &person.id().to_string());
        }
        refused(&rotate(&carried, &["--targets-expires", "30d"]), "not complete");
        write(&carried, LOG, &whole);
    }
    // Written otherwise it says the same.
    assert_eq!(json(&stage.install(&carried))["changed"], true);
    assert_eq!(stage.read().log.quorum, 2);
}

#[test]
fn those_who_must_are_counted_and_named() {
    let stage = watched();
    let carried = stage.carried();
    let both = read(&carried, SIGNATURES);
    let (first, second) = (both["signatures"][0].clone(), both["signatures"][1].clone());

    // One of two.
    write(&carried, SIGNATURES, &value!({ "signatures": [first], "v": 1 }));
    assert_eq!(missing(&carried), [0, 0, 1]);
    let refusal = stage.install(&carried);
    refused(&refusal, "1 of the 2 keys that `log.json` needs");
    refused(&refusal, second["keyid"].as_str().unwrap());
    refused(&rotate(&carried, &["--root-expires", "30d"]), "not complete");

    // One key twice; one signature under another's name.
    write(&carried, SIGNATURES, &value!({ "signatures": [first, first], "v": 1 }));
    refused(&stage.install(&carried), "signed twice");
    let borrowed = value!({ "keyid": second["keyid"], "sig": first["sig"] });
    write(&carried, SIGNATURES, &value!({ "signatures": [first, borrowed], "v": 1 }));
    refused(&stage.install(&carried), "1 of the 2 keys that `log.json` needs");

    // Nobody, and nothing to be understood.
    fs::remove_file(carried.join(SIGNATURES)).unwrap();
    refused(&stage.install(&carried), "0 of the 2 keys that `log.json` needs");
    write(&carried, SIGNATURES, &value!({ "signatures": [first, second], "v": 2 }));
    refused(&stage.install(&carried), "only 1 is read");

    // Who signs roots signs no log.
    fs::remove_file(carried.join(SIGNATURES)).unwrap();
    sign_all(&carried, &stage.roots, []);
    assert_eq!(missing(&carried), [0, 0, 2]);
    assert!(!carried.join(SIGNATURES).exists());
    sign_all(&carried, [], &stage.targets[1..]);
    assert_eq!(json(&stage.install(&carried))["changed"], true);
}

#[test]
fn an_older_log_is_not_brought_back_with_its_signatures() {
    let stage = watched();
    let carried = stage.carried();
    ok(&stage.install(&carried));
    let before = stage.copy("before");
    ok(&rotate(&carried, &["--remove-witness", "one.example.org", "--quorum", "1"]));
    assert!(!carried.join(SIGNATURES).exists(), "those were for the targets document before");
    assert_eq!(missing(&carried), [0, 2, 2]);
    sign_all(&carried, [], &stage.targets[..2]);
    assert_eq!(json(&stage.install(&carried))["targets_version"], 2);

    // Into the folder as it is now, and with the documents that it was signed for.
    let newer = stage.copy("newer");
    for name in [LOG, SIGNATURES] {
        fs::copy(before.join(name), newer.join(name)).unwrap();
    }
    refused(&stage.install(&newer), "0 of the 2 keys that `log.json` needs signed it for targets version 2");
    refused(&stage.install(&before), "targets version 2 is installed, version 1 is older");

    // Two that people signed for one targets document: the first one stays.
    alter(&carried, "quorum", 0.into());
    sign_all(&carried, [], &stage.targets[..2]);
    assert_eq!(status(&carried)["complete"], true);
    refused(&stage.install(&carried), "another `log.json` is installed for targets version 2");
    assert_eq!(stage.read().log.quorum, 1);
}

/// Nothing else about the log is signed than what is shown.
#[test]
fn it_is_shown_to_those_who_sign_it() {
    let stage = watched();
    let shown = |person: usize, roots: bool| {
        let person = if roots { &stage.roots[person] } else { &stage.targets[person] };
        let output = trust_command(&["sign", "--key"], &[&person.drawer, &stage.carried()])
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        refused(&output, "nothing was signed");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let log = read(&stage.carried(), LOG);
    let said = shown(2, false);
    for witness in log["witnesses"].as_array().unwrap() {
        let line = format!("{} at {}", witness["verifier"].as_str().unwrap(), witness["url"].as_str().unwrap());
        assert!(said.contains(&line), "{said}");
    }
    assert!(said.contains(log["key"].as_str().unwrap()), "{said}");
    assert!(said.contains("2 of 2 witnesses must cosign"), "{said}");
    assert!(said.contains("\nwith this key: targets version 1 and the log\n"), "{said}");
    let said = shown(3, true);
    assert!(said.contains("\nwith this key: root version 1\n"), "{said}");
}

#[test]
fn who_signs_sees_what_a_rotation_changes_of_the_log() {
    let stage = watched();
    let carried = stage.carried();
    let three = witness("three.example.org");
    let change =
        ["--add-witness", &three, "https://three.example.org/", "--remove-witness", "one.example.org", "--quorum", "1"];
    ok(&rotate(&carried, &change));
    let shown = |folder: &Path| {
        let mut command = trust_command(&["sign", "--key"], &[&stage.targets[0].drawer, folder]);
        String::from_utf8_lossy(&command.stdin(std::process::Stdio::null()).output().unwrap().stderr).into_owned()
    };
    let said = shown(&carried);
    for line in [
        format!("    added witness {three} at https://three.example.org/\n"),
        "    removed witness one.example.org+".to_owned(),
        "    witness two.example.org+".to_owned(),
        "1 of 2 witnesses must cosign (until now 2 of 2)\n".to_owned(),
    ] {
        assert!(said.contains(&line), "{line}: {said}");
    }
    // What was before is believed as far as people signed it: else whoever slips a witness in would put it there as well.
    let slipped = stage.copy("slipped");
    let mut before = read(&slipped, "1.log.json");
    before["witnesses"] = read(&slipped, LOG)["witnesses"].clone();
    write(&slipped, "1.log.json", &before);
    let said = shown(&slipped);
    assert!(said.contains("    witness three.example.org+") && !said.contains("until now"), "{said}");
    sign_all(&carried, [], &stage.targets[..2]);
    assert_eq!(status(&carried)["complete"], true);
}

#[test]
fn signatures_of_something_else_are_told_from_none() {
    let stage = watched();
    let carried = stage.carried();
    let text = || {
        let output = trust_command(&["status"], &[&carried]).output().unwrap();
        ok(&output);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let stale = || status(&carried)["documents"][2]["stale"].as_array().unwrap().len();
    assert!(!text().contains("changed after they signed") && stale() == 0);
    alter(&carried, "quorum", 1.into());
    let line = "there are signatures of targets-1, targets-2, and they are not for this log.json: it was changed after they signed";
    let said = text();
    let names = |said: &str| {
        said.contains(line) || said.contains(&line.replace("targets-1, targets-2", "targets-2, targets-1"))
    };
    assert!(names(&said), "{said}");
    assert_eq!(stale(), 2);
    fs::remove_file(carried.join(SIGNATURES)).unwrap();
    assert!(!text().contains("changed after they signed"), "nobody signed");
}

/// A ceremony from before people signed `log.json`: the server goes on, the people sign when they meet next.
#[test]
fn a_ceremony_from_before_is_signed_with_the_next() {
    let stage = watched();
    let carried = stage.carried();
    ok(&stage.install(&carried));
    let installed = stage.trust();
    let mut before = read(&installed, "installed.json");
    before.as_object_mut().unwrap().remove("log_signatures").expect("what people signed is kept");
    write(&installed, "installed.json", &before);
    fs::remove_file(carried.join(SIGNATURES)).unwrap();
    assert_eq!(stage.read().log.quorum, 2, "it is read as it was");
    refused(&stage.install(&carried), "0 of the 2 keys that `log.json` needs");

    ok(&rotate(&carried, &["--root-expires", "30d"]));
    sign_all(&carried, &stage.roots[..3], []);
    assert_eq!(missing(&carried), [0, 0, 0, 2]);
    refused(&stage.install(&carried), "0 of the 2 keys that `log.json` needs");
    sign_all(&carried, [], &stage.targets[..2]);
    assert_eq!(json(&stage.install(&carried))["changed"], true);
    assert_eq!(stage.read().root.role(TopRole::Targets).threshold(), 2);
    assert!(read(&installed, "installed.json")["log_signatures"].is_object());
}

#[test]
fn what_was_changed_on_the_servers_disk_is_not_signed_by_people() {
    let stage = watched();
    ok(&stage.install(&stage.carried()));
    let installed = stage.trust();
    let mut changed = read(&installed, "installed.json");
    changed["log"]["quorum"] = 0.into();
    write(&installed, "installed.json", &changed);
    let refused = adx_registry::trust::read(&installed, None).expect_err("another quorum");
    assert!(matches!(refused, adx_registry::trust::InstalledError::Documents(_)), "{refused}");
}

#[test]
fn a_log_that_agents_could_not_use_is_not_signed() {
    let stage = watched();
    let carried = stage.carried();
    alter(&carried, "quorum", 3.into());
    refused(&sign(&carried, &stage.targets[2].drawer), "larger than the number of witnesses");
}

#[test]
fn a_ceremony_that_was_given_up_is_begun_again() {
    let stage = watched();
    let carried = stage.carried();
    ok(&stage.install(&carried));
    ok(&rotate(&carried, &["--quorum", "1"]));
    ok(&sign(&carried, &stage.targets[0].drawer));
    refused(&rotate(&carried, &["--remove-witness", "one.example.org"]), "not complete");

    for name in ["2.targets.json", SIGNATURES] {
        fs::remove_file(carried.join(name)).unwrap();
    }
    ok(&rotate(&carried, &["--remove-witness", "one.example.org"]));
    assert_eq!(missing(&carried), [0, 2, 2]);
    sign_all(&carried, [], &stage.targets[..2]);
    assert_eq!(json(&stage.install(&carried))["targets_version"], 2);
    assert_eq!((stage.read().log.witnesses.len(), stage.read().log.quorum), (1, 1));
}

//! What the log is called, by which key it signs and who watches it: what the people of the targets document signed, for agents too.

use std::{fs, path::Path, process::Command};

use adx_signing::{
    SecretKey,
    log::{LogPolicy, VerifierKey, note::NoteAlgorithm},
    tuf::{Signed, TargetFile, Targets, control::ControlFile as _},
};
use adx_tests::{programs::programs, stage::random};
use serde_json::{Value, json as value};

use super::world::{
    Person, Stage, edit_targets, json, list_log, missing, ok, refused, rotate, sign, sign_all, status, trust_command,
};

const LOG: &str = "log.json";

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
fn what_somebody_changed_on_the_way_is_neither_signed_nor_installed() {
    let stage = watched();
    let carried = stage.carried();
    let whole = read(&carried, LOG);
    let mut other_witness = whole["witnesses"].clone();
    other_witness[1] = value!({ "url": "https://evil.example.org/", "verifier": witness("evil.example.org") });
    let other_key = verifier(whole["origin"].as_str().unwrap(), NoteAlgorithm::Ed25519);
    let changes = [
        ("witnesses", other_witness),
        ("quorum", 0.into()),
        ("key", other_key.clone().into()),
        ("earlier_keys", vec![other_key].into()),
    ];
    let other = "`log.json` is not the one that targets version 1 was made with";
    for (member, changed) in changes {
        alter(&carried, member, changed);
        let status = status(&carried);
        assert_eq!(status["complete"], false, "{member}");
        assert!(status["problem"].as_str().unwrap().starts_with(other), "{status}");
        for refusal in [
            stage.install(&carried),
            sign(&carried, &stage.targets[2].drawer),
            sign(&carried, &stage.roots[4].drawer),
            rotate(&carried, &["--targets-expires", "30d"]),
        ] {
            refused(&refusal, other);
            refused(&refusal, "bring `log.json` back as it was");
        }
        write(&carried, LOG, &whole);
    }
    // Written otherwise it says the same, and where a witness answers can be corrected by whoever installs.
    assert_eq!(json(&stage.install(&carried))["changed"], true);
    let mut moved = whole["witnesses"].clone();
    moved[0]["url"] = "https://elsewhere.example.org/".into();
    alter(&carried, "witnesses", moved);
    assert_eq!(json(&stage.install(&carried))["changed"], true);
    assert_eq!(stage.read().log.quorum, 2);
    assert_eq!(stage.read().log.witnesses[0].url.as_str(), "https://elsewhere.example.org/");
}

#[test]
fn the_policy_that_agents_get_is_the_one_that_people_signed() {
    let stage = watched();
    ok(&stage.install(&stage.carried()));
    let ceremony = stage.read();
    let policy = ceremony.log_policy().unwrap();
    let listed = ceremony.targets.document().targets();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[&LogPolicy::target_name()], TargetFile::of(&policy.to_json()));
    assert_eq!((policy.quorum(), policy.witnesses().len()), (2, 2));
}

#[test]
fn an_older_log_is_not_brought_back() {
    let stage = watched();
    let carried = stage.carried();
    ok(&stage.install(&carried));
    let before = stage.copy("before");
    ok(&rotate(&carried, &["--remove-witness", "one.example.org", "--quorum", "1"]));
    assert_eq!(missing(&carried), [0, 2]);
    sign_all(&carried, [], &stage.targets[..2]);
    assert_eq!(json(&stage.install(&carried))["targets_version"], 2);

    // Into the folder as it is now, and with the documents that it was signed for.
    let newer = stage.copy("newer");
    fs::copy(before.join(LOG), newer.join(LOG)).unwrap();
    refused(&stage.install(&newer), "`log.json` is not the one that targets version 2 was made with");
    refused(&stage.install(&before), "targets version 2 is installed, version 1 is older");

    // Two that people signed under one version: the first one stays.
    alter(&carried, "quorum", 0.into());
    list_log(&carried);
    sign_all(&carried, [], &stage.targets[..2]);
    assert_eq!(status(&carried)["complete"], true);
    refused(&stage.install(&carried), "another targets version 2 is installed");
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
    assert!(said.contains("\nwith this key: targets version 1 and who watches the log\n"), "{said}");
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

/// An earlier document under the name of the last one would hide that a witness is added who was removed since.
#[test]
fn what_was_before_is_the_version_before() {
    let stage = watched();
    let carried = stage.carried();
    ok(&rotate(&carried, &["--remove-witness", "one.example.org", "--quorum", "1"]));
    sign_all(&carried, [], &stage.targets[..2]);
    let one = read(&carried, "1.log.json")["witnesses"][0]["verifier"].as_str().unwrap().to_owned();
    ok(&rotate(&carried, &["--add-witness", &one, "https://one.example.org/"]));
    let shown = || {
        let mut command = trust_command(&["sign", "--key"], &[&stage.targets[0].drawer, &carried]);
        String::from_utf8_lossy(&command.stdin(std::process::Stdio::null()).output().unwrap().stderr).into_owned()
    };
    assert!(shown().contains("    added witness one.example.org+"), "{}", shown());
    for name in ["log.json", "targets.json"] {
        fs::copy(carried.join(format!("1.{name}")), carried.join(format!("2.{name}"))).unwrap();
    }
    // That two had to cosign until now is what the first one said.
    assert!(!shown().contains("until now"), "{}", shown());
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
    let stale = || status(&carried)["documents"][1]["stale"].as_array().unwrap().len();
    assert!(!text().contains("changed after they signed") && stale() == 0);
    let mut targets = read(&carried, "1.targets.json");
    targets["signed"]["expires"] = value!("2026-12-31T00:00:00Z");
    write(&carried, "1.targets.json", &targets);
    let line = "there are signatures of targets-1, targets-2, and they are not for this 1.targets.json: it was changed after they signed";
    let said = text();
    let names = |said: &str| {
        said.contains(line) || said.contains(&line.replace("targets-1, targets-2", "targets-2, targets-1"))
    };
    assert!(names(&said), "{said}");
    assert_eq!(stale(), 2);
}

/// A document as it was before it listed the log's policy: the control role could.
fn as_before(folder: &Path, people: &[Person]) {
    edit_targets(folder, |targets| {
        targets["targets"] = value!({});
        let names = ["index-root.json", "log-policy.json", "publisher-keys.json", "revocations.json"];
        targets["delegations"]["roles"][0]["paths"] = value!(names);
    });
    let file = folder.join("1.targets.json");
    let mut targets = Signed::<Targets>::from_json(&fs::read(&file).unwrap()).unwrap();
    people.iter().take(2).for_each(|person| targets.sign(&person.key));
    fs::write(file, targets.to_json()).unwrap();
}

/// Its server does not sign what agents refuse; the people sign it when they meet next.
#[test]
fn a_ceremony_from_before_the_policy_was_listed_is_mended_by_the_next() {
    let stage = watched();
    let carried = stage.carried();
    ok(&stage.install(&carried));
    for folder in [&carried, &stage.trust()] {
        as_before(folder, &stage.targets);
    }
    fs::write(carried.join("log.sig.json"), r#"{"signatures":[],"v":1}"#).unwrap();
    let mut installed = read(&stage.trust(), "installed.json");
    installed["log_signatures"] = value!({ "signatures": [], "v": 1 });
    write(&stage.trust(), "installed.json", &installed);

    let silent = "targets version 1 does not say who watches the log";
    let served = Command::new(&programs().registry).args(["serve", "--data"]).arg(stage.data()).output().unwrap();
    for refusal in [served, stage.install(&carried), sign(&carried, &stage.targets[2].drawer)] {
        refused(&refusal, silent);
        refused(&refusal, "adx-registry trust rotate");
    }
    let shown = trust_command(&["status"], &[&carried]).output().unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout);
    assert!(shown.contains(silent) && shown.contains("hint: ") && shown.contains("trust rotate"), "{shown}");

    ok(&rotate(&carried, &[]));
    assert_eq!(missing(&carried), [0, 2]);
    sign_all(&carried, [], &stage.targets[..2]);
    assert_eq!(json(&stage.install(&carried))["targets_version"], 2);
    assert_eq!(stage.read().log.quorum, 2);
    assert!(read(&stage.trust(), "installed.json").get("log_signatures").is_none());
    refused(&rotate(&carried, &[]), "nothing is to be changed");
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

    fs::remove_file(carried.join("2.targets.json")).unwrap();
    refused(&rotate(&carried, &["--remove-witness", "one.example.org"]), "of a ceremony that was given up");
    fs::rename(carried.join("1.log.json"), carried.join(LOG)).unwrap();
    refused(&rotate(&carried, &["--remove-witness", "one.example.org"]), "larger than the number of witnesses");
    ok(&rotate(&carried, &["--remove-witness", "one.example.org", "--quorum", "1"]));
    assert_eq!(missing(&carried), [0, 2]);
    sign_all(&carried, [], &stage.targets[..2]);
    assert_eq!(json(&stage.install(&carried))["targets_version"], 2);
    assert_eq!((stage.read().log.witnesses.len(), stage.read().log.quorum), (1, 1));
}

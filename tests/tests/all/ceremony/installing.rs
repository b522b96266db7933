//! What the server installs, and what it does not take.

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::ExitStatusExt as _},
};

use adx_registry::trust::{self, InstalledError};
use adx_signing::{
    SecretKey,
    tuf::{Role as _, Signed, ceremony::check_root},
};
use adx_tests::stage::{ABORT_AT, random};

use super::world::{Stage, json, ok, path, refused, rotate, sign, sign_all, trust_command, write_secret};

/// A crash leaves what was installed before, or what is new, whole; and a second try succeeds.
#[test]
fn an_installation_that_dies_half_way_is_tried_again() {
    for point in ["install.root", "install.targets", "install.switched"] {
        let stage = Stage::begun();
        let carried = stage.carried();
        let roles = ["online-keys", "--role", "bins", "--role", "snapshot", "--out"];
        ok(&stage.on_the_server(&roles, &[&stage.path("next.json")]));
        for version in [1, 2] {
            if version == 2 {
                ok(&rotate(&carried, &["--online", path(&stage.path("next.json"))]));
            }
            sign_all(&carried, &stage.roots[..3], &stage.targets[..2]);
            let before = trust::read(&stage.trust(), None).ok().map(|ceremony| ceremony.root.version());
            let died = trust_command(&["install"], &[&carried])
                .arg("--data")
                .arg(stage.data())
                .env(ABORT_AT, point)
                .output()
                .unwrap();
            assert_eq!(died.status.signal(), Some(libc::SIGABRT), "{point}");

            let present = trust::read(&stage.trust(), None).ok().map(|ceremony| ceremony.root.version());
            let expected = if point == "install.switched" { Some(version) } else { before };
            assert_eq!(present, expected, "{point}, version {version}");
            json(&stage.install(&carried));
            let ceremony = stage.read();
            assert_eq!(ceremony.root.version(), version, "{point}");
        }
        let keys = fs::read_dir(stage.trust().join("keys")).unwrap().count();
        assert_eq!(keys, 5, "{point}: the two keys that were replaced are gone");
    }
}

#[test]
fn secret_keys_stay_where_they_belong() {
    let stage = Stage::begun();
    let carried = stage.carried();
    sign_all(&carried, &stage.roots[..3], &stage.targets[..2]);

    // Into the folder that is carried.
    let forgotten = carried.join("mine.pem");
    write_secret(&forgotten, &stage.roots[0].key);
    refused(&stage.install(&carried), "is a secret key");
    fs::remove_file(&forgotten).unwrap();

    // Onto the server, under its own name or any.
    let left = stage.trust().join("root.pem");
    write_secret(&left, &stage.roots[0].key);
    refused(&stage.install(&carried), "must never be on the server");
    fs::rename(&left, stage.trust().join(format!("keys/{}.pem", stage.roots[0].id()))).unwrap();
    refused(&stage.install(&carried), "must never be on the server");
    fs::remove_file(stage.trust().join(format!("keys/{}.pem", stage.roots[0].id()))).unwrap();
    let renamed = stage.trust().join(format!("keys/{}.pem", "0".repeat(64)));
    write_secret(&renamed, &stage.targets[0].key);
    refused(&stage.install(&carried), "must never be on the server");
    let nameless = stage.trust().join("keys/old.pem");
    fs::rename(&renamed, &nameless).unwrap();
    refused(&stage.install(&carried), "is none of them");
    fs::remove_file(&nameless).unwrap();
    // Closed by a passphrase that is not the server's, it cannot be told whose it is.
    let closed = stage.roots[1].key.to_pem(Some("a drawer's"), &mut random()).unwrap();
    fs::write(&renamed, closed.as_bytes()).unwrap();
    fs::set_permissions(&renamed, fs::Permissions::from_mode(0o600)).unwrap();
    refused(&stage.install(&carried), "is none of them");
    fs::remove_file(&renamed).unwrap();
    // What lies ready for the next rotation is nobody's yet.
    ok(&stage.on_the_server(&["online-keys", "--role", "timestamp", "--out"], &[&stage.path("next.json")]));

    // Read by others.
    let drawer = &stage.roots[0].drawer;
    fs::set_permissions(drawer, fs::Permissions::from_mode(0o640)).unwrap();
    refused(&sign(&carried, drawer), "may be read by others");

    // Not on this server at all.
    let elsewhere =
        trust_command(&["install"], &[&carried]).arg("--data").arg(stage.path("elsewhere")).output().unwrap();
    refused(&elsewhere, "no key that may sign `bins`");
    ok(&stage.install(&carried));
}

#[test]
fn one_installs_at_a_time() {
    let stage = Stage::begun();
    let carried = stage.carried();
    sign_all(&carried, &stage.roots[..3], &stage.targets[..2]);
    let lock = fs::File::options().create(true).append(true).open(stage.trust().join(".lock")).unwrap();
    lock.lock().unwrap();
    refused(&stage.install(&carried), "is being installed");
    lock.unlock().unwrap();
    ok(&stage.install(&carried));
}

#[test]
fn what_was_changed_on_the_servers_disk_is_not_read() {
    let stage = Stage::installed();
    let ceremony = stage.read();
    let targets = stage.trust().join("1.targets.json");
    let text = fs::read_to_string(&targets).unwrap();
    let expires = ceremony.targets.document().expires().to_string();
    fs::write(&targets, text.replace(&expires, "2999-01-01T00:00:00Z")).unwrap();
    assert!(matches!(trust::read(&stage.trust(), None), Err(InstalledError::Documents(_))), "another expiry");
    fs::write(&targets, text).unwrap();
    stage.read();

    let foreign = SecretKey::generate(&mut random());
    let file = stage.trust().join(format!("keys/{}.pem", ceremony.keys.bins.public().id()));
    write_secret(&file, &foreign);
    assert!(matches!(trust::read(&stage.trust(), None), Err(InstalledError::Key { .. })), "another key");
    fs::remove_file(&file).unwrap();
    assert!(matches!(trust::read(&stage.trust(), None), Err(InstalledError::KeyMissing { .. })), "no key");
}

#[test]
fn a_trial_is_whole_and_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let (data, keep) = (folder.path().join("data"), folder.path().join("keep"));
    let trial = || trust_command(&["trial", "--json", "--data"], &[&data]).arg("--keep").arg(&keep).output().unwrap();
    let made = json(&trial());
    assert_eq!(made["production"], false);
    let ceremony = trust::read(&data.join("trust"), None).unwrap();
    assert_eq!(ceremony.log.origin.as_str(), made["origin"]);
    assert_eq!(ceremony.bins.count(), 64);
    check_root(&Signed::from_json(&fs::read(made["root"].as_str().unwrap()).unwrap()).unwrap(), None).unwrap();
    refused(&trial(), "is installed in");

    // What was kept can be rotated.
    let carried = keep.join("ceremony");
    ok(&rotate(&carried, &["--root-expires", "400d"]));
    ok(&sign(&carried, &keep.join("root.pem")));
    let installed = trust_command(&["install", "--json"], &[&carried]).arg("--data").arg(&data).output().unwrap();
    assert_eq!(json(&installed)["root_version"], 2);
}

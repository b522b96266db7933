//! People sign: each once, knowing what, with keys that are in drawers or tokens.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use adx_registry::trust::{
    self, InstalledError,
    carried::Carried,
    custody::{Custody, CustodyError},
    sign::SignError,
};
use adx_signing::{
    KeyId, PublicKey, SecretKey,
    tuf::{HashBins, Signed, TopRole, ceremony::check_root},
};
use adx_tests::programs::programs;
use secrecy::SecretString;
use serde_json::json as value;

use super::world::{
    ORIGIN, Stage, at, json, missing, ok, path, refused, rotate, sign, sign_all, status, trust_command,
};

#[test]
fn people_sign_and_the_server_installs() {
    let stage = Stage::begun();
    let carried = stage.carried();
    assert!(matches!(trust::read(&stage.trust(), None), Err(InstalledError::NotInstalled { .. })));
    assert_eq!(missing(&carried), [3, 2]);

    // One key twice counts once, and two of three are not three.
    for person in [&stage.roots[0], &stage.roots[0], &stage.roots[3]] {
        ok(&sign(&carried, &person.drawer));
    }
    assert_eq!(missing(&carried), [1, 2]);
    refused(&stage.install(&carried), "2 of the 3 keys");
    ok(&sign(&carried, &stage.roots[4].drawer));
    ok(&sign(&carried, &stage.targets[0].drawer));
    refused(&stage.install(&carried), "1 of the 2 keys");

    // Who is not asked cannot help.
    let stranger = stage.person("stranger");
    refused(&sign(&carried, &stranger.drawer), "signs nothing here");
    assert_eq!(missing(&carried), [0, 1]);
    ok(&sign(&carried, &stage.targets[2].drawer));
    assert_eq!(status(&carried)["complete"], true);

    let installed = json(&stage.install(&carried));
    assert_eq!(installed["log"]["origin"], ORIGIN);
    assert_eq!((&installed["changed"], &installed["root_version"]), (&true.into(), &1.into()));
    let ceremony = stage.read();
    assert_eq!(ceremony.bins, HashBins::new(4).unwrap());
    assert_eq!(ceremony.log.origin.as_str(), ORIGIN);
    ceremony.log_policy().expect("a policy that agents can use");
    assert_eq!(ceremony.root.role(TopRole::Root).threshold(), 3);
    // What agents are given is the root that people signed.
    let first = fs::read(installed["root"].as_str().unwrap()).unwrap();
    assert_eq!(Some(&first), ceremony.roots.get(&1));
    check_root(&Signed::from_json(&first).unwrap(), None).expect("three of five signed");

    // A signature that comes late changes nothing: agents may have these bytes.
    ok(&sign(&carried, &stage.roots[1].drawer));
    assert_eq!(json(&stage.install(&carried))["changed"], false);
    assert_eq!(stage.read().roots, ceremony.roots);
}

#[test]
fn passphrases_close_keys() {
    let stage = Stage::new();
    let passphrase = SecretString::from("correct horse");
    let data = stage.path("closed");
    let on_the_server = |arguments: &[&str], file: &Path, passphrase: Option<&str>| {
        let mut command = trust_command(arguments, &[file]);
        command.arg("--data").arg(&data);
        if let Some(passphrase) = passphrase {
            command.env("ADX_REGISTRY__TRUST__PASSPHRASE", passphrase);
        }
        command.output().unwrap()
    };
    fs::remove_file(stage.path("online.json")).unwrap();
    ok(&on_the_server(&["online-keys", "--out"], &stage.path("online.json"), Some("correct horse")));
    for key in fs::read_dir(data.join("trust/keys")).unwrap().flatten() {
        assert!(fs::read_to_string(key.path()).unwrap().contains("ENCRYPTED PRIVATE KEY"));
        assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    // A person's key, encrypted.
    let drawer = stage.path("drawers/closed.pem");
    let new_key = |passphrase: &str| {
        trust_command(&["new-key"], &[&drawer]).env("ADX_KEY_PASSPHRASE", passphrase).output().unwrap()
    };
    ok(&new_key("battery staple"));
    let secret = fs::read(&drawer).unwrap();
    refused(&new_key("another"), "is there already");
    assert_eq!(fs::read(&drawer).unwrap(), secret, "a key is never written over");

    let carried = stage.carried();
    let public = stage.path("drawers/closed.pub.pem");
    ok(&stage.init(&carried, &["--root-key", path(&public)]));
    let sign_with = |passphrase: &str| {
        trust_command(&["sign", "--yes", "--key"], &[&drawer, &carried])
            .env("ADX_KEY_PASSPHRASE", passphrase)
            .output()
            .unwrap()
    };
    refused(&sign_with("wrong"), "does not open this key");
    assert_eq!(missing(&carried), [3, 2]);
    ok(&sign_with("battery staple"));
    sign_all(&carried, &stage.roots[..2], &stage.targets[..2]);

    refused(&on_the_server(&["install"], &carried, None), "give its passphrase");
    refused(&on_the_server(&["install"], &carried, Some("wrong")), "does not open this key");
    ok(&on_the_server(&["install"], &carried, Some("correct horse")));
    let closed = Command::new(&programs().registry).args(["serve", "--data"]).arg(&data).output().unwrap();
    refused(&closed, "the key of");
    assert!(String::from_utf8_lossy(&closed.stderr).contains("set `trust.passphrase`"));
    trust::read(&data.join("trust"), Some(&passphrase)).expect("the passphrase opens the keys");
    assert!(matches!(trust::read(&data.join("trust"), None), Err(InstalledError::Key { .. })));
}

fn said(output: &std::process::Output) -> String {
    ok(output);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn who_signed_already_is_told_so_and_who_is_missing() {
    let stage = Stage::begun();
    let carried = stage.carried();
    let signed = said(&sign(&carried, &stage.roots[0].drawer));
    assert!(signed.starts_with("signed: root version 1\n"), "{signed}");
    let missing = signed.lines().find(|line| line.starts_with("2 signatures are missing for root version 1, of: "));
    let missing = missing.expect("it says how many are missing");
    for (index, _) in stage.roots.iter().enumerate() {
        assert_eq!(missing.contains(&format!("root-{}", index + 1)), index != 0, "{missing}");
    }
    let bytes = fs::read(carried.join("1.root.json")).unwrap();

    // Once more, by nobody who could be asked, is no failure and writes nothing.
    let again =
        trust_command(&["sign", "--key"], &[&stage.roots[0].drawer, &carried]).stdin(Stdio::null()).output().unwrap();
    let text = said(&again);
    assert!(text.starts_with("this key had signed before: root version 1; nothing is to be signed again\n"), "{text}");
    assert!(!String::from_utf8_lossy(&again.stderr).contains("with this key"));
    assert_eq!(fs::read(carried.join("1.root.json")).unwrap(), bytes);
    let document =
        json(&trust_command(&["sign", "--json", "--key"], &[&stage.roots[0].drawer, &carried]).output().unwrap());
    assert_eq!((&document["signed_now"], &document["signed_before"]), (&value!([]), &value!(["root"])));

    let text = said(&sign(&carried, &stage.targets[0].drawer));
    assert!(text.starts_with("signed: targets version 1 and who watches the log\n"), "{text}");
    assert_eq!(text.matches("1 signature is missing for targets version 1, of: ").count(), 1, "{text}");
    assert!(text.contains(&format!("next, whoever signs: adx-registry trust sign {} --key FILE", carried.display())));
}

#[test]
fn people_are_named_beside_their_keys() {
    let stage = Stage::begun();
    let carried = stage.carried();
    ok(&sign(&carried, &stage.roots[2].drawer));
    let shown = || said(&trust_command(&["status"], &[&carried]).output().unwrap());
    let text = shown();
    for (index, person) in stage.roots.iter().enumerate() {
        let word = if index == 2 { "signed    " } else { "not signed" };
        assert!(text.contains(&format!("    {word} {}  root-{}\n", person.id(), index + 1)), "{text}");
    }
    assert_eq!(status(&carried)["names"][stage.targets[1].id().to_string()], "targets-2");

    // Without its file a key is its id; whoever signs brings a name along.
    for person in [&stage.roots[2], &stage.roots[3]] {
        fs::remove_file(carried.join(person.public.file_name().unwrap())).unwrap();
    }
    assert!(shown().contains(&format!("    not signed {}\n", stage.roots[3].id())));
    ok(&sign(&carried, &stage.roots[3].drawer));
    assert!(shown().contains(&format!("    signed     {}  root-4\n", stage.roots[3].id())));

    // Who is added is known too; two of one name are told apart, and a name steers no terminal.
    let others = stage.path("others");
    fs::create_dir(&others).unwrap();
    let (namesake, rude) = (stage.person("namesake"), stage.person("rude"));
    fs::copy(&namesake.public, others.join("root-1.pub.pem")).unwrap();
    fs::copy(&rude.public, others.join("a\u{1b}[2Jb.pub.pem")).unwrap();
    sign_all(&carried, &stage.roots[..3], &stage.targets[..2]);
    let [first, second] = [others.join("root-1.pub.pem"), others.join("a\u{1b}[2Jb.pub.pem")];
    ok(&rotate(&carried, &["--add-root-key", path(&first), "--add-targets-key", path(&second)]));
    let names = &status(&carried)["names"];
    let id = namesake.id().to_string();
    assert_eq!(names[&id], format!("root-1-{}", &id[..8]));
    assert_eq!(names[rude.id().to_string()], "a[2Jb");
    assert_eq!(names[stage.roots[0].id().to_string()], "root-1");
}

#[test]
fn nothing_is_signed_unseen() {
    let stage = Stage::begun();
    let carried = stage.carried();
    let unasked =
        trust_command(&["sign", "--key"], &[&stage.roots[0].drawer, &carried]).stdin(Stdio::null()).output().unwrap();
    refused(&unasked, "nothing was signed");
    refused(&sign(&carried, &stage.roots[0].public), "is the public half of a key");
    let said = String::from_utf8_lossy(&unasked.stderr).into_owned();
    for person in &stage.roots {
        assert!(said.contains(&person.id().to_string()), "{said}");
    }
    assert!(said.contains("root: people sign, 3 of 5"), "{said}");
    assert_eq!(missing(&carried), [3, 2]);
}

/// A token: holds keys, gives out none, and can break.
struct Token {
    keys: Vec<SecretKey>,
    broken: bool,
}

impl Custody for Token {
    fn find(&self, id: &KeyId) -> Result<Option<PublicKey>, CustodyError> {
        Ok(self.keys.iter().map(SecretKey::public).find(|key| key.id() == *id))
    }

    fn sign(&self, id: &KeyId, message: &[u8]) -> Result<[u8; 64], CustodyError> {
        let key = self.keys.iter().find(|key| key.public().id() == *id).ok_or(CustodyError::NotHeld(*id))?;
        Ok(if self.broken { [0; 64] } else { key.sign(message) })
    }
}

#[test]
fn a_token_signs_what_it_holds_keys_for() {
    let stage = Stage::begun();
    let now = at("2026-11-25T08:00:00Z");
    let keys = [&stage.roots[1], &stage.targets[0]].map(|person| person.key.clone()).to_vec();
    let mut carried = Carried::open(&stage.carried()).unwrap();
    let broken = Token { keys: keys.clone(), broken: true };
    let signable = trust::sign::signable(&carried, &broken, now).unwrap();
    assert_eq!(signable.len(), 2, "one key for the root, one for the targets document");
    for document in signable {
        let refused = trust::sign::sign(&mut carried, &broken, document).expect_err("no signature");
        assert!(matches!(refused, SignError::Signature { .. }), "{refused}");
    }
    assert_eq!(missing(&stage.carried()), [3, 2]);
    let token = Token { keys, broken: false };
    for document in trust::sign::signable(&carried, &token, now).unwrap() {
        trust::sign::sign(&mut carried, &token, document).unwrap();
    }
    assert_eq!(missing(&stage.carried()), [2, 1]);
}

//! The offline ceremony through the program: people who sign, a server that installs, and what each of them is refused.

use adx_registry::trust::carried::Carried;
use adx_registry::trust::custody::{Custody, CustodyError};
use adx_registry::trust::sign::SignError;
use adx_registry::trust::{self, InstalledError};
use adx_registry_core::ceremony::Ceremony;
use adx_signing::log::note::NoteAlgorithm;
use adx_signing::log::{KeyName, VerifierKey};
use adx_signing::tuf::ceremony::{RootPlan, TargetsPlan, check_root};
use adx_signing::tuf::{Authority, HashBins, Role as _, Root, Signed, Targets, TopRole};
use adx_signing::{KeyId, PublicKey, SecretKey, UtcSecond};
use adx_tests::programs::programs;
use adx_tests::stage::{ABORT_AT, random};
use secrecy::SecretString;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const ORIGIN: &str = "registry.example.com/log";

/// A person with a key in a drawer.
struct Person {
    key: SecretKey,
    /// The secret half.
    drawer: PathBuf,
    /// The public half.
    public: PathBuf,
}

impl Person {
    fn id(&self) -> KeyId {
        self.key.public().id()
    }
}

/// People, a folder that is carried between them, and a server.
struct Stage {
    folder: TempDir,
    roots: Vec<Person>,
    targets: Vec<Person>,
}

impl Stage {
    /// Five people for the root, three for the targets document, and the server's keys; nothing is begun.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("drawers")).unwrap();
        let mut stage = Self { folder, roots: Vec::new(), targets: Vec::new() };
        stage.roots = (1..=5).map(|number| stage.person(&format!("root-{number}"))).collect();
        stage.targets = (1..=3).map(|number| stage.person(&format!("targets-{number}"))).collect();
        ok(&stage.on_the_server(&["online-keys", "--out"], &[&stage.path("online.json")]));
        stage
    }

    /// The same with first documents that nobody signed yet: 3 of 5, 2 of 3.
    fn begun() -> Self {
        let stage = Self::new();
        ok(&stage.init(&stage.path("carried"), &[]));
        stage
    }

    /// The same, signed and installed.
    fn installed() -> Self {
        let stage = Self::begun();
        sign_all(&stage.carried(), &stage.roots[..3], &stage.targets[..2]);
        assert_eq!(json(&stage.install(&stage.carried()))["changed"], true);
        stage
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn carried(&self) -> PathBuf {
        self.path("carried")
    }

    fn data(&self) -> PathBuf {
        self.path("data")
    }

    fn trust(&self) -> PathBuf {
        self.data().join("trust")
    }

    fn person(&self, name: &str) -> Person {
        let key = SecretKey::generate(&mut random());
        let (drawer, public) =
            (self.path(&format!("drawers/{name}.pem")), self.path(&format!("drawers/{name}.pub.pem")));
        write_secret(&drawer, &key);
        fs::write(&public, key.public().to_pem()).unwrap();
        Person { key, drawer, public }
    }

    fn init(&self, carried: &Path, more: &[&str]) -> Output {
        let mut command = trust_command(&["init"], &[carried]);
        for person in &self.roots {
            command.arg("--root-key").arg(&person.public);
        }
        for person in &self.targets {
            command.arg("--targets-key").arg(&person.public);
        }
        command.arg("--online").arg(self.path("online.json")).args(["--origin", ORIGIN]).args(more);
        if !more.contains(&"--bins") {
            command.args(["--bins", "4"]);
        }
        command.output().unwrap()
    }

    fn on_the_server(&self, arguments: &[&str], paths: &[&Path]) -> Output {
        trust_command(arguments, paths).arg("--data").arg(self.data()).output().unwrap()
    }

    fn install(&self, carried: &Path) -> Output {
        self.on_the_server(&["install", "--json"], &[carried])
    }

    /// A copy of the carried folder, as somebody may have kept one.
    fn copy(&self, name: &str) -> PathBuf {
        let copy = self.path(name);
        fs::create_dir(&copy).unwrap();
        for entry in fs::read_dir(self.carried()).unwrap().flatten() {
            fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
        }
        copy
    }

    fn read(&self) -> Ceremony {
        trust::read(&self.trust(), None).expect("what is installed can be read")
    }
}

fn write_secret(file: &Path, key: &SecretKey) {
    fs::write(file, key.to_pem(None, &mut random()).unwrap().as_bytes()).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

fn trust_command(arguments: &[&str], paths: &[&Path]) -> Command {
    let mut command = Command::new(&programs().registry);
    command.arg("trust").args(arguments).args(paths);
    command
}

fn rotate(carried: &Path, arguments: &[&str]) -> Output {
    trust_command(&["rotate"], &[carried]).args(arguments).output().unwrap()
}

fn sign(carried: &Path, key: &Path) -> Output {
    trust_command(&["sign", "--yes", "--key"], &[key, carried]).output().unwrap()
}

fn sign_all<'p>(
    carried: &Path,
    roots: impl IntoIterator<Item = &'p Person>,
    targets: impl IntoIterator<Item = &'p Person>,
) {
    for person in roots.into_iter().chain(targets) {
        ok(&sign(carried, &person.drawer));
    }
}

fn status(carried: &Path) -> Value {
    json(&trust_command(&["status", "--json"], &[carried]).output().unwrap())
}

/// How many signatures are missing for each threshold of the root, then for that of the targets document.
fn missing(carried: &Path) -> Vec<u64> {
    let status = status(carried);
    let documents = status["documents"].as_array().unwrap();
    let approvals = documents.iter().flat_map(|document| document["approvals"].as_array().unwrap());
    approvals.map(|approval| approval["missing"].as_u64().unwrap()).collect()
}

fn ok(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn json(output: &Output) -> Value {
    ok(output);
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

/// It is refused in these words, and says what to type next.
fn refused(output: &Output, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "it was not refused: {said}");
    assert!(said.contains("error: ") && said.contains(words), "`{words}` is not said: {said}");
    assert!(said.contains("hint: "), "no hint: {said}");
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn at(text: &str) -> UtcSecond {
    text.parse().unwrap()
}

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
    assert_eq!(missing(&carried), [3, 3, 0], "the targets document names none of them");
    sign_all(&carried, &stage.roots[..3], []);

    // Until it is installed the server signs as before.
    assert_eq!(stage.read().keys.timestamp.public(), before.keys.timestamp.public());
    let installed = json(&stage.install(&carried));
    let old = [&before.keys.timestamp, &before.keys.log].map(|key| key.public().id());
    let retired: Vec<KeyId> = serde_json::from_value(installed["retired"].clone()).unwrap();
    assert_eq!(retired.iter().collect::<std::collections::BTreeSet<_>>(), old.iter().collect());
    let after = stage.read();
    assert_ne!(after.keys.timestamp.public(), before.keys.timestamp.public());
    assert_eq!(after.keys.snapshot.public(), before.keys.snapshot.public());
    assert_eq!(after.log.earlier_keys.len(), 1, "what the old key of the log signed is believed still");
    assert_eq!(after.log.earlier_keys[0].key, before.keys.log.public());
    for id in old {
        assert!(!stage.trust().join(format!("keys/{id}.pem")).exists());
    }

    // A log that forgets its earlier key, or is called otherwise.
    let log_file = carried.join("log.json");
    let mut log: Value = serde_json::from_slice(&fs::read(&log_file).unwrap()).unwrap();
    log["earlier_keys"] = Value::Array(Vec::new());
    fs::write(&log_file, log.to_string()).unwrap();
    refused(&stage.install(&carried), "among its earlier keys");
    let name: KeyName = "other.example.com/log".parse().unwrap();
    log["origin"] = name.to_string().into();
    let key = VerifierKey { name, algorithm: NoteAlgorithm::Ed25519, key: after.keys.log.public() };
    log["key"] = key.to_string().into();
    fs::write(&log_file, log.to_string()).unwrap();
    refused(&stage.install(&carried), "its name cannot change");
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_written() {
    let stage = Stage::new();
    let carried = stage.carried();
    refused(&stage.init(&carried, &["--root-threshold", "6"]), "a threshold of 6 among 5 keys");
    refused(&stage.init(&carried, &["--targets-threshold", "0"]), "a threshold of 0 among 3 keys");
    refused(&stage.init(&carried, &["--root-key", path(&stage.roots[0].public)]), "is listed twice");
    refused(&stage.init(&carried, &["--root-key", path(&stage.roots[0].drawer)]), "SECRET half");
    refused(&stage.init(&carried, &["--root-expires", "2020-01-01T00:00:00Z"]), "choose a later time");
    refused(&stage.init(&carried, &["--quorum", "1"]), "larger than the number of witnesses");
    refused(&stage.init(&carried, &["--bins", "3"]), "choose a power of two");
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
    refused(&new_key("another"), "cannot be read or written");
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
    trust::read(&data.join("trust"), Some(&passphrase)).expect("the passphrase opens the keys");
    assert!(matches!(trust::read(&data.join("trust"), None), Err(InstalledError::Key { .. })));
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
fn nothing_is_signed_unseen() {
    let stage = Stage::begun();
    let carried = stage.carried();
    let unasked = trust_command(&["sign", "--key"], &[&stage.roots[0].drawer, &carried])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    refused(&unasked, "nothing was signed");
    let said = String::from_utf8_lossy(&unasked.stderr).into_owned();
    for person in &stage.roots {
        assert!(said.contains(&person.id().to_string()), "{said}");
    }
    assert!(said.contains("root: people sign, 3 of 5"), "{said}");
    assert_eq!(missing(&carried), [3, 2]);
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
    assert_eq!(status(&carried)["complete"], true, "nobody has to sign that");
    assert_eq!(json(&stage.install(&carried))["changed"], true);
    let log = stage.read().log;
    assert_eq!(log.witnesses.len(), 1);
    assert_eq!(log.witnesses[0].url.as_str(), "https://two.example.org/w");
}

//! People with keys in drawers, a folder that is carried between them, and a server.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use adx_registry::trust::{self, carried::Carried};
use adx_registry_core::ceremony::Ceremony;
use adx_signing::{KeyId, SecretKey, UtcSecond};
use adx_tests::{programs::programs, stage::random};
use serde_json::Value;
use tempfile::TempDir;

pub(super) const ORIGIN: &str = "registry.example.com/log";

/// A person with a key in a drawer.
pub(super) struct Person {
    pub(super) key: SecretKey,
    /// The secret half.
    pub(super) drawer: PathBuf,
    /// The public half.
    pub(super) public: PathBuf,
}

impl Person {
    pub(super) fn id(&self) -> KeyId {
        self.key.public().id()
    }
}

/// People, a folder that is carried between them, and a server.
pub(super) struct Stage {
    pub(super) folder: TempDir,
    pub(super) roots: Vec<Person>,
    pub(super) targets: Vec<Person>,
}

impl Stage {
    /// Five people for the root, three for the targets document, and the server's keys; nothing is begun.
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("drawers")).unwrap();
        let mut stage = Self { folder, roots: Vec::new(), targets: Vec::new() };
        stage.roots = (1..=5).map(|number| stage.person(&format!("root-{number}"))).collect();
        stage.targets = (1..=3).map(|number| stage.person(&format!("targets-{number}"))).collect();
        ok(&stage.on_the_server(&["online-keys", "--out"], &[&stage.path("online.json")]));
        stage
    }

    /// The same with first documents that nobody signed yet: 3 of 5, 2 of 3.
    pub(super) fn begun() -> Self {
        let stage = Self::new();
        ok(&stage.init(&stage.path("carried"), &[]));
        stage
    }

    /// The same, signed and installed.
    pub(super) fn installed() -> Self {
        let stage = Self::begun();
        sign_all(&stage.carried(), &stage.roots[..3], &stage.targets[..2]);
        assert_eq!(json(&stage.install(&stage.carried()))["changed"], true);
        stage
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn carried(&self) -> PathBuf {
        self.path("carried")
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(super) fn trust(&self) -> PathBuf {
        self.data().join("trust")
    }

    pub(super) fn person(&self, name: &str) -> Person {
        let key = SecretKey::generate(&mut random());
        let (drawer, public) =
            (self.path(&format!("drawers/{name}.pem")), self.path(&format!("drawers/{name}.pub.pem")));
        write_secret(&drawer, &key);
        fs::write(&public, key.public().to_pem()).unwrap();
        Person { key, drawer, public }
    }

    pub(super) fn init(&self, carried: &Path, more: &[&str]) -> Output {
        let mut command = trust_command(&["init"], &[carried]);
        for person in &self.roots {
            command.arg("--root-key").arg(&person.public);
        }
        for person in &self.targets {
            command.arg("--targets-key").arg(&person.public);
        }
        command.arg("--online").arg(self.path("online.json")).args(more);
        if !more.contains(&"--origin") {
            command.args(["--origin", ORIGIN]);
        }
        if !more.contains(&"--bins") {
            command.args(["--bins", "4"]);
        }
        command.output().unwrap()
    }

    pub(super) fn on_the_server(&self, arguments: &[&str], paths: &[&Path]) -> Output {
        trust_command(arguments, paths).arg("--data").arg(self.data()).output().unwrap()
    }

    pub(super) fn install(&self, carried: &Path) -> Output {
        self.on_the_server(&["install", "--json"], &[carried])
    }

    /// A copy of the carried folder, as somebody may have kept one.
    pub(super) fn copy(&self, name: &str) -> PathBuf {
        let copy = self.path(name);
        fs::create_dir(&copy).unwrap();
        for entry in fs::read_dir(self.carried()).unwrap().flatten() {
            fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
        }
        copy
    }

    pub(super) fn read(&self) -> Ceremony {
        trust::read(&self.trust(), None).expect("what is installed can be read")
    }
}

pub(super) fn write_secret(file: &Path, key: &SecretKey) {
    fs::write(file, key.to_pem(None, &mut random()).unwrap().as_bytes()).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

pub(super) fn trust_command(arguments: &[&str], paths: &[&Path]) -> Command {
    let mut command = Command::new(&programs().registry);
    command.arg("trust").args(arguments).args(paths);
    command
}

pub(super) fn rotate(carried: &Path, arguments: &[&str]) -> Output {
    trust_command(&["rotate"], &[carried]).args(arguments).output().unwrap()
}

pub(super) fn sign(carried: &Path, key: &Path) -> Output {
    trust_command(&["sign", "--yes", "--key"], &[key, carried]).output().unwrap()
}

pub(super) fn sign_all<'p>(
    carried: &Path,
    roots: impl IntoIterator<Item = &'p Person>,
    targets: impl IntoIterator<Item = &'p Person>,
) {
    for person in roots.into_iter().chain(targets) {
        ok(&sign(carried, &person.drawer));
    }
}

pub(super) fn status(carried: &Path) -> Value {
    json(&trust_command(&["status", "--json"], &[carried]).output().unwrap())
}

/// How many signatures are missing for each threshold of the root, then for that of the targets document.
pub(super) fn missing(carried: &Path) -> Vec<u64> {
    let status = status(carried);
    let documents = status["documents"].as_array().unwrap();
    let approvals = documents.iter().flat_map(|document| document["approvals"].as_array().unwrap());
    approvals.map(|approval| approval["missing"].as_u64().unwrap()).collect()
}

/// Another last targets document, which nobody signed yet and which lists `log.json` as it is: as whoever does not use this program
/// could make it.
pub(super) fn list_log(carried: &Path) {
    let documents = Carried::open(carried).unwrap().documents;
    let listing = documents.log.listing().unwrap();
    edit_targets(carried, |targets| targets["targets"]["log-policy.json"] = serde_json::to_value(listing).unwrap());
}

/// Changes the last targets document of a folder; nobody signed it then.
pub(super) fn edit_targets(folder: &Path, edit: impl FnOnce(&mut Value)) {
    let version = (1..100).rfind(|version| folder.join(format!("{version}.targets.json")).exists()).unwrap();
    let file = folder.join(format!("{version}.targets.json"));
    let mut document: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    edit(&mut document["signed"]);
    document["signatures"] = Value::Array(Vec::new());
    fs::write(file, document.to_string()).unwrap();
}

pub(super) fn ok(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

pub(super) fn json(output: &Output) -> Value {
    ok(output);
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

/// It is refused in these words, and says what to type next.
pub(super) fn refused(output: &Output, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "it was not refused: {said}");
    assert!(said.contains("error: ") && said.contains(words), "`{words}` is not said: {said}");
    assert!(said.contains("hint: "), "no hint: {said}");
}

pub(super) fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub(super) fn at(text: &str) -> UtcSecond {
    text.parse().unwrap()
}

//! A true registry in a folder: a ceremony of 3 of 5 and 2 of 3, rounds of signing, a log with witnesses, an index and packages.
//! It is honest; tests that are not change what it wrote, or give it something else to sign.

mod ask;
mod made;
mod record;
mod round;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use adx_index::{advisory::AdvisoryList, line::IndexLine};
use adx_signing::{
    Digest, ModuleId, PublicKey, SecretKey, UtcSecond,
    key::KeyPurpose,
    key_change::NewKey,
    log::{Cosigner, Leaf, LogPolicy, RightEdge, TilePath, VerifierKey, note::NoteAlgorithm},
    tuf::{
        Authority, Changes, HashBins, Lifetimes, RoleName, Root, Signed, Snapshot, TargetFile, Targets, Timestamp,
        ceremony::{RootPlan, TargetsPlan},
        control::{ControlFile as _, PublisherKeys, Revocations},
    },
};
use adx_trust::{Namespaces, Pattern, Refusal, Registry, Source};
use tempfile::TempDir;

pub(crate) use ask::{ask, refusal, taken};
pub(crate) use made::{Released, made, signed};

/// When the world begins.
pub(crate) const START: &str = "2026-11-25T08:00:00Z";
/// More bins than a client holds in memory.
const BINS: u32 = 16;
/// The module that is there from the beginning.
pub(crate) const MODULE: &str = "acme/hello";

pub(crate) fn at(text: &str) -> UtcSecond {
    text.parse().expect("a time")
}

/// This many minutes after the world began.
pub(crate) fn minute(minutes: i64) -> UtcSecond {
    at(START).after(time::Duration::minutes(minutes))
}

pub(crate) fn module(text: &str) -> ModuleId {
    text.parse().expect("a module")
}

/// A key of tests, the same for the same seed.
pub(crate) fn key(seed: &str) -> SecretKey {
    SecretKey::from_seed(Digest::of(seed.as_bytes()).as_bytes())
}

fn keys(name: &str, count: usize) -> Vec<SecretKey> {
    (0..count).map(|number| key(&format!("{name} {number}"))).collect()
}

/// A key for everything, without an end.
pub(crate) fn new_key(key: &SecretKey) -> NewKey {
    NewKey { not_after: None, public: key.public(), purposes: [KeyPurpose::Release, KeyPurpose::KeyChange].into() }
}

fn authority(keys: &[SecretKey], threshold: u32) -> Authority {
    let keys: Vec<PublicKey> = keys.iter().map(SecretKey::public).collect();
    Authority::new(&keys, threshold).expect("an authority")
}

/// The keys that stand on the server.
#[derive(Clone)]
pub(crate) struct Online {
    pub(crate) bins: SecretKey,
    pub(crate) control: SecretKey,
    pub(crate) snapshot: SecretKey,
    pub(crate) timestamp: SecretKey,
    pub(crate) log: SecretKey,
}

impl Online {
    fn new(seed: &str) -> Self {
        let key = |role: &str| key(&format!("{seed} {role}"));
        Self {
            bins: key("bins"),
            control: key("control"),
            snapshot: key("snapshot"),
            timestamp: key("timestamp"),
            log: key("log"),
        }
    }
}

#[derive(Clone)]
pub(crate) struct World {
    folder: Arc<TempDir>,
    pub(crate) root_keys: Vec<SecretKey>,
    pub(crate) targets_keys: Vec<SecretKey>,
    pub(crate) online: Online,
    pub(crate) witnesses: Vec<Cosigner>,
    pub(crate) publisher: SecretKey,
    pub(crate) root: Signed<Root>,
    pub(crate) new_targets: Option<Signed<Targets>>,
    pub(crate) targets: Signed<Targets>,
    pub(crate) contents: BTreeMap<RoleName, Targets>,
    pub(crate) snapshot: Option<Snapshot>,
    pub(crate) timestamp: Option<Timestamp>,
    pub(crate) edge: RightEdge,
    pub(crate) tiles: BTreeMap<TilePath, Vec<u8>>,
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) publisher_keys: PublisherKeys,
    pub(crate) revocations: Revocations,
    pub(crate) advisories: AdvisoryList,
    pub(crate) policy: LogPolicy,
    pub(crate) lines: BTreeMap<ModuleId, Vec<IndexLine>>,
    pub(crate) changes: Changes,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) now: UtcSecond,
}

impl World {
    /// A registry with one publisher, one release of [`MODULE`] and a first round.
    pub(crate) fn new() -> Self {
        Self::named("registry.example.com/log", "registry")
    }

    /// Another one, of other keys.
    pub(crate) fn named(origin: &str, seed: &str) -> Self {
        let mut world = Self::begun(origin, seed, key("acme"), at(START));
        world.release(MODULE, "1.0.0");
        world.round();
        world
    }

    /// A registry with one publisher, before its first round.
    pub(crate) fn begun(origin: &str, seed: &str, publisher: SecretKey, now: UtcSecond) -> Self {
        let (root_keys, targets_keys) = (keys(&format!("{seed} root"), 5), keys(&format!("{seed} targets"), 3));
        let online = Online::new(seed);
        let plan = RootPlan {
            expires: now.after(time::Duration::days(365)),
            root: authority(&root_keys, 3),
            targets: authority(&targets_keys, 2),
            snapshot: authority(std::slice::from_ref(&online.snapshot), 1),
            timestamp: authority(std::slice::from_ref(&online.timestamp), 1),
        };
        let mut root = plan.first(now).expect("a root");
        root_keys.iter().take(3).for_each(|key| root.sign(key));
        let bins = HashBins::new(BINS).expect("bins");
        let witnesses = ["one", "two"].map(|name| Cosigner {
            name: format!("witness.example.org/{name}").parse().expect("a name"),
            key: key(&format!("{seed} witness {name}")),
        });
        let policy = policy(origin, &online.log, &witnesses, 2);
        let plan = TargetsPlan {
            expires: now.after(time::Duration::days(365)),
            bins,
            bin_keys: authority(std::slice::from_ref(&online.bins), 1),
            control_keys: authority(std::slice::from_ref(&online.control), 1),
            log_policy: TargetFile::of(&policy.to_json()),
        };
        let mut targets = plan.first(root.document(), now).expect("targets");
        targets_keys.iter().take(2).for_each(|key| targets.sign(key));
        let roles = bins.names().chain([RoleName::control()]);
        let mut world = Self {
            folder: Arc::new(TempDir::new().expect("a folder")),
            root_keys,
            targets_keys,
            online,
            witnesses: witnesses.to_vec(),
            publisher,
            new_targets: Some(targets.clone()),
            targets,
            contents: roles.map(|role| (role, Targets::unpublished())).collect(),
            snapshot: None,
            timestamp: None,
            edge: RightEdge::default(),
            tiles: BTreeMap::new(),
            leaves: Vec::new(),
            publisher_keys: PublisherKeys::default(),
            revocations: Revocations::default(),
            advisories: AdvisoryList::default(),
            policy,
            lines: BTreeMap::new(),
            changes: Changes::new(),
            lifetimes: Lifetimes::default(),
            now,
            root,
        };
        world.serve("tuf/1.root.json", &world.root.to_json());
        let publisher = world.publisher.clone();
        world.register("acme", &publisher);
        world
    }

    /// A copy that goes its own way from here.
    pub(crate) fn parted(&self) -> Self {
        let folder = TempDir::new().expect("a folder");
        copy(self.path(), folder.path());
        Self { folder: Arc::new(folder), ..self.clone() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    pub(crate) fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Writes a file where it is served.
    pub(crate) fn serve(&self, path: &str, bytes: &[u8]) {
        let path = self.file(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }

    pub(crate) fn later(&mut self, minutes: i64) {
        self.now = self.now.after(time::Duration::minutes(minutes));
    }

    /// Opens the registry for a client that keeps its state in `state`.
    pub(crate) fn open(&self, state: &Path) -> Result<Registry, Refusal> {
        self.open_at(Source::folder(self.path()), state)
    }

    /// The same, whose files come from elsewhere.
    pub(crate) fn open_at(&self, source: Source, state: &Path) -> Result<Registry, Refusal> {
        let rest = [Pattern::Rest];
        let namespaces = Namespaces::new([("main", rest.as_slice())]).expect("namespaces");
        Registry::open("main", source, &self.read("tuf/1.root.json"), state, Arc::new(namespaces))
    }
}

/// Whom to believe about a log.
pub(crate) fn policy(origin: &str, log: &SecretKey, witnesses: &[Cosigner], quorum: usize) -> LogPolicy {
    let name: adx_signing::log::KeyName = origin.parse().expect("an origin");
    let key = VerifierKey { name: name.clone(), algorithm: NoteAlgorithm::Ed25519, key: log.public() };
    LogPolicy::new(name, vec![key], witnesses.iter().map(Cosigner::verifier).collect(), quorum).expect("a policy")
}

pub(crate) fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            fs::create_dir_all(&to).expect("a folder");
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("a file");
        }
    }
}

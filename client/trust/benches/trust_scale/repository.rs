//! A registry in a folder, as rounds of signing write it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use adx_index::line::{IndexLine, index_path, write_file};
use adx_signing::{
    Digest, PublicKey, SecretKey, UtcSecond,
    key::KeyPurpose,
    log::{
        Checkpoint, Event, Leaf, LogPolicy, RightEdge, VerifierKey,
        leaf::{KeyAdded, Publication},
        note::NoteAlgorithm,
    },
    tuf::{
        Authority, Changes, HashBins, Lifetimes, OnlineKeys, Present, Role as _, RoleName, Round, Signed, Signer,
        TargetFile, TargetName, Targets,
        ceremony::{RootPlan, TargetsPlan},
        control::{ControlFile, IndexFile, IndexRoot, IndexShard, PublisherKeys, RegisteredKey, Revocations, shard_of},
        key_history::Authorization,
    },
};
use semver::Version;
use tempfile::TempDir;

use crate::scale::{PUBLISHERS, Scale, VERSIONS, module};

const ORIGIN: &str = "registry.example.com/log";

#[expect(clippy::disallowed_methods, reason = "documents are judged by the clock of the machine")]
pub(crate) fn now() -> UtcSecond {
    time::OffsetDateTime::now_utc().into()
}

fn key(seed: &str) -> SecretKey {
    SecretKey::from_seed(Digest::of(seed.as_bytes()).as_bytes())
}

fn authority(keys: &[&SecretKey]) -> Authority {
    let keys: Vec<PublicKey> = keys.iter().map(|key| key.public()).collect();
    Authority::new(&keys, 1).expect("an authority")
}

/// Lengths in bytes.
pub(crate) struct Sizes {
    pub(crate) snapshot: u64,
    /// Of the bins.
    pub(crate) largest: u64,
    /// All documents of the last round.
    pub(crate) all: u64,
}

/// The registry in a folder. Index files are written for the modules that the agent has; of the others the shards have the
/// digest.
pub(crate) struct Repository {
    scale: Scale,
    folder: TempDir,
    bins: HashBins,
    keys: [SecretKey; 5],
    contents: BTreeMap<RoleName, Targets>,
    targets: Signed<Targets>,
    last: Option<Round>,
    edge: RightEdge,
    leaves: u64,
    versions: Vec<u64>,
    first_leaf: BTreeMap<(usize, u64), u64>,
    shards: BTreeMap<String, IndexShard>,
    index: IndexRoot,
    publisher_keys: PublisherKeys,
}

impl Repository {
    pub(crate) fn new(scale: Scale, bins: u32) -> Self {
        let folder = TempDir::new().expect("a folder");
        let bins = HashBins::new(bins).expect("bins");
        let keys = ["bins", "control", "snapshot", "timestamp", "log"].map(key);
        let next_year = now().after(time::Duration::days(365));
        let plan = RootPlan {
            expires: next_year,
            root: authority(&[&key("root")]),
            targets: authority(&[&key("targets")]),
            snapshot: authority(&[&keys[2]]),
            timestamp: authority(&[&keys[3]]),
        };
        let mut root = plan.first(now()).expect("a root");
        root.sign(&key("root"));
        let name: adx_signing::log::KeyName = ORIGIN.parse().expect("a name");
        let log = VerifierKey { name: name.clone(), algorithm: NoteAlgorithm::Ed25519, key: keys[4].public() };
        let policy = LogPolicy::new(name, vec![log], Vec::new(), 0).expect("a policy").to_json();
        let plan = TargetsPlan {
            expires: next_year,
            bins,
            bin_keys: authority(&[&keys[0]]),
            control_keys: authority(&[&keys[1]]),
            log_policy: TargetFile::of(&policy),
        };
        let mut targets = plan.first(root.document(), now()).expect("targets");
        targets.sign(&key("targets"));
        let roles = bins.names().chain([RoleName::control()]);
        let repository = Self {
            scale,
            folder,
            bins,
            keys,
            contents: roles.map(|role| (role, Targets::unpublished())).collect(),
            targets,
            last: None,
            edge: RightEdge::default(),
            leaves: 0,
            versions: vec![0; scale.modules],
            first_leaf: BTreeMap::new(),
            shards: BTreeMap::new(),
            index: IndexRoot::default(),
            publisher_keys: PublisherKeys::default(),
        };
        repository.write("tuf/1.root.json", &root.to_json());
        let file = LogPolicy::target_name().consistent_path("tuf/targets", Digest::of(&policy));
        repository.write(&file, &policy);
        repository
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Everything there is, signed at once. How long the round took.
    pub(crate) fn first_round(&mut self) -> Duration {
        let mut leaves = Vec::new();
        for number in 0..PUBLISHERS {
            let (namespace, public) = (module(number).namespace, key(&format!("publisher {number}")).public());
            let purposes = [KeyPurpose::Release, KeyPurpose::KeyChange];
            let registered = RegisteredKey {
                public,
                purposes: purposes.into(),
                added_by: Authorization::First,
                added_at_leaf: leaves.len() as u64,
                removed_at_leaf: None,
                removed_by: None,
                not_after: None,
            };
            self.publisher_keys.namespaces.insert(namespace.clone(), vec![registered]);
            let added = KeyAdded { namespace, not_after: None, public, purposes: purposes.into() };
            leaves.push(Leaf::new(now(), Event::PublisherKeyAdded(added)).to_bytes());
        }
        let mut changes = Changes::new();
        for number in 0..self.scale.modules {
            for _ in 0..VERSIONS {
                self.add(number, &mut leaves, &mut changes);
            }
        }
        self.round(&leaves, (0..self.scale.modules).collect(), changes)
    }

    /// One more version of each of these modules, in one round. How long it took.
    pub(crate) fn release(&mut self, numbers: impl IntoIterator<Item = usize>) -> Duration {
        let numbers: Vec<usize> = numbers.into_iter().collect();
        let (mut leaves, mut changes) = (Vec::new(), Changes::new());
        for number in &numbers {
            self.add(*number, &mut leaves, &mut changes);
        }
        self.round(&leaves, numbers, changes)
    }

    fn add(&mut self, number: usize, leaves: &mut Vec<Vec<u8>>, changes: &mut Changes) {
        let (module, version) = (module(number), Version::new(1, self.versions[number], 0));
        let sha256 = Digest::of(format!("{module} {version}").as_bytes());
        let leaf = self.leaves + leaves.len() as u64;
        self.first_leaf.insert((number, self.versions[number]), leaf);
        self.versions[number] += 1;
        let publisher = key(&format!("publisher {}", number % PUBLISHERS)).public().id();
        changes.insert(
            TargetName::of_package(&module, &version).expect("a name"),
            Some(TargetFile { length: 50_000, sha256 }),
        );
        let publication = Publication { envelope_sha256: sha256, keyids: [publisher].into(), module, sha256, version };
        leaves.push(Leaf::new(now(), Event::Publish(publication)).to_bytes());
    }

    /// What a registry does from leaves to timestamp, but for database and witnesses. Index files are made before the clock starts, and
    /// every list is in memory, of which a registry keeps those of 200,000 targets.
    fn round(&mut self, leaves: &[Vec<u8>], modules: Vec<usize>, mut changes: Changes) -> Duration {
        let files: Vec<_> = modules.into_iter().map(|number| self.index_file(number)).collect();
        let began = Instant::now();
        let appended = self.edge.append(leaves).expect("tiles");
        for (path, bytes) in appended.tiles {
            self.write(&format!("log/{path}"), &bytes);
        }
        self.edge = appended.edge;
        self.leaves += leaves.len() as u64;
        let checkpoint = Checkpoint { origin: ORIGIN.parse().expect("an origin"), head: *self.edge.head() };
        self.write("log/checkpoint", checkpoint.sign(&self.keys[4]).note().to_string().as_bytes());

        let mut touched = BTreeSet::new();
        for (path, file) in files {
            let name = shard_of(&path);
            let shard = self.shards.entry(name.clone()).or_default();
            shard.files.insert(path, file);
            touched.insert(name);
        }
        for name in touched {
            let bytes = self.shards[&name].to_json();
            self.write(&format!("index/shards/{}.json", Digest::of(&bytes)), &bytes);
            self.index.shards.insert(name, IndexFile::of(&bytes));
        }
        self.control(&self.index.clone(), &mut changes);
        if self.last.is_none() {
            self.control(&self.publisher_keys.clone(), &mut changes);
            self.control(&Revocations::default(), &mut changes);
        }

        let [bins, control, snapshot, timestamp, _] = &self.keys;
        let keys = OnlineKeys { bins, control, snapshot, timestamp };
        let signer = Signer { keys, bins: self.bins, lifetimes: Lifetimes::default() };
        let roles = match &self.last {
            None => std::mem::take(&mut self.contents),
            Some(_) => signer
                .roles_of(changes.keys())
                .into_iter()
                .filter_map(|role| self.contents.remove_entry(&role))
                .collect(),
        };
        let present = Present {
            snapshot: self.last.as_ref().map(|last| last.snapshot.clone()),
            timestamp_version: self.last.as_ref().map_or(0, |last| last.timestamp.version()),
            roles,
            targets: self.last.is_none().then(|| self.targets.clone()),
        };
        let mut round = signer.round(present, &changes, now()).expect("a round");
        for file in std::mem::take(&mut round.files) {
            self.write(&format!("tuf/{}", file.name), &file.bytes);
        }
        self.contents.append(&mut round.roles);
        self.last = Some(round);
        began.elapsed()
    }

    fn control<T: ControlFile>(&self, file: &T, changes: &mut Changes) {
        let (name, bytes) = (T::target_name(), file.to_json());
        self.write(&name.consistent_path("tuf/targets", Digest::of(&bytes)), &bytes);
        changes.insert(name, Some(TargetFile::of(&bytes)));
    }

    fn index_file(&self, number: usize) -> (String, IndexFile) {
        let module = module(number);
        let publisher = key(&format!("publisher {}", number % PUBLISHERS)).public().id();
        let lines: Vec<_> = (0..self.versions[number])
            .map(|minor| {
                let version = Version::new(1, minor, 0);
                IndexLine {
                    module: module.clone(),
                    sha256: Digest::of(format!("{module} {version}").as_bytes()),
                    version,
                    size_bytes: 50_000,
                    dependencies: BTreeMap::new(),
                    adx_core_version: "*".parse().expect("a requirement"),
                    world: "adx:module/module@1.0.0".to_owned(),
                    permissions: vec!["kv".to_owned()],
                    yanked: false,
                    yanked_for: None,
                    deprecated: None,
                    released_at: "2026-11-25T08:00:00Z".to_owned(),
                    key_id: publisher,
                    leaf: Some(self.first_leaf[&(number, minor)]),
                }
            })
            .collect();
        let (path, text) = (index_path(&module), write_file(&lines));
        if self.scale.is_installed(number) {
            self.write(&format!("index/{path}"), text.as_bytes());
        }
        let file = IndexFile::of(text.as_bytes());
        (path, file)
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path: PathBuf = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }

    /// The length of a served file; nothing for one that is not there.
    pub(crate) fn length(&self, path: &str) -> u64 {
        fs::metadata(self.folder.path().join(path)).map_or(0, |file| file.len())
    }

    pub(crate) fn sizes(&self) -> Sizes {
        let last = self.last.as_ref().expect("a round");
        let snapshot = self.length(&format!("tuf/{}.snapshot.json", last.snapshot.version()));
        let roles = last
            .snapshot
            .meta()
            .iter()
            .map(|(file, meta)| (file, self.length(&format!("tuf/{}.{file}", meta.version))));
        let (mut largest, mut all) = (0, snapshot + self.length("tuf/timestamp.json"));
        for (file, length) in roles {
            all += length;
            if file.starts_with("bin-") {
                largest = largest.max(length);
            }
        }
        Sizes { snapshot, largest, all }
    }
}

//! A true registry in a folder: a ceremony of 3 of 5 and 2 of 3, rounds of signing, a log with witnesses, an index and packages.
//! It is honest; tests that are not change what it wrote, or give it something else to sign.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use adx_index::line::{IndexLine, index_path, write_file};
use adx_signing::{
    Digest, Envelope, KeyId, ModuleId, Namespace, PublicKey, Release, SecretKey, UtcSecond,
    key::KeyPurpose,
    key_change::{Change, KeyChange, NewKey},
    log::{
        Checkpoint, Cosigner, Event, Leaf, LogPolicy, RightEdge, SignedCheckpoint, TilePath, VerifierKey,
        leaf::{KeyAdded, Publication, ReleaseName},
        merkle::prove_consistency,
        note::NoteAlgorithm,
        witness::{AddCheckpoint, WatchedLog, decide as cosign},
    },
    statement::sign_release,
    tuf::{
        Authority, Changes, HashBins, Lifetimes, MetadataFile, OnlineKeys, Present, RoleName, Root, Signed, Signer,
        Snapshot, TargetFile, TargetName, Targets, Timestamp, TopRole,
        ceremony::{RootPlan, TargetsPlan},
        control::{ControlFile, IndexFile, IndexRoot, IndexShard, PublisherKeys, RegisteredKey, Revocations, shard_of},
        key_history::Authorization,
    },
    version::V1,
};
use adx_trust::{Decision, Demands, Namespaces, Pattern, Refusal, Registry, Source, decide};
use tempfile::TempDir;

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

/// What a publisher made of a version.
#[derive(Debug, Clone)]
pub(crate) struct Released {
    pub(crate) module: ModuleId,
    pub(crate) version: semver::Version,
    pub(crate) package: Vec<u8>,
    pub(crate) envelope: Vec<u8>,
}

impl Released {
    pub(crate) fn sha256(&self) -> Digest {
        Digest::of(&self.package)
    }
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
        let plan = TargetsPlan {
            expires: now.after(time::Duration::days(365)),
            bins,
            bin_keys: authority(std::slice::from_ref(&online.bins), 1),
            control_keys: authority(std::slice::from_ref(&online.control), 1),
        };
        let mut targets = plan.first(root.document(), now).expect("targets");
        targets_keys.iter().take(2).for_each(|key| targets.sign(key));
        let witnesses = ["one", "two"].map(|name| Cosigner {
            name: format!("witness.example.org/{name}").parse().expect("a name"),
            key: key(&format!("{seed} witness {name}")),
        });
        let policy = policy(origin, &online.log, &witnesses, 2);
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

    /// Records an event, to be in the log with the next round. Gives its number.
    pub(crate) fn log(&mut self, event: Event) -> u64 {
        self.leaves.push(Leaf::new(self.now, event));
        self.leaves.len() as u64 - 1
    }

    /// Records so many events that make no files.
    pub(crate) fn fill(&mut self, leaves: usize) {
        for number in 0..leaves {
            let version = semver::Version::new(1, number as u64, 0);
            self.log(Event::Yank(ReleaseName { module: module("acme/other"), version }));
        }
    }

    /// Registers a publisher's key, with its leaf.
    pub(crate) fn register(&mut self, namespace: &str, key: &SecretKey) -> u64 {
        self.register_until(namespace, key, None)
    }

    /// The same, of a key that ends by itself.
    pub(crate) fn register_until(&mut self, namespace: &str, key: &SecretKey, not_after: Option<UtcSecond>) -> u64 {
        let namespace: Namespace = namespace.parse().expect("a namespace");
        let new = NewKey { not_after, ..new_key(key) };
        let last = self.publisher_keys.history_leaves(&namespace).last().copied();
        // Where there is a key already, the publisher's signs for the next.
        let added_by = last.map_or(Authorization::First, |follows| {
            let change = KeyChange { change: Change::Add(new.clone()), follows, namespace: namespace.clone(), v: V1 };
            Authorization::Key { envelope: change.sign(&self.publisher).to_json() }
        });
        self.list(&namespace, new, added_by)
    }

    /// Lists a key for a namespace, with its leaf, whoever said that it may.
    pub(crate) fn slip_in(&mut self, namespace: &Namespace, key: &SecretKey, added_by: Authorization) -> u64 {
        self.list(namespace, new_key(key), added_by)
    }

    fn list(&mut self, namespace: &Namespace, key: NewKey, added_by: Authorization) -> u64 {
        let (namespace, NewKey { not_after, public, purposes }) = (namespace.clone(), key);
        let added = KeyAdded { namespace: namespace.clone(), not_after, public, purposes: purposes.clone() };
        let added_at_leaf = self.log(Event::PublisherKeyAdded(added));
        let registered = RegisteredKey {
            public,
            purposes,
            added_by,
            added_at_leaf,
            removed_at_leaf: None,
            removed_by: None,
            not_after,
        };
        self.publisher_keys.namespaces.entry(namespace).or_default().push(registered);
        added_at_leaf
    }

    /// Makes a release of the publisher's public with the next round.
    pub(crate) fn release(&mut self, id: &str, version: &str) -> Released {
        let publisher = self.publisher.clone();
        let released = made(id, version, &publisher);
        self.accept(&released, publisher.public().id());
        released
    }

    /// Takes a release, whatever it is.
    pub(crate) fn accept(&mut self, released: &Released, signer: KeyId) {
        let Released { module, version, package, envelope } = released;
        let line = IndexLine {
            module: module.clone(),
            version: version.clone(),
            sha256: Digest::of(package),
            size_bytes: package.len() as u64,
            dependencies: BTreeMap::new(),
            adx_core_version: ">=0.1.0".parse().expect("a requirement"),
            world: "adx:module/module@1.0.0".to_owned(),
            permissions: Vec::new(),
            yanked: false,
            released_at: self.now.to_string(),
            key_id: signer,
            leaf: None,
        };
        self.accept_as(line, package, envelope, signer);
    }

    /// Takes a release of which index, log and metadata say what the line says, true or not.
    pub(crate) fn accept_as(&mut self, line: IndexLine, package: &[u8], envelope: &[u8], signer: KeyId) {
        let (module, version, sha256) = (line.module.clone(), line.version.clone(), line.sha256);
        self.serve(&format!("packages/{sha256}.adxm"), package);
        self.serve(&format!("packages/{sha256}.dsse.json"), envelope);
        let leaf = self.log(Event::Publish(Publication {
            envelope_sha256: Digest::of(envelope),
            keyids: BTreeSet::from([signer]),
            module: module.clone(),
            sha256,
            version: version.clone(),
        }));
        let name = TargetName::of_package(&module, &version).expect("a name");
        self.serve(&name.consistent_path("tuf/targets", sha256), package);
        self.changes.insert(name, Some(TargetFile { length: line.size_bytes, sha256 }));
        self.lines.entry(module).or_default().push(IndexLine { leaf: Some(leaf), ..line });
    }

    /// Lists a target and serves it.
    pub(crate) fn target(&mut self, name: &TargetName, bytes: &[u8]) {
        self.serve(&name.consistent_path("tuf/targets", Digest::of(bytes)), bytes);
        self.changes.insert(name.clone(), Some(TargetFile::of(bytes)));
    }

    /// One round: log, index, control files, metadata, in the order in which a registry publishes them.
    pub(crate) fn round(&mut self) {
        self.publish_log();
        self.publish_index();
        self.publish_metadata();
    }

    pub(crate) fn publish_log(&mut self) {
        let before = *self.edge.head();
        let new: Vec<_> =
            self.leaves[usize::try_from(before.size).expect("a size")..].iter().map(Leaf::to_bytes).collect();
        let appended = self.edge.append(&new).expect("tiles");
        for (path, bytes) in appended.tiles {
            self.serve(&format!("log/{path}"), &bytes);
            self.tiles.insert(path, bytes);
        }
        self.edge = appended.edge;
        let head = *self.edge.head();
        let mut checkpoint = Checkpoint { origin: self.policy.origin().clone(), head }.sign(&self.online.log);
        let proof = prove_consistency(before.size, &head, &self.tiles).expect("a proof");
        let request = AddCheckpoint { old_size: before.size, proof, checkpoint: checkpoint.clone() };
        let latest = (before.size > 0).then_some(before);
        for witness in &self.witnesses {
            let log =
                WatchedLog { origin: self.policy.origin().clone(), keys: self.policy.log_keys().to_vec(), latest };
            let cosigned = cosign(&request, Some(&log), witness, self.now).expect("a cosignature");
            checkpoint.note_mut().add(cosigned.line);
        }
        self.serve_checkpoint(&checkpoint);
    }

    pub(crate) fn serve_checkpoint(&self, checkpoint: &SignedCheckpoint) {
        self.serve("log/checkpoint", checkpoint.note().to_string().as_bytes());
    }

    pub(crate) fn publish_index(&mut self) {
        let mut shards: BTreeMap<String, IndexShard> = BTreeMap::new();
        for (module, lines) in &self.lines {
            let (path, text) = (index_path(module), write_file(lines));
            self.serve(&format!("index/{path}"), text.as_bytes());
            shards.entry(shard_of(&path)).or_default().files.insert(path, IndexFile::of(text.as_bytes()));
        }
        let mut index = IndexRoot::default();
        for (name, shard) in shards {
            let bytes = shard.to_json();
            self.serve(&format!("index/shards/{}.json", Digest::of(&bytes)), &bytes);
            index.shards.insert(name, IndexFile::of(&bytes));
        }
        self.control(&index);
        self.control(&self.publisher_keys.clone());
        self.control(&self.revocations.clone());
        self.control(&self.policy.clone());
    }

    fn control<T: ControlFile>(&mut self, file: &T) {
        self.target(&T::target_name(), &file.to_json());
    }

    pub(crate) fn signer(&self) -> Signer<'_> {
        let Online { bins, control, snapshot, timestamp, .. } = &self.online;
        let keys = OnlineKeys { bins, control, snapshot, timestamp };
        Signer { keys, bins: HashBins::new(BINS).expect("bins"), lifetimes: self.lifetimes }
    }

    pub(crate) fn publish_metadata(&mut self) {
        for MetadataFile { name, bytes } in self.sign_metadata() {
            self.serve(&format!("tuf/{name}"), &bytes);
        }
    }

    /// Signs a round and leaves it to the caller which of its files to serve.
    pub(crate) fn sign_metadata(&mut self) -> Vec<MetadataFile> {
        let changes = std::mem::take(&mut self.changes);
        let roles = match self.snapshot {
            // New keys sign every list again.
            Some(_) if self.new_targets.is_none() => {
                let roles = self.signer().roles_of(changes.keys());
                roles.into_iter().map(|role| (role.clone(), self.contents[&role].clone())).collect()
            }
            _ => self.contents.clone(),
        };
        let present = Present {
            snapshot: self.snapshot.clone(),
            timestamp_version: self.timestamp.as_ref().map_or(0, adx_signing::tuf::Role::version),
            roles,
            targets: self.new_targets.take(),
        };
        let round = self.signer().round(present, &changes, self.now).expect("a round");
        self.contents.extend(round.roles);
        (self.snapshot, self.timestamp) = (Some(round.snapshot), Some(round.timestamp));
        round.files
    }

    /// A new root and a new targets document, with other online keys for the next round to be signed by.
    pub(crate) fn rotate(&mut self, seed: &str) {
        self.rotate_with(Online { log: self.online.log.clone(), ..Online::new(seed) });
        self.publish_root();
    }

    fn rotate_with(&mut self, online: Online) {
        let mut plan = RootPlan::of(self.root.document());
        plan.snapshot = authority(std::slice::from_ref(&online.snapshot), 1);
        plan.timestamp = authority(std::slice::from_ref(&online.timestamp), 1);
        let mut root = plan.next(self.root.document(), self.now).expect("a root");
        self.root_keys.iter().take(3).for_each(|key| root.sign(key));
        let plan = TargetsPlan {
            expires: self.now.after(time::Duration::days(365)),
            bins: HashBins::new(BINS).expect("bins"),
            bin_keys: authority(std::slice::from_ref(&online.bins), 1),
            control_keys: authority(std::slice::from_ref(&online.control), 1),
        };
        let mut targets = plan.next(self.targets.document(), root.document(), self.now).expect("targets");
        self.targets_keys.iter().take(2).for_each(|key| targets.sign(key));
        (self.root, self.targets, self.online) = (root, targets.clone(), online);
        self.new_targets = Some(targets);
    }

    pub(crate) fn publish_root(&self) {
        let version = adx_signing::tuf::Role::version(self.root.document());
        self.serve(&format!("tuf/{}", TopRole::Root.versioned_file(version)), &self.root.to_json());
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

/// A version as its publisher signs it.
pub(crate) fn made(id: &str, version: &str, publisher: &SecretKey) -> Released {
    let (module, version): (ModuleId, semver::Version) = (module(id), version.parse().expect("a version"));
    let package = format!("the package of {module} {version}").into_bytes();
    let envelope = signed(&module, &version, &package, publisher).to_json().into_bytes();
    Released { module, version, package, envelope }
}

pub(crate) fn signed(module: &ModuleId, version: &semver::Version, package: &[u8], publisher: &SecretKey) -> Envelope {
    let release = Release {
        module: module.clone(),
        version: version.clone(),
        permissions: vec!["kv".to_owned()],
        sbom_sha256: None,
    };
    sign_release(&release, Digest::of(package), publisher)
}

/// Asks a registry for a release as an agent does: refresh, evidence, package and envelope, decision.
pub(crate) async fn ask(registry: &Registry, id: &str, version: &str, now: UtcSecond) -> Result<Decision, Refusal> {
    registry.refresh(now).await?;
    let evidence = registry.evidence(&module(id), &version.parse().expect("a version"), now).await;
    let target = evidence.target()?;
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("package");
    registry.download(&target, &file).await?;
    let package = fs::read(file).expect("a package");
    let envelope = registry.envelope(&target.sha256).await?;
    Ok(decide(&evidence, &package, &envelope, &Demands::default(), now))
}

/// The same, down to the refusal.
pub(crate) async fn refusal(registry: &Registry, id: &str, version: &str, now: UtcSecond) -> Refusal {
    match ask(registry, id, version, now).await {
        Err(refusal) => refusal,
        Ok(decision) => decision.outcome.expect_err("it is refused"),
    }
}

/// That a release is taken.
pub(crate) async fn taken(registry: &Registry, id: &str, version: &str, now: UtcSecond) {
    let decision = ask(registry, id, version, now).await.unwrap_or_else(|refusal| panic!("{refusal}"));
    if let Err(refusal) = decision.outcome {
        panic!("{refusal}");
    }
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

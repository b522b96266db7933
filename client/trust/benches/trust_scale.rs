//! `trust.scale`: a registry of 100,000 modules with 5 versions each, in 64 and in 1,024 hash bins: how large its metadata are, how
//! long a round of signing takes, what an agent with 20 modules fetches and how much memory it has. Beside it the same targets
//! in one list, as a flat TUF repository has them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use adx_index::line::{IndexLine, index_path, write_file};
use adx_signing::{
    Digest, ModuleId, PublicKey, SecretKey, UtcSecond,
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
use adx_trust::{Limits, Namespaces, Pattern, Registry, Source};
use semver::Version;
use sigstore_tuf::TrustedMetadataSet;
use tempfile::TempDir;

#[path = "../tests/all/server.rs"]
#[expect(dead_code, reason = "the attacks use all of it")]
mod server;

const MODULES: usize = 100_000;
const VERSIONS: u64 = 5;
const PUBLISHERS: usize = 1_000;
const INSTALLED: usize = 20;
/// How many modules an update of 1% releases anew.
const CHANGED: usize = MODULES / 100;
const ORIGIN: &str = "registry.example.com/log";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match arguments.iter().position(|argument| argument == "agent" || argument == "flat") {
        Some(at) if arguments[at] == "agent" => runtime.block_on(agent(&arguments[at + 1..])),
        Some(at) => flat_agent(Path::new(&arguments[at + 1])),
        None => runtime.block_on(measure(arguments.iter().any(|argument| argument == "--json"))),
    }
}

async fn measure(json: bool) {
    for bins in [64, 1_024] {
        let mut repository = Repository::new(bins);
        let first = repository.first_round();
        let one = median((0..5).map(|number| repository.release([number]).1));
        let hundred = median((0..3).map(|number| repository.release(1_000 + number * 100..1_100 + number * 100).1));
        let server = server::Server::start(repository.folder.path().to_owned()).await;
        let mut agent = Agent::start(&server.url, &repository.folder.path().join("tuf/1.root.json"));
        let mut asked = 0;
        let mut fetched = |repository: &Repository| {
            let paths = server.asked();
            let bytes: u64 = paths[asked..].iter().map(|path| repository.length(path)).sum();
            asked = paths.len();
            bytes
        };
        agent.says("refresh");
        let beginning = fetched(&repository);
        agent.says("install");
        let installing = fetched(&repository);
        let memory = agent.says("refresh");
        let idle = fetched(&repository);
        repository.release(0..CHANGED);
        agent.says("refresh");
        agent.says("look");
        let changed = fetched(&repository);
        let sizes = repository.sizes();
        if json {
            println!(
                "{}",
                serde_json::json!({
                    "bench": "trust.scale", "value": milliseconds(one), "unit": "ms", "bins": bins,
                    "first_round_ms": milliseconds(first), "round_of_100_ms": milliseconds(hundred),
                    "snapshot_bytes": sizes.snapshot, "largest_bin_bytes": sizes.largest, "metadata_bytes": sizes.all,
                    "first_poll_bytes": beginning, "installing_bytes": installing, "idle_poll_bytes": idle,
                    "poll_after_1_percent_bytes": changed, "agent_memory_bytes": memory,
                })
            );
        } else {
            println!(
                "{:<16} {bins} bins: round {one:.1?}, of 100 releases {hundred:.1?}, the first {first:.1?}\n\
                 {:<16} metadata {}, snapshot {}, largest bin {}\n\
                 {:<16} agent: first poll {}, {INSTALLED} modules {}, idle poll {}, after 1% changed {}, memory {}",
                "trust.scale",
                "",
                size(sizes.all),
                size(sizes.snapshot),
                size(sizes.largest),
                "",
                size(beginning),
                size(installing),
                size(idle),
                size(changed),
                size(memory),
            );
        }
    }
    flat(json);
}

/// The same targets in one list.
fn flat(json: bool) {
    let mut repository = Repository::new(1);
    repository.first_round();
    let one = median((0..3).map(|number| repository.release([number]).1));
    let sizes = repository.sizes();
    let timestamp = repository.length("tuf/timestamp.json");
    let output = Command::new(std::env::current_exe().expect("a path"))
        .arg("flat")
        .arg(repository.folder.path())
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let memory: u64 = String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number");
    let changed = timestamp + sizes.snapshot + sizes.largest;
    if json {
        println!(
            "{}",
            serde_json::json!({
                "bench": "trust.scale", "value": milliseconds(one), "unit": "ms", "bins": "flat",
                "metadata_bytes": sizes.all, "idle_poll_bytes": timestamp, "poll_after_1_percent_bytes": changed,
                "agent_memory_bytes": memory,
            })
        );
    } else {
        println!(
            "{:<16} flat: round {one:.1?}, metadata {}; agent: idle poll {}, after anything changed {}, memory {}",
            "",
            size(sizes.all),
            size(timestamp),
            size(changed),
            size(memory),
        );
    }
}

fn median(durations: impl Iterator<Item = Duration>) -> Duration {
    let mut durations: Vec<_> = durations.collect();
    durations.sort();
    durations[durations.len() / 2]
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{:.1} KB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// A process that asks as an agent does, so that its memory is its own.
struct Agent {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _state: TempDir,
}

impl Agent {
    fn start(url: &str, root: &Path) -> Self {
        let state = TempDir::new().expect("a folder");
        let mut child = Command::new(std::env::current_exe().expect("a path"))
            .args(["agent", url])
            .arg(root)
            .arg(state.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        let (input, output) = (child.stdin.take().expect("an input"), child.stdout.take().expect("an output"));
        Self { child, input, output: BufReader::new(output), _state: state }
    }

    /// Has it do something; its memory in bytes afterwards.
    fn says(&mut self, what: &str) -> u64 {
        writeln!(self.input, "{what}").expect("it listens");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it answers");
        line.trim().parse().unwrap_or_else(|_| panic!("the agent answered {line:?} to {what}"))
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // Its state goes with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn agent(arguments: &[String]) {
    let [url, root, state] = arguments else { panic!("agent URL ROOT STATE") };
    let namespaces = Namespaces::new([("main", [Pattern::Rest].as_slice())]).expect("namespaces");
    let source = Source::parse(url, &Limits::default()).expect("a source");
    let root = fs::read(root).expect("a root");
    let registry = Registry::open("main", source, &root, Path::new(state), Arc::new(namespaces)).expect("a registry");
    for line in std::io::stdin().lines() {
        let now = now();
        match line.expect("a line").as_str() {
            "refresh" => _ = registry.refresh(now).await.expect("fresh"),
            "install" => {
                for number in 0..INSTALLED {
                    let evidence = registry.evidence(&installed(number), &Version::new(1, 0, 0), now).await;
                    evidence.target().expect("a target");
                }
            }
            "look" => {
                for number in 0..INSTALLED {
                    registry.lines(&installed(number), now).await.expect("lines");
                }
            }
            other => panic!("{other}?"),
        }
        println!("{}", memory());
    }
}

/// A general client, which holds the one list.
fn flat_agent(folder: &Path) {
    let now = jiff::Timestamp::now();
    let read = |file: &str| fs::read(folder.join("tuf").join(file)).expect("a file");
    let mut client = TrustedMetadataSet::from_root(&read("1.root.json")).expect("a root");
    client.update_timestamp(&read("timestamp.json"), now).expect("a timestamp");
    let version =
        |client: &TrustedMetadataSet, file: &str| client.snapshot().map_or(0, |snapshot| snapshot.meta[file].version);
    let snapshot = client.timestamp().and_then(|timestamp| timestamp.snapshot_meta()).map_or(0, |meta| meta.version);
    client.update_snapshot(&read(&format!("{snapshot}.snapshot.json")), now).expect("a snapshot");
    let targets = version(&client, "targets.json");
    client.update_targets(&read(&format!("{targets}.targets.json")), now).expect("targets");
    let list = version(&client, "bin-0.json");
    client.update_delegated_targets(&read(&format!("{list}.bin-0.json")), "bin-0", "targets", now).expect("a list");
    println!("{}", memory());
}

/// The most memory this process had, in bytes: `VmHWM` of `/proc/self/status`.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a figure");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

#[expect(clippy::disallowed_methods, reason = "documents are judged by the clock of the machine")]
fn now() -> UtcSecond {
    time::OffsetDateTime::now_utc().into()
}

fn module(number: usize) -> ModuleId {
    format!("publisher{}/module{number}", number % PUBLISHERS).parse().expect("a module")
}

/// Spread over all of them, the first among those that change.
fn installed(number: usize) -> ModuleId {
    module(number * (MODULES / INSTALLED))
}

fn key(seed: &str) -> SecretKey {
    SecretKey::from_seed(Digest::of(seed.as_bytes()).as_bytes())
}

fn authority(keys: &[&SecretKey]) -> Authority {
    let keys: Vec<PublicKey> = keys.iter().map(|key| key.public()).collect();
    Authority::new(&keys, 1).expect("an authority")
}

struct Sizes {
    snapshot: u64,
    largest: u64,
    all: u64,
}

/// The registry in a folder. Index files are written for the modules that the agent has; of the others the shards have the
/// digest.
struct Repository {
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
    fn new(bins: u32) -> Self {
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
            folder,
            bins,
            keys,
            contents: roles.map(|role| (role, Targets::unpublished())).collect(),
            targets,
            last: None,
            edge: RightEdge::default(),
            leaves: 0,
            versions: vec![0; MODULES],
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

    /// Everything there is, signed at once. How long the round took.
    fn first_round(&mut self) -> Duration {
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
        for number in 0..MODULES {
            for _ in 0..VERSIONS {
                self.add(number, &mut leaves, &mut changes);
            }
        }
        self.round(&leaves, (0..MODULES).collect(), changes)
    }

    /// One more version of each of these modules, in one round. How many, and how long it took.
    fn release(&mut self, numbers: impl IntoIterator<Item = usize>) -> (usize, Duration) {
        let numbers: Vec<usize> = numbers.into_iter().collect();
        let (mut leaves, mut changes) = (Vec::new(), Changes::new());
        for number in &numbers {
            self.add(*number, &mut leaves, &mut changes);
        }
        (numbers.len(), self.round(&leaves, numbers, changes))
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

    /// What a registry does from leaves to timestamp, but for the database; index files come beside.
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
                    released_at: "2026-11-25T08:00:00Z".to_owned(),
                    key_id: publisher,
                    leaf: Some(self.first_leaf[&(number, minor)]),
                }
            })
            .collect();
        let (path, text) = (index_path(&module), write_file(&lines));
        if number.is_multiple_of(MODULES / INSTALLED) {
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
    fn length(&self, path: &str) -> u64 {
        fs::metadata(self.folder.path().join(path)).map_or(0, |file| file.len())
    }

    fn sizes(&self) -> Sizes {
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

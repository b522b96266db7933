//! What a registry serves for verification, fetched and checked from the first root and the first leaf on.

use std::collections::BTreeMap;

use adx_index::line::{index_path, parse_file};
use adx_signing::log::append::RightEdge;
use adx_signing::log::leaf::Event;
use adx_signing::log::merkle::{check_consistency, consistency_tiles, prove_consistency};
use adx_signing::log::tile::parse_entries;
use adx_signing::log::{Leaf, LogPolicy, SignedCheckpoint, TileKind, TilePath};
use adx_signing::tuf::ceremony::{check_root, check_targets};
use adx_signing::tuf::control::{ControlFile, IndexFile, IndexRoot, IndexShard, PublisherKeys, Revocations, shard_of};
use adx_signing::tuf::{
    HashBins, MetaFile, Role, RoleName, Root, Signed, Snapshot, TargetFile, TargetName, Targets, Timestamp, TopRole,
};
use adx_signing::{Digest, ModuleId, UtcSecond};
use reqwest::{Client, StatusCode};
use semver::Version;
use serde::de::DeserializeOwned;

/// A repository that holds together: every signature, digest and scope was checked, and so was every leaf.
pub struct Repository {
    /// The first root, which clients are given out of band.
    pub first_root: Vec<u8>,
    /// The version of the timestamp.
    pub timestamp_version: u64,
    /// The versions of the other documents by name, `targets.json`.
    pub versions: BTreeMap<String, u64>,
    /// Whom to believe about the log.
    pub policy: LogPolicy,
    /// The checkpoint.
    pub checkpoint: SignedCheckpoint,
    /// Every leaf under it.
    pub leaves: Vec<Leaf>,
    /// The packages.
    pub packages: BTreeMap<TargetName, TargetFile>,
    /// The publishers' keys.
    pub keys: PublisherKeys,
    /// The kill list.
    pub revocations: Revocations,
    /// Every line of the index with its module and version.
    pub index: BTreeMap<(ModuleId, Version), Option<u64>>,
    /// The list of advisories that the index root names.
    pub advisories: Option<IndexFile>,
}

/// Fetches a file; `None` for one that is not there.
pub async fn get(client: &Client, url: &str) -> Option<Vec<u8>> {
    let answer = client.get(url).send().await.expect("the registry answers");
    match answer.status() {
        StatusCode::OK => Some(answer.bytes().await.expect("a whole answer").to_vec()),
        StatusCode::NOT_FOUND => None,
        status => panic!("{url}: HTTP {status}"),
    }
}

async fn file(client: &Client, url: &str) -> Vec<u8> {
    get(client, url).await.unwrap_or_else(|| panic!("{url} is not there"))
}

/// Reads the timestamp under a root's keys.
pub async fn timestamp(client: &Client, url: &str, root: &Root) -> Option<Timestamp> {
    let bytes = get(client, &format!("{url}/tuf/timestamp.json")).await?;
    Some(signed::<Timestamp>(&bytes, TopRole::Timestamp, root))
}

fn signed<T: Role + DeserializeOwned>(bytes: &[u8], role: TopRole, root: &Root) -> T {
    let document = Signed::<T>::from_json(bytes).unwrap_or_else(|error| panic!("{error}"));
    document.verify(role.as_str(), root.role(role), root.keys()).expect("the threshold signed");
    fresh(document.document());
    document.into_document()
}

#[expect(clippy::disallowed_methods, reason = "whether a document has expired is judged by the time there is")]
fn fresh(document: &impl Role) {
    assert!(document.expires() > UtcSecond::from(time::OffsetDateTime::now_utc()), "a document has expired");
}

/// Fetches a file that the snapshot names, and checks it.
pub async fn pinned(client: &Client, url: &str, name: &str, pin: &MetaFile) -> Vec<u8> {
    let bytes = file(client, &format!("{url}/tuf/{}.{name}", pin.version)).await;
    assert_eq!((Digest::of(&bytes), bytes.len() as u64), (pin.sha256, pin.length), "{name}");
    bytes
}

/// The last root, from the first on.
pub async fn roots(client: &Client, url: &str) -> (Vec<u8>, Root) {
    let first = file(client, &format!("{url}/tuf/1.root.json")).await;
    let root = Signed::<Root>::from_json(&first).expect("a root");
    check_root(&root, None).expect("the first root is signed by its own keys");
    let mut root = root.into_document();
    while let Some(next) = get(client, &format!("{url}/tuf/{}.root.json", root.version() + 1)).await {
        let next = Signed::<Root>::from_json(&next).expect("a root");
        check_root(&next, Some(&root)).expect("the next root follows");
        root = next.into_document();
    }
    fresh(&root);
    (first, root)
}

impl Repository {
    /// Fetches and checks everything that a running registry serves.
    pub async fn fetch(url: &str) -> Self {
        let client = crate::stage::client();
        let (first_root, root) = roots(&client, url).await;
        let timestamp = timestamp(&client, url, &root).await.expect("a timestamp");
        let bytes = pinned(&client, url, "snapshot.json", timestamp.snapshot()).await;
        let snapshot = signed::<Snapshot>(&bytes, TopRole::Snapshot, &root);
        let bytes = pinned(&client, url, "targets.json", &snapshot.meta()["targets.json"]).await;
        let targets = Signed::<Targets>::from_json(&bytes).expect("targets");
        check_targets(&targets, &root).expect("targets are signed");
        let (packages, control) = roles(&client, url, &snapshot, &targets).await;

        let policy: LogPolicy = control_file(&client, url, targets.document().targets()).await;
        let keys: PublisherKeys = control_file(&client, url, &control).await;
        let revocations: Revocations = control_file(&client, url, &control).await;
        let (checkpoint, leaves) = log(&client, url, &policy).await;
        let root: IndexRoot = control_file(&client, url, &control).await;
        let index = index(&client, url, &root).await;
        let repository = Self {
            first_root,
            timestamp_version: timestamp.version(),
            versions: snapshot.meta().iter().map(|(name, pin)| (name.clone(), pin.version)).collect(),
            policy,
            checkpoint,
            leaves,
            packages,
            keys,
            revocations,
            advisories: root.advisories,
            index,
        };
        repository.check_against_leaves();
        repository
    }

    /// Every package, key and line of the index stands in a leaf that says the same.
    fn check_against_leaves(&self) {
        let event = |leaf: u64| &self.leaves[usize::try_from(leaf).expect("a leaf's number")].event;
        for (name, target) in &self.packages {
            let (module, version) = name.package().expect("a package");
            let leaf = self.index[&(module.clone(), version.clone())].expect("a line names its leaf");
            let Event::Publish(publication) = event(leaf) else { panic!("leaf {leaf} is not of a release") };
            assert_eq!((&publication.module, &publication.version), (&module, &version));
            assert_eq!(publication.sha256, target.sha256);
            let at = self.leaves[usize::try_from(leaf).expect("a leaf's number")].at;
            let keys = self.keys.at(&module.namespace, adx_signing::key::KeyPurpose::Release, leaf, at);
            assert!(
                publication.keyids.iter().all(|id| keys.iter().any(|key| key.id() == *id)),
                "{name}: a key that signed did not count at leaf {leaf}"
            );
        }
        assert_eq!(self.packages.len(), self.index.len(), "targets and index name the same releases");
        for (namespace, keys) in &self.keys.namespaces {
            for key in keys {
                let Event::PublisherKeyAdded(added) = event(key.added_at_leaf) else { panic!("no leaf of a key") };
                assert_eq!((&added.namespace, added.public), (namespace, key.public));
            }
        }
    }

    /// How many releases are in the log.
    pub fn published(&self) -> usize {
        self.leaves.iter().filter(|leaf| matches!(leaf.event, Event::Publish(_))).count()
    }

    /// Checks that this is a later state of the same history.
    pub fn assert_follows(&self, earlier: &Self) {
        let (old, new) = (earlier.checkpoint.claimed().head, self.checkpoint.claimed().head);
        assert!(old.size <= new.size, "the log shrank from {} to {}", old.size, new.size);
        assert_eq!(self.leaves[..earlier.leaves.len()], earlier.leaves[..], "the log begins as it did");
        let tiles: BTreeMap<TilePath, Vec<u8>> = appended(&self.leaves).tiles.into_iter().collect();
        assert!(consistency_tiles(old.size, new.size).iter().all(|tile| tiles.contains_key(tile)));
        let proof = prove_consistency(old.size, &new, &tiles).expect("a proof");
        check_consistency(&old, &new, &proof).expect("one history");
        assert_eq!(self.first_root, earlier.first_root);
        assert!(self.timestamp_version >= earlier.timestamp_version, "the timestamp went back");
        for (name, version) in &earlier.versions {
            assert!(self.versions[name] >= *version, "{name} went back");
        }
        for (name, target) in &earlier.packages {
            assert_eq!(self.packages.get(name), Some(target), "a package is gone");
        }
    }
}

/// Every list that the targets document delegates to: packages, then control files.
async fn roles(
    client: &Client,
    url: &str,
    snapshot: &Snapshot,
    top: &Signed<Targets>,
) -> (BTreeMap<TargetName, TargetFile>, BTreeMap<TargetName, TargetFile>) {
    let delegations = top.document().delegations().expect("delegations");
    let bins = HashBins::new(u32::try_from(snapshot.meta().len() - 2).expect("few")).expect("a power of two");
    let (mut packages, mut control) = (BTreeMap::new(), BTreeMap::new());
    for role in bins.names().chain([RoleName::control()]) {
        let bytes = pinned(client, url, &role.file(), &snapshot.meta()[&role.file()]).await;
        let list = Signed::<Targets>::from_json(&bytes).expect("a list of targets");
        let keys = delegations.role(&role).expect("a delegation").keys();
        list.verify(role.as_str(), keys, delegations.keys()).expect("its key signed");
        fresh(list.document());
        for (name, target) in list.document().targets() {
            if role == RoleName::control() {
                control.insert(name.clone(), *target);
            } else {
                assert_eq!(bins.bin_of(name), role, "{name} is listed where clients look for it");
                packages.insert(name.clone(), *target);
            }
        }
    }
    (packages, control)
}

async fn control_file<F: ControlFile>(client: &Client, url: &str, control: &BTreeMap<TargetName, TargetFile>) -> F {
    let name = F::target_name();
    let target = control[&name];
    let bytes = file(client, &format!("{url}/{}", name.consistent_path("tuf/targets", target.sha256))).await;
    assert_eq!(TargetFile::of(&bytes), target, "{name}");
    F::from_json(&bytes).expect("a control file")
}

/// The checkpoint, and every leaf under it from the first on; every tile is what the leaves make.
async fn log(client: &Client, url: &str, policy: &LogPolicy) -> (SignedCheckpoint, Vec<Leaf>) {
    let note = file(client, &format!("{url}/log/checkpoint")).await;
    let checkpoint = SignedCheckpoint::parse(&note).expect("a checkpoint");
    policy.verify(&checkpoint).expect("the log and its witnesses signed");
    let head = checkpoint.claimed().head;
    let mut leaves = Vec::new();
    for index in 0..head.size.div_ceil(256) {
        let width = u16::try_from((head.size - index * 256).min(256)).expect("at most 256");
        let tile = TilePath { kind: TileKind::Entries, index, width };
        let entries = parse_entries(&tile, &file(client, &format!("{url}/log/{tile}")).await).expect("entries");
        leaves.extend(entries.iter().map(|entry| Leaf::parse(entry).expect("a leaf")));
    }
    let made = appended(&leaves);
    assert_eq!(*made.edge.head(), head, "the leaves hash to the checkpoint");
    for (tile, bytes) in made.tiles {
        assert!(file(client, &format!("{url}/log/{tile}")).await == bytes, "{tile}");
    }
    (checkpoint, leaves)
}

fn appended(leaves: &[Leaf]) -> adx_signing::log::Appended {
    let entries: Vec<_> = leaves.iter().map(Leaf::to_bytes).collect();
    RightEdge::default().append(&entries).expect("leaves within the caps")
}

async fn index(client: &Client, url: &str, root: &IndexRoot) -> BTreeMap<(ModuleId, Version), Option<u64>> {
    let mut lines = BTreeMap::new();
    for (name, listed) in &root.shards {
        let bytes = file(client, &format!("{url}/index/shards/{}.json", listed.sha256)).await;
        assert!(listed.is_of(&bytes), "shard {name}");
        for (path, listed) in IndexShard::from_json(&bytes).expect("a shard").files {
            assert_eq!(shard_of(&path), *name, "{path}");
            let bytes = file(client, &format!("{url}/index/{path}")).await;
            assert!(listed.is_of(&bytes), "{path} is the file that the shard names");
            let module: ModuleId = path.splitn(3, '/').nth(2).expect("a module").parse().expect("a module");
            assert_eq!(index_path(&module), path);
            let text = String::from_utf8(bytes).expect("text");
            for line in parse_file(&text, &module).expect("an index file") {
                lines.insert((line.module, line.version), line.leaf);
            }
        }
    }
    lines
}

//! Rounds of signing, and the ceremonies between them.

use std::collections::BTreeMap;

use adx_index::line::{index_path, write_file};
use adx_signing::{
    Digest,
    log::{
        Checkpoint, Leaf, LogPolicy, SignedCheckpoint,
        merkle::prove_consistency,
        witness::{AddCheckpoint, WatchedLog, decide as cosign},
    },
    tuf::{
        HashBins, MetadataFile, OnlineKeys, Present, Signer, TargetFile, TopRole,
        ceremony::{RootPlan, TargetsPlan},
        control::{ControlFile, IndexFile, IndexRoot, IndexShard, shard_of},
    },
};

use super::{BINS, Online, World, authority};

impl World {
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
        if !self.advisories.advisories.is_empty() {
            let bytes = self.advisories.to_json();
            self.serve(&adx_trust::address::advisory(&Digest::of(&bytes)), &bytes);
            index.advisories = Some(IndexFile::of(&bytes));
        }
        self.control(&index);
        self.control(&self.publisher_keys.clone());
        self.control(&self.revocations.clone());
        let policy = self.policy.to_json();
        self.serve(&LogPolicy::target_name().consistent_path("tuf/targets", Digest::of(&policy)), &policy);
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
        (self.root, self.online) = (root, online);
        self.next_targets();
    }

    /// The people of the targets document meet and sign whom to believe about the log.
    pub(crate) fn agree(&mut self, policy: LogPolicy) {
        self.policy = policy;
        self.next_targets();
    }

    fn next_targets(&mut self) {
        let plan = TargetsPlan {
            expires: self.now.after(time::Duration::days(365)),
            bins: HashBins::new(BINS).expect("bins"),
            bin_keys: authority(std::slice::from_ref(&self.online.bins), 1),
            control_keys: authority(std::slice::from_ref(&self.online.control), 1),
            log_policy: TargetFile::of(&self.policy.to_json()),
        };
        let mut targets = plan.next(self.targets.document(), self.root.document(), self.now).expect("targets");
        self.targets_keys.iter().take(2).for_each(|key| targets.sign(key));
        self.targets = targets.clone();
        self.new_targets = Some(targets);
    }

    pub(crate) fn publish_root(&self) {
        let version = adx_signing::tuf::Role::version(self.root.document());
        self.serve(&format!("tuf/{}", TopRole::Root.versioned_file(version)), &self.root.to_json());
    }
}

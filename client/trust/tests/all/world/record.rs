//! What is recorded until the next round: leaves, keys, releases.

use std::collections::{BTreeMap, BTreeSet};

use adx_index::line::IndexLine;
use adx_signing::{
    Digest, KeyId, Namespace, SecretKey, UtcSecond,
    key_change::{Change, KeyChange, NewKey},
    log::{
        Event, Leaf,
        leaf::{KeyAdded, Publication, ReleaseName},
    },
    tuf::{TargetFile, TargetName, control::RegisteredKey, key_history::Authorization},
    version::V1,
};

use super::{Released, World, made, module, new_key};

impl World {
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
            yanked_for: None,
            deprecated: None,
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
}

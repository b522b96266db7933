//! A repository in memory: a ceremony of 3 of 5 and 2 of 3, online keys, and what clients would fetch.

use std::collections::BTreeMap;

use adx_signing::{
    Digest, PublicKey, SecretKey,
    tuf::{
        Authority, Changes, HashBins, Lifetimes, OnlineKeys, Present, Role as _, Root, Round, Signed, Signer,
        TargetFile, TargetName, Targets, Timestamp,
        ceremony::{RootPlan, TargetsPlan},
        round::RoundError,
    },
};
use sigstore_tuf::TrustedMetadataSet;

use crate::{at, key};

pub(crate) fn keys(name: &str, count: usize) -> Vec<SecretKey> {
    (0..count).map(|number| key(&format!("{name} {number}"))).collect()
}

pub(crate) fn public(keys: &[SecretKey]) -> Vec<PublicKey> {
    keys.iter().map(SecretKey::public).collect()
}

pub(crate) fn authority(keys: &[SecretKey], threshold: u32) -> Authority {
    Authority::new(&public(keys), threshold).expect("an authority")
}

pub(crate) struct Repository {
    pub(crate) root_keys: Vec<SecretKey>,
    pub(crate) targets_keys: Vec<SecretKey>,
    pub(crate) online: [SecretKey; 4],
    pub(crate) bins: HashBins,
    pub(crate) root: Signed<Root>,
    pub(crate) targets: Signed<Targets>,
    pub(crate) contents: BTreeMap<adx_signing::tuf::RoleName, Targets>,
    pub(crate) last: Option<Round>,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

pub(crate) const NOW: &str = "2026-11-25T08:00:00Z";
pub(crate) const NEXT_YEAR: &str = "2027-11-25T08:00:00Z";

impl Repository {
    pub(crate) fn new(bins: u32) -> Self {
        let (root_keys, targets_keys) = (keys("root", 5), keys("targets", 3));
        let online = ["bins", "control", "snapshot", "timestamp"].map(key);
        let bins = HashBins::new(bins).expect("bins");
        let root_plan = RootPlan {
            expires: at(NEXT_YEAR),
            root: authority(&root_keys, 3),
            targets: authority(&targets_keys, 2),
            snapshot: authority(&online[2..3], 1),
            timestamp: authority(&online[3..4], 1),
        };
        let mut root = root_plan.first(at(NOW)).expect("a root");
        root_keys.iter().take(3).for_each(|key| root.sign(key));
        let targets_plan = TargetsPlan {
            expires: at(NEXT_YEAR),
            bins,
            bin_keys: authority(&online[0..1], 1),
            control_keys: authority(&online[1..2], 1),
            log_policy: file("a policy"),
        };
        let mut targets = targets_plan.first(root.document(), at(NOW)).expect("targets");
        targets_keys.iter().take(2).for_each(|key| targets.sign(key));
        let files = BTreeMap::from([("1.root.json".to_owned(), root.to_json())]);
        let contents = bins
            .names()
            .chain([adx_signing::tuf::RoleName::control()])
            .map(|role| (role, Targets::unpublished()))
            .collect();
        Self { root_keys, targets_keys, online, bins, root, targets, contents, last: None, files }
    }

    pub(crate) fn signer(&self) -> Signer<'_> {
        let [bins, control, snapshot, timestamp] = &self.online;
        let keys = OnlineKeys { bins, control, snapshot, timestamp };
        Signer { keys, bins: self.bins, lifetimes: Lifetimes::default() }
    }

    /// What a round with these changes begins with.
    pub(crate) fn present(&self, changes: &Changes) -> Present {
        let Some(last) = &self.last else {
            return Present { roles: self.contents.clone(), targets: Some(self.targets.clone()), ..Present::default() };
        };
        let roles = self.signer().roles_of(changes.keys());
        Present {
            snapshot: Some(last.snapshot.clone()),
            timestamp_version: last.timestamp.version(),
            roles: roles.into_iter().map(|role| (role.clone(), self.contents[&role].clone())).collect(),
            targets: None,
        }
    }

    pub(crate) fn round(&mut self, changes: &Changes) -> Result<Vec<String>, RoundError> {
        self.round_from(self.present(changes), changes, NOW)
    }

    pub(crate) fn round_from(
        &mut self,
        present: Present,
        changes: &Changes,
        now: &str,
    ) -> Result<Vec<String>, RoundError> {
        let round = self.signer().round(present, changes, at(now))?;
        self.contents.extend(round.roles.clone());
        self.files.extend(round.files.iter().map(|file| (file.name.clone(), file.bytes.clone())));
        let names = round.files.iter().map(|file| file.name.clone()).collect();
        self.last = Some(round);
        Ok(names)
    }

    pub(crate) fn resign_timestamp(&mut self, now: &str) -> Timestamp {
        let present = self.last.as_ref().expect("a round").timestamp.clone();
        let (timestamp, file) = self.signer().resign_timestamp(&present, at(now));
        self.files.insert(file.name, file.bytes);
        timestamp
    }

    pub(crate) fn client(&self) -> TrustedMetadataSet {
        TrustedMetadataSet::from_root(&self.files["1.root.json"]).expect("a root")
    }

    /// Lets a client take everything that is current and look a target up.
    pub(crate) fn refresh(&self, client: &mut TrustedMetadataSet, now: &str) -> Result<(), sigstore_tuf::Error> {
        let now: jiff::Timestamp = now.parse().expect("a time");
        client.check_root_expired(now)?;
        match client.update_timestamp(&self.files["timestamp.json"], now) {
            Ok(()) | Err(sigstore_tuf::Error::EqualVersion { .. }) => {}
            Err(error) => return Err(error),
        }
        let version = client.timestamp().and_then(|timestamp| timestamp.snapshot_meta()).map_or(0, |meta| meta.version);
        client.update_snapshot(&self.files[&format!("{version}.snapshot.json")], now)?;
        let version = version_of(client, "targets");
        client.update_targets(&self.files[&format!("{version}.targets.json")], now)?;
        Ok(())
    }

    /// A target as a client finds it: the first delegation whose scope it is in, and its list.
    pub(crate) fn find(
        &self,
        client: &mut TrustedMetadataSet,
        target: &str,
    ) -> Result<Option<(u64, String)>, sigstore_tuf::Error> {
        let now: jiff::Timestamp = NOW.parse().expect("a time");
        let delegations = client.targets_role("targets").and_then(|top| top.delegations.clone()).expect("delegations");
        let mut roles = delegations.roles.into_iter();
        let role = roles.find(|role| role.matches_path(target).expect("a pattern")).expect("every target has a role");
        let version = version_of(client, &role.name);
        let bytes = &self.files[&format!("{version}.{}.json", role.name)];
        let list = client.update_delegated_targets(bytes, &role.name, "targets", now)?;
        Ok(list.target(target).map(|file| (file.length, file.hashes["sha256"].clone())))
    }
}

pub(crate) fn version_of(client: &TrustedMetadataSet, role: &str) -> u64 {
    client.snapshot().map_or(0, |snapshot| snapshot.meta[&format!("{role}.json")].version)
}

pub(crate) fn package(module: &str, version: &str) -> TargetName {
    let module = module.parse().expect("a module");
    TargetName::of_package(&module, &version.parse().expect("a version")).expect("a target name")
}

pub(crate) fn file(content: &str) -> TargetFile {
    TargetFile { sha256: Digest::of(content.as_bytes()), length: content.len() as u64 }
}

pub(crate) fn publish(releases: &[(&str, &str)]) -> Changes {
    let entry =
        |(module, version): &(&str, &str)| (package(module, version), Some(file(&format!("{module} {version}"))));
    releases.iter().map(entry).collect()
}

//! Targets: the search through the delegations, and the download.

use std::collections::BTreeSet;

use adx_signing::{
    Digest, UtcSecond,
    tuf::{TargetFile, TargetName},
};
use sha2::Digest as _;
use sigstore_tuf::{TargetFile as WireTargetFile, TrustedMetadataSet, metadata::Role as _};

use super::{
    ANY_TIME, Repository, RepositoryError, moment,
    refresh::{parse, there},
};

/// Most documents visited in the search for one target. Stops delegations that lead nowhere for ever.
pub const MAX_DELEGATIONS: usize = 32;

/// Most delegated lists held in memory. One of a large registry takes some megabytes; what is not held is read from disk again.
const MAX_LOADED: usize = 8;

/// The four names that no delegated role may have: it would stand in their file.
const TOP_ROLES: [&str; 4] = ["root", "timestamp", "snapshot", "targets"];

/// Where a target was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    /// The role that lists it.
    pub(crate) role: String,
    /// What it says.
    pub(crate) file: WireTargetFile,
}

impl Repository {
    /// What the repository says of a target, none if no document lists it: a walk through the delegations in their order, each
    /// verified against the document that delegates (5.6.7).
    ///
    /// # Errors
    /// [`RepositoryError`] for documents that are refused or not fresh, and before the first refresh.
    pub async fn find(&mut self, name: &str, now: UtcSecond) -> Result<Option<WireTargetFile>, RepositoryError> {
        Ok(self.locate(name, now).await?.map(|found| found.file))
    }

    pub(crate) async fn locate(&mut self, name: &str, now: UtcSecond) -> Result<Option<Found>, RepositoryError> {
        let now = moment(now);
        self.check_chain(now)?;
        let mut to_visit = vec![("targets".to_owned(), String::new())];
        let mut visited = BTreeSet::new();
        while !to_visit.is_empty() && visited.len() < MAX_DELEGATIONS {
            let (role, delegator) = to_visit.remove(0);
            if visited.contains(&role) {
                continue;
            }
            if role != "targets" && !self.load_role(&role, &delegator, now).await? {
                continue;
            }
            let Some(targets) = self.set.targets_role(&role) else { return Err(RepositoryError::NotRefreshed) };
            if let Some(file) = targets.target(name) {
                return Ok(Some(Found { role, file: file.clone() }));
            }
            let mut children = Vec::new();
            for child in targets.delegations.iter().flat_map(|delegations| &delegations.roles) {
                let matches = child.matches_path(name).map_err(|error| RepositoryError::of(&role, error))?;
                if matches && !TOP_ROLES.contains(&child.name.as_str()) {
                    children.push((child.name.clone(), role.clone()));
                    if child.terminating {
                        to_visit.clear();
                        break;
                    }
                }
            }
            visited.insert(role);
            children.append(&mut to_visit);
            to_visit = children;
        }
        Ok(None)
    }

    /// Loads a delegated role from what is stored or served; false for one that the snapshot does not list.
    pub(super) async fn load_role(
        &mut self,
        role: &str,
        delegator: &str,
        now: jiff::Timestamp,
    ) -> Result<bool, RepositoryError> {
        if delegator == "targets" && self.loaded.len() >= MAX_LOADED && !self.loaded.contains(role) {
            self.shed()?;
        }
        let refused = |error| RepositoryError::of(&format!("{role}.json"), error);
        if self.set.targets_role(role).is_some() {
            // It may be reached through another delegator than before, who trusts other keys.
            self.set.verify_delegated_targets(role, delegator, now).map_err(refused)?;
            return Ok(true);
        }
        if !self.set.snapshot().is_some_and(|snapshot| snapshot.meta.contains_key(&format!("{role}.json"))) {
            return Ok(false);
        }
        if let Some(bytes) = self.stored(role)? {
            self.profile.check_targets(parse(&bytes, role)?.signed(), role)?;
            if self.set.update_delegated_targets(&bytes, role, delegator, now).is_ok() {
                self.loaded.insert(role.to_owned());
                return Ok(true);
            }
        }
        let (source, (name, cap)) = (self.metadata.clone(), self.pinned_file(role)?);
        let taken = |bytes| {
            let bytes = there(&name, bytes)?;
            let document = parse(&bytes, &name)?;
            self.profile.check_targets(document.signed(), &name)?;
            self.profile.check_expiry(role, document.signed().expires(), now)?;
            let refused = |error| RepositoryError::of(&name, error);
            self.set.update_delegated_targets(&bytes, role, delegator, now).map_err(refused)?;
            Ok::<_, RepositoryError>(bytes)
        };
        let bytes = source.get_held(&name, cap, taken).await?;
        self.files.write(&format!("{}.json", encode_role(role)), &bytes)?;
        self.loaded.insert(role.to_owned());
        Ok(true)
    }

    /// Lets go of all delegated lists: the state machine anew, with the same documents above them, which are on disk. Only on the
    /// way to a list that the top-level document delegates to: what lies below another one was visited by then.
    fn shed(&mut self) -> Result<(), RepositoryError> {
        let root = self.set.root_bytes().to_vec();
        let mut set = TrustedMetadataSet::from_root(&root).map_err(|error| RepositoryError::of("root.json", error))?;
        let file = |name: &str| self.files.read(name).map(Option::unwrap_or_default);
        let (timestamp, snapshot, targets) = (file("timestamp.json")?, file("snapshot.json")?, file("targets.json")?);
        let loaded = set.update_timestamp(&timestamp, ANY_TIME).is_ok()
            && set.update_snapshot(&snapshot, ANY_TIME).is_ok()
            && set.update_targets(&targets, ANY_TIME).is_ok();
        let same = set.timestamp() == self.set.timestamp() && set.snapshot() == self.set.snapshot();
        if loaded && same {
            self.set = set;
            self.loaded.clear();
        }
        Ok(())
    }

    /// That the documents above all delegations are fresh and of one round: a refresh may have ended halfway.
    fn check_chain(&self, now: jiff::Timestamp) -> Result<(), RepositoryError> {
        let expired = |error| RepositoryError::of("trusted metadata", error);
        self.set.check_root_expired(now).map_err(expired)?;
        self.set.check_timestamp_expired(now).map_err(expired)?;
        self.set.check_snapshot_expired(now).map_err(expired)?;
        let (Some(timestamp), Some(snapshot), Some(targets)) =
            (self.set.timestamp(), self.set.snapshot(), self.set.targets_role("targets"))
        else {
            return Err(RepositoryError::NotRefreshed);
        };
        let pinned = timestamp.snapshot_meta().map(|pin| pin.version) == Some(snapshot.version)
            && snapshot.meta.get("targets.json").map(|pin| pin.version) == Some(targets.version);
        if !pinned {
            return Err(RepositoryError::NotRefreshed);
        }
        match self.expiries(None).into_iter().find(|(role, _)| role == "targets") {
            Some((role, expires)) if super::moment(expires) <= now => Err(RepositoryError::Expired { role, expires }),
            _ => Ok(()),
        }
    }

    /// Downloads a target, held against what [`Repository::find`] said of it.
    ///
    /// # Errors
    /// [`RepositoryError::NotThePinned`] for other bytes, and [`RepositoryError::Source`].
    pub async fn download(&self, name: &str, file: &WireTargetFile) -> Result<Vec<u8>, RepositoryError> {
        let refused = |why: &str| RepositoryError::NotThePinned { file: name.to_owned(), why: why.to_owned() };
        let preferred = ["sha256", "sha512"].iter().find_map(|algorithm| file.hashes.get(*algorithm));
        let hash = preferred.or_else(|| file.hashes.values().next()).ok_or_else(|| refused("no hash is listed"))?;
        let path = match name.rsplit_once('/') {
            _ if !self.set.root().consistent_snapshot => name.to_owned(),
            Some((folder, base)) => format!("{folder}/{hash}.{base}"),
            None => format!("{hash}.{name}"),
        };
        let listed = |bytes| {
            let bytes = there(&path, bytes)?;
            if bytes.len() as u64 != file.length {
                return Err(refused("its length is another"));
            }
            let found =
                [("sha256", Digest::of(&bytes).to_string()), ("sha512", hex::encode(sha2::Sha512::digest(&bytes)))];
            let listed: Vec<_> =
                found.iter().filter_map(|(name, found)| Some((file.hashes.get(*name)?, found))).collect();
            if listed.is_empty() {
                return Err(refused("no hash is listed that is known here"));
            }
            if listed.iter().any(|(listed, found)| !listed.eq_ignore_ascii_case(found)) {
                return Err(refused("its hash is another"));
            }
            Ok(bytes)
        };
        self.targets.get_held(&path, file.length, listed).await
    }
}

/// A target's entry as a registry of ours writes it: with a `sha256`.
///
/// # Errors
/// [`RepositoryError::Malformed`] for an entry without one.
pub fn expected(name: &TargetName, file: &WireTargetFile) -> Result<TargetFile, RepositoryError> {
    let sha256 = file.hashes.get("sha256").and_then(|text| text.parse().ok());
    let sha256 = sha256.ok_or_else(|| RepositoryError::Malformed {
        file: name.to_string(),
        why: "its entry has no sha256".to_owned(),
    })?;
    Ok(TargetFile { sha256, length: file.length })
}

/// A role's name as that of a file: every byte but the unreserved ones of RFC 3986 as `%XX`.
pub(super) fn encode_role(role: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    role.bytes().map(encode).collect()
}

//! A refresh: root, timestamp, snapshot, targets, in this order, each stored once it is verified.

use adx_signing::UtcSecond;
use sigstore_tuf::{Error as TufError, Metadata, Snapshot, Targets, Timestamp, metadata::Role as _};

use super::{
    MAX_SNAPSHOT_BYTES, MAX_TARGETS_BYTES, MAX_TIMESTAMP_BYTES, Repository, RepositoryError, moment,
    targets::encode_role,
};

impl Repository {
    /// Brings the trusted metadata up to date and checks that it is fresh.
    ///
    /// # Errors
    /// [`RepositoryError`] names the file and what is wrong with it. What was verified before it stays trusted.
    pub async fn refresh(&mut self, now: UtcSecond) -> Result<(), RepositoryError> {
        let now = moment(now);
        self.refresh_roots().await?;
        self.set.check_root_expired(now).map_err(|error| RepositoryError::of("root.json", error))?;
        self.refresh_timestamp(now).await?;
        self.refresh_snapshot(now).await?;
        self.refresh_targets(now).await
    }

    /// 5.4
    async fn refresh_timestamp(&mut self, now: jiff::Timestamp) -> Result<(), RepositoryError> {
        let file = "timestamp.json";
        let bytes = there(file, self.metadata.get(file, MAX_TIMESTAMP_BYTES).await?)?;
        // Before anything is taken of it, as for the other online roles: a version that was taken cannot be gone back from.
        let document = Metadata::<Timestamp>::from_slice(&bytes).map_err(|error| RepositoryError::of(file, error))?;
        self.profile.check_expiry("timestamp", document.signed().expires(), now)?;
        match self.set.update_timestamp(&bytes, now) {
            Ok(()) => self.files.write(file, &bytes)?,
            // Nothing happened since; whether the one at hand is fresh still is another matter.
            Err(TufError::EqualVersion { .. }) => {}
            Err(error) => return Err(self.unsigned::<Timestamp>(&bytes, "timestamp", file, error)),
        }
        self.set.check_timestamp_expired(now).map_err(|error| RepositoryError::of(file, error))
    }

    /// 5.5
    async fn refresh_snapshot(&mut self, now: jiff::Timestamp) -> Result<(), RepositoryError> {
        let file = "snapshot.json";
        let pin = self.set.timestamp().and_then(|timestamp| timestamp.snapshot_meta()).cloned();
        let pin = pin.ok_or_else(|| RepositoryError::Malformed {
            file: "timestamp.json".to_owned(),
            why: "it pins no snapshot".to_owned(),
        })?;
        if self.set.snapshot().is_some_and(|snapshot| snapshot.version == pin.version && !snapshot.is_expired(now)) {
            return Ok(());
        }
        let name = self.versioned(file, pin.version);
        let cap = pin.length.unwrap_or(MAX_SNAPSHOT_BYTES).min(MAX_SNAPSHOT_BYTES);
        let source = self.metadata.clone();
        let taken = |bytes| {
            let bytes = there(&name, bytes)?;
            self.check_snapshot(&bytes, &name, now)?;
            self.set.update_snapshot(&bytes, now).map_err(|error| RepositoryError::of(&name, error))?;
            Ok::<_, RepositoryError>(bytes)
        };
        let bytes = source.get_held(&name, cap, taken).await?;
        self.files.write(file, &bytes)?;
        self.floor = self.set.snapshot().cloned();
        Ok(())
    }

    /// 5.5.5, against the snapshot stored last, which the state machine does not know where a newer timestamp was stored since; and
    /// its expiry.
    fn check_snapshot(&self, bytes: &[u8], name: &str, now: jiff::Timestamp) -> Result<(), RepositoryError> {
        let document = Metadata::<Snapshot>::from_slice(bytes).map_err(|error| RepositoryError::of(name, error))?;
        let root = self.set.root();
        if let Some(role) = root.role("snapshot") {
            // What nobody signed is told as such, not as a rollback.
            document
                .verify_threshold(&root.keys, role, "snapshot")
                .map_err(|error| self.unsigned::<Snapshot>(bytes, "snapshot", name, error))?;
        }
        self.profile.check_expiry("snapshot", document.signed().expires(), now)?;
        let Some(floor) = &self.floor else { return Ok(()) };
        for (file, trusted) in &floor.meta {
            match document.signed().meta.get(file) {
                None => return Err(RepositoryError::Removed { file: file.clone() }),
                Some(found) if found.version < trusted.version => {
                    let (trusted, found) = (trusted.version, found.version);
                    return Err(RepositoryError::Rollback { role: format!("{file} in {name}"), trusted, found });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// 5.6
    async fn refresh_targets(&mut self, now: jiff::Timestamp) -> Result<(), RepositoryError> {
        let role = "targets";
        self.set.check_snapshot_expired(now).map_err(|error| RepositoryError::of("snapshot.json", error))?;
        let pinned = self.pinned_version(role);
        let loaded = self.set.targets_role(role);
        if loaded.is_some_and(|targets| Some(targets.version) == pinned && !targets.is_expired(now)) {
            return Ok(());
        }
        if let Some(bytes) = self.stored(role)? {
            self.profile.check_targets(parse(&bytes, role)?.signed(), role)?;
            if self.set.update_targets(&bytes, now).is_ok() {
                return Ok(());
            }
        }
        let (source, (name, cap)) = (self.metadata.clone(), self.pinned_file(role)?);
        let taken = |bytes| {
            let bytes = there(&name, bytes)?;
            self.profile.check_targets(parse(&bytes, &name)?.signed(), &name)?;
            self.set.update_targets(&bytes, now).map_err(|error| RepositoryError::of(&name, error))?;
            Ok::<_, RepositoryError>(bytes)
        };
        let bytes = source.get_held(&name, cap, taken).await?;
        Ok(self.files.write("targets.json", &bytes)?)
    }

    /// The stored file of a targets role, if it is of the version that the snapshot pins.
    pub(super) fn stored(&self, role: &str) -> Result<Option<Vec<u8>>, RepositoryError> {
        let Some(bytes) = self.files.read(&format!("{}.json", encode_role(role)))? else { return Ok(None) };
        // Damaged or outdated alike: it is fetched again, and no floor lies in it.
        let version = Metadata::<Targets>::from_slice(&bytes).ok().map(|targets| targets.signed().version);
        Ok(Some(bytes).filter(|_| version.is_some() && version == self.pinned_version(role)))
    }

    /// The file of the pinned version of a targets role, and the most bytes that it may have.
    pub(super) fn pinned_file(&self, role: &str) -> Result<(String, u64), RepositoryError> {
        let file = format!("{role}.json");
        let pin = self.set.snapshot().and_then(|snapshot| snapshot.meta.get(&file));
        let pin = pin.ok_or_else(|| RepositoryError::Malformed {
            file: "snapshot.json".to_owned(),
            why: format!("it does not list {file}"),
        })?;
        let name = self.versioned(&format!("{}.json", encode_role(role)), pin.version);
        Ok((name, pin.length.unwrap_or(MAX_TARGETS_BYTES).min(MAX_TARGETS_BYTES)))
    }

    fn pinned_version(&self, role: &str) -> Option<u64> {
        let pin = self.set.snapshot()?.meta.get(&format!("{role}.json"))?;
        Some(pin.version)
    }

    fn versioned(&self, file: &str, version: u64) -> String {
        if self.set.root().consistent_snapshot { format!("{version}.{file}") } else { file.to_owned() }
    }
}

pub(super) fn there(file: &str, bytes: Option<Vec<u8>>) -> Result<Vec<u8>, RepositoryError> {
    bytes.ok_or_else(|| RepositoryError::Missing { file: file.to_owned() })
}

pub(super) fn parse(bytes: &[u8], file: &str) -> Result<Metadata<Targets>, RepositoryError> {
    Metadata::from_slice(bytes).map_err(|error| RepositoryError::of(file, error))
}

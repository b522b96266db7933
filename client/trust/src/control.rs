//! The control files: four targets that say how everything else is judged. The last ones are kept, so that what is revoked stays
//! revoked without a network.

use adx_signing::{
    Digest, KeyId, UtcSecond,
    log::LogPolicy,
    tuf::control::{ControlFile, IndexRoot, MAX_CONTROL_BYTES, PublisherKeys, Revocations},
};

use crate::{
    repository::{Repository, RepositoryError, expected},
    state::{StateError, StateFolder},
};

/// The four of one round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlFiles {
    /// Which keys speak for which namespace.
    pub keys: PublisherKeys,
    /// What must not run.
    pub revocations: Revocations,
    /// Whom to believe about the log.
    pub policy: LogPolicy,
    /// The digest of every index file.
    pub index: IndexRoot,
}

impl ControlFiles {
    /// Reads the four that are listed, each from the state if it is the one listed, else from the source.
    ///
    /// # Errors
    /// [`RepositoryError`] for one that is not listed, not served, or not what its entry says.
    pub(crate) async fn fetch(
        repository: &mut Repository,
        state: &StateFolder,
        now: UtcSecond,
    ) -> Result<Self, RepositoryError> {
        Ok(Self {
            keys: fetch(repository, state, now).await?,
            revocations: fetch(repository, state, now).await?,
            policy: fetch(repository, state, now).await?,
            index: fetch(repository, state, now).await?,
        })
    }
}

async fn fetch<T: ControlFile>(
    repository: &mut Repository,
    state: &StateFolder,
    now: UtcSecond,
) -> Result<T, RepositoryError> {
    let name = T::target_name();
    let found = repository.find(name.as_str(), now).await?;
    let found = found.ok_or_else(|| RepositoryError::NotListed { name: name.to_string() })?;
    let listed = expected(&name, &found)?;
    if listed.length > MAX_CONTROL_BYTES as u64 {
        let why = format!("{} bytes are listed, the cap is {MAX_CONTROL_BYTES}", listed.length);
        return Err(RepositoryError::Malformed { file: name.to_string(), why });
    }
    let stored = state.read_sealed(&path::<T>())?;
    if let Some(bytes) = stored.filter(|bytes| Digest::of(bytes) == listed.sha256) {
        return parse(&bytes);
    }
    let bytes = repository.download(name.as_str(), &found).await?;
    // Read before it is kept: what cannot be read must not replace what can.
    let file = parse(&bytes)?;
    state.write_sealed(&path::<T>(), &bytes)?;
    Ok(file)
}

fn parse<T: ControlFile>(bytes: &[u8]) -> Result<T, RepositoryError> {
    T::from_json(bytes).map_err(|error| RepositoryError::Malformed { file: T::NAME.to_owned(), why: error.to_string() })
}

fn path<T: ControlFile>() -> String {
    format!("control/{}", T::NAME)
}

/// The bytes of the four as they were last fetched, by the names under which they are served as targets.
pub(crate) fn stored(state: &StateFolder) -> Result<Vec<(String, Vec<u8>)>, StateError> {
    fn file<T: ControlFile>(state: &StateFolder) -> Result<Option<(String, Vec<u8>)>, StateError> {
        let bytes = state.read_sealed(&path::<T>())?;
        Ok(bytes.map(|bytes| (T::target_name().consistent_path("", Digest::of(&bytes)), bytes)))
    }
    let files = [
        file::<PublisherKeys>(state)?,
        file::<Revocations>(state)?,
        file::<LogPolicy>(state)?,
        file::<IndexRoot>(state)?,
    ];
    Ok(files.into_iter().flatten().collect())
}

/// The kill list as it was when the registry was last refreshed, fresh or not: an old one is no reason to run what it names.
/// Empty before the first refresh.
///
/// # Errors
/// [`StateError`] for a file that is damaged or cannot be read.
pub(crate) fn last_revocations(state: &StateFolder) -> Result<Revocations, StateError> {
    let path = path::<Revocations>();
    let Some(bytes) = state.read_sealed(&path)? else { return Ok(Revocations::default()) };
    Revocations::from_json(&bytes).map_err(|error| StateError::damaged(&state.path(&path), error))
}

/// Why something must not run, if it must not.
pub(crate) fn revoked(revocations: &Revocations, package: &Digest, keys: &[KeyId], leaf: u64) -> Option<String> {
    revocations.reason(package, keys, leaf).map(str::to_owned)
}

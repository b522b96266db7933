//! The control files: four targets that say how everything else is judged. The last ones are kept, so that what is revoked stays
//! revoked without a network.
//!
//! Three are listed by an online role. Whom to believe about the log, `log-policy.json`, is believed only where the top-level targets
//! document itself lists it, whose keys are offline: whoever has the server cannot do away with the witnesses.

use adx_signing::{
    Digest, KeyId, UtcSecond,
    log::LogPolicy,
    tuf::{
        TopRole,
        control::{ControlFile, IndexRoot, MAX_CONTROL_BYTES, PublisherKeys, Revocations},
    },
};

use crate::{
    refusal::{KeyRefusal, Refusal},
    repository::{Found, Repository, RepositoryError, TargetsWord, expected},
    state::{StateError, StateFolder},
};

/// The file that keeps whose word the last list of keys is.
const ONLINE_KEYS: &str = "control/online-keys.json";

/// The file that keeps whose word the last policy of the log is.
const POLICY_WORD: &str = "control/log-policy-word.json";

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
    /// [`Refusal::Metadata`] for one that is not listed, not served, or not what its entry says; [`Refusal::PublisherKey`] where the
    /// list of keys tells less than it told before.
    pub(crate) async fn fetch(
        repository: &mut Repository,
        state: &StateFolder,
        now: UtcSecond,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            keys: keys(repository, state, now).await?,
            revocations: fetch(repository, state, now, no_matter).await?,
            policy: policy(repository, state, now).await?,
            index: fetch(repository, state, now, no_matter).await?,
        })
    }
}

/// Reads the list of keys. As long as the operators have not met and named other online keys, it must go on from the one before:
/// what a thief of the present ones listed is theirs to undo, and nobody else's.
async fn keys(repository: &mut Repository, state: &StateFolder, now: UtcSecond) -> Result<PublisherKeys, Refusal> {
    let online = repository.online_keys();
    let before = state.read_sealed(ONLINE_KEYS)?;
    let is_theirs = before.as_ref().is_none_or(|before| *before == online);
    let keys = fetch(repository, state, now, |before: &PublisherKeys, keys| {
        let follows = if is_theirs { keys.check_follows(before) } else { Ok(()) };
        follows.map_err(|error| Refusal::PublisherKey(KeyRefusal::History(error)))
    })
    .await?;
    if before.is_none_or(|before| before != online) {
        state.write_sealed(ONLINE_KEYS, &online)?;
    }
    Ok(keys)
}

/// Reads the log's policy. The targets document that lists it must not be older than the last one, for as long as the same people can
/// sign it: when the snapshot's key is changed, the versions in the last snapshot are forgotten, and whoever has the new key could show
/// an old document again.
async fn policy(repository: &mut Repository, state: &StateFolder, now: UtcSecond) -> Result<LogPolicy, Refusal> {
    let word = repository.targets_word().ok_or(Refusal::Metadata(RepositoryError::NotRefreshed))?;
    let damaged = |error| StateError::damaged(&state.path(POLICY_WORD), error);
    let before = state.read_sealed(POLICY_WORD)?;
    let before: Option<TargetsWord> =
        before.map(|bytes| serde_json::from_slice(&bytes)).transpose().map_err(damaged)?;
    if let Some(before) = before.as_ref().filter(|before| before.version > word.version && before.counts_under(&word)) {
        let (role, trusted, found) = (TopRole::Targets.as_str().to_owned(), before.version, word.version);
        return Err(Refusal::Metadata(RepositoryError::Rollback { role, trusted, found }));
    }
    let policy = fetch(repository, state, now, no_matter).await?;
    if before.is_none_or(|before| before != word) {
        state.write_sealed(POLICY_WORD, &serde_json::to_vec(&word).map_err(damaged)?)?;
    }
    Ok(policy)
}

/// The one before is of no concern.
fn no_matter<T>(_: &T, _: &T) -> Result<(), Refusal> {
    Ok(())
}

/// Reads one, held by `follows` against the one that was read before.
async fn fetch<T: ControlFile>(
    repository: &mut Repository,
    state: &StateFolder,
    now: UtcSecond,
    follows: impl FnOnce(&T, &T) -> Result<(), Refusal>,
) -> Result<T, Refusal> {
    let name = T::target_name();
    let found = repository.locate(name.as_str(), now).await.map_err(Refusal::Metadata)?;
    let not_listed = || Refusal::Metadata(RepositoryError::NotListed { name: name.to_string() });
    let Found { role, file: found } = found.ok_or_else(not_listed)?;
    if T::NAME == LogPolicy::NAME && role != TopRole::Targets.as_str() {
        return Err(Refusal::Metadata(RepositoryError::ListedOnline { name: name.to_string(), role }));
    }
    let listed = expected(&name, &found).map_err(Refusal::Metadata)?;
    if listed.length > MAX_CONTROL_BYTES as u64 {
        let why = format!("{} bytes are listed, the cap is {MAX_CONTROL_BYTES}", listed.length);
        return Err(Refusal::Metadata(RepositoryError::Malformed { file: name.to_string(), why }));
    }
    let stored = state.read_sealed(&path::<T>())?;
    if let Some(bytes) = stored.as_ref().filter(|bytes| Digest::of(bytes) == listed.sha256) {
        return parse(bytes);
    }
    let bytes = repository.download(name.as_str(), &found).await.map_err(Refusal::Metadata)?;
    // Read before it is kept: what cannot be read, or be believed, must not replace what can.
    let file = parse(&bytes)?;
    if let Some(stored) = stored {
        follows(&parse(&stored)?, &file)?;
    }
    state.write_sealed(&path::<T>(), &bytes)?;
    Ok(file)
}

fn parse<T: ControlFile>(bytes: &[u8]) -> Result<T, Refusal> {
    T::from_json(bytes).map_err(|error| {
        Refusal::Metadata(RepositoryError::Malformed { file: T::NAME.to_owned(), why: error.to_string() })
    })
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

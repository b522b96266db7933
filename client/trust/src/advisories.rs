//! The list of advisories that the index root names. The last one is kept, so that what is known of installed versions stays known without
//! a network, and with a mirror that does not have it.

use adx_index::advisory::AdvisoryList;
use adx_signing::{
    Digest,
    tuf::control::{IndexFile, IndexRoot, MAX_CONTROL_BYTES},
};

use crate::{
    address,
    index::not_served,
    refusal::{IndexRefusal, Refusal},
    source::Source,
    state::{StateError, StateFolder},
};

/// The file that keeps the last list.
const LAST: &str = "control/advisories.json";

/// Brings the list that is kept up to the one that an index root names.
///
/// # Errors
/// [`Refusal`] where it is not served, or is another one. The one before stays.
pub(crate) async fn refresh(source: &Source, state: &StateFolder, index: &IndexRoot) -> Result<(), Refusal> {
    // A registry that never had any names none, and one whose program is older than its advisories: they hold all the same.
    let Some(listed) = &index.advisories else { return Ok(()) };
    let kept = state.read_sealed(LAST)?;
    if kept.is_some_and(|bytes| Digest::of(&bytes) == listed.sha256) {
        return Ok(());
    }
    let bytes = fetch(source, listed).await?;
    // Read before it is kept: what cannot be read must not replace what can.
    let malformed = |error: adx_signing::tuf::control::ControlError| IndexRefusal::Malformed {
        file: address::advisory(&listed.sha256),
        why: error.to_string(),
    };
    AdvisoryList::from_json(&bytes).map_err(|error| Refusal::Index(malformed(error)))?;
    Ok(state.write_sealed(LAST, &bytes)?)
}

/// The list or a document, as it is named.
pub(crate) async fn fetch(source: &Source, listed: &IndexFile) -> Result<Vec<u8>, Refusal> {
    let file = address::advisory(&listed.sha256);
    let held = |bytes: Option<Vec<u8>>| {
        let bytes = bytes.ok_or_else(|| not_served(file.clone(), source))?;
        if listed.is_of(&bytes) {
            Ok(bytes)
        } else {
            Err(Refusal::Index(IndexRefusal::NotListed { file: file.clone() }))
        }
    };
    source.get_held(&file, listed.length.min(MAX_CONTROL_BYTES as u64), held).await
}

/// The list as it was when the registry was last refreshed, fresh or not; empty before there was one.
///
/// # Errors
/// [`StateError`] for a file that is damaged or cannot be read.
pub(crate) fn last(state: &StateFolder) -> Result<AdvisoryList, StateError> {
    let Some(bytes) = state.read_sealed(LAST)? else { return Ok(AdvisoryList::default()) };
    AdvisoryList::from_json(&bytes).map_err(|error| StateError::damaged(&state.path(LAST), error))
}

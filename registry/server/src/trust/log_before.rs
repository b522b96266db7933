//! What the log was called before a rotation, with the signatures under it: whoever signs the next one sees what is added.

use adx_signing::tuf::{LogSignatures, Role as _, Signed, Targets, TopRole};

use super::{
    carried::{Carried, CarriedError},
    files,
    log_file::LogFile,
};

/// Longest file read, in bytes.
const MAX_BYTES: usize = 1 << 20;

fn file_names(version: u64) -> (String, String) {
    (format!("{version}.log.json"), format!("{version}.log.sig.json"))
}

/// Keeps what the log is called, with its signatures, under the version of the targets document that they are for.
///
/// # Errors
/// [`CarriedError::Io`]
pub(super) fn keep(carried: &Carried) -> Result<(), CarriedError> {
    let documents = &carried.documents;
    let Some(signatures) = &documents.log_signatures else { return Ok(()) };
    let (log, log_signatures) = file_names(documents.targets.document().version());
    carried.keep_pretty(&log, &documents.log)?;
    carried.keep_pretty(&log_signatures, signatures)
}

/// What the log was called under the targets document before this one, if that is there and enough people signed it. Nobody is shown
/// a difference to something that was made up.
pub(super) fn read(carried: &Carried) -> Option<LogFile> {
    let documents = &carried.documents;
    let version = documents.targets.document().version().checked_sub(1)?;
    let (log, signatures) = file_names(version);
    let open = |name: &str| files::read_capped(&carried.folder().join(name), MAX_BYTES).ok();
    let log: LogFile = serde_json::from_slice(&open(&log)?).ok()?;
    let signatures: LogSignatures = serde_json::from_slice(&open(&signatures)?).ok()?;
    let targets: Signed<Targets> = Signed::from_json(&open(&TopRole::Targets.versioned_file(version))?).ok()?;
    let canonical = log.canonical().ok()?;
    // Under the last root, or the one before where the same rotation made the last.
    let roots = documents.root().ok().map(Signed::document).into_iter().chain(carried.trusted());
    let is_signed = roots.into_iter().any(|root| signatures.check(&canonical, &targets, root).is_ok());
    is_signed.then_some(log)
}

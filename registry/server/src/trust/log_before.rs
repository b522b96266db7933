//! What the log was called before a rotation, as people signed it: whoever signs the next one sees what is added.

use adx_signing::{
    log::LogPolicy,
    tuf::{Role as _, Signed, Targets, TopRole, ceremony::Approval, control::ControlFile as _},
};

use super::{carried::Carried, documents::LOG_FILE, files, log_file::LogFile};

/// Longest file read, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// What the log was called under the targets document before this one, if that is there and enough people signed it. Nobody is shown
/// a difference to something that was made up.
pub(super) fn read(carried: &Carried) -> Option<LogFile> {
    let documents = &carried.documents;
    let version = documents.targets.document().version().checked_sub(1)?;
    let open = |name: &str| files::read_capped(&carried.folder().join(name), MAX_BYTES).ok();
    let log: LogFile = serde_json::from_slice(&open(&format!("{version}.{LOG_FILE}"))?).ok()?;
    let targets: Signed<Targets> = Signed::from_json(&open(&TopRole::Targets.versioned_file(version))?).ok()?;
    // Under the last root, or the one before where the same rotation made the last.
    let mut roots = documents.root().ok().map(Signed::document).into_iter().chain(carried.trusted());
    let is_named = targets.document().version() == version;
    let is_signed = roots.any(|root| Approval::of_targets(&targets, root).missing == 0);
    let is_listed = targets.document().targets().get(&LogPolicy::target_name()) == log.listing().ok().as_ref();
    (is_named && is_signed && is_listed).then_some(log)
}

//! The list of advisories that the index root names, and their documents.

use std::ops::Range;

use adx_index::advisory::{AdvisoryId, AdvisoryList, ListedAdvisory};
use adx_signing::digest::Digest;
use adx_signing::tuf::control::IndexFile;
use adx_signing::version::V1;
use bytes::Bytes;

use super::lease::Lease;
use super::stored::{pinned, put_named};
use super::{Context, SignRoundError};
use crate::Ports;
use crate::advisories::MAX_ADVISORIES;
use crate::ports::{BlobKey, FiledAdvisory};

/// Stores the list as the leaves before the end of `leaves` have it, and the documents that `leaves` tell of.
pub(super) async fn write(
    context: &Context,
    lease: &mut Lease,
    leaves: Range<u64>,
) -> Result<IndexFile, SignRoundError> {
    let ports = &context.ports;
    let filed = ports.store.read().await?.logged_advisories(leaves.end, MAX_ADVISORIES).await?;
    let key = |bytes: &[u8]| BlobKey::Advisory(Digest::of(bytes));
    let mut stored = Vec::new();
    for FiledAdvisory { document, leaf, .. } in &filed {
        if leaves.contains(leaf) {
            stored.push((key(document.as_bytes()), Bytes::from(document.clone())));
        }
    }
    let list = AdvisoryList { v: V1, advisories: filed.iter().map(listed).collect() };
    let bytes = Bytes::from(list.to_json());
    let named = IndexFile::of(&bytes);
    stored.push((key(&bytes), bytes));
    put_named(ports, lease, stored).await?;
    Ok(named)
}

fn listed(filed: &FiledAdvisory) -> (AdvisoryId, ListedAdvisory) {
    let FiledAdvisory { advisory, document, .. } = filed;
    let entry = ListedAdvisory {
        module: advisory.module.clone(),
        affected: advisory.content.affected.clone(),
        severity: advisory.content.severity,
        title: advisory.content.title.to_string(),
        confirmed: advisory.confirmed,
        revision: advisory.revision,
        modified: advisory.modified,
        withdrawn: advisory.withdrawn,
        document: IndexFile::of(document.as_bytes()),
    };
    (advisory.id, entry)
}

/// The list that an index root names.
pub(crate) async fn read(ports: &Ports, file: &IndexFile) -> Result<AdvisoryList, SignRoundError> {
    let key = BlobKey::Advisory(file.sha256);
    let bytes = pinned(ports, &key, file.sha256, file.length).await?;
    AdvisoryList::from_json(&bytes).map_err(|_| SignRoundError::Damaged { what: key.to_string() })
}

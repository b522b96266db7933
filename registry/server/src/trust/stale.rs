//! Signatures that lie in the folder and do not hold: somebody changed a document after it was signed.

use std::collections::BTreeSet;

use adx_signing::{
    KeyId,
    tuf::{Signed, ceremony::Status},
};
use serde_json::Value;

use super::carried::Carried;

/// For the root and the targets document, as [`Carried::status`] lists them: whose signature is there and is none of what is there
/// now.
pub fn stale(carried: &Carried, statuses: &[Status; 2]) -> [BTreeSet<KeyId>; 2] {
    let documents = &carried.documents;
    let root = documents.root().map(Signed::to_json).unwrap_or_default();
    let there = [signers(&parsed(&root)), signers(&parsed(&documents.targets.to_json()))];
    let of_document = |(there, status): (BTreeSet<KeyId>, &Status)| {
        let holds = |id: &KeyId| status.approvals.iter().any(|approval| approval.signed.contains(id));
        let is_asked = |id: &KeyId| status.approvals.iter().any(|approval| approval.unsigned.contains(id));
        there.into_iter().filter(|id| is_asked(id) && !holds(id)).collect()
    };
    let mut pairs = there.into_iter().zip(statuses).map(of_document);
    std::array::from_fn(|_| pairs.next().unwrap_or_default())
}

fn parsed(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap_or_default()
}

/// Whose signatures a document has, by what it says of itself.
fn signers(document: &Value) -> BTreeSet<KeyId> {
    let signatures = document["signatures"].as_array().into_iter().flatten();
    signatures.filter_map(|signature| signature["keyid"].as_str()?.parse().ok()).collect()
}

//! An entry, and its one canonical form.

use adx_signing::digest::Digest;
use adx_signing::name::{Name, Namespace};
use semver::Version;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

use super::{Act, Who};
use crate::Id;
use crate::publisher::Publisher;

/// What something was done to, as far as it has a name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Whatever else it is known by: the id of a token, of a key, a digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The module's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<Name>,
    /// The namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Namespace>,
    /// Whose it is: an entry is shown to the owners of this publisher, not to whoever has the namespace later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<Id<Publisher>>,
    /// The version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
}

/// What is to be told, before it has its place.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEntry {
    /// When, in whole milliseconds.
    pub at: OffsetDateTime,
    /// Who.
    pub who: Who,
    /// From where: [`network_hash`](super::network_hash).
    pub network: Option<String>,
    /// In which request.
    pub request: Option<String>,
    /// What was done.
    pub act: Act,
    /// To what.
    pub subject: Subject,
    /// How it came out: an object without secrets and addresses, numbers of which are whole.
    pub detail: Value,
    /// The leaf of the transparency log that tells of it as well.
    pub leaf: Option<u64>,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number; the first is 1, and none is left out.
    pub seq: u64,
    /// What it tells.
    pub told: NewEntry,
    /// The `sha256` of the entry before; of the first, zeros.
    pub previous: Digest,
    /// Of the entry's canonical form.
    pub sha256: Digest,
}

/// Members in the order of their names: with the sorted members of `detail`, this is the canonical JSON of RFC 8785.
#[derive(Serialize)]
struct Canonical<'e> {
    act: Act,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    detail: &'e Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<&'e str>,
    previous: Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'e str>,
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<Digest>,
    subject: &'e Subject,
    who: Who,
}

impl Entry {
    /// Gives an entry its place behind another.
    pub fn chained(told: NewEntry, seq: u64, previous: Digest) -> Self {
        let sha256 = Digest::of(canonical(&told, seq, previous, None).as_bytes());
        Self { seq, told, previous, sha256 }
    }

    /// Whether the digest is that of what it says.
    pub fn is_whole(&self) -> bool {
        Digest::of(canonical(&self.told, self.seq, self.previous, None).as_bytes()) == self.sha256
    }

    /// The entry as it is exported: one line. Without the member `sha256`, these are the bytes of which that is the digest.
    pub fn to_json(&self) -> String {
        canonical(&self.told, self.seq, self.previous, Some(self.sha256))
    }
}

fn canonical(told: &NewEntry, seq: u64, previous: Digest, sha256: Option<Digest>) -> String {
    let form = Canonical {
        act: told.act,
        at: told.at,
        detail: &told.detail,
        leaf: told.leaf,
        network: told.network.as_deref(),
        previous,
        request: told.request.as_deref(),
        seq,
        sha256,
        subject: &told.subject,
        who: told.who,
    };
    // Texts, whole numbers and a time of this era: nothing of it fails.
    serde_json::to_string(&form).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told() -> NewEntry {
        NewEntry {
            at: OffsetDateTime::UNIX_EPOCH + time::Duration::milliseconds(1_500),
            who: Who::Machine,
            network: None,
            request: Some("a1".to_owned()),
            act: Act::ReleaseYank,
            subject: Subject { namespace: Some("acme".parse().unwrap()), ..Subject::default() },
            detail: json!({ "b": 1, "a": "x" }),
            leaf: Some(7),
        }
    }

    #[test]
    fn the_form_is_canonical_and_the_digest_is_of_it() {
        let entry = Entry::chained(told(), 1, Digest::from_bytes([0; 32]));
        let zeros = "0".repeat(64);
        let form = format!(
            r#"{{"act":"release.yank","at":"1970-01-01T00:00:01.5Z","detail":{{"a":"x","b":1}},"leaf":7,"previous":"{zeros}","request":"a1","seq":1,"subject":{{"namespace":"acme"}},"who":"machine"}}"#
        );
        assert_eq!(entry.sha256, Digest::of(form.as_bytes()));
        let mut line: Value = serde_json::from_str(&entry.to_json()).unwrap();
        assert_eq!(line.as_object_mut().unwrap().remove("sha256").unwrap(), entry.sha256.to_string());
        assert_eq!(line.to_string(), form);
    }

    #[test]
    fn an_entry_that_was_changed_is_not_whole() {
        let entry = Entry::chained(told(), 1, Digest::from_bytes([0; 32]));
        assert!(entry.is_whole());
        let mut other = entry.clone();
        other.told.who = Who::Job;
        assert!(!other.is_whole());
        let mut moved = entry;
        moved.seq = 2;
        assert!(!moved.is_whole());
    }
}

//! The audit log.

use adx_registry_core::audit;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

/// What somebody did.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// What was done: one of a closed list of words.
    #[schema(example = "release.yank")]
    pub act: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// How it came out, without secrets and addresses.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// The leaf of the transparency log that tells of it as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<u64>,
    /// Where from: a hash that is the same for the same network and tells nobody which that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The `sha256` of the entry before; zeros before the first.
    pub previous: String,
    /// In which request: the `X-Request-Id` of its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Its number; none is left out.
    pub seq: u64,
    /// Of the entry without this member, as canonical JSON (RFC 8785).
    pub sha256: String,
    /// To what.
    pub subject: AuditSubject,
    /// Who: `token:`, `account:` or `owner:` with an id, `machine`, `job` or `anonymous`.
    #[schema(example = "machine")]
    pub who: String,
}

/// What something was done to, as far as it has a name.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct AuditSubject {
    /// Its id or digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The module's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// The namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The id of the publisher whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// The version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// Entries in order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// `after` of the next page, if there may be one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// The end of the audit log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditHead {
    /// The number of the last entry; 0 if there is none.
    pub seq: u64,
    /// Its digest; zeros if there is none.
    pub sha256: String,
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// Those about what belongs to the publisher of this namespace.
    pub namespace: Option<String>,
    /// Those that tell of this, such as `release.yank`.
    pub act: Option<String>,
    /// Those of somebody, such as `token:` with an id.
    pub who: Option<String>,
    /// Those from a network, as other entries have it.
    pub network: Option<String>,
    /// Those from then on, such as `2026-11-28T00:00:00Z`.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[param(value_type = Option<String>)]
    pub since: Option<OffsetDateTime>,
    /// The last one already seen: `next` of the page before.
    #[serde(default)]
    #[param(default = 0)]
    pub after: u64,
    /// At most so many, 1 to 1000; the stream has them all.
    #[param(default = 100, minimum = 1, maximum = 1000)]
    pub limit: Option<u32>,
}

impl From<&audit::Entry> for AuditEntry {
    fn from(entry: &audit::Entry) -> Self {
        let audit::Entry { seq, told, previous, sha256 } = entry;
        let subject = &told.subject;
        Self {
            act: told.act.to_string(),
            at: told.at,
            detail: told.detail.clone(),
            leaf: told.leaf,
            network: told.network.clone(),
            previous: previous.to_string(),
            request: told.request.clone(),
            seq: *seq,
            sha256: sha256.to_string(),
            subject: AuditSubject {
                id: subject.id.clone(),
                module: subject.module.as_ref().map(ToString::to_string),
                namespace: subject.namespace.as_ref().map(ToString::to_string),
                publisher: subject.publisher.map(|publisher| publisher.to_string()),
                version: subject.version.as_ref().map(ToString::to_string),
            },
            who: told.who.to_string(),
        }
    }
}

impl From<audit::AuditHead> for AuditHead {
    fn from(head: audit::AuditHead) -> Self {
        Self { seq: head.seq, sha256: head.sha256.to_string() }
    }
}

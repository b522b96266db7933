//! Domains of publishers.

use adx_registry_core::domains;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// Which domain is to be a publisher's.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDomain {
    /// In ASCII.
    #[schema(example = "example.org")]
    pub domain: String,
}

/// A publisher's domain, and what is to stand in its DNS.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Domain {
    /// The domain.
    pub domain: String,
    /// Where the TXT record stands.
    #[schema(example = "_adx-publisher.example.org")]
    pub record_name: String,
    /// What it says.
    pub record_text: String,
    /// When an owner asked for it.
    #[serde(with = "time::serde::rfc3339")]
    pub asked_at: OffsetDateTime,
    /// When it was verified; none if it is not, or not any more.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<OffsetDateTime>,
    /// When it was looked at last.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<OffsetDateTime>,
    /// Since when the record is missing.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<OffsetDateTime>,
    /// When the domain counts no more, should the record not come back.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<OffsetDateTime>,
}

impl From<&domains::DomainClaim> for Domain {
    fn from(claim: &domains::DomainClaim) -> Self {
        Self {
            domain: claim.domain.to_string(),
            record_name: claim.record_name(),
            record_text: claim.record_text(),
            asked_at: claim.asked_at,
            verified_at: claim.verified_at,
            looked_at: claim.looked_at,
            missing_since: claim.missing_since,
            ends_at: claim.ends_at(),
        }
    }
}

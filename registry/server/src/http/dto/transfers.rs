//! Offers of publishers.

use adx_registry_core::{publisher, transfers};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// That a namespace is offered to somebody.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Transfer {
    /// The namespace.
    pub namespace: String,
    /// Who is to get it; for owners and operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the offer went; for owners and operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// When owners decided it.
    #[serde(with = "time::serde::rfc3339")]
    pub offered_at: OffsetDateTime,
    /// Until when it can be accepted.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
}

/// A namespace that is offered to whoever has the code.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OfferedNamespace {
    /// The namespace.
    pub namespace: String,
    /// The name to show.
    pub display_name: String,
    /// What its owners are called, who offer it.
    pub offered_by: Vec<String>,
    /// When they decided it.
    #[serde(with = "time::serde::rfc3339")]
    pub offered_at: OffsetDateTime,
    /// Until when it can be accepted.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
}

/// The code of an offer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferCode {
    /// As it stands in the mail.
    pub code: String,
}

impl Transfer {
    /// An offer of a publisher.
    pub fn of(publisher: &publisher::Publisher, transfer: &transfers::Transfer) -> Self {
        Self {
            namespace: publisher.namespace.to_string(),
            name: transfer.name.as_ref().map(ToString::to_string),
            email: transfer.email.as_ref().map(|email| email.as_str().to_owned()),
            offered_at: transfer.offered_at,
            expires_at: transfer.expires_at,
        }
    }
}

impl From<&transfers::OfferedPublisher> for OfferedNamespace {
    fn from(offered: &transfers::OfferedPublisher) -> Self {
        Self {
            namespace: offered.publisher.namespace.to_string(),
            display_name: offered.publisher.display_name.clone(),
            offered_by: offered.offered_by.iter().map(ToString::to_string).collect(),
            offered_at: offered.transfer.offered_at,
            expires_at: offered.transfer.expires_at,
        }
    }
}

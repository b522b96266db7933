//! What operators and publishers say of releases.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a version is put into quarantine.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewQuarantine {
    /// For people; one line without markup, 500 characters at most.
    #[schema(example = "sends what it is told to strangers")]
    pub reason: String,
}

/// What to put on the kill list: a package, or a key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRevocation {
    /// The sha256 of a package.
    pub sha256: Option<String>,
    /// The id of a publisher's key.
    pub key_id: Option<String>,
    /// With a key: the first leaf of the log at which it is not believed, 0 for all.
    pub from_leaf: Option<u64>,
    /// For people; one line without markup, 500 characters at most.
    #[schema(example = "steals what it is told")]
    pub reason: String,
}

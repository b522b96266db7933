//! What was taken down.

use adx_registry_core::takedown;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// What is to be taken down, and why.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTakedown {
    /// For whoever asks for it; one line without markup, 500 characters at most.
    #[schema(example = "it is sold under a name that belongs to others")]
    pub reason: String,
    /// What it rests on, a case or an address; one line without markup, 200 characters at most.
    #[schema(example = "7 O 12/26")]
    pub reference: String,
    /// Whether the bytes are erased: nobody can bring them back then.
    #[serde(default)]
    pub erase: bool,
}

/// That a version or a module was taken down.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Takedown {
    /// Its id.
    pub id: String,
    /// `namespace/name`.
    pub module: String,
    /// SemVer; without one, the whole module.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Why.
    pub reason: String,
    /// What it rests on.
    pub reference: String,
    /// Whether the bytes are gone for good.
    pub erased: bool,
    /// Who did it: `token:` or `account:` with an id, or `machine`.
    pub taken_by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub taken_at: OffsetDateTime,
    /// Who took it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifted_by: Option<String>,
    /// When it was taken back.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub lifted_at: Option<OffsetDateTime>,
}

/// Takedowns.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TakedownList {
    /// In the order they were made, those that were taken back too.
    pub takedowns: Vec<Takedown>,
    /// `after` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl From<&takedown::Takedown> for Takedown {
    fn from(takedown: &takedown::Takedown) -> Self {
        Self {
            id: takedown.id.to_string(),
            module: takedown.module.to_string(),
            version: takedown.version.as_ref().map(ToString::to_string),
            reason: takedown.reason.clone(),
            reference: takedown.reference.clone(),
            erased: takedown.erased,
            taken_by: takedown.taken_by.clone(),
            taken_at: takedown.taken_at,
            lifted_by: takedown.lifted.as_ref().map(|lifted| lifted.by.clone()),
            lifted_at: takedown.lifted.as_ref().map(|lifted| lifted.at),
        }
    }
}

impl TryFrom<NewTakedown> for takedown::NewTakedown {
    type Error = crate::http::problem::Problem;

    fn try_from(wanted: NewTakedown) -> Result<Self, Self::Error> {
        let NewTakedown { reason, reference, erase } = wanted;
        Ok(Self { reason: reason.parse()?, reference: reference.parse()?, erase })
    }
}

//! What operators and publishers say of releases.

use adx_index::line::Deprecated;
use adx_registry_core::release;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a version or a module is put into quarantine.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewQuarantine {
    /// For people; one line without markup, 500 characters at most.
    #[schema(example = "sends what it is told to strangers")]
    pub reason: String,
}

/// How a module stands with the registry.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ModuleStanding {
    /// `namespace/name`.
    pub module: String,
    /// Why the whole of it is in quarantine, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantined_for: Option<String>,
}

impl From<&release::Module> for ModuleStanding {
    fn from(module: &release::Module) -> Self {
        Self { module: module.module.to_string(), quarantined_for: module.quarantined_for.clone() }
    }
}

/// Why a version is yanked, or why that is taken back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewYank {
    /// For people; one line without markup, 500 characters at most.
    #[schema(example = "loses the last line of a long document")]
    pub reason: Option<String>,
}

/// What a publisher says of a module, or some of its versions, that it advises against.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deprecation {
    /// For people; one line without markup, 500 characters at most.
    #[schema(example = "not maintained any more")]
    pub message: String,
    /// A requirement; every version, those to come too, when left out.
    #[schema(example = "<2")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versions: Option<String>,
    /// `namespace/name` of the module to use in its stead.
    #[schema(example = "acme/greeter")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
}

impl From<release::Deprecation> for Deprecation {
    fn from(said: release::Deprecation) -> Self {
        Self {
            message: said.message,
            versions: said.versions.map(|versions| versions.to_string()),
            replacement: said.replacement.map(|module| module.to_string()),
        }
    }
}

impl From<Deprecated> for Deprecation {
    fn from(said: Deprecated) -> Self {
        Self { message: said.message, versions: None, replacement: said.replacement.map(|module| module.to_string()) }
    }
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

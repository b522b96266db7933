//! A module's settings.

use crate::settings::Settings;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A module's settings.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Configuration {
    /// What the tenant set.
    #[schema(value_type = Object)]
    pub(in crate::http) config: Value,
    /// What the module sees: the schema's defaults under what the tenant set.
    #[schema(value_type = Object)]
    pub(in crate::http) effective: Value,
    /// How often it was changed.
    pub(in crate::http) revision: i64,
}

impl From<Settings> for Configuration {
    fn from(settings: Settings) -> Self {
        Self { config: settings.own, effective: settings.effective, revision: settings.revision }
    }
}

/// New settings; they replace the earlier ones.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewConfiguration {
    /// What the tenant sets; the schema's defaults apply to what is left out.
    #[schema(value_type = Object)]
    pub(in crate::http) config: Value,
}

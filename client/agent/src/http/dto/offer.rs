//! What would be installed.

use super::installation::{AdvisoryNotice, DeprecationNotice};
use crate::offer::Offered;
use adx_index::manifest::Permission;
use serde::Serialize;
use utoipa::ToSchema;

/// A version that would be installed, and what it asks for.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Offer {
    /// The module.
    #[schema(example = "acme/greeter")]
    module: String,
    /// The version.
    #[schema(example = "1.2.3")]
    version: String,
    /// The permissions it asks for, the required ones first.
    permissions: Vec<AskedPermission>,
    /// The advisories that hold of it, the worst first.
    advisories: Vec<AdvisoryNotice>,
    /// What its publisher says, if it advises against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<DeprecationNotice>,
}

/// A permission that a module asks for.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct AskedPermission {
    /// As it is granted.
    #[schema(example = "kv")]
    permission: String,
    /// What it allows, for people.
    words: String,
    /// Whether the module cannot do without it.
    required: bool,
}

impl From<Offered> for Offer {
    fn from(offered: Offered) -> Self {
        let Offered { package, deprecated, affecting } = offered;
        let manifest = package.manifest();
        let asked = |required: bool| {
            move |permission: &Permission| AskedPermission {
                permission: permission.to_string(),
                words: permission.in_words(),
                required,
            }
        };
        let permissions = &manifest.permissions;
        Self {
            module: manifest.id().to_string(),
            version: package.pin().version.to_string(),
            permissions: permissions
                .required
                .iter()
                .map(asked(true))
                .chain(permissions.optional.iter().map(asked(false)))
                .collect(),
            advisories: affecting.into_iter().map(AdvisoryNotice::from).collect(),
            deprecated: deprecated.map(DeprecationNotice::from),
        }
    }
}

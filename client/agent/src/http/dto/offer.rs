//! What would be installed.

use crate::verify::VerifiedPackage;
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

impl From<VerifiedPackage> for Offer {
    fn from(package: VerifiedPackage) -> Self {
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
        }
    }
}

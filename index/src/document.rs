//! What a search engine indexes of a module: its latest version, flattened.

use adx_signing::{ModuleId, Name, Namespace};
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::{line::Deprecated, manifest::Manifest};

/// One module in the search index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchDocument {
    /// `namespace/name`, the document's key.
    pub id: ModuleId,
    /// Who publishes it.
    pub namespace: Namespace,
    /// What it is called.
    pub name: Name,
    /// The name for people.
    pub display_name: String,
    /// One or two sentences.
    pub description: String,
    /// The category it is filed under.
    pub category: Option<String>,
    /// Words it is also found by.
    pub tags: Vec<String>,
    /// The newest version that can be installed.
    pub latest: Version,
    /// The permissions it asks for, required and optional, as text.
    pub permissions: Vec<String>,
    /// When `latest` was released, RFC 3339 in UTC.
    pub updated_at: String,
    /// That its publisher advises against `latest`.
    #[serde(default)]
    pub deprecated: Option<Deprecated>,
}

impl SearchDocument {
    /// Flattens the manifest of a module's latest version.
    pub fn new(manifest: &Manifest, updated_at: impl Into<String>) -> Self {
        Self {
            id: manifest.id(),
            namespace: manifest.module.publisher.clone(),
            name: manifest.module.name.clone(),
            display_name: manifest.module.display_name.clone(),
            description: manifest.module.description.clone(),
            category: manifest.marketplace.category.clone(),
            tags: manifest.marketplace.tags.clone(),
            latest: manifest.module.version.clone(),
            permissions: manifest.permissions.texts(),
            updated_at: updated_at.into(),
            deprecated: None,
        }
    }
}

//! What a search engine indexes of a module: its latest version, flattened.

use adx_signing::{ModuleId, Name, Namespace};
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::{line::Deprecated, manifest::Pricing, quality::Ratings};

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
    /// Platform versions that `latest` runs on, in the words of the manifest.
    pub requires: String,
    /// How it is paid for.
    pub price: PriceModel,
    /// Whether its publisher has proved whom it is.
    pub verified: bool,
    /// When its first version was released, RFC 3339 in UTC.
    pub created_at: String,
    /// What people gave it.
    pub ratings: Ratings,
    /// How often it was installed.
    pub installs: u64,
    /// How often in the last days.
    pub recent_installs: u64,
    /// How good it is, whatever is looked for: [`crate::quality::quality`].
    pub quality: u16,
}

/// How a module is paid for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PriceModel {
    /// It costs nothing.
    #[default]
    Free,
    /// Once.
    OneTime,
    /// Again and again.
    Subscription,
}

impl PriceModel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Free, Self::OneTime, Self::Subscription];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::OneTime => "one-time",
            Self::Subscription => "subscription",
        }
    }
}

impl From<&Pricing> for PriceModel {
    fn from(pricing: &Pricing) -> Self {
        match pricing {
            Pricing::Free => Self::Free,
            Pricing::OneTime { .. } => Self::OneTime,
            Pricing::Subscription { .. } => Self::Subscription,
        }
    }
}

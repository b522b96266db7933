//! What a listing shows besides a module's description.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Permission;

/// How a module is shown to those who choose.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Listing {
    /// The language that name, description and README are in, if the manifest has the one that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "de")]
    pub language: Option<String>,
    /// The other languages that the manifest has.
    pub languages: Vec<String>,
    /// Its pictures, in the order of the manifest.
    pub screenshots: Vec<Screenshot>,
    /// Where it can be tried without being installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demo: Option<String>,
    /// Where it is documented besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
    /// Where its users ask: a mail address, or a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support: Option<String>,
    /// What it costs.
    pub pricing: Pricing,
    /// Days it may be tried; 0 is none.
    pub trial_days: u32,
    /// What has changed since the release before, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<ListingChanges>,
    /// Other modules of the same publisher.
    pub other_modules: Vec<OtherModule>,
}

/// A picture: drawn anew by the registry, as JPEG.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Screenshot {
    /// Where it is, at most 1,600 pixels wide, relative to this server.
    pub url: String,
    /// The same at most 480 pixels wide.
    pub thumbnail_url: String,
}

/// How a module is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PricingModel {
    /// Not at all.
    Free,
    /// Once.
    OneTime,
    /// Each month.
    Monthly,
    /// Each year.
    Yearly,
}

/// What a module costs, by its manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pricing {
    /// How it is paid for.
    pub model: PricingModel,
    /// The price in the currency's minor unit, such as cents; none where it is free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_minor: Option<u64>,
    /// ISO 4217; none where it is free.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "EUR")]
    pub currency: Option<String>,
    /// Whether each seat costs it, not the module as a whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub per_seat: bool,
    /// What seats cost beyond the first ones, in ascending order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<PriceTier>,
}

/// What each seat costs from one on, up to the next tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PriceTier {
    /// The first seat that costs it.
    pub from: u32,
    /// In the minor unit of the price's currency.
    pub amount_minor: u64,
}

/// What a release asks for that the one before did not, and the other way around.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ListingChanges {
    /// The version it is compared with: the highest below it that can be installed.
    pub since: String,
    /// Permissions, hosts among them, that it asks for from now on.
    pub added_permissions: Vec<Permission>,
    /// Those it does not ask for any more.
    pub removed_permissions: Vec<Permission>,
    /// What it did cost, if that was something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pricing_before: Option<Pricing>,
}

/// Another module of the same publisher.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OtherModule {
    /// `namespace/name`.
    pub module: String,
    /// The name to show.
    pub display_name: String,
    /// One sentence.
    pub description: String,
}

/// The pages of documentation that a version brings along: the Markdown files under `docs/`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DocumentationIndex {
    /// The pages, by path.
    pub pages: Vec<DocumentationEntry>,
}

/// A page of documentation in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DocumentationEntry {
    /// Its path under `docs/`.
    #[schema(example = "guide.md")]
    pub path: String,
    /// Its first heading; its path where it has none.
    pub title: String,
}

/// A page of documentation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DocumentationPage {
    /// Its path under `docs/`.
    pub path: String,
    /// Its first heading; its path where it has none.
    pub title: String,
    /// The page, rendered and sanitised.
    pub html: String,
}

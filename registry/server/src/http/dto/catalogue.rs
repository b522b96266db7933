//! Modules, versions, search and the change feed.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::trusted::Provenance;
use super::{AdvisorySummary, Deprecation, Finding, Listing, ListingChanges};

/// What a publish answers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PublishReceipt {
    /// `namespace/name`.
    #[schema(example = "adhera/hello")]
    pub module: String,
    /// The version, SemVer.
    #[schema(example = "1.0.0")]
    pub version: String,
    /// sha256 of the package, 64 lowercase hex digits.
    pub sha256: String,
    /// Size of the package in bytes.
    pub size_bytes: u64,
    /// When it was made public.
    #[serde(with = "time::serde::rfc3339")]
    pub released_at: OffsetDateTime,
    /// Its place in the change feed.
    pub seq: u64,
    /// Its number in the transparency log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<u64>,
    /// What checks found that kept it from nobody; of a new release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// A permission a module asks for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Permission {
    /// As written in the manifest.
    #[schema(example = "http:https://api.example.com")]
    pub permission: String,
    /// Whether the module cannot run without it.
    pub required: bool,
    /// What it allows, for a reader who is no programmer.
    #[schema(example = "Store small values for your tenant")]
    pub words: String,
}

/// Who owns a namespace, in short.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PublisherReference {
    /// The namespace.
    pub namespace: String,
    /// The name to show.
    pub display_name: String,
    /// The domain that it showed to hold, by a record in the DNS; none if it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_domain: Option<String>,
}

/// A version in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VersionSummary {
    /// SemVer.
    pub version: String,
    /// sha256 of the package.
    pub sha256: String,
    /// Size of the package in bytes.
    pub size_bytes: u64,
    /// Which platform versions it fits.
    #[schema(example = "^1.0")]
    pub adx_core_version: String,
    /// Yanked: not chosen any more, still served.
    pub yanked: bool,
    /// Why it was yanked, if its publisher said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yanked_for: Option<String>,
    /// Why a yank was taken back, if there was one and its publisher said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unyanked_for: Option<String>,
    /// Why the registry put it into quarantine, if it did: it cannot be installed, and runs on where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantined_for: Option<String>,
    /// Why it was taken down, if it was: neither its package nor its page is served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_down_for: Option<String>,
    /// When it was made public.
    #[serde(with = "time::serde::rfc3339")]
    pub released_at: OffsetDateTime,
}

/// A module's page. Descriptive fields are those of the latest version.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Module {
    /// `namespace/name`.
    pub module: String,
    /// The name to show.
    pub display_name: String,
    /// One sentence.
    pub description: String,
    /// Its category, if it names one.
    pub category: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Who publishes it.
    pub publisher: PublisherReference,
    /// The newest version that is neither yanked nor in quarantine (the newest of all, when all are).
    pub latest: String,
    /// SPDX expression.
    pub license: String,
    /// Its home page.
    pub homepage: Option<String>,
    /// Its source.
    pub repository: Option<String>,
    /// When its first version was released.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its latest version was released.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// The newest versions, newest first; `…/versions` pages through all of them.
    pub versions: Vec<VersionSummary>,
    /// What the latest version asks for.
    pub permissions: Vec<Permission>,
    /// The README, rendered and sanitised.
    pub readme_html: Option<String>,
    /// How it is shown to those who choose.
    pub listing: Listing,
    /// Why the registry put the whole module into quarantine, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantined_for: Option<String>,
    /// What its publisher says, if it advises against the module or some of its versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecation: Option<Deprecation>,
    /// The advisories that hold of some of its versions, the last one first.
    pub advisories: Vec<AdvisorySummary>,
}

/// A page of versions, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VersionPage {
    /// The versions.
    pub versions: Vec<VersionSummary>,
    /// Pass as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A dependency on another module.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Dependency {
    /// `namespace/name`.
    pub module: String,
    /// The version requirement.
    #[schema(example = "^1.2")]
    pub requirement: String,
}

/// Everything about one version.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VersionDetail {
    /// `namespace/name`.
    pub module: String,
    /// SemVer.
    pub version: String,
    /// sha256 of the package.
    pub sha256: String,
    /// Size of the package in bytes.
    pub size_bytes: u64,
    /// When it was made public.
    #[serde(with = "time::serde::rfc3339")]
    pub released_at: OffsetDateTime,
    /// Yanked: not chosen any more, still served.
    pub yanked: bool,
    /// Why it was yanked, if its publisher said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yanked_for: Option<String>,
    /// Why a yank was taken back, if there was one and its publisher said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unyanked_for: Option<String>,
    /// What its publisher says, if it advises against this version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecation: Option<Deprecation>,
    /// The advisories that hold of it, the last one first.
    pub advisories: Vec<AdvisorySummary>,
    /// Why the registry put it into quarantine, if it did: it cannot be installed, and runs on where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantined_for: Option<String>,
    /// The key that signed it.
    pub key_id: String,
    /// Which platform versions it fits.
    pub adx_core_version: String,
    /// The world its component is made for.
    #[schema(example = "adx:module/module@1.0.0")]
    pub world: String,
    /// The modules it needs.
    pub dependencies: Vec<Dependency>,
    /// What it asks for.
    pub permissions: Vec<Permission>,
    /// The run of a trusted workflow that published it, if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// The manifest as JSON.
    #[schema(value_type = Object)]
    pub manifest: serde_json::Value,
    /// The publisher's DSSE envelope over the release statement.
    #[schema(value_type = Object)]
    pub envelope: serde_json::Value,
    /// Where the package is, relative to this server.
    pub package_url: String,
    /// The README, rendered and sanitised.
    pub readme_html: Option<String>,
    /// The changelog, rendered and sanitised.
    pub changelog_html: Option<String>,
    /// What it changes in the release before it, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<ListingChanges>,
    /// Where its bill of materials is, relative to this server, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sbom_url: Option<String>,
}

/// How search results are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SearchSort {
    /// Best match first; without words, latest release first.
    #[default]
    Relevance,
    /// Latest first release first.
    New,
    /// Latest release first.
    Updated,
    /// By name.
    Name,
}

/// A module that was found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SearchHit {
    /// `namespace/name`.
    pub module: String,
    /// The name to show.
    pub display_name: String,
    /// One sentence.
    pub description: String,
    /// The newest version.
    pub latest: String,
    /// Its category, if it names one.
    pub category: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The part of the description that matched: HTML with `<b>` around the words, all else escaped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub highlight: Option<String>,
    /// The display name in the same way, if some of it matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_highlight: Option<String>,
    /// How it is paid for: `free`, `one-time`, `subscription`.
    pub price: String,
    /// Whether its publisher is verified.
    pub verified: bool,
    /// What its publisher says, if it advises against the newest version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecation: Option<Deprecation>,
}

/// A page of search results.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SearchPage {
    /// How many modules match.
    pub total: u64,
    /// This page of them.
    pub hits: Vec<SearchHit>,
    /// Pass as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// How many modules have which values; absent unless it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facets: Option<SearchFacets>,
    /// The words with the nearest in place of those that stand in no module, if little was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub did_you_mean: Option<String>,
}

/// How many of the modules that match have which values, the most frequent first. What is asked of a facet is left out of
/// account for its own values: whoever chose one still sees how many have another.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SearchFacets {
    /// Categories.
    pub category: Vec<FacetCount>,
    /// Tags.
    pub tag: Vec<FacetCount>,
    /// Ways of paying: `free`, `one-time`, `subscription`.
    pub price: Vec<FacetCount>,
    /// Namespaces.
    pub publisher: Vec<FacetCount>,
    /// Platform versions that they run on, in the words of their manifests.
    pub compatibility: Vec<FacetCount>,
    /// Whether the publisher is verified: `true`, `false`.
    pub verified: Vec<FacetCount>,
}

/// How many modules have a value.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FacetCount {
    /// The value.
    pub value: String,
    /// How many modules.
    pub modules: u64,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// A version was made public.
    Release,
    /// A version is not chosen any more.
    Yank,
    /// It is chosen again.
    Unyank,
    /// A version cannot be installed.
    Quarantine,
    /// It can be installed again.
    ReleaseFromQuarantine,
}

/// One entry of the change feed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// Its place in the feed: 1, 2, 3, … without gaps.
    pub seq: u64,
    /// What happened.
    pub kind: ChangeKind,
    /// `namespace/name`.
    pub module: String,
    /// SemVer.
    pub version: String,
    /// sha256 of the package.
    pub sha256: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A stretch of the change feed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Changes {
    /// The changes after the one asked for, oldest first.
    pub changes: Vec<Change>,
    /// Pass as `after` next time. Less than what was asked for where the feed ends before that.
    pub next: u64,
}

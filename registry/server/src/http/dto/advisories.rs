//! Advisories.

use std::fmt::Display;

use adx_index::affected::VersionRange;
use adx_registry_core::{
    advisories::{self, Advisory as Known},
    reason::BadReason,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use crate::render;

/// How much harm is to be feared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// The utmost.
    Critical,
}

/// Affected versions, in the order of SemVer, pre-releases among them. Send either a requirement, or where it begins and ends.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AffectedVersions {
    /// A requirement, which is told as a beginning and an end afterwards.
    #[schema(example = "<1.4.2")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    /// The first affected version; from the beginning when left out.
    #[schema(example = "1.0.0")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introduced: Option<String>,
    /// The first version that is not affected any more; to the end when left out.
    #[schema(example = "1.4.2")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed: Option<String>,
}

/// What an advisory shall say.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAdvisory {
    /// What it is: one line without markup, 200 characters at most.
    #[schema(example = "answers whoever asks")]
    pub title: String,
    /// The whole story: Markdown, 32 KiB at most.
    #[serde(default)]
    pub details: String,
    /// How much harm is to be feared.
    pub severity: Severity,
    /// A CVSS vector of version 3.0, 3.1 or 4.0.
    #[schema(example = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N")]
    pub cvss: Option<String>,
    /// Which versions, 1 to 20 ranges.
    pub affected: Vec<AffectedVersions>,
    /// Web addresses where to read on, 20 at most.
    #[serde(default)]
    pub references: Vec<String>,
    /// Its names elsewhere, 20 at most.
    #[schema(example = json!(["CVE-2026-12345"]))]
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// An advisory in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AdvisorySummary {
    /// Its name.
    #[schema(example = "ADX-2026-0001")]
    pub id: String,
    /// `namespace/name` of the module it is about.
    pub module: String,
    /// What it is, in one line.
    pub title: String,
    /// How much harm is to be feared.
    pub severity: Severity,
    /// Which versions.
    pub affected: Vec<AffectedVersions>,
    /// The versions to go to.
    pub patched: Vec<String>,
    /// Whether an operator of the registry stands for it, and not only the module's publisher.
    pub confirmed: bool,
    /// When it was filed.
    #[serde(with = "time::serde::rfc3339")]
    pub published_at: OffsetDateTime,
    /// When it was changed last.
    #[serde(with = "time::serde::rfc3339")]
    pub modified_at: OffsetDateTime,
    /// Since when it holds no more, if it does not.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<OffsetDateTime>,
}

/// An advisory.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Advisory {
    /// What lists tell of it.
    #[serde(flatten)]
    pub summary: AdvisorySummary,
    /// How often it was changed, and its publication.
    pub revision: u64,
    /// The whole story, as it was sent.
    pub details: String,
    /// The same, rendered and sanitised.
    pub details_html: String,
    /// The CVSS vector, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cvss: Option<String>,
    /// Where to read on.
    pub references: Vec<String>,
    /// Its names elsewhere.
    pub aliases: Vec<String>,
    /// It as a document of the Open Source Vulnerability format, as the log has its digest.
    #[schema(value_type = Object)]
    pub osv: serde_json::Value,
}

/// A page of advisories, in the order they were filed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AdvisoryList {
    /// The advisories.
    pub advisories: Vec<AdvisorySummary>,
    /// Pass as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Which advisories.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AdvisoriesQuery {
    /// `namespace/name`: only those of this module.
    pub module: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// At most so many, 1 to 100.
    #[param(default = 50, minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

impl From<adx_index::advisory::Severity> for Severity {
    fn from(severity: adx_index::advisory::Severity) -> Self {
        match severity {
            adx_index::advisory::Severity::Low => Self::Low,
            adx_index::advisory::Severity::Medium => Self::Medium,
            adx_index::advisory::Severity::High => Self::High,
            adx_index::advisory::Severity::Critical => Self::Critical,
        }
    }
}

impl From<Severity> for adx_index::advisory::Severity {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Low => Self::Low,
            Severity::Medium => Self::Medium,
            Severity::High => Self::High,
            Severity::Critical => Self::Critical,
        }
    }
}

/// A text of an advisory that cannot be read as what it must be.
#[derive(Debug, Error)]
#[error("`{member}`: {reason}")]
pub struct UnreadableAdvisory {
    member: &'static str,
    reason: String,
}

impl UnreadableAdvisory {
    fn of(member: &'static str) -> impl Fn(&dyn Display) -> Self {
        move |reason| Self { member, reason: reason.to_string() }
    }
}

impl TryFrom<NewAdvisory> for advisories::Content {
    type Error = UnreadableAdvisory;

    fn try_from(body: NewAdvisory) -> Result<Self, UnreadableAdvisory> {
        let unreadable = UnreadableAdvisory::of("references");
        let reference = |text: &String| text.parse().map_err(|error: url::ParseError| unreadable(&error));
        let title = body.title.parse().map_err(|error: BadReason| UnreadableAdvisory::of("title")(&error))?;
        Ok(Self {
            title,
            details: body.details,
            severity: body.severity.into(),
            cvss: body.cvss,
            affected: body.affected.iter().map(VersionRange::try_from).collect::<Result<_, _>>()?,
            references: body.references.iter().map(reference).collect::<Result<_, _>>()?,
            aliases: body.aliases,
        })
    }
}

impl TryFrom<&AffectedVersions> for VersionRange {
    type Error = UnreadableAdvisory;

    fn try_from(affected: &AffectedVersions) -> Result<Self, UnreadableAdvisory> {
        let unreadable = UnreadableAdvisory::of("affected");
        let AffectedVersions { requirement, introduced, fixed } = affected;
        match requirement {
            Some(_) if introduced.is_some() || fixed.is_some() => {
                Err(unreadable(&"a range is either a requirement, or a beginning and an end"))
            }
            Some(requirement) => {
                let requirement = requirement.parse().map_err(|error: semver::Error| unreadable(&error))?;
                Ok(Self::of(&requirement))
            }
            None => {
                let version = |text: &String| text.parse().map_err(|error: semver::Error| unreadable(&error));
                Ok(Self {
                    introduced: introduced.as_ref().filter(|first| *first != "0").map(version).transpose()?,
                    fixed: fixed.as_ref().map(version).transpose()?,
                })
            }
        }
    }
}

impl From<&VersionRange> for AffectedVersions {
    fn from(range: &VersionRange) -> Self {
        Self {
            requirement: None,
            introduced: range.introduced.as_ref().map(ToString::to_string),
            fixed: range.fixed.as_ref().map(ToString::to_string),
        }
    }
}

impl From<&Known> for AdvisorySummary {
    fn from(known: &Known) -> Self {
        Self {
            id: known.id.to_string(),
            module: known.module.to_string(),
            title: known.content.title.to_string(),
            severity: known.content.severity.into(),
            affected: known.content.affected.iter().map(AffectedVersions::from).collect(),
            patched: known.patched().into_iter().map(ToString::to_string).collect(),
            confirmed: known.confirmed,
            published_at: known.published.into(),
            modified_at: known.modified.into(),
            withdrawn_at: known.withdrawn.map(Into::into),
        }
    }
}

impl Advisory {
    /// An advisory with its document.
    ///
    /// # Errors
    /// If its document is no JSON.
    pub fn new(known: &Known) -> Result<Self, serde_json::Error> {
        let content = &known.content;
        Ok(Self {
            summary: known.into(),
            revision: known.revision,
            details_html: render::markdown(&content.details),
            details: content.details.clone(),
            cvss: content.cvss.clone(),
            references: content.references.iter().map(ToString::to_string).collect(),
            aliases: content.aliases.clone(),
            osv: serde_json::from_str(&known.to_document())?,
        })
    }
}

impl From<advisories::AdvisoryPage> for AdvisoryList {
    fn from(page: advisories::AdvisoryPage) -> Self {
        Self {
            advisories: page.advisories.iter().map(AdvisorySummary::from).collect(),
            next_cursor: page.next.map(|id| id.to_string()),
        }
    }
}

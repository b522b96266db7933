//! An advisory as a document of the Open Source Vulnerability format, version 1.7 (<https://ossf.github.io/osv-schema/>). The document
//! is what is kept and served: the log has its digest.

use adx_index::advisory::{AdvisoryId, Severity};
use adx_index::affected::VersionRange;
use adx_signing::UtcSecond;
use adx_signing::name::ModuleId;
use semver::Version;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use super::{Advisory, Content};
use crate::reason::Reason;

/// What modules are called as an ecosystem of packages.
pub const AFFECTED_ECOSYSTEM: &str = "ADX";
/// The version of the format.
const SCHEMA_VERSION: &str = "1.7.0";

/// A text that is no document of ours.
#[derive(Debug, Error)]
pub enum BadDocument {
    /// Not JSON of this form.
    #[error("it is no document of an advisory")]
    Json(#[from] serde_json::Error),
    /// A member that is missing, or says something that we do not write.
    #[error("`{0}` is not as we write it")]
    Member(&'static str),
}

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    schema_version: String,
    id: AdvisoryId,
    modified: UtcSecond,
    published: UtcSecond,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withdrawn: Option<UtcSecond>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<String>,
    summary: String,
    details: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    severity: Vec<Score>,
    affected: Vec<Affected>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    references: Vec<Reference>,
    database_specific: Specific,
}

#[derive(Debug, Serialize, Deserialize)]
struct Score {
    #[serde(rename = "type")]
    kind: String,
    score: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Affected {
    package: Package,
    ranges: Vec<Range>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Package {
    ecosystem: String,
    name: ModuleId,
}

#[derive(Debug, Serialize, Deserialize)]
struct Range {
    #[serde(rename = "type")]
    kind: String,
    events: Vec<Event>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Event {
    Introduced(String),
    Fixed(Version),
}

#[derive(Debug, Serialize, Deserialize)]
struct Reference {
    #[serde(rename = "type")]
    kind: String,
    url: Url,
}

/// What the format has no member for.
#[derive(Debug, Serialize, Deserialize)]
struct Specific {
    severity: Severity,
    revision: u64,
    confirmed: bool,
}

impl Advisory {
    /// The document.
    ///
    /// # Panics
    /// Never: it is plain JSON.
    #[expect(clippy::expect_used, reason = "a document is plain JSON")]
    pub fn to_document(&self) -> String {
        serde_json::to_string(&self.document()).expect("a document is plain JSON")
    }

    fn document(&self) -> Document {
        let Content { title, details, severity, cvss, affected, references, aliases } = &self.content;
        let web = |url: &Url| Reference { kind: "WEB".to_owned(), url: url.clone() };
        let score = |vector: &String| Score {
            kind: if vector.starts_with("CVSS:4") { "CVSS_V4" } else { "CVSS_V3" }.to_owned(),
            score: vector.clone(),
        };
        Document {
            schema_version: SCHEMA_VERSION.to_owned(),
            id: self.id,
            modified: self.modified,
            published: self.published,
            withdrawn: self.withdrawn,
            aliases: aliases.clone(),
            summary: title.to_string(),
            details: details.clone(),
            severity: cvss.iter().map(score).collect(),
            affected: vec![Affected {
                package: Package { ecosystem: AFFECTED_ECOSYSTEM.to_owned(), name: self.module.clone() },
                ranges: affected.iter().map(range).collect(),
            }],
            references: references.iter().map(web).collect(),
            database_specific: Specific { severity: *severity, revision: self.revision, confirmed: self.confirmed },
        }
    }

    /// Reads a document of ours.
    ///
    /// # Errors
    /// [`BadDocument`]
    pub fn parse(text: &str) -> Result<Self, BadDocument> {
        let document: Document = serde_json::from_str(text)?;
        let [affected] = document.affected.as_slice() else { return Err(BadDocument::Member("affected")) };
        let ranges = affected.ranges.iter().map(stretch).collect::<Option<Vec<_>>>();
        let Specific { severity, revision, confirmed } = document.database_specific;
        Ok(Self {
            id: document.id,
            revision,
            module: affected.package.name.clone(),
            content: Content {
                title: document.summary.parse::<Reason>().map_err(|_| BadDocument::Member("summary"))?,
                details: document.details,
                severity,
                cvss: document.severity.into_iter().next().map(|score| score.score),
                affected: ranges.ok_or(BadDocument::Member("ranges"))?,
                references: document.references.into_iter().map(|reference| reference.url).collect(),
                aliases: document.aliases,
            },
            confirmed,
            published: document.published,
            modified: document.modified,
            withdrawn: document.withdrawn,
        })
    }
}

fn range(affected: &VersionRange) -> Range {
    let first = affected.introduced.as_ref().map_or_else(|| "0".to_owned(), ToString::to_string);
    let mut events = vec![Event::Introduced(first)];
    events.extend(affected.fixed.clone().map(Event::Fixed));
    Range { kind: "SEMVER".to_owned(), events }
}

fn stretch(range: &Range) -> Option<VersionRange> {
    let introduced = |first: &String| if first == "0" { Some(None) } else { first.parse().ok().map(Some) };
    match range.events.as_slice() {
        [Event::Introduced(first)] => Some(VersionRange { introduced: introduced(first)?, fixed: None }),
        [Event::Introduced(first), Event::Fixed(end)] => {
            Some(VersionRange { introduced: introduced(first)?, fixed: Some(end.clone()) })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advisory() -> Advisory {
        Advisory {
            id: AdvisoryId::new(2026, 7),
            revision: 2,
            module: "adx/hello".parse().unwrap(),
            content: Content {
                title: "answers strangers".parse().unwrap(),
                details: "# How\n\nIt *does*.".to_owned(),
                severity: Severity::High,
                cvss: Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N".to_owned()),
                affected: vec![
                    VersionRange { introduced: None, fixed: Some("1.2.0".parse().unwrap()) },
                    VersionRange { introduced: Some("2.0.0-rc.1".parse().unwrap()), fixed: None },
                ],
                references: vec!["https://example.org/story".parse().unwrap()],
                aliases: vec!["CVE-2026-12345".to_owned()],
            },
            confirmed: true,
            published: "2026-11-28T12:00:00Z".parse().unwrap(),
            modified: "2026-11-28T13:00:00Z".parse().unwrap(),
            withdrawn: None,
        }
    }

    /// Others' tools read this: a change here is a change of the format.
    #[test]
    fn the_form_of_a_document() {
        assert_eq!(
            advisory().to_document(),
            concat!(
                r#"{"schema_version":"1.7.0","id":"ADX-2026-0007","modified":"2026-11-28T13:00:00Z","#,
                r#""published":"2026-11-28T12:00:00Z","aliases":["CVE-2026-12345"],"summary":"answers strangers","#,
                r##""details":"# How\n\nIt *does*.","severity":[{"type":"CVSS_V3","##,
                r#""score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],"affected":[{"package":"#,
                r#"{"ecosystem":"ADX","name":"adx/hello"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},"#,
                r#"{"fixed":"1.2.0"}]},{"type":"SEMVER","events":[{"introduced":"2.0.0-rc.1"}]}]}],"#,
                r#""references":[{"type":"WEB","url":"https://example.org/story"}],"#,
                r#""database_specific":{"severity":"high","revision":2,"confirmed":true}}"#
            )
        );
    }

    #[test]
    fn a_document_is_read_back() {
        let withdrawn = Advisory { withdrawn: Some("2026-11-29T00:00:00Z".parse().unwrap()), ..advisory() };
        for advisory in [advisory(), withdrawn] {
            assert_eq!(Advisory::parse(&advisory.to_document()).unwrap(), advisory);
        }
        assert!(Advisory::parse("{}").is_err());
    }
}

//! What is read of a record of OSV.

use std::str::FromStr as _;

use cvss::Cvss;
use serde::Deserialize;
use serde_json::Value;

use super::Severity;

#[derive(Debug, Deserialize)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) summary: Option<String>,
    pub(super) withdrawn: Option<String>,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    #[serde(default)]
    severity: Vec<Score>,
    #[serde(default)]
    pub(super) affected: Vec<AffectedPackage>,
    database_specific: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Score {
    score: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct AffectedPackage {
    pub(super) package: Option<PackageName>,
    #[serde(default)]
    pub(super) ranges: Vec<Range>,
    #[serde(default)]
    pub(super) versions: Vec<String>,
    #[serde(default)]
    severity: Vec<Score>,
    database_specific: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PackageName {
    pub(super) ecosystem: String,
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Range {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) events: Vec<Event>,
}

/// Each object of the list has one of these.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub(super) introduced: Option<String>,
    pub(super) fixed: Option<String>,
    pub(super) last_affected: Option<String>,
}

impl Record {
    /// How bad it is for one package: high and critical ones are errors, and packages made to do harm. Where nothing is said,
    /// somebody should look.
    pub(super) fn severity_of(&self, affected: &AffectedPackage) -> Severity {
        if self.id.starts_with("MAL-") {
            return Severity::Error;
        }
        let text = |value: &Option<Value>, key: &str| value.as_ref()?.get(key)?.as_str().map(str::to_owned);
        if text(&affected.database_specific, "informational").is_some_and(|kind| kind == "unmaintained") {
            return Severity::Note;
        }
        let scores =
            || affected.severity.iter().chain(&self.severity).filter_map(|score| Cvss::from_str(&score.score).ok());
        if scores().any(|score| score.severity() >= cvss::Severity::High) {
            return Severity::Error;
        }
        let word = text(&affected.database_specific, "severity").or_else(|| text(&self.database_specific, "severity"));
        let is_high = word.is_some_and(|word| matches!(word.to_ascii_uppercase().as_str(), "HIGH" | "CRITICAL"));
        if scores().next().is_none() && is_high { Severity::Error } else { Severity::Warning }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn severity(json: &str) -> Severity {
        let record: Record = serde_json::from_str(json).unwrap();
        record.severity_of(&record.affected[0])
    }

    #[test]
    fn severities() {
        let vector = |vector: &str| {
            severity(&format!(
                r#"{{"id": "A", "severity": [{{"type": "x", "score": "{vector}"}}], "affected": [{{}}]}}"#
            ))
        };
        assert_eq!(vector("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), Severity::Error);
        assert_eq!(vector("CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"), Severity::Warning);
        assert_eq!(vector("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"), Severity::Error);
        assert_eq!(vector("nonsense"), Severity::Warning);
        assert_eq!(
            severity(r#"{"id": "A", "affected": [{}], "database_specific": {"severity": "high"}}"#),
            Severity::Error
        );
        assert_eq!(
            severity(r#"{"id": "A", "affected": [{"database_specific": {"severity": "LOW"}}]}"#),
            Severity::Warning
        );
    }
}

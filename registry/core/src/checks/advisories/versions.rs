//! Which versions a record is about (<https://ossf.github.io/osv-schema/#evaluation>).

use semver::Version;

use super::record::AffectedPackage;

/// The versions of a package that a record is about.
#[derive(Debug, Default)]
pub(super) struct Affected {
    /// Each named by itself. Ecosystems without semantic versions have all of theirs here.
    listed: Vec<String>,
    ranges: Vec<Vec<(Option<Version>, Kind)>>,
}

/// Events of one version are taken in this order: what ends is known before what begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Fixed,
    Introduced,
    LastAffected,
}

impl AffectedPackage {
    pub(super) fn versions(&self) -> Affected {
        let ranges = self.ranges.iter().filter(|range| range.kind == "SEMVER").map(|range| {
            let mut events: Vec<_> = range
                .events
                .iter()
                .filter_map(|event| {
                    let (text, kind) = match event {
                        super::record::Event { introduced: Some(text), .. } => (text, Kind::Introduced),
                        super::record::Event { fixed: Some(text), .. } => (text, Kind::Fixed),
                        super::record::Event { last_affected: Some(text), .. } => (text, Kind::LastAffected),
                        _ => return None,
                    };
                    // `0` is before every version.
                    if text == "0" { Some((None, kind)) } else { Some((Some(parse(text)?), kind)) }
                })
                .collect();
            events.sort();
            events
        });
        Affected { listed: self.versions.clone(), ranges: ranges.collect() }
    }
}

impl Affected {
    /// Whether it is about `version`.
    pub(super) fn holds(&self, version: &str) -> bool {
        if self.listed.iter().any(|listed| listed == version) {
            return true;
        }
        let Some(version) = parse(version) else { return false };
        self.ranges.iter().any(|events| {
            let mut affected = false;
            for (at, kind) in events {
                let reached = at.as_ref().is_none_or(|at| version.cmp_precedence(at).is_ge());
                match kind {
                    Kind::Introduced if reached => affected = true,
                    Kind::Fixed if reached => affected = false,
                    Kind::LastAffected if at.as_ref().is_none_or(|at| version.cmp_precedence(at).is_gt()) => {
                        affected = false;
                    }
                    _ => {}
                }
            }
            affected
        })
    }
}

/// A semantic version; Go writes a `v` before its own.
fn parse(text: &str) -> Option<Version> {
    Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn affected(json: &str) -> Affected {
        serde_json::from_str::<AffectedPackage>(json).unwrap().versions()
    }

    fn range(events: &str) -> Affected {
        affected(&format!(r#"{{"ranges": [{{"type": "SEMVER", "events": [{events}]}}]}}"#))
    }

    #[test]
    fn several_spans_in_one_range_in_any_order() {
        let affected = range(r#"{"fixed": "2.1.0"}, {"introduced": "2.0.0"}, {"fixed": "1.1.0"}, {"introduced": "0"}"#);
        for (version, expected) in [
            ("0.1.0", true),
            ("1.0.9", true),
            ("1.1.0", false),
            ("1.9.0", false),
            ("2.0.0", true),
            ("2.1.0", false),
            ("v2.0.5", true),
        ] {
            assert_eq!(affected.holds(version), expected, "{version}");
        }
    }

    #[test]
    fn prereleases_of_the_fix_are_affected() {
        let affected = range(r#"{"introduced": "1.0.0-0"}, {"fixed": "1.1.0"}"#);
        assert!(affected.holds("1.1.0-rc.1") && affected.holds("1.0.0-alpha"));
        assert!(!affected.holds("1.1.0+build") && !affected.holds("0.9.0"));
    }

    #[test]
    fn the_last_affected_is_affected() {
        let affected = range(r#"{"introduced": "1.0.0"}, {"last_affected": "1.4.0"}"#);
        assert!(affected.holds("1.4.0") && !affected.holds("1.4.1"));
    }

    #[test]
    fn listed_versions_need_no_semantics() {
        let affected =
            affected(r#"{"versions": ["2022.7"], "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}"#);
        assert!(affected.holds("2022.7") && !affected.holds("2023.1") && !affected.holds("1.0.0"));
    }
}

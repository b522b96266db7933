//! `advisories`: the components of a module that somebody has warned of. Reads the records of OSV
//! (<https://ossf.github.io/osv-schema/>); whence they come is the server's part.

mod record;
mod versions;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use adx_index::Package;
use adx_index::package::SBOM;
use packageurl::PackageUrl;

use self::record::Record;
use self::versions::{Affected, Holds, is_same};
use super::finding::told;
use super::sbom::{Bom, Component};
use super::{Finding, Severity};

/// The check's name.
pub const NAME: &str = "advisories";

/// Bytes of one record. The longest of osv.dev, which list every version of a package, have a few hundred thousand.
pub const MAX_RECORD_BYTES: u64 = 16 * 1024 * 1024;

/// Letters of a summary that are told.
const MAX_SUMMARY_CHARS: usize = 200;

/// Advisories, by what they are about.
#[derive(Debug, Default)]
pub struct Database {
    by_package: HashMap<Coordinates, Vec<Entry>>,
    records: usize,
}

/// A package of an ecosystem, both as OSV spells them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Coordinates {
    ecosystem: &'static str,
    name: String,
}

#[derive(Debug)]
struct Entry {
    advisory: Arc<Advisory>,
    affected: Affected,
    severity: Severity,
}

#[derive(Debug)]
struct Advisory {
    id: String,
    aliases: Vec<String>,
    summary: String,
}

impl Database {
    /// Adds a record. One that was withdrawn, or is about ecosystems that no package URL of ours names, adds nothing.
    ///
    /// # Errors
    /// When the bytes are no record of OSV.
    pub fn add(&mut self, json: &[u8]) -> Result<(), serde_json::Error> {
        let record: Record = serde_json::from_slice(json)?;
        if record.withdrawn.is_some() {
            return Ok(());
        }
        self.records += 1;
        let summary = record.summary.as_deref().unwrap_or_default();
        let advisory = Arc::new(Advisory {
            id: record.id.clone(),
            aliases: record.aliases.clone(),
            summary: summary.chars().take(MAX_SUMMARY_CHARS).filter(|character| !character.is_control()).collect(),
        });
        for affected in &record.affected {
            let Some(package) = &affected.package else { continue };
            let Some(ecosystem) = Ecosystem::named(&package.ecosystem) else { continue };
            let entry = Entry {
                advisory: Arc::clone(&advisory),
                affected: affected.versions(),
                severity: record.severity_of(affected),
            };
            let at = Coordinates { ecosystem: ecosystem.osv, name: (ecosystem.normal)(&package.name) };
            self.by_package.entry(at).or_default().push(entry);
        }
        Ok(())
    }

    /// How many records are in it.
    pub const fn len(&self) -> usize {
        self.records
    }

    /// Whether it holds nothing: there is no such database.
    pub const fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// What is or may be known against one version of a package, of all it is said to be; nobody says which where there is none.
    fn about(&self, at: &Coordinates, versions: &[&str]) -> Vec<(Holds, &Entry)> {
        let judge = |entry: &Entry| {
            let each = versions.iter().map(|version| entry.affected.holds(version));
            each.max().unwrap_or_else(|| entry.affected.holds_any())
        };
        let entries = self.by_package.get(at).into_iter().flatten();
        let mut hits: Vec<_> = entries.map(|entry| (judge(entry), entry)).collect();
        hits.retain(|(holds, _)| *holds != Holds::No);
        hits.sort_by(|(held, left), (holds, right)| {
            let worst_first = holds.cmp(held).then_with(|| right.severity.cmp(&left.severity));
            worst_first.then_with(|| left.advisory.id.cmp(&right.advisory.id))
        });
        // The same fault has a record of each of those who tell of it.
        let mut seen = BTreeSet::new();
        hits.retain(|(_, entry)| {
            let names: Vec<&str> =
                [&entry.advisory.id].into_iter().chain(&entry.advisory.aliases).map(String::as_str).collect();
            let known = names.iter().any(|name| seen.contains(name));
            seen.extend(names);
            !known
        });
        hits
    }
}

/// What is known of the components of a package. Nothing where it has no bill of materials that can be read: `sbom` tells of
/// that.
pub fn look_up(package: &Package, database: &Database) -> Vec<Finding> {
    let Some(Ok(bom)) = Bom::of(package) else { return Vec::new() };
    let mut findings = Vec::new();
    let mut elsewhere = BTreeSet::new();
    for component in bom.components() {
        let Some(purl) = component.purl() else { continue };
        match Coordinates::of(&purl) {
            Some((name, at)) => look_at(&name, &at, &purl, component, database, &mut findings),
            None => {
                elsewhere.insert(purl.ty().chars().take(40).collect::<String>());
            }
        }
    }
    if !elsewhere.is_empty() {
        let kinds: Vec<_> = elsewhere.into_iter().take(20).collect();
        let message = format!("no advisories are looked up for components of the kind {}", kinds.join(", "));
        findings.push(Finding::note("advisories-elsewhere", message).at(SBOM));
    }
    told(findings)
}

/// Looks up one component, by every version that it says it is of.
fn look_at(
    name: &str,
    at: &Coordinates,
    purl: &PackageUrl<'_>,
    component: &Component,
    database: &Database,
    findings: &mut Vec<Finding>,
) {
    let given = [purl.version(), component.version.as_deref()].into_iter().flatten();
    let mut versions: Vec<&str> = given.filter(|version| !version.trim().is_empty()).collect();
    versions.dedup_by(|other, one| is_same(one, other));
    if let [one, other] = versions[..] {
        let message = format!(
            "`{}` is {} by its `purl` and {} by its `version`: write the same in both",
            shown(name),
            shown(one),
            shown(other)
        );
        findings.push(Finding::warning("component-two-versions", message).at(SBOM));
    }
    let version = if versions.is_empty() { "without a version".to_owned() } else { shown(&versions.join(" or ")) };
    let (known, unknown): (Vec<_>, Vec<_>) =
        database.about(at, &versions).into_iter().partition(|(holds, _)| *holds == Holds::Yes);
    for (_, Entry { advisory, severity, .. }) in known {
        let message = format!(
            "`{}` {version} has {}: {}; update it, see https://osv.dev/vulnerability/{}",
            shown(name),
            shown(&advisory.id),
            if advisory.summary.is_empty() { "no summary" } else { &advisory.summary },
            shown(&advisory.id)
        );
        let rule = format!("{} in {} {version}", shown(&advisory.id), shown(name));
        findings.push(Finding::new(*severity, "advisory", message).at(SBOM).by_rule(rule));
    }
    if let Some(worst) = unknown.iter().map(|(_, entry)| entry.severity).max() {
        let ids: Vec<_> = unknown.iter().take(5).map(|(_, entry)| shown(&entry.advisory.id)).collect();
        let more = unknown.len() - ids.len();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let message = format!(
            "`{}` {version} cannot be compared with {}{more}: write the very version into its `purl`",
            shown(name),
            ids.join(", ")
        );
        findings.push(Finding::new(worst.min(Severity::Warning), "advisory-uncompared", message).at(SBOM));
    }
}

fn shown(text: &str) -> String {
    text.chars().take(100).collect::<String>().escape_debug().to_string()
}

/// A place that packages come from.
struct Ecosystem {
    /// In package URLs (<https://github.com/package-url/purl-spec>).
    purl: &'static str,
    /// In OSV.
    osv: &'static str,
    /// What parts namespace and name.
    between: &'static str,
    /// The one spelling of a name.
    normal: fn(&str) -> String,
}

/// What is told apart by case in an ecosystem, and is unique there without, is compared without: whoever writes a bill of materials
/// writes as they like.
const ECOSYSTEMS: [Ecosystem; 10] = [
    Ecosystem { purl: "cargo", osv: "crates.io", between: "/", normal: normal_cargo },
    Ecosystem { purl: "npm", osv: "npm", between: "/", normal: str::to_lowercase },
    Ecosystem { purl: "pypi", osv: "PyPI", between: "/", normal: normal_pypi },
    Ecosystem { purl: "golang", osv: "Go", between: "/", normal: str::to_lowercase },
    Ecosystem { purl: "gem", osv: "RubyGems", between: "/", normal: str::to_lowercase },
    Ecosystem { purl: "maven", osv: "Maven", between: ":", normal: str::to_owned },
    Ecosystem { purl: "nuget", osv: "NuGet", between: "/", normal: str::to_lowercase },
    Ecosystem { purl: "composer", osv: "Packagist", between: "/", normal: str::to_lowercase },
    Ecosystem { purl: "hex", osv: "Hex", between: "/", normal: str::to_lowercase },
    Ecosystem { purl: "pub", osv: "Pub", between: "/", normal: str::to_lowercase },
];

impl Ecosystem {
    fn named(osv: &str) -> Option<&'static Self> {
        ECOSYSTEMS.iter().find(|known| known.osv == osv)
    }
}

impl Coordinates {
    /// Those of a package URL, with the name as it is written there.
    fn of(purl: &PackageUrl<'_>) -> Option<(String, Self)> {
        let ecosystem = ECOSYSTEMS.iter().find(|known| known.purl == purl.ty())?;
        let name = match purl.namespace() {
            Some(namespace) => format!("{namespace}{}{}", ecosystem.between, purl.name()),
            None => purl.name().to_owned(),
        };
        let at = Self { ecosystem: ecosystem.osv, name: (ecosystem.normal)(&name) };
        Some((name, at))
    }
}

/// crates.io takes no second name that differs by case, or by `-` and `_`.
fn normal_cargo(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

/// PEP 503: lower case, runs of `-`, `_` and `.` are one `-`.
fn normal_pypi(name: &str) -> String {
    let lower = name.to_lowercase();
    lower.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::subjects::{codes, of_files};
    use super::*;

    fn bom(purls: &[&str]) -> Package {
        let components: Vec<_> = purls.iter().map(|purl| format!(r#"{{"name": "x", "purl": "{purl}"}}"#)).collect();
        let text =
            format!(r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{}]}}"#, components.join(","));
        of_files(&[(SBOM, &text)])
    }

    fn record(id: &str, ecosystem: &str, name: &str, more: &str) -> String {
        format!(
            r#"{{"id": "{id}", "modified": "2026-01-01T00:00:00Z", "summary": "It leaks.", "affected": [{{
                "package": {{"ecosystem": "{ecosystem}", "name": "{name}"}},
                "ranges": [{{"type": "SEMVER", "events": [{{"introduced": "0"}}, {{"fixed": "1.2.3"}}]}}]}}]{more}}}"#
        )
    }

    fn database(records: &[String]) -> Database {
        let mut database = Database::default();
        for record in records {
            database.add(record.as_bytes()).unwrap();
        }
        database
    }

    const CRITICAL: &str =
        r#", "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]"#;

    #[test]
    fn what_is_affected_is_found_once_and_what_is_not_is_not() {
        let database = database(&[
            record("GHSA-1", "crates.io", "leaky", CRITICAL),
            record("RUSTSEC-1", "crates.io", "leaky", r#", "aliases": ["GHSA-1"]"#),
            record("GHSA-2", "npm", "@scope/leaky", r#", "database_specific": {"severity": "MODERATE"}"#),
        ]);
        assert_eq!(look_up(&bom(&["pkg:cargo/leaky@1.2.3", "pkg:npm/leaky@1.0.0"]), &database), []);
        let findings = look_up(&bom(&["pkg:cargo/leaky@1.2.2", "pkg:npm/%40scope/leaky@1.0.0"]), &database);
        assert_eq!(codes(&findings), ["advisory", "advisory"]);
        assert_eq!((findings[0].severity, findings[1].severity), (Severity::Error, Severity::Warning));
        assert!(findings[0].message.starts_with("`leaky` 1.2.2 has GHSA-1: It leaks."), "{findings:?}");
        assert!(findings[1].message.contains("GHSA-2"), "{findings:?}");
    }

    #[test]
    fn names_are_compared_as_their_ecosystem_does() {
        let database = database(&[
            record("A", "PyPI", "Zope.Interface", ""),
            record("B", "Go", "example.com/a/b", ""),
            record("C", "Maven", "org.example:thing", ""),
            record("D", "crates.io", "bad_crate", ""),
            record("E", "npm", "Leaky", ""),
            record("F", "Go", "example.com/Ada/Thing", ""),
        ]);
        let package = bom(&[
            "pkg:pypi/zope-interface@1.0.0",
            "pkg:golang/example.com/a/b@v1.0.0",
            "pkg:maven/org.example/thing@1.0.0",
            "pkg:cargo/Bad-Crate@1.0.0",
            "pkg:npm/leaky@1.0.0",
            "pkg:golang/example.com/ada/thing@v1.0.0",
        ]);
        assert_eq!(codes(&look_up(&package, &database)), ["advisory"; 6]);
    }

    #[test]
    fn no_version_passes_by_being_written_elsewhere_or_not_at_all() {
        let database =
            database(&[record("A", "crates.io", "badcrate", ""), record("B", "crates.io", "badcrate", CRITICAL)]);
        let look = |component: &str| {
            let text = format!(
                r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{{"name": "x", {component}}}]}}"#
            );
            look_up(&of_files(&[(SBOM, &text)]), &database)
        };
        for (component, expected) in [
            (r#""version": "1.0.0", "purl": "pkg:cargo/badcrate""#, vec!["advisory", "advisory"]),
            (r#""version": "1.0.0", "purl": "pkg:cargo/badcrate@1.0.0""#, vec!["advisory", "advisory"]),
            (r#""version": "2.0.0", "purl": "pkg:cargo/badcrate@2.0.0""#, vec![]),
            (r#""version": "v2.0.0", "purl": "pkg:cargo/badcrate@2.0.0""#, vec![]),
            (
                r#""version": "1.0.0", "purl": "pkg:cargo/badcrate@2.0.0""#,
                vec!["advisory", "advisory", "component-two-versions"],
            ),
            (r#""version": "2.1.0", "purl": "pkg:cargo/badcrate@2.0.0""#, vec!["component-two-versions"]),
            (r#""purl": "pkg:cargo/badcrate""#, vec!["advisory-uncompared"]),
            (r#""version": " ", "purl": "pkg:cargo/badcrate""#, vec!["advisory-uncompared"]),
            (r#""purl": "pkg:cargo/badcrate@1.0""#, vec!["advisory-uncompared"]),
            (r#""purl": "pkg:cargo/badcrate@latest""#, vec!["advisory-uncompared"]),
            (r#""purl": "pkg:cargo/other""#, vec![]),
            (r#""purl": "pkg:cargo/other@latest""#, vec![]),
        ] {
            let findings = look(component);
            assert_eq!(codes(&findings), expected, "{component}");
            let uncompared = findings.iter().filter(|finding| finding.code == "advisory-uncompared");
            assert!(uncompared.clone().all(|finding| finding.severity == Severity::Warning), "{findings:?}");
            assert!(uncompared.clone().all(|finding| finding.message.contains("with B, A:")), "{findings:?}");
        }
    }

    #[test]
    fn withdrawn_ones_and_other_places_are_none() {
        let database = database(&[
            record("A", "crates.io", "leaky", r#", "withdrawn": "2026-01-01T00:00:00Z""#),
            record("B", "Debian:12", "leaky", ""),
        ]);
        assert_eq!(database.len(), 1);
        assert_eq!(
            codes(&look_up(&bom(&["pkg:cargo/leaky@1.0.0", "pkg:deb/leaky@1.0.0"]), &database)),
            ["advisories-elsewhere"]
        );
    }

    #[test]
    fn malware_is_an_error_and_an_unmaintained_crate_a_note() {
        let unmaintained = r#"{"id": "RUSTSEC-2", "affected": [{"package": {"ecosystem": "crates.io", "name": "old"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0.0.0-0"}]}],
            "database_specific": {"informational": "unmaintained"}}]}"#;
        let database = database(&[record("MAL-2026-1", "npm", "evil", ""), unmaintained.to_owned()]);
        let findings = look_up(&bom(&["pkg:npm/evil@1.0.0", "pkg:cargo/old@3.0.0"]), &database);
        assert_eq!(
            findings.iter().map(|finding| finding.severity).collect::<Vec<_>>(),
            [Severity::Error, Severity::Note]
        );
    }

    proptest! {
        #[test]
        fn garbage_never_panics(text in ".{0,200}", version in ".{0,30}", event in ".{0,20}") {
            let mut database = Database::default();
            let _ = database.add(text.as_bytes());
            let event = event.replace(['"', '\\'], "");
            let _ = database.add(record("A", "crates.io", "leaky", "").replace("1.2.3", &event).as_bytes());
            look_up(&bom(&[&format!("pkg:cargo/leaky@{}", version.replace(['"', '\\'], ""))]), &database);
        }
    }
}

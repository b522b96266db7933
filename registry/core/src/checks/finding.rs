//! How findings are made, and how many a package is told.

use super::catalogue::KINDS;
use super::{CheckBroke, Finding, Severity};

/// Findings of one check about one package. Stops a package of nothing but mistakes from being answered with megabytes.
pub(super) const MAX_FINDINGS: usize = 100;

impl Finding {
    /// A finding of the given severity, nowhere yet.
    pub fn new(severity: Severity, code: &str, message: impl Into<String>) -> Self {
        Self { severity, code: code.to_owned(), message: message.into(), place: None, rule: None }
    }

    /// Worth knowing.
    pub fn note(code: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    /// Somebody should look; refused, where the check is strict.
    pub fn warning(code: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// Refused, where the check is enforced.
    pub fn error(code: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// The same, at a place.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// The same, by a rule of the operator's files.
    #[must_use]
    pub fn by_rule(mut self, rule: impl Into<String>) -> Self {
        self.rule = Some(rule.into());
        self
    }
}

impl CheckBroke {
    /// Of the check `check`, with what operators need to know.
    pub fn new(check: &'static str, reason: impl ToString) -> Self {
        Self { check, reason: reason.to_string() }
    }
}

/// The first [`MAX_FINDINGS`] of what was found, the worst first, each once, and a word about the rest. What is left out of
/// the list is left out of no decision: the worst stay.
pub fn told(mut findings: Vec<Finding>) -> Vec<Finding> {
    debug_assert!(
        findings
            .iter()
            .all(|finding| KINDS.iter().any(|kind| kind.code == finding.code && kind.severity >= finding.severity)),
        "every finding is of a kind that docs/checks.md has: {findings:?}"
    );
    findings.sort_by(|left, right| {
        let key = |finding: &Finding| (finding.code.clone(), finding.place.clone(), finding.message.clone());
        right.severity.cmp(&left.severity).then_with(|| key(left).cmp(&key(right)))
    });
    findings.dedup();
    if findings.len() > MAX_FINDINGS {
        let rest = findings.len() - MAX_FINDINGS;
        findings.truncate(MAX_FINDINGS);
        findings.push(Finding::note("more", format!("{rest} more were found: mend these first")));
    }
    findings
}

/// `path:LINE` of a byte in a text file.
pub(super) fn line_place(path: &str, bytes: &[u8], offset: usize) -> String {
    format!("{path}:{}", line_at(bytes, offset))
}

/// The line of a byte, from 1.
pub(super) fn line_at(bytes: &[u8], offset: usize) -> usize {
    bytes.iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}

/// `module.toml:LINE` of the first line at or after the line `[section]` that holds `text`; `module.toml` where there is none.
pub(super) fn manifest_place(manifest: &str, section: &str, text: &str) -> String {
    let header = format!("[{section}]");
    let is_header = |line: &str| line.split('#').next().is_some_and(|start| start.trim() == header);
    let from = manifest.lines().position(is_header).unwrap_or(0);
    let mut lines = manifest.lines().enumerate().skip(from);
    match lines.find(|(_, line)| line.contains(text)) {
        Some((index, _)) => format!("module.toml:{}", index + 1),
        None => "module.toml".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_are_told_and_each_once() {
        let mut findings: Vec<_> = (0..200).map(|n| Finding::warning("jwt", format!("{n}"))).collect();
        findings.push(Finding::error("advisory", "the worst").at("x:1"));
        findings.push(Finding::error("advisory", "the worst").at("x:1"));
        let told = told(findings);
        assert_eq!(told.len(), MAX_FINDINGS + 1);
        assert_eq!(told[0].message, "the worst");
        assert_eq!(told[1].code, "jwt");
        assert_eq!(told[MAX_FINDINGS], Finding::note("more", "101 more were found: mend these first"));
    }

    #[test]
    fn places_have_lines() {
        assert_eq!(line_place("a.js", b"one\ntwo\nthree", 9), "a.js:3");
        let manifest = "[module]\nname = \"kv\"\n[module.permissions] # asks\nrequired = [\n  \"kv\",\n]\n";
        assert_eq!(manifest_place(manifest, "module.permissions", "\"kv"), "module.toml:5");
        assert_eq!(manifest_place(manifest, "module.network", "\"kv"), "module.toml:2");
        assert_eq!(manifest_place(manifest, "module.permissions", "\"sql"), "module.toml");
        assert_eq!(manifest_place("", "module", "x"), "module.toml");
    }
}

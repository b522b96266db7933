//! What checks found, as compilers tell it: how bad, what, where.

use std::io::{self, Write};

use owo_colors::OwoColorize as _;
use serde_json::Value;

use crate::output::{Output, counted};

/// Writes findings, a line each and one for the place.
pub(super) fn write(out: &mut dyn Write, findings: &Value) -> io::Result<()> {
    for finding in findings.as_array().into_iter().flatten() {
        let word = |name: &str| finding[name].as_str().unwrap_or_default();
        let head = format!("{}[{}/{}]", word("severity"), word("check"), word("code"));
        match word("severity") {
            "error" | "harmful" => write!(out, "{}", head.bold().red())?,
            "warning" => write!(out, "{}", head.bold().yellow())?,
            _ => write!(out, "{}", head.bold().cyan())?,
        }
        writeln!(out, ": {}", word("message"))?;
        if let Some(place) = finding["place"].as_str() {
            writeln!(out, "  --> {place}")?;
        }
        if let Some(at) = finding["found_at"].as_str() {
            writeln!(out, "  found after its release, {at}")?;
        }
    }
    Ok(())
}

/// Tells findings on the way to the result.
pub(in crate::commands) fn show(output: Output, findings: &Value) {
    let Some(count) = findings.as_array().map(Vec::len).filter(|count| *count > 0) else { return };
    let mut text = Vec::new();
    if write(&mut text, findings).is_ok() {
        output.tell(String::from_utf8_lossy(&text).trim_end());
        output.note(&format!("the registry's checks found {}", counted(count as u64, "thing")));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_finding_says_how_bad_what_and_where() {
        let findings = json!([
            { "check": "secrets", "severity": "error", "code": "private-key", "message": "remove it", "place": "a.pem:1" },
            { "check": "sbom", "severity": "warning", "code": "missing", "message": "add one", "found_at": "2026-01-02T03:04:05Z" },
        ]);
        let mut text = Vec::new();
        write(&mut text, &findings).expect("memory");
        let text = String::from_utf8(text).expect("text");
        let plain = anstream::adapter::strip_str(&text).to_string();
        let expected = "error[secrets/private-key]: remove it\n  --> a.pem:1\nwarning[sbom/missing]: add one\n  \
                        found after its release, 2026-01-02T03:04:05Z\n";
        assert_eq!(plain, expected);
    }
}

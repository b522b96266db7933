//! What a submission changes in the release that people have, in words.

use std::fmt::Write as _;

use crate::http::dto::{FileDiff, Listed, SubmissionDiff};

/// A line for each list that changed, then each file with its lines.
pub(super) fn words(diff: &SubmissionDiff) -> String {
    let mut text = match &diff.before {
        Some(version) => format!("compared with {version}: "),
        None => "compared with nothing, for there is no release before: ".to_owned(),
    };
    let before = diff.unpacked_bytes_before.map(|bytes| format!("{bytes} → ")).unwrap_or_default();
    let _ = writeln!(text, "{before}{} bytes unpacked", diff.unpacked_bytes);
    for (name, listed) in [
        ("permissions", &diff.permissions),
        ("hosts", &diff.hosts),
        ("imports", &diff.imports),
        ("exports", &diff.exports),
        ("components", &diff.components),
    ] {
        let Listed { added, removed } = listed;
        let lines = added.iter().map(|one| ('+', one)).chain(removed.iter().map(|one| ('-', one)));
        for (sign, one) in lines {
            let _ = writeln!(text, "  {name} {sign} {}", harmless(one));
        }
    }
    for FileDiff { path, change, bytes_before, bytes, text: lines } in &diff.files {
        let sizes: Vec<_> = [bytes_before, bytes].into_iter().flatten().map(ToString::to_string).collect();
        let _ = writeln!(text, "  {change} {} ({} bytes)", harmless(path), sizes.join(" → "));
        for line in lines.iter().flat_map(|lines| lines.lines()) {
            let _ = writeln!(text, "    {}", harmless(line));
        }
    }
    text
}

/// A line of somebody's package on an operator's terminal: nothing of it moves the cursor, hides a line or turns it around (CVE-2021-42574).
fn harmless(line: &str) -> String {
    let steers = |character: char| {
        (character.is_control() && character != '\t')
            || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(line.len());
    for character in line.chars() {
        if steers(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(added: &[&str], removed: &[&str]) -> Listed {
        let owned = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
        Listed { added: owned(added), removed: owned(removed) }
    }

    #[test]
    fn each_list_and_file_is_told_and_steers_no_terminal() {
        let diff = SubmissionDiff {
            before: Some("1.0.0".to_owned()),
            files: vec![FileDiff {
                path: "README.md".to_owned(),
                change: "changed".to_owned(),
                bytes_before: Some(4),
                bytes: Some(9),
                text: Some("-old\n+new\u{1b}[2J\n".to_owned()),
            }],
            permissions: listed(&["network"], &["kv"]),
            hosts: listed(&["api.example"], &[]),
            imports: listed(&[], &[]),
            exports: listed(&[], &[]),
            components: listed(&["left-pad 1.0.0"], &[]),
            unpacked_bytes_before: Some(10),
            unpacked_bytes: 15,
        };
        let expected = "compared with 1.0.0: 10 → 15 bytes unpacked\n  permissions + network\n  permissions - kv\n  \
                        hosts + api.example\n  components + left-pad 1.0.0\n  changed README.md (4 → 9 bytes)\n    -old\n    \
                        +new\\u{1b}[2J\n";
        assert_eq!(words(&diff), expected);
    }
}

//! Words of others on somebody's terminal. Names, reasons, errors: a server, a file or whoever stole a registry's keys can write
//! anything into them, and nothing of it may move the cursor, hide a line or turn it around.

use std::fmt::Write as _;

/// Words for people: colours and line breaks as they are, and the escapes of all else that steers a terminal.
pub(crate) fn words(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let length = colour(rest).unwrap_or(0);
        if length > 0 {
            shown.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        if is_steering(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
        rest = &rest[character.len_utf8()..];
    }
    shown
}

/// A JSON document in one line, which says the same and steers nothing: JSON asks only for some control characters to be escaped.
pub(crate) fn json(document: &str) -> String {
    let mut shown = String::with_capacity(document.len());
    for character in document.chars() {
        if is_steering(character) {
            // They all are of the basic plane, and stand in strings only.
            let _ = write!(shown, "\\u{:04x}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// The length of the sequence that `text` begins with, if it is one that this program colours its words with.
fn colour(text: &str) -> Option<usize> {
    let (code, _) = text.strip_prefix("\u{1b}[")?.split_once('m')?;
    // Bold, faint, the colours of the foreground, and their ends; never what conceals.
    let known = matches!(code, "0" | "1" | "2" | "22" | "31" | "32" | "33" | "34" | "35" | "36" | "39");
    known.then_some(code.len() + 3)
}

/// Whether a character steers a terminal or the direction of what follows it (CVE-2021-42574).
fn is_steering(character: char) -> bool {
    (character.is_control() && !matches!(character, '\n' | '\t'))
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use owo_colors::OwoColorize as _;

    #[test]
    fn what_steers_a_terminal_is_shown() {
        let told = "it\u{1b}[2J\u{1b}]0;title\u{7} mines\r\u{9b}1A\u{202e}sdrawkcab\u{1b}[8m";
        let shown = "it\\u{1b}[2J\\u{1b}]0;title\\u{7} mines\\u{d}\\u{9b}1A\\u{202e}sdrawkcab\\u{1b}[8m";
        assert_eq!(words(told), shown);
    }

    #[test]
    fn our_own_colours_and_plain_words_stay() {
        let own = format!("{} {}\n\t{}", "error:".bold().red(), "ä→😀".dimmed(), "name".green());
        assert_eq!(words(&own), own);
    }

    #[test]
    fn a_document_says_the_same() {
        let document = serde_json::json!({ "reason": "a\u{1b}[2J\u{9b}\u{202e}\u{7f}\nb" });
        let shown = json(&document.to_string());
        assert!(!shown.chars().any(is_steering), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).expect("JSON"), document);
    }
}

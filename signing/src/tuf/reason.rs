//! Reasons as people are shown them. A registry takes in only what is plain; whoever stole its keys can sign anything, and what
//! they revoke is revoked all the same: the text is made plain, the entry stays.

use serde::{Deserialize, Deserializer};

/// Longest text that a revocation shows, in characters.
pub const MAX_REASON_CHARS: usize = 500;

/// Whether a character is shown as it is: it begins no markup, steers no terminal, breaks no line, and does not change the
/// direction of what follows, which makes a text read as another one (CVE-2021-42574).
pub fn is_plain(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '<' | '>' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// Reads a reason: [`MAX_REASON_CHARS`] of it at most, with U+FFFD for what is not plain.
///
/// # Errors
/// For what is no text.
pub fn shown<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(made_plain(&String::deserialize(deserializer)?))
}

/// The same where there may be none.
///
/// # Errors
/// For what is no text.
pub fn shown_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(|text| made_plain(&text)))
}

fn made_plain(text: &str) -> String {
    let plain = |character| if is_plain(character) { character } else { char::REPLACEMENT_CHARACTER };
    text.chars().take(MAX_REASON_CHARS).map(plain).collect()
}

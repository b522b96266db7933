//! Why something is withheld or revoked: a text that agents show to people.

use std::fmt;
use std::str::FromStr;

use adx_signing::tuf::reason::{MAX_REASON_CHARS, is_plain};
use thiserror::Error;

/// A text of 1 to [`MAX_REASON_CHARS`] characters, without markup, without line breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

/// The text is no reason.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "a reason has 1 to {MAX_REASON_CHARS} characters, all in one line and none of them `<`, `>` or a control character"
)]
pub struct BadReason;

impl Reason {
    /// A reason in the registry's own words: what of them is not plain, or too much, is left out.
    pub(crate) fn made_of(words: &str) -> Self {
        Self(words.chars().filter(|character| is_plain(*character)).take(MAX_REASON_CHARS).collect())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text is one line without markup, in which nothing is hidden.
pub(crate) fn is_of_one_line(text: &str) -> bool {
    text.chars().all(is_plain)
}

impl FromStr for Reason {
    type Err = BadReason;

    fn from_str(text: &str) -> Result<Self, BadReason> {
        let text = text.trim();
        if !(1..=MAX_REASON_CHARS).contains(&text.chars().count()) || !is_of_one_line(text) {
            return Err(BadReason);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_of_one_line_is_a_reason() {
        assert_eq!(
            " sends mail to strangers ".parse::<Reason>().expect("a reason").as_str(),
            "sends mail to strangers"
        );
        assert!("ä".repeat(MAX_REASON_CHARS).parse::<Reason>().is_ok());
    }

    #[test]
    fn words_that_are_put_together_are_made_plain() {
        let reason = Reason::made_of(&format!("the check content refuses it: <b>\n{}", "x".repeat(MAX_REASON_CHARS)));
        assert!(reason.as_str().starts_with("the check content refuses it: bx"), "{reason}");
        assert_eq!(reason.as_str().parse(), Ok(reason.clone()));
    }

    #[test]
    fn markup_length_and_what_is_not_seen_are_refused() {
        let long = "x".repeat(MAX_REASON_CHARS + 1);
        for text in ["", "  ", "<b>bad</b>", "two\nlines", "a\u{202e}b", "a\u{7}", "a\u{2028}b", &long] {
            assert_eq!(text.parse::<Reason>(), Err(BadReason), "{text:?}");
        }
    }
}

//! What the two sides say to each other: plain text, some lines long.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::reason::is_of_one_line;

/// Longest remark, in characters.
pub const MAX_REMARK_CHARS: usize = 4_000;

/// A text of 1 to [`MAX_REMARK_CHARS`] characters, without markup and without what reads as something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark(String);

/// The text is no remark.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "a remark has 1 to {MAX_REMARK_CHARS} characters, none of them `<`, `>` or a control character other than a line break"
)]
pub struct BadRemark;

impl Remark {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Remark {
    type Err = BadRemark;

    fn from_str(text: &str) -> Result<Self, BadRemark> {
        let text = text.replace("\r\n", "\n");
        let text = text.trim();
        if !(1..=MAX_REMARK_CHARS).contains(&text.chars().count()) || !text.split('\n').all(is_of_one_line) {
            return Err(BadRemark);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_plain_text_are_a_remark_and_markup_is_none() {
        assert_eq!(" Why \r\nthis host? ".parse::<Remark>().unwrap().as_str(), "Why \nthis host?");
        let long = "x".repeat(MAX_REMARK_CHARS + 1);
        for text in ["", " \n ", "<b>", "a\u{202e}b", "a\tb", "a\u{0}", &long] {
            assert_eq!(text.parse::<Remark>(), Err(BadRemark), "{text:?}");
        }
    }
}

//! How checks and reviews are configured.

use adx_registry_core::review::{CheckRule, Policy};

use super::setting::Setting;

/// What comes of a check; nothing for one that does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckMode(pub Option<CheckRule>);

impl CheckMode {
    /// Its errors refuse, and nothing is released that it could not look over.
    pub const ENFORCED: Self = Self(Some(CheckRule::STRICT));
}

impl Setting for CheckMode {
    const KIND: &'static str = "enforced, reported or off; optional before the first two";

    fn parse(text: &str) -> Result<Self, String> {
        let expected = || "`enforced`, `reported`, `optional enforced`, `optional reported` or `off`".to_owned();
        let words: Vec<_> = text.split_whitespace().collect();
        let (required, rest) = match words.as_slice() {
            ["off"] => return Ok(Self(None)),
            ["optional", rest] => (false, rest),
            ["required", rest] | [rest] => (true, rest),
            _ => return Err(expected()),
        };
        let enforced = match *rest {
            "enforced" => true,
            "reported" => false,
            _ => return Err(expected()),
        };
        Ok(Self(Some(CheckRule { enforced, required })))
    }

    fn show(&self) -> String {
        let words = match self.0 {
            None => "off",
            Some(CheckRule { enforced: true, required: true }) => "enforced",
            Some(CheckRule { enforced: false, required: true }) => "reported",
            Some(CheckRule { enforced: true, required: false }) => "optional enforced",
            Some(CheckRule { enforced: false, required: false }) => "optional reported",
        };
        format!("\"{words}\"")
    }
}

impl Setting for Policy {
    const KIND: &'static str = "always, never or causes";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| "`always`, `never`, or some of `first-release, wider-permissions, price, findings`".to_owned())
    }

    fn show(&self) -> String {
        format!("\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_read_back_what_they_show_and_are_required_unless_told_otherwise() {
        for text in ["off", "enforced", "reported", "optional enforced", "optional reported"] {
            assert_eq!(CheckMode::parse(text).unwrap().show(), format!("\"{text}\""));
        }
        assert_eq!(CheckMode::parse("required enforced"), Ok(CheckMode::ENFORCED));
        for text in
            ["", "on", "optional", "required", "optional off", "enforced reported", "optional required enforced"]
        {
            assert!(CheckMode::parse(text).is_err(), "{text:?}");
        }
    }
}

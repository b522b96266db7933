//! Domain names, as somebody types them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::RECORD_LABEL;

/// Longest name of DNS in characters, without the dot at its end. Source: RFC 1035, 2.3.4.
const MAX_NAME_CHARS: usize = 253;
/// Longest part between dots. Source: the same.
const MAX_LABEL_CHARS: usize = 63;

/// A domain in lower case, without a dot at its end; one of another script is in its ASCII form (`xn--…`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(String);

/// A text that is no domain.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no domain: write one such as `example.org`, in ASCII")]
pub struct BadDomain(String);

impl Domain {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for Domain {
    type Err = BadDomain;

    fn from_str(text: &str) -> Result<Self, BadDomain> {
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let fits = name.len() + RECORD_LABEL.len() < MAX_NAME_CHARS;
        let mut labels = name.split('.');
        // What ends with a number is an address, or would be taken for one. Source: URL Standard, 3.5.
        let is_name =
            labels.next_back().is_some_and(|last| is_label(last) && !last.starts_with(|c: char| c.is_ascii_digit()));
        let mut is_below_another = false;
        let are_labels = labels.all(|label| {
            is_below_another = true;
            is_label(label)
        });
        if fits && is_name && are_labels && is_below_another {
            Ok(Self(name))
        } else {
            Err(BadDomain(text.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect()))
        }
    }
}

fn is_label(label: &str) -> bool {
    let may = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    (1..=MAX_LABEL_CHARS).contains(&label.len())
        && label.bytes().all(may)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl TryFrom<String> for Domain {
    type Error = BadDomain;

    fn try_from(text: String) -> Result<Self, BadDomain> {
        text.parse()
    }
}

impl From<Domain> for String {
    fn from(domain: Domain) -> Self {
        domain.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_written_in_one_way() {
        for text in ["example.org", "Example.ORG", "example.org."] {
            assert_eq!(text.parse::<Domain>().unwrap().as_str(), "example.org");
        }
        for text in ["a.b.c.example", "xn--bcher-kva.example", "1and1.com", "a-b.xn--p1ai"] {
            assert_eq!(text.parse::<Domain>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_is_no_domain_is_refused() {
        let long_label = format!("{}.org", "a".repeat(64));
        let long = format!("{}org", "abcdefg.".repeat(31));
        for text in [
            "",
            ".",
            "org",
            "org.",
            ".org",
            "a..org",
            "-a.org",
            "a-.org",
            "a_b.org",
            "a b.org",
            "bücher.example",
            "192.0.2.1",
            "1.2.3.4.",
            "[::1]",
            "https://example.org",
            "example.org/",
            "*.example.org",
            "example.org..",
            "a.example.org\n",
            &long_label,
            &long,
        ] {
            assert_eq!(text.parse::<Domain>().map_err(drop), Err(()), "{text:?}");
        }
    }

    #[test]
    fn the_longest_leaves_room_for_the_record() {
        let domain = |chars: usize| {
            let label = "a".repeat(61);
            let mut name = [label.as_str(); 3].join(".");
            name.push('.');
            name.push_str(&"b".repeat(chars - name.len() - 4));
            name.push_str(".org");
            name
        };
        let most = MAX_NAME_CHARS - RECORD_LABEL.len() - 1;
        assert_eq!(domain(most).len(), most);
        assert!(domain(most).parse::<Domain>().is_ok());
        assert!(domain(most + 1).parse::<Domain>().is_err());
    }
}

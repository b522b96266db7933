//! Domain names, as somebody types them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Host;

use super::RECORD_LABEL;

/// Longest name of DNS in characters, without the dot at its end. Source: RFC 1035, 2.3.4.
const MAX_NAME_CHARS: usize = 253;
/// Longest part between dots. Source: the same.
const MAX_LABEL_CHARS: usize = 63;

/// A domain in lower case, without a dot at its end; one of another script is in its ASCII form (`xn--…`), which nobody mistakes for
/// another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(String);

/// A text that is no domain.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no domain: write one such as `example.org`")]
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
        let refused = || BadDomain(text.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect());
        // What a host may be beside a name, an address, is none of ours; nor is one that is written in percent.
        let name = match Host::parse(text) {
            Ok(Host::Domain(name)) if !text.contains('%') => name,
            _ => return Err(refused()),
        };
        let name = name.strip_suffix('.').unwrap_or(&name);
        let fits = name.len() + RECORD_LABEL.len() < MAX_NAME_CHARS;
        if fits && name.contains('.') && name.split('.').all(is_label) {
            Ok(Self(name.to_owned()))
        } else {
            Err(refused())
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
        for text in ["bücher.example", "BÜCHER.example.", "b\u{fc}cher。example", "bu\u{308}cher.example"] {
            assert_eq!(text.parse::<Domain>().unwrap().as_str(), "xn--bcher-kva.example");
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
            "xn--a.example",
            "ex%61mple.org",
            "192.0.2.1",
            "0x7f.1",
            "example.1",
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

use std::{fmt, str::FromStr};

use async_trait::async_trait;
use thiserror::Error;
use url::Host;

/// RFC 5321, 4.5.3.1: longest part before the `@`, in bytes.
const MAX_LOCAL_BYTES: usize = 64;
/// RFC 5321, 4.5.3.1.3 less the angle brackets: longest address, in bytes.
const MAX_ADDRESS_BYTES: usize = 254;
/// What may stand before the `@` besides letters, digits and dots. Source: RFC 5322, 3.2.3, `atext`.
const ATOM_SIGNS: &str = "!#$%&'*+-/=?^_`{|}~";

/// Sends mail.
#[async_trait]
pub trait Mail: Send + Sync {
    /// Hands one message over to what delivers it. Sent twice, it arrives twice.
    ///
    /// # Errors
    /// [`MailError`]; it names no address and no words of a server, which may repeat one.
    async fn send(&self, message: &Message) -> Result<(), MailError>;
}

/// Plain text for one person.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// To whom.
    pub to: Address,
    /// One line, of any script. One with control characters is refused.
    pub subject: String,
    /// The text, of any script and any length of line; its lines end with `\n`. Empty lines at its end do not count.
    pub text: String,
}

impl fmt::Debug for Message {
    /// Shows nothing: it is to a person and may hold a code.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Message(…)")
    }
}

/// Why a message was not sent.
#[derive(Debug, Error)]
pub enum MailError {
    /// It will not be taken another time either: nobody has the address, or the message is malformed.
    #[error("the mail was refused for good")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It was not taken this time; it is unknown whether it was when an answer did not come in time.
    #[error("the mail could not be handed over")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// An address for mail, `name@domain`, in ASCII: the domain in lower case, an international one as `xn--`.
///
/// Quoted names, names beyond ASCII and numeric domains are refused, since not every server takes them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address(String);

impl Address {
    /// The address, which is personal: not for a log.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Address {
    /// Shows nothing: it is personal.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Address(…)")
    }
}

/// A text that is no address. It does not repeat the text, which may be one with a mistake in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this is no mail address: it must be like `name@example.org`")]
pub struct BadAddress;

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let (local, domain) = text.split_once('@').ok_or(BadAddress)?;
        if local.len() > MAX_LOCAL_BYTES || !local.split('.').all(is_atom) {
            return Err(BadAddress);
        }
        // Longer text need not be converted to be refused.
        if domain.len() > MAX_ADDRESS_BYTES {
            return Err(BadAddress);
        }
        let Ok(Host::Domain(domain)) = Host::parse(domain) else { return Err(BadAddress) };
        if !domain.split('.').all(is_label) {
            return Err(BadAddress);
        }
        let address = format!("{local}@{domain}");
        if address.len() > MAX_ADDRESS_BYTES {
            return Err(BadAddress);
        }
        Ok(Self(address))
    }
}

fn is_atom(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|sign| sign.is_ascii_alphanumeric() || ATOM_SIGNS.contains(sign))
}

/// RFC 1035, 2.3.1, with digits at the beginning as everybody takes them.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_in_one_form() {
        for (text, kept) in [
            ("Ada.Lovelace+adx@Example.ORG", "Ada.Lovelace+adx@example.org"),
            ("o'neil@mail.example", "o'neil@mail.example"),
            ("ada@bücher.example", "ada@xn--bcher-kva.example"),
            ("root@localhost", "root@localhost"),
        ] {
            assert_eq!(text.parse::<Address>().unwrap().as_str(), kept);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        let longer = format!("ada@{}example.org", "a.".repeat(130));
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@@example.org",
            "ada@example.org@evil.example",
            "ada..lovelace@example.org",
            ".ada@example.org",
            "ada lovelace@example.org",
            "Ada <ada@example.org>",
            "\"ada\"@example.org",
            "ada@example.org\r\nBcc: eve@evil.example",
            "ada\r\n@example.org",
            "ada@example.org\n",
            "ada\0@example.org",
            "ada,eve@example.org",
            "äda@example.org",
            "ada@127.0.0.1",
            "ada@[::1]",
            "ada@example.org.",
            "ada@-example.org",
            "ada@exa_mple.org",
            "ada@exam ple.org",
            long.as_str(),
            longer.as_str(),
        ] {
            assert_eq!(text.parse::<Address>(), Err(BadAddress), "{text:?}");
        }
    }

    #[test]
    fn nothing_personal_is_shown_to_a_log() {
        let to: Address = "ada@example.org".parse().unwrap();
        let message = Message { to: to.clone(), subject: "For Ada".to_owned(), text: "code".to_owned() };
        assert_eq!(
            format!("{to:?} {message:?} {:?}", "ada".parse::<Address>()),
            "Address(…) Message(…) Err(BadAddress)"
        );
    }
}

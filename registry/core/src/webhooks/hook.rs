//! A hook, what it is sent, and how that went.

use std::fmt;
use std::net::IpAddr;

use thiserror::Error;
use time::OffsetDateTime;
use url::{Host, Url};

use super::{Event, WebhookRules};
use crate::Id;
use crate::publisher::Publisher;

/// Longest address of a hook, in bytes.
const MAX_URL_BYTES: usize = 1_000;

/// Somewhere that is told what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its identifier.
    pub id: Id<Webhook>,
    /// Whose events it is told; every publisher's if it is the operators'.
    pub publisher: Option<Id<Publisher>>,
    /// Where it is.
    pub url: HookUrl,
    /// Which events it is told; all if none is named.
    pub events: Vec<Event>,
    /// Its secret, sealed for this hook.
    pub sealed_secret: String,
    /// The secret before, sealed too, and until when what is sent is signed with it as well.
    pub sealed_before: Option<(String, OffsetDateTime)>,
    /// When it was made: what happened before, it is not told.
    pub created_at: OffsetDateTime,
    /// When it was turned off, and why.
    pub disabled: Option<(OffsetDateTime, String)>,
}

impl Webhook {
    /// Whether it is told an event of a publisher.
    pub fn is_told(&self, event: Event, publisher: Option<Id<Publisher>>) -> bool {
        let is_its = self.publisher.is_none() || self.publisher == publisher;
        is_its && (self.events.is_empty() || self.events.contains(&event))
    }

    /// What its secrets are sealed for.
    pub(super) fn belongs_to(id: Id<Self>) -> String {
        format!("webhook {id}")
    }
}

/// The address of a hook: https, without a name and password in it.
#[derive(Clone, PartialEq, Eq)]
pub struct HookUrl(Url);

/// Why an address is of no use.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadHookUrl {
    /// It is no address, or one without a host.
    #[error("it is not an address such as `https://example.org/hook`")]
    Malformed,
    /// What is sent could be read and changed on its way.
    #[error("a webhook is reached by https only")]
    NotHttps,
    /// Its host is this machine.
    #[error("a webhook cannot be on the registry's own machine")]
    Loopback,
    /// Its host is an address where nothing of the public is.
    #[error("the address {address} is not public: {kind}")]
    NotPublic {
        /// The address.
        address: IpAddr,
        /// What it is instead.
        kind: &'static str,
    },
    /// It holds a name, a password or a fragment.
    #[error("a webhook's address has no user, no password and no fragment: requests are signed instead")]
    Credentials,
    /// It is too long.
    #[error("a webhook's address has at most {MAX_URL_BYTES} bytes")]
    TooLong,
}

impl HookUrl {
    /// Reads one. Which addresses its name has is judged each time that something is sent; whoever sets it judges a [`Self::literal`].
    ///
    /// # Errors
    /// [`BadHookUrl`]
    pub fn parse(text: &str, rules: &WebhookRules) -> Result<Self, BadHookUrl> {
        if text.len() > MAX_URL_BYTES {
            return Err(BadHookUrl::TooLong);
        }
        let url = Url::parse(text).map_err(|_| BadHookUrl::Malformed)?;
        let is_loopback = match url.host() {
            None => return Err(BadHookUrl::Malformed),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        };
        if is_loopback && !rules.loopback {
            return Err(BadHookUrl::Loopback);
        }
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback) {
            return Err(BadHookUrl::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(BadHookUrl::Credentials);
        }
        Ok(Self(url))
    }

    /// One that was read before and stored.
    ///
    /// # Errors
    /// [`BadHookUrl::Malformed`]
    pub fn stored(text: &str) -> Result<Self, BadHookUrl> {
        Url::parse(text).map(Self).map_err(|_| BadHookUrl::Malformed)
    }

    /// The address.
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// The address that is written in the place of a name.
    pub fn literal(&self) -> Option<IpAddr> {
        match self.0.host()? {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(_) => None,
        }
    }

    /// Host and port: who is held up by too much at once.
    pub fn host(&self) -> String {
        let port = self.0.port_or_known_default().unwrap_or(443);
        format!("{}:{port}", self.0.host_str().unwrap_or_default())
    }
}

impl fmt::Display for HookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl fmt::Debug for HookUrl {
    /// Its path may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HookUrl({}…)", self.host())
    }
}

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is due, or will be.
    Waiting,
    /// It is being sent.
    Leased,
    /// The receiver took it.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Leased, Self::Delivered, Self::Failed];

    /// The word, as stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Leased => "sending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// One event for one hook, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its identifier, which the receiver sees too: the same whenever it is sent.
    pub id: Id<Delivery>,
    /// For which hook.
    pub webhook: Id<Webhook>,
    /// Whose host and port it goes to.
    pub host: String,
    /// What happened.
    pub event: Event,
    /// The entry of the audit log that it tells of; none of a ping.
    pub entry: Option<u64>,
    /// What is sent.
    pub body: String,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// From when on it is tried: it is given up some days after.
    pub started_at: OffsetDateTime,
    /// How far it is.
    pub state: DeliveryState,
    /// When it is sent next.
    pub run_at: OffsetDateTime,
    /// How often it was begun to be sent since then.
    pub attempts: u32,
    /// How it went last, the newest first; not more than are kept.
    pub log: Vec<SendAttempt>,
}

/// How it went once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendAttempt {
    /// When.
    pub at: OffsetDateTime,
    /// The status that the receiver answered with, if it did.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What went wrong, if it did.
    pub error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_elsewhere_unless_it_is_said_otherwise() {
        let strict = WebhookRules::default();
        let lenient = WebhookRules { loopback: true, ..strict };
        assert!(HookUrl::parse("https://example.org/hook?a=b", &strict).is_ok());
        for (url, refusal) in [
            ("http://example.org/hook", BadHookUrl::NotHttps),
            ("ftp://example.org/hook", BadHookUrl::NotHttps),
            ("https://localhost/hook", BadHookUrl::Loopback),
            ("https://a.localhost/hook", BadHookUrl::Loopback),
            ("http://127.0.0.1:80/", BadHookUrl::Loopback),
            ("https://2130706433/", BadHookUrl::Loopback),
            ("https://[::ffff:127.0.0.1]/", BadHookUrl::Loopback),
            ("https://user@example.org/", BadHookUrl::Credentials),
            ("https://example.org/#part", BadHookUrl::Credentials),
            ("mailto:a@example.org", BadHookUrl::Malformed),
            ("example.org", BadHookUrl::Malformed),
        ] {
            assert_eq!(HookUrl::parse(url, &strict), Err(refusal), "{url}");
        }
        let literal = |url| HookUrl::parse(url, &lenient).unwrap().literal().map(|address| address.to_string());
        assert_eq!(literal("http://127.0.0.1:8000/").as_deref(), Some("127.0.0.1"));
        assert_eq!(literal("https://0x0a.1/").as_deref(), Some("10.0.0.1"));
        assert_eq!(literal("https://[64:ff9b::a00:1]/").as_deref(), Some("64:ff9b::a00:1"));
        assert_eq!(literal("https://example.org/"), None);
        assert_eq!(HookUrl::parse("http://example.org/", &lenient), Err(BadHookUrl::NotHttps));
    }
}

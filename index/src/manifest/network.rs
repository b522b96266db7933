//! Which hosts a module may reach: `scheme://host[:port]`.
//!
//! The grammar follows Fermyon Spin's `allowed_outbound_hosts`. A pattern judges the *name* that a
//! module asks for; the host judges every resolved address again when it connects.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use serde::{Serialize, Serializer};

/// The schemes a pattern may have, each with the port it means when none is given.
const SCHEMES: [(&str, u16); 4] = [("https", 443), ("http", 80), ("wss", 443), ("ws", 80)];
/// The longest name in the domain name system, in bytes (RFC 1035 section 2.3.4).
const MAX_HOST_BYTES: usize = 253;
/// The longest label in it (the same section).
const MAX_LABEL_BYTES: usize = 63;

/// Hosts a module may reach.
///
/// ```
/// use adx_index::manifest::HostPattern;
/// let pattern: HostPattern = "https://*.example.com".parse()?;
/// assert!(pattern.allows("https", "api.example.com", 443));
/// assert!(!pattern.allows("https", "example.com", 443));
/// assert!(!pattern.allows("https", "api.example.com", 8443));
/// # Ok::<(), adx_index::manifest::HostPatternError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPattern {
    scheme: &'static str,
    host: Host,
    port: u16,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Host {
    /// This name or address.
    Exactly(String),
    /// Any name that ends in a dot and this.
    Below(String),
    /// Any address that shares this many leading bits.
    Network(IpAddr, u8),
}

/// Why a text is not a host pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostPatternError {
    /// No `scheme://` in front.
    #[error("the host `{0}` has no scheme: write `https://{0}`")]
    NoScheme(String),
    /// A scheme that is not spoken.
    #[error("the scheme `{0}` is not one of https, http, wss, ws")]
    Scheme(String),
    /// A path, query, fragment or user after the host.
    #[error("`{0}` has `{1}` after its host: write only scheme, host and port, access is granted per host")]
    Beyond(String, char),
    /// No host at all.
    #[error("`{0}` names no host")]
    NoHost(String),
    /// A wildcard elsewhere than as the whole first label, or above too little.
    #[error(
        "`{0}` allows too much or too vaguely: write `*.` once, at the start, before a name with a dot such as `*.example.com`"
    )]
    Wildcard(String),
    /// A host that is neither a name nor an address.
    #[error("`{0}` is not a host name: use a-z, 0-9, `-` and dots (names in other scripts as `xn--…`)")]
    Name(String),
    /// A port that is not one.
    #[error("`{0}` is not a port: write a number from 1 to 65535")]
    Port(String),
    /// A network whose length does not fit its address.
    #[error("`{0}` is not a network: write an address, `/` and a prefix length, such as `10.1.0.0/16`")]
    Network(String),
    /// Bits set beyond the prefix, which says two things at once.
    #[error("the network `{0}` has address bits beyond its prefix: write `{1}`")]
    NetworkBits(String, String),
}

impl HostPattern {
    /// Whether a request to this scheme, host and port is covered. The host is a name, or an
    /// address without brackets.
    pub fn allows(&self, scheme: &str, host: &str, port: u16) -> bool {
        if !scheme.eq_ignore_ascii_case(self.scheme) || port != self.port {
            return false;
        }
        let host = host.to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        match &self.host {
            Host::Exactly(name) => match (name.parse::<IpAddr>(), host.parse::<IpAddr>()) {
                (Ok(pattern), Ok(asked)) => pattern == asked,
                _ => name == host,
            },
            Host::Below(suffix) => {
                host.parse::<IpAddr>().is_err()
                    && host
                        .strip_suffix(suffix.as_str())
                        .and_then(|rest| rest.strip_suffix('.'))
                        .is_some_and(|label| !label.is_empty())
            }
            Host::Network(network, length) => {
                host.parse::<IpAddr>().is_ok_and(|address| mask(address, *length) == Some(*network))
            }
        }
    }

    /// Whether everything that `other` allows is allowed by this pattern too.
    pub fn covers(&self, other: &Self) -> bool {
        if self.scheme != other.scheme || self.port != other.port {
            return false;
        }
        match (&self.host, &other.host) {
            (_, Host::Exactly(host)) => self.allows(other.scheme, host, other.port),
            (Host::Below(wide), Host::Below(narrow)) => wide == narrow || narrow.ends_with(&format!(".{wide}")),
            (Host::Network(wide, wide_length), Host::Network(narrow, narrow_length)) => {
                wide_length <= narrow_length && mask(*narrow, *wide_length) == Some(*wide)
            }
            _ => false,
        }
    }

    /// The scheme.
    pub fn scheme(&self) -> &str {
        self.scheme
    }

    /// The port, given or meant by the scheme.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The pattern in its normal form: lowercase, the scheme's own port left out.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for HostPattern {
    type Err = HostPatternError;

    fn from_str(text: &str) -> Result<Self, HostPatternError> {
        let text = text.to_ascii_lowercase();
        let (scheme, rest) = text.split_once("://").ok_or_else(|| HostPatternError::NoScheme(text.clone()))?;
        let (scheme, default_port) = SCHEMES
            .into_iter()
            .find(|(known, _)| *known == scheme)
            .ok_or_else(|| HostPatternError::Scheme(scheme.to_owned()))?;
        if let Some(beyond) = rest.chars().find(|c| matches!(c, '?' | '#' | '@' | '\\')) {
            return Err(HostPatternError::Beyond(text.clone(), beyond));
        }
        let (host, port) = split_port(rest)?;
        let port = port.unwrap_or(default_port);
        let host = parse_host(host, &text)?;
        let port_text = if port == default_port { String::new() } else { format!(":{port}") };
        Ok(Self { text: format!("{scheme}://{host}{port_text}"), scheme, host, port })
    }
}

/// Splits `host`, `host:port`, `[v6]`, `[v6]:port`, `[v6/len]:port` and `v4/len:port`.
fn split_port(rest: &str) -> Result<(&str, Option<u16>), HostPatternError> {
    let colon = match rest.rfind(']') {
        Some(bracket) => rest[bracket..].find(':').map(|index| bracket + index),
        None => rest.rfind(':'),
    };
    let Some(colon) = colon else {
        return Ok((rest, None));
    };
    let digits = &rest[colon + 1..];
    let port = Some(digits)
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse::<u16>().ok())
        .filter(|port| *port != 0)
        .ok_or_else(|| HostPatternError::Port(digits.to_owned()))?;
    Ok((&rest[..colon], Some(port)))
}

fn parse_host(host: &str, text: &str) -> Result<Host, HostPatternError> {
    if host.is_empty() {
        return Err(HostPatternError::NoHost(text.to_owned()));
    }
    let bracketed = host
        .strip_prefix('[')
        .map(|inner| inner.strip_suffix(']').ok_or_else(|| HostPatternError::Name(host.to_owned())))
        .transpose()?;
    let bare = bracketed.unwrap_or(host);
    if let Some((address, length)) = bare.split_once('/') {
        return parse_network(address, length, bare, bracketed.is_some(), text);
    }
    if let Some(address) = bracketed {
        let address: Ipv6Addr = address.parse().map_err(|_| HostPatternError::Name(host.to_owned()))?;
        return Ok(Host::Exactly(address.to_string()));
    }
    if let Some(suffix) = host.strip_prefix("*.") {
        if suffix.contains('*') || !suffix.contains('.') || suffix.parse::<IpAddr>().is_ok() {
            return Err(HostPatternError::Wildcard(text.to_owned()));
        }
        check_name(suffix)?;
        return Ok(Host::Below(suffix.to_owned()));
    }
    if host.contains('*') {
        return Err(HostPatternError::Wildcard(text.to_owned()));
    }
    if host.parse::<std::net::Ipv4Addr>().is_err() {
        check_name(host)?;
    }
    Ok(Host::Exactly(host.to_owned()))
}

fn parse_network(
    address: &str,
    length: &str,
    bare: &str,
    bracketed: bool,
    text: &str,
) -> Result<Host, HostPatternError> {
    let not_a_network = || HostPatternError::Network(bare.to_owned());
    // `https://example.com/path` is far likelier than a damaged network.
    let Ok(address) = address.parse::<IpAddr>() else {
        return Err(HostPatternError::Beyond(text.to_owned(), '/'));
    };
    if address.is_ipv6() != bracketed || length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(not_a_network());
    }
    let length: u8 = length.parse().map_err(|_| not_a_network())?;
    let network = mask(address, length).ok_or_else(not_a_network)?;
    if network != address {
        return Err(HostPatternError::NetworkBits(bare.to_owned(), format!("{network}/{length}")));
    }
    Ok(Host::Network(network, length))
}

/// The labels of a name (RFC 1123 section 2.1). A last label that is a number, decimal or
/// hexadecimal, would be taken for an address by some resolvers
/// (<https://url.spec.whatwg.org/#ends-in-a-number-checker>), so it is refused.
fn check_name(name: &str) -> Result<(), HostPatternError> {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= MAX_LABEL_BYTES
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let is_number = |label: &str| match label.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => label.bytes().all(|byte| byte.is_ascii_digit()),
    };
    let last_is_number = name.rsplit('.').next().is_some_and(is_number);
    if name.len() > MAX_HOST_BYTES || last_is_number || !name.split('.').all(label) {
        return Err(HostPatternError::Name(name.to_owned()));
    }
    Ok(())
}

/// The address with everything after the prefix zeroed; none if the prefix is too long for it.
fn mask(address: IpAddr, length: u8) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) if length <= 32 => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            Some(IpAddr::V4((address.to_bits() & mask).into()))
        }
        IpAddr::V6(address) if length <= 128 => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            Some(IpAddr::V6((address.to_bits() & mask).into()))
        }
        _ => None,
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(host) if host.contains(':') => write!(formatter, "[{host}]"),
            Self::Exactly(host) => formatter.write_str(host),
            Self::Below(suffix) => write!(formatter, "*.{suffix}"),
            Self::Network(IpAddr::V4(address), length) => write!(formatter, "{address}/{length}"),
            Self::Network(IpAddr::V6(address), length) => {
                write!(formatter, "[{address}/{length}]")
            }
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.text)
    }
}

impl Serialize for HostPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

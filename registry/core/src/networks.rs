//! From where a token counts.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use thiserror::Error;

/// Most networks of one token.
pub const MAX_NETWORKS: usize = 16;

/// Networks from which a token counts; from everywhere where there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// Texts that are no networks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadNetworks {
    /// Not an address, and not a network either.
    #[error("`{0}` is no network: write 192.0.2.0/24, 2001:db8::/32, or one address")]
    Unreadable(String),
    /// Every use would look at all of them.
    #[error("a token counts from at most {MAX_NETWORKS} networks")]
    TooMany,
}

impl Networks {
    /// Reads networks (CIDR, RFC 4632) and addresses. Bits behind the prefix are dropped.
    ///
    /// # Errors
    /// [`BadNetworks`]
    pub fn read<T: AsRef<str>>(texts: &[T]) -> Result<Self, BadNetworks> {
        if texts.len() > MAX_NETWORKS {
            return Err(BadNetworks::TooMany);
        }
        let read = |text: &T| network(text.as_ref());
        Ok(Self(texts.iter().map(read).collect::<Result<_, _>>()?))
    }

    /// Whether something that comes from `address` comes from one of them. What comes from nowhere that is known does where there is no
    /// limit only.
    pub fn admit(&self, address: Option<IpAddr>) -> bool {
        let within = |address: IpAddr| self.0.iter().any(|network| network.contains(&address));
        self.0.is_empty() || address.is_some_and(|address| within(address.to_canonical()))
    }

    /// Whether every address that `other` admits is admitted by these too, each network of it by one of these.
    pub fn cover(&self, other: &Self) -> bool {
        let covered = |network: &IpNet| self.0.iter().any(|own| own.contains(network));
        self.0.is_empty() || (!other.0.is_empty() && other.0.iter().all(covered))
    }

    /// The networks as they are read.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

/// Reads a network (CIDR, RFC 4632) or an address. Bits behind the prefix are dropped.
///
/// # Errors
/// [`BadNetworks::Unreadable`]
pub fn network(text: &str) -> Result<IpNet, BadNetworks> {
    let unreadable = || BadNetworks::Unreadable(text.chars().take(60).collect());
    // A socket that takes both families writes an address of IPv4 as one of IPv6; a network is written in its own.
    match IpNet::from_str(text) {
        Ok(IpNet::V6(network)) if network.addr().to_ipv4_mapped().is_some() => Err(unreadable()),
        Ok(network) => Ok(network.trunc()),
        Err(_) => IpAddr::from_str(text).map(|address| address.to_canonical().into()).map_err(|_| unreadable()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Networks {
        Networks::read(texts).expect("networks")
    }

    #[test]
    fn an_address_is_within_or_not() {
        let from = networks(&["192.0.2.77/24", "2001:db8::/32", "203.0.113.9"]);
        assert_eq!(from.texts(), ["192.0.2.0/24", "2001:db8::/32", "203.0.113.9/32"]);
        for (address, admitted) in [
            ("192.0.2.255", true),
            ("192.0.3.0", false),
            ("::ffff:192.0.2.1", true),
            ("2001:db8:1::1", true),
            ("2001:db9::1", false),
            ("203.0.113.9", true),
            ("203.0.113.8", false),
        ] {
            assert_eq!(from.admit(address.parse().ok()), admitted, "{address}");
        }
        assert!(!from.admit(None), "from where is not known");
        assert!(Networks::default().admit(None));
    }

    #[test]
    fn networks_cover_what_is_narrower() {
        let own = networks(&["192.0.2.0/24", "2001:db8::/32"]);
        assert!(own.cover(&networks(&["192.0.2.128/25", "2001:db8:1::/48"])));
        assert!(!own.cover(&networks(&["192.0.2.0/24", "198.51.100.1"])));
        assert!(!own.cover(&networks(&["0.0.0.0/0"])));
        assert!(!own.cover(&Networks::default()), "from everywhere is more");
        assert!(Networks::default().cover(&own));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "home", "192.0.2.0/33", "192.0.2", "2001:db8::/129", "::ffff:192.0.2.0/120", "192.0.2.0/24,"] {
            assert!(matches!(Networks::read(&[text]), Err(BadNetworks::Unreadable(_))), "{text}");
        }
        assert_eq!(Networks::read(&["192.0.2.1"; MAX_NETWORKS + 1]), Err(BadNetworks::TooMany));
    }
}

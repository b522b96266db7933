//! Which proxies are believed.

use std::net::IpAddr;

use adx_registry_core::networks::network;
use ipnet::IpNet;

use super::setting::Setting;

/// Networks in which proxies are, written `10.0.0.0/8, 2001:db8::/32`; an address is a network of one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProxyNetworks(Vec<IpNet>);

impl ProxyNetworks {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an address is in one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }
}

impl Setting for ProxyNetworks {
    const KIND: &'static str = "networks, separated by commas";

    fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let read = |entry: &str| match network(entry.trim()) {
            // Whoever is believed names others: of everybody that would be nobody's address.
            Ok(network) if network.prefix_len() == 0 => {
                Err(format!("networks of proxies, and `{network}` is everybody's"))
            }
            Ok(network) => Ok(network),
            Err(_) => Err(format!("networks such as `10.0.0.7, 192.0.2.0/24`, and `{}` is none", entry.trim())),
        };
        text.split(',').map(read).collect::<Result<_, _>>().map(Self)
    }

    fn show(&self) -> String {
        let texts: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        format!("\"{}\"", texts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_read_back_what_they_show() {
        for (text, shown) in [
            ("", "\"\""),
            (" 10.1.2.3/8 ,192.0.2.7", "\"10.0.0.0/8, 192.0.2.7/32\""),
            ("2001:db8::/32", "\"2001:db8::/32\""),
        ] {
            assert_eq!(ProxyNetworks::parse(text).unwrap().show(), shown, "{text}");
        }
        for text in ["proxy", "10.0.0.0/33", "10.0.0.1,,10.0.0.2", "10.0.0.1,", "0.0.0.0/0", "10.0.0.1, ::/0"] {
            assert!(ProxyNetworks::parse(text).unwrap_err().starts_with("networks"), "{text}");
        }
    }

    #[test]
    fn an_address_is_in_one_of_them_or_not() {
        let networks = ProxyNetworks::parse("10.0.0.0/8, 2001:db8::/32").unwrap();
        for (address, is_in) in
            [("10.9.9.9", true), ("::ffff:10.9.9.9", true), ("2001:db8::1", true), ("11.0.0.1", false), ("::1", false)]
        {
            assert_eq!(networks.contain(address.parse().unwrap()), is_in, "{address}");
        }
        assert!(!ProxyNetworks::default().contain("10.9.9.9".parse().unwrap()));
    }
}

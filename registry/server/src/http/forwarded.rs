//! From where a request comes, where proxies are in front: the one place that reads `X-Forwarded-For`.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{self, HeaderMap};
use adx_registry_core::rates::counted_as;

use crate::config::{ProxyNetworks, Server};

/// Whose word is taken about where a request comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Believed {
    /// Whoever connects, from wherever.
    peer: bool,
    /// Whoever is in one of these networks.
    networks: ProxyNetworks,
}

impl Believed {
    /// Those whom the configuration names.
    pub(super) fn of(server: &Server) -> Self {
        Self { peer: server.behind_proxy, networks: server.trusted_proxies.clone() }
    }

    /// Whoever connects, or nobody.
    pub(crate) fn peer_if(behind_proxy: bool) -> Self {
        Self { peer: behind_proxy, networks: ProxyNetworks::default() }
    }

    /// Whether no proxy is believed.
    pub(super) fn is_nobody(&self) -> bool {
        !self.peer && self.networks.is_empty()
    }

    /// Whether whoever connects from there is believed.
    pub(super) fn is_proxy(&self, peer: Option<IpAddr>) -> bool {
        self.peer || peer.is_some_and(|peer| self.networks.contain(peer))
    }

    /// The address that a request comes from, if it is known: the nearest that is no proxy, from the connection's back through
    /// `X-Forwarded-For`. Each proxy writes the address of whoever connected to it behind what it was sent, so what a proxy that is
    /// believed wrote is true, and what stands before the first that is none is anybody's claim. Where an entry cannot be read, the
    /// last proxy that is believed counts as the caller.
    pub(super) fn address(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Option<IpAddr> {
        // A socket that takes both families writes an address of IPv4 as one of IPv6, of a network that all of them share.
        let mut nearest = peer.map(|peer| peer.ip().to_canonical());
        if !self.is_proxy(nearest) {
            return nearest;
        }
        // Lines of one header are one list.
        for line in headers.get_all(header::X_FORWARDED_FOR).rev() {
            let Ok(line) = line.to_str() else { return nearest };
            for entry in line.rsplit(',') {
                let Some(address) = read(entry.trim()) else { return nearest };
                nearest = Some(address);
                if !self.networks.contain(address) {
                    return nearest;
                }
            }
        }
        nearest
    }

    /// With whom a request is counted, of IPv6 its network; none if it is this machine's, which nobody limits.
    pub(super) fn counted(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Option<IpAddr> {
        let address = self.address(headers, peer)?;
        // A proxy on this machine, which nobody has configured, must not exempt all callers.
        let is_direct = !self.is_proxy(peer.map(|peer| peer.ip())) && !is_forwarded(headers);
        if address.is_loopback() && is_direct { None } else { Some(counted_as(address)) }
    }

    /// Where a request comes from: its address, of IPv6 its network; none if it is this machine.
    pub(super) fn network(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Option<String> {
        self.counted(headers, peer).map(|address| address.to_string())
    }
}

/// Whether somebody says that the request was handed on.
pub(super) fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.contains_key(header::X_FORWARDED_FOR)
}

/// An entry: an address, with the port behind it that some proxies write.
fn read(entry: &str) -> Option<IpAddr> {
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    let address = entry.parse().ok().or_else(with_port).or_else(bracketed)?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;
    use crate::config::Loader;

    fn believed(settings: &str) -> Believed {
        let config = Loader::new().text("a.toml", &format!("[server]\n{settings}")).unwrap().load().unwrap();
        Believed::of(&config.server)
    }

    fn headers(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::X_FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        headers
    }

    fn peer(address: &str) -> Option<SocketAddr> {
        Some(SocketAddr::new(address.parse().unwrap(), 4711))
    }

    /// What is configured, who connects, the lines of the header, and who is believed to ask.
    type Case = (&'static str, &'static str, &'static [&'static str], &'static str);

    const NOBODY: &str = "";
    const ONE: &str = "behind_proxy = true";
    const LISTED: &str = "trusted_proxies = \"10.0.0.0/8, 192.0.2.7, 2001:db8:f::/48\"";
    const BOTH: &str = "behind_proxy = true\ntrusted_proxies = \"10.0.0.0/8\"";

    #[test]
    fn the_caller_is_the_nearest_that_is_no_proxy() {
        let cases: &[Case] = &[
            // Whoever connects by itself cannot name itself.
            (NOBODY, "203.0.113.1", &[], "203.0.113.1"),
            (NOBODY, "203.0.113.1", &["198.51.100.9"], "203.0.113.1"),
            (LISTED, "203.0.113.1", &["198.51.100.9"], "203.0.113.1"),
            (LISTED, "203.0.113.1", &["198.51.100.9, 10.0.0.1"], "203.0.113.1"),
            // One proxy, wherever it is.
            (ONE, "127.0.0.1", &["203.0.113.1"], "203.0.113.1"),
            (ONE, "127.0.0.1", &["198.51.100.9, 203.0.113.1"], "203.0.113.1"),
            (ONE, "127.0.0.1", &["203.0.113.1, 10.0.0.1"], "10.0.0.1"),
            (ONE, "127.0.0.1", &[], "127.0.0.1"),
            // Those of the list, one behind the other.
            (LISTED, "10.0.0.1", &["203.0.113.1"], "203.0.113.1"),
            (LISTED, "10.0.0.1", &["203.0.113.1, 10.0.0.2"], "203.0.113.1"),
            (LISTED, "10.0.0.1", &["203.0.113.1, 192.0.2.7, 10.0.0.2"], "203.0.113.1"),
            (LISTED, "2001:db8:f::1", &["2001:db8:1::9,2001:db8:f::2"], "2001:db8:1::9"),
            (LISTED, "::ffff:10.0.0.1", &["203.0.113.1, ::ffff:10.0.0.2"], "203.0.113.1"),
            // What the caller itself sent stands before it.
            (LISTED, "10.0.0.1", &["198.51.100.9, 10.9.9.9, 203.0.113.1, 10.0.0.2"], "203.0.113.1"),
            // A proxy asks for itself.
            (LISTED, "10.0.0.1", &[], "10.0.0.1"),
            (LISTED, "10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            // Lines are one list.
            (LISTED, "10.0.0.1", &["198.51.100.9", "203.0.113.1, 192.0.2.7", "10.0.0.2"], "203.0.113.1"),
            (ONE, "127.0.0.1", &["203.0.113.9", "198.51.100.1, 203.0.113.7"], "203.0.113.7"),
            // Both: whoever connects, and those of the list behind it.
            (BOTH, "172.16.0.1", &["198.51.100.9, 203.0.113.1, 10.0.0.2"], "203.0.113.1"),
            // With a port.
            (LISTED, "10.0.0.1", &["203.0.113.1:55010, 10.0.0.2:80"], "203.0.113.1"),
            (LISTED, "10.0.0.1", &["[2001:db8:1::9]:443"], "2001:db8:1::9"),
            (LISTED, "10.0.0.1", &["[2001:db8:1::9], [2001:db8:f::2]"], "2001:db8:1::9"),
        ];
        for (settings, from, lines, caller) in cases {
            let address = believed(settings).address(&headers(lines), peer(from));
            assert_eq!(address, caller.parse().ok(), "{settings} {from} {lines:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_ends_the_walk_at_the_last_proxy() {
        let cases: &[Case] = &[
            (ONE, "127.0.0.1", &["203.0.113.1, unknown"], "127.0.0.1"),
            (LISTED, "10.0.0.1", &["203.0.113.1, unknown"], "10.0.0.1"),
            (LISTED, "10.0.0.1", &["203.0.113.1, unknown, 10.0.0.2"], "10.0.0.2"),
            (LISTED, "10.0.0.1", &["203.0.113.1,, 10.0.0.2"], "10.0.0.2"),
            (LISTED, "10.0.0.1", &["203.0.113.1, 10.0.0.2,"], "10.0.0.1"),
            (LISTED, "10.0.0.1", &["203.0.113.1", "", "10.0.0.2"], "10.0.0.2"),
            (LISTED, "10.0.0.1", &["203.0.113.1, 10.0.0.0/8, 10.0.0.2"], "10.0.0.2"),
            (LISTED, "10.0.0.1", &["203.0.113.1, 10.0.0.256"], "10.0.0.1"),
            (LISTED, "10.0.0.1", &["203.0.113.1, for=10.0.0.2"], "10.0.0.1"),
            (LISTED, "10.0.0.1", &["203.0.113.1", "\u{e4}", "10.0.0.2"], "10.0.0.2"),
            // Nothing is read that stands before the caller.
            (LISTED, "10.0.0.1", &["unknown, 203.0.113.1, 10.0.0.2"], "203.0.113.1"),
        ];
        for (settings, from, lines, caller) in cases {
            let address = believed(settings).address(&headers(lines), peer(from));
            assert_eq!(address, caller.parse().ok(), "{settings} {from} {lines:?}");
        }
    }

    #[test]
    fn this_machine_is_not_counted_and_a_proxy_on_it_is() {
        let cases: &[Case] = &[
            (NOBODY, "127.0.0.1", &[], ""),
            (NOBODY, "::ffff:127.0.0.1", &[], ""),
            (LISTED, "127.0.0.1", &[], ""),
            // One that nobody has configured.
            (NOBODY, "127.0.0.1", &["203.0.113.9"], "127.0.0.1"),
            (LISTED, "127.0.0.1", &["203.0.113.9"], "127.0.0.1"),
            // One that does not say for whom it asks.
            (ONE, "127.0.0.1", &[], "127.0.0.1"),
            ("trusted_proxies = \"127.0.0.0/8\"", "127.0.0.1", &[], "127.0.0.1"),
            ("trusted_proxies = \"127.0.0.0/8\"", "127.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            (NOBODY, "::ffff:192.0.2.1", &[], "192.0.2.1"),
        ];
        for (settings, from, lines, network) in cases {
            let counted = believed(settings).network(&headers(lines), peer(from));
            assert_eq!(counted.unwrap_or_default(), *network, "{settings} {from} {lines:?}");
        }
    }

    #[test]
    fn addresses_of_one_network_are_one_caller() {
        let counted = |from| believed(NOBODY).counted(&headers(&[]), peer(from));
        assert_eq!(counted("2001:db8:1:2::1"), counted("2001:db8:1:2:ffff::9"));
        assert_ne!(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
    }

    #[test]
    fn where_nobody_is_known_to_connect_nothing_is() {
        assert_eq!(believed(LISTED).address(&headers(&["203.0.113.1"]), None), None);
        assert_eq!(believed(ONE).address(&headers(&["203.0.113.1"]), None), "203.0.113.1".parse().ok());
    }
}

//! How many API requests a caller may make.

use std::net::{IpAddr, Ipv6Addr};

use actix_governor::{
    GovernorConfig, GovernorConfigBuilder, KeyExtractor,
    governor::{
        NotUntil,
        clock::{Clock as _, DefaultClock, QuantaInstant},
        middleware::NoOpMiddleware,
    },
};
use actix_web::{
    HttpResponse, HttpResponseBuilder,
    dev::ServiceRequest,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};

use super::problem::Problem;
use crate::config::Config;

/// Who is counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum CallerKey {
    /// Never limited: the machine itself, or everybody when limits are off.
    Exempt,
    /// An address; of IPv6 the network, since a caller has as many addresses as it likes.
    Address(IpAddr),
}

/// Tells callers apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByAddress {
    enabled: bool,
    behind_proxy: bool,
}

/// The limiter's configuration, shared by all threads.
pub(super) type Limiter = GovernorConfig<ByAddress, NoOpMiddleware<QuantaInstant>>;

/// The limiter that the configuration asks for.
///
/// # Errors
/// When rate or burst is impossible, which the configuration's check has ruled out.
pub(super) fn limiter(config: &Config) -> Result<Limiter, Problem> {
    let limits = &config.limits;
    let enabled = limits.requests_per_second > 0;
    GovernorConfigBuilder::default()
        .requests_per_second(u64::from(limits.requests_per_second.max(1)))
        .burst_size(limits.burst.max(1))
        .key_extractor(ByAddress { enabled, behind_proxy: config.server.behind_proxy })
        .finish()
        .ok_or_else(|| Problem::internal(&std::io::Error::other("limits.requests_per_second or limits.burst")))
}

impl ByAddress {
    fn key(self, peer: Option<IpAddr>, forwarded: Option<&str>) -> CallerKey {
        if !self.enabled {
            return CallerKey::Exempt;
        }
        // The last entry is the one our own proxy wrote; those before it are the caller's claims.
        let claimed = || forwarded?.rsplit(',').next()?.trim().parse().ok();
        let address = if self.behind_proxy { claimed().or(peer) } else { peer };
        match address {
            None => CallerKey::Exempt,
            Some(address) if address.is_loopback() && !self.behind_proxy => CallerKey::Exempt,
            Some(IpAddr::V6(address)) => CallerKey::Address(IpAddr::V6(network(address))),
            Some(address) => CallerKey::Address(address),
        }
    }
}

/// The /64 an address is in.
fn network(address: Ipv6Addr) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))
}

impl KeyExtractor for ByAddress {
    type Key = CallerKey;
    type KeyExtractionError = Problem;

    fn extract(&self, request: &ServiceRequest) -> Result<CallerKey, Problem> {
        let forwarded = request.headers().get(header::X_FORWARDED_FOR).and_then(|value| value.to_str().ok());
        Ok(self.key(request.peer_addr().map(|peer| peer.ip()), forwarded))
    }

    fn whitelisted_keys(&self) -> Vec<CallerKey> {
        vec![CallerKey::Exempt]
    }

    fn exceed_rate_limit_response(&self, negative: &NotUntil<QuantaInstant>, _: HttpResponseBuilder) -> HttpResponse {
        let wait = negative.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "Too many requests",
            "more requests than this registry allows a caller",
        )
        .hint(format!("Wait {wait} s. To follow releases, use the long poll of /api/v1/changes."))
        .with_header(header::RETRY_AFTER, HeaderValue::from(wait))
        .respond(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIRECT: ByAddress = ByAddress { enabled: true, behind_proxy: false };
    const PROXIED: ByAddress = ByAddress { enabled: true, behind_proxy: true };

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_direct_caller_cannot_name_itself() {
        assert_eq!(DIRECT.key(ip("192.0.2.1"), Some("203.0.113.9")), CallerKey::Address(ip("192.0.2.1").unwrap()));
        assert_eq!(DIRECT.key(ip("127.0.0.1"), None), CallerKey::Exempt);
    }

    #[test]
    fn behind_a_proxy_its_own_entry_counts() {
        let key = PROXIED.key(ip("127.0.0.1"), Some("198.51.100.1, 203.0.113.9"));
        assert_eq!(key, CallerKey::Address(ip("203.0.113.9").unwrap()));
        assert_eq!(PROXIED.key(ip("127.0.0.1"), None), CallerKey::Address(ip("127.0.0.1").unwrap()));
    }

    #[test]
    fn addresses_of_one_network_are_one_caller() {
        assert_eq!(DIRECT.key(ip("2001:db8:1:2::1"), None), DIRECT.key(ip("2001:db8:1:2:ffff::9"), None));
        assert_ne!(DIRECT.key(ip("2001:db8:1:2::1"), None), DIRECT.key(ip("2001:db8:1:3::1"), None));
    }
}

//! How many API requests a caller may make.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    sync::{
        Once,
        atomic::{AtomicU32, Ordering},
    },
};

use actix_web::{
    Error, HttpMessage as _,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use adx_registry_core::{audit::Who, rates::counted_as};
use adx_signing::digest::Digest;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};

use super::{
    caller::OfPublisher,
    front::routed,
    problem::{Problem, chain},
    rates::{Known, action_of},
    state::State,
};
use crate::{config::Config, world::Behalf};

/// After so many requests, callers that have been quiet for long are forgotten: their number must not grow without end.
const FORGET_EVERY: u32 = 10_000;

/// Who is counted together.
#[derive(Clone, Debug, PartialEq, Eq)]
enum CallerKey {
    /// Never limited: the machine itself, or everybody when limits are off.
    Exempt,
    /// An address; of IPv6 the network, since a caller has as many addresses as it likes.
    Address(IpAddr),
}

/// Tells callers apart.
#[derive(Clone, Copy, Debug)]
struct ByAddress {
    enabled: bool,
    behind_proxy: bool,
}

/// A bucket for each caller, shared by all threads.
pub(crate) struct Limiter {
    by: ByAddress,
    buckets: DefaultKeyedRateLimiter<IpAddr>,
    counted: AtomicU32,
}

impl Limiter {
    /// The limiter that the configuration asks for.
    pub(super) fn new(config: &Config) -> Self {
        let limits = &config.limits;
        Self::of(limits.requests_per_second, limits.burst, config.server.behind_proxy)
    }

    /// So many requests a second in the long run (0 = no limit), and so many at once.
    pub(crate) fn of(requests_per_second: u32, burst: u32, behind_proxy: bool) -> Self {
        let quota = Quota::per_second(at_least_one(requests_per_second)).allow_burst(at_least_one(burst));
        Self::with(quota, ByAddress { enabled: requests_per_second > 0, behind_proxy })
    }

    /// So many requests a minute in the long run, and so many at once.
    pub(super) fn of_minutes(requests_per_minute: u32, burst: u32, behind_proxy: bool) -> Self {
        let quota = Quota::per_minute(at_least_one(requests_per_minute)).allow_burst(at_least_one(burst));
        Self::with(quota, ByAddress { enabled: true, behind_proxy })
    }

    fn with(quota: Quota, by: ByAddress) -> Self {
        Self { by, buckets: RateLimiter::keyed(quota), counted: AtomicU32::new(0) }
    }

    /// Counts a request, or says after how many seconds to ask again.
    pub(crate) fn count(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Result<(), u64> {
        let forwarded = forwarded(headers);
        let CallerKey::Address(address) = self.by.key(peer.map(|peer| peer.ip()), forwarded) else {
            return Ok(());
        };
        if self.counted.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.buckets.retain_recent();
            self.buckets.shrink_to_fit();
        }
        let checked = self.buckets.check_key(&address);
        checked.map_err(|until| until.wait_time_from(DefaultClock::default().now()).as_secs() + 1)
    }
}

fn at_least_one(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN)
}

/// The address that a request comes from, if it is known.
pub(super) fn address_of(headers: &HeaderMap, peer: Option<SocketAddr>, behind_proxy: bool) -> Option<IpAddr> {
    let forwarded = forwarded(headers);
    ByAddress { enabled: true, behind_proxy }.address(peer.map(|peer| peer.ip()), forwarded)
}

/// Where a request comes from: its address, of IPv6 its network; none if it is this machine.
pub(super) fn network_of(headers: &HeaderMap, peer: Option<SocketAddr>, behind_proxy: bool) -> Option<String> {
    let forwarded = forwarded(headers);
    match (ByAddress { enabled: true, behind_proxy }).key(peer.map(|peer| peer.ip()), forwarded) {
        CallerKey::Address(address) => Some(address.to_string()),
        CallerKey::Exempt => None,
    }
}

/// What proxies say. A proxy may add a line of its own behind the caller's.
fn forwarded(headers: &HeaderMap) -> Option<&str> {
    headers.get_all(header::X_FORWARDED_FOR).last().and_then(|value| value.to_str().ok())
}

/// Says once that a proxy seems to be in front: who asks is told by its header only where the configuration says so.
fn tell_of_proxy() {
    static TOLD: Once = Once::new();
    TOLD.call_once(|| {
        tracing::warn!(
            "a request came with X-Forwarded-For, which is not believed: if a proxy is in front, set `server.behind_proxy`, \
             or all callers count as one"
        );
    });
}

/// The middleware: lets a request through, or answers 429. What it does is counted besides, against whoever its token or session says.
pub(super) async fn limit<B: MessageBody + 'static>(
    limiter: Data<Limiter>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if let Err(wait) = limiter.count(request.headers(), request.peer_addr()) {
        return Err(too_many(wait).into());
    }
    let Some(state) = request.app_data::<Data<State>>().cloned() else { return next.call(request).await };
    let peer = request.peer_addr().map(|peer| peer.ip());
    if !state.config.server.behind_proxy && forwarded(request.headers()).is_some() {
        tell_of_proxy();
    }
    let by = ByAddress { enabled: true, behind_proxy: state.config.server.behind_proxy };
    let CallerKey::Address(address) = by.key(peer, forwarded(request.headers())) else {
        return next.call(request).await;
    };
    let shown = shown(&state, request.headers());
    let known = shown.as_ref().and_then(|shown| state.rates.known(shown));
    if state.rates.is_to_learn() {
        let learner = state.clone();
        state.tasks.spawn(Behalf::current().run(async move {
            if let Err(error) = learner.rates.learn(&learner.ports).await {
                tracing::warn!(error = chain(&error), "what operators allow callers is not known");
            }
        }));
    }
    let standing = state.rates.count(action_of(request.method(), routed(&request)), address, known);
    if let Some((standing, wait)) = standing.and_then(|standing| Some((standing, standing.wait?))) {
        let refused = too_many(wait);
        return Err(standing.headers().fold(refused, |refused, (name, value)| refused.with_header(name, value)).into());
    }
    let mut answer = next.call(request).await?;
    let who = Behalf::current().origin().who;
    match (shown, known) {
        (Some(shown), None) if who != Who::Anonymous => {
            let publisher = answer.request().extensions().get::<OfPublisher>().map(|of| of.0);
            state.rates.know(shown, Known { who, publisher });
        }
        // Revoked meanwhile, or shown from where it does not count.
        (Some(shown), Some(_)) if who == Who::Anonymous && is_refused(answer.status()) => {
            state.rates.forget_known(&shown);
        }
        _ => {}
    }
    if let Some(standing) = standing {
        standing.tell(answer.headers_mut());
    }
    Ok(answer)
}

/// Whether a token or session was looked at, and not believed.
fn is_refused(status: StatusCode) -> bool {
    status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN
}

/// The digest of what a request shows to say who asks: a token, or a session.
fn shown(state: &State, headers: &HeaderMap) -> Option<Digest> {
    let token = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes().to_vec());
    let shown = token.or_else(|| state.cookie.shown(headers).map(String::into_bytes))?;
    Some(Digest::of(&shown))
}

/// What a caller is told who asked too often.
pub(super) fn too_many(wait: u64) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-requests",
        "Too many requests",
        "more requests than this registry allows a caller",
    )
    .hint(format!("Wait {wait} s. To follow releases, use the long poll of /api/v1/changes."))
    .with_header(header::RETRY_AFTER, HeaderValue::from(wait))
}

impl ByAddress {
    fn key(self, peer: Option<IpAddr>, forwarded: Option<&str>) -> CallerKey {
        if !self.enabled {
            return CallerKey::Exempt;
        }
        match self.address(peer, forwarded) {
            None => CallerKey::Exempt,
            // A proxy on this machine, which nobody has configured, must not exempt all callers.
            Some(address) if address.is_loopback() && !self.behind_proxy && forwarded.is_none() => CallerKey::Exempt,
            Some(address) => CallerKey::Address(counted_as(address)),
        }
    }

    fn address(self, peer: Option<IpAddr>, forwarded: Option<&str>) -> Option<IpAddr> {
        // The last entry is the one our own proxy wrote; those before it are the caller's claims.
        let claimed = || forwarded?.rsplit(',').next()?.trim().parse().ok();
        let address: Option<IpAddr> = if self.behind_proxy { claimed().or(peer) } else { peer };
        // A socket that takes both families writes an address of IPv4 as one of IPv6, of a network that all of them share.
        address.map(|address| address.to_canonical())
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
    fn callers_of_a_proxy_that_is_not_configured_count_as_one() {
        assert_eq!(DIRECT.key(ip("127.0.0.1"), Some("203.0.113.9")), CallerKey::Address(ip("127.0.0.1").unwrap()));
        assert_eq!(PROXIED.key(ip("127.0.0.1"), Some("203.0.113.9")), CallerKey::Address(ip("203.0.113.9").unwrap()));
    }

    #[test]
    fn addresses_of_the_old_family_are_told_apart() {
        let key = |text| DIRECT.key(ip(text), None);
        assert_eq!(key("::ffff:192.0.2.1"), CallerKey::Address(ip("192.0.2.1").unwrap()));
        assert_eq!(key("::ffff:127.0.0.1"), CallerKey::Exempt);
    }

    #[test]
    fn of_several_lines_the_last_is_the_proxys() {
        let mut headers = HeaderMap::new();
        for line in ["203.0.113.9", "198.51.100.1, 203.0.113.7"] {
            headers.append(header::X_FORWARDED_FOR, HeaderValue::from_static(line));
        }
        let peer = "127.0.0.1:1".parse().ok();
        assert_eq!(network_of(&headers, peer, true).as_deref(), Some("203.0.113.7"));
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

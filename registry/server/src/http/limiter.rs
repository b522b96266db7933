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
use adx_registry_core::audit::Who;
use adx_signing::digest::Digest;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};

use super::{
    caller::OfPublisher,
    forwarded::{Believed, is_forwarded},
    front::routed,
    problem::{Problem, chain},
    rates::{Known, action_of},
    state::State,
};
use crate::{config::Config, world::Behalf};

/// After so many requests, callers that have been quiet for long are forgotten: their number must not grow without end.
const FORGET_EVERY: u32 = 10_000;

/// A bucket for each caller, shared by all threads.
pub(crate) struct Limiter {
    enabled: bool,
    believed: Believed,
    buckets: DefaultKeyedRateLimiter<IpAddr>,
    counted: AtomicU32,
}

impl Limiter {
    /// The limiter that the configuration asks for.
    pub(super) fn new(config: &Config) -> Self {
        let limits = &config.limits;
        Self::of(limits.requests_per_second, limits.burst, Believed::of(&config.server))
    }

    /// So many requests a second in the long run (0 = no limit), and so many at once.
    pub(crate) fn of(requests_per_second: u32, burst: u32, believed: Believed) -> Self {
        let quota = Quota::per_second(at_least_one(requests_per_second)).allow_burst(at_least_one(burst));
        Self { enabled: requests_per_second > 0, ..Self::with(quota, believed) }
    }

    /// So many requests a minute in the long run, and so many at once.
    pub(super) fn of_minutes(requests_per_minute: u32, burst: u32, believed: Believed) -> Self {
        let quota = Quota::per_minute(at_least_one(requests_per_minute)).allow_burst(at_least_one(burst));
        Self::with(quota, believed)
    }

    fn with(quota: Quota, believed: Believed) -> Self {
        Self { enabled: true, believed, buckets: RateLimiter::keyed(quota), counted: AtomicU32::new(0) }
    }

    /// Counts a request, or says after how many seconds to ask again.
    pub(crate) fn count(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Result<(), u64> {
        if !self.enabled {
            return Ok(());
        }
        let Some(address) = self.believed.counted(headers, peer) else { return Ok(()) };
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

/// Says once that a proxy seems to be in front: who asks is told by its header only where the configuration says so.
fn tell_of_proxy() {
    static TOLD: Once = Once::new();
    TOLD.call_once(|| {
        tracing::warn!(
            "a request came with X-Forwarded-For, which is not believed: if a proxy is in front, set `server.behind_proxy` or name it in \
             `server.trusted_proxies`, or all callers count as one"
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
    if state.believed.is_nobody() && is_forwarded(request.headers()) {
        tell_of_proxy();
    }
    let Some(address) = state.believed.counted(request.headers(), request.peer_addr()) else {
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

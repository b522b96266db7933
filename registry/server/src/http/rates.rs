//! How often a caller may do what: a limit for each kind of action, beside the one for all requests of an address.
//!
//! A caller is who its token or session says, once a request has shown that they count; until then, and without them, its address. So
//! one who makes tokens up is counted by address, and those behind one address are counted apart. All tokens of a publisher are one caller.

use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::http::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use adx_registry_core::{
    Id, Ports,
    audit::Who,
    ports::StoreError,
    publisher::Publisher,
    rates::{Action, Caller},
};
use adx_signing::digest::Digest;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
};

use crate::config::{self, Rate};

/// Most tokens and sessions whose owners are kept in mind: after that, all are learned anew.
const MOST_KNOWN: usize = 100_000;
/// After so many requests, callers that have been quiet for long are forgotten.
const FORGET_EVERY: u32 = 10_000;
/// How often to look what operators allow.
const LEARN_EVERY: Duration = Duration::from_secs(5);
/// Source: draft-ietf-httpapi-ratelimit-headers-10.
pub(super) const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(super) const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The first segments of addresses at which people show who they are.
const SIGNING_IN: [&str; 6] =
    ["confirm-address", "operator", "password-reset", "restore-address", "session", "sign-up"];

/// What a request to the API does.
pub(super) fn action_of(method: &Method, path: &str) -> Action {
    let segments: Vec<&str> = path.trim_start_matches("/api/v1/").split('/').collect();
    match (method.as_str(), segments.as_slice()) {
        ("GET" | "HEAD", ["search"]) => Action::Search,
        ("GET" | "HEAD", ["session", "openid", ..]) => Action::SignIn,
        ("GET" | "HEAD", _) => Action::Read,
        ("PUT", ["modules", _, _, "versions", _]) => Action::Publish,
        ("POST", ["trusted-publishing", "token"]) => Action::Exchange,
        ("POST", ["tokens", "report"]) => Action::Report,
        ("POST", [first, ..]) if SIGNING_IN.contains(first) => Action::SignIn,
        _ => Action::Write,
    }
}

const fn rate_of(action: Action, rates: &config::Rates) -> Rate {
    match action {
        Action::Read => rates.read,
        Action::Search => rates.search,
        Action::Write => rates.write,
        Action::Publish => rates.publish,
        Action::SignIn => rates.sign_in,
        Action::Exchange => rates.exchange,
        Action::Report => rates.report,
    }
}

/// Who is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Known(Who),
    /// All tokens of a publisher: it has as many as it likes.
    Publisher(Id<Publisher>),
    Address(IpAddr),
}

impl From<Caller> for Key {
    fn from(caller: Caller) -> Self {
        match caller {
            Caller::Publisher(publisher) => Self::Publisher(publisher),
            Caller::Account(account) => Self::Known(Who::Account(account)),
            Caller::Address(address) => Self::Address(address),
        }
    }
}

/// How far a caller's limit is used up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    action: Action,
    rate: Rate,
    remaining: u32,
    /// In how many seconds to ask again, if it is too much.
    pub(super) wait: Option<u64>,
}

type Buckets = DefaultKeyedRateLimiter<Key, StateInformationMiddleware>;

/// The limits of all kinds of actions, shared by all threads.
pub(super) struct Rates {
    rates: config::Rates,
    /// By action, and by how many times as often it may be done.
    buckets: RwLock<HashMap<(Action, u32), Arc<Buckets>>>,
    known: Mutex<HashMap<Digest, Known>>,
    /// By caller and action; without an action, of every one that has none of its own.
    factors: RwLock<HashMap<(Key, Option<Action>), u32>>,
    learned: Mutex<Option<Instant>>,
    counted: AtomicU32,
}

/// Who showed a token or a session that counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) who: Who,
    /// Whose token it is.
    pub(super) publisher: Option<Id<Publisher>>,
}

impl Rates {
    pub(super) fn new(rates: &config::Rates) -> Self {
        Self {
            rates: rates.clone(),
            buckets: RwLock::default(),
            known: Mutex::default(),
            factors: RwLock::default(),
            learned: Mutex::default(),
            counted: AtomicU32::new(0),
        }
    }

    /// Counts an action; nothing where it is not limited.
    pub(super) fn count(&self, action: Action, address: IpAddr, known: Option<Known>) -> Option<Standing> {
        let key = match known {
            None => Key::Address(address),
            Some(Known { publisher: Some(publisher), .. }) => Key::Publisher(publisher),
            Some(Known { who, publisher: None }) => Key::Known(who),
        };
        let rate = rate_of(action, &self.rates).times(self.factor(key, action));
        let buckets = self.buckets(action, rate)?;
        if self.counted.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.forget();
        }
        let (remaining, wait) = match buckets.check_key(&key) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(until) => (0, Some(until.wait_time_from(DefaultClock::default().now()).as_secs() + 1)),
        };
        Some(Standing { action, rate, remaining, wait })
    }

    /// Who showed a token or session, if it has counted before.
    pub(super) fn known(&self, shown: &Digest) -> Option<Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(shown).copied()
    }

    /// Notes who showed a token or session that counted.
    pub(super) fn know(&self, shown: Digest, who: Known) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(shown, who);
    }

    /// Forgets who showed a token or session that counts no more: what whoever has it now does is not that one's doing.
    pub(super) fn forget_known(&self, shown: &Digest) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(shown);
    }

    /// Whether it is time to learn what operators allow, which another server or a command may have changed. One caller is told so.
    pub(super) fn is_to_learn(&self) -> bool {
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = learned.is_none_or(|learned| learned.elapsed() >= LEARN_EVERY);
        if is_due {
            *learned = Some(Instant::now());
        }
        is_due
    }

    /// Learns what operators allow some callers.
    ///
    /// # Errors
    /// [`StoreError`]; what was known stays then.
    pub(super) async fn learn(&self, ports: &Ports) -> Result<(), StoreError> {
        let allowances = ports.store.read().await?.rate_allowances().await?;
        let factors = allowances.into_iter().map(|allowance| {
            ((Key::from(allowance.caller), allowance.action), u32::try_from(allowance.factor).unwrap_or(1))
        });
        *self.factors.write().unwrap_or_else(PoisonError::into_inner) = factors.collect();
        Ok(())
    }

    fn factor(&self, key: Key, action: Action) -> u32 {
        let factors = self.factors.read().unwrap_or_else(PoisonError::into_inner);
        factors.get(&(key, Some(action))).or_else(|| factors.get(&(key, None))).copied().unwrap_or(1)
    }

    /// None where there is no limit.
    fn buckets(&self, action: Action, rate: Rate) -> Option<Arc<Buckets>> {
        let key = (action, rate.count());
        if let Some(buckets) = self.buckets.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Some(Arc::clone(buckets));
        }
        let count = NonZeroU32::new(rate.count())?;
        let quota = Quota::with_period(rate.window() / count.get())?.allow_burst(count);
        let mut all = self.buckets.write().unwrap_or_else(PoisonError::into_inner);
        let buckets = all.entry(key).or_insert_with(|| Arc::new(RateLimiter::keyed(quota).with_middleware()));
        Some(Arc::clone(buckets))
    }

    fn forget(&self) {
        for buckets in self.buckets.read().unwrap_or_else(PoisonError::into_inner).values() {
            buckets.retain_recent();
            buckets.shrink_to_fit();
        }
    }
}

impl Standing {
    /// Tells the caller how much is left.
    pub(super) fn tell(self, headers: &mut HeaderMap) {
        for (name, value) in self.headers() {
            headers.insert(name, value);
        }
    }

    pub(super) fn headers(self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let (name, count, window) = (self.action.as_str(), self.rate.count(), self.rate.window().as_secs());
        let policy = format!("\"{name}\";q={count};w={window}");
        let wait = self.wait.map(|wait| format!(";t={wait}")).unwrap_or_default();
        let left = format!("\"{name}\";r={}{wait}", self.remaining);
        [(RATELIMIT_POLICY, policy), (RATELIMIT, left)]
            .into_iter()
            .filter_map(|(name, text)| Some((name, HeaderValue::try_from(text).ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_of_one_kind() {
        let of = |method: Method, path: &str| action_of(&method, &format!("/api/v1/{path}"));
        for (method, path, action) in [
            (Method::GET, "search", Action::Search),
            (Method::HEAD, "modules/adx/hello", Action::Read),
            (Method::GET, "session", Action::Read),
            (Method::GET, "session/openid/callback", Action::SignIn),
            (Method::POST, "session", Action::SignIn),
            (Method::POST, "session/passkey", Action::SignIn),
            (Method::POST, "session/unlock", Action::SignIn),
            (Method::POST, "password-reset/confirm", Action::SignIn),
            (Method::POST, "restore-address", Action::SignIn),
            (Method::DELETE, "session", Action::Write),
            (Method::PUT, "modules/adx/hello/versions/1.0.0", Action::Publish),
            (Method::POST, "modules/adx/hello/versions/1.0.0/yank", Action::Write),
            (Method::PUT, "modules/adx/hello/deprecation", Action::Write),
            (Method::POST, "trusted-publishing/token", Action::Exchange),
            (Method::POST, "tokens/report", Action::Report),
            (Method::POST, "tokens", Action::Write),
        ] {
            assert_eq!(of(method.clone(), path), action, "{method} {path}");
        }
    }

    #[test]
    fn each_kind_and_each_caller_is_counted_apart() {
        let loader = config::Loader::new().text("a.toml", "[rates]\nsearch = \"2/h\"\nread = \"off\"\n").unwrap();
        let rates = Rates::new(&loader.load().unwrap().rates);
        let [one, other]: [IpAddr; 2] = ["192.0.2.1", "192.0.2.2"].map(|address| address.parse().unwrap());
        let search = |address| rates.count(Action::Search, address, None).unwrap();
        assert_eq!((search(one).remaining, search(one).wait), (1, None));
        let over = search(one);
        assert!(over.wait.is_some_and(|wait| (1..=1_801).contains(&wait)), "{over:?}");
        assert!(search(other).wait.is_none());
        let known = Known { who: Who::Machine, publisher: None };
        assert!(rates.count(Action::Search, one, Some(known)).unwrap().wait.is_none());
        assert!(rates.count(Action::Write, one, None).unwrap().wait.is_none());
        assert!(rates.count(Action::Read, one, None).is_none());
        let mut headers = HeaderMap::new();
        over.tell(&mut headers);
        assert_eq!(headers.get("ratelimit-policy").unwrap(), "\"search\";q=2;w=3600");
        assert!(headers.get("ratelimit").unwrap().to_str().unwrap().starts_with("\"search\";r=0;t="));
    }
}

//! What every handler shares.

use std::{sync::Arc, time::Duration};

use actix_web::http::header::HeaderValue;
use adx_registry_core::{Ports, ports::StoreError, shown::AskedStore};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    files::{FileCache, TakenDown},
    forwarded::Believed,
    health::Readiness,
    limiter::Limiter,
    metrics::Metrics,
    rates::Rates,
    refused::Refusals,
    session_cookie::SessionCookie,
    uploads::Uploads,
};
use crate::{
    config::Config,
    worker::SigningHealth,
    world::{Commits, Ticks},
};

/// How often a long poll looks at the feed itself: another process may have published.
pub(super) const FEED_RECHECK: Duration = Duration::from_secs(5);

/// How many modules each caller may report a minute in the long run, and at once: people write by hand.
const MODULE_REPORTS_PER_MINUTE: u32 = 2;
const MODULE_REPORTS_AT_ONCE: u32 = 10;

/// One per process; cheap to clone behind `web::Data`.
pub struct State {
    /// What the use cases need.
    pub ports: Ports,
    /// How the server was told to behave.
    pub config: Arc<Config>,
    /// Wakes long polls.
    pub commits: Commits,
    /// Files served from memory.
    pub files: Arc<FileCache>,
    /// What `/metrics` shows.
    pub metrics: Metrics,
    /// What `/readyz` found last.
    pub readiness: Readiness,
    /// How the rounds of signing go.
    pub signing: SigningHealth,
    /// Packages that are sent at once.
    pub(super) uploads: Arc<Uploads>,
    /// Publishes running at once.
    pub publishes: Arc<Semaphore>,
    /// Publishes outlive a client that hangs up; shutdown waits for them here.
    pub tasks: TaskTracker,
    /// Cancelled when the server stops: long polls answer at once.
    pub stopping: CancellationToken,
    /// Which refusals were told to the audit log.
    pub(super) refusals: Refusals,
    /// Time since the process began.
    pub ticks: Ticks,
    /// How people's sessions are set and read.
    pub(super) cookie: SessionCookie,
    /// Packages that are not served.
    pub(super) taken_down: TakenDown,
    /// Reports of modules.
    pub(super) module_reports: Limiter,
    /// Whose word is taken about where requests come from.
    pub(super) believed: Believed,
    /// How often each caller may do what.
    pub(super) rates: Rates,
    /// `Cache-Control` of index files.
    pub index_cache_control: HeaderValue,
}

impl State {
    /// Puts the shared parts together. Whatever a request writes is written only if what it showed counts still.
    pub fn new(ports: Ports, config: Arc<Config>, commits: Commits, files: Arc<FileCache>, metrics: Metrics) -> Self {
        Self {
            ports: Ports { store: Arc::new(AskedStore::of(&ports)), ..ports },
            commits,
            files,
            metrics,
            readiness: Readiness::default(),
            signing: SigningHealth::default(),
            uploads: Uploads::new(config.limits.concurrent_uploads),
            publishes: Arc::new(Semaphore::new(config.limits.concurrent_publishes)),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            refusals: Refusals::default(),
            ticks: Ticks::start(),
            taken_down: TakenDown::new(),
            cookie: SessionCookie::new(&config),
            module_reports: Limiter::of_minutes(
                MODULE_REPORTS_PER_MINUTE,
                MODULE_REPORTS_AT_ONCE,
                Believed::of(&config.server),
            ),
            believed: Believed::of(&config.server),
            rates: Rates::new(&config.rates),
            index_cache_control: max_age(config.cache.index_max_age.0),
            config,
        }
    }
}

impl State {
    /// Reads what must be known before the first answer.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn prepare(&self) -> Result<(), StoreError> {
        self.taken_down.read(&self.ports).await.map(drop)
    }
}

/// A short life at clients and proxies, after which they ask again with their validator.
fn max_age(age: Duration) -> HeaderValue {
    HeaderValue::try_from(format!("public, max-age={}, must-revalidate", age.as_secs()))
        .unwrap_or_else(|_| HeaderValue::from_static("no-cache"))
}

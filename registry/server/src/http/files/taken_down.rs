//! Which packages are not served because they were taken down.
//!
//! Packages are served without a look at the database; this set is read from it once a second, so that each server keeps to what was
//! done at any of them. While the database does not answer, what was known last holds.

use std::{
    collections::HashSet,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use actix_web::http::{
    StatusCode,
    header::{self, HeaderValue},
};
use adx_registry_core::{
    Ports,
    ports::StoreError,
    takedown::{Takedown, takedown_of},
};
use adx_signing::digest::Digest;

use crate::{
    http::problem::{Problem, chain},
    world::Ticks,
};

/// How old the set gets, in milliseconds.
const LONGEST_MS: u64 = 1_000;

/// The set; one per process.
pub(in crate::http) struct TakenDown {
    ticks: Ticks,
    read_at: AtomicU64,
    known: RwLock<Option<Arc<HashSet<Digest>>>>,
}

impl TakenDown {
    /// Not read yet.
    pub(in crate::http) fn new() -> Self {
        Self { ticks: Ticks::start(), read_at: AtomicU64::new(0), known: RwLock::default() }
    }

    /// Reads the set anew.
    pub(in crate::http) async fn read(&self, ports: &Ports) -> Result<Arc<HashSet<Digest>>, StoreError> {
        let now = self.ticks.millis();
        let read: HashSet<_> = ports.store.read().await?.packages_taken_down().await?.into_iter().collect();
        let read = Arc::new(read);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&read));
        self.read_at.store(now, Relaxed);
        Ok(read)
    }

    /// Refuses a package that was taken down.
    pub(in crate::http) async fn refuse(&self, ports: &Ports, sha256: &Digest) -> Result<(), Problem> {
        if !self.fresh(ports).await?.contains(sha256) {
            return Ok(());
        }
        match takedown_of(ports, sha256).await? {
            Some((_, takedown)) => Err(unavailable(ports, &takedown)),
            // It was given back this second.
            None => Ok(()),
        }
    }

    async fn fresh(&self, ports: &Ports) -> Result<Arc<HashSet<Digest>>, StoreError> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(known) = known else { return self.read(ports).await };
        let (now, read_at) = (self.ticks.millis(), self.read_at.load(Relaxed));
        // Whoever sets the time goes and asks; the others keep to what is known.
        let is_old = now.saturating_sub(read_at) > LONGEST_MS;
        if !is_old || self.read_at.compare_exchange(read_at, now, Relaxed, Relaxed).is_err() {
            return Ok(known);
        }
        match self.read(ports).await {
            Ok(read) => Ok(read),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the takedowns could not be read; those known last hold");
                Ok(known)
            }
        }
    }
}

/// What whoever asks for something that was taken down is told. Source: RFC 7725.
pub(in crate::http) fn unavailable(ports: &Ports, takedown: &Takedown) -> Problem {
    let Takedown { module, version, reason, reference, .. } = takedown;
    let what = version.as_ref().map_or_else(|| format!("`{module}`"), |version| format!("`{module}` {version}"));
    let link = HeaderValue::try_from(format!("<{}>; rel=\"blocked-by\"", ports.page("")));
    let problem = Problem::new(
        StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS,
        "taken-down",
        "Taken down",
        format!("{what} was taken down: {reason} ({reference})"),
    )
    .hint("Its publisher can appeal; the log of this registry keeps that it was released.");
    match link {
        Ok(link) => problem.with_header(header::LINK, link),
        Err(_) => problem,
    }
}

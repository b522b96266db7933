//! Which version of a module answers a tenant's calls, and how one takes the place of another without a call failing.
//!
//! Each (tenant, module) has a gate. A call holds it shared from beginning to end; an update holds it alone. While the update
//! has it, no call is running, new calls queue in front of it, and when it opens they go to whatever version is then behind
//! it. The gate is fair: once an update waits for it, later calls queue behind the update; and nobody waits for anything but
//! the module while holding it. So draining takes no longer than the longest call that was already running. See
//! `docs/decisions/0003-update-without-failing-calls.md`.
//!
//! Before it gets to the gate a call is counted against the module's calls per minute; then it needs a slot of its
//! installation and one of its tenant's places, so that nobody takes the whole sandbox.

mod turn;

pub use turn::Turn;

use crate::{settings::Applied, store::Pin};
use adx_sandbox::{Limits, Module, ModuleData};
use adx_signing::name::{ModuleId, TenantId};
use governor::{
    DefaultDirectRateLimiter, Quota,
    clock::{Clock as _, DefaultClock},
};
use parking_lot::{Mutex, RwLock};
use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::{AcquireError, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit, Semaphore};

/// One version of a module, loaded for one tenant.
pub struct Live {
    /// Version and digest.
    pub pin: Pin,
    /// The compiled component.
    pub module: Module,
    /// What a call of it may use.
    pub limits: Limits,
    /// The module's data.
    pub data: ModuleData,
    /// The schema of its settings.
    pub config_schema: Option<serde_json::Value>,
    /// Grants and settings, replaced while it runs.
    pub applied: RwLock<Applied>,
    /// Calls at a time.
    pub slots: Arc<Semaphore>,
    /// Calls in a minute.
    pub rate: Rate,
    /// Whether it is not free: what may be done with it is for a licence to say.
    pub licensed: bool,
}

/// A token bucket that holds a minute's calls: so many may come at once, and then as they are filled up again.
pub struct Rate {
    per_minute: NonZeroU32,
    bucket: DefaultDirectRateLimiter,
}

impl Rate {
    /// A full bucket. None per minute counts as one.
    pub fn per_minute(calls: u32) -> Self {
        let per_minute = NonZeroU32::new(calls).unwrap_or(NonZeroU32::MIN);
        Self { per_minute, bucket: DefaultDirectRateLimiter::direct(Quota::per_minute(per_minute)) }
    }

    fn take(&self) -> Result<(), NotRouted> {
        self.bucket.check().map_err(|not_until| NotRouted::TooMany {
            per_minute: self.per_minute.get(),
            wait: not_until.wait_time_from(DefaultClock::default().now()),
        })
    }
}

type Key = (TenantId, ModuleId);

#[derive(Default)]
struct Gate {
    /// Held shared by each call, alone by an operation.
    pass: Arc<tokio::sync::RwLock<()>>,
    /// What calls go to. Changed only in a [`Turn`], by who holds the gate alone.
    behind: RwLock<Option<Arc<Live>>>,
    /// The operation's hold on the gate, from one step to the next.
    held: Mutex<Option<OwnedRwLockWriteGuard<()>>>,
    /// One at a time reads and applies grants and settings, so that an older reading cannot overwrite a newer one.
    refresh: Arc<tokio::sync::Mutex<()>>,
    in_flight: Arc<AtomicUsize>,
}

/// Why a call was not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRouted {
    /// Nothing is behind the gate.
    #[error("the module is not active")]
    NotActive,
    /// The gate stayed shut, or all slots taken, for too long.
    #[error("the call waited too long for its turn")]
    QueuedTooLong,
    /// The calls of this minute are used up.
    #[error("the module takes {per_minute} calls a minute, and they are used up")]
    TooMany {
        /// How many it takes.
        per_minute: u32,
        /// Until it takes the next one.
        wait: Duration,
    },
}

/// A call on its way: while it is held, the version it goes to stays.
pub struct Call {
    /// What it goes to.
    pub live: Arc<Live>,
    _slot: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
    _pass: OwnedRwLockReadGuard<()>,
    in_flight: Arc<AtomicUsize>,
}

impl Drop for Call {
    fn drop(&mut self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Gate {
    async fn enter(&self, places: &Arc<Semaphore>) -> Result<Call, NotRouted> {
        let mut turn: Option<(Arc<Live>, OwnedSemaphorePermit)> = None;
        let mut place: Option<OwnedSemaphorePermit> = None;
        loop {
            let pass = if let Ok(pass) = Arc::clone(&self.pass).try_read_owned() {
                pass
            } else {
                // It may stay shut for long: who waits here must not keep the tenant's other modules waiting.
                drop(place.take());
                Arc::clone(&self.pass).read_owned().await
            };
            let live = self.behind.read().clone().ok_or(NotRouted::NotActive)?;
            let slot = match turn.take() {
                Some((of, slot)) if Arc::ptr_eq(&of, &live) => Some(slot),
                // Its turn was for a version that is gone.
                _ => Arc::clone(&live.slots).try_acquire_owned().ok(),
            };
            // Below, the gate is let go of first: a queue that held it would have an update wait for every call in the queue.
            let Some(slot) = slot else {
                drop((pass, place.take()));
                let slot = Arc::clone(&live.slots).acquire_owned().await.map_err(|_| NotRouted::NotActive)?;
                turn = Some((live, slot));
                continue;
            };
            let Some(place) = place.take().or_else(|| Arc::clone(places).try_acquire_owned().ok()) else {
                drop(pass);
                place = Some(Arc::clone(places).acquire_owned().await.map_err(|_| NotRouted::NotActive)?);
                turn = Some((live, slot));
                continue;
            };
            self.in_flight.fetch_add(1, Ordering::Relaxed);
            let in_flight = Arc::clone(&self.in_flight);
            return Ok(Call { live, _slot: slot, _place: place, _pass: pass, in_flight });
        }
    }
}

/// The gates of all installations, and the places in the sandbox that each tenant has.
pub struct Routes {
    gates: RwLock<HashMap<Key, Arc<Gate>>>,
    places: RwLock<HashMap<TenantId, Arc<Semaphore>>>,
    places_each: usize,
    turns: turn::Turns,
}

impl Routes {
    /// No gates yet; each tenant may have `places_each` calls at a time, over all its modules.
    pub fn new(places_each: usize) -> Self {
        Self { gates: RwLock::default(), places: RwLock::default(), places_each, turns: turn::Turns::default() }
    }

    /// Takes a call through the gate; waits no longer than `patience`.
    pub async fn enter(&self, tenant: &TenantId, module: &ModuleId, patience: Duration) -> Result<Call, NotRouted> {
        let gate = self.find(tenant, module).ok_or(NotRouted::NotActive)?;
        if let Some(live) = &*gate.behind.read() {
            live.rate.take()?;
        }
        let places = self.places(tenant);
        tokio::time::timeout(patience, gate.enter(&places)).await.map_err(|_| NotRouted::QueuedTooLong)?
    }

    /// One of the tenant's places, for what runs past the gate: the module's own lifecycle functions.
    pub async fn place(&self, tenant: &TenantId) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.places(tenant).acquire_owned().await
    }

    fn places(&self, tenant: &TenantId) -> Arc<Semaphore> {
        if let Some(places) = self.places.read().get(tenant) {
            return Arc::clone(places);
        }
        let mut all = self.places.write();
        Arc::clone(all.entry(tenant.clone()).or_insert_with(|| Arc::new(Semaphore::new(self.places_each))))
    }

    /// Whether an operation has shut the gate.
    pub fn is_shut(&self, tenant: &TenantId, module: &ModuleId) -> bool {
        self.find(tenant, module).is_some_and(|gate| gate.held.lock().is_some())
    }

    /// What is behind the gate, shut or not.
    pub fn behind(&self, tenant: &TenantId, module: &ModuleId) -> Option<Arc<Live>> {
        self.find(tenant, module)?.behind.read().clone()
    }

    /// The right to read grants and settings and apply them to what is behind the gate.
    pub async fn refreshing(&self, tenant: &TenantId, module: &ModuleId) -> tokio::sync::OwnedMutexGuard<()> {
        let refresh = Arc::clone(&self.gate(tenant, module).refresh);
        refresh.lock_owned().await
    }

    /// Calls running now.
    pub fn in_flight(&self, tenant: &TenantId, module: &ModuleId) -> usize {
        self.find(tenant, module).map_or(0, |gate| gate.in_flight.load(Ordering::Relaxed))
    }

    /// Calls running now, over all installations.
    pub fn all_in_flight(&self) -> usize {
        self.gates.read().values().map(|gate| gate.in_flight.load(Ordering::Relaxed)).sum()
    }

    fn find(&self, tenant: &TenantId, module: &ModuleId) -> Option<Arc<Gate>> {
        self.gates.read().get(&(tenant.clone(), module.clone())).cloned()
    }

    fn gate(&self, tenant: &TenantId, module: &ModuleId) -> Arc<Gate> {
        Arc::clone(self.gates.write().entry((tenant.clone(), module.clone())).or_default())
    }
}

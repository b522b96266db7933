//! Licences here: which the tenants have, where each stands, and what follows from it.
//!
//! A module whose manifest says that it is free needs none. Of any other, a licence that covers the version decides what may be
//! done: installing, updating, activating, and whether calls may change something. What is taken away is announced first
//! ([`timeline`]), time does not go back ([`seen`]), leases are renewed well before they end ([`keep`]). See
//! `docs/decisions/0021-licences.md`.

mod import;
mod keep;
mod lease;
mod list;
mod seats;
mod seen;
mod timeline;

pub use self::{
    import::ImportError,
    lease::{LeaseClient, LeaseError},
    list::{LicenceView, NextStep},
    seats::SeatsError,
};
pub(crate) use self::{keep::keep_licences, seen::SeenTime, timeline::Timeline};

use self::timeline::Standing;
use crate::{
    host::Host,
    step::StepError,
    store::{Announcement, Pin, StoreError, StoredLicence},
    verify::VerifiedPackage,
};
use adx_index::manifest::Pricing;
use adx_signing::{
    UtcSecond,
    licence::{Action, LicenceId, RevokedLicence, State, Step, Verified, verify},
    name::{ModuleId, TenantId},
};
use parking_lot::RwLock;
use semver::Version;
use std::{collections::BTreeMap, sync::Arc};
use time::Duration;

/// What to do where a licence is missing.
pub(crate) const HINT: &str =
    "see GET …/licences for what the tenant has; bring a licence with POST …/licences, or renew it at the registry";

/// A tenant's module.
pub(crate) type Key = (TenantId, ModuleId);

/// A licence that was brought here, verified against what its registry says now.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) stored: StoredLicence,
    /// What it says; or why it is not believed any more.
    pub(crate) verified: Result<Verified, String>,
    pub(crate) revoked: Option<RevokedLicence>,
}

impl Held {
    fn timeline(&self, verified: &Verified) -> Timeline {
        Timeline::of(&verified.proven(), self.revoked.as_ref().map(|revoked| revoked.at))
    }
}

/// What is known of licences, in memory; it follows from the store and from what registries signed.
#[derive(Debug, Default)]
pub(crate) struct Licences {
    pub(crate) seen: SeenTime,
    known: RwLock<Known>,
    /// Held while a licence is taken and while seats are given: either decides by what is there, and then writes.
    taking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    held: BTreeMap<Key, Vec<Arc<Held>>>,
    announced: BTreeMap<Key, Vec<Announcement>>,
}

/// What a tenant is entitled to of a version.
#[derive(Debug, Clone)]
pub(crate) struct Entitled {
    /// The licence that says so.
    pub(crate) held: Option<Arc<Held>>,
    pub(crate) timeline: Timeline,
    /// Where it stands here.
    pub(crate) standing: Standing,
    /// Where it stands by its own steps, for what is asked for anew.
    pub(crate) by_itself: State,
    /// In words.
    pub(crate) why: String,
}

/// Something is not licensed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{module} {version} is not licensed for this: {why}")]
pub struct NotLicensed {
    /// The module.
    pub module: ModuleId,
    /// Its version.
    pub version: Version,
    /// Why not.
    pub why: String,
}

impl Licences {
    /// The licences of a tenant's module.
    pub(crate) fn held(&self, key: &Key) -> Vec<Arc<Held>> {
        self.known.read().held.get(key).cloned().unwrap_or_default()
    }

    /// Every tenant's module of which there is a licence.
    pub(crate) fn keys(&self) -> Vec<Key> {
        self.known.read().held.keys().cloned().collect()
    }

    /// When a step was announced to a tenant.
    fn announced(&self, key: &Key, licence: Option<LicenceId>, step: Step) -> Option<UtcSecond> {
        let known = self.known.read();
        let of_it = known.announced.get(key)?.iter();
        let is_it = |told: &&Announcement| {
            told.licence == licence && told.state == step.state && UtcSecond::from(told.due) == step.at
        };
        of_it.filter(is_it).map(|told| told.announced_at.into()).min()
    }

    /// Where a timeline stands for a tenant's module.
    pub(crate) fn standing(
        &self,
        key: &Key,
        licence: Option<LicenceId>,
        timeline: &Timeline,
        notice: Duration,
        now: UtcSecond,
    ) -> Standing {
        timeline.stands(|step| self.announced(key, licence, step), notice, now)
    }

    /// What a tenant is entitled to of a version: by the best of its licences that cover it.
    pub(crate) fn entitled(&self, key: &Key, version: &Version, notice: Duration, now: UtcSecond) -> Entitled {
        let held = self.held(key);
        let best = held
            .iter()
            .filter_map(|held| Some((held, held.verified.as_ref().ok()?)))
            .filter(|(_, verified)| verified.licence().covers(version))
            .map(|(held, verified)| {
                let timeline = held.timeline(verified);
                let standing = self.standing(key, Some(verified.licence().id), &timeline, notice, now);
                let by_itself = timeline.by_itself(now);
                let until = verified.proven().until;
                let rank = (rank(standing.state), rank(by_itself), until.is_none(), until);
                (rank, Arc::clone(held), timeline, standing, by_itself)
            })
            .max_by(|one, other| one.0.cmp(&other.0));
        if let Some((_, held, timeline, standing, by_itself)) = best {
            let why = in_words(&held, standing, by_itself);
            return Entitled { held: Some(held), timeline, standing, by_itself, why };
        }
        let timeline = Timeline::over();
        let standing = self.standing(key, None, &timeline, notice, now);
        let why = held.iter().find_map(|held| held.verified.as_ref().err().cloned()).unwrap_or_else(|| {
            let covered = |held: &Arc<Held>| Some(held.verified.as_ref().ok()?.licence().versions.to_string());
            let covered: Vec<String> = held.iter().filter_map(covered).collect();
            if covered.is_empty() {
                "the tenant has no licence of it".to_owned()
            } else {
                format!("the tenant's licences cover other versions: {}", covered.join("; "))
            }
        });
        Entitled { held: None, timeline, standing, by_itself: State::Disabled, why }
    }
}

/// How much a state is worth to who has a licence: first what it allows, then how long it goes on.
fn rank(state: State) -> (usize, std::cmp::Reverse<State>) {
    (Action::ALL.into_iter().filter(|action| state.allows(*action)).count(), std::cmp::Reverse(state))
}

fn in_words(held: &Held, standing: Standing, by_itself: State) -> String {
    let id = held.stored.id;
    match (&held.revoked, standing.state.max(by_itself)) {
        (Some(revoked), State::Revoked) => format!("licence {id} was taken back: {}", revoked.reason),
        (_, State::Pending) => format!("licence {id} has not begun"),
        (_, state) => format!("licence {id} is {state}"),
    }
}

/// Whether a package is free.
pub(crate) fn is_free(package: &VerifiedPackage) -> bool {
    package.manifest().marketplace.pricing == Pricing::Free
}

impl Host {
    /// The time by which licences are judged.
    pub(crate) fn licence_time(&self) -> UtcSecond {
        self.licences.seen.now(self.clock.now())
    }

    /// How long before it takes effect a step is announced at least.
    pub(crate) fn notice(&self) -> Duration {
        Duration::try_from(self.config.licences.notice.0).unwrap_or(Duration::MAX)
    }

    /// Reads every licence anew, and what registries say of them as far as it is known here.
    pub(crate) async fn read_licences(&self) -> Result<(), StoreError> {
        let mut known = Known::default();
        for stored in self.store.licences().await? {
            let key = (stored.tenant.clone(), stored.module.clone());
            known.held.entry(key).or_default().push(Arc::new(self.judged(stored)));
        }
        for announcement in self.store.announcements().await? {
            let key = (announcement.tenant.clone(), announcement.module.clone());
            known.announced.entry(key).or_default().push(announcement);
        }
        *self.licences.known.write() = known;
        Ok(())
    }

    fn judged(&self, stored: StoredLicence) -> Held {
        let authority = match self.registries.of(&stored.module).map(|registry| registry.licence_authority()) {
            Ok(Ok(Some(authority))) => Ok(authority),
            Ok(Ok(None)) => Err("its registry says of no key that it signs licences".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(error) => Err(error.message),
        };
        let revoked = authority.as_ref().ok().and_then(|authority| authority.revoked.get(&stored.id).cloned());
        let verified =
            authority.and_then(|authority| verify(&stored.token, &authority).map_err(|error| error.to_string()));
        Held { stored, verified, revoked }
    }

    /// Whether a tenant may do something with a version, which is asked for now. Installing and updating go by the licence alone;
    /// what runs goes on until what would end it was announced.
    pub(crate) fn may(&self, key: &Key, version: &Version, action: Action) -> Result<Entitled, NotLicensed> {
        let entitled = self.licences.entitled(key, version, self.notice(), self.licence_time());
        let state = match action {
            Action::Download | Action::Update | Action::Seat => entitled.by_itself,
            Action::Write | Action::Activate | Action::Read => entitled.standing.state,
        };
        if state.allows(action) {
            return Ok(entitled);
        }
        Err(NotLicensed { module: key.1.clone(), version: version.clone(), why: entitled.why })
    }

    /// Refuses a step of an operation that the tenant's licences do not allow. Where the registry gives leases it is asked for one
    /// first: it may have sold a licence meanwhile.
    pub(crate) async fn licensed(
        &self,
        tenant: &TenantId,
        package: &VerifiedPackage,
        action: Action,
    ) -> Result<(), StepError> {
        if is_free(package) {
            return Ok(());
        }
        let key = (tenant.clone(), package.manifest().id());
        let version = &package.pin().version;
        let Err(refused) = self.may(&key, version, action) else { return Ok(()) };
        if let Err(error) = self.renew(&key).await {
            tracing::warn!(%tenant, module = %key.1, error = crate::step::with_causes(&error), "there is no lease to be had");
        }
        match self.may(&key, version, action) {
            Ok(_) => Ok(()),
            // With another licence the same version will do.
            Err(_) => {
                Err(StepError { again: true, hint: Some(HINT), ..StepError::refused("licence", refused.to_string()) })
            }
        }
    }

    /// Whether a version that is installed needs a licence. One that cannot be read does: unknown means no.
    pub(crate) async fn is_licensed(&self, tenant: &TenantId, module: &ModuleId, pin: &Pin) -> bool {
        if let Some(live) = self.routes.behind(tenant, module).filter(|live| live.pin == *pin) {
            return live.licensed;
        }
        self.shelf.take(module, pin).await.map_or(true, |package| !is_free(&package))
    }

    /// Why a call may only read, if it may; refuses one that may not even that.
    pub(crate) fn only_reading(&self, key: &Key, version: &Version) -> Result<Option<Arc<str>>, NotLicensed> {
        let entitled = self.may(key, version, Action::Read)?;
        if entitled.standing.state.allows(Action::Write) {
            return Ok(None);
        }
        Ok(Some(format!("nothing may be changed, {}", entitled.why).into()))
    }
}

//! Licences here: which the tenants have, where each stands, and what follows from it.
//!
//! A module whose manifest says that it is free needs none. Of any other, a licence that covers the version decides what may be
//! done: installing, updating, activating, and whether calls may change something. What is taken away is announced first
//! ([`timeline`], [`keep`]), and time does not go back ([`seen`]). See `docs/decisions/0021-licences.md`.

mod import;
mod keep;
mod lease_client;
mod list;
mod renew;
mod seats;
mod seen;
mod timeline;

pub use self::{
    import::ImportError,
    lease_client::{LeaseClient, LeaseError},
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
    licence::{Action, Authority, RevokedLicence, State, Step, Verified, verify},
    name::{ModuleId, TenantId},
};
use adx_trust::Registry;
use parking_lot::RwLock;
use semver::Version;
use std::{collections::BTreeMap, sync::Arc};
use time::Duration;

/// What to do where a licence is missing.
pub(crate) const HINT: &str = "see GET …/licences for what the tenant has, and bring a licence with POST …/licences";

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
    /// Held while everything is read anew: who read the store first must not have the last word.
    reading: tokio::sync::Mutex<()>,
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

    /// Before when a step takes nothing away, if that was announced: as much as the step takes, or more, and for when it is due, or
    /// later. Of which licence is no matter: what was announced took the others into account, and one that ended long ago gives no
    /// notice of its own.
    fn not_before(&self, key: &Key, step: Step, notice: Duration) -> Option<UtcSecond> {
        let known = self.known.read();
        let of_it = known.announced.get(key)?.iter();
        let covers =
            |told: &&Announcement| rank(told.state) <= rank(step.state) && UtcSecond::from(told.due) >= step.at;
        of_it.filter(covers).map(|told| not_before(told, notice)).min()
    }

    /// Where a timeline stands for a tenant's module.
    fn standing(&self, key: &Key, timeline: &Timeline, notice: Duration, now: UtcSecond) -> Standing {
        timeline.stands(|step| self.not_before(key, step, notice), notice, now)
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
                let standing = self.standing(key, &timeline, notice, now);
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
        let standing = self.standing(key, &timeline, notice, now);
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

/// Before when nothing happens that was announced.
fn not_before(told: &Announcement, notice: Duration) -> UtcSecond {
    UtcSecond::from(told.announced_at).after(notice).max(told.due.into())
}

/// How much a state allows.
fn rank(state: State) -> usize {
    Action::ALL.into_iter().filter(|action| state.allows(*action)).count()
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
        let _alone = self.licences.reading.lock().await;
        let authorities = self.authorities();
        let mut known = Known::default();
        for stored in self.store.licences().await? {
            let key = (stored.tenant.clone(), stored.module.clone());
            known.held.entry(key).or_default().push(Arc::new(self.judged(stored, &authorities)));
        }
        for announcement in self.store.announcements().await? {
            let key = (announcement.tenant.clone(), announcement.module.clone());
            known.announced.entry(key).or_default().push(announcement);
        }
        *self.licences.known.write() = known;
        Ok(())
    }

    /// What each registry says of licences, or why it does not; by its name. Read once for all licences: the list may be long.
    fn authorities(&self) -> BTreeMap<&str, Result<Authority, String>> {
        let said = |registry: &Registry| match registry.licence_authority() {
            Ok(Some(authority)) => Ok(authority),
            Ok(None) => Err("its registry says of no key that it signs licences".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        self.registries.all().map(|registry| (registry.name(), said(registry))).collect()
    }

    fn judged(&self, stored: StoredLicence, authorities: &BTreeMap<&str, Result<Authority, String>>) -> Held {
        let authority = match self.registries.of(&stored.module) {
            Ok(registry) => authorities[registry.name()].as_ref().map_err(Clone::clone),
            Err(error) => Err(error.message),
        };
        let revoked = authority.as_ref().ok().and_then(|authority| authority.revoked.get(&stored.id).cloned());
        let verified =
            authority.and_then(|authority| verify(&stored.token, authority).map_err(|error| error.to_string()));
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

    /// Refuses a step of an operation that the tenant's licences do not allow.
    pub(crate) fn licensed(
        &self,
        tenant: &TenantId,
        package: &VerifiedPackage,
        action: Action,
    ) -> Result<(), StepError> {
        if is_free(package) {
            return Ok(());
        }
        let key = (tenant.clone(), package.manifest().id());
        match self.may(&key, &package.pin().version, action) {
            Ok(_) => Ok(()),
            // With another licence the same version will do.
            Err(refused) => {
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

#[cfg(test)]
mod tests {
    use super::*;
    use adx_signing::{
        SecretKey,
        licence::{Kind, Licence, LicenceId},
    };

    const HOUR: Duration = Duration::hours(1);

    fn at(text: &str) -> UtcSecond {
        text.parse().expect("an instant")
    }

    fn key() -> Key {
        ("acme".parse().expect("a tenant"), "acme/guest".parse().expect("a module"))
    }

    /// A licence from the beginning of the year to `until`, `grace` seconds more, and then nothing.
    fn held(number: u8, until: &str, grace: u64) -> Arc<Held> {
        let (secret, from) = (SecretKey::from_seed(&[1; 32]), at("2026-01-01T00:00:00Z"));
        let authority = Authority::new("registry.test/log".parse().expect("an origin"), secret.public());
        let (tenant, module) = key();
        let licence = Licence {
            id: LicenceId::new(from, [number; 10]),
            registry: authority.registry.clone(),
            tenant: tenant.clone(),
            module: module.clone(),
            versions: semver::VersionReq::STAR,
            features: [].into(),
            seats: None,
            kind: Kind::Subscription,
            from,
            until: Some(at(until)),
            grace,
            read_only: 0,
            retained: 0,
        };
        let token = licence.sign(from, &secret).expect("a licence");
        let verified = Ok(verify(&token, &authority).expect("signed"));
        let stored =
            StoredLicence { tenant, module, id: licence.id, token, actor: "admin".to_owned(), at: from.into() };
        Arc::new(Held { stored, verified, revoked: None })
    }

    fn told(state: State, due: &str, announced_at: &str) -> Announcement {
        let (tenant, module) = key();
        Announcement {
            tenant,
            module,
            licence: None,
            state,
            due: at(due).into(),
            announced_at: at(announced_at).into(),
        }
    }

    fn entitled(held: &[Arc<Held>], told: &[Announcement], now: &str) -> Entitled {
        let licences = Licences::default();
        *licences.known.write() =
            Known { held: [(key(), held.to_vec())].into(), announced: [(key(), told.to_vec())].into() };
        licences.entitled(&key(), &Version::new(1, 0, 0), HOUR, at(now))
    }

    #[test]
    fn licences_that_ended_before_the_last_one_give_no_notice_of_their_own() {
        let licences = [held(1, "2026-02-01T00:00:00Z", 0), held(2, "2026-03-01T00:00:00Z", 0)];
        let end = told(State::Expired, "2026-03-01T00:00:00Z", "2026-02-20T00:00:00Z");
        let state = |told: &[Announcement], now| entitled(&licences, told, now).standing.state;
        assert_eq!(state(std::slice::from_ref(&end), "2026-02-28T23:59:59Z"), State::Active);
        assert_eq!(state(&[end], "2026-03-01T00:00:00Z"), State::Expired);
        // That of the first end says nothing of the second.
        let first = told(State::Expired, "2026-02-01T00:00:00Z", "2026-01-20T00:00:00Z");
        assert_eq!(state(&[first], "2026-03-10T00:00:00Z"), State::Active);
    }

    #[test]
    fn nothing_comes_before_the_time_for_which_it_was_announced() {
        let end = [told(State::Expired, "2026-03-01T00:00:00Z", "2026-02-20T00:00:00Z")];
        // The licence is believed no more meanwhile.
        assert_eq!(entitled(&[], &end, "2026-02-28T23:59:59Z").standing.state, State::Active);
        assert_eq!(entitled(&[], &end, "2026-03-01T00:00:00Z").standing.state, State::Disabled);
        assert_eq!(entitled(&[], &end, "2026-02-28T23:59:59Z").by_itself, State::Disabled);
    }

    #[test]
    fn the_licence_that_is_in_force_counts_and_not_one_that_was_not_announced_to_end() {
        let licences = [held(1, "2026-02-01T00:00:00Z", 0), held(2, "2026-02-01T00:00:00Z", 864_000)];
        let entitled = entitled(&licences, &[], "2026-02-05T00:00:00Z");
        assert_eq!(entitled.by_itself, State::Grace);
        assert_eq!(entitled.held.expect("a licence").stored.id, licences[1].stored.id);
    }
}

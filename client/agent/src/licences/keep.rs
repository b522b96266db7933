//! Looking after licences while the agent runs: time is seen, steps are announced, leases are renewed.

use super::{Entitled, ImportError, Key, Licences};
use crate::{
    agent::Agent,
    audit,
    host::Host,
    store::{Announcement, AuditRow, Installation, Outcome, StoreError},
    sync::backoff,
};
use adx_signing::{
    Digest, UtcSecond,
    licence::{Step, Verified},
    name::{ModuleId, TenantId},
};
use semver::Version;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How much of a lease has passed before it is renewed, at least and at most: in between by chance, so that agents that leased
/// together do not come back together.
const RENEW_BETWEEN: (f64, f64) = (0.4, 0.6);
/// How much of a lease has passed before its end is announced: by then it was to be renewed for long.
const ANNOUNCE_AFTER: f64 = 0.8;
/// How long the registry is not asked again for a lease that it has not.
const WITHOUT: std::time::Duration = std::time::Duration::from_secs(3_600);

/// Looks after the licences of all tenants until it is told to stop.
pub(crate) async fn keep_licences(agent: Arc<Agent>, stop: CancellationToken) {
    let keep = async {
        let mut renewals = Renewals::default();
        loop {
            if let Err(error) = agent.host().look_after_licences().await {
                tracing::error!(%error, "licences could not be looked after");
            }
            renewals.renew_due(&agent).await;
            let pause = agent.config().sync.refresh.0.mul_f64(0.75 + crate::entropy::fraction() / 2.0);
            tokio::time::sleep(pause).await;
        }
    };
    let _: Option<()> = stop.run_until_cancelled(keep).await;
}

/// When the registry is asked again after it gave no lease.
#[derive(Default)]
struct Renewals {
    failures: BTreeMap<Key, u32>,
    again: BTreeMap<Key, Instant>,
}

impl Renewals {
    async fn renew_due(&mut self, agent: &Agent) {
        let host = agent.host();
        let now = host.licence_time();
        for key in host.wanting_a_lease(now) {
            if self.again.get(&key).is_some_and(|again| Instant::now() < *again) {
                continue;
            }
            match host.renew(&key).await {
                Ok(true) => {
                    self.failures.remove(&key);
                    self.again.remove(&key);
                }
                Ok(false) => drop(self.again.insert(key, Instant::now() + WITHOUT)),
                Err(error) => {
                    let failures = self.failures.entry(key.clone()).or_default();
                    *failures = failures.saturating_add(1);
                    let error = crate::step::with_causes(&error);
                    tracing::warn!(tenant = %key.0, module = %key.1, error, failures = *failures, "a lease was not renewed; trying again");
                    let again = Instant::now() + backoff(agent, *failures);
                    self.again.insert(key, again);
                }
            }
        }
    }
}

/// The instant at which so much of a lease has passed.
fn passed(verified: &Verified, share: f64) -> Option<UtcSecond> {
    let (issued, until) = (verified.issued(), verified.lease_until()?);
    let length = Duration::seconds(until.unix_seconds() - issued.unix_seconds());
    Some(issued.after(length * share))
}

/// When a lease is renewed: the same each time it is asked, and another for each lease.
fn renewal(verified: &Verified) -> Option<UtcSecond> {
    let lease = format!("{} {}", verified.licence().id, verified.issued());
    let chance = f64::from(Digest::of(lease.as_bytes()).as_bytes()[0]) / 255.0;
    let (least, most) = RENEW_BETWEEN;
    passed(verified, least + (most - least) * chance)
}

impl Host {
    /// Sees the time, reads what registries say, and announces what is to come.
    pub(crate) async fn look_after_licences(&self) -> Result<(), StoreError> {
        self.see_time().await?;
        self.read_licences().await?;
        let installations = self.store.all_installations().await?;
        let announcements: Vec<_> =
            installations.iter().flat_map(|installation| self.to_be_announced(installation)).collect();
        if announcements.is_empty() {
            return Ok(());
        }
        let rows: Vec<AuditRow> =
            announcements.iter().map(|announcement| self.announcement_row(announcement)).collect();
        // What is told first holds: a step waits for its announcement, which whoever reads the log has seen then.
        self.store.add_audit(&rows).await?;
        self.store.add_announcements(&announcements).await?;
        self.read_licences().await
    }

    async fn see_time(&self) -> Result<(), StoreError> {
        let registries = self.registries.all().filter_map(|registry| registry.latest_time().ok().flatten());
        let leases = self.licences.keys().into_iter().flat_map(|key| self.licences.held(&key));
        let leases = leases.filter_map(|held| held.verified.as_ref().ok().map(Verified::issued));
        let vouched = registries.chain(leases).max();
        let clock = self.clock.now();
        let latest = self.licences.seen.see(clock, vouched, Instant::now());
        if let Some(latest) = self.licences.seen.set_back(clock) {
            tracing::error!(%clock, %latest, "the clock was set back: licences are judged by the latest time that was seen");
        }
        self.store.see_time(latest).await
    }

    /// What of a running module's licence is to be announced now.
    fn to_be_announced(&self, installation: &Installation) -> Vec<Announcement> {
        let Installation { tenant, module, current: Some(pin), .. } = installation else { return Vec::new() };
        if !self.routes.behind(tenant, module).is_some_and(|live| live.licensed) {
            return Vec::new();
        }
        let key: Key = (tenant.clone(), module.clone());
        let (now, notice) = (self.licence_time(), self.notice());
        let entitled = self.licences.entitled(&key, &pin.version, notice, now);
        if entitled.is_renewed_before(now) {
            return Vec::new();
        }
        let licence = entitled.held.as_ref().map(|held| held.stored.id);
        let coming = entitled.timeline.taking().filter(|step| {
            now >= step.at.after(-notice.saturating_mul(2))
                && !self.licences.is_announced(&key, licence, *step)
                && !self.licences.goes_on_without(&key, &pin.version, *step)
        });
        coming
            .map(|step| Announcement {
                tenant: tenant.clone(),
                module: module.clone(),
                licence,
                state: step.state,
                due: step.at.into(),
                announced_at: now.into(),
            })
            .collect()
    }

    fn announcement_row(&self, announcement: &Announcement) -> AuditRow {
        let Announcement { tenant, module, licence, state, due, announced_at } = announcement;
        let not_before = UtcSecond::from(*announced_at).after(self.notice()).max((*due).into());
        tracing::warn!(%tenant, %module, licence = ?licence, %state, due = %UtcSecond::from(*due), %not_before,
            "a licence is to take something away");
        let detail = json!({
            "licence": licence,
            "state": state,
            "due": UtcSecond::from(*due),
            "not_before": not_before,
        });
        audit::row(self, tenant, "licence", "licence.announce", Some(module), Outcome::Done, detail)
    }

    /// Those whose lease is to be renewed, and modules that run and of which there is no licence.
    fn wanting_a_lease(&self, now: UtcSecond) -> BTreeSet<Key> {
        let is_due = |key: &Key| {
            let held = self.licences.held(key);
            let leases: Vec<_> = held.iter().filter_map(|held| renewal(held.verified.as_ref().ok()?)).collect();
            !leases.is_empty() && leases.iter().all(|renewal| *renewal <= now)
        };
        let unlicensed = self.routes.licensed().into_iter().filter(|key| self.licences.held(key).is_empty());
        self.licences.keys().into_iter().filter(is_due).chain(unlicensed).collect()
    }

    /// Asks the registry for a lease and takes it; `false` where there is nobody to ask, or nothing to be had.
    pub(crate) async fn renew(&self, key: &Key) -> Result<bool, ImportError> {
        let (tenant, module): (&TenantId, &ModuleId) = (&key.0, &key.1);
        let Some(client) = self.registries.leases(module) else { return Ok(false) };
        let Some(lease) = client.lease(tenant, module).await? else { return Ok(false) };
        self.take_licence(tenant, "registry", &lease).await?;
        Ok(true)
    }
}

impl Entitled {
    /// Whether it is a lease that is to be renewed long before it ends: then its end is nothing to announce.
    fn is_renewed_before(&self, now: UtcSecond) -> bool {
        let verified = self.held.as_ref().and_then(|held| held.verified.as_ref().ok());
        verified.is_some_and(|verified| {
            let ends_with_lease = verified.lease_until().is_some() && verified.proven().until == verified.lease_until();
            let is_revoked = self.held.as_ref().is_some_and(|held| held.revoked.is_some());
            ends_with_lease && !is_revoked && passed(verified, ANNOUNCE_AFTER).is_some_and(|late| now < late)
        })
    }
}

impl Licences {
    fn is_announced(&self, key: &Key, licence: Option<adx_signing::LicenceId>, step: Step) -> bool {
        self.announced(key, licence, step).is_some()
    }

    /// Whether another licence allows more at a step than the step leaves.
    fn goes_on_without(&self, key: &Key, version: &Version, step: Step) -> bool {
        let others = self.held(key);
        others.iter().filter_map(|held| Some((held, held.verified.as_ref().ok()?))).any(|(held, verified)| {
            let state = held.timeline(verified).by_itself(step.at);
            verified.licence().covers(version) && super::rank(state) > super::rank(step.state)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adx_signing::{
        SecretKey,
        licence::{Authority, Kind, Licence, LicenceId, verify},
    };

    #[test]
    fn a_lease_is_renewed_well_before_its_end_and_each_at_its_own_time() {
        let at = |text: &str| text.parse::<UtcSecond>().expect("an instant");
        let key = SecretKey::from_seed(&[1; 32]);
        let registry: adx_signing::log::KeyName = "registry.test/log".parse().expect("an origin");
        let authority = Authority::new(registry.clone(), key.public());
        let issued = at("2026-01-01T00:00:00Z");
        let times: BTreeSet<UtcSecond> = (0..20)
            .map(|number| {
                let licence = Licence {
                    id: LicenceId::new(issued, [number; 10]),
                    registry: registry.clone(),
                    tenant: "acme".parse().expect("a tenant"),
                    module: "acme/guest".parse().expect("a module"),
                    versions: semver::VersionReq::STAR,
                    features: [].into(),
                    seats: None,
                    kind: Kind::Subscription,
                    from: issued,
                    until: None,
                    grace: 0,
                    read_only: 0,
                    retained: 0,
                };
                let lease = licence.lease(issued, at("2026-01-11T00:00:00Z"), &key).expect("a lease");
                let verified = verify(&lease, &authority).expect("a lease");
                assert_eq!(passed(&verified, ANNOUNCE_AFTER), Some(at("2026-01-09T00:00:00Z")));
                renewal(&verified).expect("a lease is renewed")
            })
            .collect();
        assert!(times.iter().all(|time| (at("2026-01-05T00:00:00Z")..=at("2026-01-07T00:00:00Z")).contains(time)));
        assert!(times.len() > 10, "{times:?}");
    }
}

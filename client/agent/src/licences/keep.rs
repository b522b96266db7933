//! Looking after licences while the agent runs: time is seen, steps are announced, and what is due is renewed.

use super::{Entitled, Key, Licences, not_before, rank, renew::Renewals};
use crate::{
    agent::Agent,
    audit,
    host::Host,
    store::{Announcement, AuditRow, Installation, Outcome, StoreError},
};
use adx_signing::{
    UtcSecond,
    licence::{Action, Step, Verified},
};
use semver::Version;
use serde_json::json;
use std::sync::Arc;
use time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How much of a lease has passed before its end is announced: by then it was to be renewed for long.
const ANNOUNCE_AFTER: f64 = 0.8;

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

/// From when on the end of a lease is announced.
fn late(verified: &Verified) -> Option<UtcSecond> {
    let (issued, until) = (verified.issued(), verified.lease_until()?);
    let length = Duration::seconds(until.unix_seconds() - issued.unix_seconds());
    Some(issued.after(length * ANNOUNCE_AFTER))
}

impl Host {
    /// Sees the time, reads what registries say, and announces what is to come.
    pub(crate) async fn look_after_licences(&self) -> Result<(), StoreError> {
        self.see_time().await?;
        self.read_licences().await?;
        let installations = self.store.all_installations().await?;
        self.withdraw_announcements(&installations).await?;
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
        let held = self.licences.keys().into_iter().flat_map(|key| self.licences.held(&key));
        let signed = held.filter_map(|held| held.verified.as_ref().ok().map(Verified::issued));
        let vouched = registries.chain(signed).max();
        let clock = self.clock.now();
        let latest = self.licences.seen.see(clock, vouched, Instant::now());
        if let Some(latest) = self.licences.seen.set_back(clock) {
            tracing::error!(%clock, %latest, "the clock was set back: licences are judged by the latest time that was seen");
        }
        self.store.see_time(latest).await
    }

    /// Takes back what was announced of an end that is past, where a licence is in force: else another end, a year later, would count as
    /// announced.
    async fn withdraw_announcements(&self, installations: &[Installation]) -> Result<(), StoreError> {
        let now = self.licence_time();
        let mut is_changed = false;
        for Installation { tenant, module, current, .. } in installations {
            let (Some(pin), key) = (current, (tenant.clone(), module.clone())) else { continue };
            if self.licences.has_announced(&key, now)
                && self.licences.entitled(&key, &pin.version, self.notice(), now).by_itself.allows(Action::Write)
            {
                self.store.withdraw_announcements(tenant, module, now.into()).await?;
                is_changed = true;
            }
        }
        if is_changed { self.read_licences().await } else { Ok(()) }
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
                && self.licences.not_before(&key, *step, notice).is_none()
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
        let Announcement { tenant, module, licence, state, due, .. } = announcement;
        let not_before = not_before(announcement, self.notice());
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
}

impl Entitled {
    /// Whether it is a lease that is to be renewed long before it ends: then its end is nothing to announce.
    fn is_renewed_before(&self, now: UtcSecond) -> bool {
        let verified = self.held.as_ref().and_then(|held| held.verified.as_ref().ok());
        verified.is_some_and(|verified| {
            let ends_with_lease = verified.lease_until().is_some() && verified.proven().until == verified.lease_until();
            let is_revoked = self.held.as_ref().is_some_and(|held| held.revoked.is_some());
            ends_with_lease && !is_revoked && late(verified).is_some_and(|late| now < late)
        })
    }
}

impl Licences {
    /// Whether an end was announced that was due by now.
    fn has_announced(&self, key: &Key, now: UtcSecond) -> bool {
        let known = self.known.read();
        known.announced.get(key).is_some_and(|told| told.iter().any(|told| UtcSecond::from(told.due) <= now))
    }

    /// Whether another licence allows more at a step than the step leaves.
    fn goes_on_without(&self, key: &Key, version: &Version, step: Step) -> bool {
        let others = self.held(key);
        others.iter().filter_map(|held| Some((held, held.verified.as_ref().ok()?))).any(|(held, verified)| {
            let state = held.timeline(verified).by_itself(step.at);
            verified.licence().covers(version) && rank(state) > rank(step.state)
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
    fn the_end_of_a_lease_is_announced_when_it_should_have_been_renewed_for_long() {
        let at = |text: &str| text.parse::<UtcSecond>().expect("an instant");
        let (key, issued) = (SecretKey::from_seed(&[1; 32]), at("2026-01-01T00:00:00Z"));
        let authority = Authority::new("registry.test/log".parse().expect("an origin"), key.public());
        let licence = Licence {
            id: LicenceId::new(issued, [1; 10]),
            registry: authority.registry.clone(),
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
        let read = |token: String| verify(&token, &authority).expect("signed");
        let lease = licence.lease(issued, at("2026-01-11T00:00:00Z"), &key).expect("a lease");
        assert_eq!(late(&read(lease)), Some(at("2026-01-09T00:00:00Z")));
        assert_eq!(late(&read(licence.sign(issued, &key).expect("a licence"))), None);
    }
}

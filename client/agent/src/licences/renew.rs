//! Leases, renewed long before they end, and licences that are to be signed anew since their order goes on.

use super::{Held, ImportError, Key, LeaseError};
use crate::{agent::Agent, host::Host, step::with_causes, sync::backoff};
use adx_signing::{
    UtcSecond,
    digest::Digest,
    licence::{LicenceId, State, Verified},
};
use std::{collections::BTreeMap, sync::Arc};
use time::Duration;
use tokio::time::Instant;

/// How much of a lease has passed before it is renewed, at least and at most: in between by chance, so that agents that leased together do
/// not come back together.
const RENEW_BETWEEN: (f64, f64) = (0.4, 0.6);
/// How long before its end a licence that is no lease is renewed, at least and at most.
const BEFORE: (Duration, Duration) = (Duration::days(3), Duration::days(6));
/// How long the registry is not asked again for a lease that it has not.
const WITHOUT: std::time::Duration = std::time::Duration::from_secs(3_600);

/// Why a lease was not renewed.
#[derive(Debug, thiserror::Error)]
enum RenewError {
    /// The registry gave none.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// What it gave was not taken.
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// When the registry is asked again after it gave no lease.
#[derive(Default)]
pub(super) struct Renewals {
    failures: BTreeMap<LicenceId, u32>,
    again: BTreeMap<LicenceId, Instant>,
}

impl Renewals {
    /// Renews what is due.
    pub(super) async fn renew_due(&mut self, agent: &Agent) {
        let host = agent.host();
        for (key, held) in host.due_for_renewal(host.licence_time()) {
            let id = held.stored.id;
            if self.again.get(&id).is_some_and(|again| Instant::now() < *again) {
                continue;
            }
            match host.renew(&key, &held).await {
                Ok(true) => {
                    self.failures.remove(&id);
                    self.again.remove(&id);
                }
                Ok(false) => drop(self.again.insert(id, Instant::now() + WITHOUT)),
                Err(error) => {
                    let failures = self.failures.entry(id).or_default();
                    *failures = failures.saturating_add(1);
                    tracing::warn!(
                        tenant = %key.0, module = %key.1, error = with_causes(&error), failures = *failures,
                        "a licence was not renewed; trying again"
                    );
                    self.again.insert(id, Instant::now() + backoff(agent, *failures));
                }
            }
        }
    }
}

/// When a licence or a lease is renewed, if it ends: the same each time it is asked, and another for each.
fn renewal(verified: &Verified) -> Option<UtcSecond> {
    let seed = format!("{} {}", verified.licence().id, verified.issued());
    let chance = f64::from(Digest::of(seed.as_bytes()).as_bytes()[0]) / 255.0;
    if let Some(until) = verified.lease_until() {
        let issued = verified.issued();
        let length = Duration::seconds(until.unix_seconds() - issued.unix_seconds());
        let (least, most) = RENEW_BETWEEN;
        return Some(issued.after(length * (least + (most - least) * chance)));
    }
    let (last, first) = BEFORE;
    verified.licence().until.map(|until| until.after(-(last + (first - last) * chance)))
}

/// Whether a licence lasts longer than another, as far as the tokens prove it.
fn lasts_longer(one: &Verified, other: &Verified) -> bool {
    let lasting = |verified: &Verified| {
        let until = verified.proven().until;
        (until.is_none(), until)
    };
    lasting(one) > lasting(other)
}

impl Host {
    /// Of each tenant's module the licence that lasts longest, where that is to be renewed. What was taken back or is over for good is not
    /// asked for again.
    fn due_for_renewal(&self, now: UtcSecond) -> Vec<(Key, Arc<Held>)> {
        let last = |key: &Key| {
            let held = self.licences.held(key).into_iter().filter(|held| held.revoked.is_none());
            let believed = held.filter_map(|held| Some((held.verified.clone().ok()?, held)));
            believed.reduce(|one, other| if lasts_longer(&other.0, &one.0) { other } else { one })
        };
        let due = |key: Key| {
            let (verified, held) = last(&key)?;
            let is_due = renewal(&verified).is_some_and(|at| at <= now);
            (is_due && verified.state(now, None) != State::Expired).then_some((key, held))
        };
        self.licences.keys().into_iter().filter_map(due).collect()
    }

    /// Asks the registry for a lease, and takes it if it lasts longer than what is here; `false` where there is nobody to ask, or nothing to
    /// be had.
    async fn renew(&self, key: &Key, held: &Held) -> Result<bool, RenewError> {
        let (tenant, module) = key;
        let Some(client) = self.registries.leases(module) else { return Ok(false) };
        let Some(lease) = client.lease(tenant, module, &held.stored.token).await? else { return Ok(false) };
        let (_, given) = self.read_licence(&lease)?;
        if held.verified.as_ref().is_ok_and(|present| !lasts_longer(&given, present)) {
            return Ok(false);
        }
        self.take_licence(tenant, "registry", &lease).await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adx_signing::{
        SecretKey,
        licence::{Authority, Kind, Licence, verify},
    };
    use std::collections::BTreeSet;

    fn at(text: &str) -> UtcSecond {
        text.parse().expect("an instant")
    }

    /// When twenty licences are renewed that were signed at the same time.
    fn renewals(until: Option<&str>, lease_until: Option<&str>) -> BTreeSet<Option<UtcSecond>> {
        let (key, issued) = (SecretKey::from_seed(&[1; 32]), at("2026-01-01T00:00:00Z"));
        let authority = Authority::new("registry.test/log".parse().expect("an origin"), key.public());
        let renewal_of = |number| {
            let licence = Licence {
                id: LicenceId::new(issued, [number; 10]),
                registry: authority.registry.clone(),
                tenant: "acme".parse().expect("a tenant"),
                module: "acme/guest".parse().expect("a module"),
                versions: semver::VersionReq::STAR,
                features: [].into(),
                seats: None,
                kind: Kind::Subscription,
                from: issued,
                until: until.map(at),
                grace: 0,
                read_only: 0,
                retained: 0,
            };
            let token = match lease_until {
                Some(until) => licence.lease(issued, at(until), &key),
                None => licence.sign(issued, &key),
            };
            renewal(&verify(&token.expect("a licence"), &authority).expect("signed"))
        };
        (0..20).map(renewal_of).collect()
    }

    #[test]
    fn a_lease_is_renewed_well_before_its_end_and_each_at_its_own_time() {
        let times = renewals(None, Some("2026-01-11T00:00:00Z"));
        let between = Some(at("2026-01-05T00:00:00Z"))..=Some(at("2026-01-07T00:00:00Z"));
        assert!(times.iter().all(|time| between.contains(time)) && times.len() > 10, "{times:?}");
    }

    #[test]
    fn a_licence_is_renewed_some_days_before_its_end_and_never_where_it_has_none() {
        let times = renewals(Some("2026-02-10T00:00:00Z"), None);
        let between = Some(at("2026-02-04T00:00:00Z"))..=Some(at("2026-02-07T00:00:00Z"));
        assert!(times.iter().all(|time| between.contains(time)) && times.len() > 10, "{times:?}");
        assert_eq!(renewals(None, None), [None].into());
    }
}

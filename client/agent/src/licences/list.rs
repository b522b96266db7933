//! Which licences a tenant has, where each stands, and what comes next.

use super::{Held, Timeline};
use crate::{agent::Agent, store::StoreError};
use adx_signing::{
    UtcSecond,
    licence::{Licence, LicenceId, State},
    name::{ModuleId, TenantId},
};
use std::collections::BTreeSet;

/// A licence, as a tenant sees it.
#[derive(Debug, Clone)]
pub struct LicenceView {
    /// Its id.
    pub id: LicenceId,
    /// Of which module.
    pub module: ModuleId,
    /// What it says; none where it is not believed.
    pub licence: Option<Licence>,
    /// Until when it is leased; none where it is the licence itself.
    pub lease_until: Option<UtcSecond>,
    /// Where it stands here.
    pub state: State,
    /// The step that comes next.
    pub next: Option<NextStep>,
    /// Why it is not believed, or was taken back.
    pub problem: Option<String>,
    /// Who has a seat.
    pub people: BTreeSet<String>,
}

/// A step that comes.
#[derive(Debug, Clone, Copy)]
pub struct NextStep {
    /// To which state.
    pub state: State,
    /// When, by the licence.
    pub due: UtcSecond,
    /// When it takes effect here; unknown until it is announced.
    pub takes_effect: Option<UtcSecond>,
}

impl Agent {
    /// The licences of a tenant, by module.
    pub async fn licences_of(&self, tenant: &TenantId) -> Result<Vec<LicenceView>, StoreError> {
        let host = self.host();
        let mut views = Vec::new();
        for key in host.licences.keys().into_iter().filter(|key| key.0 == *tenant) {
            let people = self.store().seats(&key.0, &key.1).await?;
            let (notice, now) = (host.notice(), host.licence_time());
            let pin = self.store().installation(&key.0, &key.1).await?.and_then(|installation| installation.current);
            let used = pin.and_then(|pin| host.licences.entitled(&key, &pin.version, notice, now).held);
            for held in host.licences.held(&key) {
                let (licence, lease_until, timeline) = match &held.verified {
                    Ok(verified) => (Some(verified.licence().clone()), verified.lease_until(), held.timeline(verified)),
                    Err(_) => (None, None, Timeline::over()),
                };
                // Nothing waits for a licence by which nothing runs.
                let standing = if used.as_ref().is_some_and(|used| used.stored.id == held.stored.id) {
                    host.licences.standing(&key, &timeline, notice, now)
                } else {
                    timeline.stands(|step| Some(step.at), notice, now)
                };
                let next = standing.next.map(|coming| NextStep {
                    state: coming.step.state,
                    due: coming.step.at,
                    takes_effect: coming.takes_effect,
                });
                views.push(LicenceView {
                    id: held.stored.id,
                    module: key.1.clone(),
                    licence,
                    lease_until,
                    state: standing.state,
                    next,
                    problem: problem(&held),
                    people: people.clone(),
                });
            }
        }
        Ok(views)
    }

    /// The latest time that was seen, if the clock was set back behind it.
    pub fn clock_set_back(&self) -> Option<UtcSecond> {
        self.host().licences.seen.set_back(self.clock().now()).map(UtcSecond::from)
    }
}

fn problem(held: &Held) -> Option<String> {
    let revoked = held.revoked.as_ref().map(|revoked| format!("taken back from {} on: {}", revoked.at, revoked.reason));
    held.verified.as_ref().err().cloned().or(revoked)
}

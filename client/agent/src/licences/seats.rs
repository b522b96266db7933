//! Who has a seat. The platform that stands before the agent knows its people, and the agent only their names: it holds the number.

use super::{Key, NotLicensed};
use crate::{
    agent::Agent,
    audit,
    store::{Outcome, StoreError},
};
use adx_signing::{
    licence::Action,
    name::{ModuleId, TenantId},
};
use serde_json::json;
use std::collections::BTreeSet;

/// Most seats that are kept of one module, whatever its licence says: stops a caller from filling the disk.
const MAX_SEATS: usize = 100_000;
/// Longest name of a person, in characters.
const MAX_PERSON_CHARS: usize = 200;

/// Why seats were not given.
#[derive(Debug, thiserror::Error)]
pub enum SeatsError {
    /// There is nothing to have a seat of.
    #[error("{0} is not installed")]
    NotInstalled(ModuleId),
    /// More than there are.
    #[error("the licence of {module} has {seats} seats, {wanted} people were named")]
    TooMany {
        /// The module.
        module: ModuleId,
        /// How many seats there are.
        seats: usize,
        /// How many were asked for.
        wanted: usize,
    },
    /// The name of nobody.
    #[error("a person is named with 1 to {MAX_PERSON_CHARS} characters")]
    Person,
    /// No licence gives any.
    #[error(transparent)]
    NotLicensed(#[from] NotLicensed),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Agent {
    /// Says who has a seat, and nobody else. To take seats away no licence is needed.
    pub async fn set_seats(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        actor: &str,
        people: BTreeSet<String>,
    ) -> Result<BTreeSet<String>, SeatsError> {
        let host = self.host();
        if people.iter().any(|person| !(1..=MAX_PERSON_CHARS).contains(&person.chars().count())) {
            return Err(SeatsError::Person);
        }
        let _alone = host.licences.taking.lock().await;
        let installation = self.store().installation(tenant, module).await?;
        let pin =
            installation.and_then(|found| found.current).ok_or_else(|| SeatsError::NotInstalled(module.clone()))?;
        let before = self.store().seats(tenant, module).await?;
        let is_free = !host.is_licensed(tenant, module, &pin).await;
        if !is_free && !people.is_subset(&before) {
            let key: Key = (tenant.clone(), module.clone());
            let entitled = host.may(&key, &pin.version, Action::Seat)?;
            let verified = entitled.held.as_ref().and_then(|held| held.verified.as_ref().ok());
            let seats = verified.and_then(|verified| verified.licence().seats);
            let seats = seats.map_or(MAX_SEATS, |seats| MAX_SEATS.min(seats as usize));
            if people.len() > seats {
                return Err(SeatsError::TooMany { module: module.clone(), seats, wanted: people.len() });
            }
        }
        if people.len() > MAX_SEATS {
            return Err(SeatsError::TooMany { module: module.clone(), seats: MAX_SEATS, wanted: people.len() });
        }
        self.store().set_seats(tenant, module, &people).await?;
        let detail = json!({ "before": before.len(), "after": people.len() });
        let row = audit::row(host, tenant, actor, "seats", Some(module), Outcome::Done, detail);
        self.store().add_audit(&[row]).await?;
        Ok(people)
    }
}

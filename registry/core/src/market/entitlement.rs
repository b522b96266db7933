//! What an order entitles its tenant to: the row from which licences are signed.

use std::str::FromStr;

use adx_signing::licence::LicenceId;
use adx_signing::name::ModuleId;
use adx_signing::utc::UtcSecond;
use thiserror::Error;
use time::OffsetDateTime;

use super::order::{LicenceChange, Order};
use super::tenant::Tenant;
use crate::Id;

/// Whether licences are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntitlementState {
    /// They are.
    InForce,
    /// Not until somebody pays, or a dispute is settled.
    Frozen,
    /// Not any more; what was given runs out.
    Ended,
    /// Not any more, and what was given counts no more.
    Revoked,
}

/// A word that is no state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no state of a licence")]
pub struct UnknownEntitlementState(String);

impl EntitlementState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::InForce, Self::Frozen, Self::Ended, Self::Revoked];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InForce => "in-force",
            Self::Frozen => "frozen",
            Self::Ended => "ended",
            Self::Revoked => "revoked",
        }
    }
}

impl FromStr for EntitlementState {
    type Err = UnknownEntitlementState;

    fn from_str(text: &str) -> Result<Self, UnknownEntitlementState> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| UnknownEntitlementState(text.to_owned()))
    }
}

/// What an order entitles to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// Its identifier, from which that of its licence follows.
    pub id: Id<Entitlement>,
    /// By which order.
    pub order: Id<Order>,
    /// Whom.
    pub tenant: Id<Tenant>,
    /// To which module.
    pub module: ModuleId,
    /// Whether licences are given.
    pub state: EntitlementState,
    /// From when on.
    pub from: OffsetDateTime,
    /// Until when; for ever if nothing says.
    pub until: Option<OffsetDateTime>,
    /// Its licence as it was signed last.
    pub token: Option<String>,
    /// When the first was given.
    pub issued_at: OffsetDateTime,
    /// When it changed last.
    pub changed_at: OffsetDateTime,
}

impl Entitlement {
    /// What an order entitles to from now on.
    pub fn new(id: Id<Self>, order: &Order, now: OffsetDateTime) -> Self {
        Self {
            id,
            order: order.id,
            tenant: order.tenant,
            module: order.terms.module.clone(),
            state: EntitlementState::InForce,
            from: now,
            until: None,
            token: None,
            issued_at: now,
            changed_at: now,
        }
    }

    /// The id of its licence, the same however often that is signed anew: what is revoked is all of them.
    pub fn licence_id(&self) -> LicenceId {
        LicenceId::new(UtcSecond::from(self.issued_at), self.id.random())
    }

    /// Whether licences are given.
    pub fn is_in_force(&self) -> bool {
        self.state == EntitlementState::InForce
    }

    /// What it is after a change.
    #[must_use]
    pub fn changed(self, change: LicenceChange, now: OffsetDateTime) -> Self {
        let (state, until) = match change {
            LicenceChange::Issue(period) | LicenceChange::Renew(period) => (EntitlementState::InForce, period.until),
            LicenceChange::Freeze => (EntitlementState::Frozen, self.until),
            LicenceChange::Thaw => (EntitlementState::InForce, self.until),
            LicenceChange::End => (EntitlementState::Ended, self.until.map(|until| until.min(now)).or(Some(now))),
            LicenceChange::Revoke => (EntitlementState::Revoked, self.until),
        };
        Self { state, until, changed_at: now, ..self }
    }
}

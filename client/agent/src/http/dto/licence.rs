//! Licences and seats.

use crate::licences::{LicenceView, NextStep};
use adx_signing::UtcSecond;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// A licence to take.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewLicence {
    /// The whole text of the file, `-----BEGIN ADX LICENCE-----` …, or the token by itself.
    pub(in crate::http) licence: String,
}

/// A licence that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct TakenLicence {
    /// Its id.
    pub(in crate::http) id: String,
    /// Of which module.
    pub(in crate::http) module: String,
}

/// A licence of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Licence {
    /// Its id.
    pub(in crate::http) id: String,
    /// Of which module.
    #[schema(example = "acme/guest")]
    pub(in crate::http) module: String,
    /// Where it stands here: `pending`, `trial`, `active`, `grace`, `read-only`, `disabled`, `retained`, `expired` or `revoked`.
    pub(in crate::http) state: &'static str,
    /// The step that comes next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) next: Option<LicenceStep>,
    /// What it says; left out where it is not believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) terms: Option<LicenceTerms>,
    /// Until when it is leased; left out where it is the licence itself.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub(in crate::http) lease_until: Option<OffsetDateTime>,
    /// Why it is not believed, or that it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) problem: Option<String>,
    /// Who has a seat.
    pub(in crate::http) people: BTreeSet<String>,
}

/// A step that comes.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct LicenceStep {
    /// To which state.
    pub(in crate::http) state: &'static str,
    /// When, by the licence.
    #[serde(with = "time::serde::rfc3339")]
    pub(in crate::http) due: OffsetDateTime,
    /// When it takes effect here; left out until it is announced, before which it does not.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub(in crate::http) takes_effect: Option<OffsetDateTime>,
}

/// What a licence says.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct LicenceTerms {
    /// `trial`, `subscription`, `perpetual`, `metered` or `offer`.
    pub(in crate::http) kind: &'static str,
    /// The versions that it covers.
    pub(in crate::http) versions: String,
    /// What of the module it opens.
    pub(in crate::http) features: BTreeSet<String>,
    /// How many may use it; left out where it is no matter how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) seats: Option<u32>,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub(in crate::http) from: OffsetDateTime,
    /// Until when; left out where it has no end.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub(in crate::http) until: Option<OffsetDateTime>,
}

/// The licences of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct LicenceList {
    /// By module.
    pub(in crate::http) licences: Vec<Licence>,
    /// The latest time that was seen, by which they are judged, where the clock was set back behind it.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub(in crate::http) clock_set_back_from: Option<OffsetDateTime>,
}

/// Who has a seat, by the names that the platform has for them.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Seats {
    /// Nobody else has one.
    pub(in crate::http) people: BTreeSet<String>,
}

impl From<NextStep> for LicenceStep {
    fn from(NextStep { state, due, takes_effect }: NextStep) -> Self {
        Self { state: state.as_str(), due: due.into(), takes_effect: takes_effect.map(OffsetDateTime::from) }
    }
}

impl From<LicenceView> for Licence {
    fn from(view: LicenceView) -> Self {
        let LicenceView { id, module, licence, lease_until, state, next, problem, people } = view;
        let at = |time: Option<UtcSecond>| time.map(OffsetDateTime::from);
        Self {
            id: id.to_string(),
            module: module.to_string(),
            state: state.as_str(),
            next: next.map(LicenceStep::from),
            terms: licence.map(|licence| LicenceTerms {
                kind: licence.kind.as_str(),
                versions: licence.versions.to_string(),
                features: licence.features,
                seats: licence.seats,
                from: licence.from.into(),
                until: at(licence.until),
            }),
            lease_until: at(lease_until),
            problem,
            people,
        }
    }
}

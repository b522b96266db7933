//! Tenants.

use crate::store;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// A tenant of this agent.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "`tenant` is what its id is called everywhere in the API")]
pub(in crate::http) struct Tenant {
    /// Its id.
    #[schema(example = "acme")]
    pub(in crate::http) tenant: String,
    /// What people call it.
    pub(in crate::http) display_name: String,
    /// How long, in seconds, a release must have been public before it is installed.
    pub(in crate::http) cooldown_seconds: i64,
    /// The longer one of before, which was shortened and holds until it has passed once more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) held_cooldown: Option<HeldCooldown>,
    /// When it was added.
    #[serde(with = "time::serde::rfc3339")]
    pub(in crate::http) created_at: OffsetDateTime,
}

impl From<store::Tenant> for Tenant {
    fn from(tenant: store::Tenant) -> Self {
        Self {
            tenant: tenant.tenant.to_string(),
            display_name: tenant.display_name,
            cooldown_seconds: tenant.cooldown.whole_seconds(),
            held_cooldown: tenant.held_cooldown.map(HeldCooldown::from),
            created_at: tenant.created_at,
        }
    }
}

/// A cooldown that was shortened.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct HeldCooldown {
    /// How long it was, in seconds.
    pub(in crate::http) cooldown_seconds: i64,
    /// Until when it holds.
    #[serde(with = "time::serde::rfc3339")]
    pub(in crate::http) until: OffsetDateTime,
}

impl From<store::HeldCooldown> for HeldCooldown {
    fn from(store::HeldCooldown { cooldown, until }: store::HeldCooldown) -> Self {
        Self { cooldown_seconds: cooldown.whole_seconds(), until: super::whole_second(until) }
    }
}

/// A new tenant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewTenant {
    /// Its id: `[a-z][a-z0-9]*([-_][a-z0-9]+)*`, 2 to 64 characters.
    #[schema(example = "acme")]
    pub(in crate::http) tenant: String,
    /// What people call it.
    pub(in crate::http) display_name: String,
}

/// What a tenant demands of releases; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct TenantPolicy {
    /// How long, in seconds, a release must have been public before it is installed; 0 for not at all.
    pub(in crate::http) cooldown_seconds: Option<i64>,
}

/// A tenant with a token just made.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct TenantWithToken {
    /// The tenant.
    #[serde(flatten)]
    pub(in crate::http) tenant: Tenant,
    /// Its token, shown this once.
    pub(in crate::http) token: String,
}

/// The tenants.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct TenantList {
    /// By id.
    pub(in crate::http) tenants: Vec<Tenant>,
}

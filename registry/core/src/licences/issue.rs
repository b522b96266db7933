//! What a licence says of what an order entitles to.

use std::collections::BTreeSet;

use adx_signing::licence::{Kind, Licence};
use adx_signing::log::KeyName;
use adx_signing::name::TenantId;
use adx_signing::utc::UtcSecond;
use semver::VersionReq;
use time::Duration;

use crate::market::entitlement::Entitlement;
use crate::market::order::{GRACE, THAWS_WITHIN};
use crate::market::price::{Model, Terms};

/// How long what is there can be read after everything has stopped.
pub const READ_ONLY: Duration = Duration::days(30);

/// The licence of what an order entitles to. Everything goes on for as long as the next period may be paid late, and for as long as an order
/// can be thawed by a payment a module is disabled at most; as long again its data are kept.
pub fn licence_of(entitlement: &Entitlement, terms: &Terms, tenant: &TenantId, registry: &KeyName) -> Licence {
    let (kind, grace) = match terms.model {
        Model::Trial => (Kind::Trial, Duration::ZERO),
        Model::Free | Model::OneTime => (Kind::Perpetual, GRACE),
        Model::Month | Model::Year => (Kind::Subscription, GRACE),
    };
    Licence {
        id: entitlement.licence_id(),
        registry: registry.clone(),
        tenant: tenant.clone(),
        module: entitlement.module.clone(),
        versions: VersionReq::STAR,
        features: BTreeSet::new(),
        seats: terms.seats,
        kind,
        from: UtcSecond::from(entitlement.from),
        until: entitlement.until.map(UtcSecond::from),
        grace: seconds(grace),
        read_only: seconds(READ_ONLY),
        retained: seconds((THAWS_WITHIN - GRACE - READ_ONLY) * 2),
    }
}

fn seconds(stretch: Duration) -> u64 {
    stretch.unsigned_abs().as_secs()
}

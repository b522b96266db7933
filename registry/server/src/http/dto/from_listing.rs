//! Listings from what a manifest says.

use adx_index::manifest::{Interval, Localised, Manifest, Pricing as ManifestPricing, Tier};
use adx_registry_core::release::{Module as ModuleRow, Release};

use super::{
    Listing, ListingChanges, OtherModule, Permission, PriceTier, Pricing, PricingModel, Screenshot,
    from_core::permissions,
};

/// What is shown of a release: its manifest, in which language, the release before it with its own manifest, and what else its
/// publisher has.
pub(in crate::http) fn listing(
    release: &Release,
    manifest: &Manifest,
    localised: Option<&Localised>,
    before: Option<(&Release, &Manifest)>,
    others: &[ModuleRow],
) -> Listing {
    let marketplace = &manifest.marketplace;
    Listing {
        language: localised.map(|localised| localised.language.clone()),
        languages: marketplace.localised.iter().map(|localised| localised.language.clone()).collect(),
        screenshots: (0..marketplace.screenshots.len()).map(|place| screenshot(release, place + 1)).collect(),
        demo: marketplace.demo.clone(),
        documentation: marketplace.documentation.clone(),
        support: marketplace.support.clone(),
        pricing: Pricing::from(&marketplace.pricing),
        trial_days: marketplace.trial_days,
        changes: before.map(|(before, then)| changes(before, then, manifest)),
        other_modules: others.iter().map(OtherModule::from).collect(),
    }
}

fn screenshot(release: &Release, number: usize) -> Screenshot {
    // No version of a release has build metadata, so none has a `+` to be escaped.
    let url = format!("/api/v1/modules/{}/versions/{}/screenshots/{number}", release.module, release.version);
    Screenshot { thumbnail_url: format!("{url}?size=thumbnail"), url }
}

/// What a release changes in the one before.
pub(in crate::http) fn changes(before: &Release, then: &Manifest, now: &Manifest) -> ListingChanges {
    let (was, is) = (permissions(then), permissions(now));
    let pricing_before = Pricing::from(&then.marketplace.pricing);
    ListingChanges {
        since: before.version.to_string(),
        added_permissions: only_in(&is, &was),
        removed_permissions: only_in(&was, &is),
        pricing_before: Some(pricing_before).filter(|before| *before != Pricing::from(&now.marketplace.pricing)),
    }
}

/// The permissions of one list that the other has not.
fn only_in(these: &[Permission], those: &[Permission]) -> Vec<Permission> {
    let is_new = |asked: &&Permission| !those.iter().any(|known| known.permission == asked.permission);
    these.iter().filter(is_new).cloned().collect()
}

fn tier(tier: &Tier) -> PriceTier {
    PriceTier { from: tier.from, amount_minor: tier.amount_minor }
}

impl From<&ManifestPricing> for Pricing {
    fn from(pricing: &ManifestPricing) -> Self {
        let (model, price) = match pricing {
            ManifestPricing::Free => (PricingModel::Free, None),
            ManifestPricing::OneTime { price } => (PricingModel::OneTime, Some(price)),
            ManifestPricing::Subscription { price, interval: Interval::Month } => (PricingModel::Monthly, Some(price)),
            ManifestPricing::Subscription { price, interval: Interval::Year } => (PricingModel::Yearly, Some(price)),
        };
        Self {
            model,
            amount_minor: price.map(|price| price.amount_minor),
            currency: price.map(|price| price.currency.clone()),
            per_seat: price.is_some_and(|price| price.per_seat),
            tiers: price.map_or_else(Vec::new, |price| price.tiers.iter().map(tier).collect()),
        }
    }
}

impl From<&ModuleRow> for OtherModule {
    fn from(module: &ModuleRow) -> Self {
        Self {
            module: module.module.to_string(),
            display_name: module.display_name.clone(),
            description: module.description.clone(),
        }
    }
}

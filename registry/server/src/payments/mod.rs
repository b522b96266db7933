//! Who takes the money: so far nobody but the operator, by invoice.

mod invoice;
pub mod pdf;

use std::sync::Arc;

use adx_registry_core::market::MarketRules;
use adx_registry_core::ports::Payments;
use url::Url;

pub use invoice::ByInvoice;

use crate::config::Config;

/// Opens what the configuration names.
pub fn open(config: &Config) -> Arc<dyn Payments> {
    Arc::new(ByInvoice::new(config.payments.instructions.clone(), config.server.public_url.clone()))
}

/// How the configuration says that this registry sells.
pub fn rules(config: &Config) -> MarketRules {
    MarketRules { seller: config.payments.seller.clone(), share: config.payments.operator_share }
}

/// Below the registry's address.
fn below(public_url: Option<&Url>, path: &str) -> Option<Url> {
    let base = public_url?.as_str().trim_end_matches('/');
    Url::parse(&format!("{base}/{path}")).ok()
}

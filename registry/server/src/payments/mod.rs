//! Who takes the money: the operator by invoice, or Stripe.

mod invoice;
pub mod pdf;
mod stripe;

use std::sync::Arc;

use adx_registry_core::market::MarketRules;
use adx_registry_core::ports::Payments;
use anyhow::{Context as _, Result};
use url::Url;

pub use self::stripe::{ByStripe, Mode, StripeSettings};
pub use invoice::ByInvoice;

use crate::config::{Config, PaymentProvider};

/// Opens what the configuration names.
///
/// # Errors
/// When a part of it is missing.
pub fn open(config: &Config) -> Result<Arc<dyn Payments>> {
    let public_url = config.server.public_url.clone();
    match config.payments.provider {
        PaymentProvider::Invoice => Ok(Arc::new(ByInvoice::new(config.payments.instructions.clone(), public_url))),
        PaymentProvider::Stripe => {
            let section = &config.stripe;
            let settings = StripeSettings {
                secret_key: section.secret_key.clone().context("`stripe.secret_key` is missing")?,
                webhook_secret: section.webhook_secret.clone().context("`stripe.webhook_secret` is missing")?,
                api_url: section.api_url.clone(),
                public_url: public_url.context("`server.public_url` is missing")?,
            };
            let stripe = ByStripe::new(&settings).context("payments by Stripe cannot be opened")?;
            tracing::info!(mode = stripe.mode().as_str(), "payments by Stripe");
            Ok(Arc::new(stripe))
        }
    }
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

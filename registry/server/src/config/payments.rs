//! Who takes the money, as the configuration says it.

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{Config, ConfigError};
use crate::{identity::is_safe, payments::Mode};

/// Who takes the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentProvider {
    /// The operator, by invoice.
    Invoice,
    /// Stripe.
    Stripe,
}

impl PaymentProvider {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Invoice, Self::Stripe];

    /// The word in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::Stripe => "stripe",
        }
    }
}

/// What a secret of an endpoint begins with.
const WEBHOOK_SECRET: &str = "whsec_";

/// Where Stripe's API is.
pub(super) fn stripe_api() -> Url {
    Url::parse("https://api.stripe.com/").expect("the address is written well")
}

impl Config {
    /// Of a provider of payments, all is said that it takes. What is said is not repeated: it is secret.
    pub(super) fn check_payments(&self) -> Result<(), ConfigError> {
        let invalid = |key, reason: &str| Err(ConfigError::Invalid { key, reason: reason.to_owned() });
        let section = &self.stripe;
        if self.payments.provider == PaymentProvider::Invoice {
            if section.secret_key.is_some() || section.webhook_secret.is_some() {
                return invalid("payments.provider", "it must be `stripe`: the keys of Stripe are there");
            }
            return Ok(());
        }
        if section.secret_key.as_ref().and_then(Mode::of).is_none() {
            return invalid(
                "stripe.secret_key",
                "a key is needed that begins with `sk_live_`, `rk_live_`, `sk_test_` or `rk_test_`",
            );
        }
        let is_secret = |secret: &SecretString| {
            secret.expose_secret().strip_prefix(WEBHOOK_SECRET).is_some_and(|rest| !rest.is_empty())
        };
        if !section.webhook_secret.as_ref().is_some_and(is_secret) {
            return invalid(
                "stripe.webhook_secret",
                "the secret is needed that Stripe shows for the endpoint: `whsec_…`",
            );
        }
        if !is_safe(&section.api_url) || section.api_url.query().or(section.api_url.fragment()).is_some() {
            return invalid(
                "stripe.api_url",
                "it must be `https://…` without `?` and `#`; http is for this machine only",
            );
        }
        if self.server.public_url.is_none() {
            return invalid("server.public_url", "it is missing: Stripe sends browsers back there");
        }
        Ok(())
    }
}

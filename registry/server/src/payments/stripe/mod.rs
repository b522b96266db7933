//! By Stripe: the buyer pays on a page of Stripe's (Checkout), once or by a subscription, and what it takes is compared with the orders.
//!
//! Of async-stripe, the client is used and not the types: those want every field that Stripe's API has ever promised, of which a dozen are
//! read here.

mod api;
mod begin;
mod currency;
mod event;
mod look;
mod mode;
mod portal;
mod signature;

use adx_registry_core::Id;
use adx_registry_core::market::checkout::{Checkout, Standing};
use adx_registry_core::market::order::Order;
use adx_registry_core::market::price::Terms;
use adx_registry_core::ports::{Begun, Bill, Collector, Heard, NotBelieved, PaymentError, Payments, Stop};
use anyhow::{Context as _, Result};
use async_trait::async_trait;
use secrecy::SecretString;
use time::OffsetDateTime;
use url::Url;

pub use mode::Mode;

use api::{Api, unusable};

use super::below;

/// What it takes to be paid by Stripe.
#[derive(Debug, Clone)]
pub struct StripeSettings {
    /// The key that we show Stripe.
    pub secret_key: SecretString,
    /// What Stripe signs with.
    pub webhook_secret: SecretString,
    /// Where its API is.
    pub api_url: Url,
    /// Where buyers come back to.
    pub public_url: Url,
}

/// Stripe.
pub struct ByStripe {
    api: Api,
    mode: Mode,
    webhook_secret: SecretString,
    public_url: Url,
}

impl ByStripe {
    /// Stripe, reached with a key.
    ///
    /// # Errors
    /// When the key is none, or the address.
    pub fn new(settings: &StripeSettings) -> Result<Self> {
        let mode = Mode::of(&settings.secret_key).context("the secret key is none of Stripe's")?;
        let api = Api::new(&settings.secret_key, &settings.api_url)?;
        let (webhook_secret, public_url) = (settings.webhook_secret.clone(), settings.public_url.clone());
        Ok(Self { api, mode, webhook_secret, public_url })
    }

    /// Whether money moves.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Where a buyer comes back to.
    fn order_page(&self, order: Id<Order>) -> Result<Url, PaymentError> {
        let page = below(Some(&self.public_url), &format!("account/orders/{order}"));
        page.ok_or_else(|| unusable("`server.public_url` leads nowhere"))
    }
}

#[async_trait]
impl Payments for ByStripe {
    async fn begin(&self, bill: &Bill<'_>) -> Result<Begun, PaymentError> {
        self.step(bill).await
    }

    fn collector(&self) -> Option<&dyn Collector> {
        Some(self)
    }
}

#[async_trait]
impl Collector for ByStripe {
    fn hear(&self, signature: Option<&str>, body: &[u8], now: OffsetDateTime) -> Result<Heard, NotBelieved> {
        signature::check(&self.webhook_secret, signature, body, now)?;
        event::read(body, self.mode)
    }

    async fn order_of(&self, handle: &str) -> Result<Option<Id<Order>>, PaymentError> {
        self.order_behind(handle).await
    }

    async fn look(&self, opened: &[Checkout], now: OffsetDateTime) -> Result<Standing, PaymentError> {
        self.standing(opened, now).await
    }

    async fn give_back(&self, payment: &str, key: &str) -> Result<(), PaymentError> {
        self.api.post("/refunds", &[("payment_intent", payment)], Some(key)).await
    }

    async fn stop(&self, subscription: &str, when: Stop) -> Result<(), PaymentError> {
        let path = format!("/subscriptions/{subscription}");
        match when {
            // Doubled, it is the same.
            Stop::AtTheEnd => self.api.post(&path, &[("cancel_at_period_end", "true")], None).await,
            Stop::Now => self.api.delete(&path).await,
        }
    }

    fn takes_later_ones(&self, terms: &Terms, opened: &[Checkout]) -> bool {
        portal::is_subscribed(terms, opened)
    }

    async fn change_card(&self, opened: &[Checkout]) -> Result<Option<Url>, PaymentError> {
        self.portal(opened).await
    }

    async fn close(&self, checkout: &str) -> Result<(), PaymentError> {
        self.api.post(&format!("/checkout/sessions/{checkout}/expire"), &[], None).await
    }
}

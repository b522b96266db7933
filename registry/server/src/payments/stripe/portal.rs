//! The customer portal: a page of Stripe's where a buyer changes the card that a subscription is taken from.

use adx_registry_core::market::checkout::{Checkout, CheckoutState};
use adx_registry_core::market::price::Terms;
use adx_registry_core::ports::PaymentError;
use url::Url;

use super::ByStripe;
use super::api::{self, PortalSession, unusable};
use super::begin::{Way, way};
use super::look::state;

/// Whether somebody began a subscription on one of the pages.
pub(super) fn is_subscribed(terms: &Terms, opened: &[Checkout]) -> bool {
    let began = |checkout: &Checkout| {
        checkout.state == CheckoutState::Done && matches!(way(terms, checkout.period), Way::Subscription(_))
    };
    opened.iter().any(began)
}

impl ByStripe {
    /// What the customer may do there is a setting of the account at Stripe. A subscription that is cancelled there is cancelled here.
    pub(super) async fn portal(&self, opened: &[Checkout]) -> Result<Option<Url>, PaymentError> {
        for checkout in opened.iter().rev().filter(|checkout| checkout.state == CheckoutState::Done) {
            let Some(session) = self.session(&checkout.handle).await? else { continue };
            let Some(subscription) = session.subscription else { continue };
            let found: Option<api::Subscription> = self.api.find(&format!("/subscriptions/{subscription}")).await?;
            let Some(customer) = found.filter(|found| !state(found).is_over()).and_then(|found| found.customer) else {
                continue;
            };
            let back = self.order_page(checkout.order)?;
            let form = [("customer", customer.as_str()), ("return_url", back.as_str())];
            // Each is good for some minutes: the same one again would be of no use.
            let portal: PortalSession = self.api.make("/billing_portal/sessions", &form, None).await?;
            let page = portal.url.parse().map_err(|_| unusable("the customer portal has no address"))?;
            return Ok(Some(page));
        }
        Ok(None)
    }
}

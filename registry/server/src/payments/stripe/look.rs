//! What Stripe knows of an order: asked for anew each time, from the pages that were opened for it.

use adx_registry_core::Id;
use adx_registry_core::market::checkout::{
    Checkout, CheckoutState, Dispute, Standing, Subscription, SubscriptionState, Taken,
};
use adx_registry_core::market::order::Order;
use adx_registry_core::ports::PaymentError;
use time::{Duration, OffsetDateTime};

use super::ByStripe;
use super::api::{self, Invoice, InvoicePayment, List, PaymentIntent, PaymentMetadata, Session, unusable};
use super::currency::from_stripe;

/// Later pages, and invoices of a subscription, are looked at for so long: a year may be paid for at once, and what is paid for may be given
/// back.
const LOOKED_AT_FOR: Duration = Duration::days(400);
/// Invoices of a subscription that are asked for at once: as many as there are in so many days.
const MOST_INVOICES: &str = "100";

impl ByStripe {
    pub(super) async fn standing(&self, opened: &[Checkout], now: OffsetDateTime) -> Result<Standing, PaymentError> {
        let mut standing = Standing::default();
        let oldest = now - LOOKED_AT_FOR;
        for checkout in opened {
            // A subscription, which goes on, begins on a first page only.
            let is_long_ago = checkout.period > 1 && checkout.opened_at < oldest;
            if checkout.state == CheckoutState::Closed || is_long_ago {
                continue;
            }
            // One that is not there was opened with another key, in test mode most often: nobody pays there any more.
            let Some(session) = self.session(&checkout.handle).await? else {
                standing.pages.push((checkout.handle.clone(), CheckoutState::Closed));
                continue;
            };
            let state = match session.status.as_deref() {
                Some("complete") => CheckoutState::Done,
                Some("expired") => CheckoutState::Closed,
                _ => CheckoutState::Open,
            };
            standing.pages.push((checkout.handle.clone(), state));
            if state != CheckoutState::Done {
                continue;
            }
            if let Some(payment) = &session.payment_intent {
                standing.taken.extend(self.taken(payment).await?);
            }
            if let Some(subscription) = &session.subscription {
                self.subscribed(subscription, oldest, &mut standing).await?;
            }
        }
        Ok(standing)
    }

    pub(super) async fn session(&self, handle: &str) -> Result<Option<Session>, PaymentError> {
        self.api.find(&format!("/checkout/sessions/{handle}")).await
    }

    /// Adds what a subscription took.
    async fn subscribed(
        &self,
        handle: &str,
        oldest: OffsetDateTime,
        standing: &mut Standing,
    ) -> Result<(), PaymentError> {
        let path = format!("/subscriptions/{handle}");
        let Some(subscription) = self.api.find::<api::Subscription>(&path).await? else { return Ok(()) };
        let query = [("subscription", handle), ("limit", MOST_INVOICES)];
        let invoices: List<Invoice> = self.api.get("/invoices", &query).await?;
        let oldest = oldest.unix_timestamp();
        let is_paid = |invoice: &Invoice| {
            invoice.status.as_deref() == Some("paid") && invoice.amount_paid > 0 && invoice.created >= oldest
        };
        let mut paid: Vec<_> = invoices.data.into_iter().filter(is_paid).collect();
        paid.sort_by_key(|invoice| invoice.created);
        for invoice in paid {
            if let Some(payment) = self.payment_of(invoice).await? {
                standing.taken.extend(self.taken(&payment).await?);
            }
        }
        let state = state(&subscription);
        standing.subscription = Some(Subscription { handle: subscription.id, state });
        Ok(())
    }

    /// By what an invoice was paid.
    async fn payment_of(&self, invoice: Invoice) -> Result<Option<String>, PaymentError> {
        if invoice.payment_intent.is_some() {
            return Ok(invoice.payment_intent);
        }
        let query = [("invoice", invoice.id.as_str()), ("status", "paid")];
        let payments: List<InvoicePayment> = self.api.get("/invoice_payments", &query).await?;
        let mut paid = payments.data.into_iter().filter(|payment| payment.status == "paid");
        Ok(paid.find_map(|payment| payment.payment.payment_intent))
    }

    /// A payment, if it has come.
    async fn taken(&self, handle: &str) -> Result<Option<Taken>, PaymentError> {
        let path = format!("/payment_intents/{handle}");
        let payment: PaymentIntent = self.api.get(&path, &[("expand[0]", "latest_charge")]).await?;
        if payment.status != "succeeded" {
            return Ok(None);
        }
        let money = |amount: i64| {
            let unknown = || unusable(format!("{amount} {} is no amount of money", payment.currency));
            from_stripe(amount, &payment.currency).ok_or_else(unknown)
        };
        let charge = payment.latest_charge.as_ref();
        let dispute = match charge.and_then(|charge| charge.disputed) {
            Some(true) => self.dispute(handle).await?,
            _ => None,
        };
        Ok(Some(Taken {
            amount: money(payment.amount)?,
            given_back: money(charge.and_then(|charge| charge.amount_refunded).unwrap_or(0))?,
            dispute,
            reference: payment.id,
        }))
    }

    async fn dispute(&self, payment: &str) -> Result<Option<Dispute>, PaymentError> {
        let disputes: List<api::Dispute> =
            self.api.get("/disputes", &[("payment_intent", payment), ("limit", "10")]).await?;
        let states: Vec<_> = disputes.data.iter().filter_map(|dispute| decided(&dispute.status)).collect();
        // Of several, what is worst counts.
        Ok([Dispute::Lost, Dispute::Open, Dispute::Won].into_iter().find(|state| states.contains(state)))
    }

    pub(super) async fn order_behind(&self, handle: &str) -> Result<Option<Id<Order>>, PaymentError> {
        let metadata = match handle.split_once('_').map(|(kind, _)| kind) {
            Some("sub") => {
                let found: Option<api::Subscription> = self.api.find(&format!("/subscriptions/{handle}")).await?;
                found.and_then(|subscription| subscription.metadata)
            }
            Some("pi") => {
                let found: Option<PaymentMetadata> = self.api.find(&format!("/payment_intents/{handle}")).await?;
                found.and_then(|payment| payment.metadata)
            }
            _ => None,
        };
        Ok(metadata.and_then(|metadata| metadata.get("order")?.parse().ok()))
    }
}

/// How a subscription stands. One that was not paid in time ends by itself, which nobody wanted.
pub(super) fn state(subscription: &api::Subscription) -> SubscriptionState {
    let reason = subscription.cancellation_details.as_ref().and_then(|details| details.reason.as_deref());
    match subscription.status.as_str() {
        "canceled" if matches!(reason, Some("payment_failed" | "payment_disputed")) => SubscriptionState::GivenUp,
        "canceled" => SubscriptionState::Ended,
        "incomplete_expired" => SubscriptionState::GivenUp,
        _ if subscription.cancel_at_period_end == Some(true) || subscription.cancel_at.is_some() => {
            SubscriptionState::Ends
        }
        _ => SubscriptionState::Runs,
    }
}

/// How a dispute stands; a question of the bank's, for which no money moves, is none.
fn decided(status: &str) -> Option<Dispute> {
    match status {
        "needs_response" | "under_review" => Some(Dispute::Open),
        "won" => Some(Dispute::Won),
        "lost" => Some(Dispute::Lost),
        _ => None,
    }
}

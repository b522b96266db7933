//! What a buyer is to do: a page of Stripe's, or nothing where a subscription takes the money by itself.

use adx_registry_core::market::checkout::{Checkout, CheckoutState};
use adx_registry_core::market::invoice::Invoice;
use adx_registry_core::market::price::{Model, Terms};
use adx_registry_core::ports::{Begun, Bill, NextStep, PaymentError};
use adx_signing::utc::UtcSecond;
use time::{Duration, OffsetDateTime};
use url::Url;

use super::api::{self, PaymentIntent, Session, unusable};
use super::currency::to_stripe;
use super::{ByStripe, Mode};

/// For how long Stripe keeps a page open that nobody says more of.
const OPEN_FOR: Duration = Duration::hours(24);
/// How long before it closes a page is not given out any more.
const LAST_MINUTES: Duration = Duration::minutes(30);
/// Longest name of what is paid for, in characters.
const MAX_NAME_CHARS: usize = 200;

/// How a page takes the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Once.
    Payment,
    /// Now, and by itself each month or year.
    Subscription(&'static str),
}

impl ByStripe {
    pub(super) async fn step(&self, bill: &Bill<'_>) -> Result<Begun, PaymentError> {
        let period = bill.invoice.period;
        let last = bill.opened.iter().rfind(|checkout| checkout.period == period);
        let mut attempt = 1;
        if let Some(last) = last {
            if last.state == CheckoutState::Open && bill.now < last.closes_at - LAST_MINUTES {
                return Ok(known(self.pay_on(bill, last.page.clone())));
            }
            if let Some(session) = self.session(&last.handle).await? {
                let step = match session.status.as_deref() {
                    Some("open") => Some(self.pay_on(bill, last.page.clone())),
                    Some("complete") => self.after(bill.invoice, &session).await?,
                    _ => None,
                };
                if let Some(step) = step {
                    return Ok(known(step));
                }
            }
            attempt = last.attempt.saturating_add(1);
        } else if let Some(paid) = bill.opened.iter().rfind(|checkout| checkout.state == CheckoutState::Done) {
            let words = "are taken when the period begins, as the last ones were: nothing is to be done.";
            if let Some(session) = self.session(&paid.handle).await?
                && let Some(step) = self.by_subscription(bill.invoice, &session, words).await?
            {
                return Ok(known(step));
            }
        }
        let opened = self.open(bill, attempt).await?;
        Ok(Begun { step: self.pay_on(bill, opened.page.clone()), opened: Some(opened) })
    }

    /// What is to be done once a buyer has done all on a page; nothing where no money comes of it.
    async fn after(&self, invoice: &Invoice, session: &Session) -> Result<Option<NextStep>, PaymentError> {
        const UNDER_WAY: &str = "are on their way: nothing more is to be done.";
        if let Some(payment) = &session.payment_intent {
            let payment: PaymentIntent =
                self.api.get(&format!("/payment_intents/{payment}"), &[("expand[0]", "latest_charge")]).await?;
            let is_under_way = matches!(payment.status.as_str(), "processing" | "succeeded");
            return Ok(is_under_way.then(|| self.step_of(format!("{} {UNDER_WAY}", invoice.total), None)));
        }
        self.by_subscription(invoice, session, UNDER_WAY).await
    }

    /// What a subscription does about a period, in these words where it goes on; nothing where there is none any more.
    async fn by_subscription(
        &self,
        invoice: &Invoice,
        session: &Session,
        words: &str,
    ) -> Result<Option<NextStep>, PaymentError> {
        let Some(subscription) = &session.subscription else { return Ok(None) };
        let path = format!("/subscriptions/{subscription}");
        let Some(subscription) = self.api.find::<api::Subscription>(&path).await? else { return Ok(None) };
        let total = invoice.total;
        match subscription.status.as_str() {
            "active" | "trialing" => Ok(Some(self.step_of(format!("{total} {words}"), None))),
            "past_due" | "unpaid" | "incomplete" => {
                let Some(latest) = subscription.latest_invoice else { return Ok(None) };
                let latest: Option<api::Invoice> = self.api.find(&format!("/invoices/{latest}")).await?;
                let page = latest.and_then(|latest| latest.hosted_invoice_url?.parse().ok());
                let instructions = format!(
                    "{total} could not be taken. It is tried again by itself; on the page, you pay it at once."
                );
                Ok(Some(self.step_of(instructions, page)))
            }
            _ => Ok(None),
        }
    }

    /// Opens a page. The same attempt opens the same.
    async fn open(&self, bill: &Bill<'_>, attempt: u32) -> Result<Checkout, PaymentError> {
        let Bill { invoice, terms, now, .. } = bill;
        let (order, period) = (invoice.order.to_string(), invoice.period.to_string());
        let (order, period) = (order.as_str(), period.as_str());
        let amount = to_stripe(invoice.total)
            .ok_or_else(|| unusable(format!("{} is no amount that Stripe takes", invoice.total)))?;
        let amount = amount.to_string();
        let currency = invoice.total.currency.code().to_ascii_lowercase();
        let back = self.order_page(invoice.order)?;
        let name = name(invoice);
        let mut form = vec![
            ("client_reference_id", order),
            ("success_url", back.as_str()),
            ("cancel_url", back.as_str()),
            ("metadata[order]", order),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", currency.as_str()),
            ("line_items[0][price_data][unit_amount]", amount.as_str()),
            ("line_items[0][price_data][product_data][name]", name.as_str()),
        ];
        match way(terms, invoice.period) {
            Way::Payment => form.extend([
                ("mode", "payment"),
                ("payment_intent_data[metadata][order]", order),
                ("payment_intent_data[metadata][period]", period),
            ]),
            Way::Subscription(interval) => form.extend([
                ("mode", "subscription"),
                ("line_items[0][price_data][recurring][interval]", interval),
                ("subscription_data[metadata][order]", order),
            ]),
        }
        let key = format!("{order}-{period}-{attempt}");
        let session: Session = self.api.make("/checkout/sessions", &form, Some(&key)).await?;
        let page = session.url.and_then(|url| Url::parse(&url).ok());
        let closes_at = session.expires_at.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
        Ok(Checkout {
            order: invoice.order,
            period: invoice.period,
            attempt,
            handle: session.id,
            page: page.ok_or_else(|| unusable("a page was opened that has no address"))?,
            state: CheckoutState::Open,
            opened_at: *now,
            closes_at: closes_at.unwrap_or(*now + OPEN_FOR),
        })
    }

    fn pay_on(&self, bill: &Bill<'_>, page: Url) -> NextStep {
        let Invoice { total, due_at, .. } = bill.invoice;
        let mut instructions = format!("Pay {total} by {} on the page of Stripe.", UtcSecond::from(*due_at));
        if let Way::Subscription(interval) = way(bill.terms, bill.invoice.period) {
            instructions.push_str(&format!(" From then on it is taken each {interval}, until you cancel the order."));
        }
        self.step_of(instructions, Some(page))
    }

    fn step_of(&self, mut instructions: String, page: Option<Url>) -> NextStep {
        if self.mode() == Mode::Test {
            instructions.push_str("\nThis is a test: no money moves.");
        }
        NextStep { instructions, page }
    }
}

fn known(step: NextStep) -> Begun {
    Begun { step, opened: None }
}

/// A first period is paid by a subscription, if every other one costs the same; what changes in between is paid period by period.
pub(super) fn way(terms: &Terms, period: u32) -> Way {
    let is_the_same = terms.discount.as_ref().is_none_or(|discount| discount.periods.is_none());
    match terms.model {
        Model::Month if period == 1 && is_the_same => Way::Subscription("month"),
        Model::Year if period == 1 && is_the_same => Way::Subscription("year"),
        _ => Way::Payment,
    }
}

/// What is paid for, as buyers read it.
fn name(invoice: &Invoice) -> String {
    let texts: Vec<_> = invoice.lines.iter().map(|line| format!("{} x {}", line.count, line.text)).collect();
    let name = texts.join("; ");
    name.chars().take(MAX_NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(model: &str, discount: &str) -> Terms {
        let text = format!(
            "{{\"module\": \"acme/notes\", \"model\": \"{model}\", \"rate\": null, \"seats\": null, \"trial_days\": 0, \
             \"discount\": {discount}, \"share\": 0}}"
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_subscription_takes_what_is_the_same_each_time() {
        let for_ever = "{\"code\": \"SPRING\", \"off\": {\"part\": 2500}, \"periods\": null}";
        let once = "{\"code\": \"SPRING\", \"off\": {\"part\": 2500}, \"periods\": 1}";
        for (model, discount, period, wanted) in [
            ("month", "null", 1, Way::Subscription("month")),
            ("year", for_ever, 1, Way::Subscription("year")),
            ("month", once, 1, Way::Payment),
            ("month", "null", 2, Way::Payment),
            ("one-time", "null", 1, Way::Payment),
        ] {
            assert_eq!(way(&terms(model, discount), period), wanted, "{model} {discount} {period}");
        }
    }
}

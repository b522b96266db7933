//! Stripe's API, as far as it is used: requests, and the fields of answers that are read.

use std::collections::BTreeMap;
use std::time::Duration;

use adx_registry_core::ports::PaymentError;
use anyhow::{Context as _, Result};
use miniserde::Deserialize;
use secrecy::{ExposeSecret as _, SecretString};
use stripe::{Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeError};
use stripe_client_core::{RequestBuilder, StripeMethod};
use thiserror::Error;
use tokio::time::timeout;
use url::Url;

/// For one request with its answer.
const DEADLINE: Duration = Duration::from_secs(20);
/// What is shown in Stripe's logs.
const NAME: &str = "adx-registry";

/// Why Stripe did not do something.
#[derive(Debug, Error)]
enum Failure {
    /// It refused.
    #[error("Stripe answers {status}: {message}")]
    Refused { status: u16, message: String },
    /// It answered something else than it does.
    #[error("Stripe's answer cannot be read: {0}")]
    Answer(String),
    /// It did not answer.
    #[error("Stripe cannot be reached: {0}")]
    Unreachable(String),
    /// It did not answer in time.
    #[error("Stripe does not answer within {} s", DEADLINE.as_secs())]
    Late,
}

/// A page to pay on: a Checkout session.
#[derive(Debug, Deserialize)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) url: Option<String>,
    /// `open`, `complete` or `expired`.
    pub(super) status: Option<String>,
    pub(super) payment_intent: Option<String>,
    pub(super) subscription: Option<String>,
    pub(super) expires_at: Option<i64>,
}

/// A payment, whatever becomes of it.
#[derive(Debug, Deserialize)]
pub(super) struct PaymentIntent {
    pub(super) id: String,
    pub(super) status: String,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) latest_charge: Option<Charge>,
}

/// A payment, of which nothing is asked but whose it is.
#[derive(Debug, Deserialize)]
pub(super) struct PaymentMetadata {
    pub(super) metadata: Option<BTreeMap<String, String>>,
}

/// Money that was taken for it.
#[derive(Debug, Deserialize)]
pub(super) struct Charge {
    pub(super) amount_refunded: Option<i64>,
    pub(super) disputed: Option<bool>,
}

/// What takes the money of each period.
#[derive(Debug, Deserialize)]
pub(super) struct Subscription {
    pub(super) id: String,
    pub(super) customer: Option<String>,
    pub(super) status: String,
    pub(super) cancel_at_period_end: Option<bool>,
    pub(super) cancel_at: Option<i64>,
    pub(super) cancellation_details: Option<CancellationDetails>,
    pub(super) latest_invoice: Option<String>,
    pub(super) metadata: Option<BTreeMap<String, String>>,
}

/// Why it ended.
#[derive(Debug, Deserialize)]
pub(super) struct CancellationDetails {
    pub(super) reason: Option<String>,
}

/// What a subscription asks for.
#[derive(Debug, Deserialize)]
pub(super) struct Invoice {
    pub(super) id: String,
    pub(super) status: Option<String>,
    pub(super) created: i64,
    pub(super) amount_paid: i64,
    pub(super) hosted_invoice_url: Option<String>,
    /// In older versions of the API; in this one, its payments are a list of their own.
    pub(super) payment_intent: Option<String>,
}

/// A payment of an invoice.
#[derive(Debug, Deserialize)]
pub(super) struct InvoicePayment {
    pub(super) status: String,
    pub(super) payment: InvoicePaymentBy,
}

/// By what it was paid.
#[derive(Debug, Deserialize)]
pub(super) struct InvoicePaymentBy {
    pub(super) payment_intent: Option<String>,
}

/// What the buyer's bank wants back.
#[derive(Debug, Deserialize)]
pub(super) struct Dispute {
    pub(super) status: String,
}

/// A page of the customer portal.
#[derive(Debug, Deserialize)]
pub(super) struct PortalSession {
    pub(super) url: String,
}

/// Some of many.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
}

/// An answer of which nothing is read.
#[derive(Debug, Deserialize)]
struct Unread {}

/// Whom to ask.
pub(super) struct Api {
    client: Client,
}

impl Api {
    pub(super) fn new(key: &SecretString, url: &Url) -> Result<Self> {
        // A path is put behind it as it is.
        let url = format!("{}/", url.as_str().trim_end_matches('/'));
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let client = ClientBuilder::new(key.expose_secret()).url(url).app_info(NAME, Some(version), None).build();
        Ok(Self { client: client.context("its key or address cannot be used")? })
    }

    pub(super) async fn get<T: Deserialize>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, PaymentError> {
        self.send(request(StripeMethod::Get, path, query), None).await.map_err(failed)
    }

    /// The same, of something that may not be there.
    pub(super) async fn find<T: Deserialize>(&self, path: &str) -> Result<Option<T>, PaymentError> {
        match self.send(request(StripeMethod::Get, path, &[]), None).await {
            Ok(found) => Ok(Some(found)),
            Err(Failure::Refused { status: 404, .. }) => Ok(None),
            Err(failure) => Err(failed(failure)),
        }
    }

    pub(super) async fn make<T: Deserialize>(
        &self,
        path: &str,
        form: &[(&str, &str)],
        key: Option<&str>,
    ) -> Result<T, PaymentError> {
        self.send(request(StripeMethod::Post, path, form), key).await.map_err(failed)
    }

    pub(super) async fn post(&self, path: &str, form: &[(&str, &str)], key: Option<&str>) -> Result<(), PaymentError> {
        let Unread {} = self.send(request(StripeMethod::Post, path, form), key).await.map_err(failed)?;
        Ok(())
    }

    pub(super) async fn delete(&self, path: &str) -> Result<(), PaymentError> {
        let Unread {} = self.send(request(StripeMethod::Delete, path, &[]), None).await.map_err(failed)?;
        Ok(())
    }

    async fn send<T: Deserialize>(&self, request: RequestBuilder, key: Option<&str>) -> Result<T, Failure> {
        let strategy = match key {
            Some(key) => {
                let key = IdempotencyKey::new(key).map_err(|error| Failure::Unreachable(error.to_string()))?;
                RequestStrategy::Idempotent(key)
            }
            None => RequestStrategy::Once,
        };
        let sent = request.customize::<T>().request_strategy(strategy).send(&self.client);
        match timeout(DEADLINE, sent).await {
            Ok(Ok(answer)) => Ok(answer),
            // With all that it has, it would be whole payments in the log.
            Ok(Err(StripeError::Stripe(error, status))) => {
                Err(Failure::Refused { status, message: error.message.unwrap_or_default() })
            }
            Ok(Err(StripeError::JSONDeserialize(words))) => Err(Failure::Answer(words)),
            Ok(Err(StripeError::ClientError(words) | StripeError::ConfigError(words))) => {
                Err(Failure::Unreachable(words))
            }
            Ok(Err(StripeError::Timeout)) | Err(_) => Err(Failure::Late),
        }
    }
}

fn request(method: StripeMethod, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
    let mut request = RequestBuilder::new(method, path);
    // Text alone, of which everything can be written.
    let written = serde_urlencoded::to_string(fields).unwrap_or_default();
    match method {
        StripeMethod::Get => request.query = Some(written).filter(|query| !query.is_empty()),
        // Stripe wants to hear of which kind it is, even if it is empty.
        StripeMethod::Post => request.body = Some(written),
        StripeMethod::Delete => {}
    }
    request
}

fn failed(failure: Failure) -> PaymentError {
    PaymentError(Box::new(failure))
}

/// Something else that Stripe does not do.
pub(super) fn unusable(words: impl Into<String>) -> PaymentError {
    failed(Failure::Answer(words.into()))
}

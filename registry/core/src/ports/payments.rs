use async_trait::async_trait;
use thiserror::Error;
use url::Url;

use crate::market::invoice::Invoice;

/// Who takes the money. What comes of it comes back as events of orders: from an operator who reads the bank's statement, or from a
/// provider that tells us.
#[async_trait]
pub trait Payments: Send + Sync {
    /// What the buyer is to do to pay an invoice. Asked twice, it is the same.
    ///
    /// # Errors
    /// [`PaymentError`]
    async fn begin(&self, invoice: &Invoice) -> Result<NextStep, PaymentError>;
}

/// What a buyer is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// In words, a few lines.
    pub instructions: String,
    /// Where to go, if it is done on a page.
    pub page: Option<Url>,
}

/// Why nobody takes the money now.
#[derive(Debug, Error)]
#[error("whoever takes the money does not answer")]
pub struct PaymentError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

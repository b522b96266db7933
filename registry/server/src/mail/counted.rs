use std::sync::Arc;

use adx_registry_core::ports::{Mail, MailError, Message};
use async_trait::async_trait;

use crate::http::Metrics;

/// Mail whose outcomes are counted.
pub struct Counted {
    inner: Arc<dyn Mail>,
    metrics: Metrics,
}

impl Counted {
    /// Counts what `inner` does.
    pub fn new(inner: Arc<dyn Mail>, metrics: Metrics) -> Self {
        Self { inner, metrics }
    }
}

#[async_trait]
impl Mail for Counted {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let outcome = self.inner.send(message).await;
        self.metrics.mail(match &outcome {
            Ok(()) => "sent",
            Err(MailError::Refused(_)) => "refused",
            Err(MailError::Unreachable(_)) => "unreachable",
        });
        outcome
    }
}

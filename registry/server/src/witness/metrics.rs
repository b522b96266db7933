//! What a witness counts, in the text format of Prometheus.

use prometheus::{Encoder as _, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

use super::state::{StateError, WitnessState};

/// What is counted.
#[derive(Debug, Clone)]
pub struct WitnessMetrics {
    registry: Registry,
    requests: IntCounterVec,
    heads: IntGaugeVec,
    kept: IntGauge,
}

impl WitnessMetrics {
    /// Registers everything.
    ///
    /// # Errors
    /// When two metrics share a name.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let requests = IntCounterVec::new(
            Opts::new("adx_witness_requests_total", "Requests to cosign, by the status of the answer."),
            &["status"],
        )?;
        let heads = IntGaugeVec::new(
            Opts::new("adx_witness_head_leaves", "Size of the last tree cosigned, in leaves."),
            &["origin"],
        )?;
        let kept = IntGauge::new("adx_witness_kept", "Refused requests that may prove that a log lies; look at them.")?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(heads.clone()))?;
        registry.register(Box::new(kept.clone()))?;
        Ok(Self { registry, requests, heads, kept })
    }

    /// Counts an answer.
    pub(super) fn answered(&self, status: u16) {
        self.requests.with_label_values(&[status.to_string()]).inc();
    }

    /// The text, with the state as it is now.
    pub(super) async fn text(&self, state: &WitnessState) -> Result<Vec<u8>, MetricsError> {
        for (origin, head) in state.heads().await? {
            self.heads.with_label_values(&[origin]).set(i64::try_from(head.size).unwrap_or(i64::MAX));
        }
        self.kept.set(state.kept_count().await?);
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

/// Why there is no text.
#[derive(Debug, thiserror::Error)]
pub(super) enum MetricsError {
    /// The state.
    #[error(transparent)]
    State(#[from] StateError),
    /// The encoder.
    #[error(transparent)]
    Encode(#[from] prometheus::Error),
}

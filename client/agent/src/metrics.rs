//! Counters and gauges for Prometheus.

use crate::store::{Kind, Status};
use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};
use std::time::Duration;
use time::OffsetDateTime;

/// The agent's metrics.
pub(crate) struct Metrics {
    registry: Registry,
    calls: IntCounterVec,
    call_seconds: Histogram,
    operations: IntCounterVec,
    feed_errors: IntCounter,
    feed_cursor: IntGauge,
    in_flight: IntGauge,
    quarantined: IntGauge,
    affected: IntGaugeVec,
    advisories_behind: IntGaugeVec,
    refreshed_at: IntGaugeVec,
    refresh_errors: IntCounterVec,
}

impl Metrics {
    /// Registers them all.
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new_custom(Some("adx_agent".to_owned()), None)?;
        let calls = IntCounterVec::new(Opts::new("calls_total", "Activity calls by outcome."), &["outcome"])?;
        let call_seconds = Histogram::with_opts(
            HistogramOpts::new("call_seconds", "Time an activity call took, queueing included.")
                .buckets(prometheus::exponential_buckets(0.000_1, 4.0, 10)?),
        )?;
        let operations = IntCounterVec::new(
            Opts::new("operations_total", "Lifecycle operations ended, by kind and status."),
            &["kind", "status"],
        )?;
        let feed_errors =
            IntCounter::new("feed_errors_total", "Failed attempts to follow the registry's change feed.")?;
        let feed_cursor = IntGauge::new("feed_cursor", "Number of the last change seen.")?;
        let in_flight = IntGauge::new("calls_in_flight", "Activity calls running now.")?;
        let quarantined =
            IntGauge::new("installations_quarantined", "Installations whose version the registry called back.")?;
        let affected = IntGaugeVec::new(
            Opts::new(
                "installations_affected",
                "Installations whose version an advisory holds of, by the worst of them.",
            ),
            &["severity"],
        )?;
        let advisories_behind = IntGaugeVec::new(
            Opts::new("registry_advisories_behind", "1 where a registry's advisories are older than its metadata."),
            &["registry"],
        )?;
        let refreshed_at = IntGaugeVec::new(
            Opts::new("registry_refreshed_seconds", "When a registry's metadata was last verified, Unix time."),
            &["registry"],
        )?;
        let refresh_errors = IntCounterVec::new(
            Opts::new("registry_refresh_errors_total", "Attempts to verify a registry's metadata that failed."),
            &["registry"],
        )?;
        registry.register(Box::new(quarantined.clone()))?;
        registry.register(Box::new(affected.clone()))?;
        registry.register(Box::new(advisories_behind.clone()))?;
        registry.register(Box::new(refreshed_at.clone()))?;
        registry.register(Box::new(refresh_errors.clone()))?;
        registry.register(Box::new(calls.clone()))?;
        registry.register(Box::new(call_seconds.clone()))?;
        registry.register(Box::new(operations.clone()))?;
        registry.register(Box::new(feed_errors.clone()))?;
        registry.register(Box::new(feed_cursor.clone()))?;
        registry.register(Box::new(in_flight.clone()))?;
        Ok(Self {
            registry,
            calls,
            call_seconds,
            operations,
            feed_errors,
            feed_cursor,
            in_flight,
            quarantined,
            affected,
            advisories_behind,
            refreshed_at,
            refresh_errors,
        })
    }

    pub(crate) fn called(&self, outcome: &str, took: Duration) {
        self.calls.with_label_values(&[outcome]).inc();
        self.call_seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn operation_ended(&self, kind: Kind, status: Status) {
        self.operations.with_label_values(&[kind.as_str(), status.as_str()]).inc();
    }

    pub(crate) fn feed_failed(&self) {
        self.feed_errors.inc();
    }

    pub(crate) fn feed_at(&self, seq: i64) {
        self.feed_cursor.set(seq);
    }

    pub(crate) fn quarantined(&self, installations: usize) {
        self.quarantined.set(i64::try_from(installations).unwrap_or(i64::MAX));
    }

    pub(crate) fn affected<'s>(&self, installations: impl Iterator<Item = (&'s str, usize)>) {
        for (severity, count) in installations {
            self.affected.with_label_values(&[severity]).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    pub(crate) fn advisories_behind(&self, registry: &str, is_behind: bool) {
        self.advisories_behind.with_label_values(&[registry]).set(i64::from(is_behind));
    }

    pub(crate) fn refreshed(&self, registry: &str, succeeded: bool, at: OffsetDateTime) {
        if succeeded {
            self.refreshed_at.with_label_values(&[registry]).set(at.unix_timestamp());
        } else {
            self.refresh_errors.with_label_values(&[registry]).inc();
        }
    }

    /// The exposition text.
    pub(crate) fn text(&self, in_flight: usize) -> Result<String, prometheus::Error> {
        self.in_flight.set(i64::try_from(in_flight).unwrap_or(i64::MAX));
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

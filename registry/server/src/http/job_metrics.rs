//! What is counted of jobs.

use std::time::Duration;

use adx_registry_core::job::{JobCounts, KindCounts, Task};
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};
use time::OffsetDateTime;

use super::metrics::gauge;

/// Figures of the outbox, as a whole and by kind of job.
#[derive(Clone, Debug)]
pub(super) struct JobMetrics {
    ended: IntCounterVec,
    seconds: HistogramVec,
    open: IntGauge,
    dead: IntGauge,
    of_kind: IntGaugeVec,
    late_seconds: IntGaugeVec,
}

impl JobMetrics {
    pub(super) fn register(registry: &Registry) -> prometheus::Result<Self> {
        let ended = Opts::new(
            "adx_jobs_total",
            "Jobs run, and what is done beside them of the same kinds, by kind and how they ended: each is an attempt.",
        );
        let seconds = HistogramOpts::new("adx_job_seconds", "Time of an attempt at a job, by kind.")
            .buckets(vec![0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0, 600.0]);
        let of_kind = Opts::new("adx_jobs", "Jobs waiting or running (open) and given up (dead), by kind.");
        let late = Opts::new("adx_jobs_late_seconds", "For how long the job is due that waits longest, by kind.");
        let metrics = Self {
            ended: IntCounterVec::new(ended, &["kind", "outcome"])?,
            seconds: HistogramVec::new(seconds, &["kind"])?,
            open: IntGauge::new("adx_jobs_open", "Jobs waiting or running.")?,
            dead: IntGauge::new("adx_jobs_dead", "Jobs given up; an operator has to look.")?,
            of_kind: IntGaugeVec::new(of_kind, &["kind", "state"])?,
            late_seconds: IntGaugeVec::new(late, &["kind"])?,
        };
        registry.register(Box::new(metrics.ended.clone()))?;
        registry.register(Box::new(metrics.seconds.clone()))?;
        registry.register(Box::new(metrics.open.clone()))?;
        registry.register(Box::new(metrics.dead.clone()))?;
        registry.register(Box::new(metrics.of_kind.clone()))?;
        registry.register(Box::new(metrics.late_seconds.clone()))?;
        // Every kind is told of from the start: what is missing cannot be watched.
        for kind in Task::KINDS {
            metrics.seconds.with_label_values(&[kind]);
            for outcome in ["done", "retried", "dead"] {
                metrics.ended.with_label_values(&[kind, outcome]);
            }
        }
        Ok(metrics)
    }

    /// Counts an attempt.
    pub(super) fn ended(&self, kind: &str, outcome: &str, took: Duration) {
        self.ended.with_label_values(&[kind, outcome]).inc();
        self.seconds.with_label_values(&[kind]).observe(took.as_secs_f64());
    }

    /// Sets what there is now.
    pub(super) fn waiting(&self, all: JobCounts, kinds: &[KindCounts], now: OffsetDateTime) {
        self.open.set(gauge(all.open));
        self.dead.set(gauge(all.dead));
        for kind in Task::KINDS {
            let of = kinds.iter().find(|of| of.kind == *kind);
            let (open, dead) = of.map_or((0, 0), |of| (of.open, of.dead));
            self.of_kind.with_label_values(&[kind, "open"]).set(gauge(open));
            self.of_kind.with_label_values(&[kind, "dead"]).set(gauge(dead));
            let late = of.and_then(|of| of.first_due).map_or(0, |due| (now - due).whole_seconds().max(0));
            self.late_seconds.with_label_values(&[kind]).set(late);
        }
    }
}

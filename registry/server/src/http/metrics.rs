//! `/metrics`, in the text format of Prometheus.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::{
        StatusCode,
        header::{self, HeaderMap},
    },
    web,
};
use adx_registry_core::{
    ports::{DecisionCounts, StoreError},
    publish::{PublishError, Published},
    signing::SignedDocument,
    submissions::SubmissionState,
};
use adx_signing::digest::Digest;
use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;
use tokio::{sync::Mutex, time::timeout};

use super::{
    health,
    job_metrics::JobMetrics,
    problem::{Problem, ProblemBody, chain},
    state::State,
};

/// How long the database may take to answer: whoever looks at the figures wants to know soon that it does not.
const PATIENCE: Duration = Duration::from_secs(3);

/// The parts of the address space that are counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    Api,
    Index,
    Packages,
    Trust,
    Pages,
}

impl Area {
    const ALL: [Self; 5] = [Self::Api, Self::Index, Self::Packages, Self::Trust, Self::Pages];

    const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Index => "index",
            Self::Packages => "packages",
            Self::Trust => "trust",
            Self::Pages => "pages",
        }
    }

    /// The area of a path.
    pub(super) fn of(path: &str) -> Self {
        if path.starts_with("/api/") {
            Self::Api
        } else if path.starts_with("/index/") {
            Self::Index
        } else if path.starts_with("/packages/") {
            Self::Packages
        } else if path.starts_with("/tuf/") || path.starts_with("/log/") {
            Self::Trust
        } else {
            Self::Pages
        }
    }
}

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// What is counted. Labels are resolved once: a request costs two additions.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Vec<IntCounter>,
    seconds: Vec<prometheus::Histogram>,
    publishes: IntCounterVec,
    reviews: IntCounterVec,
    check_seconds: HistogramVec,
    waiting: IntGaugeVec,
    decisions: IntGaugeVec,
    jobs: JobMetrics,
    mails: IntCounterVec,
    swept: IntCounterVec,
    deliveries: IntCounterVec,
    deliveries_waiting: IntGauge,
    deliveries_failed: IntGauge,
    webhooks_off: IntGauge,
    audit_entries: IntGauge,
    database_up: IntGauge,
    ready: IntGaugeVec,
    /// Held while the database's figures are read.
    reading: Arc<Mutex<()>>,
    modules: IntGauge,
    releases: IntGauge,
    cache_hits: IntGauge,
    cache_misses: IntGauge,
    rounds: IntCounterVec,
    round_seconds: Histogram,
    leaves_waiting: IntGauge,
    expiry_seconds: IntGaugeVec,
    versions: IntGaugeVec,
    refused: IntGauge,
}

impl Metrics {
    /// Registers everything.
    ///
    /// # Errors
    /// When two metrics share a name.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let counters = |name: &str, help: &str, labels: &[&str]| -> prometheus::Result<IntCounterVec> {
            let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counters.clone()))?;
            Ok(counters)
        };
        // Every outcome is told of from the start: what is missing cannot be watched.
        let by_outcome = |name: &str, help: &str, outcomes: &[&str]| -> prometheus::Result<IntCounterVec> {
            let counters = counters(name, help, &["outcome"])?;
            for outcome in outcomes {
                counters.with_label_values(&[outcome]);
            }
            Ok(counters)
        };
        let gauge = |name: &str, help: &str| -> prometheus::Result<IntGauge> {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let requests =
            counters("adx_http_requests_total", "Requests answered, by area and status.", &["area", "status"])?;
        let seconds = HistogramVec::new(
            HistogramOpts::new("adx_http_request_seconds", "Time to answer; long polls are left out.")
                .buckets(vec![0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0]),
            &["area"],
        )?;
        registry.register(Box::new(seconds.clone()))?;
        let round_seconds = Histogram::with_opts(
            HistogramOpts::new("adx_sign_round_seconds", "Time of a round of signing that had something to sign.")
                .buckets(vec![0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0]),
        )?;
        registry.register(Box::new(round_seconds.clone()))?;
        let check_seconds = HistogramVec::new(
            HistogramOpts::new("adx_check_seconds", "Time of a check of one package, by its name.")
                .buckets(vec![0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0, 20.0, 60.0]),
            &["check"],
        )?;
        registry.register(Box::new(check_seconds.clone()))?;
        let waiting = IntGaugeVec::new(
            Opts::new("adx_submissions_waiting", "Submissions that somebody has to decide on, by state."),
            &["state"],
        )?;
        registry.register(Box::new(waiting.clone()))?;
        let decisions = IntGaugeVec::new(
            Opts::new(
                "adx_decisions_waiting",
                "Names, reports, appeals and payments that an operator has to decide on.",
            ),
            &["kind"],
        )?;
        registry.register(Box::new(decisions.clone()))?;
        let ready = IntGaugeVec::new(
            Opts::new("adx_ready", "1 if `/readyz` says that the server can serve (server), and that a part answers."),
            &["part"],
        )?;
        registry.register(Box::new(ready.clone()))?;
        let by_role = |name: &str, help: &str| -> prometheus::Result<IntGaugeVec> {
            let gauges = IntGaugeVec::new(Opts::new(name, help), &["role"])?;
            registry.register(Box::new(gauges.clone()))?;
            Ok(gauges)
        };
        Ok(Self {
            requests: Area::ALL
                .iter()
                .flat_map(|area| CLASSES.map(|class| requests.with_label_values(&[area.name(), class])))
                .collect(),
            seconds: Area::ALL.iter().map(|area| seconds.with_label_values(&[area.name()])).collect(),
            publishes: by_outcome(
                "adx_publishes_total",
                "Publishes, by how they ended.",
                &super::api::PUBLISH_OUTCOMES,
            )?,
            reviews: by_outcome(
                "adx_reviews_total",
                "Words on submissions that waited, by what was said.",
                &["approved", "rejected", "withdrawn", "asked", "commented"],
            )?,
            check_seconds,
            waiting,
            decisions,
            jobs: JobMetrics::register(&registry)?,
            mails: by_outcome(
                "adx_mails_total",
                "Mails by whether they were handed over.",
                &["sent", "refused", "unreachable"],
            )?,
            swept: counters(
                "adx_swept_blobs_total",
                "Blobs without use that were removed, by kind of sweep.",
                &["kind"],
            )?,
            deliveries: by_outcome(
                "adx_webhook_attempts_total",
                "Deliveries sent to webhooks, by how that went.",
                &["taken", "retried", "failed", "gone", "lost"],
            )?,
            deliveries_waiting: gauge("adx_webhook_deliveries_waiting", "Deliveries waiting or being sent.")?,
            deliveries_failed: gauge("adx_webhook_deliveries_failed", "Deliveries that were given up.")?,
            webhooks_off: gauge("adx_webhooks_off", "Webhooks that are turned off.")?,
            audit_entries: gauge("adx_audit_entries", "Entries of the audit log.")?,
            database_up: gauge("adx_database_up", "1 if the database answered when it was asked for its figures.")?,
            ready,
            reading: Arc::default(),
            modules: gauge("adx_modules", "Modules.")?,
            releases: gauge("adx_releases", "Releases.")?,
            cache_hits: gauge("adx_file_cache_hits", "Files served from memory since the start.")?,
            cache_misses: gauge("adx_file_cache_misses", "Files read from storage since the start.")?,
            rounds: by_outcome(
                "adx_sign_rounds_total",
                "Rounds of signing, by how they ended.",
                &["signed", "failed", "refused"],
            )?,
            round_seconds,
            leaves_waiting: gauge("adx_leaves_waiting", "Leaves that the published metadata do not tell of yet.")?,
            expiry_seconds: by_role(
                "adx_metadata_expiry_seconds",
                "Until clients refuse a document, by role; of the bins the one that ends soonest.",
            )?,
            versions: by_role(
                "adx_metadata_version",
                "Version of a document that was signed, by role; compare it with what is served, and with mirrors.",
            )?,
            refused: gauge(
                "adx_sign_refused",
                "1 while nothing is signed because database, storage and ceremony do not belong together.",
            )?,
            registry,
        })
    }

    /// Counts an answer.
    pub(super) fn answered(&self, area: Area, status: StatusCode, took: Option<Duration>) {
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        if let Some(counter) = self.requests.get(area as usize * CLASSES.len() + class) {
            counter.inc();
        }
        if let (Some(took), Some(seconds)) = (took, self.seconds.get(area as usize)) {
            seconds.observe(took.as_secs_f64());
        }
    }

    /// Counts a publish.
    pub(super) fn published(&self, published: &Result<Published, PublishError>) {
        self.publishes.with_label_values(&[super::api::publish_outcome(published)]).inc();
    }

    /// Counts a word on a submission that waited.
    pub(super) fn reviewed(&self, outcome: &str) {
        self.reviews.with_label_values(&[outcome]).inc();
    }

    /// Counts the time of a check.
    pub(crate) fn checked(&self, check: &str, took: Duration) {
        self.check_seconds.with_label_values(&[check]).observe(took.as_secs_f64());
    }

    /// Counts a job.
    pub(crate) fn job(&self, kind: &str, outcome: &str, took: Duration) {
        self.jobs.ended(kind, outcome, took);
    }

    /// Counts a mail that was sent, refused or not taken this time.
    pub(crate) fn mail(&self, outcome: &str) {
        self.mails.with_label_values(&[outcome]).inc();
    }

    /// Counts a delivery that was sent.
    pub(crate) fn delivery(&self, outcome: &str) {
        self.deliveries.with_label_values(&[outcome]).inc();
    }

    /// Counts what a sweep removed.
    pub(crate) fn swept(&self, kind: &str, removed: u64) {
        if removed > 0 {
            self.swept.with_label_values(&[kind]).inc_by(removed);
        }
    }

    /// Counts a round of signing that signed, failed or refused; how long it took, if it signed.
    pub(crate) fn round(&self, outcome: &str, took: Option<Duration>) {
        self.rounds.with_label_values(&[outcome]).inc();
        if let Some(took) = took {
            self.round_seconds.observe(took.as_secs_f64());
        }
    }

    fn documents(&self, documents: &[SignedDocument], now: OffsetDateTime) {
        let mut soonest: BTreeMap<&str, i64> = BTreeMap::new();
        for document in documents {
            let role = if document.role.starts_with("bin-") { "bin" } else { document.role.as_str() };
            let seconds = document.expires.unix_seconds() - now.unix_timestamp();
            if role != "bin" {
                let version = i64::try_from(document.version).unwrap_or(i64::MAX);
                self.versions.with_label_values(&[role]).set(version);
            }
            soonest.entry(role).and_modify(|known| *known = seconds.min(*known)).or_insert(seconds);
        }
        for (role, seconds) in soonest {
            self.expiry_seconds.with_label_values(&[role]).set(seconds);
        }
    }

    /// Reads what is in the database.
    async fn read(&self, state: &State) -> Result<(), StoreError> {
        let mut reader = state.ports.store.read().await?;
        let counts = reader.counts().await?;
        let (leaves, signed) = (reader.leaf_count().await?, reader.signing().await?.leaves);
        let documents = reader.signed_documents().await?;
        let kinds = reader.jobs_by_kind().await?;
        let (webhooks, audit) = (reader.webhook_counts().await?, reader.audit_head().await?.seq);
        for waiting in SubmissionState::WAITING {
            let count = reader.count_submissions(waiting).await?;
            self.waiting.with_label_values(&[waiting.as_str()]).set(gauge(count));
        }
        drop(reader);
        self.leaves_waiting.set(gauge(leaves.saturating_sub(signed)));
        self.documents(&documents, state.ports.now());
        let DecisionCounts { names, reports, appeals, payments } = counts.decisions;
        for (kind, count) in [("name", names), ("report", reports), ("appeal", appeals), ("payment", payments)] {
            self.decisions.with_label_values(&[kind]).set(gauge(count));
        }
        self.jobs.waiting(counts.jobs, &kinds, state.ports.now());
        self.deliveries_waiting.set(gauge(webhooks.waiting));
        self.deliveries_failed.set(gauge(webhooks.failed));
        self.webhooks_off.set(gauge(webhooks.off));
        self.audit_entries.set(gauge(audit));
        self.modules.set(gauge(counts.modules));
        self.releases.set(gauge(counts.releases));
        Ok(())
    }

    fn text(&self) -> prometheus::Result<Vec<u8>> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

/// A number as Prometheus has it.
pub(super) fn gauge(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Figures for monitoring
///
/// Those of the process are told even where the database does not answer (`adx_database_up` is 0 then); the others are the last that were read.
#[utoipa::path(
    tag = "operations",
    responses(
        (status = 200, description = "Prometheus text format", body = String, content_type = "text/plain"),
        (status = 401, description = "`server.metrics_token` is set and was not shown", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/metrics")]
pub(super) async fn metrics(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    if state.config.server.metrics_token.as_ref().is_some_and(|token| !shows(request.headers(), token)) {
        let refused = Problem::unauthenticated("these figures are shown to whoever has their token");
        return Err(refused.hint("Send `Authorization: Bearer` with what `server.metrics_token` says."));
    }
    let metrics = &state.metrics;
    let reading = async {
        // Whoever asks while another's figures are read is told the last: however many ask, the database counts once at a time.
        let Ok(_reading) = metrics.reading.try_lock() else { return };
        let read = timeout(PATIENCE, metrics.read(&state)).await;
        let failed = match read {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(chain(&error)),
            Err(elapsed) => Some(elapsed.to_string()),
        };
        metrics.database_up.set(i64::from(failed.is_none()));
        if let Some(error) = failed {
            tracing::warn!(error, "the database's figures cannot be read");
        }
    };
    let (finding, ()) = tokio::join!(health::find(&state), reading);
    for (part, answers) in finding.by_part() {
        metrics.ready.with_label_values(&[part]).set(i64::from(answers));
    }
    metrics.refused.set(i64::from(state.signing.is_refused()));
    let (hits, misses) = state.files.counts();
    metrics.cache_hits.set(gauge(hits));
    metrics.cache_misses.set(gauge(misses));
    let text = metrics.text().map_err(|error| Problem::internal(&error))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("text/plain; version=0.0.4")
        .body(text))
}

/// Whether a request shows the token, told in the same time whatever it shows.
fn shows(headers: &HeaderMap, token: &SecretString) -> bool {
    let shown = headers.get(header::AUTHORIZATION).map_or(&[][..], |value| value.as_bytes());
    let shown = shown.strip_prefix(b"Bearer ").unwrap_or_default();
    // Digests are of one length.
    let digests = [shown, token.expose_secret().as_bytes()].map(Digest::of);
    digests[0].as_bytes().ct_eq(digests[1].as_bytes()).into()
}

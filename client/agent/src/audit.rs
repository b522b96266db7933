//! The audit log and metering. What is done through the API is written with it; what modules do is gathered in memory, because
//! it is reported in the middle of a call, and written soon after.

use crate::{
    clock::Clock,
    entropy,
    host::Host,
    store::{AuditRow, Outcome, Store, StoreError, UsageRow},
};
use adx_sandbox::{Audit, CallReport, Denial, Environment, LogLevel, LogLine, LogSink};
use adx_signing::name::{ModuleId, TenantId};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How long metered use may stay in memory: what a crash loses of it.
const FLUSH_EVERY: Duration = Duration::from_secs(2);
/// Refusals kept between two writes; more are counted and logged, so that a module cannot fill the memory with them.
const MAX_WAITING: usize = 10_000;

/// A row about something done or refused now.
pub(crate) fn row(
    host: &Host,
    tenant: &TenantId,
    actor: &str,
    action: &str,
    module: Option<&ModuleId>,
    outcome: Outcome,
    detail: Value,
) -> AuditRow {
    AuditRow {
        id: entropy::id("au"),
        at: host.clock.now(),
        tenant: tenant.clone(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        module: module.cloned(),
        outcome,
        detail,
    }
}

#[derive(Default)]
struct Waiting {
    usage: BTreeMap<(TenantId, ModuleId, i64), UsageRow>,
    refusals: Vec<AuditRow>,
    dropped: u64,
}

/// Takes reports from the sandbox.
pub struct Ledger {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    waiting: Mutex<Waiting>,
    /// One flush at a time, so that a reader's flush waits for the one under way.
    flushing: tokio::sync::Mutex<()>,
}

impl Ledger {
    /// An empty ledger.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, waiting: Mutex::default(), flushing: tokio::sync::Mutex::default() }
    }

    /// Writes what waits. What could not be written waits on.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let _alone = self.flushing.lock().await;
        let Waiting { usage, refusals, dropped } = std::mem::take(&mut *self.waiting.lock());
        if dropped > 0 {
            tracing::error!(dropped, "more refusals than could be kept");
        }
        let rows: Vec<UsageRow> = usage.into_values().collect();
        if !rows.is_empty()
            && let Err(error) = self.store.add_usage(&rows).await
        {
            let mut waiting = self.waiting.lock();
            for row in rows {
                waiting.add(row);
            }
            waiting.refusals.splice(0..0, refusals);
            return Err(error);
        }
        if !refusals.is_empty()
            && let Err(error) = self.store.add_audit(&refusals).await
        {
            self.waiting.lock().refusals.splice(0..0, refusals);
            return Err(error);
        }
        Ok(())
    }

    /// Writes what waits every few seconds until it is told to stop, and once more then.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(FLUSH_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Err(error) = self.flush().await {
                tracing::error!(%error, "metered use could not be written; it waits");
            }
        }
        if let Err(error) = self.flush().await {
            tracing::error!(%error, "metered use was lost");
        }
    }

    fn whose(environment: &Environment) -> Option<(TenantId, ModuleId)> {
        Some((environment.tenant.parse().ok()?, environment.module.parse().ok()?))
    }
}

impl Waiting {
    fn add(&mut self, row: UsageRow) {
        let key = (row.tenant.clone(), row.module.clone(), row.hour);
        match self.usage.get_mut(&key) {
            Some(sum) => {
                sum.calls += row.calls;
                sum.failures += row.failures;
                sum.cpu_us += row.cpu_us;
                sum.host_calls += row.host_calls;
                sum.peak_memory = sum.peak_memory.max(row.peak_memory);
            }
            None => {
                self.usage.insert(key, row);
            }
        }
    }
}

impl Audit for Ledger {
    fn denied(&self, environment: &Environment, denial: &Denial) {
        let Some((tenant, module)) = Self::whose(environment) else { return };
        let row = AuditRow {
            id: entropy::id("au"),
            at: self.clock.now(),
            tenant,
            actor: format!("module:{}", environment.module),
            action: format!("capability.{}.{}", denial.interface, denial.operation),
            module: Some(module),
            outcome: Outcome::Refused,
            detail: json!({ "version": environment.version, "manifest_line": denial.manifest_line }),
        };
        let mut waiting = self.waiting.lock();
        if waiting.refusals.len() < MAX_WAITING {
            waiting.refusals.push(row);
        } else {
            waiting.dropped += 1;
        }
    }

    fn finished(&self, environment: &Environment, report: &CallReport) {
        let Some((tenant, module)) = Self::whose(environment) else { return };
        let row = UsageRow {
            tenant,
            module,
            hour: self.clock.now().unix_timestamp().div_euclid(3600),
            calls: 1,
            failures: i64::from(report.outcome != "ok"),
            cpu_us: i64::try_from(report.cpu_time.as_micros()).unwrap_or(i64::MAX),
            host_calls: i64::try_from(report.host_calls).unwrap_or(i64::MAX),
            peak_memory: i64::try_from(report.peak_memory_bytes).unwrap_or(i64::MAX),
        };
        self.waiting.lock().add(row);
    }
}

impl LogSink for Ledger {
    fn line(&self, environment: &Environment, line: LogLine) {
        let Environment { tenant, module, version, .. } = environment;
        let LogLine { level, message, fields } = line;
        match level {
            LogLevel::Trace => tracing::trace!(target: "module", tenant, module, version, ?fields, "{message}"),
            LogLevel::Debug => tracing::debug!(target: "module", tenant, module, version, ?fields, "{message}"),
            LogLevel::Info => tracing::info!(target: "module", tenant, module, version, ?fields, "{message}"),
            LogLevel::Warn => tracing::warn!(target: "module", tenant, module, version, ?fields, "{message}"),
            LogLevel::Error => tracing::error!(target: "module", tenant, module, version, ?fields, "{message}"),
        }
    }
}

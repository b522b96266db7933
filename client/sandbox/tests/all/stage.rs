//! A sandbox with one module and one tenant, and a record of all that the sandbox tells others.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use adx_sandbox::{
    Audit, CallError, CallReport, Clock, Denial, Environment, Grants, Invocation, Limits, LogLine, LogSink, Module,
    ModuleData, Sandbox, SandboxConfig,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::guest;

/// Room for data, unless a test says otherwise.
pub(crate) const QUOTA_BYTES: u64 = 64 * 1024 * 1024;

/// A clock that stands still until a test moves it.
pub(crate) struct FakeClock(AtomicU64);

impl FakeClock {
    pub(crate) fn at(unix_ms: u64) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(unix_ms)))
    }

    pub(crate) fn advance_ms(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// What the sandbox told others, in order, each with the tenant it was about.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) denials: Mutex<Vec<(String, Denial)>>,
    pub(crate) reports: Mutex<Vec<CallReport>>,
    pub(crate) lines: Mutex<Vec<LogLine>>,
}

impl Recorder {
    /// The report of the last call.
    pub(crate) fn report(&self) -> CallReport {
        self.reports.lock().last().expect("a call was reported").clone()
    }
}

impl Audit for Recorder {
    fn denied(&self, environment: &Environment, denial: &Denial) {
        self.denials.lock().push((environment.tenant.clone(), denial.clone()));
    }

    fn finished(&self, _: &Environment, report: &CallReport) {
        self.reports.lock().push(report.clone());
    }
}

impl LogSink for Recorder {
    fn line(&self, _: &Environment, line: LogLine) {
        self.lines.lock().push(line);
    }
}

/// Everything one test needs.
pub(crate) struct Stage {
    pub(crate) module: Module,
    pub(crate) environment: Environment,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) folder: TempDir,
}

/// Settings of a test's sandbox. Compiled code is kept from run to run: what compiles once serves all tests.
pub(crate) fn config(clock: &Arc<FakeClock>) -> SandboxConfig {
    SandboxConfig {
        concurrent_calls: 8,
        clock: Arc::<FakeClock>::clone(clock) as Arc<dyn Clock>,
        ..SandboxConfig::new(guest::kept("cache"))
    }
}

impl Stage {
    /// The test guest, with `config`, `kv` and `sql` granted and data of its own.
    pub(crate) async fn new() -> Self {
        Self::with(guest::component(), |_| {}).await
    }

    /// Another component, or other settings.
    pub(crate) async fn with(component: &[u8], configure: impl FnOnce(&mut SandboxConfig)) -> Self {
        let clock = FakeClock::at(1_700_000_000_123);
        let mut config = config(&clock);
        configure(&mut config);
        let sandbox = Sandbox::new(config).expect("a sandbox starts");
        let module = sandbox.load(component).await.expect("the component loads");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = ModuleData::open(folder.path().join("data.sqlite"), QUOTA_BYTES).await.expect("data opens");
        let recorder = Arc::new(Recorder::default());
        let environment = Environment {
            tenant: "acme".to_owned(),
            module: "adx/test".to_owned(),
            version: "1.0.0".to_owned(),
            grants: Arc::new(Grants::parse(["config", "kv", "sql"]).expect("known capabilities")),
            limits: Limits::default(),
            config: Arc::new(json!({ "greeting": "Hello", "limits": [3, 5] })),
            read_only: None,
            data: Some(data),
            audit: Arc::<Recorder>::clone(&recorder) as Arc<dyn Audit>,
            log: Arc::<Recorder>::clone(&recorder) as Arc<dyn LogSink>,
        };
        Self { module, environment, clock, recorder, folder }
    }

    pub(crate) fn limit(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.environment.limits);
        self
    }

    pub(crate) fn grant<const N: usize>(mut self, permissions: [&str; N]) -> Self {
        self.environment.grants = Arc::new(Grants::parse(permissions).expect("known capabilities"));
        self
    }

    /// Another tenant with the same module, and data of its own.
    pub(crate) async fn tenant(&self, name: &str) -> Environment {
        let path = self.folder.path().join(format!("{name}.sqlite"));
        let data = ModuleData::open(path, QUOTA_BYTES).await.expect("data opens");
        Environment { tenant: name.to_owned(), data: Some(data), ..self.environment.clone() }
    }

    pub(crate) fn data(&self) -> &ModuleData {
        self.environment.data.as_ref().expect("the stage has data")
    }

    pub(crate) async fn call(&self, activity: &str, input: Value) -> Result<Value, CallError> {
        self.call_for(&self.environment, activity, input).await
    }

    pub(crate) async fn call_for(
        &self,
        environment: &Environment,
        activity: &str,
        input: Value,
    ) -> Result<Value, CallError> {
        self.module.call(environment, Invocation::Activity { name: activity.to_owned(), input }).await
    }

    /// The calls of the host that a guest makes in one call of it, and what each was answered.
    pub(crate) async fn host<const N: usize>(&self, calls: [Value; N]) -> [Value; N] {
        self.host_for(&self.environment, calls).await
    }

    pub(crate) async fn host_for<const N: usize>(&self, environment: &Environment, calls: [Value; N]) -> [Value; N] {
        let answers =
            self.call_for(environment, "host", Value::from(calls.to_vec())).await.expect("the guest plays its calls");
        let answers: Vec<Value> = serde_json::from_value(answers).expect("a list of answers");
        answers.try_into().expect("an answer for each call")
    }

    /// That an honest call gets its answer, whatever happened before.
    pub(crate) async fn still_works(&self) {
        assert_eq!(self.call("echo", json!("still here")).await, Ok(json!("still here")));
    }
}

/// What a call of the host that went well was answered.
#[track_caller]
pub(crate) fn ok(answer: &Value) -> &Value {
    answer.get("ok").unwrap_or_else(|| panic!("refused: {answer}"))
}

/// Kind and detail of a call of the host that failed.
#[track_caller]
pub(crate) fn error(answer: &Value) -> (&str, &str) {
    let kind = answer["error"].as_str().unwrap_or_else(|| panic!("no error: {answer}"));
    (kind, answer["detail"].as_str().unwrap_or_default())
}

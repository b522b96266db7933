//! A module on trial: what surrounds it, its calls, and what is told of them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use adx_index::Package;
use adx_registry_core::checks::{Finding, Severity};
use adx_sandbox::{
    CallError, DataError, Discard, Environment, Grants, Invocation, Limits, LoadError, Migration, Module, ModuleData,
    Sandbox, SystemClock, effective_settings,
};
use serde_json::{Value, json};

use super::input::shown;

/// Letters that a module says of itself and a finding repeats.
const MAX_SAID_CHARS: usize = 300;
/// Bytes of data that a trial may leave.
const MAX_STORAGE_BYTES: u64 = 64 << 20;

/// Why a trial ended early.
pub(super) enum End {
    /// The host failed, with what operators need to know.
    Host(String),
    /// Enough was seen.
    Seen,
}

/// Where modules are run.
pub(super) struct Ground<'run> {
    pub(super) sandbox: &'run Sandbox,
    /// For their data.
    pub(super) folder: &'run Path,
    /// No call takes longer.
    pub(super) longest: Duration,
}

/// A module that runs.
pub(super) struct Run<'run> {
    module: Module,
    environment: Environment,
    data: ModuleData,
    /// In what it is called, for findings: ` with the settings …`; nothing where that goes without saying.
    pub(super) circumstances: String,
    pub(super) findings: &'run mut Vec<Finding>,
}

impl Ground<'_> {
    /// Loads the module of a package. One that cannot be loaded is a finding.
    pub(super) async fn load(&self, package: &Package, findings: &mut Vec<Finding>) -> Result<Module, End> {
        match self.sandbox.load(&package.component).await {
            Ok(module) => Ok(module),
            Err(LoadError::Host(reason)) => Err(End::Host(reason)),
            Err(error) => {
                let message = format!("no agent could start it: {}", said(&error.to_string()));
                findings.push(Finding::error("does-not-load", message).at("module.wasm"));
                Err(End::Seen)
            }
        }
    }

    /// Empty data, in a file of that name.
    pub(super) async fn data(&self, package: &Package, file: &str) -> Result<ModuleData, End> {
        let quota_bytes = package.manifest.resources.storage_bytes().min(MAX_STORAGE_BYTES);
        ModuleData::open(self.folder.join(file), quota_bytes).await.map_err(|error| End::Host(error.to_string()))
    }

    /// A module with its data: all that it asks for is granted, so that its use is seen, and nothing but data is behind it. Its
    /// settings are the defaults of its schema.
    pub(super) fn run<'run>(
        &self,
        module: &Module,
        package: &Package,
        data: ModuleData,
        findings: &'run mut Vec<Finding>,
    ) -> Run<'run> {
        let manifest = &package.manifest;
        let resources = &manifest.resources;
        let environment = Environment {
            tenant: "trial".to_owned(),
            module: manifest.id().to_string(),
            version: manifest.module.version.to_string(),
            grants: Arc::new(manifest.permissions.texts().iter().collect::<Grants>()),
            limits: Limits {
                memory_bytes: resources.memory_bytes(),
                cpu_time: Duration::from_millis(resources.cpu_time_ms.into()),
                wall_time: Duration::from_millis(resources.wall_time_ms.into()).min(self.longest),
                storage_bytes: resources.storage_bytes().min(MAX_STORAGE_BYTES),
                ..Limits::default()
            },
            config: Arc::new(effective_settings(package.config_schema().as_ref(), &json!({}))),
            read_only: None,
            data: Some(data.clone()),
            audit: Arc::new(Discard),
            log: Arc::new(Discard),
        };
        Run { module: module.clone(), environment, data, circumstances: String::new(), findings }
    }
}

impl Run<'_> {
    /// Calls. What only a faulty module does is told, and given back with what is the module's right.
    pub(super) async fn call(&mut self, invocation: Invocation, place: &str) -> Result<Result<Value, CallError>, End> {
        let what = match &invocation {
            Invocation::Activity { input, .. } => format!("called with `{}`", shown(input)),
            other => format!("`{other}`"),
        };
        match self.module.call(&self.environment, invocation).await {
            Err(CallError::Host(reason)) => Err(End::Host(reason)),
            Err(error) if error.blames_module() => {
                self.blame(&error, &what, place);
                Ok(Err(error))
            }
            answered => Ok(answered),
        }
    }

    /// A lifecycle function. None has a reason to fail with the settings that its own schema gives, but for what a trial has not:
    /// hosts, secrets, other modules.
    pub(super) async fn hook(&mut self, invocation: Invocation, when: &str) -> Result<(), End> {
        let place = format!("lifecycle.{invocation}");
        let (name, is_health) = (invocation.to_string(), invocation == Invocation::Health);
        match self.call(invocation, &place).await? {
            Err(CallError::Module { kind, message, .. }) => {
                let message = format!(
                    "`{name}` failed {when} ({}: {}): let it succeed, and health say what is missing",
                    said(&kind),
                    said(&message)
                );
                let severity = if is_health { Severity::Note } else { Severity::Warning };
                self.tell(Finding::new(severity, "hook-failed", message).at(place));
            }
            Err(CallError::NotGranted { capability, .. }) => {
                let message = format!("`{name}` needs `{capability}`, which the trial does not have behind it");
                self.tell(Finding::note("hook-refused", message).at(place));
            }
            _ => {}
        }
        Ok(())
    }

    /// The activities that answer; none where the module cannot say so.
    pub(super) async fn activities(&mut self) -> Result<Option<Vec<String>>, End> {
        let place = "activities.names";
        let answer = self.call(Invocation::Activities, place).await?;
        Ok(answer.ok().map(|names| serde_json::from_value(names).unwrap_or_default()))
    }

    /// Calls an activity.
    pub(super) async fn activity(&mut self, name: &str, input: Value) -> Result<Result<Value, CallError>, End> {
        self.call(Invocation::Activity { name: name.to_owned(), input }, &place_of(name)).await
    }

    /// Whether it was told already that a call there ended as it must not: once is enough.
    pub(super) fn is_blamed(&self, place: &str) -> bool {
        let at = |finding: &&Finding| finding.place.as_deref() == Some(place);
        self.findings.iter().filter(at).any(|finding| finding.severity == Severity::Error)
    }

    /// Brings the tables to a migration.
    ///
    /// # Errors
    /// The words of the database, inside, where the module's own SQL does not do it.
    pub(super) async fn migrate(&self, migrations: &[Migration], target: u32) -> Result<Result<(), String>, End> {
        match self.data.migrate(migrations, target, &SystemClock).await {
            Ok(_) => Ok(Ok(())),
            Err(error @ (DataError::Migration { .. } | DataError::Mismatch(_))) => Ok(Err(said(&error.to_string()))),
            Err(error) => Err(End::Host(error.to_string())),
        }
    }

    /// Gives it other settings.
    pub(super) fn configure(&mut self, settings: Value) {
        self.environment.config = Arc::new(settings);
    }

    /// Tells, unless that was told of the place before.
    pub(super) fn tell(&mut self, finding: Finding) {
        let is_told = |told: &Finding| told.code == finding.code && told.place == finding.place;
        if !self.findings.iter().any(is_told) {
            self.findings.push(finding);
        }
    }

    fn blame(&mut self, error: &CallError, what: &str, place: &str) {
        let remedy = match error {
            CallError::OutOfMemory { .. } => "use less, or ask for more in `module.resources.memory_mib`",
            CallError::CpuTime { .. } => "do less, or ask for more in `module.resources.cpu_time_ms`",
            CallError::WallTime { .. } => "wait less, or ask for more in `module.resources.wall_time_ms`",
            CallError::OutputTooLarge { .. } => "return less at once",
            CallError::InvalidOutput(_) => "return one JSON document",
            _ => "answer with an error instead",
        };
        let message = format!("{what}{}: {}: {remedy}", self.circumstances, said(&error.to_string()));
        let code = format!("trial-{}", error.slug());
        self.tell(Finding::error(&code, message).at(place));
    }
}

/// Where a finding about an activity is.
pub(super) fn place_of(activity: &str) -> String {
    format!("activity {}", said(activity))
}

/// The migrations of a package, and the number of the last.
pub(super) fn migrations(package: &Package) -> (Vec<Migration>, u32) {
    let steps = package.migrations().into_iter();
    let steps: Vec<_> = steps
        .map(|step| Migration { version: step.number, name: step.name, up: step.up, down: Some(step.down) })
        .collect();
    let latest = Migration::latest(&steps);
    (steps, latest)
}

/// What a module says, as a message repeats it.
pub(super) fn said(text: &str) -> String {
    text.chars().take(MAX_SAID_CHARS).collect::<String>().escape_debug().to_string()
}

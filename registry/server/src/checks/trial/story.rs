//! What is done with a module, in order: its life at a tenant, in short.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use adx_index::Package;
use adx_registry_core::checks::{Finding, Severity, Subject};
use adx_sandbox::{
    CallError, DataError, Discard, Environment, Grants, Invocation, Limits, LoadError, Migration, Module, ModuleData,
    Sandbox, SystemClock, effective_settings,
};
use serde_json::{Value, json};

/// An activity that no module has.
const NO_SUCH_ACTIVITY: &str = "no-such-activity-7c1f";
/// The kind of error that the world wants for it.
const UNKNOWN_ACTIVITY: &str = "unknown-activity";
/// Letters that a module says of itself and a finding repeats.
const MAX_SAID_CHARS: usize = 300;
/// Bytes of data that a trial may leave.
const MAX_STORAGE_BYTES: u64 = 64 << 20;

/// A module on trial.
pub(super) struct Story<'run> {
    module: Module,
    environment: Environment,
    data: ModuleData,
    findings: &'run mut Vec<Finding>,
}

/// Why a story ended early: the host failed, or enough was seen.
enum End {
    Host(String),
    Seen,
}

impl<'run> Story<'run> {
    /// Loads the module, and takes it from its installation to its end. What is found is in `findings` even when this is cut off.
    ///
    /// # Errors
    /// The host failed, with what operators need to know.
    pub(super) async fn tell(
        sandbox: &Sandbox,
        subject: &Subject<'_>,
        folder: &Path,
        longest: Duration,
        findings: &'run mut Vec<Finding>,
    ) -> Result<(), String> {
        let package = subject.package;
        let module = match sandbox.load(&package.component).await {
            Ok(module) => module,
            Err(LoadError::Host(reason)) => return Err(reason),
            Err(error) => {
                let message = format!("no agent could start it: {}", said(&error.to_string()));
                findings.push(Finding::error("does-not-load", message).at("module.wasm"));
                return Ok(());
            }
        };
        let environment = environment(package, longest);
        let quota_bytes = environment.limits.storage_bytes;
        let data =
            ModuleData::open(folder.join("data.sqlite"), quota_bytes).await.map_err(|error| error.to_string())?;
        let environment = Environment { data: Some(data.clone()), ..environment };
        match (Story { module, environment, data, findings }).all(subject).await {
            Ok(()) | Err(End::Seen) => Ok(()),
            Err(End::Host(reason)) => Err(reason),
        }
    }

    async fn all(mut self, subject: &Subject<'_>) -> Result<(), End> {
        let package = subject.package;
        let migrations = migrations(package);
        let latest = Migration::latest(&migrations);
        if let Some(before) = subject.before {
            // An update finds the tables of the version that people have now.
            let theirs = self::migrations(before);
            self.migrate(&theirs, Migration::latest(&theirs)).await?;
            self.migrate(&migrations, latest).await?;
        } else {
            self.migrate(&migrations, latest).await?;
            self.migrate(&migrations, 0).await?;
            self.migrate(&migrations, latest).await?;
            self.hook(Invocation::Install).await?;
        }
        if let Some(before) = subject.before {
            self.hook(Invocation::Upgrade { from: before.manifest.module.version.to_string() }).await?;
        }
        self.hook(Invocation::Activate).await?;
        self.hook(Invocation::Health).await?;
        self.activities(package).await?;
        self.hook(Invocation::Deactivate).await?;
        self.hook(Invocation::Uninstall).await?;
        self.migrate(&migrations, 0).await
    }

    /// A lifecycle function. None has a reason to fail with the settings that its own schema gives, but for what a trial has not:
    /// hosts, secrets, other modules.
    async fn hook(&mut self, invocation: Invocation) -> Result<(), End> {
        let place = format!("lifecycle.{invocation}");
        match self.call(&invocation, &place).await? {
            Some(CallError::Module { kind, message, .. }) => {
                let message = format!(
                    "`{invocation}` failed with what a tenant has at first, the settings of the schema and no data ({}: {}): let \
                     it succeed, and health say what is missing",
                    said(&kind),
                    said(&message)
                );
                let severity = if invocation == Invocation::Health { Severity::Note } else { Severity::Warning };
                self.findings.push(Finding::new(severity, "hook-failed", message).at(place));
            }
            Some(CallError::NotGranted { capability, .. }) => {
                let message = format!("`{invocation}` needs `{capability}`, which the trial does not have behind it");
                self.findings.push(Finding::note("hook-refused", message).at(place));
            }
            _ => {}
        }
        Ok(())
    }

    /// Every activity, with what a careless caller sends: an empty object, nothing, a list.
    async fn activities(&mut self, package: &Package) -> Result<(), End> {
        let answer = self.module.call(&self.environment, Invocation::Activities).await;
        let names: Vec<String> = match answer {
            Ok(names) => serde_json::from_value(names).unwrap_or_default(),
            Err(error) => {
                self.blame(&error, "activities.names", "the list of activities")?;
                return Ok(());
            }
        };
        let promised = package.manifest.workflows.iter().flat_map(|workflows| &workflows.activities);
        for activity in promised.filter(|activity| !names.iter().any(|name| *name == activity.name.as_str())) {
            let message = format!(
                "the manifest names the activity `{}` and the component does not have it: write it, or remove it from \
                 `module.workflows.activities`",
                activity.name
            );
            self.findings.push(Finding::error("activity-missing", message).at("activities.names"));
        }
        for name in &names {
            for input in [json!({}), Value::Null, json!([])] {
                let place = format!("activity {}", said(name));
                let invocation = Invocation::Activity { name: name.clone(), input };
                match self.call(&invocation, &place).await? {
                    Some(CallError::Module { kind, .. }) if kind == UNKNOWN_ACTIVITY => {
                        let message =
                            "`activities.names` has it and `activities.call` does not know it: keep the two alike";
                        self.findings.push(Finding::error("activity-unknown", message).at(place));
                        break;
                    }
                    Some(CallError::Module { kind, .. }) if !is_kind(&kind) => {
                        let message = format!("its error has the kind {:?}: kinds are in kebab case", said(&kind));
                        self.findings.push(Finding::warning("error-kind", message).at(place));
                        break;
                    }
                    // One trap of an activity is enough to be told.
                    Some(error) if error.blames_module() => break,
                    _ => {}
                }
            }
        }
        let unknown = Invocation::Activity { name: NO_SUCH_ACTIVITY.to_owned(), input: json!({}) };
        let place = "activities.call";
        match self.module.call(&self.environment, unknown).await {
            Err(CallError::UnknownActivity { .. }) => {}
            Ok(_) | Err(CallError::Module { .. }) => {
                let message =
                    format!("an activity that is not there must be an error of the kind `{UNKNOWN_ACTIVITY}`");
                self.findings.push(Finding::error("activity-unknown", message).at(place));
            }
            Err(error) => self.blame(&error, place, "an activity that is not there")?,
        }
        Ok(())
    }

    /// Calls, tells of what only a faulty module does, and gives the error back.
    async fn call(&mut self, invocation: &Invocation, place: &str) -> Result<Option<CallError>, End> {
        match self.module.call(&self.environment, invocation.clone()).await {
            Ok(_) => Ok(None),
            Err(error) => {
                let what = match invocation {
                    Invocation::Activity { input, .. } => format!("called with `{input}`"),
                    other => format!("`{other}`"),
                };
                self.blame(&error, place, &what)?;
                Ok(Some(error))
            }
        }
    }

    fn blame(&mut self, error: &CallError, place: &str, what: &str) -> Result<(), End> {
        if let CallError::Host(reason) = error {
            return Err(End::Host(reason.clone()));
        }
        if error.blames_module() {
            let remedy = match error {
                CallError::OutOfMemory { .. } => "use less, or ask for more in `module.resources.memory_mib`",
                CallError::CpuTime { .. } => "do less, or ask for more in `module.resources.cpu_time_ms`",
                CallError::WallTime { .. } => "wait less, or ask for more in `module.resources.wall_time_ms`",
                CallError::OutputTooLarge { .. } => "return less at once",
                CallError::InvalidOutput(_) => "return one JSON document",
                _ => "answer with an error instead",
            };
            let message = format!("{what}: {}: {remedy}", said(&error.to_string()));
            let code = format!("trial-{}", error.slug());
            self.findings.push(Finding::error(&code, message).at(place));
        }
        Ok(())
    }

    async fn migrate(&mut self, migrations: &[Migration], target: u32) -> Result<(), End> {
        match self.data.migrate(migrations, target, &SystemClock).await {
            Ok(_) => Ok(()),
            Err(error @ (DataError::Migration { .. } | DataError::Mismatch(_))) => {
                let way = if target == 0 { "down" } else { "up" };
                let message =
                    format!("on the way {way}: {}: run it on an empty database first", said(&error.to_string()));
                self.findings.push(Finding::error("migration-fails", message).at("migrations/"));
                Err(End::Seen)
            }
            Err(error) => Err(End::Host(error.to_string())),
        }
    }
}

/// What surrounds the calls: all that is asked for is granted, so that its use is seen, and nothing but data is behind it.
fn environment(package: &Package, longest: Duration) -> Environment {
    let manifest = &package.manifest;
    let resources = &manifest.resources;
    let schema = package.config_schema();
    Environment {
        tenant: "trial".to_owned(),
        module: manifest.id().to_string(),
        version: manifest.module.version.to_string(),
        grants: Arc::new(manifest.permissions.texts().iter().collect::<Grants>()),
        limits: Limits {
            memory_bytes: resources.memory_bytes(),
            cpu_time: Duration::from_millis(resources.cpu_time_ms.into()),
            wall_time: Duration::from_millis(resources.wall_time_ms.into()).min(longest),
            storage_bytes: resources.storage_bytes().min(MAX_STORAGE_BYTES),
            ..Limits::default()
        },
        config: Arc::new(effective_settings(schema.as_ref(), &json!({}))),
        data: None,
        audit: Arc::new(Discard),
        log: Arc::new(Discard),
    }
}

fn migrations(package: &Package) -> Vec<Migration> {
    let steps = package.migrations().into_iter();
    steps.map(|step| Migration { version: step.number, name: step.name, up: step.up, down: Some(step.down) }).collect()
}

/// Kebab case, as the world says.
fn is_kind(kind: &str) -> bool {
    !kind.is_empty()
        && kind
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// What a module says, as a message repeats it.
fn said(text: &str) -> String {
    text.chars().take(MAX_SAID_CHARS).collect::<String>().escape_debug().to_string()
}

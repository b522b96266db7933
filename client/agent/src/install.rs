//! Installing: absent → installed. What fails leaves nothing behind.

use crate::{
    agent::Agent,
    data,
    host::Host,
    lifecycle::{Next, Request, RequestError, Step},
    progress,
    step::StepError,
    store::{Channel, Installation, Kind, Operation, Pin, Resting, Status},
    verify::VerifiedPackage,
};
use adx_sandbox::Invocation;
use adx_signing::{
    licence::Action,
    name::{ModuleId, TenantId},
};
use semver::{Version, VersionReq};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use tokio::time::Instant;

/// What to install.
#[derive(Debug, Clone)]
pub struct InstallRequest {
    /// Which module.
    pub module: ModuleId,
    /// Which versions are wanted.
    pub requirement: VersionReq,
    /// Permissions granted.
    pub grants: Vec<String>,
    /// Which versions are followed.
    pub channel: Channel,
    /// Whether new versions are installed as they appear.
    pub auto_update: bool,
}

impl Agent {
    /// Begins installing a module for a tenant.
    pub async fn install(
        &self,
        tenant: &TenantId,
        actor: &str,
        request: InstallRequest,
    ) -> Result<Operation, RequestError> {
        let installing = begun(tenant, request, self.clock().now());
        let module = installing.module.clone();
        self.begin(Request {
            tenant,
            module: &module,
            kind: Kind::Install,
            actor,
            particulars: Value::Null,
            installing: Some(installing),
        })
        .await
    }
}

/// The installation that a request begins with.
pub(crate) fn begun(tenant: &TenantId, request: InstallRequest, now: OffsetDateTime) -> Installation {
    let InstallRequest { module, requirement, grants, channel, auto_update } = request;
    Installation {
        tenant: tenant.clone(),
        module,
        requirement,
        channel,
        auto_update,
        state: Resting::Installing,
        current: None,
        previous: None,
        grants,
        withdrawn: Vec::new(),
        config: Value::Object(Map::new()),
        config_revision: 0,
        held: None,
        failed: None,
        rolled_back_from: None,
        load_error: None,
        quarantined: None,
        created_at: now,
        updated_at: now,
    }
}

impl Host {
    pub(crate) async fn install_step(&self, name: &str, step: Step) -> Result<Next, StepError> {
        // Done, and the journal does not know it yet.
        if step.operation.status != Status::Running {
            if name == "record" {
                self.retained.forget(&step.operation.tenant, &step.operation.module).await?;
            }
            return Ok(Next::Stop);
        }
        match name {
            "resolve" => {
                let installation = step.installation()?;
                let line = self.newest(installation, &installation.requirement, Instant::now()).await?;
                self.aim(step.operation, Pin { version: line.version, sha256: line.sha256 }).await?;
            }
            "fetch" => {
                let package = self.fetch(&step.operation).await?;
                let grants = &step.installation()?.grants;
                asked_for(&package, grants)?;
                consented(&package, grants)?;
                self.licensed(&step.operation.tenant, &package, Action::Download)?;
            }
            "warm" => {
                // Compiled now, outside of any deadline of a call; the result stays in the sandbox's cache.
                let package = self.target(&step.operation).await?;
                self.sandbox
                    .load(&package.package().component)
                    .await
                    .map_err(|error| StepError::refused("load", crate::step::with_causes(&error)))?;
            }
            "data" => {
                let (tenant, module) = (&step.operation.tenant, &step.operation.module);
                // From the same beginning each time: that makes the module's own functions safe to repeat.
                self.rooms.remove(tenant, module).await?;
                let room = self.rooms.folder(tenant, module);
                let kept = self.retained.bring_back(tenant, module, room, self.clock.now()).await?;
                self.bring_up(&step, kept.as_ref()).await.map_err(|error| match kept {
                    None => error,
                    Some(version) => StepError {
                        message: format!(
                            "with the data kept from {version}, which stays as it was: {}; purge it to begin with none",
                            error.message
                        ),
                        ..error
                    },
                })?;
            }
            "record" => {
                let pin = self.target(&step.operation).await?.pin().clone();
                let mut installation = step.installation()?.clone();
                installation.state = Resting::Installed;
                installation.current = Some(pin);
                let (tenant, module) = (installation.tenant.clone(), installation.module.clone());
                self.succeed(step.operation, Some(installation)).await?;
                self.retained.forget(&tenant, &module).await?;
            }
            "remove" => self.rooms.remove(&step.operation.tenant, &step.operation.module).await?,
            other => return Err(StepError::refused("step", format!("install has no step {other}"))),
        }
        Ok(Next::Step)
    }

    /// Migrates, and lets the module know: that it is installed, or that it takes over from a version before, whose data was
    /// kept. An older version is not told: it knows nothing of a newer one.
    async fn bring_up(&self, step: &Step, kept: Option<&Version>) -> Result<(), StepError> {
        let package = self.target(&step.operation).await?;
        let live = self.load(step.installation()?, &package).await?;
        data::migrate(&live.data, &package).await?;
        progress::reached("install", "data.migrated");
        let invocation = match kept {
            None => Invocation::Install,
            Some(from) if *from < package.pin().version => Invocation::Upgrade { from: from.to_string() },
            Some(_) => return Ok(()),
        };
        self.hook(&step.operation.tenant, &step.operation.module, &live, invocation).await
    }

    /// Records the package that an operation goes to; from then on the shelf keeps it.
    pub(crate) async fn aim(&self, mut operation: Operation, to: Pin) -> Result<(), StepError> {
        operation.to = Some(to);
        operation.updated_at = self.clock.now();
        self.store.save_operation(&operation).await?;
        Ok(())
    }

    /// Downloads and judges the package that an operation goes to.
    pub(crate) async fn fetch(&self, operation: &Operation) -> Result<VerifiedPackage, StepError> {
        let to = aimed(operation)?;
        let lines = self.index_lines(&operation.module).await?;
        let line =
            lines.iter().find(|line| line.version == to.version && line.sha256 == to.sha256).ok_or_else(|| {
                let message = format!("the index no longer lists {} {}", operation.module, to.version);
                StepError { again: true, ..StepError::refused("index", message) }
            })?;
        self.sayings.keep(line);
        let kind = operation.kind.as_str();
        let downloaded = || progress::reached(kind, "fetch.downloaded");
        let demands = self.demands(&operation.tenant, &operation.module, to).await?;
        let registry = self.registries.of(&operation.module)?;
        Ok(self.shelf.fetch(registry, line, &demands, downloaded).await?)
    }

    /// The package that an operation goes to, from the shelf.
    pub(crate) async fn target(&self, operation: &Operation) -> Result<VerifiedPackage, StepError> {
        Ok(self.shelf.take(&operation.module, aimed(operation)?).await?)
    }
}

fn aimed(operation: &Operation) -> Result<&Pin, StepError> {
    operation.to.as_ref().ok_or_else(|| StepError::refused("step", "no version was chosen yet"))
}

/// Refuses grants that the package does not ask for: kept, they would be a consent that nobody gave to the later version that
/// does ask.
fn asked_for(package: &VerifiedPackage, grants: &[String]) -> Result<(), StepError> {
    let asks_for = package.asks_for();
    let never_asked: Vec<String> = grants.iter().filter(|grant| !asks_for.contains(grant)).cloned().collect();
    if never_asked.is_empty() {
        return Ok(());
    }
    let asks_for = if asks_for.is_empty() { "none".to_owned() } else { asks_for.join(", ") };
    Err(StepError::refused(
        "not-asked-for",
        format!(
            "{} {} asks for no permission {}; it asks for {asks_for}: grant nothing else",
            package.manifest().id(),
            package.pin().version,
            never_asked.join(", ")
        ),
    ))
}

/// Refuses a package whose required permissions the tenant has not all granted.
pub(crate) fn consented(package: &VerifiedPackage, grants: &[String]) -> Result<(), StepError> {
    let missing = package.missing_consent(grants);
    if missing.is_empty() {
        return Ok(());
    }
    let words: Vec<String> = package
        .manifest()
        .permissions
        .required
        .iter()
        .filter(|permission| missing.contains(&permission.to_string()))
        .map(|permission| format!("{permission} ({})", permission.in_words()))
        .collect();
    let message = format!(
        "{} {} needs permissions that were not granted: {}",
        package.manifest().id(),
        package.pin().version,
        words.join(", ")
    );
    Err(StepError { permissions: missing, ..StepError::refused("consent", message) })
}

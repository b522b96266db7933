//! The check `trial`: the module is run, in a sandbox like an agent's, with everything that it asks for and nothing real behind
//! it. What modules may not do ends a call there, and is told here.

mod input;
mod learn;
mod run;
mod settings;
mod story;
mod update;
mod variety;

use std::path::Path;
use std::time::Duration;

use adx_registry_core::checks::{Check, CheckBroke, Finding, Subject, told};
use adx_sandbox::{Sandbox, SandboxConfig};
use anyhow::Context as _;
use tempfile::TempDir;
use tokio::runtime;

use self::run::{End, Ground};
use crate::world::Ticks;

/// The check's name.
pub(super) const NAME: &str = "trial";

/// Calls at once: one of each package that is looked over, and as many are seldom at the same time.
const CALLS: u32 = 8;

/// A sandbox for trial runs.
pub(super) struct Trial {
    deadline: Duration,
    sandbox: Sandbox,
    /// Compiled code. It is of use to nobody after the process.
    _cache: TempDir,
}

impl Trial {
    /// Starts the sandbox.
    ///
    /// # Errors
    /// When there is no place for temporary files, or too little address space.
    pub(super) fn new(deadline: Duration) -> anyhow::Result<Self> {
        let cache = tempfile::tempdir().context("no temporary folder can be made")?;
        let sandbox = Sandbox::new(SandboxConfig { concurrent_calls: CALLS, ..SandboxConfig::new(cache.path()) })?;
        Ok(Self { deadline, sandbox, _cache: cache })
    }

    /// Runs everything on a reactor of its own, for the sandbox is asynchronous and checks are not.
    fn on_a_reactor(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let broke = |reason: String| CheckBroke::new(NAME, reason);
        let reactor = runtime::Builder::new_current_thread()
            .enable_time()
            .max_blocking_threads(8)
            .build()
            .map_err(|error| broke(format!("no reactor: {error}")))?;
        let folder = tempfile::tempdir().map_err(|error| broke(format!("no temporary folder: {error}")))?;
        let mut findings = Vec::new();
        let ended = reactor.block_on(self.tell(subject, folder.path(), &mut findings));
        // A compilation or a statement that goes on is left to end by itself.
        reactor.shutdown_background();
        match ended {
            Ok(()) | Err(End::Seen) => Ok(told(findings)),
            Err(End::Host(reason)) => Err(broke(reason)),
        }
    }

    /// First what every module goes through, which has to end, then what was made up for it, as long as there is time.
    async fn tell(&self, subject: &Subject<'_>, folder: &Path, findings: &mut Vec<Finding>) -> Result<(), End> {
        let began = Ticks::start();
        let ground = Ground { sandbox: &self.sandbox, folder, longest: self.deadline };
        let lives = async {
            let module = ground.load(subject.package, findings).await?;
            story::tell(&ground, &module, subject.package, findings).await?;
            update::tell(&ground, &module, subject, findings).await?;
            Ok(module)
        };
        let Ok(lived) = tokio::time::timeout(self.deadline, lives).await else {
            findings.push(Finding::error(
                "trial-unfinished",
                format!(
                    "not every hook and activity came to its end within {:?} in all: let them do less at their start, and \
                     leave what takes long to workflows",
                    self.deadline
                ),
            ));
            return Ok(());
        };
        let left = self.deadline.saturating_sub(began.elapsed());
        variety::tell(&ground, &lived?, subject, left.min(self.deadline / 4), findings).await
    }
}

impl Check for Trial {
    fn name(&self) -> &'static str {
        NAME
    }

    /// An update is tried from what people have.
    fn needs_before(&self) -> bool {
        true
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        // A thread of its own: a reactor cannot be run on a thread that belongs to another.
        std::thread::scope(|scope| scope.spawn(|| self.on_a_reactor(subject)).join())
            .unwrap_or_else(|_| Err(CheckBroke::new(NAME, "the trial run panicked")))
    }
}

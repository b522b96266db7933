//! Which checks look a package over, what comes of what they find, and which of it needs a human.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Policy;
use crate::checks::{Check, Severity};
use crate::ports::Blocking;

/// How long the checks of one package may take together, unless the configuration says otherwise.
pub const CHECK_DEADLINE: Duration = Duration::from_secs(60);

/// What a registry does with what is sent to it.
#[derive(Clone)]
pub struct Pipeline {
    /// The checks that run.
    pub checks: Vec<Configured>,
    /// How long they may take together.
    pub deadline: Duration,
    /// What needs a human.
    pub policy: Policy,
    /// Threads for the checks, apart from those that read packages: one that does not end keeps nobody else from those. `None`:
    /// there are no others.
    pub threads: Option<Arc<dyn Blocking>>,
}

/// A check that runs.
#[derive(Clone)]
pub struct Configured {
    /// The check.
    pub check: Arc<dyn Check>,
    /// What comes of it.
    pub rule: CheckRule,
}

/// What comes of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckRule {
    /// What it finds that refuses a package.
    pub refuses: Refuses,
    /// When it cannot run, nothing is released.
    pub required: bool,
}

/// Which findings of a check refuse a package. What is known to be harmful is kept from people whatever this says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refuses {
    /// None: errors are told like warnings.
    Nothing,
    /// Errors.
    Errors,
    /// Warnings as well, which are told like errors.
    Warnings,
}

impl Refuses {
    /// How bad a finding counts: what refuses is an error, and an error refuses.
    pub(crate) const fn judge(self, severity: Severity) -> Severity {
        match (self, severity) {
            (Self::Nothing, Severity::Error) => Severity::Warning,
            (Self::Warnings, Severity::Warning) => Severity::Error,
            _ => severity,
        }
    }
}

impl CheckRule {
    /// What a check is that nobody said anything of.
    pub const ENFORCED: Self = Self { refuses: Refuses::Errors, required: true };
}

impl Default for Pipeline {
    /// No checks, and the policy that holds nothing without them.
    fn default() -> Self {
        Self { checks: Vec::new(), deadline: CHECK_DEADLINE, policy: Policy::default(), threads: None }
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checks: Vec<_> = self.checks.iter().map(|configured| (configured.check.name(), configured.rule)).collect();
        let Self { deadline, policy, .. } = self;
        out.debug_struct("Pipeline")
            .field("checks", &checks)
            .field("deadline", deadline)
            .field("policy", policy)
            .finish_non_exhaustive()
    }
}

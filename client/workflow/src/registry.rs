//! Which code belongs to which name.

use std::{collections::BTreeMap, fmt, future::Future, sync::Arc};

use futures::{FutureExt, future::BoxFuture};
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::port::{Ctx, LocalFuture, Outcome};

pub(crate) type WorkflowFn = Arc<dyn Fn(Ctx, Value) -> LocalFuture<'static, Outcome> + Send + Sync>;
pub(crate) type ActivityFn = Arc<dyn Fn(ActivityContext, Value) -> BoxFuture<'static, Outcome> + Send + Sync>;

/// The workflows and activities an engine can run, by name.
#[derive(Clone, Default)]
pub struct Registry {
    workflows: BTreeMap<String, WorkflowFn>,
    activities: BTreeMap<String, ActivityFn>,
}

impl Registry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a workflow; a later one of the same name replaces it. The code must be deterministic, see [`crate::Wf`].
    #[must_use]
    pub fn workflow<F, R>(mut self, name: impl Into<String>, code: F) -> Self
    where
        F: Fn(Ctx, Value) -> R + Send + Sync + 'static,
        R: Future<Output = Outcome> + 'static,
    {
        self.workflows.insert(name.into(), Arc::new(move |ctx, input| code(ctx, input).boxed_local()));
        self
    }

    /// Adds an activity; a later one of the same name replaces it. It may run more than once for one completion
    /// (a crash between its effect and the journal), so it must be idempotent.
    #[must_use]
    pub fn activity<F, R>(mut self, name: impl Into<String>, code: F) -> Self
    where
        F: Fn(ActivityContext, Value) -> R + Send + Sync + 'static,
        R: Future<Output = Outcome> + Send + 'static,
    {
        self.activities.insert(name.into(), Arc::new(move |ctx, input| code(ctx, input).boxed()));
        self
    }

    pub(crate) fn find_workflow(&self, name: &str) -> Option<WorkflowFn> {
        self.workflows.get(name).cloned()
    }

    pub(crate) fn find_activity(&self, name: &str) -> Option<ActivityFn> {
        self.activities.get(name).cloned()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("workflows", &self.workflows.keys())
            .field("activities", &self.activities.keys())
            .finish()
    }
}

/// What an attempt of an activity knows about itself.
#[derive(Clone, Debug)]
pub struct ActivityContext {
    /// The id of the run.
    pub run_id: Arc<str>,
    /// The workflow of the run.
    pub workflow: Arc<str>,
    /// The name the activity was called by.
    pub activity: Arc<str>,
    /// Counted from 1; goes on counting across restarts.
    pub attempt: u32,
    /// The same for every attempt of this activity and for no other: hand it to services that deduplicate.
    pub idempotency_key: String,
    /// Fires when nobody wants the outcome any more: the run was cancelled, the attempt took too long, or the engine shuts
    /// down. An activity that heeds it returns [`crate::Failure::Cancelled`].
    pub cancellation: CancellationToken,
    pub(crate) heartbeat: watch::Sender<u64>,
}

impl ActivityContext {
    /// Reports that the attempt is alive, for activities whose policy sets `heartbeat_ms`.
    pub fn heartbeat(&self) {
        self.heartbeat.send_modify(|beats| *beats += 1);
    }
}

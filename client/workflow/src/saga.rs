//! Sagas: steps that are undone in reverse order when a later one fails.

use std::{cell::RefCell, future::Future, rc::Rc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::port::{CompensationFailure, Ctx, Failure, Outcome, Policy, signal_within};

/// A saga as data: a module's manifest can carry it, and the same interpreter runs it on every engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saga {
    /// In the order in which they run.
    pub steps: Vec<Step>,
}

/// One step of a [`Saga`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Shown in the status; the key of the step's output.
    pub name: String,
    /// The activity that does it; ignored by a step that waits for a signal.
    #[serde(default)]
    pub activity: String,
    /// The activity that undoes it.
    #[serde(default)]
    pub compensate: Option<String>,
    /// How the activity is tried.
    #[serde(default)]
    pub policy: Policy,
    /// How the compensation is tried; without end when absent.
    #[serde(default)]
    pub compensation_policy: Option<Policy>,
    /// Waits for a signal in place of an activity.
    #[serde(default)]
    pub await_signal: Option<AwaitSignal>,
}

/// A signal a step waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwaitSignal {
    /// The signal's name.
    pub name: String,
    /// How long to wait, in milliseconds.
    pub within_ms: u64,
}

/// Runs `saga`. Every activity gets `{"input": …, "steps": {name: output, …}}` with the outputs so far; the same object
/// with all outputs under `steps` is what a compensation gets, as it was when its step began. Returns the outputs by step.
///
/// # Errors
/// The failure of the step, or [`Failure::Uncompensated`] around it when a compensation failed for good.
pub async fn run_saga(ctx: Ctx, saga: Saga, input: Value) -> Outcome {
    SagaScope::run(ctx, move |scope| async move {
        let mut known = json!({ "input": input, "steps": {} });
        for step in saga.steps {
            let mut call = scope.step(&step.name).policy(step.policy);
            if let Some(undo) = &step.compensate {
                call = call.compensate(undo, known.clone());
            }
            if let Some(policy) = step.compensation_policy {
                call = call.compensation_policy(policy);
            }
            let output = match &step.await_signal {
                Some(signal) => call.await_signal(&signal.name, Duration::from_millis(signal.within_ms)).await?,
                None => call.run(&step.activity, known.clone()).await?,
            };
            known["steps"][&step.name] = output;
        }
        Ok(known["steps"].take())
    })
    .await
}

struct Undo {
    step: String,
    activity: String,
    input: Value,
    policy: Policy,
}

/// A saga as code, for steps that depend on one another.
///
/// ```
/// # use adx_workflow::{Ctx, Outcome, SagaScope};
/// # use serde_json::{Value, json};
/// async fn install(ctx: Ctx, input: Value) -> Outcome {
///     SagaScope::run(ctx, |saga| async move {
///         let fetched = saga.step("fetch").run("fetch", input.clone()).await?;
///         if fetched["has_database"] == true {
///             saga.step("migrate").compensate("restore", input.clone()).run("migrate", fetched.clone()).await?;
///         }
///         Ok(json!({ "digest": fetched["digest"] }))
///     })
///     .await
/// }
/// ```
pub struct SagaScope {
    ctx: Ctx,
    undo: RefCell<Vec<Undo>>,
}

impl SagaScope {
    /// Runs `body`; when it fails, undoes its steps in reverse order and returns its failure. A body that continues as new
    /// undoes nothing, and what it registered is forgotten. Steps run side by side are to be waited for all (`join!`, not
    /// `try_join!`): one that is dropped may still be at work while its compensation runs.
    ///
    /// # Errors
    /// The failure of the body, or [`Failure::Uncompensated`] around it when a compensation failed for good.
    pub async fn run<F, R>(ctx: Ctx, body: F) -> Outcome
    where
        F: FnOnce(Rc<Self>) -> R,
        R: Future<Output = Outcome>,
    {
        let scope = Rc::new(Self { ctx, undo: RefCell::default() });
        match body(scope.clone()).await {
            Err(Failure::ContinueAsNew { input }) => Err(Failure::ContinueAsNew { input }),
            Err(cause) => Err(scope.unwind(cause).await),
            done => done,
        }
    }

    /// The context the saga runs in.
    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    /// Begins a step; nothing happens before [`StepCall::run`].
    pub fn step(&self, name: &str) -> StepCall<'_> {
        StepCall {
            scope: self,
            name: name.to_owned(),
            policy: Policy::default(),
            compensation: None,
            compensation_policy: None,
        }
    }

    /// Registers a compensation for something that is not a step, such as a child run.
    pub fn on_failure(&self, step: &str, activity: &str, input: Value, policy: &Policy) {
        self.undo.borrow_mut().push(Undo {
            step: step.to_owned(),
            activity: activity.to_owned(),
            input,
            policy: Policy { shielded: true, ..policy.clone() },
        });
    }

    async fn unwind(&self, cause: Failure) -> Failure {
        let mut failed = Vec::new();
        loop {
            let Some(undo) = self.undo.borrow_mut().pop() else {
                break;
            };
            self.ctx.set_status(json!({ "step": undo.step, "compensating": true, "cause": cause.to_string() }));
            if let Err(failure) = self.ctx.activity(&undo.activity, undo.input, &undo.policy).await {
                failed.push(CompensationFailure { step: undo.step, compensation: undo.activity, failure });
            }
        }
        if failed.is_empty() { cause } else { Failure::Uncompensated { cause: Box::new(cause), failed } }
    }
}

/// A step being described; see [`SagaScope::step`].
#[must_use = "a step does nothing until it is run"]
pub struct StepCall<'a> {
    scope: &'a SagaScope,
    name: String,
    policy: Policy,
    compensation: Option<(String, Value)>,
    compensation_policy: Option<Policy>,
}

impl StepCall<'_> {
    /// How the activity is tried.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// The activity that undoes the step, and its input. It must cope with a step that never happened.
    pub fn compensate(mut self, activity: &str, input: Value) -> Self {
        self.compensation = Some((activity.to_owned(), input));
        self
    }

    /// How the compensation is tried (always shielded); without end when not set.
    pub fn compensation_policy(mut self, policy: Policy) -> Self {
        self.compensation_policy = Some(policy);
        self
    }

    /// Runs the step.
    ///
    /// # Errors
    /// The failure of the activity; the saga is undone when the body returns it.
    pub async fn run(mut self, activity: &str, input: Value) -> Outcome {
        self.begin();
        self.scope.ctx.activity(activity, input, &self.policy).await
    }

    /// Waits for a signal in place of an activity, but not for longer than `within`.
    ///
    /// # Errors
    /// [`Failure::Timeout`] naming the signal, or [`Failure::Cancelled`].
    pub async fn await_signal(mut self, name: &str, within: Duration) -> Outcome {
        self.begin();
        signal_within(&*self.scope.ctx, name, within).await
    }

    fn begin(&mut self) {
        self.scope.ctx.set_status(json!({ "step": self.name }));
        // Before the step, not after it: one that timed out or was cut off may have happened all the same.
        if let Some((undo, input)) = self.compensation.take() {
            let policy = self.compensation_policy.take().unwrap_or_else(|| self.policy.for_compensation());
            self.scope.on_failure(&self.name, &undo, input, &policy);
        }
    }
}

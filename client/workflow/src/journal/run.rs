//! One open run in memory: its code, and what it waits for.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{
    context::{JournalContext, State},
    event::Event,
    store::StoredRun,
};
use crate::{
    port::{Failure, LocalFuture, Outcome, Policy},
    registry::WorkflowFn,
};

/// How often code may wake itself within one event before it counts as spinning.
const MAX_POLLS: usize = 10_000;

pub(super) struct Run {
    pub(super) key: i64,
    pub(super) id: Arc<str>,
    pub(super) workflow: Arc<str>,
    pub(super) generation: u32,
    pub(super) parent: Option<(i64, u32)>,
    pub(super) state: Rc<RefCell<State>>,
    /// Rows in its history.
    pub(super) steps: i64,
    pub(super) activities: BTreeMap<u32, Activity>,
    pub(super) timers: BTreeMap<u32, u64>,
    pub(super) blocked: Option<String>,
    code: Option<LocalFuture<'static, Outcome>>,
    woken: Arc<Woken>,
}

/// An activity that has not ended.
pub(super) struct Activity {
    pub(super) name: Arc<str>,
    pub(super) input: Value,
    pub(super) policy: Policy,
    /// The attempt that runs or ran last, counted from 1.
    pub(super) attempt: u32,
    /// How many attempts count towards [`Policy::max_attempts`], the one that runs among them.
    pub(super) spent: u32,
    pub(super) phase: Phase,
}

pub(super) enum Phase {
    /// Recorded in this turn, to be started once that is durable.
    Queued,
    Running(CancellationToken),
    /// Was under way when the process ended.
    CutOff,
    /// Waits for its next attempt.
    Backoff(u64),
}

/// What polling the code led to.
pub(super) enum Polled {
    Waiting,
    Ended(Outcome),
    /// It panicked or spins.
    Broken(String),
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Run {
    /// A run whose code has not been polled.
    pub(super) fn new(stored: &StoredRun) -> Self {
        let seed = seed(&stored.id, stored.generation, stored.started_at);
        let state = State::new(stored.started_at, seed, stored.suggest_at);
        Self {
            key: stored.key,
            id: stored.id.as_str().into(),
            workflow: stored.workflow.as_str().into(),
            generation: stored.generation,
            parent: stored.parent,
            state: Rc::new(RefCell::new(state)),
            steps: 0,
            activities: BTreeMap::new(),
            timers: BTreeMap::new(),
            blocked: None,
            code: None,
            woken: Arc::new(Woken(AtomicBool::new(false))),
        }
    }

    /// Gives the run its code.
    pub(super) fn equip(&mut self, workflow: &WorkflowFn, input: Value) -> Result<(), String> {
        let context = Rc::new(JournalContext(self.state.clone()));
        let made = catch_unwind(AssertUnwindSafe(|| workflow(context, input)));
        self.code = Some(made.map_err(|panic| format!("its code panicked: {}", panic_message(&*panic)))?);
        Ok(())
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.state.borrow().cancelled
    }

    /// Whether the event means anything to the run: a second completion, or one of something abandoned, does not.
    pub(super) fn accepts(&self, event: &Event) -> bool {
        match event {
            Event::ActivityCompleted { seq, .. } => self.activities.contains_key(seq),
            Event::TimerFired { seq } => self.timers.contains_key(seq),
            Event::CancelRequested => !self.is_cancelled(),
            _ => true,
        }
    }

    /// Keeps the books of what is pending. The same for events that happen and for events that are read back.
    pub(super) fn note(&mut self, event: &Event) {
        match event {
            Event::ActivityScheduled { seq, name, input, policy } => {
                let activity = Activity {
                    name: name.as_str().into(),
                    input: input.clone(),
                    policy: policy.clone(),
                    attempt: 1,
                    spent: 1,
                    phase: Phase::Queued,
                };
                self.activities.insert(*seq, activity);
            }
            Event::AttemptStarted { seq, attempt } => {
                if let Some(activity) = self.activities.get_mut(seq) {
                    activity.attempt = *attempt;
                    activity.spent += 1;
                    activity.phase = Phase::Queued;
                }
            }
            Event::AttemptFailed { seq, failure, retry_at, .. } => {
                if let Some(activity) = self.activities.get_mut(seq) {
                    if matches!(failure, Failure::Stopped { .. }) {
                        activity.spent -= 1;
                    }
                    activity.phase = Phase::Backoff(retry_at.unwrap_or(0));
                }
            }
            Event::ActivityCompleted { seq, .. } | Event::ActivityAbandoned { seq } => {
                if let Some(Activity { phase: Phase::Running(token), .. }) = self.activities.remove(seq) {
                    token.cancel();
                }
            }
            Event::TimerStarted { seq, fire_at } => {
                self.timers.insert(*seq, *fire_at);
            }
            Event::TimerFired { seq } | Event::TimerCancelled { seq } => {
                self.timers.remove(seq);
            }
            _ => {}
        }
    }

    /// Shows the code what happened, for when it goes on.
    pub(super) fn see(&mut self, event: &Event) {
        self.count(1);
        let woken = self.state.borrow_mut().apply(event);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Lets the code go on at `at_ms` until it waits.
    pub(super) fn advance(&mut self, at_ms: u64) -> Polled {
        self.state.borrow_mut().now_ms = at_ms;
        let Some(code) = self.code.as_mut() else {
            return Polled::Broken("its code is gone".to_owned());
        };
        let waker = Waker::from(self.woken.clone());
        for _ in 0..MAX_POLLS {
            self.woken.0.store(false, Ordering::Relaxed);
            match catch_unwind(AssertUnwindSafe(|| code.as_mut().poll(&mut Context::from_waker(&waker)))) {
                Ok(Poll::Ready(outcome)) => return Polled::Ended(outcome),
                Ok(Poll::Pending) if self.woken.0.load(Ordering::Relaxed) => {}
                Ok(Poll::Pending) => return Polled::Waiting,
                Err(panic) => {
                    return Polled::Broken(format!("its code panicked: {}", panic_message(&*panic)));
                }
            }
        }
        Polled::Broken(format!("its code spins: it woke itself {MAX_POLLS} times without waiting for anything"))
    }

    /// What the code asked for since the last call.
    pub(super) fn take_commands(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.state.borrow_mut().commands)
    }

    /// Drops the code. What its destructors ask for does not count: nobody takes it.
    pub(super) fn drop_code(&mut self) {
        let code = self.code.take();
        if catch_unwind(AssertUnwindSafe(|| drop(code))).is_err() {
            tracing::warn!(run.id = %self.id, "a destructor in workflow code panicked");
        }
    }

    /// After a history was read back: what it shows as begun is no longer under way.
    pub(super) fn cut_off_attempts(&mut self) {
        for activity in self.activities.values_mut().filter(|one| matches!(one.phase, Phase::Queued)) {
            activity.phase = Phase::CutOff;
        }
    }

    /// Takes over the attempts that went on while the run was parked: they are not to be started a second time.
    pub(super) fn adopt_attempts(&mut self, mut parked: Self) {
        for (seq, activity) in &mut self.activities {
            if let Some(earlier) = parked.activities.remove(seq)
                && matches!(earlier.phase, Phase::Running(_))
            {
                activity.phase = earlier.phase;
            }
        }
    }

    /// Tells running activities that the engine is about to stop.
    pub(super) fn ask_activities_to_stop(&self) {
        for activity in self.activities.values() {
            if let Phase::Running(token) = &activity.phase {
                token.cancel();
            }
        }
    }

    /// Tells whatever activities still run that nobody waits for them.
    pub(super) fn abandon_activities(&mut self) {
        for activity in std::mem::take(&mut self.activities).into_values() {
            if let Phase::Running(token) = activity.phase {
                token.cancel();
            }
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.drop_code();
    }
}

/// FNV-1a over what makes the run unique; no secret, only the same on every replay.
fn seed(id: &str, generation: u32, started_at: u64) -> u64 {
    let bytes = id.bytes().chain(generation.to_le_bytes()).chain(started_at.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The text of a panic, where it has one.
pub(super) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a message".to_owned()
    }
}

//! Attempts of activities: started on the runtime, their ends journalled, tried again.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, mpsc},
};

use futures::FutureExt;
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{
    JournalError,
    engine::{Engine, Message},
    event::Event,
    failpoint,
    run::{Phase, panic_message},
    timers::Due,
};
use crate::{
    clock::Clock,
    port::{Failure, Outcome, Policy},
    registry::{ActivityContext, ActivityFn},
};

impl Engine {
    /// The attempts recorded in this turn that are to start once it is durable.
    pub(super) fn startable(&mut self) -> Result<Vec<(i64, u32)>, JournalError> {
        let mut startable = std::mem::take(&mut self.attempts);
        // The run may have ended or dropped the activity within the same turn.
        startable.retain(|(key, seq)| {
            let activity = self.runs.get(key).and_then(|run| run.activities.get(seq));
            activity.is_some_and(|activity| matches!(activity.phase, Phase::Queued))
        });
        let (startable, refused): (Vec<_>, Vec<_>) = startable
            .into_iter()
            .partition(|(key, _)| !self.draining && self.runs.get(key).is_some_and(|run| run.blocked.is_none()));
        for (key, seq) in refused {
            self.give_back(key, seq)?;
        }
        Ok(startable)
    }

    /// Journals that an attempt did not run, or stopped because it was asked to: it costs the activity nothing.
    fn give_back(&mut self, key: i64, seq: u32) -> Result<(), JournalError> {
        let Some(attempt) = self.runs.get(&key).and_then(|run| run.activities.get(&seq)).map(|one| one.attempt) else {
            return Ok(());
        };
        let reason = if self.draining { "it was shut down" } else { "the run was parked" };
        let failure = Failure::Stopped { reason: reason.to_owned() };
        self.record_attempt(key, Event::AttemptFailed { seq, attempt, failure, retry_at: Some(self.now_ms) })
    }

    /// Starts an attempt. Called after the commit that recorded it.
    pub(super) fn dispatch(&mut self, key: i64, seq: u32) {
        let Some(run) = self.runs.get_mut(&key) else {
            return;
        };
        let Some(activity) = run.activities.get_mut(&seq).filter(|one| matches!(one.phase, Phase::Queued)) else {
            return;
        };
        let Some(code) = self.registry.find_activity(&activity.name) else {
            return;
        };
        failpoint::reach("attempt-dispatched");
        let cancellation = CancellationToken::new();
        activity.phase = Phase::Running(cancellation.clone());
        let context = ActivityContext {
            run_id: run.id.clone(),
            workflow: run.workflow.clone(),
            activity: activity.name.clone(),
            attempt: activity.attempt,
            idempotency_key: format!("{}/{key}/{seq}", run.id),
            cancellation,
            heartbeat: watch::Sender::new(0),
        };
        let span = tracing::info_span!("journal.attempt", run.id = %run.id, activity = %activity.name, attempt = activity.attempt);
        let attempt = Attempt {
            code,
            context,
            input: activity.input.clone(),
            policy: activity.policy.clone(),
            clock: self.clock.clone(),
        };
        let report = Report { to: self.sender.clone(), run: key, seq, attempt: activity.attempt };
        self.running += 1;
        // All of it is guarded: code may panic before it returns its future, while it runs, and when it is dropped.
        let attempt = AssertUnwindSafe(attempt.run())
            .catch_unwind()
            .map(|ended| ended.unwrap_or_else(|panic| Err(Failure::Panicked { message: panic_message(&*panic) })));
        self.tasks.spawn_on(async move { report.send(attempt.await) }.instrument(span), &self.runtime);
    }

    /// Takes in the end of an attempt.
    pub(super) fn attempt_ended(
        &mut self,
        key: i64,
        seq: u32,
        attempt: u32,
        outcome: Outcome,
    ) -> Result<(), JournalError> {
        self.running -= 1;
        while self.tasks.try_join_next().is_some() {}
        let Some(run) = self.runs.get(&key) else {
            return Ok(());
        };
        let Some(activity) = run.activities.get(&seq) else {
            return Ok(());
        };
        if activity.attempt != attempt || !matches!(activity.phase, Phase::Running(_)) {
            return Ok(());
        }
        let failure = match outcome {
            Ok(value) => {
                return self.deliver(key, Event::ActivityCompleted { seq, outcome: Ok(value) });
            }
            Err(failure) => failure,
        };
        let cancelled = run.is_cancelled() && !activity.policy.shielded;
        if self.draining && failure == Failure::Cancelled && !cancelled {
            return self.give_back(key, seq);
        }
        tracing::debug!(run.id = %run.id, activity = %activity.name, attempt, %failure, "attempt failed");
        let is_left = activity.policy.max_attempts == 0 || activity.spent < activity.policy.max_attempts;
        let retry_at = (failure.is_retryable() && is_left && !cancelled)
            .then(|| self.now_ms.saturating_add(activity.policy.backoff_after(activity.spent)));
        self.record_attempt(key, Event::AttemptFailed { seq, attempt, failure: failure.clone(), retry_at })?;
        if let Some(at_ms) = retry_at {
            self.timers.add(at_ms, Due::Retry { run: key, seq });
            Ok(())
        } else {
            let failure = if cancelled { Failure::Cancelled } else { failure };
            self.deliver(key, Event::ActivityCompleted { seq, outcome: Err(failure) })
        }
    }

    /// Starts the next attempt when its wait is over.
    pub(super) fn retry(&mut self, key: i64, seq: u32) -> Result<(), JournalError> {
        let Some(run) = self.runs.get(&key).filter(|run| run.blocked.is_none()) else {
            return Ok(());
        };
        let Some(activity) = run.activities.get(&seq) else {
            return Ok(());
        };
        let is_due = matches!(activity.phase, Phase::Backoff(until) if until <= self.now_ms);
        if !is_due || self.draining {
            return Ok(());
        }
        self.start_attempt(key, seq, activity.attempt + 1)
    }

    /// Journals that an attempt starts, and has it started once that is durable.
    pub(super) fn start_attempt(&mut self, key: i64, seq: u32, attempt: u32) -> Result<(), JournalError> {
        self.record_attempt(key, Event::AttemptStarted { seq, attempt })?;
        self.attempts.push((key, seq));
        Ok(())
    }

    /// Journals something about an attempt, which the workflow's code does not see.
    pub(super) fn record_attempt(&mut self, key: i64, event: Event) -> Result<(), JournalError> {
        let Some(run) = self.runs.get_mut(&key) else {
            return Ok(());
        };
        run.note(&event);
        run.count(1);
        let events = [event];
        self.store.append(key, run.steps, self.now_ms, &events)?;
        run.steps += 1;
        self.noted.note(&events);
        Ok(())
    }
}

/// Tells the engine how an attempt ended. When the task is dropped instead, the engine is going too.
struct Report {
    to: mpsc::Sender<Message>,
    run: i64,
    seq: u32,
    attempt: u32,
}

impl Report {
    fn send(self, outcome: Outcome) {
        failpoint::reach("attempt-ran");
        let Self { to, run, seq, attempt } = self;
        // The engine may have stopped meanwhile; the attempt then counts as cut off.
        let _ = to.send(Message::AttemptEnded { run, seq, attempt, outcome });
    }
}

struct Attempt {
    code: ActivityFn,
    context: ActivityContext,
    input: Value,
    policy: Policy,
    clock: Arc<dyn Clock>,
}

impl Attempt {
    async fn run(self) -> Outcome {
        let Self { code, context, input, policy, clock } = self;
        let name = context.activity.clone();
        // Whatever the code has detached is to stop when the attempt is over: another one may follow.
        let _over = context.cancellation.clone().drop_guard();
        // Kept, because code that drops its context early sends no beats, which is not the same as needing none.
        let heart = context.heartbeat.clone();
        let mut beats = heart.subscribe();
        let deadline = clock.now_ms().saturating_add(policy.start_to_close_ms);
        let work = code(context, input);
        let silence = async {
            let Some(heartbeat_ms) = policy.heartbeat_ms else {
                return std::future::pending().await;
            };
            loop {
                beats.mark_unchanged();
                let lapse = clock.sleep_until(clock.now_ms().saturating_add(heartbeat_ms));
                tokio::select! {
                    biased;
                    _ = beats.changed() => {}
                    () = lapse => return,
                }
            }
        };
        // Work first: what is done in time is done, however late we look.
        let outcome = tokio::select! {
            biased;
            ended = work => ended,
            () = clock.sleep_until(deadline) => Err(Failure::Timeout { what: format!("activity `{name}`") }),
            () = silence => Err(Failure::Timeout { what: format!("the heartbeat of activity `{name}`") }),
        };
        outcome.map_err(|failure| match failure {
            Failure::ContinueAsNew { .. } | Failure::Blocked { .. } | Failure::Stopped { .. } => {
                Failure::permanent("InvalidFailure", format!("activity `{name}` returned: {failure}"))
            }
            other => other,
        })
    }
}

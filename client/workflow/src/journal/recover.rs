//! Taking up runs: at the opening of the journal, at a continue-as-new, and when a parked run is let go on.

use super::{
    JournalError,
    engine::Engine,
    event::Event,
    run::{Phase, Run},
    store::StoredRun,
    timers::Due,
};
use crate::port::Failure;

impl Engine {
    /// Takes up every open run; returns how many there are.
    pub(super) fn recover(&mut self) -> Result<usize, JournalError> {
        for (key, id) in self.store.open_runs()? {
            self.by_id.insert(id.into(), key);
            self.starts.push_back(key);
        }
        let count = self.starts.len();
        self.begin_waiting()?;
        self.commit()?;
        // Nothing else may come in to wake the engine.
        self.timers.set_alarm(false);
        Ok(count)
    }

    /// Puts a stored run into memory and brings it to where its history ends. `parked` is what was in memory before.
    pub(super) fn load(&mut self, stored: &StoredRun, parked: Option<Run>) -> Result<(), JournalError> {
        let key = stored.key;
        let mut run = Run::new(stored);
        self.by_id.insert(run.id.clone(), key);
        let kept = self.store.inbox(key)?;
        let replayed = self.bring_back(&mut run, stored)?;
        if let Some(parked) = parked {
            run.adopt_attempts(parked);
        }
        let unreadable = kept.iter().find_map(|event| event.as_ref().err());
        if let Err(reason) = replayed.and_then(|()| unreadable.map_or(Ok(()), |reason| Err(reason.clone()))) {
            return self.block(run, reason);
        }
        if stored.blocked {
            self.store.set_blocked(key, None)?;
        }
        if !kept.is_empty() {
            self.store.clear_inbox(key)?;
        }
        self.runs.insert(key, run);
        self.take_in(key, kept.into_iter().flatten().collect())
    }

    fn bring_back(&self, run: &mut Run, stored: &StoredRun) -> Result<Result<(), String>, JournalError> {
        let steps = self.store.steps(stored.key)?;
        let history = match run.read_back(steps) {
            Ok(history) => history,
            Err(reason) => return Ok(Err(reason)),
        };
        let Some(workflow) = self.registry.find_workflow(&stored.workflow) else {
            return Ok(Err(format!("there is no workflow `{}` in the registry", stored.workflow)));
        };
        let equipped = stored
            .input
            .clone()
            .and_then(|input| run.equip(&workflow, input))
            .and_then(|()| run.replay(&history))
            .and_then(|()| self.check(run));
        Ok(equipped)
    }

    /// Restarts what the run waits for.
    pub(super) fn resume(&mut self, key: i64) -> Result<(), JournalError> {
        let Some(run) = self.runs.get(&key) else {
            return Ok(());
        };
        if run.blocked.is_some() {
            return Ok(());
        }
        for (seq, fire_at) in &run.timers {
            self.timers.add(*fire_at, Due::Timer { run: key, seq: *seq });
        }
        let cancelled = run.is_cancelled();
        let mut again = Vec::new();
        for (seq, activity) in &run.activities {
            let seq = *seq;
            let policy = &activity.policy;
            let failure = match activity.phase {
                // An attempt that still runs is waited for.
                Phase::Queued | Phase::Running(_) => continue,
                Phase::CutOff | Phase::Backoff(_) if cancelled && !policy.shielded => Failure::Cancelled,
                Phase::Backoff(until) => {
                    self.timers.add(until, Due::Retry { run: key, seq });
                    continue;
                }
                // It counts: an activity that takes the process down must not do so for ever.
                Phase::CutOff if policy.max_attempts != 0 && activity.spent >= policy.max_attempts => {
                    let message =
                        format!("the process ended during attempt {}, the last one allowed", activity.attempt);
                    Failure::permanent("Interrupted", message)
                }
                Phase::CutOff => {
                    again.push((seq, activity.attempt + 1));
                    continue;
                }
            };
            self.queue.push_back((key, Event::ActivityCompleted { seq, outcome: Err(failure) }));
        }
        for (seq, attempt) in again {
            self.start_attempt(key, seq, attempt)?;
        }
        Ok(())
    }

    /// Lets a parked run try again.
    pub(super) fn unblock(&mut self, id: &str) -> Result<(), JournalError> {
        let Some(key) = self.by_id.get(id).copied() else {
            return Err(self.not_open(id));
        };
        if self.runs.get(&key).is_none_or(|run| run.blocked.is_none()) {
            return Ok(());
        }
        let Some(stored) = self.store.open_run(key)? else {
            return Err(self.not_open(id));
        };
        let parked = self.runs.remove(&key);
        self.load(&stored, parked)?;
        self.resume(key)
    }
}

//! What comes in for a run: the code sees it, what it answers is journalled beside it, and the books are kept.

use super::{
    JournalError, RunState,
    engine::Engine,
    event::Event,
    run::{Phase, Polled, Run},
    store::NewRun,
    timers::Due,
};
use crate::port::{Failure, Outcome};

impl Engine {
    /// Hands an event to a run, now or, if it is parked, when its code is mended. What means nothing to it is ignored.
    pub(super) fn deliver(&mut self, key: i64, event: Event) -> Result<(), JournalError> {
        let Some(run) = self.runs.get(&key) else {
            // A run that has not begun yet takes it when it does.
            return if self.starts.contains(&key) { self.store.put_inbox(key, &event) } else { Ok(()) };
        };
        if run.blocked.is_some() {
            // Its books may lack what could not be read: whether the event means anything shows when its code is mended.
            return self.store.put_inbox(key, &event);
        }
        self.take_in(key, vec![event])
    }

    /// Lets a run's code see `events`, all of them before it goes on: whatever it does next, even ending or continuing as
    /// new, it does with all of them before it, and none is left behind. What means nothing to the run is ignored.
    pub(super) fn take_in(&mut self, key: i64, mut events: Vec<Event>) -> Result<(), JournalError> {
        let Some(run) = self.runs.get_mut(&key) else {
            return Ok(());
        };
        events.retain(|event| {
            let is_taken = run.accepts(event);
            if is_taken {
                run.note(event);
                run.see(event);
            }
            is_taken
        });
        // A run that begins needs no cause to.
        if events.is_empty() && run.steps > 0 {
            return Ok(());
        }
        let is_cancel = events.contains(&Event::CancelRequested);
        self.advance(key, events)?;
        if is_cancel {
            self.pass_on_cancel(key)?;
        }
        Ok(())
    }

    /// Delivers what events led to further events, within the same transaction.
    pub(super) fn drain_queue(&mut self) -> Result<(), JournalError> {
        while let Some((key, event)) = self.queue.pop_front() {
            self.deliver(key, event)?;
        }
        Ok(())
    }

    /// Lets a run's code go on, and journals what came in together with what the code answered.
    fn advance(&mut self, key: i64, mut events: Vec<Event>) -> Result<(), JournalError> {
        let Some(mut run) = self.runs.remove(&key) else {
            return Ok(());
        };
        // The clock may have been set back; the time of a run only goes forward.
        let at_ms = run.state.borrow().now_ms.max(self.now_ms);
        let polled = run.advance(at_ms);
        let ended = match polled {
            Polled::Waiting => None,
            Polled::Ended(outcome) => Some(outcome),
            Polled::Broken(reason) => {
                // Its commands are forgotten; the events are kept until the code can take them.
                run.take_commands();
                for event in &events {
                    self.store.put_inbox(key, event)?;
                }
                return self.block(run, reason);
            }
        };
        let answered = events.len();
        events.append(&mut run.take_commands());
        run.count(events.len() - answered);
        match &ended {
            Some(Err(Failure::ContinueAsNew { input })) => events.push(Event::ContinuedAsNew { input: input.clone() }),
            Some(outcome) => events.push(Event::Ended { outcome: outcome.clone() }),
            None => {}
        }
        self.store.append(key, run.steps, at_ms, &events)?;
        self.noted.note(&events);
        run.steps += 1;
        for event in &events[answered..] {
            run.note(event);
            match event {
                Event::ActivityScheduled { seq, .. } => self.attempts.push((key, *seq)),
                Event::TimerStarted { seq, fire_at } => self.timers.add(*fire_at, Due::Timer { run: key, seq: *seq }),
                Event::ChildStarted { seq, workflow, id, input } => {
                    let child = NewRun {
                        id,
                        generation: 0,
                        workflow,
                        input,
                        suggest_at: self.suggest_continue_after,
                        at_ms,
                        parent: Some((key, *seq)),
                    };
                    if let Some(child) = self.store.insert_run(&child)? {
                        self.noted.note_start();
                        self.by_id.insert(id.as_str().into(), child);
                        self.starts.push_back(child);
                    } else {
                        let failure = Failure::permanent("IdTaken", format!("there is a run `{id}` already"));
                        let event = Event::ChildCompleted { seq: *seq, outcome: Err(failure) };
                        self.queue.push_back((key, event));
                    }
                }
                _ => {}
            }
        }
        match ended {
            Some(outcome) => self.finish(run, outcome, at_ms),
            None => match self.check(&run) {
                Ok(()) => {
                    self.runs.insert(key, run);
                    Ok(())
                }
                Err(reason) => self.block(run, reason),
            },
        }
    }

    /// What must hold for a run to go on.
    pub(super) fn check(&self, run: &Run) -> Result<(), String> {
        if let Some(activity) = run.activities.values().find(|one| self.registry.find_activity(&one.name).is_none()) {
            return Err(format!("there is no activity `{}` in the registry", activity.name));
        }
        let events = run.state.borrow().events;
        if events > self.max_history_events {
            return Err(format!(
                "its history has {events} events, more than the {} allowed; let the workflow continue as new when that is suggested",
                self.max_history_events
            ));
        }
        Ok(())
    }

    /// Parks a run.
    pub(super) fn block(&mut self, mut run: Run, reason: String) -> Result<(), JournalError> {
        tracing::error!(run.id = %run.id, run.workflow = %run.workflow, %reason, "run parked");
        self.store.set_blocked(run.key, Some(&reason))?;
        run.drop_code();
        self.resolve(&run.id, Err(Failure::Blocked { reason: reason.clone() }));
        run.blocked = Some(reason);
        self.runs.insert(run.key, run);
        Ok(())
    }

    /// Asks everything the run waits for to stop.
    fn pass_on_cancel(&mut self, key: i64) -> Result<(), JournalError> {
        let Some(run) = self.runs.get(&key) else {
            return Ok(());
        };
        for (seq, activity) in run.activities.iter().filter(|(_, activity)| !activity.policy.shielded) {
            match &activity.phase {
                Phase::Running(token) => token.cancel(),
                Phase::Queued | Phase::CutOff | Phase::Backoff(_) => {
                    let event = Event::ActivityCompleted { seq: *seq, outcome: Err(Failure::Cancelled) };
                    self.queue.push_back((key, event));
                }
            }
        }
        let children = self.store.open_children(key)?;
        self.queue.extend(children.into_iter().map(|child| (child, Event::CancelRequested)));
        Ok(())
    }

    /// Ends a run.
    pub(super) fn finish(&mut self, mut run: Run, outcome: Outcome, at_ms: u64) -> Result<(), JournalError> {
        run.drop_code();
        run.abandon_activities();
        self.by_id.remove(&run.id);
        let children = self.store.open_children(run.key)?;
        self.queue.extend(children.into_iter().map(|child| (child, Event::CancelRequested)));
        let status = std::mem::take(&mut run.state.borrow_mut().status);
        if let Err(Failure::ContinueAsNew { input }) = outcome {
            self.store.end_run(run.key, at_ms, RunState::ContinuedAsNew, None, &status)?;
            let next = NewRun {
                id: &run.id,
                generation: run.generation + 1,
                workflow: &run.workflow,
                input: &input,
                suggest_at: self.suggest_continue_after,
                at_ms,
                parent: run.parent,
            };
            if let Some(next) = self.store.insert_run(&next)? {
                self.carry_over(&mut run, next)?;
                self.by_id.insert(run.id.clone(), next);
                self.starts.push_back(next);
            }
            return Ok(());
        }
        let state = match &outcome {
            Ok(_) => RunState::Completed,
            Err(Failure::Cancelled) => RunState::Cancelled,
            Err(_) => RunState::Failed,
        };
        tracing::debug!(run.id = %run.id, run.workflow = %run.workflow, run.state = %state, "run ended");
        self.store.end_run(run.key, at_ms, state, Some(&outcome), &status)?;
        if let Some((parent, seq)) = run.parent {
            self.queue.push_back((parent, Event::ChildCompleted { seq, outcome: outcome.clone() }));
        }
        self.resolve(&run.id, outcome);
        Ok(())
    }

    /// What came in for the old run and was not taken belongs to the new one.
    fn carry_over(&mut self, run: &mut Run, next: i64) -> Result<(), JournalError> {
        let mut state = run.state.borrow_mut();
        for (name, values) in state.signals.drain() {
            for value in values {
                self.store.put_inbox(next, &Event::Signalled { name: name.clone(), value })?;
            }
        }
        if state.cancelled {
            self.store.put_inbox(next, &Event::CancelRequested)?;
        }
        Ok(())
    }
}

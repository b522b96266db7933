//! Brings a run back to where its history ends, by letting its code live through the history again.

use super::{
    event::Event,
    run::{Polled, Run},
    store::StoredStep,
};

impl Run {
    /// Keeps the books of a whole history, whether or not there is code for it. Returns the readable form.
    pub(super) fn read_back(&mut self, steps: Vec<StoredStep>) -> Result<Vec<(u64, Vec<Event>)>, String> {
        let mut history = Vec::with_capacity(steps.len());
        // Before anything can fail: what comes in later gets the next number.
        self.steps = steps.last().map_or(0, |last| last.number + 1);
        for (number, step) in (0..).zip(steps) {
            if step.number != number {
                return Err(format!("its history lacks step {number}"));
            }
            let events = step.events?;
            for event in &events {
                self.note(event);
                if let Event::Patched { change } = event {
                    self.state.borrow_mut().recorded_changes.insert(change.clone());
                }
            }
            history.push((step.at_ms, events));
        }
        self.cut_off_attempts();
        Ok(history)
    }

    /// Replays a history. The reason returned names what the journal has and what the code did instead.
    pub(super) fn replay(&mut self, history: &[(u64, Vec<Event>)]) -> Result<(), String> {
        self.state.borrow_mut().replaying = true;
        for (number, (at_ms, events)) in history.iter().enumerate() {
            let (inputs, rest): (Vec<&Event>, Vec<&Event>) = events.iter().partition(|event| event.reaches_code());
            if number > 0 && inputs.is_empty() {
                self.count(rest.len());
                continue;
            }
            for event in &inputs {
                self.see(event);
            }
            let polled = self.advance(*at_ms);
            let mut done = self.take_commands();
            match polled {
                Polled::Waiting => {}
                Polled::Broken(reason) => return Err(reason),
                Polled::Ended(outcome) => done.push(Event::Ended { outcome }),
            }
            compare(number, inputs.last().copied(), events, &done)?;
            self.count(rest.len());
        }
        self.state.borrow_mut().replaying = false;
        Ok(())
    }

    pub(super) fn count(&mut self, events: usize) {
        self.state.borrow_mut().events += events as u64;
    }
}

fn compare(number: usize, input: Option<&Event>, recorded: &[Event], done: &[Event]) -> Result<(), String> {
    let identities = |events: &[Event]| -> Vec<String> {
        // A change may be retired from the code once no run is older than it.
        events.iter().filter(|e| e.is_command() && !matches!(e, Event::Patched { .. })).map(Event::identity).collect()
    };
    let (recorded, done) = (identities(recorded), identities(done));
    if recorded == done {
        return Ok(());
    }
    let words = |list: &[String]| {
        if list.is_empty() { "nothing".to_owned() } else { list.join(", ") }
    };
    let after = input.map_or_else(|| "at its start".to_owned(), |event| format!("after {}", cause(event)));
    Err(format!(
        "its code no longer does what its history says: {after} (step {number}) the journal has {}, the code does {}",
        words(&recorded),
        words(&done)
    ))
}

fn cause(event: &Event) -> String {
    match event {
        Event::ActivityCompleted { seq, .. } => format!("activity #{seq} ended"),
        Event::TimerFired { seq } => format!("timer #{seq} fired"),
        Event::Signalled { name, .. } => format!("signal `{name}`"),
        Event::ChildCompleted { seq, .. } => format!("child #{seq} ended"),
        _ => "the request to cancel".to_owned(),
    }
}

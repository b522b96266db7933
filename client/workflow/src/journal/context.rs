//! [`Wf`] on the journal: remembers what the code asked for, and hands it what came of it.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures::FutureExt;
use serde_json::Value;

use super::event::Event;
use crate::port::{Failure, LocalFuture, Outcome, Policy, Wf, millis};

/// The state shared by a run's code and the engine. Wakers are kept and used, as combinators such as `FuturesUnordered`
/// poll only what was woken; woken in the order of events, they keep the code deterministic.
#[derive(Default)]
pub(super) struct State {
    pub(super) now_ms: u64,
    pub(super) random: u64,
    pub(super) replaying: bool,
    pub(super) cancelled: bool,
    pub(super) status: Value,
    pub(super) commands: Vec<Event>,
    pub(super) recorded_changes: HashSet<String>,
    pub(super) events: u64,
    pub(super) suggest_at: u64,
    pub(super) signals: HashMap<String, VecDeque<Value>>,
    changes: HashMap<String, bool>,
    last_seq: u32,
    last_wait: u64,
    outcomes: HashMap<u32, Outcome>,
    waiting: BTreeMap<u32, Waker>,
    waiting_for_signal: BTreeMap<u64, (String, Waker)>,
    waiting_for_cancel: BTreeMap<u64, Waker>,
}

impl State {
    pub(super) fn new(now_ms: u64, random: u64, suggest_at: u64) -> Self {
        Self { now_ms, random, suggest_at, ..Self::default() }
    }

    /// Takes in what happened; the wakers returned are to be woken after the borrow has ended.
    pub(super) fn apply(&mut self, event: &Event) -> Vec<Waker> {
        match event {
            Event::ActivityCompleted { seq, outcome } | Event::ChildCompleted { seq, outcome } => {
                self.outcomes.insert(*seq, outcome.clone());
                self.waiting.remove(seq).into_iter().collect()
            }
            Event::TimerFired { seq } => {
                self.outcomes.insert(*seq, Ok(Value::Null));
                self.waiting.remove(seq).into_iter().collect()
            }
            Event::Signalled { name, value } => {
                self.signals.entry(name.clone()).or_default().push_back(value.clone());
                let woken: Vec<u64> =
                    self.waiting_for_signal.iter().filter(|(_, (of, _))| of == name).map(|(wait, _)| *wait).collect();
                woken.iter().filter_map(|wait| self.waiting_for_signal.remove(wait)).map(|(_, waker)| waker).collect()
            }
            Event::CancelRequested => {
                self.cancelled = true;
                let mut woken: Vec<Waker> = std::mem::take(&mut self.waiting).into_values().collect();
                woken.extend(std::mem::take(&mut self.waiting_for_signal).into_values().map(|(_, waker)| waker));
                woken.extend(std::mem::take(&mut self.waiting_for_cancel).into_values());
                woken
            }
            _ => Vec::new(),
        }
    }

    fn next_seq(&mut self) -> u32 {
        self.last_seq += 1;
        self.last_seq
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Activity,
    Timer,
    Child,
}

/// Waits for the outcome of something that has a sequence number.
struct Pending {
    state: Rc<RefCell<State>>,
    seq: u32,
    kind: Kind,
    done: bool,
}

impl Future for Pending {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Outcome> {
        let ready = {
            let mut state = self.state.borrow_mut();
            match state.outcomes.remove(&self.seq) {
                Some(outcome) => Some((outcome, true)),
                // The timer is still running; dropping this future stops it.
                None if state.cancelled && self.kind == Kind::Timer => Some((Err(Failure::Cancelled), false)),
                None => {
                    state.waiting.insert(self.seq, task.waker().clone());
                    None
                }
            }
        };
        match ready {
            Some((outcome, done)) => {
                self.done = done;
                Poll::Ready(outcome)
            }
            None => Poll::Pending,
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let mut state = self.state.borrow_mut();
        state.waiting.remove(&self.seq);
        // An outcome that came in but was never looked at: there is nothing left to stop.
        if state.outcomes.remove(&self.seq).is_some() {
            return;
        }
        match self.kind {
            Kind::Activity => state.commands.push(Event::ActivityAbandoned { seq: self.seq }),
            Kind::Timer => state.commands.push(Event::TimerCancelled { seq: self.seq }),
            // A child nobody waits for goes on; it is cancelled when its parent ends.
            Kind::Child => {}
        }
    }
}

/// Forgets a wait for a signal or for cancellation whose future was dropped.
struct Waiting {
    state: Rc<RefCell<State>>,
    wait: u64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut state = self.state.borrow_mut();
        state.waiting_for_signal.remove(&self.wait);
        state.waiting_for_cancel.remove(&self.wait);
    }
}

/// The context of one run.
pub(super) struct JournalContext(pub(super) Rc<RefCell<State>>);

impl JournalContext {
    fn issue(&self, kind: Kind, command: impl FnOnce(u32, u64) -> Event) -> Pending {
        let mut state = self.0.borrow_mut();
        let seq = state.next_seq();
        let command = command(seq, state.now_ms);
        state.commands.push(command);
        Pending { state: self.0.clone(), seq, kind, done: false }
    }

    fn wait(&self) -> Waiting {
        let mut state = self.0.borrow_mut();
        state.last_wait += 1;
        Waiting { state: self.0.clone(), wait: state.last_wait }
    }
}

impl Wf for JournalContext {
    fn activity(&self, name: &str, input: Value, policy: &Policy) -> LocalFuture<'_, Outcome> {
        if self.is_cancelled() && !policy.shielded {
            return std::future::ready(Err(Failure::Cancelled)).boxed_local();
        }
        let (name, policy) = (name.to_owned(), policy.clone());
        self.issue(Kind::Activity, |seq, _| Event::ActivityScheduled { seq, name, input, policy }).boxed_local()
    }

    fn timer(&self, duration: Duration) -> LocalFuture<'_, Result<(), Failure>> {
        if self.is_cancelled() {
            return std::future::ready(Err(Failure::Cancelled)).boxed_local();
        }
        let wait = millis(duration);
        self.issue(Kind::Timer, |seq, now_ms| Event::TimerStarted { seq, fire_at: now_ms.saturating_add(wait) })
            .map(|outcome| outcome.map(|_| ()))
            .boxed_local()
    }

    fn signal(&self, name: &str) -> LocalFuture<'_, Outcome> {
        let (waiting, name) = (self.wait(), name.to_owned());
        std::future::poll_fn(move |task| {
            let mut state = waiting.state.borrow_mut();
            if let Some(value) = state.signals.get_mut(&name).and_then(VecDeque::pop_front) {
                return Poll::Ready(Ok(value));
            }
            if state.cancelled {
                return Poll::Ready(Err(Failure::Cancelled));
            }
            state.waiting_for_signal.insert(waiting.wait, (name.clone(), task.waker().clone()));
            Poll::Pending
        })
        .boxed_local()
    }

    fn child(&self, workflow: &str, id: &str, input: Value) -> LocalFuture<'_, Outcome> {
        if self.is_cancelled() {
            return std::future::ready(Err(Failure::Cancelled)).boxed_local();
        }
        let (workflow, id) = (workflow.to_owned(), id.to_owned());
        self.issue(Kind::Child, |seq, _| Event::ChildStarted { seq, workflow, id, input }).boxed_local()
    }

    fn cancelled(&self) -> LocalFuture<'_, ()> {
        let waiting = self.wait();
        std::future::poll_fn(move |task| {
            let mut state = waiting.state.borrow_mut();
            if state.cancelled {
                return Poll::Ready(());
            }
            state.waiting_for_cancel.insert(waiting.wait, task.waker().clone());
            Poll::Pending
        })
        .boxed_local()
    }

    fn is_cancelled(&self) -> bool {
        self.0.borrow().cancelled
    }

    fn now_ms(&self) -> u64 {
        self.0.borrow().now_ms
    }

    fn random_u64(&self) -> u64 {
        // SplitMix64 (Steele, Lea, Flood 2014): one word of state, seeded per run.
        let mut state = self.0.borrow_mut();
        state.random = state.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn patched(&self, change: &str) -> bool {
        let mut state = self.0.borrow_mut();
        if let Some(known) = state.changes.get(change) {
            return *known;
        }
        let taken = if state.replaying { state.recorded_changes.contains(change) } else { true };
        state.changes.insert(change.to_owned(), taken);
        if taken && !state.replaying {
            state.commands.push(Event::Patched { change: change.to_owned() });
        }
        taken
    }

    fn set_status(&self, status: Value) {
        self.0.borrow_mut().status = status;
    }

    fn continue_as_new_suggested(&self) -> bool {
        let state = self.0.borrow();
        state.events >= state.suggest_at
    }
}

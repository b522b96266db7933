//! The engine thread: takes what came in, lets the runs answer, commits once for all of it, then acts.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, mpsc},
};

use serde_json::Value;
use tokio::{runtime::Handle, sync::oneshot, task::JoinSet};

use super::{
    JournalError, JournalOptions, ListFilter, RunInfo, RunState, StartOptions,
    event::{Event, Recorded},
    failpoint::Noted,
    run::Run,
    store::{NewRun, Store, StoredRun},
    timers::{Due, Timers},
};
use crate::{
    clock::Clock,
    port::{Failure, Outcome, millis},
    registry::Registry,
};

/// How many messages share a commit at most, so that the first of them is not kept waiting without end.
const MAX_BATCH: usize = 1024;

pub(super) type Reply<T> = oneshot::Sender<Result<T, JournalError>>;

/// What the engine is told.
pub(super) enum Message {
    Start {
        options: StartOptions,
        ended: oneshot::Sender<Outcome>,
        reply: Reply<()>,
    },
    Signal {
        id: String,
        name: String,
        value: Value,
        reply: Reply<()>,
    },
    Cancel {
        id: String,
        reply: Reply<()>,
    },
    Terminate {
        id: String,
        reason: String,
        reply: Reply<()>,
    },
    Unblock {
        id: String,
        reply: Reply<()>,
    },
    Wait {
        id: String,
        ended: oneshot::Sender<Outcome>,
    },
    Describe {
        id: String,
        reply: Reply<RunInfo>,
    },
    List {
        filter: ListFilter,
        reply: Reply<Vec<RunInfo>>,
    },
    History {
        id: String,
        reply: Reply<Vec<Recorded>>,
    },
    Prune {
        before_ms: u64,
        reply: Reply<usize>,
    },
    AttemptEnded {
        run: i64,
        seq: u32,
        attempt: u32,
        outcome: Outcome,
    },
    /// Something is due.
    Tick,
    /// Stop dispatching, wait for what runs, then stop.
    Shutdown,
    /// Stop now.
    Close,
}

/// What is done once the turn is durable.
pub(super) enum After {
    Resolve { waiters: Vec<oneshot::Sender<Outcome>>, outcome: Outcome },
    Reply(Box<dyn FnOnce()>),
}

pub(super) struct Engine {
    pub(super) store: Store,
    pub(super) registry: Registry,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) runtime: Handle,
    pub(super) sender: mpsc::Sender<Message>,
    pub(super) timers: Timers,
    pub(super) runs: HashMap<i64, Run>,
    pub(super) by_id: HashMap<Arc<str>, i64>,
    /// Runs that are stored and not in memory: those that have not begun, and at the opening all. They begin in a later turn,
    /// so that a chain of them cannot hold up a commit.
    pub(super) starts: VecDeque<i64>,
    /// Events that events led to.
    pub(super) queue: VecDeque<(i64, Event)>,
    /// Attempts recorded in this turn.
    pub(super) attempts: Vec<(i64, u32)>,
    pub(super) after: Vec<After>,
    pub(super) noted: Noted,
    pub(super) now_ms: u64,
    pub(super) running: usize,
    pub(super) tasks: JoinSet<()>,
    pub(super) draining: bool,
    pub(super) suggest_continue_after: u64,
    pub(super) max_history_events: u64,
    shutdown_grace_ms: u64,
    waiters: HashMap<Arc<str>, Vec<oneshot::Sender<Outcome>>>,
}

impl Engine {
    pub(super) fn new(
        store: Store,
        registry: Registry,
        options: &JournalOptions,
        runtime: Handle,
        sender: mpsc::Sender<Message>,
    ) -> Self {
        Self {
            store,
            registry,
            timers: Timers::new(options.clock.clone(), &runtime, sender.clone()),
            clock: options.clock.clone(),
            runtime,
            sender,
            runs: HashMap::new(),
            by_id: HashMap::new(),
            starts: VecDeque::new(),
            queue: VecDeque::new(),
            attempts: Vec::new(),
            after: Vec::new(),
            noted: Noted::default(),
            now_ms: options.clock.now_ms(),
            running: 0,
            tasks: JoinSet::new(),
            draining: false,
            suggest_continue_after: options.suggest_continue_after,
            max_history_events: options.max_history_events,
            shutdown_grace_ms: millis(options.shutdown_grace),
            waiters: HashMap::new(),
        }
    }

    /// Works until told to stop.
    pub(super) fn run(&mut self, inbox: &mpsc::Receiver<Message>) -> Result<(), JournalError> {
        loop {
            let first = if self.starts.is_empty() { inbox.recv().ok() } else { inbox.try_recv().ok() };
            if self.turn(first, inbox)? || (self.draining && self.running == 0) {
                break;
            }
        }
        self.store.checkpoint()
    }

    /// Closes the file. The attempts that are still running are for the caller to end.
    pub(super) fn into_tasks(self) -> JoinSet<()> {
        self.tasks
    }

    /// One turn, one commit. Returns whether to stop.
    fn turn(&mut self, first: Option<Message>, inbox: &mpsc::Receiver<Message>) -> Result<bool, JournalError> {
        self.now_ms = self.clock.now_ms();
        let (mut stop, mut rang) = (false, false);
        self.begin_waiting()?;
        let more = std::iter::from_fn(|| inbox.try_recv().ok());
        for message in first.into_iter().chain(more.take(MAX_BATCH)) {
            rang |= matches!(message, Message::Tick);
            if matches!(message, Message::Close) {
                stop = true;
                break;
            }
            self.take(message)?;
            self.drain_queue()?;
        }
        while let Some(due) = self.timers.pop(self.now_ms) {
            match due {
                Due::Timer { run, seq } => self.deliver(run, Event::TimerFired { seq })?,
                Due::Retry { run, seq } => self.retry(run, seq)?,
                Due::Shutdown => stop = true,
            }
            self.drain_queue()?;
        }
        self.commit()?;
        self.timers.set_alarm(rang);
        Ok(stop)
    }

    /// Makes the turn durable and does what waited for that.
    pub(super) fn commit(&mut self) -> Result<(), JournalError> {
        let attempts = self.startable()?;
        self.noted.before_commit();
        self.store.commit()?;
        self.noted.after_commit();
        for (key, seq) in attempts {
            self.dispatch(key, seq);
        }
        for after in std::mem::take(&mut self.after) {
            match after {
                After::Reply(reply) => reply(),
                After::Resolve { mut waiters, outcome } => {
                    let last = waiters.pop();
                    for waiter in waiters {
                        let _ = waiter.send(outcome.clone());
                    }
                    // Nobody may be waiting any more: that is their right.
                    let _ = last.map(|waiter| waiter.send(outcome));
                }
            }
        }
        Ok(())
    }

    /// Tells those who wait for a run how it ended.
    pub(super) fn resolve(&mut self, id: &str, outcome: Outcome) {
        if let Some(waiters) = self.waiters.remove(id) {
            self.after.push(After::Resolve { waiters, outcome });
        }
    }

    /// Takes up the runs that wait for it. Those they lead to wait for the next turn.
    pub(super) fn begin_waiting(&mut self) -> Result<(), JournalError> {
        for _ in 0..self.starts.len() {
            // One by one: those that wait must be found, should one that begins cancel them.
            let Some(key) = self.starts.pop_front() else {
                break;
            };
            if let Some(stored) = self.store.open_run(key)? {
                self.load(&stored, None)?;
                self.resume(key)?;
                self.drain_queue()?;
            }
        }
        Ok(())
    }

    fn take(&mut self, message: Message) -> Result<(), JournalError> {
        match message {
            Message::Start { options, ended, reply } => {
                let result = self.start(options, ended);
                self.answer(reply, result)
            }
            Message::Signal { id, name, value, reply } => {
                let result = self.open(&id).and_then(|key| self.deliver(key, Event::Signalled { name, value }));
                self.answer(reply, result)
            }
            Message::Cancel { id, reply } => {
                let result = self.open(&id).and_then(|key| self.deliver(key, Event::CancelRequested));
                self.answer(reply, result)
            }
            Message::Terminate { id, reason, reply } => {
                let result = self.open(&id).and_then(|key| self.terminate(key, reason));
                self.answer(reply, result)
            }
            Message::Unblock { id, reply } => {
                let result = self.unblock(&id);
                self.answer(reply, result)
            }
            Message::Wait { id, ended } => self.wait(&id, ended),
            Message::Describe { id, reply } => {
                let result = self.describe(&id);
                self.answer_query(reply, result);
                Ok(())
            }
            Message::List { filter, reply } => {
                let result = self.store.list(&filter);
                let result = result.map(|runs| runs.into_iter().map(|(key, run)| self.with_status(key, run)).collect());
                self.answer_query(reply, result);
                Ok(())
            }
            Message::History { id, reply } => {
                let result = self.history(id);
                self.answer_query(reply, result);
                Ok(())
            }
            Message::Prune { before_ms, reply } => {
                let result = self.store.prune(before_ms);
                self.answer(reply, result)
            }
            Message::AttemptEnded { run, seq, attempt, outcome } => self.attempt_ended(run, seq, attempt, outcome),
            Message::Shutdown => {
                self.draining = true;
                for run in self.runs.values() {
                    run.ask_activities_to_stop();
                }
                self.timers.add(self.now_ms.saturating_add(self.shutdown_grace_ms), Due::Shutdown);
                Ok(())
            }
            Message::Tick | Message::Close => Ok(()),
        }
    }

    /// Replies once the turn is durable. An error of the storage ends the engine: memory is ahead of the disk.
    fn answer<T: 'static>(&mut self, reply: Reply<T>, result: Result<T, JournalError>) -> Result<(), JournalError> {
        match result {
            Err(error @ (JournalError::Storage { .. } | JournalError::Encode(_))) => Err(error),
            result => {
                self.answer_query(reply, result);
                Ok(())
            }
        }
    }

    fn answer_query<T: 'static>(&mut self, reply: Reply<T>, result: Result<T, JournalError>) {
        let send = move || {
            // The caller may have given up waiting.
            let _ = reply.send(result);
        };
        self.after.push(After::Reply(Box::new(send)));
    }

    fn start(&mut self, options: StartOptions, ended: oneshot::Sender<Outcome>) -> Result<(), JournalError> {
        let StartOptions { id, workflow, input } = options;
        if self.draining {
            return Err(JournalError::Stopped { reason: "it is shutting down".to_owned() });
        }
        if self.registry.find_workflow(&workflow).is_none() {
            return Err(JournalError::UnknownWorkflow { name: workflow });
        }
        let run = NewRun {
            id: &id,
            generation: 0,
            workflow: &workflow,
            input: &input,
            suggest_at: self.suggest_continue_after,
            at_ms: self.now_ms,
            parent: None,
        };
        if !self.by_id.contains_key(id.as_str())
            && let Some(key) = self.store.insert_run(&run)?
        {
            self.noted.note_start();
            self.waiters.entry(id.as_str().into()).or_default().push(ended);
            let stored = StoredRun {
                key,
                id,
                generation: 0,
                workflow,
                input: Ok(input),
                suggest_at: self.suggest_continue_after,
                started_at: self.now_ms,
                parent: None,
                blocked: false,
            };
            return self.load(&stored, None);
        }
        match self.store.find(&id)? {
            Some((_, run)) if run.workflow == workflow => self.wait(&id, ended),
            Some((_, run)) => Err(JournalError::IdTaken { id, workflow: run.workflow }),
            None => Err(JournalError::NotFound { id }),
        }
    }

    fn wait(&mut self, id: &str, ended: oneshot::Sender<Outcome>) -> Result<(), JournalError> {
        let outcome = match self.by_id.get(id) {
            Some(key) => {
                if let Some(reason) = self.runs.get(key).and_then(|run| run.blocked.clone()) {
                    Err(Failure::Blocked { reason })
                } else {
                    self.waiters.entry(id.into()).or_default().push(ended);
                    return Ok(());
                }
            }
            None => match self.store.find(id)? {
                Some((_, RunInfo { outcome: Some(outcome), .. })) => outcome,
                _ => Err(Failure::permanent("NotFound", format!("there is no run `{id}`"))),
            },
        };
        self.after.push(After::Reply(Box::new(move || {
            // The caller may have given up waiting.
            let _ = ended.send(outcome);
        })));
        Ok(())
    }

    fn open(&self, id: &str) -> Result<i64, JournalError> {
        self.by_id.get(id).copied().ok_or_else(|| self.not_open(id))
    }

    /// Why an id names no open run.
    pub(super) fn not_open(&self, id: &str) -> JournalError {
        match self.store.find(id) {
            Ok(Some((_, run))) => JournalError::Ended { id: id.to_owned(), state: run.state },
            Ok(None) => JournalError::NotFound { id: id.to_owned() },
            Err(error) => error,
        }
    }

    /// Ends a run without asking its code.
    fn terminate(&mut self, key: i64, reason: String) -> Result<(), JournalError> {
        let run = if let Some(run) = self.runs.remove(&key) {
            run
        } else {
            // It has not begun, and will not.
            let Some(stored) = self.store.open_run(key)? else {
                return Ok(());
            };
            Run::new(&stored)
        };
        let outcome = Err(Failure::permanent("Terminated", reason));
        let events = [Event::Ended { outcome: outcome.clone() }];
        self.store.append(key, run.steps, self.now_ms, &events)?;
        self.store.clear_inbox(key)?;
        self.noted.note(&events);
        self.finish(run, outcome, self.now_ms)
    }

    fn describe(&self, id: &str) -> Result<RunInfo, JournalError> {
        let (key, run) = self.store.find(id)?.ok_or_else(|| JournalError::NotFound { id: id.to_owned() })?;
        Ok(self.with_status(key, run))
    }

    fn history(&self, id: String) -> Result<Vec<Recorded>, JournalError> {
        if self.store.find(&id)?.is_none() {
            return Err(JournalError::NotFound { id });
        }
        self.store.history(&id)?.map_err(|reason| JournalError::Unreadable { id, reason })
    }

    fn with_status(&self, key: i64, mut info: RunInfo) -> RunInfo {
        if info.state == RunState::Running
            && let Some(run) = self.runs.get(&key)
        {
            info.status = run.state.borrow().status.clone();
        }
        info
    }
}

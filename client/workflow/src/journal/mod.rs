//! The embedded engine: runs journalled in one SQLite file, resumed from it after a crash.

mod advance;
mod context;
mod dispatch;
mod engine;
mod error;
mod event;
mod failpoint;
mod info;
mod recover;
mod replay;
mod run;
mod store;
mod timers;

use std::{
    fmt,
    path::Path,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use parking_lot::Mutex;
use serde_json::Value;
use tokio::{runtime::Handle, sync::oneshot, task::JoinSet};

use self::{
    engine::{Engine, Message, Reply},
    store::Store,
};
pub use self::{
    error::JournalError,
    event::{Event, Recorded},
    failpoint::FAIL_POINTS,
    info::{ListFilter, RunInfo, RunState},
};
use crate::{
    clock::{Clock, SystemClock},
    port::{Failure, Outcome},
    registry::Registry,
};

/// How a journal behaves.
#[derive(Clone)]
pub struct JournalOptions {
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// How long [`Journal::shutdown`] waits for running activities.
    pub shutdown_grace: Duration,
    /// From how many events on a run is told that it should continue as new.
    pub suggest_continue_after: u64,
    /// How many events a history may have; a run that has more is parked.
    pub max_history_events: u64,
}

impl Default for JournalOptions {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            shutdown_grace: Duration::from_secs(10),
            suggest_continue_after: 4_096,
            max_history_events: 51_200,
        }
    }
}

impl fmt::Debug for JournalOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalOptions").field("shutdown_grace", &self.shutdown_grace).finish_non_exhaustive()
    }
}

/// What to start.
#[derive(Clone, Debug)]
pub struct StartOptions {
    /// The id of the run, chosen by the caller: starting the same one twice is starting it once.
    pub id: String,
    /// The workflow's name in the registry.
    pub workflow: String,
    /// Its input.
    pub input: Value,
}

impl StartOptions {
    /// A run of `workflow` under `id`.
    pub fn new(id: impl Into<String>, workflow: impl Into<String>, input: Value) -> Self {
        Self { id: id.into(), workflow: workflow.into(), input }
    }
}

type Finished = Result<JoinSet<()>, JournalError>;

struct Shared {
    sender: mpsc::Sender<Message>,
    thread: Mutex<Option<JoinHandle<()>>>,
    finished: tokio::sync::Mutex<Option<oneshot::Receiver<Finished>>>,
    stopped: Arc<Mutex<Option<String>>>,
}

/// A handle on an open journal; clones share it. Dropping the last one stops the engine at once, as a crash would, but that
/// an attempt on another thread may go on up to its next wait; [`Journal::shutdown`] is the gentle way.
#[derive(Clone)]
pub struct Journal(Arc<Shared>);

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("stopped", &*self.0.stopped.lock()).finish_non_exhaustive()
    }
}

impl Journal {
    /// Opens the journal at `path`, makes it if it is not there, and resumes its open runs. Blocks until they have been
    /// replayed. Activities run on the Tokio runtime this is called in.
    ///
    /// # Errors
    /// The file is in use, damaged, or not a journal; there is no runtime; SQLite refuses.
    pub fn open(path: impl AsRef<Path>, registry: Registry, options: JournalOptions) -> Result<Self, JournalError> {
        let runtime = Handle::try_current().map_err(|_| JournalError::NoRuntime)?;
        let path = path.as_ref().to_owned();
        let (sender, inbox) = mpsc::channel();
        let (ready, opened) = mpsc::sync_channel(1);
        let (finish, finished) = oneshot::channel();
        let stopped = Arc::new(Mutex::new(None));
        let (to_engine, why) = (sender.clone(), stopped.clone());
        let work = move || {
            let started = Store::open(&path).and_then(|store| {
                let mut engine = Engine::new(store, registry, &options, runtime, to_engine);
                let count = engine.recover()?;
                Ok((engine, count))
            });
            let (mut engine, count) = match started {
                Ok(started) => started,
                Err(error) => {
                    let _ = ready.send(Err(error));
                    return;
                }
            };
            tracing::info!(runs = count, "journal opened");
            // Whoever opens is waiting.
            let _ = ready.send(Ok(()));
            let result = engine.run(&inbox);
            // Before those who wait are told that there is nothing to wait for.
            *why.lock() = Some(match &result {
                Ok(()) => "it was shut down".to_owned(),
                Err(error) => {
                    let cause =
                        std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
                    tracing::error!(%error, cause, "journal stopped");
                    format!("{error}{cause}")
                }
            });
            let tasks = engine.into_tasks();
            // Nobody waits when the handle was dropped.
            let _ = finish.send(result.map(|()| tasks));
        };
        let thread = thread::Builder::new().name("adx-journal".to_owned()).spawn(work).map_err(JournalError::Thread)?;
        match opened.recv() {
            Ok(Ok(())) => Ok(Self(Arc::new(Shared {
                sender,
                thread: Mutex::new(Some(thread)),
                finished: tokio::sync::Mutex::new(Some(finished)),
                stopped,
            }))),
            Ok(Err(error)) => {
                join(thread);
                Err(error)
            }
            Err(_) => {
                join(thread);
                Err(JournalError::Stopped { reason: "the engine thread panicked while opening".to_owned() })
            }
        }
    }

    /// Starts a run, durably before this returns. The same id and workflow again give the run that is there, ended or
    /// not, whatever the input.
    ///
    /// # Errors
    /// The id belongs to another workflow; there is no such workflow; the journal has stopped.
    pub async fn start(&self, options: StartOptions) -> Result<Run, JournalError> {
        let id = options.id.clone();
        let (ended, outcome) = oneshot::channel();
        self.ask(|reply| Message::Start { options, ended, reply }).await?;
        Ok(Run { id, outcome, journal: self.clone() })
    }

    /// Waits for the end of a run, through all its generations.
    ///
    /// # Errors
    /// What the run failed with; [`Failure::Blocked`] if it is parked, [`Failure::Stopped`] if the journal stops first.
    pub async fn result(&self, id: &str) -> Outcome {
        let (ended, outcome) = oneshot::channel();
        // A failed send shows in the wait.
        let _ = self.0.sender.send(Message::Wait { id: id.to_owned(), ended });
        outcome.await.unwrap_or_else(|_| Err(Failure::Stopped { reason: self.why_stopped() }))
    }

    /// Sends a signal to an open run, durably before this returns; it is kept until the run asks for it, while the run is
    /// parked, across reopenings and generations. A run that ends without having asked for it gives it up.
    ///
    /// # Errors
    /// There is no such open run, or the journal has stopped.
    pub async fn signal(&self, id: &str, name: &str, value: Value) -> Result<(), JournalError> {
        let (id, name) = (id.to_owned(), name.to_owned());
        self.ask(|reply| Message::Signal { id, name, value, reply }).await
    }

    /// Asks an open run to stop; its code decides how. Asking twice is asking once.
    ///
    /// # Errors
    /// There is no such open run, or the journal has stopped.
    pub async fn cancel(&self, id: &str) -> Result<(), JournalError> {
        let id = id.to_owned();
        self.ask(|reply| Message::Cancel { id, reply }).await
    }

    /// Ends an open run without asking its code: nothing is compensated, and what was kept for it is given up. For parked
    /// runs that nobody will mend.
    ///
    /// # Errors
    /// There is no such open run, or the journal has stopped.
    pub async fn terminate(&self, id: &str, reason: &str) -> Result<(), JournalError> {
        let (id, reason) = (id.to_owned(), reason.to_owned());
        self.ask(|reply| Message::Terminate { id, reason, reply }).await
    }

    /// Lets a parked run try again with the code that is there.
    ///
    /// # Errors
    /// There is no such open run, or the journal has stopped.
    pub async fn unblock(&self, id: &str) -> Result<(), JournalError> {
        let id = id.to_owned();
        self.ask(|reply| Message::Unblock { id, reply }).await
    }

    /// What the run's code last published with [`crate::Wf::set_status`].
    ///
    /// # Errors
    /// There is no such run, or the journal has stopped.
    pub async fn status(&self, id: &str) -> Result<Value, JournalError> {
        self.describe(id).await.map(|run| run.status)
    }

    /// All about a run, as of its newest generation.
    ///
    /// # Errors
    /// There is no such run, or the journal has stopped.
    pub async fn describe(&self, id: &str) -> Result<RunInfo, JournalError> {
        let id = id.to_owned();
        self.ask(|reply| Message::Describe { id, reply }).await
    }

    /// Lists runs, newest first; every generation is one.
    ///
    /// # Errors
    /// The journal has stopped.
    pub async fn list(&self, filter: ListFilter) -> Result<Vec<RunInfo>, JournalError> {
        self.ask(|reply| Message::List { filter, reply }).await
    }

    /// All that happened in a run, all generations, oldest first.
    ///
    /// # Errors
    /// There is no such run, or the journal has stopped.
    pub async fn history(&self, id: &str) -> Result<Vec<Recorded>, JournalError> {
        let id = id.to_owned();
        self.ask(|reply| Message::History { id, reply }).await
    }

    /// Forgets runs that ended before `before_ms`, every generation for itself; an id of which nothing is left may be used
    /// again. Returns how many.
    ///
    /// # Errors
    /// The journal has stopped.
    pub async fn prune(&self, before_ms: u64) -> Result<usize, JournalError> {
        self.ask(|reply| Message::Prune { before_ms, reply }).await
    }

    /// Stops: starts nothing any more, asks running activities to stop, waits for them up to
    /// [`JournalOptions::shutdown_grace`], ends the rest, and joins the engine thread. Open runs go on at the next
    /// opening, where an attempt that stopped when asked does not count towards its activity's `max_attempts`. Calling it
    /// again does nothing.
    ///
    /// # Errors
    /// The engine had failed, or fails now.
    pub async fn shutdown(&self) -> Result<(), JournalError> {
        // A stopped engine no longer listens, which is what was wanted.
        let _ = self.0.sender.send(Message::Shutdown);
        let mut finished = self.0.finished.lock().await;
        let Some(waiting) = finished.as_mut() else {
            return Ok(());
        };
        let result = waiting.await;
        *finished = None;
        drop(finished);
        let thread = self.0.thread.lock().take();
        if let Some(thread) = thread {
            // It has sent its last word: there is nothing left to wait for.
            join(thread);
        }
        match result {
            Ok(result) => {
                result?.shutdown().await;
                Ok(())
            }
            Err(_) => Err(JournalError::Stopped { reason: "the engine thread panicked".to_owned() }),
        }
    }

    async fn ask<T>(&self, message: impl FnOnce(Reply<T>) -> Message) -> Result<T, JournalError> {
        let (reply, answer) = oneshot::channel();
        // A failed send shows in the wait.
        let _ = self.0.sender.send(message(reply));
        answer.await.unwrap_or_else(|_| Err(JournalError::Stopped { reason: self.why_stopped() }))
    }

    fn why_stopped(&self) -> String {
        self.0.stopped.lock().clone().unwrap_or_else(|| "its engine ended".to_owned())
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let Some(thread) = self.thread.lock().take() else {
            return;
        };
        // A stopped engine no longer listens.
        let _ = self.sender.send(Message::Close);
        // The last handle may be dropped by workflow code, on the engine thread itself.
        if thread.thread().id() != thread::current().id() {
            join(thread);
        }
    }
}

fn join(thread: JoinHandle<()>) {
    if thread.join().is_err() {
        tracing::error!("the engine thread panicked");
    }
}

/// A started run.
#[derive(Debug)]
pub struct Run {
    id: String,
    outcome: oneshot::Receiver<Outcome>,
    journal: Journal,
}

impl Run {
    /// The id it was started with.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Waits for its end, through all its generations.
    ///
    /// # Errors
    /// What the run failed with; [`Failure::Blocked`] if it is parked, [`Failure::Stopped`] if the journal stops first.
    pub async fn result(self) -> Outcome {
        self.outcome.await.unwrap_or_else(|_| Err(Failure::Stopped { reason: self.journal.why_stopped() }))
    }
}

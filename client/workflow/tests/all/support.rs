//! What the tests share.

use std::{
    path::PathBuf,
    sync::{Arc, mpsc},
    time::Duration,
};

use adx_workflow::{
    Failure, Journal, JournalOptions, ManualClock, Outcome, Registry, RunState, StartOptions,
    journal::{Event, Recorded},
};
use parking_lot::Mutex;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Semaphore;

/// When every story begins, in milliseconds.
pub(crate) const START: u64 = 1_000_000;

/// A journal file of its own, with a clock that stands still.
pub(crate) struct Place {
    folder: TempDir,
    pub(crate) clock: Arc<ManualClock>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), clock: Arc::new(ManualClock::new(START)) }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    pub(crate) fn options(&self) -> JournalOptions {
        JournalOptions { clock: self.clock.clone(), ..JournalOptions::default() }
    }

    pub(crate) fn open(&self, registry: Registry) -> Journal {
        Journal::open(self.path(), registry, self.options()).expect("the journal opens")
    }

    /// Moves the clock to `at_ms`, once somebody sleeps until then.
    pub(crate) async fn reach(&self, at_ms: u64) {
        use adx_workflow::Clock;
        self.clock.wait_for_sleeper(at_ms).await;
        self.clock.advance(Duration::from_millis(at_ms - self.clock.now_ms()));
    }

    /// The journal's file as SQLite sees it, to damage it.
    pub(crate) fn sqlite(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).expect("SQLite opens it")
    }
}

/// A door in an activity: tells when an attempt stands before it, and lets it through when told.
#[derive(Clone)]
pub(crate) struct Gate(Arc<(Semaphore, Semaphore)>);

impl Gate {
    pub(crate) fn new() -> Self {
        Self(Arc::new((Semaphore::new(0), Semaphore::new(0))))
    }

    /// In the activity.
    pub(crate) async fn pass(&self) {
        self.0.0.add_permits(1);
        self.0.1.acquire().await.expect("it is never closed").forget();
    }

    /// In the test: waits for the next attempt to arrive.
    pub(crate) async fn arrival(&self) {
        self.0.0.acquire().await.expect("it is never closed").forget();
    }

    /// Lets one attempt through.
    pub(crate) fn open(&self) {
        self.0.1.add_permits(1);
    }
}

/// Holds the engine's thread, so that what is sent meanwhile comes in within one turn.
#[derive(Clone)]
pub(crate) struct Hold(Arc<(mpsc::Sender<()>, Mutex<mpsc::Receiver<()>>)>);

impl Hold {
    pub(crate) fn new() -> Self {
        let (release, held) = mpsc::channel();
        Self(Arc::new((release, Mutex::new(held))))
    }

    /// The registry with the workflow that holds.
    pub(crate) fn within(&self, registry: Registry) -> Registry {
        let hold = self.clone();
        registry.workflow("hold", move |_, _| {
            let released = hold.0.1.lock().recv();
            std::future::ready(Ok(Value::from(released.is_ok())))
        })
    }

    /// Whether a run holds the engine's thread.
    pub(crate) fn is_held(&self) -> bool {
        self.0.1.is_locked()
    }

    /// Lets one run go.
    pub(crate) fn release(&self) {
        self.0.0.send(()).expect("the receiver is beside it");
    }

    /// Has all that `messages` sends when it is first polled come in within one turn. `id` is for the run that holds.
    pub(crate) async fn together<T>(&self, journal: &Journal, id: &str, messages: impl Future<Output = T>) -> T {
        // Polled in this order.
        futures::join!(start(journal, id, "hold", Value::Null), messages, async { self.release() }).1
    }
}

/// What activities did, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn add(&self, line: impl Into<String>) {
        self.0.lock().push(line.into());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().clone()
    }

    /// An activity that writes down its input.
    pub(crate) fn activity(
        &self,
    ) -> impl Fn(adx_workflow::ActivityContext, Value) -> std::future::Ready<Outcome> + Send + Sync + use<> {
        let log = self.clone();
        move |context, input| {
            log.add(match input.as_str() {
                Some(text) => format!("{} {text}", context.activity),
                None => context.activity.to_string(),
            });
            std::future::ready(Ok(input))
        }
    }
}

/// Drops the last handle, which is what a crash is to the journal, and lets its tasks go.
pub(crate) async fn crash(journal: Journal) {
    drop(journal);
    tokio::task::yield_now().await;
}

/// Starts a run that is not waited for, and lets go of its handle: handles keep the journal open.
pub(crate) async fn start(journal: &Journal, id: &str, workflow: &str, input: Value) {
    journal.start(StartOptions::new(id, workflow, input)).await.expect("it starts");
}

pub(crate) async fn run(journal: &Journal, id: &str, workflow: &str, input: Value) -> Outcome {
    journal.start(StartOptions::new(id, workflow, input)).await.expect("it starts").result().await
}

pub(crate) async fn state(journal: &Journal, id: &str) -> RunState {
    journal.describe(id).await.expect("it is there").state
}

pub(crate) async fn history(journal: &Journal, id: &str) -> Vec<Recorded> {
    journal.history(id).await.expect("it is there")
}

pub(crate) async fn events(journal: &Journal, id: &str) -> Vec<Event> {
    history(journal, id).await.into_iter().map(|recorded| recorded.event).collect()
}

/// Waits until the history of a run has that many events.
pub(crate) async fn wait_for_events(journal: &Journal, id: &str, count: usize) {
    while events(journal, id).await.len() < count {
        tokio::task::yield_now().await;
    }
}

pub(crate) fn permanent(kind: &str) -> Failure {
    Failure::permanent(kind, "by design")
}

/// Why a run is parked.
pub(crate) fn blocked(outcome: Outcome) -> String {
    match outcome {
        Err(Failure::Blocked { reason }) => reason,
        other => panic!("it is not parked: {other:?}"),
    }
}

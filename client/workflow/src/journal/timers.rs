//! What is due when. Entries are never removed early: the run decides whether one still means something.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::{Arc, mpsc},
};

use tokio::{runtime::Handle, sync::watch, task::AbortHandle};

use super::engine::Message;
use crate::clock::Clock;

/// What becomes due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// A workflow's timer.
    Timer { run: i64, seq: u32 },
    /// The next attempt of an activity.
    Retry { run: i64, seq: u32 },
    /// The end of the patience of a shutdown.
    Shutdown,
}

/// A heap of deadlines, and a task that wakes the engine at the first.
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(u64, Due)>>,
    alarm: watch::Sender<u64>,
    task: AbortHandle,
}

impl Timers {
    pub(super) fn new(clock: Arc<dyn Clock>, runtime: &Handle, engine: mpsc::Sender<Message>) -> Self {
        let (alarm, mut set) = watch::channel(u64::MAX);
        let task = runtime.spawn(async move {
            loop {
                let deadline = *set.borrow_and_update();
                if deadline == u64::MAX {
                    if set.changed().await.is_err() {
                        return;
                    }
                    continue;
                }
                tokio::select! {
                    changed = set.changed() => if changed.is_err() { return },
                    () = clock.sleep_until(deadline) => {
                        // One ring a setting: the engine sets the alarm again after it has looked.
                        if engine.send(Message::Tick).is_err() || set.changed().await.is_err() {
                            return;
                        }
                    }
                }
            }
        });
        Self { heap: BinaryHeap::new(), alarm, task: task.abort_handle() }
    }

    pub(super) fn add(&mut self, at_ms: u64, due: Due) {
        self.heap.push(Reverse((at_ms, due)));
    }

    /// Takes one entry that is due at `now_ms`.
    pub(super) fn pop(&mut self, now_ms: u64) -> Option<Due> {
        let Reverse((at_ms, _)) = self.heap.peek()?;
        if *at_ms > now_ms {
            return None;
        }
        self.heap.pop().map(|Reverse((_, due))| due)
    }

    /// Has the engine woken at the first deadline. `rang` says that the last alarm was used up.
    pub(super) fn set_alarm(&mut self, rang: bool) {
        let first = self.heap.peek().map_or(u64::MAX, |Reverse((at_ms, _))| *at_ms);
        self.alarm.send_if_modified(|alarm| {
            let changed = rang || *alarm != first;
            *alarm = first;
            changed
        });
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        self.task.abort();
    }
}

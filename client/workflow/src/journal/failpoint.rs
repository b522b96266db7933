//! Places where a debug build can be made to die, for tests of recovery: `ADX_ABORT_AT=journal.<step>`.

/// Every step at which the process can be told to abort. `before` and `after` are of the commit that makes it durable.
pub const FAIL_POINTS: &[&str] = &[
    "journal.start.before",
    "journal.start.after",
    "journal.activity-scheduled.before",
    "journal.activity-scheduled.after",
    "journal.attempt-dispatched",
    "journal.attempt-ran",
    "journal.attempt-failed.before",
    "journal.attempt-failed.after",
    "journal.attempt-started.before",
    "journal.attempt-started.after",
    "journal.activity-completed.before",
    "journal.activity-completed.after",
    "journal.timer-started.before",
    "journal.timer-started.after",
    "journal.timer-fired.before",
    "journal.timer-fired.after",
    "journal.signalled.before",
    "journal.signalled.after",
    "journal.cancel-requested.before",
    "journal.cancel-requested.after",
    "journal.child-started.before",
    "journal.child-started.after",
    "journal.child-completed.before",
    "journal.child-completed.after",
    "journal.continued-as-new.before",
    "journal.continued-as-new.after",
    "journal.ended.before",
    "journal.ended.after",
];

#[cfg(debug_assertions)]
mod enabled {
    use std::{collections::BTreeSet, sync::OnceLock};

    use crate::journal::event::Event;

    fn wanted() -> Option<&'static str> {
        static WANTED: OnceLock<Option<String>> = OnceLock::new();
        #[expect(clippy::disallowed_methods, reason = "fail points exist in debug builds only and have no other door")]
        let read = || std::env::var("ADX_ABORT_AT").ok().filter(|step| step.starts_with("journal."));
        WANTED.get_or_init(read).as_deref()
    }

    /// Dies here if told to.
    pub(crate) fn reach(step: &str) {
        if wanted().is_some_and(|wanted| wanted.strip_prefix("journal.") == Some(step)) {
            std::process::abort();
        }
    }

    /// The kinds of event in the open transaction.
    #[derive(Default)]
    pub(crate) struct Noted(BTreeSet<&'static str>);

    impl Noted {
        pub(crate) fn note(&mut self, events: &[Event]) {
            if wanted().is_some() {
                self.0.extend(events.iter().filter_map(kind));
            }
        }

        pub(crate) fn note_start(&mut self) {
            self.0.insert("start");
        }

        pub(crate) fn before_commit(&self) {
            self.reach("before");
        }

        pub(crate) fn after_commit(&mut self) {
            self.reach("after");
            self.0.clear();
        }

        fn reach(&self, side: &str) {
            if wanted().is_some() {
                self.0.iter().for_each(|kind| reach(&format!("{kind}.{side}")));
            }
        }
    }

    fn kind(event: &Event) -> Option<&'static str> {
        Some(match event {
            Event::ActivityScheduled { .. } => "activity-scheduled",
            Event::AttemptStarted { .. } => "attempt-started",
            Event::AttemptFailed { .. } => "attempt-failed",
            Event::ActivityCompleted { .. } => "activity-completed",
            Event::TimerStarted { .. } => "timer-started",
            Event::TimerFired { .. } => "timer-fired",
            Event::Signalled { .. } => "signalled",
            Event::CancelRequested => "cancel-requested",
            Event::ChildStarted { .. } => "child-started",
            Event::ChildCompleted { .. } => "child-completed",
            Event::ContinuedAsNew { .. } => "continued-as-new",
            Event::Ended { .. } => "ended",
            Event::ActivityAbandoned { .. } | Event::TimerCancelled { .. } | Event::Patched { .. } => return None,
        })
    }
}

#[cfg(not(debug_assertions))]
mod enabled {
    use crate::journal::event::Event;

    pub(crate) fn reach(_step: &str) {}

    #[derive(Default)]
    pub(crate) struct Noted;

    impl Noted {
        pub(crate) fn note(&mut self, _events: &[Event]) {}
        pub(crate) fn note_start(&mut self) {}
        pub(crate) fn before_commit(&self) {}
        pub(crate) fn after_commit(&mut self) {}
    }
}

pub(super) use enabled::{Noted, reach};

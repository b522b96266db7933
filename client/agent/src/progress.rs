//! Fail points: the places where a lifecycle operation can be cut off, by name, so that tests kill the agent at each of them
//! instead of hoping to hit one. Only debug builds know them.

#[cfg(debug_assertions)]
use std::sync::OnceLock;

/// Every fail point of an operation that goes well, in the order they are reached. `<kind>.<step>` is reached before the step
/// does anything, `<kind>.<step>.done` when it has had its effect and the journal does not know yet.
pub const STEPS: &[&str] = &[
    "install.resolve",
    "install.resolve.done",
    "install.fetch",
    "install.fetch.downloaded",
    "install.fetch.done",
    "install.warm",
    "install.warm.done",
    "install.data",
    "install.data.migrated",
    "install.data.done",
    "install.record",
    "install.record.done",
    "activate.warm",
    "activate.warm.done",
    "activate.hook",
    "activate.hook.done",
    "activate.probe",
    "activate.probe.done",
    "activate.switch",
    "activate.switch.recorded",
    "activate.switch.done",
    "deactivate.drain",
    "deactivate.drain.done",
    "deactivate.hook",
    "deactivate.hook.done",
    "deactivate.record",
    "deactivate.record.done",
    "update.resolve",
    "update.resolve.done",
    "update.fetch",
    "update.fetch.downloaded",
    "update.fetch.done",
    "update.warm",
    "update.warm.done",
    "update.close",
    "update.close.done",
    "update.snapshot",
    "update.snapshot.done",
    "update.data",
    "update.data.migrated",
    "update.data.done",
    "update.probe",
    "update.probe.done",
    "update.switch",
    "update.switch.recorded",
    "update.switch.done",
    "update.retire",
    "update.retire.done",
    "rollback.warm",
    "rollback.warm.done",
    "rollback.close",
    "rollback.close.done",
    "rollback.snapshot",
    "rollback.snapshot.done",
    "rollback.data",
    "rollback.data.done",
    "rollback.probe",
    "rollback.probe.done",
    "rollback.switch",
    "rollback.switch.recorded",
    "rollback.switch.done",
    "rollback.retire",
    "rollback.retire.done",
    "uninstall.drain",
    "uninstall.drain.done",
    "uninstall.hook",
    "uninstall.hook.done",
    "uninstall.data",
    "uninstall.data.done",
    "uninstall.record",
    "uninstall.record.done",
    "uninstall.sweep",
    "uninstall.sweep.done",
];

/// Fail points on the way back, reached only when an operation fails.
pub const UNDO_STEPS: &[&str] = &[
    "install.remove",
    "install.remove.done",
    "install.fail",
    "install.fail.done",
    "activate.unhook",
    "activate.unhook.done",
    "activate.fail",
    "activate.fail.done",
    "deactivate.fail",
    "deactivate.fail.done",
    "update.restore",
    "update.restore.done",
    "update.open",
    "update.open.done",
    "update.fail",
    "update.fail.done",
    "rollback.restore",
    "rollback.restore.done",
    "rollback.open",
    "rollback.open.done",
    "rollback.fail",
    "rollback.fail.done",
];

#[cfg(debug_assertions)]
fn wanted() -> Option<&'static str> {
    static WANTED: OnceLock<Option<String>> = OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "fail points exist in debug builds only and have no other door")]
    let read = || std::env::var("ADX_ABORT_AT").ok();
    WANTED.get_or_init(read).as_deref()
}

/// Dies here, without cleaning up, where a debug build is told to.
#[cfg(debug_assertions)]
pub(crate) fn reached(kind: &str, step: &str) {
    if let Some(point) = wanted()
        && point.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.')) == Some(step)
    {
        tracing::error!(point, "aborting at the fail point");
        std::process::abort();
    }
}

/// Nothing: a release build has no fail points.
#[cfg(not(debug_assertions))]
pub(crate) const fn reached(_kind: &str, _step: &str) {}

//! Fail points: the places where a lifecycle operation can be cut off, by name, so that tests kill the agent at each of them
//! instead of hoping to hit one. Only debug builds know them.

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

static ABORT_AT: OnceLock<String> = OnceLock::new();

/// Arms one fail point for the life of the process. Does nothing in a release build.
pub fn arm(point: String) {
    if cfg!(debug_assertions) {
        let _ = ABORT_AT.set(point);
    }
}

/// Dies here, without cleaning up, when this point is armed.
pub(crate) fn reached(kind: &str, step: &str) {
    if cfg!(debug_assertions)
        && let Some(armed) = ABORT_AT.get()
        && armed.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.')) == Some(step)
    {
        tracing::error!(point = armed, "aborting at the armed fail point");
        std::process::abort();
    }
}

//! What one call may use.

use std::time::Duration;

use serde::{Deserialize, Serialize};

const MIB: u64 = 1024 * 1024;

/// What one call of a module may use. The agent fills this from the manifest and the tenant's policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Linear memories and tables of the instance together, in bytes.
    pub memory_bytes: u64,
    /// Time on a processor. Waiting for the host does not count.
    pub cpu_time: Duration,
    /// Time on the wall, waiting included, from the moment the call was asked for.
    pub wall_time: Duration,
    /// Length of the JSON text that an activity returns.
    pub output_bytes: u64,
    /// Log lines; more are dropped and counted.
    pub log_lines: u32,
    /// Bytes of log text; lines past it are dropped and counted.
    pub log_bytes: u64,
    /// Keys and values of the `kv` store together.
    pub kv_bytes: u64,
    /// The database file of this tenant and module, `kv` included.
    pub storage_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 64 * MIB,
            cpu_time: Duration::from_secs(1),
            wall_time: Duration::from_secs(30),
            output_bytes: MIB,
            log_lines: 1_000,
            log_bytes: MIB,
            kv_bytes: 16 * MIB,
            storage_bytes: 256 * MIB,
        }
    }
}

/// Calls of the host in one call of a module: stops a guest that hammers the host for its whole processor time.
pub(crate) const MAX_HOST_CALLS: u64 = 1_000_000;
/// Operations of `kv` or `sql` in one call: each costs a hand-over to a blocking thread.
pub(crate) const MAX_DATA_OPERATIONS: u64 = 10_000;
/// Random bytes in one call: the generator is shared by everyone on the machine.
pub(crate) const MAX_RANDOM_BYTES: u64 = MIB;
/// Log text of one line; longer lines are cut, so that one line cannot fill a viewer.
pub(crate) const MAX_LOG_LINE_BYTES: usize = 16 * 1024;
/// Fields of one log line.
pub(crate) const MAX_LOG_FIELDS: usize = 32;
/// Error messages of a guest are cut to this: they end up in answers and audit rows.
pub(crate) const MAX_MESSAGE_BYTES: usize = 8 * 1024;
/// A key of `kv`.
pub(crate) const MAX_KEY_BYTES: usize = 512;
/// A value of `kv`.
pub(crate) const MAX_VALUE_BYTES: usize = 1024 * 1024;
/// Keys in one page or one `get-many` of `kv`.
pub(crate) const MAX_KEYS: usize = 1_000;
/// Statements in one `sql.transaction`.
pub(crate) const MAX_STATEMENTS: usize = 1_000;
/// Rows that one statement may give: they are all copied into the guest.
pub(crate) const MAX_ROWS: usize = 10_000;
/// Bytes of values that one call of `sql` may give.
pub(crate) const MAX_RESULT_BYTES: usize = 4 * 1024 * 1024;
/// Time for one statement: a cross join would otherwise hold a thread until the end of the call.
pub(crate) const MAX_STATEMENT_TIME: Duration = Duration::from_secs(5);
/// Time for all migrations together.
pub(crate) const MAX_MIGRATION_TIME: Duration = Duration::from_mins(2);

/// Cuts `text` to at most `bytes`, at a character border.
pub(crate) fn cut(text: &mut String, bytes: usize) {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn cuts_at_a_character_border() {
        let mut text = "naïve".to_owned();
        cut(&mut text, 3);
        assert_eq!(text, "na");
        cut(&mut text, 3);
        assert_eq!(text, "na");
    }
}

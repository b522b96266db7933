//! Where the sandbox tells what happened: audit, metering and log lines.

use std::time::Duration;

use crate::environment::Environment;

/// A capability call that was refused because of missing consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The interface: `kv`.
    pub interface: &'static str,
    /// The function: `set`.
    pub operation: &'static str,
    /// The manifest line that would allow it.
    pub manifest_line: String,
}

/// What one call used and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallReport {
    /// What was called: `install`, `activity greet`, ….
    pub invocation: String,
    /// `ok`, or the slug of the error: `out-of-memory`, `cpu-time`, ….
    pub outcome: &'static str,
    /// Time on a processor.
    pub cpu_time: Duration,
    /// Time on the wall.
    pub wall_time: Duration,
    /// The most memory that the instance had, in bytes.
    pub peak_memory_bytes: u64,
    /// Calls of the host.
    pub host_calls: u64,
    /// Calls of the host that were refused for missing consent.
    pub denials: u64,
    /// Log lines that were passed on.
    pub log_lines: u64,
    /// Log lines that were dropped because of a cap.
    pub log_lines_dropped: u64,
}

/// Keeps what an auditor asks for later. Called in the middle of a guest's call: hand over and return.
pub trait Audit: Send + Sync {
    /// A capability call was denied. The first denial per interface and call; the report counts all of them.
    fn denied(&self, environment: &Environment, denial: &Denial);

    /// A call ended.
    fn finished(&self, environment: &Environment, report: &CallReport);
}

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// What helps to find a fault.
    Debug,
    /// Normal running.
    Info,
    /// Something is wrong, and the module goes on.
    Warn,
    /// Something failed.
    Error,
}

/// A line that a module logged. Its text is the module's: control characters are escaped, nothing else is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// The text.
    pub message: String,
    /// Named values.
    pub fields: Vec<(String, String)>,
}

/// Takes the log lines of modules. Called in the middle of a guest's call: hand over and return.
pub trait LogSink: Send + Sync {
    /// One line.
    fn line(&self, environment: &Environment, line: LogLine);
}

/// Drops everything: for benches, and for tools that only want the answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Discard;

impl Audit for Discard {
    fn denied(&self, _: &Environment, _: &Denial) {}
    fn finished(&self, _: &Environment, _: &CallReport) {}
}

impl LogSink for Discard {
    fn line(&self, _: &Environment, _: LogLine) {}
}

//! `log`, `clock` and `random`: there without consent, within caps.

use crate::audit::{LogLevel, LogLine};
use crate::bindings::adx::module::{clock, log, random};
use crate::gate::{Interface, Operation, Refusal};
use crate::host::{CallState, Panic};
use crate::limits::{Limits, MAX_LOG_FIELDS, MAX_LOG_LINE_BYTES, MAX_MESSAGE_BYTES, cut};

/// How much a call may still log.
pub(crate) struct LogBudget {
    lines_left: u32,
    bytes_left: u64,
    written: u64,
    dropped: u64,
}

impl LogBudget {
    pub(crate) const fn new(limits: &Limits) -> Self {
        Self { lines_left: limits.log_lines, bytes_left: limits.log_bytes, written: 0, dropped: 0 }
    }

    pub(crate) const fn written(&self) -> u64 {
        self.written
    }

    pub(crate) const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Whether a line of this length may still be written.
    fn take(&mut self, bytes: u64) -> bool {
        if self.lines_left == 0 || bytes > self.bytes_left {
            self.dropped += 1;
            return false;
        }
        self.lines_left -= 1;
        self.bytes_left -= bytes;
        self.written += 1;
        true
    }
}

impl log::Host for CallState {
    fn write(&mut self, level: log::Level, message: String, fields: Vec<log::Field>) -> wasmtime::Result<()> {
        let operation = Operation::new(Interface::Log, "write");
        // There is nobody to tell: a line that is refused is a line dropped.
        let _ = self.through(operation, |state| {
            let mut line = line(level, message, fields);
            let bytes =
                line.fields.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() + line.message.len();
            if state.log.take(bytes as u64) {
                escape(&mut line);
                state.environment.log.line(&state.environment, line);
            }
            Ok::<_, Refusal>(())
        });
        Ok(())
    }

    fn panic(&mut self, mut message: String, mut location: String) -> wasmtime::Result<()> {
        let operation = Operation::new(Interface::Log, "panic");
        let _ = self.through(operation, |state| {
            cut(&mut message, MAX_MESSAGE_BYTES);
            cut(&mut location, MAX_MESSAGE_BYTES);
            state.panic = Some(Panic { message, location });
            Ok::<_, Refusal>(())
        });
        Ok(())
    }
}

fn line(level: log::Level, mut message: String, mut fields: Vec<log::Field>) -> LogLine {
    cut(&mut message, MAX_LOG_LINE_BYTES);
    fields.truncate(MAX_LOG_FIELDS);
    let mut bytes_left = MAX_LOG_LINE_BYTES - message.len();
    let fields = fields
        .into_iter()
        .map(|log::Field { mut key, mut value }| {
            cut(&mut key, bytes_left);
            bytes_left -= key.len();
            cut(&mut value, bytes_left);
            bytes_left -= value.len();
            (key, value)
        })
        .collect();
    let level = match level {
        log::Level::Trace => LogLevel::Trace,
        log::Level::Debug => LogLevel::Debug,
        log::Level::Info => LogLevel::Info,
        log::Level::Warn => LogLevel::Warn,
        log::Level::Error => LogLevel::Error,
    };
    LogLine { level, message, fields }
}

/// A module must not forge lines of others or drive somebody's terminal: control characters are shown, not sent.
fn escape(line: &mut LogLine) {
    let escape = |text: &mut String| {
        if text.chars().any(|character| character.is_control() && character != '\t') {
            *text = text
                .chars()
                .flat_map(|character| {
                    let plain = !character.is_control() || character == '\t';
                    let escaped = (!plain).then(|| character.escape_default());
                    plain.then_some(character).into_iter().chain(escaped.into_iter().flatten())
                })
                .collect();
        }
    };
    escape(&mut line.message);
    for (key, value) in &mut line.fields {
        escape(key);
        escape(value);
    }
}

impl clock::Host for CallState {
    fn now(&mut self) -> wasmtime::Result<clock::Instant> {
        let now = self.through(Operation::new(Interface::Clock, "now"), |state| Ok::<_, Refusal>(state.clock.now()));
        let now = now.map_err(over_the_cap)?;
        Ok(clock::Instant {
            seconds: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
            nanoseconds: now.subsec_nanos(),
        })
    }

    fn monotonic(&mut self) -> wasmtime::Result<u64> {
        self.through(Operation::new(Interface::Clock, "monotonic"), |state| {
            Ok(u64::try_from(state.started.elapsed().as_nanos()).unwrap_or(u64::MAX))
        })
        .map_err(over_the_cap)
    }
}

impl From<Refusal> for random::RandomError {
    fn from(refusal: Refusal) -> Self {
        Self::Limited(refusal.to_string())
    }
}

impl random::Host for CallState {
    fn bytes(&mut self, length: u32) -> wasmtime::Result<Result<Vec<u8>, random::RandomError>> {
        let operation = Operation::new(Interface::Random, "bytes").costing(u64::from(length));
        Ok(self.through(operation, |_| {
            let mut bytes = vec![0; length as usize];
            getrandom::fill(&mut bytes)
                .map_err(|error| random::RandomError::Limited(format!("no randomness to be had: {error}")))?;
            Ok(bytes)
        }))
    }

    fn number(&mut self) -> wasmtime::Result<u64> {
        let operation = Operation::new(Interface::Random, "number").costing(8);
        let number = self.through(operation, |_| Ok::<_, Refusal>(getrandom::u64())).map_err(over_the_cap)?;
        Ok(number?)
    }
}

/// A function without a `result` can only end the call. It takes a million calls to get there.
fn over_the_cap(refusal: Refusal) -> wasmtime::Error {
    wasmtime::Error::msg(refusal.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_counts_lines_and_bytes() {
        let limits = Limits { log_lines: 2, log_bytes: 10, ..Limits::default() };
        let mut budget = LogBudget::new(&limits);
        assert!(budget.take(4));
        assert!(!budget.take(7), "too many bytes");
        assert!(budget.take(6));
        assert!(!budget.take(0), "too many lines");
        assert_eq!((budget.written(), budget.dropped()), (2, 2));
    }

    #[test]
    fn a_line_has_a_largest_size_and_no_control_characters() {
        let field = |key: &str, value: &str| log::Field { key: key.into(), value: value.into() };
        let fields = vec![field("k", &"v".repeat(20_000)); 50];
        let cut = line(log::Level::Info, "m".repeat(10_000), fields);
        assert_eq!(cut.fields.len(), MAX_LOG_FIELDS);
        let bytes: usize = cut.fields.iter().map(|(key, value)| key.len() + value.len()).sum();
        assert_eq!(bytes + cut.message.len(), MAX_LOG_LINE_BYTES);

        let mut forged = line(log::Level::Warn, "one\nERROR two\x1b[2J\tthree".into(), vec![field("a\0", "b")]);
        escape(&mut forged);
        assert_eq!(forged.message, "one\\nERROR two\\u{1b}[2J\tthree");
        assert_eq!(forged.fields[0].0, "a\\u{0}");
    }
}

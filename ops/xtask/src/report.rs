//! What the demo tells while it runs: lines for people, or one JSON object a step for programs.

use crate::interrupt;
use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Prints steps as they begin and end.
pub(crate) struct Report {
    json: bool,
}

impl Report {
    /// `json`: one object a line on standard output, nothing else there.
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether lines are JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Runs a step; `work` returns its value and a sentence on how it went. A failed step ends the demo.
    pub(crate) fn step<T>(&self, name: &str, what: &str, work: impl FnOnce() -> Result<(T, String)>) -> Result<T> {
        let spinner = (!self.json).then(|| {
            let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
            if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg} {elapsed:>4}") {
                spinner.set_style(style);
            }
            spinner.enable_steady_tick(Duration::from_millis(100));
            spinner
        });
        let start = Instant::now();
        let result = interrupt::check().and_then(|()| work());
        let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Some(spinner) = spinner {
            spinner.finish_and_clear();
        }
        match result {
            Ok((value, note)) => {
                self.line(name, true, milliseconds, &note);
                Ok(value)
            }
            Err(error) => {
                self.line(name, false, milliseconds, &format!("{error:#}"));
                bail!("step `{name}` ({what}) failed: {error:#}")
            }
        }
    }

    fn line(&self, name: &str, ok: bool, milliseconds: u64, note: &str) {
        if self.json {
            println!("{}", json!({ "step": name, "ok": ok, "ms": milliseconds, "note": note }));
        } else {
            println!("  {} {name:<10} {note}  ({milliseconds} ms)", if ok { "✓" } else { "✗" });
        }
    }

    /// The last line: the addresses to look at.
    pub(crate) fn ready(&self, addresses: &Value) {
        if self.json {
            let mut line = json!({ "step": "ready", "ok": true, "ms": 0 });
            if let (Some(line), Some(addresses)) = (line.as_object_mut(), addresses.as_object()) {
                line.extend(addresses.clone());
            }
            println!("{line}");
        } else {
            println!("\nReady:");
            for (name, address) in addresses.as_object().into_iter().flatten() {
                println!("  {name:<14} {}", address.as_str().unwrap_or_default());
            }
        }
    }
}

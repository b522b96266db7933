//! Bars and spinners, drawn on stderr and only for a person at a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Output;

const TICK: Duration = Duration::from_millis(100);

fn target(output: Output) -> ProgressDrawTarget {
    if output.animates() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
}

/// A bar that counts bytes.
pub(crate) fn bytes(output: Output, total: u64, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:>12.bold.cyan} [{bar:28}] {bytes}/{total_bytes} ({bytes_per_sec})")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ");
    ProgressBar::with_draw_target(Some(total), target(output)).with_style(style).with_message(what.to_owned())
}

/// A bar that counts files.
pub(crate) fn files(output: Output) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:>12.bold.cyan} [{bar:28}] {pos}/{len}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ");
    ProgressBar::with_draw_target(Some(0), target(output)).with_style(style)
}

/// A spinner beside a changing text.
pub(crate) fn spinner(output: Output, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner:>12.cyan} {msg} {elapsed:.dim}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let spinner = ProgressBar::with_draw_target(None, target(output)).with_style(style).with_message(what.to_owned());
    // The ticking thread would only burn time where nothing is drawn.
    if output.animates() {
        spinner.enable_steady_tick(TICK);
    }
    spinner
}

//! How far a backup or a restore has come, shown at a terminal.

use std::io::{IsTerminal as _, stderr};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::archive::Progress;

/// A line that is written over; nothing where nobody looks.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// Shows itself if `wanted` and at a terminal.
    pub(super) fn new(wanted: bool) -> Self {
        let shown = wanted && stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self(ProgressBar::with_draw_target(None, target))
    }

    /// Shows how far it has come.
    pub(super) fn show(&self, progress: Progress) {
        match progress {
            Progress::Rows(rows) => self.0.set_message(format!("{rows} rows")),
            Progress::Blobs(done, all) => {
                if self.0.length() != Some(all) {
                    self.0.set_length(all);
                    // A style that cannot be read leaves the one before.
                    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} blobs, {eta} left") {
                        self.0.set_style(style);
                    }
                }
                self.0.set_position(done);
            }
        }
    }

    /// Takes it away.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

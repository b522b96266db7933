//! What was measured, for people and for programs.

use std::time::Duration;

use crate::{repository::Sizes, scale::INSTALLED};

/// Of a registry with this many bins: times of rounds, what an agent fetched in bytes, and the most memory it had.
pub(crate) struct Figures {
    pub(crate) bins: u32,
    pub(crate) first_round: Duration,
    pub(crate) round: Duration,
    pub(crate) round_of_100: Duration,
    pub(crate) sizes: Sizes,
    pub(crate) first_poll: u64,
    pub(crate) installing: u64,
    pub(crate) idle_poll: u64,
    /// How many of the agent's modules were among the 1% that changed.
    pub(crate) updated: usize,
    pub(crate) poll_after_1_percent: u64,
    pub(crate) poll_after_all_installed: u64,
    pub(crate) agent_memory: u64,
}

impl Figures {
    pub(crate) fn json(&self) -> String {
        serde_json::json!({
            "bench": "trust.scale", "value": milliseconds(self.round), "unit": "ms", "bins": self.bins,
            "first_round_ms": milliseconds(self.first_round), "round_of_100_ms": milliseconds(self.round_of_100),
            "snapshot_bytes": self.sizes.snapshot, "largest_bin_bytes": self.sizes.largest,
            "metadata_bytes": self.sizes.all, "first_poll_bytes": self.first_poll, "installed": INSTALLED,
            "installing_bytes": self.installing, "idle_poll_bytes": self.idle_poll, "updated": self.updated,
            "poll_after_1_percent_bytes": self.poll_after_1_percent,
            "poll_after_all_installed_bytes": self.poll_after_all_installed, "agent_memory_bytes": self.agent_memory,
        })
        .to_string()
    }

    pub(crate) fn text(&self) -> String {
        let Self { bins, first_round, round, round_of_100, updated, .. } = self;
        format!(
            "{:<16} {bins} bins: round {round:.1?}, of 100 releases {round_of_100:.1?}, the first {first_round:.1?}\n\
             {:<16} (tiles to timestamp, without index files, database and witnesses, every list in memory)\n\
             {:<16} metadata {}, snapshot {}, largest bin {}\n\
             {:<16} agent: first poll {}, {INSTALLED} modules {}, idle poll {}, memory {}\n\
             {:<16} agent: after 1% changed, with {updated} of its {INSTALLED}, {}; after all of its {INSTALLED} changed {}",
            "trust.scale",
            "",
            "",
            size(self.sizes.all),
            size(self.sizes.snapshot),
            size(self.sizes.largest),
            "",
            size(self.first_poll),
            size(self.installing),
            size(self.idle_poll),
            size(self.agent_memory),
            "",
            size(self.poll_after_1_percent),
            size(self.poll_after_all_installed),
        )
    }
}

pub(crate) fn median(durations: impl Iterator<Item = Duration>) -> Duration {
    let mut durations: Vec<_> = durations.collect();
    durations.sort();
    durations[durations.len() / 2]
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{:.1} KB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

//! The same targets in one list.

use std::{fs, path::Path, process::Command};

use sigstore_tuf::TrustedMetadataSet;

use crate::{
    agent::memory,
    figures::{median, milliseconds, size},
    repository::Repository,
    scale::Scale,
};

/// Measures it.
pub(crate) fn measure(scale: Scale, json: bool) {
    let mut repository = Repository::new(scale, 1);
    repository.first_round();
    let one = median((0..3).map(|number| repository.release([number])));
    let sizes = repository.sizes();
    let timestamp = repository.length("tuf/timestamp.json");
    let output = Command::new(std::env::current_exe().expect("a path"))
        .arg("flat")
        .arg(repository.folder())
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let memory: u64 = String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number");
    let changed = timestamp + sizes.snapshot + sizes.largest;
    if json {
        println!(
            "{}",
            serde_json::json!({
                "bench": "trust.scale", "value": milliseconds(one), "unit": "ms", "bins": "flat",
                "metadata_bytes": sizes.all, "idle_poll_bytes": timestamp, "poll_after_1_percent_bytes": changed,
                "agent_memory_bytes": memory,
            })
        );
    } else {
        println!(
            "{:<16} flat: round {one:.1?}, metadata {}; agent: idle poll {}, after anything changed {}, memory {}",
            "",
            size(sizes.all),
            size(timestamp),
            size(changed),
            size(memory),
        );
    }
}

/// A general client, which holds the one list, in a process of its own; prints its memory in bytes.
pub(crate) fn run(folder: &Path) {
    let now = jiff::Timestamp::now();
    let read = |file: &str| fs::read(folder.join("tuf").join(file)).expect("a file");
    let mut client = TrustedMetadataSet::from_root(&read("1.root.json")).expect("a root");
    client.update_timestamp(&read("timestamp.json"), now).expect("a timestamp");
    let version =
        |client: &TrustedMetadataSet, file: &str| client.snapshot().map_or(0, |snapshot| snapshot.meta[file].version);
    let snapshot = client.timestamp().and_then(|timestamp| timestamp.snapshot_meta()).map_or(0, |meta| meta.version);
    client.update_snapshot(&read(&format!("{snapshot}.snapshot.json")), now).expect("a snapshot");
    let targets = version(&client, "targets.json");
    client.update_targets(&read(&format!("{targets}.targets.json")), now).expect("targets");
    let list = version(&client, "bin-0.json");
    client.update_delegated_targets(&read(&format!("{list}.bin-0.json")), "bin-0", "targets", now).expect("a list");
    println!("{}", memory());
}

//! Documents in words: what a person sees before signing.

use std::fmt::Write as _;

use adx_signing::{
    KeyId,
    tuf::{Role as _, Root, Targets, TopRole},
};

use super::{documents::Online, log_file::LogFile};

/// A root, and what changes against the one that is trusted.
pub fn root(root: &Root, trusted: Option<&Root>) -> String {
    let mut text = format!("root version {}, valid until {}\n", root.version(), root.expires());
    for role in [TopRole::Root, TopRole::Targets, TopRole::Snapshot, TopRole::Timestamp] {
        let keys = root.role(role);
        let place = match role {
            TopRole::Root | TopRole::Targets => "people sign",
            TopRole::Snapshot | TopRole::Timestamp => "the server signs",
        };
        let before = trusted.map(|trusted| trusted.role(role));
        let _ = write!(text, "  {}: {place}, {} of {}", role.as_str(), keys.threshold(), keys.keyids().len());
        if let Some(before) = before.filter(|before| before.threshold() != keys.threshold()) {
            let _ = write!(text, " (until now {} of {})", before.threshold(), before.keyids().len());
        }
        text.push('\n');
        for id in keys.keyids() {
            let added = before.is_some_and(|before| !before.keyids().contains(id));
            line(&mut text, if added { "added  " } else { "key    " }, id);
        }
        for id in before.into_iter().flat_map(|before| before.keyids().difference(keys.keyids())) {
            line(&mut text, "removed", id);
        }
    }
    text
}

/// The top-level targets document.
pub fn targets(targets: &Targets, online: &Online) -> String {
    let mut text = format!("targets version {}, valid until {}\n", targets.version(), targets.expires());
    let _ = writeln!(text, "  packages are listed in {} bins, which the server signs", online.bins.count());
    online.bin_keys.keys().ids().for_each(|id| line(&mut text, "key    ", id));
    text.push_str("  control files: the server signs\n");
    online.control_keys.keys().ids().for_each(|id| line(&mut text, "key    ", id));
    text
}

/// What the log is called, by which key it signs and who watches it, and what changes against the one `before`.
pub fn log(log: &LogFile, before: Option<&LogFile>) -> String {
    let mut text = format!("log {}, {} of {} witnesses must cosign", log.origin, log.quorum, log.witnesses.len());
    if let Some(before) = before.filter(|before| before.quorum != log.quorum) {
        let _ = write!(text, " (until now {} of {})", before.quorum, before.witnesses.len());
    }
    text.push('\n');
    let is_new_key = before.is_some_and(|before| before.key != log.key);
    let _ = writeln!(text, "    {} {}", if is_new_key { "added  " } else { "key    " }, log.key);
    for key in &log.earlier_keys {
        let _ = writeln!(text, "    earlier {key}");
    }
    for witness in &log.witnesses {
        let is_added = before.is_some_and(|before| !before.witnesses.contains(witness));
        let _ = writeln!(
            text,
            "    {} {} at {}",
            if is_added { "added witness" } else { "witness" },
            witness.verifier,
            witness.url
        );
    }
    for witness in before.into_iter().flat_map(|before| &before.witnesses) {
        if !log.witnesses.contains(witness) {
            let _ = writeln!(text, "    removed witness {} at {}", witness.verifier, witness.url);
        }
    }
    text
}

fn line(text: &mut String, word: &str, id: &KeyId) {
    let _ = writeln!(text, "    {word} {id}");
}

//! Documents in words: what a person sees before signing.

use std::fmt::Write as _;

use adx_signing::{
    KeyId,
    tuf::{Role as _, Root, Targets, TopRole},
};

use super::{documents::Online, log_file::LogFile};

/// A root, and what changes against the one that is trusted.
pub fn root(root: &Root, trusted: Option<&Root>) -> String {
    let mut text = format!("root version {}, believed until {}\n", root.version(), root.expires());
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
    let mut text = format!("targets version {}, believed until {}\n", targets.version(), targets.expires());
    let _ = writeln!(text, "  packages are listed in {} bins, which the server signs", online.bins.count());
    online.bin_keys.keys().ids().for_each(|id| line(&mut text, "key    ", id));
    text.push_str("  control files: the server signs\n");
    online.control_keys.keys().ids().for_each(|id| line(&mut text, "key    ", id));
    text
}

/// What the log is called, by which key it signs and who watches it.
pub fn log(log: &LogFile) -> String {
    let mut text = format!("log {}, {} of {} witnesses must cosign\n", log.origin, log.quorum, log.witnesses.len());
    let _ = writeln!(text, "    key     {}", log.key);
    for key in &log.earlier_keys {
        let _ = writeln!(text, "    earlier {key}");
    }
    for witness in &log.witnesses {
        let _ = writeln!(text, "    witness {} at {}", witness.verifier, witness.url);
    }
    text
}

fn line(text: &mut String, word: &str, id: &KeyId) {
    let _ = writeln!(text, "    {word} {id}");
}

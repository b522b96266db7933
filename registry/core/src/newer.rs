//! Words of a newer version of the registry, which an older one keeps as they stand that took its place.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The word, kept as long as the process runs: there are as many as newer versions have words.
pub(crate) fn kept(word: &str) -> &'static str {
    static KEPT: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.get(word) {
        return known;
    }
    let new: &'static str = Box::leak(word.into());
    all.insert(new);
    new
}

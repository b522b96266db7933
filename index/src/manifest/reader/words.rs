//! Keys and types as messages name them.

/// How alike an unknown key and a known one must be for the known one to be suggested.
const SUGGESTION_SIMILARITY: f64 = 0.7;
/// How much of a key is repeated in messages: its author chose it, and it may be as long as the
/// manifest.
const SHOWN_KEY_CHARS: usize = 80;

/// The beginning of a key, its special characters escaped.
pub(super) fn shown(key: &str) -> String {
    key.chars().take(SHOWN_KEY_CHARS).flat_map(char::escape_debug).collect()
}

/// The known key that the unknown one was most likely meant to be.
pub(super) fn nearest<'known>(unknown: &str, known: &[&'known str]) -> Option<&'known str> {
    // The measure is quadratic, and a hostile key may be as long as the manifest.
    if unknown.len() > 64 {
        return None;
    }
    known
        .iter()
        .map(|key| (*key, strsim::jaro_winkler(unknown, key)))
        .filter(|(_, similarity)| *similarity >= SUGGESTION_SIMILARITY)
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
        .map(|(key, _)| key)
}

pub(super) fn list(keys: &[&str]) -> String {
    let quoted: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
    quoted.join(", ")
}

pub(super) fn article(type_name: &str) -> String {
    match type_name {
        "array" => "a list".to_owned(),
        "array of tables" => "a list of tables".to_owned(),
        "integer" | "inline table" => format!("an {type_name}"),
        other => format!("a {other}"),
    }
}

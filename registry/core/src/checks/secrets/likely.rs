//! What a value's looks tell: whether it stands for another, and whether it was drawn by chance.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// Words of values that stand for another, and marks of those that a program fills in.
const PLACEHOLDERS: [&str; 24] = [
    "example",
    "sample",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "dummy",
    "your",
    "xxxx",
    "redacted",
    "insert",
    "replace",
    "todo",
    "fixme",
    "foobar",
    "1234567",
    "abcdef",
    "qwerty",
    "notreal",
    "not-real",
    "test",
    "${",
    "{{",
    "****",
];

/// Fewest different characters of a secret: `aaaa…` and `0101…` are none.
const FEWEST_DIFFERENT: usize = 8;

/// Bits each character of a value tells, from which it looks drawn by chance. English words have some 2.5 to 3.3 at such
/// lengths, base64 of random bytes has above 4, hexadecimal 3.5 and more.
const RANDOM_BITS: f64 = 3.5;

/// Whether a text of a secret's form is an example.
pub(super) fn is_placeholder(secret: &[u8]) -> bool {
    let lower = String::from_utf8_lossy(secret).to_lowercase();
    let mut bytes = secret.to_vec();
    bytes.sort_unstable();
    bytes.dedup();
    bytes.len() < FEWEST_DIFFERENT || PLACEHOLDERS.iter().any(|word| word_in(&lower, word))
}

/// Whether a word is in a value. Short words come about by chance in long values.
fn word_in(value: &str, word: &str) -> bool {
    value.contains(word) && (word.len() >= 6 || value.len() <= 40 || word.starts_with(['$', '{', '*', 'x']))
}

/// Values given to names such as `password`: each, where it begins, and the name. Only those that look drawn by chance.
pub(super) fn assignments(text: &[u8]) -> Vec<(&[u8], usize, String)> {
    static ASSIGNMENT: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = r#"(?i)(?P<name>[a-z0-9_.-]{0,40}(?:password|passwd|secret|api_?key|access_?key|private_?key|auth_?token|access_?token)[a-z0-9_]{0,20})["']?\s{0,4}(?:=>|:=|[:=])\s{0,4}["'`](?P<value>[^"'`\s]{16,200})["'`]"#;
        regex::bytes::RegexBuilder::new(pattern).unicode(false).build().expect("the pattern is one")
    });
    let captured = ASSIGNMENT.captures_iter(text).filter_map(|found| Some((found.name("name")?, found.name("value")?)));
    captured
        .filter(|(_, value)| looks_random(value.as_bytes()) && !is_placeholder(value.as_bytes()))
        .map(|(name, value)| {
            let name = String::from_utf8_lossy(name.as_bytes()).trim_start_matches(['.', '-', '_']).to_owned();
            (value.as_bytes(), value.start(), name)
        })
        .take(super::MAX_IN_FILE)
        .collect()
}

/// Letters and digits, mixed, none of the marks of addresses, paths and words in a row.
fn looks_random(value: &[u8]) -> bool {
    let has = |kind: fn(&u8) -> bool| value.iter().any(kind);
    let is_plain = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-!@#%^&*~.".contains(byte));
    let is_address =
        value.windows(3).any(|window| window == b"://") || value.starts_with(b"/") || value.starts_with(b"#/");
    is_plain
        && !is_address
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && entropy_bits(value) >= RANDOM_BITS
}

/// Shannon's entropy of one byte, in bits.
fn entropy_bits(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "a value has a few hundred bytes")]
    let total = bytes.len() as f64;
    let seen = counts.into_iter().filter(|count| *count > 0).map(|count| f64::from(count) / total);
    -seen.map(|share| share * share.log2()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy() {
        assert!(entropy_bits(b"aaaaaaaa") < 0.001);
        assert!((entropy_bits(b"abcdefgh") - 3.0).abs() < 0.001);
        assert!(entropy_bits(b"").abs() < 0.001 || entropy_bits(b"").is_nan());
    }

    #[test]
    fn names_and_places() {
        let text = b"x\n  \"db_password\": \"k9Qz7LmP2xVb8RtYw4\"";
        assert_eq!(assignments(text), [(&b"k9Qz7LmP2xVb8RtYw4"[..], 20, "db_password".to_owned())]);
    }
}

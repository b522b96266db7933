//! Texts that match a pattern.

use regex_syntax::hir::{Class, Hir, HirKind};

/// How often what may be repeated is, one text for each.
const REPEATS: [u32; 12] = [0, 1, 2, 3, 4, 8, 12, 16, 20, 32, 36, 64];
/// Longest pattern, in bytes: a class of a few letters may be thousands of ranges.
pub(super) const MAX_PATTERN_BYTES: usize = 500;
/// Longest text, in bytes.
const MAX_TEXT_BYTES: usize = 1_000;

/// Texts that match, the shortest first; none where the pattern cannot be read. Anchors and borders of words are passed over: whether a
/// text does match is seen by whoever asks.
pub(super) fn texts(pattern: &str) -> Vec<String> {
    if pattern.len() > MAX_PATTERN_BYTES {
        return Vec::new();
    }
    let Ok(hir) = regex_syntax::parse(pattern) else { return Vec::new() };
    let mut found: Vec<String> = Vec::new();
    for repeats in REPEATS {
        let mut text = String::new();
        if write(&hir, repeats, &mut text).is_some() && !found.contains(&text) {
            found.push(text);
        }
    }
    found.sort_by_key(String::len);
    found
}

/// Adds a text that matches; `None` where there is none, or it becomes too long.
fn write(hir: &Hir, repeats: u32, text: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(character(class)?),
        HirKind::Repetition(repetition) => {
            let times = repeats.clamp(repetition.min, repetition.max.unwrap_or(u32::MAX).max(repetition.min));
            for _ in 0..times {
                let length = text.len();
                write(&repetition.sub, repeats, text)?;
                if text.len() == length {
                    // Nothing, however often.
                    break;
                }
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, repeats, text)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, repeats, text))?,
        HirKind::Alternation(branches) => write(branches.get(repeats as usize % branches.len())?, repeats, text)?,
    }
    (text.len() <= MAX_TEXT_BYTES).then_some(())
}

/// A letter or a digit of a class, where it has one; else its first character.
fn character(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => class.iter().map(|range| (range.start().into(), range.end().into())).collect(),
    };
    let has = |wanted: &char| ranges.iter().any(|(start, end)| (start..=end).contains(&wanted));
    let plain = ['a', 'A', '0', '-', '_'].into_iter().find(has);
    plain.or_else(|| ranges.first().map(|(start, _)| *start))
}

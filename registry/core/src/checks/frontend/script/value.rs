//! What is known of a script's names and texts before it runs, as an engine reads them: escapes decoded, what is put together put
//! together.

use tree_sitter::Node;

use crate::checks::frontend::is_remote;

/// Bytes of a text that are read. What an address or a name is for, fits many times.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Texts within texts that are followed. Bundlers fold what is constant: theirs have none.
const MAX_NESTED: u32 = 16;

/// Calls that give a text, whatever they are given.
const GIVE_TEXT: [&str; 8] =
    ["String", "atob", "decodeURI", "decodeURIComponent", "unescape", "fromCharCode", "join", "toString"];

/// A script.
#[derive(Clone, Copy)]
pub(super) struct Source<'source>(pub(super) &'source [u8]);

/// How a text begins.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// Its beginning; nothing where nothing is known.
    pub(super) text: String,
    /// Whether that is all of it.
    pub(super) whole: bool,
}

impl Known {
    fn unknown() -> Self {
        Self::default()
    }

    /// Appends what follows, if everything before is known.
    fn then(mut self, next: impl FnOnce() -> Self) -> Self {
        if self.whole {
            let next = next();
            self.text.push_str(&next.text);
            self.whole = next.whole && self.text.len() <= MAX_TEXT_BYTES;
        }
        self
    }
}

impl Source<'_> {
    /// The name that an identifier or a property is: `\u0065val` is `eval`.
    pub(super) fn name(self, node: Node<'_>) -> String {
        decoded(&self.text(node, 1024))
    }

    /// The value of a text that is written out, in one piece or in several.
    pub(super) fn constant(self, node: Node<'_>) -> Option<String> {
        let known = self.known(node);
        known.whole.then_some(known.text)
    }

    /// How the text begins that an expression gives.
    pub(super) fn known(self, node: Node<'_>) -> Known {
        self.known_within(node, MAX_NESTED)
    }

    fn known_within(self, node: Node<'_>, depth: u32) -> Known {
        let Some(depth) = depth.checked_sub(1) else { return Known::unknown() };
        match node.kind() {
            "string" => self.piece(node.start_byte() + 1, node.end_byte().saturating_sub(1)),
            "template_string" => self.template(node, depth),
            "parenthesized_expression" | "sequence_expression" => {
                last(node).map_or_else(Known::unknown, |inner| self.known_within(inner, depth))
            }
            "binary_expression" => {
                let (first, others) = self.operands(node);
                // Not a sum of its own: a difference, say.
                let first = if others.is_empty() { Known::unknown() } else { self.known_within(first, depth) };
                let others = others.into_iter().rev();
                others.fold(first, |known, other| known.then(|| self.known_within(other, depth)))
            }
            "new_expression" => self.address(node, depth),
            "member_expression" => match self.member(node) {
                Some((object, name)) if name == "href" && object.kind() == "new_expression" => {
                    self.address(object, depth)
                }
                _ => Known::unknown(),
            },
            "call_expression" => match node.child_by_field_name("function").and_then(|called| self.member(called)) {
                // What templates become for old browsers.
                Some((object, name)) if name == "concat" => {
                    let first = self.known_within(object, depth);
                    let given = arguments(node).into_iter();
                    given.fold(first, |known, argument| known.then(|| self.known_within(argument, depth)))
                }
                _ => Known::unknown(),
            },
            _ => Known::unknown(),
        }
    }

    fn template(self, node: Node<'_>, depth: u32) -> Known {
        let mut known = Known { text: String::new(), whole: true };
        let mut from = node.start_byte() + 1;
        let mut cursor = node.walk();
        for put_in in node.named_children(&mut cursor).filter(|child| child.kind() == "template_substitution") {
            known = known.then(|| self.piece(from, put_in.start_byte()));
            known = known.then(|| last(put_in).map_or_else(Known::unknown, |value| self.known_within(value, depth)));
            if !known.whole {
                return known;
            }
            from = put_in.end_byte();
        }
        known.then(|| self.piece(from, node.end_byte().saturating_sub(1)))
    }

    /// `new URL(address, base)`: the address where that leads elsewhere by itself, or its base does or stays.
    fn address(self, node: Node<'_>, depth: u32) -> Known {
        let is_address = node.child_by_field_name("constructor").is_some_and(|made| self.last_name(made) == "URL");
        let given = arguments(node);
        let (true, Some(first)) = (is_address, given.first()) else { return Known::unknown() };
        let address = self.known_within(*first, depth);
        let Some(base) = given.get(1) else { return address };
        if is_remote(&address.text) {
            return address;
        }
        let written = self.text(*base, 64);
        if written.starts_with("import.meta.url") || written.contains("location") || written.ends_with("baseURI") {
            return address;
        }
        let base = self.known_within(*base, depth);
        if is_remote(&base.text) { base } else { Known::unknown() }
    }

    /// The operands of a sum: the first, and the others from the last on. One that is no sum is its own first.
    fn operands(self, node: Node<'_>) -> (Node<'_>, Vec<Node<'_>>) {
        let (mut first, mut others) = (node, Vec::new());
        while first.kind() == "binary_expression" && self.operator(first) == "+" {
            let sides = first.child_by_field_name("left").zip(first.child_by_field_name("right"));
            let Some((left, right)) = sides else { break };
            others.push(right);
            first = left;
        }
        (first, others)
    }

    /// Whether an expression is a text for sure.
    pub(super) fn is_text(self, node: Node<'_>) -> bool {
        self.is_text_within(node, MAX_NESTED)
    }

    fn is_text_within(self, node: Node<'_>, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match node.kind() {
            "string" | "template_string" => true,
            "parenthesized_expression" | "sequence_expression" => {
                last(node).is_some_and(|inner| self.is_text_within(inner, depth))
            }
            "binary_expression" => {
                let (first, others) = self.operands(node);
                !others.is_empty() && [first].iter().chain(&others).any(|operand| self.is_text_within(*operand, depth))
            }
            "ternary_expression" => ["consequence", "alternative"]
                .into_iter()
                .filter_map(|side| node.child_by_field_name(side))
                .any(|side| self.is_text_within(side, depth)),
            "call_expression" => node
                .child_by_field_name("function")
                .is_some_and(|called| GIVE_TEXT.contains(&self.last_name(called).as_str())),
            _ => false,
        }
    }

    /// `object.name` and `object["name"]`.
    pub(super) fn member(self, node: Node<'_>) -> Option<(Node<'_>, String)> {
        let name = match node.kind() {
            "member_expression" => self.name(node.child_by_field_name("property")?),
            "subscript_expression" => self.constant(node.child_by_field_name("index")?)?,
            _ => return None,
        };
        Some((plain(node.child_by_field_name("object")?), name))
    }

    /// What an expression is called last: `write` of `window.document.write`. Nothing where it has no name.
    pub(super) fn last_name(self, node: Node<'_>) -> String {
        let node = plain(node);
        match node.kind() {
            "identifier" => self.name(node),
            _ => self.member(node).map(|(_, name)| name).unwrap_or_default(),
        }
    }

    /// The operator of an expression that has one.
    pub(super) fn operator(self, node: Node<'_>) -> String {
        node.child_by_field_name("operator").map(|operator| self.text(operator, 16)).unwrap_or_default()
    }

    /// The last letters of an expression, as they are written.
    pub(super) fn tail(self, node: Node<'_>) -> String {
        let range = node.byte_range();
        let start = range.start.max(range.end.saturating_sub(16));
        String::from_utf8_lossy(self.0.get(start..range.end).unwrap_or_default()).into_owned()
    }

    fn piece(self, from: usize, to: usize) -> Known {
        let end = to.min(from.saturating_add(MAX_TEXT_BYTES));
        let bytes = self.0.get(from..end).unwrap_or_default();
        Known { text: decoded(&String::from_utf8_lossy(bytes)), whole: end == to }
    }

    fn text(self, node: Node<'_>, most: usize) -> String {
        let range = node.byte_range();
        let end = range.end.min(range.start.saturating_add(most));
        String::from_utf8_lossy(self.0.get(range.start..end).unwrap_or_default()).into_owned()
    }
}

/// The first arguments of a call or a construction. Those that matter are among them, and a list of a million is not walked.
pub(super) fn arguments(node: Node<'_>) -> Vec<Node<'_>> {
    let Some(arguments) = node.child_by_field_name("arguments") else { return Vec::new() };
    if arguments.kind() == "template_string" {
        // tag`…` gives no text.
        return Vec::new();
    }
    (0..8).filter_map(|index| arguments.named_child(index)).filter(|child| child.kind() != "comment").collect()
}

/// An expression without what stands around it: `(0, run)` is `run`.
pub(super) fn plain(mut node: Node<'_>) -> Node<'_> {
    for _ in 0..MAX_NESTED {
        match last(node) {
            Some(inner) if matches!(node.kind(), "parenthesized_expression" | "sequence_expression") => node = inner,
            _ => break,
        }
    }
    node
}

/// The last expression within a node.
fn last(node: Node<'_>) -> Option<Node<'_>> {
    let count = node.named_child_count();
    (count.saturating_sub(4)..count)
        .rev()
        .filter_map(|index| u32::try_from(index).ok().and_then(|index| node.named_child(index)))
        .find(|child| child.kind() != "comment")
}

/// A text with its escapes decoded (ECMA-262, 12.9.4). One that is wrong stands for itself: no engine runs it.
fn decoded(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match rest.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('b') => text.push('\u{8}'),
            Some('v') => text.push('\u{b}'),
            Some('f') => text.push('\u{c}'),
            // A line that goes on.
            Some('\r') => {
                if rest.as_str().starts_with('\n') {
                    rest.next();
                }
            }
            Some('\n' | '\u{2028}' | '\u{2029}') | None => {}
            Some('x') => text.extend(number(&mut rest, 2, 16)),
            Some('u') if rest.as_str().starts_with('{') => {
                rest.next();
                text.extend(number(&mut rest, 8, 16));
                if rest.as_str().starts_with('}') {
                    rest.next();
                }
            }
            Some('u') => text.extend(number(&mut rest, 4, 16)),
            Some(digit @ '0'..='7') => {
                let more = if digit <= '3' { 2 } else { 1 };
                let first = digit.to_digit(8).unwrap_or_default();
                text.extend(number_from(first, &mut rest, more, 8));
            }
            Some(other) => text.push(other),
        }
    }
    text
}

/// The character of a number of at most so many digits.
fn number(rest: &mut std::str::Chars<'_>, most: usize, radix: u32) -> Option<char> {
    number_from(0, rest, most, radix)
}

fn number_from(first: u32, rest: &mut std::str::Chars<'_>, most: usize, radix: u32) -> Option<char> {
    let mut value = first;
    for _ in 0..most {
        let Some(digit) = rest.clone().next().and_then(|character| character.to_digit(radix)) else { break };
        rest.next();
        value = value.saturating_mul(radix).saturating_add(digit);
    }
    char::from_u32(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_what_engines_read() {
        for (raw, text) in [
            ("\\x65val", "eval"),
            ("\\u0065v\\u{00061}l", "eval"),
            ("\\145v\\141l", "eval"),
            ("ht\\\r\ntps\\:\\/\\/a", "https://a"),
            ("\\0\\t\\\\", "\0\t\\"),
            ("\\u{110000}\\", ""),
            ("\\ud83d", ""),
            ("é", "é"),
        ] {
            assert_eq!(decoded(raw), text, "{raw}");
        }
    }
}

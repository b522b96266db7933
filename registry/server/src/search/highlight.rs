//! Descriptions as HTML, with the words that matched in `<b>`.
//!
//! A description is its publisher's text and is shown to everybody: whatever is not a mark of ours is escaped.

/// What stands before and after a word that matched, until the text has been escaped. Private-use characters: text may
/// hold them, but says nothing by them, so [`without_marks`] takes them away first.
pub(super) const OPENING: char = '\u{e000}';
pub(super) const CLOSING: char = '\u{e001}';

/// The text without characters that could pass for a mark.
pub(super) fn without_marks(text: &str) -> String {
    text.replace([OPENING, CLOSING], "")
}

/// The marked text as HTML; `None` if nothing in it is marked.
pub(super) fn html(marked: &str) -> Option<String> {
    if !marked.contains(OPENING) {
        return None;
    }
    let mut html = String::with_capacity(marked.len() + 64);
    for character in marked.chars() {
        match character {
            OPENING => html.push_str("<b>"),
            CLOSING => html.push_str("</b>"),
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    Some(html)
}

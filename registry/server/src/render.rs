//! README and changelog: Markdown from a stranger, as HTML that can stand inside our page.
//!
//! What comes out loads nothing from anywhere, runs nothing, and leads nowhere but to absolute
//! `http`, `https` and `mailto` addresses. Pictures become links to themselves: a README that
//! loads a picture from its author's server tells the author who reads it.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};
use comrak::{Arena, Options, nodes::NodeValue, parse_document};

/// Longest Markdown rendered, in bytes; what follows is left out. Parsing is linear, but a page
/// of many megabytes is an attack on the reader's browser.
pub const MAX_MARKDOWN_BYTES: usize = 256 << 10;

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        // A relative link would point into the registry's own pages, where it means nothing or,
        // worse, something the author chose.
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("nofollow noopener noreferrer ugc"))
        .rm_tags(["img", "map", "area"])
        .generic_attributes(HashSet::from(["lang", "title"]))
        .tag_attribute_values(HashMap::from([(
            "th",
            HashMap::from([("align", HashSet::from(["left", "right", "center"]))]),
        )]));
    builder
});

/// Renders Markdown to sanitised HTML. Headings go down one level: the page has its own `h1`.
pub fn markdown(source: &str) -> String {
    let arena = Arena::new();
    let options = options();
    let root = parse_document(&arena, clip(source), &options);
    for node in root.descendants() {
        let mut data = node.data_mut();
        match &mut data.value {
            NodeValue::Heading(heading) => heading.level = (heading.level + 1).min(6),
            NodeValue::Image(link) => {
                let link = std::mem::take(link);
                data.value = NodeValue::Link(link);
            }
            _ => {}
        }
    }
    let mut html = String::with_capacity(source.len() * 2);
    // Writing to a String does not fail; the error is the trait's.
    if comrak::format_html(root, &options, &mut html).is_err() {
        return String::new();
    }
    SANITISER.clean(&html).to_string()
}

/// What our Markdown has. Raw HTML is left out of the page.
pub(crate) fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.footnotes = false;
    options
}

/// The longest prefix within the cap that ends between characters.
fn clip(source: &str) -> &str {
    source.get(..source.floor_char_boundary(MAX_MARKDOWN_BYTES)).unwrap_or(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_tables_and_code_survive() {
        let html = markdown("# Hello\n\n*soft* **loud** `code`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
        assert!(html.contains("<h2>Hello</h2>"), "{html}");
        assert!(html.contains("<em>soft</em>") && html.contains("<code>code</code>"), "{html}");
        assert!(html.contains("<table>") && html.contains("<td>1</td>"), "{html}");
    }

    #[test]
    fn scripts_handlers_styles_and_frames_do_not() {
        for hostile in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "[x](javascript:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "<iframe src=https://evil.example></iframe>",
            "<style>body{display:none}</style>",
            "<p style=\"position:fixed\">x</p>",
            "<svg><script>alert(1)</script></svg>",
            "<form action=https://evil.example><input name=p></form>",
            "<math><mi//xlink:href=\"data:x,<script>alert(4)</script>\">",
            "<p id=root class=overlay>x</p>",
        ] {
            let html = markdown(hostile).to_lowercase();
            let tags = tags(&html);
            for forbidden in [
                "<script",
                "onerror",
                "javascript:",
                "data:",
                "<iframe",
                "<style",
                "style=",
                "<svg",
                "<form",
                "<input",
                "<img",
                "id=",
                "class=",
            ] {
                assert!(!tags.contains(forbidden), "{hostile} left {forbidden} in {html}");
            }
        }
    }

    /// All that is markup: words may say anything.
    fn tags(html: &str) -> String {
        let (mut tags, mut inside, mut quoted) = (String::new(), false, false);
        for character in html.chars() {
            match character {
                '<' if !inside => inside = true,
                '"' if inside => quoted = !quoted,
                '>' if inside && !quoted => {
                    inside = false;
                    tags.push(character);
                }
                _ => {}
            }
            if inside {
                tags.push(character);
            }
        }
        tags
    }

    #[test]
    fn relative_links_lose_their_target_and_keep_their_words() {
        let html = markdown("[guide](docs/guide.md) [root](/api/v1/tokens) [out](https://example.com/a)");
        assert!(html.contains("guide") && !html.contains("docs/guide.md"), "{html}");
        assert!(!html.contains("/api/v1/tokens"), "{html}");
        assert!(html.contains("href=\"https://example.com/a\""), "{html}");
        assert!(html.contains("rel=\"nofollow noopener noreferrer ugc\""), "{html}");
    }

    #[test]
    fn a_picture_becomes_a_link_with_its_text() {
        let html = markdown("![a chart](https://example.com/chart.png)");
        assert!(html.contains("href=\"https://example.com/chart.png\"") && html.contains(">a chart</a>"), "{html}");
    }

    #[test]
    fn a_huge_text_is_cut_between_characters() {
        let html = markdown(&"é".repeat(MAX_MARKDOWN_BYTES));
        assert!(html.len() <= MAX_MARKDOWN_BYTES + 16);
    }
}

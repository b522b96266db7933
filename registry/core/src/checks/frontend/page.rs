//! What a page of HTML, or a picture of SVG, loads and runs.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use super::{is_code, is_remote, script, shown};
use crate::checks::Finding;

/// Reads one page.
pub(super) fn look(path: &str, bytes: &[u8], findings: &mut Vec<Finding>) {
    let sink = Sink { path, found: RefCell::default(), script: RefCell::default() };
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(&*String::from_utf8_lossy(bytes)));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    // Nothing here makes it stop before the end: scripts are read, not run.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let Sink { found, .. } = tokenizer.sink;
    findings.extend(found.into_inner());
}

struct Sink<'path> {
    path: &'path str,
    found: RefCell<Vec<Finding>>,
    /// The script that is being read, with its first line.
    script: RefCell<Option<(usize, String)>>,
}

impl TokenSink for Sink<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return self.start(&tag, line),
            Token::TagToken(tag) if &*tag.name == "script" => self.end_of_script(),
            Token::CharacterTokens(text) => {
                if let Some((_, script)) = &mut *self.script.borrow_mut() {
                    script.push_str(&text);
                }
            }
            Token::EOFToken => self.end_of_script(),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Sink<'_> {
    fn start(&self, tag: &Tag, line: usize) -> TokenSinkResult<()> {
        let name = &*tag.name;
        for attribute in &tag.attrs {
            self.attribute(name, &attribute.name.local, &attribute.value, line);
        }
        match name {
            "script" if !tag.self_closing => {
                let kind = tag.attrs.iter().find(|attribute| &*attribute.name.local == "type");
                let is_data = kind.is_some_and(|kind| kind.value.contains("json"));
                *self.script.borrow_mut() = (!is_data).then(|| (line, String::new()));
                TokenSinkResult::RawData(RawKind::ScriptData)
            }
            "style" | "xmp" | "iframe" | "noembed" | "noframes" if !tag.self_closing => {
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            "textarea" | "title" if !tag.self_closing => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }

    fn attribute(&self, tag: &str, name: &str, value: &str, line: usize) {
        let is_handler =
            name.len() > 2 && name.starts_with("on") && name.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_address = matches!(name, "src" | "href" | "action" | "formaction" | "data" | "xlink:href");
        let found = match tag {
            _ if is_handler => Finding::warning(
                "inline-handler",
                format!("`{}` runs a text as code: listen from a script instead", shown(name)),
            ),
            "script" | "iframe" | "embed" | "object" | "frame" if is_address && is_remote(value) => Finding::error(
                "remote-script",
                format!(
                    "`{tag}` takes `{}` from elsewhere, which can change after the release: put the file into the package",
                    shown(value)
                ),
            ),
            "base" if name == "href" && is_remote(value) => Finding::error(
                "remote-script",
                format!("`base` takes every relative address from `{}`: leave it out", shown(value)),
            ),
            "link" if name == "href" && is_remote(value) => Finding::warning(
                "remote-style",
                format!("`link` takes `{}` from elsewhere: put the file into the package", shown(value)),
            ),
            _ if is_address && is_code(value) && !matches!(tag, "img" | "image") => Finding::error(
                "script-in-address",
                format!("the address `{}` is code: lead to a page instead", shown(value)),
            ),
            _ => return,
        };
        self.found.borrow_mut().push(found.at(format!("{}:{line}", self.path)));
    }

    fn end_of_script(&self) {
        if let Some((line, text)) = self.script.take() {
            script::look(self.path, text.as_bytes(), line, &mut self.found.borrow_mut());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::checks::subjects::codes;

    fn run(page: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        look("frontend/a.html", page.as_bytes(), &mut findings);
        findings
    }

    #[test]
    fn each_once_at_its_line() {
        for (page, code) in [
            ("<script src=\"https://a.example/x.js\"></script>", "remote-script"),
            ("<script src=//a.example/x.js></script>", "remote-script"),
            ("<iframe src='https://a.example'></iframe>", "remote-script"),
            ("<base href=\"https://a.example/\">", "remote-script"),
            ("<link rel=stylesheet href=\"https://a.example/x.css\">", "remote-style"),
            ("<img src=x onerror=\"go()\">", "inline-handler"),
            ("<a href=\"javascript:go()\">x</a>", "script-in-address"),
            ("<a href=\"java&#10;script:go()\">x</a>", "script-in-address"),
            ("<svg><a xlink:href=\"javascript:go()\"/></svg>", "script-in-address"),
            ("<script>\"</p>\"; eval(x)</script>", "eval"),
        ] {
            let findings = run(&format!("<!doctype html>\n<title>x</title>\n{page}\n"));
            assert_eq!(codes(&findings), [code], "{page}");
            assert_eq!(findings[0].place.as_deref(), Some("frontend/a.html:3"), "{page}");
        }
    }

    #[test]
    fn words_comments_and_own_files_are_none() {
        let page = "<!-- <script src='https://a.example/x.js'> -->\n<p title=\"onclick=go()\">eval(x)</p>\n\
            <script src=\"./main.js\"></script><a href=\"https://a.example\">x</a>\n\
            <script type=\"application/json\">{\"eval\": 1}</script><style>a { color: red }</style>\n\
            <script>const a = '<script src=https://a.example>';</script><img src=\"data:image/png;base64,x\">";
        assert_eq!(run(page), []);
    }

    #[test]
    fn a_script_without_end_is_read() {
        assert_eq!(codes(&run("<script>eval(x)")), ["eval"]);
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), page in "[<>/a-z=\"' &;#0-9!-]{0,200}") {
            let mut findings = Vec::new();
            look("a.html", &bytes, &mut findings);
            look("a.html", page.as_bytes(), &mut findings);
        }
    }
}

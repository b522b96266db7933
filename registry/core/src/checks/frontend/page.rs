//! What a page of HTML, or a picture of SVG, loads and runs.

use std::cell::RefCell;
use std::collections::BTreeMap;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use serde::Deserialize;

use super::{is_code, is_data, is_remote, script, shown};
use crate::checks::Finding;

/// Pages within pages (`srcdoc`) that are read.
const MAX_FRAMES: u32 = 4;

/// Reads one page.
pub(super) fn look(path: &str, bytes: &[u8], findings: &mut Vec<Finding>) {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_html = ["html", "htm"].iter().any(|html| ending.eq_ignore_ascii_case(html));
    read(Page { path, is_html, frames: MAX_FRAMES }, &String::from_utf8_lossy(bytes), findings);
}

/// Where a text comes from that is read as a page.
#[derive(Clone, Copy)]
struct Page<'path> {
    path: &'path str,
    /// Whether it is HTML for sure: in SVG and XHTML no element holds plain text, and each may end in itself.
    is_html: bool,
    /// How many pages within it are read.
    frames: u32,
}

fn read(page: Page<'_>, text: &str, findings: &mut Vec<Finding>) {
    let sink = Sink { page, found: RefCell::default(), script: RefCell::default() };
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(text));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    // Nothing here makes it stop before the end: scripts are read, not run.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let Sink { found, .. } = tokenizer.sink;
    findings.extend(found.into_inner());
}

struct Sink<'path> {
    page: Page<'path>,
    found: RefCell<Vec<Finding>>,
    /// The script that is being read.
    script: RefCell<Option<Script>>,
}

struct Script {
    first_line: usize,
    text: String,
    /// Whether it says where imports lead, and runs nothing.
    is_import_map: bool,
}

/// `<script type="importmap">` (<https://html.spec.whatwg.org/multipage/webappapis.html#import-maps>).
#[derive(Deserialize)]
struct ImportMap {
    #[serde(default)]
    imports: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    scopes: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

impl TokenSink for Sink<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return self.start(&tag, line),
            Token::TagToken(tag) if &*tag.name == "script" => self.end_of_script(),
            Token::CharacterTokens(text) => {
                if let Some(script) = &mut *self.script.borrow_mut() {
                    script.text.push_str(&text);
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
            if let Some(found) = attribute_of(tag, &attribute.name.local, &attribute.value) {
                self.find(found, line);
            }
        }
        match name {
            "meta" => {
                if let Some(found) = refresh(tag) {
                    self.find(found, line);
                }
            }
            "iframe" => {
                if let Some(text) = value_of(tag, "srcdoc") {
                    self.frame(text, line);
                }
            }
            _ => {}
        }
        match name {
            "script" if !tag.self_closing => {
                let kind = value_of(tag, "type").unwrap_or_default().trim().to_ascii_lowercase();
                let is_import_map = kind == "importmap";
                let is_data = kind.contains("json");
                *self.script.borrow_mut() =
                    (!is_data).then(|| Script { first_line: line, text: String::new(), is_import_map });
                TokenSinkResult::RawData(RawKind::ScriptData)
            }
            "script" if self.page.is_html => {
                let message = "`<script/>` does not end there in every page: write `<script></script>`";
                self.find(Finding::error("script-unreadable", message), line);
                TokenSinkResult::Continue
            }
            "style" | "xmp" | "iframe" | "noembed" | "noframes" if self.page.is_html && !tag.self_closing => {
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            "textarea" | "title" if self.page.is_html && !tag.self_closing => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }

    /// A page that is written into an attribute: it runs as this one does.
    fn frame(&self, text: &str, line: usize) {
        let Some(frames) = self.page.frames.checked_sub(1) else {
            let message = format!("pages are written into pages more than {MAX_FRAMES} deep: put them into files");
            self.find(Finding::error("script-unreadable", message), line);
            return;
        };
        let mut within = Vec::new();
        read(Page { is_html: true, frames, ..self.page }, text, &mut within);
        for found in within {
            self.find(found, line);
        }
    }

    fn find(&self, found: Finding, line: usize) {
        self.found.borrow_mut().push(found.at(format!("{}:{line}", self.page.path)));
    }

    fn end_of_script(&self) {
        let Some(Script { first_line, text, is_import_map }) = self.script.take() else { return };
        if is_import_map {
            self.import_map(&text, first_line);
        } else {
            script::look(self.page.path, text.as_bytes(), first_line, &mut self.found.borrow_mut());
        }
    }

    fn import_map(&self, text: &str, line: usize) {
        // One that is none is one to no browser.
        let Ok(ImportMap { imports, scopes }) = serde_json::from_str(text) else { return };
        let addresses = imports.values().chain(scopes.values().flat_map(BTreeMap::values));
        for address in addresses.filter_map(serde_json::Value::as_str) {
            if is_remote(address) {
                self.find(remote("an import map", address), line);
            } else if is_code(address) || is_data(address) {
                self.find(code_in(address), line);
            }
        }
    }
}

fn attribute_of(tag: &Tag, name: &str, value: &str) -> Option<Finding> {
    let is_handler = name.len() > 2 && name.starts_with("on") && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_address = matches!(name, "src" | "href" | "action" | "formaction" | "data" | "xlink:href");
    match &*tag.name {
        _ if is_handler => Some(Finding::warning(
            "inline-handler",
            format!("`{}` runs a text as code: listen from a script instead", shown(name)),
        )),
        element @ ("script" | "iframe" | "embed" | "object" | "frame") if is_address && is_remote(value) => {
            Some(remote(&format!("`{element}`"), value))
        }
        "script" if is_address && is_data(value) => Some(code_in(value)),
        "iframe" | "embed" | "object" | "frame" if is_address && is_data(value) && value.contains("svg") => {
            Some(code_in(value))
        }
        "base" if name == "href" && is_remote(value) => Some(Finding::error(
            "remote-script",
            format!("`base` takes every relative address from `{}`: leave it out", shown(value)),
        )),
        "link" if name == "href" && is_remote(value) => Some(if loads_script(tag) {
            remote("`link`", value)
        } else {
            let message = format!("`link` takes `{}` from elsewhere: put the file into the package", shown(value));
            Finding::warning("remote-style", message)
        }),
        element if is_address && is_code(value) && !matches!(element, "img" | "image") => Some(code_in(value)),
        _ => None,
    }
}

/// Whether a `link` is fetched to be run.
fn loads_script(link: &Tag) -> bool {
    let relations = value_of(link, "rel").unwrap_or_default().to_ascii_lowercase();
    let kind = value_of(link, "as").unwrap_or_default().to_ascii_lowercase();
    relations.split_ascii_whitespace().any(|relation| match relation {
        "modulepreload" => true,
        "preload" | "prefetch" => matches!(kind.trim(), "script" | "worker" | "sharedworker" | "serviceworker"),
        _ => false,
    })
}

/// `<meta http-equiv="refresh" content="0; url=…">`
/// (<https://html.spec.whatwg.org/multipage/semantics.html#shared-declarative-refresh-steps>).
fn refresh(meta: &Tag) -> Option<Finding> {
    value_of(meta, "http-equiv").filter(|kind| kind.trim().eq_ignore_ascii_case("refresh"))?;
    let content = value_of(meta, "content")?.trim_start();
    let rest = content.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
    let rest = rest.trim_start().trim_start_matches([';', ',']).trim_start();
    let named = rest.get(..3).filter(|start| start.eq_ignore_ascii_case("url"));
    let named = named.and_then(|_| rest[3..].trim_start().strip_prefix('='));
    let address = named.unwrap_or(rest).trim_start().trim_start_matches(['"', '\'']);
    if is_remote(address) {
        let message = format!("the page leads to `{}` by itself: link to it instead", shown(address));
        return Some(Finding::warning("refresh-elsewhere", message));
    }
    (is_code(address) || is_data(address)).then(|| code_in(address))
}

fn value_of<'tag>(tag: &'tag Tag, name: &str) -> Option<&'tag str> {
    tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| &*attribute.value)
}

fn remote(what: &str, address: &str) -> Finding {
    let message = format!(
        "{what} takes `{}` from elsewhere, which can change after the release: put the file into the package",
        shown(address)
    );
    Finding::error("remote-script", message)
}

fn code_in(address: &str) -> Finding {
    let message = format!("the address `{}` is code: lead to a page instead", shown(address));
    Finding::error("script-in-address", message)
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
            ("<script type=importmap>{\"imports\": {\"a\": \"https://a.example/x.js\"}}</script>", "remote-script"),
            (
                "<script type=' ImportMap'>{\"scopes\": {\"/\": {\"a\": \"//a.example/x.js\"}}}</script>",
                "remote-script",
            ),
            ("<script type=importmap>{\"imports\": {\"a\": \"data:,go()\"}}</script>", "script-in-address"),
            ("<script src=\"data:,go()\"></script>", "script-in-address"),
            ("<script src=\"\\\\a.example/x.js\"></script>", "remote-script"),
            ("<script/>eval(x)</script>", "script-unreadable"),
            ("<iframe srcdoc=\"<script src=https://a.example/x.js></script>\"></iframe>", "remote-script"),
            ("<iframe srcdoc=\"&lt;script&gt;eval(x)&lt;/script&gt;\"></iframe>", "eval"),
            ("<iframe srcdoc=\"<iframe srcdoc='<img onerror=go()>'></iframe>\"></iframe>", "inline-handler"),
            ("<iframe src=\"data:image/svg+xml,<svg onload=go()>\"></iframe>", "script-in-address"),
            ("<object data=\"https://a.example/x\"></object>", "remote-script"),
            ("<embed src=\"https://a.example/x\">", "remote-script"),
            ("<meta http-equiv=Refresh content=\"0; URL='https://a.example'\">", "refresh-elsewhere"),
            ("<meta http-equiv=refresh content=\"0 //a.example\">", "refresh-elsewhere"),
            ("<meta http-equiv=refresh content=\"0;url=data:text/html,x\">", "script-in-address"),
            ("<link rel=modulepreload href=\"https://a.example/x.js\">", "remote-script"),
            ("<link as=script rel=\"x PreLoad\" href=\"https://a.example/x.js\">", "remote-script"),
            ("<link rel=preload as=font href=\"https://a.example/x.woff2\">", "remote-style"),
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
            <script>const a = '<script src=https://a.example>';</script><img src=\"data:image/png;base64,x\">\n\
            <script type=importmap>{\"imports\": {\"a\": \"./a.js\"}}</script><script type=importmap>[</script>\n\
            <iframe srcdoc='<p>x</p>' src=./x.html></iframe><meta http-equiv=refresh content='5; url=./next.html'>\n\
            <meta http-equiv=refresh content=5><meta name=x content='0; url=https://a.example'>\n\
            <link rel=icon href=\"data:image/svg+xml,x\"><link rel=modulepreload href=./x.js>";
        assert_eq!(run(page), []);
    }

    #[test]
    fn a_script_without_end_is_read() {
        assert_eq!(codes(&run("<script>eval(x)")), ["eval"]);
    }

    #[test]
    fn pictures_end_elements_in_themselves_and_hold_scripts_anywhere() {
        let picture = "<svg><script href='./x.js'/><title><script href='https://a.example/x.js'/></title></svg>";
        let mut findings = Vec::new();
        look("frontend/a.svg", picture.as_bytes(), &mut findings);
        assert_eq!(codes(&findings), ["remote-script"]);
    }

    #[test]
    fn pages_within_pages_end() {
        let mut page = "<p>x</p>".to_owned();
        for _ in 0..6 {
            page = format!("<iframe srcdoc=\"{}\"></iframe>", page.replace('&', "&amp;").replace('"', "&quot;"));
        }
        assert_eq!(codes(&run(&page)), ["script-unreadable"]);
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

//! The check `readme`: what the page would not show of README and changelog. What it shows is safe already (`render.rs`).

use std::ops::Bound;

use adx_index::Package;
use adx_index::package::{CHANGELOG, README};
use adx_registry_core::checks::{Check, CheckBroke, Finding, Subject, told};
use comrak::nodes::NodeValue;
use comrak::{Arena, parse_document};
use percent_encoding::percent_decode_str;

use crate::render::{MAX_MARKDOWN_BYTES, options};

/// The check.
pub(super) struct Readme;

/// Schemes that the page leads to.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];
/// Those that run what stands in the address.
const CODE: [&str; 4] = ["javascript", "vbscript", "data", "blob"];

/// Tags that one finding names.
const MAX_TAGS: usize = 10;

impl Check for Readme {
    fn name(&self) -> &'static str {
        "readme"
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let package = subject.package;
        let mut findings = Vec::new();
        match package.readme() {
            Some(text) if !text.trim().is_empty() => look(README, text, package, &mut findings),
            _ => {
                let message = "there is no README.md: the module's page has nothing to show";
                findings.push(Finding::note("readme-missing", message).at(README));
            }
        }
        if let Some(text) = package.changelog() {
            look(CHANGELOG, text, package, &mut findings);
        }
        Ok(told(findings))
    }
}

fn look(path: &str, text: &str, package: &Package, findings: &mut Vec<Finding>) {
    if text.len() > MAX_MARKDOWN_BYTES {
        let message =
            format!("the page shows {MAX_MARKDOWN_BYTES} of its {} bytes: move what is long to docs/", text.len());
        findings.push(Finding::warning("readme-too-long", message).at(path));
    }
    let arena = Arena::new();
    let shown = text.get(..text.floor_char_boundary(MAX_MARKDOWN_BYTES)).unwrap_or(text);
    let root = parse_document(&arena, shown, &options());
    for node in root.descendants() {
        let data = node.data();
        let place = || format!("{path}:{}", data.sourcepos.start.line);
        match &data.value {
            NodeValue::Link(link) => findings.extend(address(&link.url, false, package).map(|found| found.at(place()))),
            NodeValue::Image(link) => findings.extend(address(&link.url, true, package).map(|found| found.at(place()))),
            NodeValue::HtmlBlock(block) => findings.extend(html(&block.literal).map(|found| found.at(place()))),
            NodeValue::HtmlInline(literal) => findings.extend(html(literal).map(|found| found.at(place()))),
            _ => {}
        }
    }
}

fn address(url: &str, is_image: bool, package: &Package) -> Option<Finding> {
    let plain: String = url.chars().filter(|character| !character.is_whitespace() && !character.is_control()).collect();
    let shown = plain.chars().take(100).collect::<String>().escape_debug().to_string();
    if plain.is_empty() || plain.starts_with('#') {
        return None;
    }
    let scheme = plain.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_scheme = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    match scheme.filter(|scheme| is_scheme(scheme)) {
        Some(scheme) if CODE.contains(&scheme.as_str()) => Some(Finding::error(
            "readme-code-address",
            format!("`{shown}` is code, not an address: the page leaves it out, and so should you"),
        )),
        Some(scheme) if !SCHEMES.contains(&scheme.as_str()) => Some(Finding::warning(
            "readme-address-dropped",
            format!("the page does not lead to `{shown}`: use http, https or mailto"),
        )),
        Some(scheme) if is_image && scheme == "http" => Some(Finding::warning(
            "readme-plain-image",
            format!("the picture `{shown}` comes over http, where anybody on the way can change it: use https"),
        )),
        Some(_) => None,
        None if plain.starts_with("//") => None,
        None => {
            let path = plain.split(['#', '?']).next().unwrap_or_default();
            let path = percent_decode_str(path).decode_utf8_lossy();
            let path = path.trim_start_matches("./").trim_matches('/');
            let known = package.files.contains_key(path) || is_folder(path, package);
            (!known && !matches!(path, "module.toml" | "module.wasm")).then(|| {
                let message =
                    format!("`{shown}` leads to no file of the package: write the whole address, or add the file");
                Finding::warning("readme-broken-link", message)
            })
        }
    }
}

/// Whether files of the package lie below `path`.
fn is_folder(path: &str, package: &Package) -> bool {
    let folder = format!("{path}/");
    let mut below = package.files.range::<str, _>((Bound::Included(folder.as_str()), Bound::Unbounded));
    below.next().is_some_and(|(file, _)| file.as_str().starts_with(&folder))
}

/// Tags that the page leaves out.
fn html(literal: &str) -> Option<Finding> {
    let mut tags: Vec<String> = Vec::new();
    let text = without_comments(literal);
    for (at, _) in text.match_indices('<') {
        let rest = text.get(at + 1..).unwrap_or_default().chars().take(30);
        let name: String = rest.take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        if name.starts_with(|first: char| first.is_ascii_alphabetic()) && !tags.contains(&name) {
            tags.push(name);
        }
        if tags.len() >= MAX_TAGS {
            break;
        }
    }
    if tags.is_empty() {
        return None;
    }
    let message = format!("the page leaves out HTML (`<{}>`): write it as Markdown", tags.join(">`, `<"));
    Some(Finding::warning("readme-html-dropped", message))
}

fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

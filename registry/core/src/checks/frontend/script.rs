//! What a script does that cannot be seen by looking at it.

use std::ops::ControlFlow;

use tree_sitter::{Language, Node, ParseOptions, ParseState, Parser, Point};

use super::{is_code, is_remote, shown};
use crate::checks::Finding;

/// Steps of the parser, each some hundred operations. A grammar is ambiguous where a script is wrong, and a script can be made
/// to be wrong everywhere; an honest one of [`super::MAX_READ_BYTES`] takes a tenth.
const MAX_STEPS: u32 = 1_000_000;

/// The one text that bundlers and old libraries make a function of: it gives the global object and nothing else.
const GLOBAL_OBJECT: &str = "return this";

/// Functions that run a text that they are given first.
const TIMERS: [&str; 3] = ["setTimeout", "setInterval", "setImmediate"];

/// Reads one script, whose first line is `first_line` of the file.
pub(super) fn look(path: &str, source: &[u8], first_line: usize, findings: &mut Vec<Finding>) {
    let mut parser = Parser::new();
    let mut steps = 0;
    let mut patience = |_: &ParseState| {
        steps += 1;
        if steps > MAX_STEPS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let language = Language::new(tree_sitter_javascript::LANGUAGE);
    let tree = parser.set_language(&language).ok().and_then(|()| {
        let mut read = |offset: usize, _: Point| source.get(offset..).unwrap_or_default();
        parser.parse_with_options(&mut read, None, Some(ParseOptions::new().progress_callback(&mut patience)))
    });
    let Some(tree) = tree else {
        let message = "the script cannot be read to its end: let the bundler write JavaScript that browsers take";
        findings.push(Finding::error("script-unreadable", message).at(path));
        return;
    };
    let script = Script { path, source, first_line };
    // By hand: nesting is the author's choice, our stack is not.
    let mut cursor = tree.walk();
    loop {
        script.node(cursor.node(), findings);
        if cursor.goto_first_child() || cursor.goto_next_sibling() {
            continue;
        }
        loop {
            if !cursor.goto_parent() {
                return;
            }
            if cursor.goto_next_sibling() {
                break;
            }
        }
    }
}

struct Script<'source> {
    path: &'source str,
    source: &'source [u8],
    first_line: usize,
}

impl Script<'_> {
    fn node(&self, node: Node<'_>, findings: &mut Vec<Finding>) {
        let found = match node.kind() {
            "call_expression" => self.call(node),
            "new_expression" => self.construction(node),
            "import_statement" | "export_statement" => self.import(node),
            "assignment_expression" => self.assignment(node),
            // Called by another name (`(0, eval)(text)`, `const run = eval`) it runs texts all the same.
            "identifier" | "property_identifier" | "shorthand_property_identifier" if self.text(node) == "eval" => {
                self.mention_of_eval(node)
            }
            _ => None,
        };
        findings.extend(
            found.map(|finding| finding.at(format!("{}:{}", self.path, self.first_line + node.start_position().row))),
        );
    }

    fn call(&self, node: Node<'_>) -> Option<Finding> {
        let function = node.child_by_field_name("function")?;
        let argument = Self::arguments(node).into_iter().next();
        let literal = argument.and_then(|argument| self.literal(argument));
        if function.kind() == "import" {
            return literal.and_then(|address| remote("import", &address));
        }
        let (object, name) = self.callee(function)?;
        match name.as_str() {
            "Function" => self.made_of_text(node),
            name if TIMERS.contains(&name) && argument.is_some_and(|argument| Self::is_text(argument)) => {
                Some(made_of_text("timer-with-text", &format!("`{name}` runs a text as code: give it a function")))
            }
            "write" | "writeln" if object.as_deref() == Some("document") => Some(Finding::warning(
                "document-write",
                "`document.write` puts what it is given into the page, scripts included: make elements instead",
            )),
            "importScripts" => literal.and_then(|address| remote("importScripts", &address)),
            "instantiateStreaming" | "compileStreaming" if object.as_deref() == Some("WebAssembly") => {
                let fetched = argument.filter(|argument| argument.kind() == "call_expression")?;
                let (_, fetch) = self.callee(fetched.child_by_field_name("function")?)?;
                let address = self.literal(Self::arguments(fetched).into_iter().next()?)?;
                (fetch == "fetch").then(|| remote("WebAssembly", &address)).flatten()
            }
            "register" if object.as_deref().is_some_and(|object| object.ends_with("serviceWorker")) => {
                literal.and_then(|address| remote("a service worker", &address))
            }
            _ => None,
        }
    }

    fn construction(&self, node: Node<'_>) -> Option<Finding> {
        let (_, name) = self.callee(node.child_by_field_name("constructor")?)?;
        match name.as_str() {
            "Function" | "AsyncFunction" | "GeneratorFunction" => self.made_of_text(node),
            "Worker" | "SharedWorker" => {
                let address = self.literal(Self::arguments(node).into_iter().next()?)?;
                remote("a worker", &address)
            }
            _ => None,
        }
    }

    /// `Function(…)`, with or without `new`.
    fn made_of_text(&self, node: Node<'_>) -> Option<Finding> {
        let arguments = Self::arguments(node);
        let is_harmless = match arguments.as_slice() {
            [] => true,
            [only] => self.literal(*only).is_some_and(|text| text.trim_end_matches(';') == GLOBAL_OBJECT),
            _ => false,
        };
        (!is_harmless).then(|| {
            made_of_text("function-of-text", "`Function` makes code of a text: write the function into the script")
        })
    }

    fn mention_of_eval(&self, node: Node<'_>) -> Option<Finding> {
        let parent = node.parent()?;
        // `{ eval: … }` and `class { eval() {} }` name things of the script's own; `x.eval` is one only of the global object.
        let own = match parent.kind() {
            "pair" | "method_definition" | "field_definition" | "pair_pattern" => node.kind() == "property_identifier",
            "member_expression" => {
                let object = parent.child_by_field_name("object").map(|object| self.text(object));
                !matches!(
                    object.as_deref(),
                    Some("window" | "globalThis" | "self" | "global" | "top" | "parent" | "frames")
                )
            }
            // `typeof eval` runs nothing.
            "unary_expression" => true,
            _ => false,
        };
        (!own).then(|| made_of_text("eval", "`eval` runs a text as code: write the code into the script"))
    }

    fn import(&self, node: Node<'_>) -> Option<Finding> {
        remote("import", &self.literal(node.child_by_field_name("source")?)?)
    }

    /// `script.src = "https://…"`.
    fn assignment(&self, node: Node<'_>) -> Option<Finding> {
        let left = node.child_by_field_name("left").filter(|left| left.kind() == "member_expression")?;
        if self.text(left.child_by_field_name("property")?) != "src" {
            return None;
        }
        let address = self.literal(node.child_by_field_name("right")?)?;
        let file = address.split(['?', '#']).next().unwrap_or_default();
        let extension = file.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        matches!(extension.as_deref(), Some("js" | "mjs")).then(|| remote("a script", &address)).flatten()
    }

    /// What is called: the object's text, if there is one, and the last name.
    fn callee(&self, node: Node<'_>) -> Option<(Option<String>, String)> {
        match node.kind() {
            "identifier" => Some((None, self.text(node))),
            "member_expression" => {
                let object = node.child_by_field_name("object").map(|object| self.text(object));
                Some((object, self.text(node.child_by_field_name("property")?)))
            }
            // `window["setTimeout"]`
            "subscript_expression" => {
                let object = node.child_by_field_name("object").map(|object| self.text(object));
                Some((object, self.literal(node.child_by_field_name("index")?)?))
            }
            "parenthesized_expression" => {
                self.callee(node.named_child(0).filter(|inner| inner.kind() != "parenthesized_expression")?)
            }
            _ => None,
        }
    }

    fn arguments(node: Node<'_>) -> Vec<Node<'_>> {
        let Some(arguments) = node.child_by_field_name("arguments") else { return Vec::new() };
        // More than two say nothing more, and a list of a million is not walked for each.
        (0..4)
            .filter_map(|index| arguments.named_child(index))
            .filter(|child| child.kind() != "comment")
            .take(2)
            .collect()
    }

    /// The value of a text that is written out. A template is one where nothing is put in.
    fn literal(&self, node: Node<'_>) -> Option<String> {
        let is_literal = match node.kind() {
            "string" => true,
            "template_string" => {
                node.named_child_count() <= 1
                    && node.named_child(0).is_none_or(|child| child.kind() != "template_substitution")
            }
            _ => false,
        };
        let text = self.text(node);
        is_literal.then(|| text.get(1..text.len().saturating_sub(1)).unwrap_or_default().to_owned())
    }

    /// Whether an expression is a text for sure.
    fn is_text(node: Node<'_>) -> bool {
        match node.kind() {
            "string" | "template_string" => true,
            "binary_expression" => {
                let is_text = |side: &str| {
                    node.child_by_field_name(side)
                        .is_some_and(|side| matches!(side.kind(), "string" | "template_string"))
                };
                is_text("left") || is_text("right")
            }
            _ => false,
        }
    }

    /// The text of a node, its first kilobyte: nothing that is asked for is longer.
    fn text(&self, node: Node<'_>) -> String {
        let range = node.byte_range();
        let end = range.end.min(range.start.saturating_add(1024));
        String::from_utf8_lossy(self.source.get(range.start..end).unwrap_or_default()).into_owned()
    }
}

fn made_of_text(code: &str, message: &str) -> Finding {
    Finding::warning(code, message)
}

fn remote(what: &str, address: &str) -> Option<Finding> {
    if is_remote(address) {
        let message = format!(
            "{what} takes `{}` from elsewhere, which can change after the release: put the file into the package",
            shown(address)
        );
        return Some(Finding::error("remote-script", message));
    }
    is_code(address).then(|| {
        let message = format!("{what} takes code from the address `{}`: write it into the script", shown(address));
        Finding::warning("script-in-address", message)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::checks::subjects::codes;

    fn run(source: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        look("frontend/a.js", source.as_bytes(), 1, &mut findings);
        findings
    }

    #[test]
    fn each_way_to_run_a_text_once() {
        for (source, code) in [
            ("eval('1')", "eval"),
            ("window.eval(x)", "eval"),
            ("(0, eval)(x)", "eval"),
            ("const run = eval; run(x)", "eval"),
            ("new Function('a', 'return a')", "function-of-text"),
            ("Function(body)()", "function-of-text"),
            ("new window.Function(body)", "function-of-text"),
            ("setTimeout('go()', 1)", "timer-with-text"),
            ("window.setInterval(`go(${x})`, 1)", "timer-with-text"),
            ("window['setTimeout']('go' + x, 1)", "timer-with-text"),
            ("document.write('<b>')", "document-write"),
            ("import('https://a.example/x.js')", "remote-script"),
            ("import x from 'https://a.example/x.js'", "remote-script"),
            ("export * from \"//a.example/x.js\"", "remote-script"),
            ("importScripts(`https://a.example/x.js`)", "remote-script"),
            ("new Worker('https://a.example/x.js')", "remote-script"),
            ("s.src = 'https://a.example/x.js?v=1'", "remote-script"),
            ("WebAssembly.instantiateStreaming(fetch('https://a.example/x.wasm'), {})", "remote-script"),
            ("navigator.serviceWorker.register('https://a.example/sw.js')", "remote-script"),
            ("import('data:text/javascript,alert(1)')", "script-in-address"),
        ] {
            let findings = run(&format!("'use strict';\nlet a = 1;\n{source};\n"));
            assert_eq!(codes(&findings), [code], "{source}");
            assert_eq!(findings[0].place.as_deref(), Some("frontend/a.js:3"), "{source}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_none() {
        for source in [
            "// eval(x)\n/* new Function('x') */",
            "const s = \"eval(x)\", t = `setTimeout('x')`, u = /eval(x)/g;",
            "a.eval(x); const o = { eval: 1, eval2() {} }; class A { eval() {} }",
            "typeof eval",
            "setTimeout(() => go(), 1); setTimeout(go, 1)",
            "Function('return this')(); new Function(\"return this\"); Function.prototype.call(x)",
            "import('./x.js'); import y from 'react'; new Worker(new URL('./w.js', import.meta.url))",
            "fetch('https://a.example/data.json'); img.src = 'https://a.example/x.png'",
            "const documentation = { write() {} }; stream.write('x')",
            "WebAssembly.instantiateStreaming(fetch('./x.wasm'))",
            "x = a / eval2 / b; y = <div title=\"eval(1)\">eval</div>",
        ] {
            assert_eq!(run(source), [], "{source}");
        }
    }

    #[test]
    fn nesting_and_nonsense_end() {
        run(&"[".repeat(200_000));
        run(&"a=>".repeat(100_000));
        run(&"`${".repeat(50_000));
        run(&"(eval)(".repeat(1_000));
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), script in "[eval()`${}'\"/*= \n\\[\\]a-z]{0,200}") {
            let mut findings = Vec::new();
            look("a.js", &bytes, 1, &mut findings);
            look("a.js", script.as_bytes(), 1, &mut findings);
        }
    }
}

//! What a script does that cannot be seen by looking at it. It is read, not run: whoever wants to hide a call from this can
//! (docs/checks.md says what else stands in the way).

mod load;
mod made;
mod value;

use std::ops::ControlFlow;

use tree_sitter::{Language, Node, ParseOptions, ParseState, Parser, Point};

use self::value::{Source, arguments, plain};
use crate::checks::Finding;

/// Steps of the parser, each some hundred operations. A grammar is ambiguous where a script is wrong, and a script can be made
/// to be wrong everywhere; an honest one of [`super::MAX_READ_BYTES`] takes a tenth.
const MAX_STEPS: u32 = 1_000_000;

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
    // By hand: nesting is the author's choice, our stack is not. What stands around a node is kept, since asking the tree for it
    // begins at the root each time.
    let mut cursor = tree.walk();
    let mut above = Vec::new();
    loop {
        let node = cursor.node();
        let script = Script { source: Source(source), above: &above };
        let line = first_line + node.start_position().row;
        findings.extend(script.node(node).map(|found| found.at(format!("{path}:{line}"))));
        if cursor.goto_first_child() {
            above.push(node);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
            above.pop();
        }
    }
}

/// A script, seen from one of its nodes.
struct Script<'source, 'tree> {
    source: Source<'source>,
    /// The nodes around it, the innermost last.
    above: &'source [Node<'tree>],
}

impl<'tree> Script<'_, 'tree> {
    fn node(&self, node: Node<'tree>) -> Option<Finding> {
        match node.kind() {
            "call_expression" => self.call(node),
            "new_expression" => self.construction(node),
            "import_statement" | "export_statement" => self.import_from(node),
            "assignment_expression" => self.assignment(node),
            "pair" => self.pair(node),
            "subscript_expression" => self.subscript(node),
            "pair_pattern" => self.pattern(node),
            "identifier"
            | "property_identifier"
            | "shorthand_property_identifier"
            | "shorthand_property_identifier_pattern" => self.named(node),
            _ => None,
        }
    }

    fn call(&self, node: Node<'tree>) -> Option<Finding> {
        let function = plain(node.child_by_field_name("function")?);
        if function.kind() == "import" {
            return self.import(node);
        }
        let object = self.source.member(function).map(|(object, _)| self.source.last_name(object)).unwrap_or_default();
        match (object.as_str(), self.source.last_name(function).as_str()) {
            (_, name @ ("setTimeout" | "setInterval" | "setImmediate")) => {
                let is_text = arguments(node).first().is_some_and(|first| self.source.is_text(*first));
                let message = || format!("`{name}` runs a text as code: give it a function");
                is_text.then(|| Finding::warning("timer-with-text", message()))
            }
            ("document", "write" | "writeln") => Some(Finding::warning(
                "document-write",
                "`document.write` puts what it is given into the page, scripts included: make elements instead",
            )),
            ("Reflect", "get") => self.reflected(node),
            (_, "AsyncFunction" | "GeneratorFunction") => made_of_text(node),
            (_, "importScripts") => self.loaded("importScripts", node),
            ("WebAssembly", "instantiateStreaming" | "compileStreaming") => self.fetched(node),
            ("serviceWorker", "register") => self.loaded("a service worker", node),
            (_, "addModule") => self.loaded("a worklet", node),
            (_, "setAttribute") => self.attribute(node, false),
            (_, "setAttributeNS") => self.attribute(node, true),
            _ => None,
        }
    }

    fn construction(&self, node: Node<'tree>) -> Option<Finding> {
        match self.source.last_name(node.child_by_field_name("constructor")?).as_str() {
            "AsyncFunction" | "GeneratorFunction" => made_of_text(node),
            "Worker" | "SharedWorker" => self.loaded("a worker", node),
            _ => None,
        }
    }
}

/// By the names that scripts give to what they have from `Object.getPrototypeOf(async function () {}).constructor`.
fn made_of_text(node: Node<'_>) -> Option<Finding> {
    (!arguments(node).is_empty()).then(made::function)
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
            ("import('data:application/javascript,alert(1)')", "script-in-address"),
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
            "const o = { eval: 1, eval2() {} }; class A { eval() {} }; o['eva']",
            "typeof eval; typeof window.eval",
            "setTimeout(() => go(), 1); setTimeout(go, 1)",
            "Function('return this')(); new Function(\"return this\"); Function.prototype.call(x)",
            "import('./x.js'); import y from 'react'; new Worker(new URL('./w.js', import.meta.url))",
            "import(`./${x}.js`); import('../lang/' + x); import(`/a/${x}`); import('assets/' + x)",
            "import(new URL('./x.js', import.meta.url)); import(new URL(`./${x}.js`, import.meta.url).href)",
            "new Worker('' + new URL('./w.js', import.meta.url).href, { type: 'module' })",
            "fetch('https://a.example/data.json'); img.src = 'https://a.example/x.png'",
            "img.src = x; img.src = './x.js'; img.setAttribute('src', `https://a.example/${x}/${y}.png`)",
            "link.href = 'https://a.example'; a.setAttribute('href', 'https://a.example/x.js'); f({ src: x, srcs: 'https://a' })",
            "const documentation = { write() {} }; stream.write('x')",
            "WebAssembly.instantiateStreaming(fetch('./x.wasm'))",
            "x = a / eval2 / b; y = <div title=\"eval(1)\">eval</div>",
        ] {
            assert_eq!(run(source), [], "{source}");
        }
    }

    #[test]
    fn each_is_seen_under_another_name() {
        for (source, code) in [
            (r#"window["eval"]("1")"#, "eval"),
            (r#"window["ev" + "al"]("1")"#, "eval"),
            (r#"window[`ev${"al"}`]("1")"#, "eval"),
            (r#"document.defaultView.eval("1")"#, "eval"),
            (r#"const w = window; w.eval("1")"#, "eval"),
            (r#"\u0065val("1")"#, "eval"),
            (r#"window["\x65val"]("1")"#, "eval"),
            (r#"window?.["eval"]?.("1")"#, "eval"),
            ("const { eval: run } = window", "eval"),
            ("const { 'eval': run } = window", "eval"),
            ("({ eval } = window)", "eval"),
            ("Reflect.get(window, 'eval')('1')", "eval"),
            ("globalThis.eval.call(null, '1')", "eval"),
            (r#"[].constructor.constructor("1")()"#, "function-of-text"),
            (r#"[]["constructor"]["constr" + "uctor"](x)()"#, "function-of-text"),
            (r"[].filter.constructor(x)()", "function-of-text"),
            ("(() => {}).constructor(x)", "function-of-text"),
            ("Object.getPrototypeOf(async function () {}).constructor(x)", "function-of-text"),
            ("(function* () {}).__proto__.constructor", "function-of-text"),
            ("go.constructor('1')", "function-of-text"),
            ("go.constructor(x)()", "function-of-text"),
            ("new go.constructor(x)()()", "function-of-text"),
            ("go.constructor.call(null, '1')", "function-of-text"),
            ("go.constructor.apply(null, ['1'])", "function-of-text"),
            ("const F = Function; F('1')()", "function-of-text"),
            ("Reflect.construct(Function, ['1'])()", "function-of-text"),
            ("Function.prototype.constructor.call(null, '1')()", "function-of-text"),
            ("Function.constructor('1')()", "function-of-text"),
            ("Function.call(null, '1')()", "function-of-text"),
            ("window['Function']('1')()", "function-of-text"),
            ("(0, Function)('1')()", "function-of-text"),
            ("const run = globalThis.Function", "function-of-text"),
            ("class Run extends Function {}", "function-of-text"),
            ("new AsyncFunction(body)", "function-of-text"),
            ("(0, setTimeout)('go()')", "timer-with-text"),
            ("setTimeout(('go()'))", "timer-with-text"),
            ("setTimeout(a + b + '()')", "timer-with-text"),
            ("setTimeout(atob(x)); ", "timer-with-text"),
            ("setTimeout(a ? 'go()' : b)", "timer-with-text"),
            ("window.document['write']('<b>')", "document-write"),
            ("import(`https://${h}/x.js`)", "remote-script"),
            (r#"import("https:" + "//a.example/x.js")"#, "remote-script"),
            (r#"import("\x68ttps://a.example/x.js")"#, "remote-script"),
            (r#"import("https://".concat(h, "/x.js"))"#, "remote-script"),
            (r#"import("\\\\a.example/x.js")"#, "remote-script"),
            (r#"import(new URL("x.js", "https://a.example"))"#, "remote-script"),
            (r#"import * as x from "\u{68}ttps://a.example/x.js""#, "remote-script"),
            ("new Worker(new URL('//a.example/w.js', import.meta.url))", "remote-script"),
            ("importScripts('./x.js', 'https://a.example/x.js')", "remote-script"),
            ("s['src'] = 'https:' + '//a.example/x.js'", "remote-script"),
            ("s.setAttribute('src', 'https://a.example/x.js')", "remote-script"),
            ("s.setAttributeNS(null, 'src', '//a.example/x.mjs')", "remote-script"),
            ("context.audioWorklet.addModule('https://a.example/x.js')", "remote-script"),
            ("import(x)", "import-computed"),
            ("import(`${x}/y.js`)", "import-computed"),
            ("import('/' + x)", "import-computed"),
            ("import('ht' + x + '/')", "import-computed"),
            ("s.src = 'https://a.example/lib'", "remote-source"),
            ("s.src = 'https://a.example'", "remote-source"),
            ("s.src = `//${h}/lib`", "remote-source"),
            ("s.setAttribute('SRC', '//a.example/lib')", "remote-source"),
            ("element('script', { src: 'https://a.example/x.js' })", "remote-source"),
            ("f.src = 'java\\nscript:go()'", "script-in-address"),
        ] {
            assert_eq!(codes(&run(source)), [code], "{source}");
        }
    }

    /// As Vite, Rolldown, the runtime of Module Federation, React, Vue and their like write it.
    #[test]
    fn what_bundlers_write_is_none() {
        for source in [
            "var g = (function(){return this})() || Function(`return this`)() || new Function('return this;')()",
            "e.get instanceof Function && typeof Function == `function`; t === Function || Function !== t",
            "Function.prototype.toString.call(e.get); let a = Function.prototype, b = Function.prototype.bind.call(x); Function.name",
            "switch (t) { case Function: break; case e.constructor: }",
            "e[e.Data=0]=`Data`,e[e.Function=1]=`Function`; f(e,t=V.Function){}",
            "const p = { to: { type: Function }, from: { type: [String, Function], default: null } }",
            "var S=x.prototype=new b;S.constructor=x; r=new n.constructor(n.type,n); e.constructor.prototype; e.constructor.name",
            "class A extends B { constructor(e){ super(e) } copy(){ return new this.constructor(this.x) } }",
            "Y.__super__.constructor.apply(this, arguments); e.constructor === Object; (() => {}).constructor.name",
            "__vitePreload(()=>import(`./assets/Page-DA86N2dw.js`),[],import.meta.url)",
            "function Function() {} let h = (Function) => 1",
            "setTimeout(join); setTimeout(() => 'x'); x.then(y => setTimeout(y, 20))",
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
        run(&"eval(".repeat(50_000));
        run(&"a[`${".repeat(50_000));
        run(&"setTimeout(a+".repeat(20_000));
        run(&format!("import({}x)", "''+".repeat(100_000)));
        run(&format!("import({}x{})", "(".repeat(50_000), ")".repeat(50_000)));
        run(&format!("x{}", ".constructor".repeat(50_000)));
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

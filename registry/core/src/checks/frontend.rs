//! `frontend`: what a module's pages would run that nobody who looked at the package has seen: code made of texts, scripts from
//! elsewhere. Scripts are read with a real grammar (tree-sitter), pages with a real tokenizer (html5ever), so that strings and
//! comments give no alarm.

mod federation;
mod page;
mod script;

use adx_index::package::PackagePath;

use super::finding::told;
use super::{Check, CheckBroke, Finding, Subject};

/// Bytes of a script or a page that are read. A syntax tree takes some twenty times as much memory.
pub const MAX_READ_BYTES: usize = 8 * 1024 * 1024;

const NAME: &str = "frontend";
const FOLDER: &str = "frontend/";

/// The check.
#[derive(Debug, Clone, Copy, Default)]
pub struct Frontend;

impl Check for Frontend {
    fn name(&self) -> &'static str {
        NAME
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let package = subject.package;
        let mut findings = Vec::new();
        for (path, bytes) in package.files.iter().filter(|(path, _)| path.as_str().starts_with(FOLDER)) {
            match Kind::of(path) {
                Some(_) if bytes.len() > MAX_READ_BYTES => {
                    let message = format!(
                        "{} bytes are too many to be looked over, {MAX_READ_BYTES} are read: let the bundler split it",
                        bytes.len()
                    );
                    findings.push(Finding::error("file-too-large", message).at(path.as_str()));
                }
                Some(Kind::Script) => script::look(path.as_str(), bytes, 1, &mut findings),
                Some(Kind::Page) => page::look(path.as_str(), bytes, &mut findings),
                Some(Kind::SourceMap) => source_map(path.as_str(), bytes, &mut findings),
                None => {}
            }
        }
        if let Some(frontend) = &package.manifest.frontend {
            federation::look(package, frontend, &mut findings);
        } else if let Some(first) = package.files.keys().find(|path| path.as_str().starts_with(FOLDER)) {
            let message = "there is a frontend and the manifest does not name its entry: add `[module.frontend]` with `entry`, \
                 or remove `frontend/`";
            findings.push(Finding::warning("entry-unnamed", message).at(first.as_str()));
        }
        Ok(told(findings))
    }
}

/// What a file is read as.
enum Kind {
    Script,
    Page,
    SourceMap,
}

impl Kind {
    fn of(path: &PackagePath) -> Option<Self> {
        let extension = path.as_str().rsplit_once('.')?.1.to_ascii_lowercase();
        match extension.as_str() {
            "js" | "mjs" | "cjs" | "jsx" => Some(Self::Script),
            "html" | "htm" | "xhtml" | "svg" => Some(Self::Page),
            "map" => Some(Self::SourceMap),
            _ => None,
        }
    }
}

/// An address without what browsers leave out of it, and with the slashes that they read
/// (<https://url.spec.whatwg.org/#concept-basic-url-parser>).
fn as_browsers_read(address: &str) -> String {
    let address = address.trim_start_matches(|character| character <= ' ');
    let kept = address.chars().filter(|character| !matches!(character, '\t' | '\n' | '\r'));
    kept.map(|character| if character == '\\' { '/' } else { character }).collect()
}

/// Whether an address leads away from the module's own files.
fn is_remote(address: &str) -> bool {
    let address = as_browsers_read(address);
    address.starts_with("//")
        || ["http:", "https:", "ws:", "wss:"].into_iter().any(|scheme| has_scheme(&address, scheme))
}

/// Whether an address is code itself.
fn is_code(address: &str) -> bool {
    let address = as_browsers_read(address).to_ascii_lowercase();
    let held = address.strip_prefix("data:").and_then(|rest| rest.split([',', ';']).next());
    let is_script = |kind: &str| {
        kind.trim_start().starts_with("text/")
            || ["javascript", "ecmascript", "xhtml"].into_iter().any(|word| kind.contains(word))
    };
    held.is_some_and(is_script)
        || ["javascript:", "vbscript:", "blob:"].into_iter().any(|scheme| has_scheme(&address, scheme))
}

/// Whether an address holds what it leads to.
fn is_data(address: &str) -> bool {
    has_scheme(&as_browsers_read(address), "data:")
}

fn has_scheme(address: &str, scheme: &str) -> bool {
    address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// An address as a message shows it.
fn shown(address: &str) -> String {
    address.chars().take(100).collect::<String>().escape_debug().to_string()
}

/// Source maps tell where on whose machine the sources lie.
fn source_map(path: &str, bytes: &[u8], findings: &mut Vec<Finding>) {
    let Ok(map) = serde_json::from_slice::<serde_json::Value>(bytes) else { return };
    let sources = map.get("sources").and_then(serde_json::Value::as_array).into_iter().flatten();
    let is_absolute = |source: &&str| {
        let bytes = source.as_bytes();
        let drive =
            bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && matches!(bytes[2], b'/' | b'\\');
        drive
            || source.starts_with("file:")
            || source.starts_with("/home/")
            || source.starts_with("/Users/")
            || source.starts_with("/root/")
    };
    if let Some(first) = sources.filter_map(serde_json::Value::as_str).find(is_absolute) {
        let message = format!(
            "the source map tells of `{}`, a path on somebody's machine: leave the map out, or let the bundler write relative paths",
            shown(first)
        );
        findings.push(Finding::warning("source-map-paths", message).at(path));
    }
}

#[cfg(test)]
mod tests {
    use super::super::subjects::{PLAIN, codes, files, of_files, package, subject, with_manifest};
    use super::*;

    pub(super) const ENTRY: &str = "[module.frontend]\nentry = \"frontend/remoteEntry.js\"\n[[module.frontend.routes]]\npath = \"/\"\nexposes = \"./Page\"\n";
    const FEDERATION: &str = r#"{"metaData": {"remoteEntry": {"name": "remoteEntry.js", "path": ""}}, "exposes": [{"name": "Page", "path": "./Page"}]}"#;

    fn run(list: &[(&str, &str)]) -> Vec<Finding> {
        Frontend.run(&subject(&package(PLAIN, &with_manifest(ENTRY), files(list)))).expect("the check ends")
    }

    #[test]
    fn a_sound_frontend_is_no_finding() {
        assert_eq!(
            run(&[
                (
                    "frontend/remoteEntry.js",
                    "// eval('x')\nconst a = \"new Function('x')\"; console.log(a, /eval(1)/);"
                ),
                ("frontend/mf-manifest.json", FEDERATION),
                ("frontend/main.js.map", r#"{"sources": ["webpack://hello/./src/main.ts", "../src/x.ts"]}"#),
                ("frontend/style.css", "a { background: url(https://example.com/x.png) }"),
            ]),
            []
        );
        assert_eq!(Frontend.run(&subject(&of_files(&[("docs/a.js", "eval(x)")]))).unwrap(), []);
    }

    #[test]
    fn the_federation_manifest_names_entry_and_pages() {
        let entry = ("frontend/remoteEntry.js", "export {};");
        assert_eq!(codes(&run(&[entry])), ["federation-manifest-missing"]);
        for (broken, code) in [
            ("[", "federation-manifest-unreadable"),
            (&FEDERATION.replace("remoteEntry.js", "other.js"), "federation-other-entry"),
            (&FEDERATION.replace("\"./Page\"", "\"./Other\""), "page-not-exposed"),
        ] {
            assert_eq!(codes(&run(&[entry, ("frontend/mf-manifest.json", broken)])), [code], "{broken}");
        }
        let found = Frontend.run(&subject(&of_files(&[("frontend/a.css", "")]))).unwrap();
        assert_eq!(codes(&found), ["entry-unnamed"]);
    }

    #[test]
    fn maps_that_tell_of_machines() {
        for source in ["/home/ada/src/main.ts", "C:/Users/ada/main.ts", "file:///srv/main.ts"] {
            let map = format!(r#"{{"sources": ["a.ts", "{source}"]}}"#);
            let found = Frontend
                .run(&subject(&package(
                    PLAIN,
                    &with_manifest(ENTRY),
                    files(&[
                        ("frontend/remoteEntry.js", ""),
                        ("frontend/mf-manifest.json", FEDERATION),
                        ("frontend/a.js.map", &map),
                    ]),
                )))
                .unwrap();
            assert_eq!(codes(&found), ["source-map-paths"]);
        }
    }

    #[test]
    fn what_is_too_large_is_not_passed() {
        let huge = " ".repeat(MAX_READ_BYTES + 1);
        let found = run(&[("frontend/remoteEntry.js", &huge), ("frontend/mf-manifest.json", FEDERATION)]);
        assert_eq!(codes(&found), ["file-too-large"]);
    }

    #[test]
    fn addresses() {
        for remote in [
            "https://a.example/x.js",
            "//a.example/x.js",
            " HTTP://a.example",
            "wss://a.example",
            "\u{1}ht\ntps://a.example",
            "\\\\a.example/x.js",
            "/\t\\a.example/x.js",
        ] {
            assert!(is_remote(remote), "{remote}");
        }
        for own in ["./x.js", "/x.js", "x.js", "", "httpx.js", "é"] {
            assert!(!is_remote(own), "{own}");
        }
        assert!(is_code("java\nscript:alert(1)") && is_code("data:text/html,x") && !is_code("data:image/png;base64,x"));
        assert!(is_code("data:application/javascript,x") && is_code("data:application/xhtml+xml;base64,x"));
    }
}

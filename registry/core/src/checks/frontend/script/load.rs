//! What a script takes from elsewhere.

use tree_sitter::Node;

use super::Script;
use super::value::{Known, arguments, plain};
use crate::checks::frontend::{as_browsers_read, is_code, is_data, is_remote, shown};
use crate::checks::{Finding, Severity};

/// What ends the addresses of pictures, sounds and films.
const MEDIA: [&str; 16] = [
    "png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico", "bmp", "mp3", "mp4", "m4a", "ogg", "wav", "webm", "mov",
];

impl<'tree> Script<'_, 'tree> {
    /// `import(…)`
    pub(super) fn import(&self, call: Node<'tree>) -> Option<Finding> {
        let known = self.source.known(*arguments(call).first()?);
        if let Some(found) = remote("import", &known.text) {
            return Some(found);
        }
        (!known.whole && !stays(&known)).then(|| {
            Finding::warning(
                "import-computed",
                "`import` of an address that the script makes: write it out, or begin it with `./`, so that what it runs can be seen",
            )
        })
    }

    /// `import … from`, `export … from`
    pub(super) fn import_from(&self, node: Node<'tree>) -> Option<Finding> {
        remote("import", &self.source.known(node.child_by_field_name("source")?).text)
    }

    /// A worker, a worklet, WebAssembly: whose address is given first.
    pub(super) fn loaded(&self, what: &str, call: Node<'tree>) -> Option<Finding> {
        arguments(call).into_iter().find_map(|address| remote(what, &self.source.known(address).text))
    }

    /// `WebAssembly.instantiateStreaming(fetch(…))`
    pub(super) fn fetched(&self, call: Node<'tree>) -> Option<Finding> {
        let fetched = arguments(call).into_iter().next().filter(|argument| argument.kind() == "call_expression")?;
        let is_fetch = self.source.last_name(fetched.child_by_field_name("function")?) == "fetch";
        // What is written into the script is fetched from `data:`, and seen.
        let found = is_fetch.then(|| self.loaded("WebAssembly", fetched)).flatten();
        found.filter(|found| found.severity == Severity::Error)
    }

    /// `script.src = …`
    pub(super) fn assignment(&self, node: Node<'tree>) -> Option<Finding> {
        let (_, name) = self.source.member(plain(node.child_by_field_name("left")?))?;
        (name == "src").then(|| self.taken(node.child_by_field_name("right")?)).flatten()
    }

    /// `element.setAttribute("src", …)`, with a namespace before or none.
    pub(super) fn attribute(&self, call: Node<'tree>, with_namespace: bool) -> Option<Finding> {
        let given = arguments(call);
        let at = usize::from(with_namespace);
        let name = self.source.constant(*given.get(at)?)?;
        name.eq_ignore_ascii_case("src").then(|| self.taken(*given.get(at + 1)?)).flatten()
    }

    /// `{ src: … }`, of which elements are made. It may be of anything else too.
    pub(super) fn pair(&self, node: Node<'tree>) -> Option<Finding> {
        let key = node.child_by_field_name("key")?;
        let name = if key.kind() == "string" { self.source.constant(key)? } else { self.source.name(key) };
        let value = node.child_by_field_name("value").filter(|_| name == "src")?;
        let found = self.taken(value).filter(|_| is_remote(&self.source.known(value).text))?;
        Some(Finding { code: "remote-source".to_owned(), severity: Severity::Warning, ..found })
    }

    /// What an element takes.
    fn taken(&self, node: Node<'tree>) -> Option<Finding> {
        let address = self.source.known(node);
        if !is_remote(&address.text) {
            return is_code(&address.text).then(|| remote("`src`", &address.text)).flatten();
        }
        let written = self.source.tail(node);
        let extension = if address.whole {
            extension_of(&address.text)
        } else {
            // An address that is put together ends with what is written last.
            extension_of(&format!("//x/{}", written.trim_end_matches(['`', '\'', '"', ')'])))
        };
        match extension.as_deref() {
            Some("js" | "mjs" | "cjs") => remote("a script", &address.text),
            Some(other) if MEDIA.contains(&other) => None,
            _ => Some(Finding::warning(
                "remote-source",
                format!(
                    "`src` takes `{}` from elsewhere, which may be a script and can change after the release: put the file into the package",
                    shown(&address.text)
                ),
            )),
        }
    }
}

/// Whether an address whose beginning is known stays among the module's own files, whatever follows.
fn stays(known: &Known) -> bool {
    let address = as_browsers_read(&known.text);
    match address.split_once('/') {
        // `//` may be a host to come.
        Some(("", rest)) => rest.chars().next().is_some_and(|first| first != '/'),
        Some((first, _)) => !first.contains(':'),
        None => false,
    }
}

/// The extension of the file that an address with a host names.
fn extension_of(address: &str) -> Option<String> {
    let address = as_browsers_read(address);
    let file = address.split(['?', '#']).next()?;
    let (_, path) = file.split_once("//")?.1.split_once('/')?;
    path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase())
}

fn remote(what: &str, address: &str) -> Option<Finding> {
    if is_remote(address) {
        let message = format!(
            "{what} takes `{}` from elsewhere, which can change after the release: put the file into the package",
            shown(address)
        );
        return Some(Finding::error("remote-script", message));
    }
    (is_code(address) || is_data(address)).then(|| {
        let message = format!("{what} takes code from the address `{}`: write it into the script", shown(address));
        Finding::warning("script-in-address", message)
    })
}

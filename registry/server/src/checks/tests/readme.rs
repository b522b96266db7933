use proptest::prelude::*;

use super::super::readme::Readme;
use super::{codes, package, run};
use crate::render::MAX_MARKDOWN_BYTES;

fn of(readme: &str) -> Vec<adx_registry_core::checks::Finding> {
    run(&Readme, &package("", b"", &[("README.md", readme), ("docs/guide.md", ""), ("LICENSE", "x")]))
}

#[test]
fn what_the_page_shows_is_no_finding() {
    let sound = "# Hello\n\n<!-- <b>not shown</b> -->\n[guide](docs/guide.md#top) [docs](docs/) [law](./LICENSE) [in](#hello) \
        [out](https://example.com) <mail@example.com> ![chart](https://example.com/a.png)\n\n`<b>` and a < b\n\n    <code>\n";
    assert_eq!(of(sound), []);
}

#[test]
fn each_once_with_its_line() {
    for (text, code) in [
        ("[x](javascript:alert(1))", "readme-code-address"),
        ("[x](<java\tscript:alert(1)>)", "readme-code-address"),
        ("![x](data:text/html,x)", "readme-code-address"),
        ("[x](ftp://example.com/x)", "readme-address-dropped"),
        ("![x](http://example.com/x.png)", "readme-plain-image"),
        ("[x](docs/gone.md)", "readme-broken-link"),
        ("[x](../LICENSE)", "readme-broken-link"),
        ("<details><summary>x</summary></details>", "readme-html-dropped"),
        ("some <kbd>x</kbd>", "readme-html-dropped"),
    ] {
        let findings = of(&format!("# Title\n\n{text}\n"));
        assert_eq!(codes(&findings), [code], "{text}");
        assert_eq!(findings[0].place.as_deref(), Some("README.md:3"), "{text}");
    }
    assert!(of("<details><summary>x").first().unwrap().message.contains("(`<details>`, `<summary>`)"));
    assert_eq!(codes(&of(&"word ".repeat(MAX_MARKDOWN_BYTES / 5 + 1))), ["readme-too-long"]);
    assert_eq!(codes(&run(&Readme, &package("", b"", &[]))), ["readme-missing"]);
    let changelog = package("", b"", &[("README.md", "x"), ("CHANGELOG.md", "[x](gone.md)")]);
    assert_eq!(run(&Readme, &changelog)[0].place.as_deref(), Some("CHANGELOG.md:1"));
}

proptest! {
    #[test]
    fn garbage_never_panics(text in ".{0,200}", link in "[a-z:/.%#?é ]{0,40}") {
        of(&text);
        of(&format!("[x]({link}) <a href={link}> <!-- {text}"));
    }
}

use adx_index::{
    Manifest,
    component::{ComponentError, check, inspect},
};

use crate::LEAST;

/// The least module, with so many imports of nothing.
fn module(imports: &[&str]) -> String {
    let imports: String = imports.iter().map(|name| format!("(import \"{name}\" (instance))")).collect();
    include_str!("../least.wat").replacen("(component IMPORTS", &format!("(component {imports}"), 1)
}

fn assembled(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn verdict(imports: &[&str], exports: &[&str], manifest: &str) -> Result<(), ComponentError> {
    let mut text = module(imports);
    for name in EXPORTS {
        if !exports.contains(&name) {
            let other = exports.iter().find(|export| !EXPORTS.contains(export)).unwrap_or(&"something-else");
            text = text.replace(name, other);
        }
    }
    check(&assembled(&text), &Manifest::parse(manifest).expect("a manifest")).map(drop)
}

const EXPORTS: [&str; 2] = ["adx:module/lifecycle@1.0.0", "adx:module/activities@1.0.0"];

fn asking_for(permission: &str) -> String {
    format!("{LEAST}[module.permissions]\noptional = [\"{permission}\"]\n")
}

#[test]
fn a_module_for_the_world_is_accepted() {
    verdict(&[], &EXPORTS, LEAST).expect("a module");
    verdict(&["adx:module/log@1.0.0", "adx:module/clock@1.0.0", "adx:module/random@1.0.0"], &EXPORTS, LEAST)
        .expect("what is always there");
    verdict(&["adx:module/kv@1.0.0"], &EXPORTS, &asking_for("kv")).expect("a permission that is asked for");
    verdict(&["adx:module/workflow-context@1.0.0"], &EXPORTS, &asking_for("workflow")).expect("comes with workflow");
}

#[test]
fn what_can_never_run_is_refused() {
    for (import, words) in [
        ("wasi:filesystem/types@0.2.0", "no WASI"),
        ("adx:module/backdoor@1.0.0", "does not have: the interfaces are log, clock"),
        ("other:module/kv@1.0.0", "does not have"),
        ("adx:module/kv", "does not have"),
        ("adx:module/kv@1.0.0-rc.1", "does not have"),
        ("adx:module/kv@2.0.0", "in version 1"),
        // What it needs of a later version is not there.
        ("adx:module/random@1.3.0", "in version 1.0.0"),
        ("adx:module/kv@1.0.0", "add `\"kv\"` to `module.permissions.required`"),
        ("adx:module/workflow-context@1.0.0", "add `\"workflow\"`"),
    ] {
        let error = verdict(&[import], &EXPORTS, LEAST).expect_err(import).to_string();
        assert!(error.contains(import) && error.contains(words), "{import}: {error}");
    }
    for missing in [0, 1] {
        let error = verdict(&[], &[EXPORTS[1 - missing]], LEAST).expect_err("an export is missing").to_string();
        assert!(error.contains(EXPORTS[missing]), "{error}");
    }
    let other_major = verdict(&[], &[EXPORTS[0], "adx:module/activities@2.0.0"], LEAST);
    assert!(matches!(other_major, Err(ComponentError::MissingExport { .. })));
    let other_world = LEAST.replace("module@1.0.0", "service@1.0.0");
    assert!(matches!(verdict(&[], &EXPORTS, &other_world), Err(ComponentError::World { .. })));
}

/// Only the outermost border counts: what a nested component imports, its parent provides.
#[test]
fn nested_imports_are_not_the_modules() {
    let text = r#"(component
        (import "adx:module/log@1.0.0" (instance))
        (component (import "wasi:cli/run@0.2.0" (instance)) (export "a" (instance 0)))
        (core module (import "wasi_snapshot_preview1" "fd_write" (func))))"#;
    let interfaces = inspect(&wat::parse_str(text).expect("a component")).expect("valid");
    assert_eq!(interfaces.imports, ["adx:module/log@1.0.0"]);
    assert!(interfaces.exports.is_empty());
}

#[test]
fn what_is_no_component_is_refused() {
    assert_eq!(inspect(&wat::parse_str("(module)").expect("a module")), Err(ComponentError::CoreModule));
    let component = assembled(&module(&[]));
    let manifest = Manifest::parse(LEAST).expect("a manifest");
    let verdict = |bytes: &[u8]| check(bytes, &manifest).map(drop);
    verdict(&component).expect("a module");
    // Without the names of the text, which mean nothing and come last, it is the same component.
    let whole: Vec<_> = (0..component.len()).filter(|length| verdict(&component[..*length]).is_ok()).collect();
    assert_eq!(whole.len(), 1, "{whole:?} of {} bytes", component.len());
    // Valid in its form, wrong in its types: only the validator sees it.
    let wrong = wat::parse_str("(component (core module (func (result i32) i64.const 1)))").expect("written");
    assert!(matches!(inspect(&wrong), Err(ComponentError::Malformed { .. })));
}

/// The names alone prove nothing: a component for another world can have them.
#[test]
fn functions_of_other_types_are_refused() {
    let least = module(&[]);
    let changed = |from: &str, to: &str| {
        assert!(least.contains(from), "{from}");
        least.replace(from, to)
    };
    let empty = "(component (component $none) (instance $nothing (instantiate $none))
        (export \"adx:module/lifecycle@1.0.0\" (instance $nothing)) (export \"adx:module/activities@1.0.0\" (instance $nothing)))";
    for (what, text, words) in [
        ("no function at all", empty.to_owned(), "module-error"),
        ("one function less", changed("(export \"health\" (func $moment) (func (type $named-moment)))", ""), "health"),
        ("another type of error", changed("(field \"retryable\" bool)", "(field \"retryable\" u8)"), "retryable"),
        ("another parameter", changed("(param \"from-version\" string)", "(param \"from\" string)"), "from"),
        (
            "a function that the host does not have",
            least.replacen("IMPORTS", "", 1).replacen(
                "(component",
                "(component (import \"adx:module/clock@1.0.0\" (instance (export \"stop\" (func))))",
                1,
            ),
            "stop",
        ),
        (
            "a function of the host with another type",
            least.replacen(
                "(component",
                "(component (import \"adx:module/clock@1.0.0\" (instance (export \"monotonic\" (func (result s8)))))",
                1,
            ),
            "u64",
        ),
    ] {
        let error = check(&assembled(&text), &Manifest::parse(LEAST).expect("a manifest")).expect_err(what);
        assert!(matches!(error, ComponentError::OtherTypes { .. }), "{what}: {error}");
        assert!(error.to_string().contains(words), "{what}: {error}");
    }
    assert_eq!(
        check(&assembled(&least), &Manifest::parse(LEAST).expect("a manifest")).expect("a module").exports,
        EXPORTS
    );
}

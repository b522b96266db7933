use adx_index::{
    Manifest,
    component::{ComponentError, check, inspect},
};

use crate::LEAST;

fn verdict(imports: &[&str], exports: &[&str], manifest: &str) -> Result<(), ComponentError> {
    let imports: String = imports.iter().map(|name| format!("(import \"{name}\" (instance))")).collect();
    let exports: String = exports.iter().map(|name| format!("(export \"{name}\" (instance $own))")).collect();
    let text = format!("(component {imports} (component $inner) (instance $own (instantiate $inner)) {exports})");
    let component = wat::parse_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    check(&inspect(&component)?, &Manifest::parse(manifest).expect("a manifest"))
}

const EXPORTS: [&str; 2] = ["adx:module/lifecycle@1.0.0", "adx:module/activities@1.0.0"];

fn asking_for(permission: &str) -> String {
    format!("{LEAST}[module.permissions]\noptional = [\"{permission}\"]\n")
}

#[test]
fn a_module_for_the_world_is_accepted() {
    verdict(&[], &EXPORTS, LEAST).expect("a module");
    verdict(&["adx:module/log@1.0.0", "adx:module/clock@1.0.0", "adx:module/random@1.3.0"], &EXPORTS, LEAST)
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
    let [lifecycle, activities] = EXPORTS;
    let text = format!(
        "(component (core module (func (result i32) i32.const 1)) (component) (instance (instantiate 0))
           (export \"{lifecycle}\" (instance 0)) (export \"{activities}\" (instance 0)))"
    );
    let component = wat::parse_str(&text).expect("a component");
    let manifest = Manifest::parse(LEAST).expect("a manifest");
    let verdict = |bytes: &[u8]| inspect(bytes).and_then(|interfaces| check(&interfaces, &manifest));
    verdict(&component).expect("a module");
    for length in 0..component.len() {
        assert!(verdict(&component[..length]).is_err(), "{length} bytes");
    }
    // Valid in its form, wrong in its types: only the validator sees it.
    let mut wrong = component.clone();
    let constant = wrong.iter().rposition(|byte| *byte == 0x41).expect("i32.const");
    wrong[constant] = 0x42;
    assert!(matches!(inspect(&wrong), Err(ComponentError::Malformed { .. })));
}

//! What is refused before it runs, and why.

use adx_sandbox::{LoadError, Sandbox};

use crate::core_guest::{component, component_with_imports, giving};
use crate::guest;
use crate::stage::{FakeClock, config};

async fn load(bytes: &[u8]) -> Result<(), LoadError> {
    let sandbox = Sandbox::new(config(&FakeClock::at(0))).unwrap();
    sandbox.load(bytes).await.map(|_| ())
}

async fn with_import(import: &str) -> Result<(), LoadError> {
    load(&component_with_imports(import, "1", &giving(0, 0), "")).await
}

#[tokio::test]
async fn a_module_for_our_world_loads() {
    load(guest::component()).await.unwrap();
    load(&component("1", &giving(0, 0), "")).await.unwrap();
    with_import(r#"(import "adx:module/clock@1.0.0" (instance (export "monotonic" (func (result u64)))))"#)
        .await
        .unwrap();
}

#[tokio::test]
async fn wasi_is_refused_by_name() {
    let error = with_import(r#"(import "wasi:filesystem/types@0.2.6" (instance))"#).await.unwrap_err();
    let LoadError::ForbiddenImports { names, hint } = &error else { panic!("{error}") };
    assert_eq!(names, &["wasi:filesystem/types@0.2.6"]);
    assert!(hint.contains("without WASI"));
}

#[tokio::test]
async fn unknown_interfaces_are_refused_by_name() {
    for name in ["adx:module/telepathy@1.0.0", "adx:module/kv@2.0.0", "acme:other/kv@1.0.0", "kv"] {
        let error = with_import(&format!(r#"(import "{name}" (instance))"#)).await.unwrap_err();
        let LoadError::ForbiddenImports { names, .. } = &error else { panic!("{error}") };
        assert_eq!(names, &[name]);
    }
}

#[tokio::test]
async fn a_known_interface_with_other_functions_is_refused() {
    for import in [
        r#"(import "adx:module/clock@1.0.0" (instance (export "stop" (func))))"#,
        r#"(import "adx:module/clock@1.0.0" (instance (export "monotonic" (func (result string)))))"#,
    ] {
        let error = with_import(import).await.unwrap_err();
        assert!(matches!(error, LoadError::Incompatible(_)), "{error}");
    }
}

#[tokio::test]
async fn a_component_for_another_world_is_refused() {
    let other =
        wat::parse_str(r#"(component (instance $empty) (export "acme:other/run@1.0.0" (instance $empty)))"#).unwrap();
    let error = load(&other).await.unwrap_err();
    assert_eq!(
        error,
        LoadError::MissingExports(vec![
            "adx:module/lifecycle@1.0.0".to_owned(),
            "adx:module/activities@1.0.0".to_owned()
        ])
    );
}

#[tokio::test]
async fn missing_functions_are_named() {
    let empty = wat::parse_str(
        r#"(component (instance $empty)
            (export "adx:module/lifecycle@1.0.0" (instance $empty))
            (export "adx:module/activities@1.0.0" (instance $empty)))"#,
    )
    .unwrap();
    let error = load(&empty).await.unwrap_err();
    assert_eq!(error, LoadError::MissingExports(vec!["adx:module/lifecycle@1.0.0#install".to_owned()]));
}

#[tokio::test]
async fn functions_of_other_types_are_refused() {
    let text = r#"(component
        (core module $core (func (export "f")))
        (core instance $core (instantiate $core))
        (func $f (canon lift (core func $core "f")))
        (instance $lifecycle
            (export "install" (func $f)) (export "activate" (func $f)) (export "deactivate" (func $f))
            (export "upgrade" (func $f)) (export "uninstall" (func $f)) (export "health" (func $f)))
        (instance $activities (export "names" (func $f)) (export "call" (func $f)))
        (export "adx:module/lifecycle@1.0.0" (instance $lifecycle))
        (export "adx:module/activities@1.0.0" (instance $activities)))"#;
    let error = load(&wat::parse_str(text).unwrap()).await.unwrap_err();
    assert!(matches!(&error, LoadError::Incompatible(_)), "{error}");
}

#[tokio::test]
async fn a_core_module_is_refused_with_advice() {
    let error = load(&wat::parse_str("(module)").unwrap()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "not a WebAssembly component: it is a core module; wrap it with wasm-component-ld or wasm-tools component new"
    );
}

#[tokio::test]
async fn rubbish_is_refused() {
    let component = guest::component();
    let mut flipped = component.to_vec();
    for byte in flipped.iter_mut().skip(2_000).step_by(997) {
        *byte ^= 0x55;
    }
    for bytes in [&b""[..], b"\0asm", b"hello", &[0xff; 10_000], &component[..component.len() / 2], &flipped] {
        let error = load(bytes).await.unwrap_err();
        assert!(matches!(error, LoadError::NotAComponent(_)), "{error}");
    }
}
